"""Verbs: count a beacon, sum a day, let a salt die."""

import secrets
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, case, delete, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from webapp.core.platform import Platform
from webapp.engagement import queries, rules
from webapp.engagement.models import DailySalt, DirtyDay, DropCount, Reading, ReadingDay
from webapp.engagement.rules import Beacon, Drop, Dropped

PAGE_TOKEN = "beacon"
SOURCE_TOKEN = "source"
"""Purposes of the signed tokens, for the key ring: a page's, and a campaign link's."""
SALT_LIVES = timedelta(days=2)
REPLACED_HOLDS = timedelta(minutes=1)
"""How long a look at whether a page was replaced is good for: little beside `rules.STALE_AFTER`, and it spares each
beacon a third of its work."""


@dataclass(frozen=True)
class Visitor:
    """What a request tells of who asks; hashed at once and never stored."""

    address: str
    user_agent: str
    host: str


class Counter:
    """Counts beacons: admission, the visitor key, and one committed row each."""

    def __init__(self, platform: Platform, replaced_at: Callable[[rules.Page], datetime | None]) -> None:
        self._platform = platform
        self._look_up = replaced_at
        self._replaced: dict[rules.Page, tuple[datetime, datetime | None]] = {}
        self._salts: dict[date, bytes] = {}

    def count(self, body: bytes, visitor: Visitor, now: datetime, *, is_simulated: bool = False) -> "Future[None]":
        """Admits the beacon and hands its row to the writer: the future resolves once it is committed.

        Raises Dropped, having counted the drop; Busy if the writer's queue is full.
        """
        try:
            beacon = rules.admit(body, self._checks(now), now)
        except Dropped as drop:
            self._platform.writer.submit(_write_drops, (now.astimezone(UTC).date(), drop.reason))
            raise
        row = _row(beacon, self._visitor_key(visitor, beacon.day), now)
        row.update(is_robot=rules.is_robot(visitor.user_agent), is_simulated=is_simulated)
        return self._platform.writer.submit(_write_readings, row)

    def _checks(self, now: datetime) -> rules.Checks:
        ring = self._platform.ring
        return rules.Checks(lambda token: ring.read(PAGE_TOKEN, token), lambda token: ring.read(SOURCE_TOKEN, token),
                            lambda page: self._replaced_at(page, now))

    def _replaced_at(self, page: rules.Page, now: datetime) -> datetime | None:
        looked_at, replaced = self._replaced.get(page, (None, None))
        if looked_at is None or abs(now - looked_at) > REPLACED_HOLDS:
            replaced = self._look_up(page)
            self._replaced[page] = now, replaced  # as many as there are pages: only signed ones come this far
        return replaced

    def _visitor_key(self, visitor: Visitor, day: date) -> str:
        return self._platform.ring.pseudonym("visitor", self._salt(day), visitor.address, visitor.user_agent,
                                             visitor.host)

    def _salt(self, day: date) -> bytes:
        if day not in self._salts:
            with self._platform.database.writing() as session:
                session.execute(_insert(session.connection().dialect.name, DailySalt)
                                .values(day=day, salt=secrets.token_bytes(16)).on_conflict_do_nothing())
                found = queries.salt(session, day)
            assert found is not None
            self._salts = {**{kept: value for kept, value in self._salts.items() if kept >= day - SALT_LIVES},
                           day: found}
        return self._salts[day]


def _row(beacon: Beacon, visitor_key: str, now: datetime) -> dict[str, Any]:
    page = beacon.page
    return {"view_id": beacon.view_id, "day": beacon.day, "visitor_key": visitor_key,
            "subject_kind": page.subject_kind, "subject_id": page.subject_id, "revision_id": page.revision_id,
            "audience": page.audience, "language": page.language, "market": page.market, "source": beacon.source,
            "engaged_seconds": beacon.engaged_seconds, "visible_seconds": beacon.visible_seconds,
            "depth": beacon.depth, "is_complete": beacon.is_complete, "first_at": now, "last_at": now}


def _write_readings(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    owners = queries.owners(connection, {row["view_id"] for row in rows})
    taken: Tally[date] = Tally()
    good = []
    for row in rows:
        owner = (row["visitor_key"], row["revision_id"])
        if owners.setdefault(row["view_id"], owner) == owner:
            good.append(row)
        else:
            taken[row["day"]] += 1
    if good:
        connection.execute(_upsert_reading(connection.dialect.name), good)
        _touch(connection, {row["day"] for row in good}, good[-1]["last_at"])
    _add_drops(connection, {(day, Drop.REPLAYED): count for day, count in taken.items()})


def _touch(connection: Connection, days: set[date], now: datetime) -> None:
    connection.execute(_upsert_dirty_day(connection.dialect.name),
                       [{"day": day, "touched_at": now} for day in sorted(days)])


def _write_drops(connection: Connection, rows: Sequence[tuple[date, Drop]]) -> None:
    _add_drops(connection, Tally(rows))


def _add_drops(connection: Connection, counts: Mapping[tuple[date, Drop], int]) -> None:
    if counts:
        connection.execute(_upsert_drop_count(connection.dialect.name), [
            {"day": day, "reason": str(reason), "count": count} for (day, reason), count in sorted(counts.items())])


# Made once: to build one takes longer than a small group takes to write.


@cache
def _upsert_reading(dialect: str) -> Any:
    made = _insert(dialect, Reading)
    new, old = made.excluded, Reading.__table__.c  # type: ignore[attr-defined]
    return made.on_conflict_do_update(index_elements=["view_id"], set_={
        name: case((new[name] > old[name], new[name]), else_=old[name])
        for name in ("engaged_seconds", "visible_seconds", "depth", "last_at")
    } | {"is_complete": old.is_complete | new.is_complete,
         "source": case((old.source == "", new.source), else_=old.source)})


@cache
def _upsert_dirty_day(dialect: str) -> Any:
    made = _insert(dialect, DirtyDay)
    return made.on_conflict_do_update(  # an update, so that a concurrent roll-up waits for this commit
        index_elements=["day"], set_={"touched_at": made.excluded.touched_at})


@cache
def _upsert_drop_count(dialect: str) -> Any:
    made = _insert(dialect, DropCount)
    return made.on_conflict_do_update(index_elements=["day", "reason"], set_={
        "count": DropCount.__table__.c.count + made.excluded.count})  # type: ignore[attr-defined]


def _insert(dialect: str, table: Any) -> Any:
    kind = sqlite if dialect == "sqlite" else postgresql
    return kind.insert(table.__table__)


def roll_up(session: Session, day: date) -> int:
    """Sums one day's readings by people into `reading_day`; running it again changes nothing. Returns the cells.

    The day's dirty mark goes first: a beacon that commits later sets it again.
    """
    session.execute(delete(DirtyDay).where(col(DirtyDay.day) == day))
    histograms: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in queries.engaged_buckets(session, day):
        histograms.setdefault(tuple(row[:-2]), {})[str(int(row.bucket))] = row.readings
    session.execute(delete(ReadingDay).where(col(ReadingDay.day) == day))
    cells = queries.sums(session, day)
    if cells:
        session.execute(insert(ReadingDay), [
            {"day": day, **dict(zip(queries.CELL_NAMES, row, strict=False)), "readings": row.readings,
             "readers": row.readers, "completions": row.completions,
             "engaged_histogram": histograms[tuple(row[:len(queries.CELL_NAMES)])]}
            for row in cells])
    return len(cells)


def forget_salts(session: Session, now: datetime) -> None:
    """Deletes salts that no beacon needs any more; their days' visitors can never be linked again."""
    session.execute(delete(DailySalt).where(col(DailySalt.day) < now.astimezone(UTC).date() - timedelta(days=1)))
