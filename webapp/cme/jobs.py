"""Timed work: ask learners what came of what they meant to change."""

from datetime import datetime

from webapp.cme.service import following_up
from webapp.core.db import Database


def follow_up(database: Database, now: datetime) -> int | None:
    """See `service.following_up`."""
    return following_up.ask(database, now)
