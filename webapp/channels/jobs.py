"""Timed work: give up leases that ran out, forget old deliveries."""

from datetime import datetime

from sqlmodel import Session

from webapp.channels import rules
from webapp.channels.service import outbox
from webapp.core import jobs
from webapp.core.db import Database


def release_leases(session: Session, now: datetime) -> str | None:
    """See `outbox.release`. Returns what was given up, None if nothing was."""
    queued, unknown = outbox.release(session, now)
    return f"{queued} queued, {unknown} unknown" if queued or unknown else None


def forget_deliveries(database: Database, now: datetime) -> int | None:
    """Deletes deliveries that are older than they may be kept. Takes the database and not a session: each slice is a
    transaction of its own. Returns how many, None if none."""
    return jobs.forget(database, lambda session, limit: outbox.forget(session, now - rules.KEPT, limit))
