"""Every SELECT on readings and their sums."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection, Integer, Row, cast, distinct, func, select
from sqlmodel import Session, col

from webapp.engagement.models import DailySalt, DirtyDay, DropCount, Reading
from webapp.engagement.rules import BUCKET_SECONDS

CELL_NAMES = ("subject_kind", "subject_id", "audience", "language", "market", "source", "is_simulated")
CELL: tuple[Any, ...] = tuple(getattr(Reading, name) for name in CELL_NAMES)


def owners(connection: Connection, view_ids: Collection[str]) -> dict[str, tuple[str, int]]:
    """View id -> (visitor key, revision id) of the views that are stored already."""
    rows = connection.execute(select(col(Reading.view_id), col(Reading.visitor_key), col(Reading.revision_id))
                              .where(col(Reading.view_id).in_(list(view_ids))))
    return {view: (visitor, revision) for view, visitor, revision in rows}


def salt(session: Session, day: date) -> bytes | None:
    """The day's salt, if there is one."""
    return session.scalar(select(col(DailySalt.salt)).where(col(DailySalt.day) == day))


def dirty_days(session: Session) -> list[date]:
    """Days to be summed anew, oldest first."""
    return list(session.scalars(select(col(DirtyDay.day)).order_by(col(DirtyDay.day))))


def sums(session: Session, day: date) -> list[Row[Any]]:
    """Per cell: readings, readers and completions of a day, people only."""
    return list(session.execute(
        select(*CELL, func.count().label("readings"), func.count(distinct(col(Reading.visitor_key))).label("readers"),
               func.sum(cast(col(Reading.is_complete), Integer)).label("completions"))
        .where(col(Reading.day) == day, col(Reading.is_robot).is_(False)).group_by(*CELL)))


def engaged_buckets(session: Session, day: date) -> list[Row[Any]]:
    """Per cell and five-second bucket: readings of a day, people only."""
    bucket = (func.floor(col(Reading.engaged_seconds) / BUCKET_SECONDS) * BUCKET_SECONDS).label("bucket")
    return list(session.execute(
        select(*CELL, bucket, func.count().label("readings"))
        .where(col(Reading.day) == day, col(Reading.is_robot).is_(False)).group_by(*CELL, bucket)))


def drops(session: Session) -> dict[str, int]:
    """Reason -> beacons dropped, over all days."""
    rows = session.execute(select(col(DropCount.reason), func.sum(col(DropCount.count)))
                           .group_by(col(DropCount.reason)))
    return {reason: int(count) for reason, count in rows}
