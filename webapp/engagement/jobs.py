"""Timed work: sum the days that changed, let old salts and readings die."""

from datetime import datetime

from sqlmodel import Session

from webapp.core import jobs
from webapp.core.db import Database
from webapp.engagement import queries, service


def roll_up_dirty(database: Database, now: datetime) -> int | None:
    """Sums every day whose readings changed since its last sum. Returns how many, None if there were none."""
    with database.reading() as session:
        days = queries.dirty_days(session)
    for day in days:
        service.roll_up(database, day)
    return len(days) or None


def forget_salts(session: Session, now: datetime) -> None:
    """Once an hour: see `service.forget_salts`."""
    service.forget_salts(session, now)


def forget_readings(database: Database, now: datetime) -> int | None:
    """Once an hour: see `service.forget_readings`. Returns how many died, None if none did."""
    return jobs.forget(database, lambda session, limit: service.forget_readings(session, now, limit))
