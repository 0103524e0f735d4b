"""Timed work: ask what came of an intended change, remind of credit and disclosures that are missing, let old
certificates and disclosures die."""

from datetime import datetime

from sqlmodel import Session

from webapp.cme.rules.certificates import KEPT
from webapp.cme.service import certifying, following_up, inviting, keeping, reminding
from webapp.core import jobs
from webapp.core.db import Database


def follow_up(database: Database, now: datetime) -> int | None:
    """See `service.following_up`."""
    return following_up.ask(database, now)


def remind_of_credit(database: Database, now: datetime) -> int | None:
    """See `service.reminding`."""
    return reminding.remind(database, now)


def forget_certificates(database: Database, now: datetime) -> int | None:
    """Deletes certificates of erased accounts once the time to keep them is over; returns how many, None if none."""
    return jobs.forget(database, lambda session, limit: certifying.forget(session, now - KEPT, limit))


def remind_faculty(database: Database, now: datetime) -> int | None:
    """See `service.inviting`."""
    return inviting.remind(database, now)


def forget_disclosures(session: Session, now: datetime) -> int | None:
    """See `service.keeping`."""
    return keeping.forget(session, now) or None
