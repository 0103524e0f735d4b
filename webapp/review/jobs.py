"""Timed work: reminders."""

from datetime import datetime

from webapp.core.db import Database
from webapp.review.service import reminding


def remind(database: Database, now: datetime) -> int | None:
    """See `service.reminding`."""
    return reminding.remind(database, now)
