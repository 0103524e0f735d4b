"""Timed work: give up leases that ran out, forget old deliveries."""

from datetime import datetime

from sqlmodel import Session

from webapp.channels import rules
from webapp.channels.service import outbox


def release_leases(session: Session, now: datetime) -> str | None:
    """See `outbox.release`. Returns what was given up, None if nothing was."""
    queued, unknown = outbox.release(session, now)
    return f"{queued} queued, {unknown} unknown" if queued or unknown else None


def forget_deliveries(session: Session, now: datetime) -> int | None:
    """Deletes a slice of the deliveries that are older than they may be kept. Returns how many, None if none."""
    return outbox.forget(session, now - rules.KEPT) or None
