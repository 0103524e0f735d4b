"""Timed work: forget sign-ins that ran out, and invitations that nobody can use any more."""

from datetime import datetime

from webapp.core import jobs
from webapp.core.db import Database
from webapp.people import service


def forget_sign_ins(database: Database, now: datetime) -> int | None:
    """Deletes sign-ins that ran out. Takes the database and not a session: each slice is a transaction of its own.
    Returns how many, None if none."""
    return jobs.forget(database, lambda session, limit: service.forget_sign_ins(session, now, limit))


def forget_invitations(database: Database, now: datetime) -> int | None:
    """Deletes invitations that were used or ran out a month ago, in slices too. Returns how many, None if none."""
    return jobs.forget(database, lambda session, limit: service.forget_invitations(session, now, limit))
