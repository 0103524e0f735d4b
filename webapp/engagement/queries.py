"""Every SELECT on readings and their sums."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Integer, Row, Select, bindparam, cast, distinct, func, or_, select
from sqlmodel import Session, col

from webapp.engagement.models import CrowdedAddress, DailySalt, DirtyDay, DropCount, Reading, ReadingHistory
from webapp.engagement.rules import BUCKET_SECONDS, CROWD_VIEWS, CROWD_VISITORS

CELL_NAMES = ("subject_kind", "subject_id", "audience", "language", "market", "source", "is_simulated")
CELL: tuple[Any, ...] = tuple(getattr(Reading, name) for name in CELL_NAMES)


class View(NamedTuple):
    """Whose a stored view is, since when it is known, and whether it was begun under a consent."""

    visitor_key: str
    revision_id: int
    first_at: datetime
    is_consented: bool


_VIEWS = select(col(Reading.view_id), *(getattr(Reading, name) for name in View._fields)).where(
    col(Reading.view_id).in_(bindparam("view_ids", expanding=True)))
"""Made once: to build it took half of what a small group of beacons takes to write."""


def views(connection: Connection, view_ids: Collection[str]) -> dict[str, View]:
    """View id -> the view, of those that are stored already."""
    return {row[0]: View(*row[1:]) for row in connection.execute(_VIEWS, {"view_ids": list(view_ids)})}


def salt(session: Session, day: date) -> bytes | None:
    """The day's salt, if there is one."""
    return session.scalar(select(col(DailySalt.salt)).where(col(DailySalt.day) == day))


def dirty_days(session: Session) -> list[date]:
    """Days to be summed anew, oldest first."""
    return list(session.scalars(select(col(DirtyDay.day)).order_by(col(DirtyDay.day))))


def touch(session: Session, day: date, *, is_held: bool = False) -> str | None:
    """The mark of a day that is to be summed anew, None if it is not. `is_held`: no beacon changes it until this
    transaction, which must be a writing one, ends."""
    found = select(col(DirtyDay.touch)).where(col(DirtyDay.day) == day)
    return session.scalar(found.with_for_update() if is_held else found)


def crowds(session: Session, day: date) -> list[str]:
    """Keys of the addresses that are a crowd on a day and are not labelled yet."""
    return list(session.scalars(
        select(col(Reading.address_key)).where(*_by_people(day), col(Reading.address_key) != "")
        .group_by(col(Reading.address_key))
        .having(or_(func.count(distinct(col(Reading.visitor_key))) > CROWD_VISITORS, func.count() > CROWD_VIEWS))))


def _by_people(day: date) -> tuple[ColumnElement[bool], ...]:
    labelled = select(col(CrowdedAddress.address_key)).where(col(CrowdedAddress.day) == day)
    return (col(Reading.day) == day, col(Reading.is_robot).is_(False), col(Reading.address_key).not_in(labelled))


def sums(session: Session, day: date) -> list[Row[Any]]:
    """Per cell: readings, readers and completions of a day, people only."""
    return list(session.execute(
        select(*CELL, func.count().label("readings"), func.count(distinct(col(Reading.visitor_key))).label("readers"),
               func.sum(cast(col(Reading.is_complete), Integer)).label("completions"))
        .where(*_by_people(day)).group_by(*CELL)))


def engaged_buckets(session: Session, day: date) -> list[Row[Any]]:
    """Per cell and five-second bucket: readings of a day, people only."""
    bucket = (func.floor(col(Reading.engaged_seconds) / BUCKET_SECONDS) * BUCKET_SECONDS).label("bucket")
    return list(session.execute(
        select(*CELL, bucket, func.count().label("readings"))
        .where(*_by_people(day)).group_by(*CELL, bucket)))


def readings_of(session: Session, pseudonyms: Collection[str]) -> list[Reading]:
    """What was counted under these pseudonyms, the oldest first."""
    return list(session.scalars(select(Reading).where(
        col(Reading.is_consented), col(Reading.visitor_key).in_(list(pseudonyms))).order_by(col(Reading.first_at))))


def days_of(session: Session, pseudonyms: Collection[str]) -> list[date]:
    """The days on which something was counted under these pseudonyms."""
    return list(session.scalars(select(col(Reading.day)).distinct().where(
        col(Reading.is_consented), col(Reading.visitor_key).in_(list(pseudonyms)))))


def history(session: Session, account_id: int) -> list[ReadingHistory]:
    """What an account has read, the last first."""
    return list(session.scalars(select(ReadingHistory).where(col(ReadingHistory.account_id) == account_id)
                                .order_by(col(ReadingHistory.last_at).desc(), col(ReadingHistory.id).desc())))


def views_before(day: date, limit: int) -> Select[str]:
    """Ids of some views of earlier days."""
    return select(col(Reading.view_id)).where(col(Reading.day) < day).limit(limit)


def drops(session: Session) -> dict[str, int]:
    """Reason -> beacons dropped, over all days."""
    rows = session.execute(select(col(DropCount.reason), func.sum(col(DropCount.count)))
                           .group_by(col(DropCount.reason)))
    return {reason: int(count) for reason, count in rows}
