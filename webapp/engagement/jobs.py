"""Timed work: sum the days that changed, let old salts die."""

from datetime import datetime

from sqlmodel import Session

from webapp.engagement import queries, service


def roll_up_dirty(session: Session, now: datetime) -> int | None:
    """Sums every day whose readings changed since its last sum. Returns how many, None if there were none."""
    days = queries.dirty_days(session)
    for day in days:
        service.roll_up(session, day)
    return len(days) or None


def forget_salts(session: Session, now: datetime) -> None:
    """Once an hour: see `service.forget_salts`."""
    service.forget_salts(session, now)
