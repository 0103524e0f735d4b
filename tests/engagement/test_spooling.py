"""Beacons of strangers wait for no lock: they are safe in a file beside the database's, and then are rows as ever."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import builders
from tests.engagement.beacons import ANN, BOB, NOW, body, count, opened, readings, view_id
from tests.waiting import until
from webapp.consents.rules.purposes import Purpose
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.core.spool import Spool
from webapp.engagement import queries, service
from webapp.engagement.rules import Drop
from webapp.engagement.service import Counter, Reader, spool_beside


@pytest.fixture
def spool(platform: Platform) -> Iterator[Spool[Any]]:
    """One that does not move anything before it is started."""
    made = spool_beside(platform)
    assert made is not None
    yield made
    made.close()


@pytest.fixture
def spooling(platform: Platform, spool: Spool[Any]) -> Counter:
    return Counter(platform, lambda _: None, spool)


def file(platform: Platform) -> Path:
    return Path(f"{platform.database.url.database}-beacons")


def waiting(platform: Platform) -> int:
    with closing(sqlite3.connect(file(platform))) as connection:
        groups = connection.execute("SELECT rows FROM spooled").fetchall()
    return sum(len(json.loads(group)) for group, in groups)


def test_a_strangers_beacon_is_answered_while_somebody_holds_the_lock(
        database: Database, platform: Platform, spool: Spool[Any], spooling: Counter) -> None:
    spool.start()
    count(spooling, [body(platform, "a" * 32)])  # the day's first, which makes its salt
    assert until(lambda: len(readings(database)) == 1)
    with database.writing() as session:
        session.connection()
        spooling.count(body(platform, "b" * 32), ANN, NOW).result(5)
        assert len(readings(database)) == 1
    assert until(lambda: [row.view_id for row in readings(database)] == ["a" * 32, "b" * 32])


def test_what_went_through_the_file_is_the_same_row(
        database: Database, platform: Platform, counter: Counter, spool: Spool[Any], spooling: Counter) -> None:
    view, other = view_id(), view_id()
    for through, named in ((counter, view), (spooling, other)):
        opened(platform, through, named)
        count(through, [body(platform, named, engaged=engaged, visible=engaged + 20, depth=95, campaign="spring")
                        for engaged in (30, 170, 100)])
    spool.start()
    assert until(lambda: waiting(platform) == 0)
    straight, round_about = (row.model_dump(exclude={"view_id"}) for row in readings(database))
    assert straight == round_about and straight["engaged_seconds"] == 170 and straight["is_complete"]


def test_moved_twice_a_beacon_changes_no_reading(
        database: Database, platform: Platform, spool: Spool[Any], spooling: Counter, tmp_path: Path) -> None:
    """As after a cut between the move and its note in the file."""
    view = opened(platform, spooling)
    count(spooling, [body(platform, view, engaged=50, depth=70)])
    count(spooling, [body(platform, view, engaged=60, depth=80)], BOB)
    for more in ("", "-wal"):
        shutil.copy(f"{file(platform)}{more}", tmp_path / f"before{more}")
    spool.start()
    assert until(lambda: waiting(platform) == 0)
    once = readings(database)
    spool.close()
    for more in ("", "-wal"):
        shutil.copy(tmp_path / f"before{more}", f"{file(platform)}{more}")
    again = spool_beside(platform)
    assert again is not None and waiting(platform) == 3
    again.start()
    assert until(lambda: waiting(platform) == 0)
    assert [row.model_dump() for row in readings(database)] == [row.model_dump() for row in once]
    assert [row.engaged_seconds for row in once] == [50], "the other reader's is no part of the view"
    again.close()
    with database.reading() as session:
        assert set(queries.drops(session)) == {Drop.REPLAYED}


def test_whose_a_pseudonym_is_stands_in_no_file_beside_the_database(
        database: Database, platform: Platform, spool: Spool[Any], spooling: Counter) -> None:
    with database.writing() as session:
        person = builders.account(session)
        builders.consent(session, person, purpose=Purpose.ANALYTICS)
    reader = Reader(person.id or 0, is_counted=True, keeps_history=False)
    count(spooling, [body(platform)], reader=reader)
    count(spooling, [body(platform)], reader=Reader(person.id or 0, is_counted=False, keeps_history=False))
    assert waiting(platform) == 1
    assert [row.visitor_key for row in readings(database)] == service.pseudonyms(platform.ring, person.id or 0)
    with closing(sqlite3.connect(file(platform))) as connection:
        kept, = connection.execute("SELECT rows FROM spooled").fetchone()
    assert b',0,""' in kept, f"no account and no pseudonym: {kept!r}"


@pytest.mark.postgresql
def test_where_no_row_waits_for_anothers_there_is_no_such_file(database: Database, platform: Platform) -> None:
    made = spool_beside(platform)
    assert (made is not None) == database.is_sqlite
    if made:
        made.close()
