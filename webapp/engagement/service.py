"""Verbs: count a beacon, keep a history, sum a day, let salts and readings die, take a pseudonym away."""

import logging
import secrets
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from webapp.consents import queries as ledger
from webapp.consents import service as consents
from webapp.consents.rules.purposes import Purpose
from webapp.core.db import Database
from webapp.core.ids import new_key
from webapp.core.platform import Platform
from webapp.core.spool import Spool
from webapp.core.tokens import KeyRing
from webapp.core.writer import Receipt
from webapp.engagement import queries, rules
from webapp.engagement.models import CrowdedAddress, DailySalt, DirtyDay, DropCount, Reading, ReadingDay, ReadingHistory
from webapp.engagement.rules import Beacon, Drop, Dropped
from webapp.people.queries import Account

security_log = logging.getLogger("materia.security")

PAGE_TOKEN = "beacon"
SOURCE_TOKEN = "source"
"""Purposes of the signed tokens, for the key ring: a page's, and a campaign link's."""
PAGE_TOKENS_HELD = 1024
"""Pages whose token was checked: it is the same for every reader, and to check it takes a tenth of a beacon."""
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


@dataclass(frozen=True)
class Reader:
    """Who is signed in, and what they agree to at this moment."""

    account_id: int
    is_counted: bool
    """Under a pseudonym, the same on every day."""
    keeps_history: bool


def reader(session: Session, account: Account, *, has_signal: bool) -> Reader:
    """What an account agrees to now; asked of the ledger for each beacon. `has_signal`: it came with `Sec-GPC: 1`."""
    return Reader(account.id or 0, consents.may(session, account, Purpose.ANALYTICS, has_signal=has_signal),
                  consents.may(session, account, Purpose.PERSONALISATION))


class Counter:
    """Counts beacons: admission, the visitor key, and one committed row each."""

    def __init__(self, platform: Platform, replaced_at: Callable[[rules.Page], datetime | None],
                 spool: "Spool[_Sent] | None" = None) -> None:
        """`spool`: where beacons of strangers are safe until they are rows. Those of readers who agreed to a pseudonym
        become rows at once: whether the consent stands is asked in that transaction, and no other file tells whose a
        pseudonym is."""
        self._platform = platform
        self._look_up = replaced_at
        self._keep = spool.submit if spool else self._write
        self._replaced: dict[rules.Page, tuple[datetime, datetime | None]] = {}
        self._salts: dict[date, bytes] = {}
        self._read_page = lru_cache(PAGE_TOKENS_HELD)(partial(platform.ring.read, PAGE_TOKEN))

    def count(self, body: bytes, visitor: Visitor, now: datetime, *, opened_at: datetime | None = None,
              is_simulated: bool = False, reader: Reader | None = None) -> Receipt:
        """Admits the beacon and hands its row to the writer: the receipt is settled once it is committed.

        `opened_at`: since when its page is open, where that is known, as of a simulated view; else it is known of
        since its first beacon. `reader`: who is signed in, None for a stranger. Raises Dropped, having counted the
        drop; Busy if the writer's queue is full.
        """
        try:
            beacon = rules.admit(body, self._checks(now), now)
        except Dropped as drop:
            self._platform.writer.submit(_write_drops, (now.astimezone(UTC).date(), drop.reason))
            raise
        if reader is not None and reader.keeps_history:
            self._platform.writer.submit(_write_history, _Read(
                reader.account_id, beacon.page.subject_kind, beacon.page.subject_id, now))
        known = reader.account_id if reader is not None and reader.is_counted else 0
        keys = self._keys(visitor, beacon.day)
        store = self._write if known else self._keep
        return store(_Sent(
            beacon, *keys, account_id=known, pseudonym=pseudonyms(self._platform.ring, known)[0] if known else "",
            is_robot=rules.is_robot(visitor.user_agent), is_simulated=is_simulated, since=opened_at or now, at=now))

    def _write(self, sent: "_Sent") -> Receipt:
        return self._platform.writer.submit(_write_readings, sent)

    def _checks(self, now: datetime) -> rules.Checks:
        ring = self._platform.ring
        return rules.Checks(self._read_page, lambda token: ring.read(SOURCE_TOKEN, token),
                            lambda page: self._replaced_at(page, now))

    def _replaced_at(self, page: rules.Page, now: datetime) -> datetime | None:
        looked_at, replaced = self._replaced.get(page, (None, None))
        if looked_at is None or abs(now - looked_at) > REPLACED_HOLDS:
            replaced = self._look_up(page)
            self._replaced[page] = now, replaced  # as many as there are pages: only signed ones come this far
        return replaced

    def _keys(self, visitor: Visitor, day: date) -> tuple[str, str]:
        pseudonym, salt = self._platform.ring.pseudonym, self._salt(day)
        return (pseudonym("visitor", salt, visitor.address, visitor.user_agent, visitor.host),
                pseudonym("address", salt, rules.subscriber(visitor.address)))

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


class _Sent(NamedTuple):
    """What is kept in the spool, as JSON. The next version must read what this one left there: a field that is added,
    here or in `Beacon` and `Page`, comes last and has a default."""

    beacon: Beacon
    visitor_key: str
    address_key: str
    account_id: int
    """Whose the pseudonym is; both are empty of readers who did not agree to one."""
    pseudonym: str
    is_robot: bool
    is_simulated: bool
    since: datetime
    at: datetime


class _Read(NamedTuple):
    account_id: int
    subject_kind: str
    subject_id: int
    at: datetime


def spool_beside(platform: Platform) -> Spool[_Sent] | None:
    """Where beacons of strangers are safe whoever holds the database's write lock: a file beside SQLite's, for the one
    process that answers. None on PostgreSQL, where no row waits for another's. Raises Invalid if it cannot be used.

    A beacon that is moved twice, after a cut, changes no reading; one that is dropped then counts as two drops."""
    if not platform.database.is_sqlite:
        return None
    return Spool(Path(f"{platform.database.url.database}-beacons"), _Sent, platform.writer, _write_readings)


def _row(sent: _Sent, view: queries.View) -> dict[str, Any]:
    beacon, page = sent.beacon.after(sent.at - view.first_at), sent.beacon.page
    return {"view_id": beacon.view_id, "day": beacon.day, "visitor_key": view.visitor_key,
            "is_consented": view.is_consented, "address_key": sent.address_key, "subject_kind": page.subject_kind,
            "subject_id": page.subject_id, "revision_id": page.revision_id, "audience": page.audience,
            "language": page.language, "market": page.market, "source": beacon.source,
            "engaged_seconds": beacon.engaged_seconds, "visible_seconds": beacon.visible_seconds, "depth": beacon.depth,
            "is_complete": beacon.is_complete, "is_robot": sent.is_robot, "is_simulated": sent.is_simulated,
            "first_at": view.first_at, "last_at": sent.at}


def _write_readings(connection: Connection, group: Sequence[_Sent]) -> None:
    views = queries.views(connection, {sent.beacon.view_id for sent in group})
    agreed = ledger.held(connection, {sent.account_id for sent in group if sent.pseudonym}, Purpose.ANALYTICS)
    dropped: Tally[tuple[date, Drop]] = Tally()
    rows = []
    for sent in group:
        began = queries.View(sent.pseudonym or sent.visitor_key, sent.beacon.page.revision_id, sent.since,
                             bool(sent.pseudonym))
        view = views.get(sent.beacon.view_id, began)
        reason = _reason(sent, view, is_agreed=sent.account_id in agreed)
        if reason is None:
            views[sent.beacon.view_id] = view
            rows.append(_row(sent, view))
        else:
            dropped[sent.beacon.day, reason] += 1
    if rows:
        connection.execute(_upsert_reading(connection.dialect.name), rows)
        _touch(connection, {row["day"] for row in rows}, rows[-1]["last_at"])
    _add_drops(connection, dropped)


def _reason(sent: _Sent, view: queries.View, *, is_agreed: bool) -> Drop | None:
    """Why a beacon is no part of its view; None if it is. A view stays under the key that it began with: one that a
    stranger began goes on without a pseudonym when they sign in."""
    if view.revision_id != sent.beacon.page.revision_id:
        return Drop.REPLAYED
    if view.is_consented:
        return None if is_agreed and view.visitor_key == sent.pseudonym else Drop.WITHDRAWN
    return None if view.visitor_key == sent.visitor_key else Drop.REPLAYED


def _write_history(connection: Connection, group: Sequence[_Read]) -> None:
    agreed = ledger.held(connection, {read.account_id for read in group}, Purpose.PERSONALISATION)
    rows = [{**read._asdict(), "key": new_key()} for read in group if read.account_id in agreed]
    for row in rows:  # one by one: two of a group may be of one page
        at = row.pop("at")
        connection.execute(_upsert_history(connection.dialect.name), {**row, "first_at": at, "last_at": at})


def _touch(connection: Connection, days: set[date], now: datetime) -> None:
    connection.execute(_upsert_dirty_day(connection.dialect.name),
                       [{"day": day, "touched_at": now, "touch": new_key()} for day in sorted(days)])


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
def _upsert_history(dialect: str) -> Any:
    made = _insert(dialect, ReadingHistory)
    new, old = made.excluded, ReadingHistory.__table__.c  # type: ignore[attr-defined]
    return made.on_conflict_do_update(
        index_elements=["account_id", "subject_kind", "subject_id"],
        set_={"last_at": case((new.last_at > old.last_at, new.last_at), else_=old.last_at)})


@cache
def _upsert_dirty_day(dialect: str) -> Any:
    made = _insert(dialect, DirtyDay)
    return made.on_conflict_do_update(  # an update, so that a roll-up that would end the mark waits for this commit
        index_elements=["day"], set_={name: made.excluded[name] for name in ("touched_at", "touch")})


@cache
def _upsert_drop_count(dialect: str) -> Any:
    made = _insert(dialect, DropCount)
    return made.on_conflict_do_update(index_elements=["day", "reason"], set_={
        "count": DropCount.__table__.c.count + made.excluded.count})  # type: ignore[attr-defined]


def _insert(dialect: str, table: Any) -> Any:
    kind = sqlite if dialect == "sqlite" else postgresql
    return kind.insert(table.__table__)


def pseudonyms(ring: KeyRing, account_id: int) -> list[str]:
    """What an account that agreed is counted under: now, then as the ring's earlier secrets had it."""
    return ring.pseudonyms("reader", b"", str(account_id))


def take_pseudonym_off(session: Session, ring: KeyRing, account_id: int) -> None:
    """Nothing that was counted leads to the account any more: each of its days gets a random key of its own, so that
    the days' sums stay as they are."""
    known = pseudonyms(ring, account_id)
    for day in queries.days_of(session, known):
        session.execute(update(Reading).where(
            col(Reading.is_consented), col(Reading.visitor_key).in_(known), col(Reading.day) == day)
            .values(visitor_key=secrets.token_hex(16)))


def forget_history(session: Session, account_id: int, key: str = "") -> int:
    """Deletes an account's history, or the one line of that key. Returns the lines deleted."""
    gone = delete(ReadingHistory).where(col(ReadingHistory.account_id) == account_id)
    done = session.execute(gone.where(col(ReadingHistory.key) == key) if key else gone)
    return done.rowcount  # type: ignore[attr-defined]


def followers(ring: KeyRing) -> consents.Followers:
    """What happens here in the transaction that takes a consent back."""
    return {Purpose.ANALYTICS: partial(_unname, ring), Purpose.PERSONALISATION: forget_history}


def _unname(ring: KeyRing, session: Session, account_id: int) -> None:
    take_pseudonym_off(session, ring, account_id)


def export_person(session: Session, account_id: int, ring: KeyRing) -> dict[str, Any]:
    """Everything held of the account, ready for JSON: its history, and the readings counted under its pseudonym."""
    read = queries.readings_of(session, pseudonyms(ring, account_id))
    return {
        "history": [line.model_dump(mode="json", exclude={"id", "key", "account_id"})
                    for line in queries.history(session, account_id)],
        "readings": [reading.model_dump(mode="json", exclude={"view_id", "visitor_key", "address_key", "is_consented"})
                     for reading in read]}


def erase_person(session: Session, account_id: int, now: datetime, ring: KeyRing) -> list[str]:
    """Deletes the history and takes the pseudonym off every reading; doing so again changes nothing. Returns what is
    kept of the person: nothing."""
    forget_history(session, account_id)
    take_pseudonym_off(session, ring, account_id)
    return []


def roll_up(database: Database, day: date) -> int:
    """Sums one day's readings by people into `reading_day`; running it again changes nothing. Returns the cells.

    Sums without the write lock, then takes it to store them. The day stays dirty if a beacon came meanwhile; if
    another roll-up came, it summed at least as much as this one, and its sums stay.
    """
    _label_crowds(database, day)
    with database.reading() as session:
        seen = queries.touch(session, day)
        cells = _cells(session, day)
    with database.writing_again() as session:
        if seen is not None and queries.touch(session, day, is_held=True) is None:
            return 0
        session.execute(delete(ReadingDay).where(col(ReadingDay.day) == day))
        if cells:
            session.execute(insert(ReadingDay), cells)
        session.execute(delete(DirtyDay).where(col(DirtyDay.day) == day, col(DirtyDay.touch) == seen))
    return len(cells)


def _label_crowds(database: Database, day: date) -> None:
    with database.reading() as session:
        found = queries.crowds(session, day)
    if found:
        security_log.warning("%d crowded addresses on %s: their readings stand in no sum. Behind a proxy, see that "
                             "MATERIA_PROXIES is right, or all readers seem to come from it.", len(found), day)
        with database.writing_again() as session:
            session.execute(
                _insert(session.connection().dialect.name, CrowdedAddress).on_conflict_do_nothing(),
                [{"day": day, "address_key": key} for key in found])


def _cells(session: Session, day: date) -> list[dict[str, Any]]:
    histograms: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in queries.engaged_buckets(session, day):
        histograms.setdefault(tuple(row[:-2]), {})[str(int(row.bucket))] = row.readings
    return [{"day": day, **dict(zip(queries.CELL_NAMES, row, strict=False)), "readings": row.readings,
             "readers": row.readers, "completions": row.completions,
             "engaged_histogram": histograms[tuple(row[:len(queries.CELL_NAMES)])]}
            for row in queries.sums(session, day)]


def forget_salts(session: Session, now: datetime) -> None:
    """Deletes salts that no beacon needs any more; their days' visitors can never be linked again."""
    session.execute(delete(DailySalt).where(col(DailySalt.day) < now.astimezone(UTC).date() - timedelta(days=1)))


def forget_readings(session: Session, now: datetime, limit: int) -> int:
    """Deletes at most `limit` readings whose time is over, and the labels of such days' crowds; the sums stay.
    Returns the readings deleted."""
    first_kept = now.astimezone(UTC).date() - rules.KEPT
    session.execute(delete(CrowdedAddress).where(col(CrowdedAddress.day) < first_kept))
    done = session.execute(delete(Reading).where(col(Reading.view_id).in_(queries.views_before(first_kept, limit))))
    return done.rowcount  # type: ignore[attr-defined]
