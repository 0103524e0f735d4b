"""One address that sends more than a shared one would: labelled, and outside sponsor figures."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.engagement.beacons import ANN, BOB, BROWSER, DAY, NOW, body, count, readings, roll_up, sums
from webapp import schema
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.engagement.models import CrowdedAddress
from webapp.engagement.rules import CROWD_VIEWS, CROWD_VISITORS
from webapp.engagement.service import Counter, Visitor

BOTH = pytest.mark.postgresql
OFFICE, NEXT_DOOR = "198.51.100.7", "198.51.100.8"


def agents(number: int, address: str = OFFICE, robots: str = "") -> list[Visitor]:
    return [Visitor(address, f"{BROWSER} Edition/{each}{robots}", "localhost") for each in range(number)]


def read(platform: Platform, counter: Counter, visitors: list[Visitor], views: int = 1) -> None:
    for visitor in visitors:
        count(counter, [body(platform) for _ in range(views)], visitor)


def summed(database: Database) -> list[tuple[int, int]]:
    """(readers, readings) of every cell, once the day is summed."""
    roll_up(database)
    return [entry[5:7] for entry in sums(database)]


def labelled(database: Database) -> set[tuple[object, str]]:
    with database.reading() as session:
        return {(row.day, row.address_key) for row in session.scalars(select(CrowdedAddress))}


@BOTH
def test_three_hundred_agents_of_one_address_are_labelled_and_outside_sponsor_figures(
        database: Database, platform: Platform, counter: Counter) -> None:
    read(platform, counter, [ANN, BOB])
    read(platform, counter, agents(300))
    assert summed(database) == [(2, 2)]
    marked = [row for row in readings(database) if (row.day, row.address_key) in labelled(database)]
    assert len(marked) == 300 and len(labelled(database)) == 1


def test_a_crowd_is_told_of_once_and_without_its_address(
        database: Database, platform: Platform, counter: Counter, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        read(platform, counter, agents(CROWD_VISITORS + 1))
        roll_up(database)
    told, = caplog.messages
    (_, key), = labelled(database)
    assert told.startswith("1 crowded addresses on 2026-03-02") and OFFICE not in told and key not in told


@BOTH
@pytest.mark.parametrize(("visitors", "is_crowd"), [(CROWD_VISITORS, False), (CROWD_VISITORS + 1, True)])
def test_an_office_may_have_so_many_readers(
        database: Database, platform: Platform, counter: Counter, visitors: int, is_crowd: bool) -> None:
    read(platform, counter, agents(visitors))
    read(platform, counter, agents(CROWD_VISITORS, NEXT_DOOR))
    readers = CROWD_VISITORS if is_crowd else 2 * CROWD_VISITORS
    assert summed(database) == [(readers, readers)]


@BOTH
@pytest.mark.parametrize(("views", "is_crowd"), [(CROWD_VIEWS, False), (CROWD_VIEWS + 1, True)])
def test_an_address_may_have_so_many_views(
        database: Database, platform: Platform, counter: Counter, views: int, is_crowd: bool) -> None:
    read(platform, counter, [ANN], views)
    assert summed(database) == ([] if is_crowd else [(1, views)])


def test_fewer_than_would_hide_a_small_cell_make_a_crowd() -> None:
    assert CROWD_VISITORS < 20 and CROWD_VIEWS < 300


def test_neighbours_of_one_subscriber_are_one_address(
        database: Database, platform: Platform, counter: Counter) -> None:
    for number in range(CROWD_VISITORS + 1):
        read(platform, counter, [Visitor(f"2001:db8::{number + 1:x}", BROWSER, "localhost")])
    assert summed(database) == []


def test_what_was_summed_before_the_crowd_was_one_is_taken_out(
        database: Database, platform: Platform, counter: Counter) -> None:
    read(platform, counter, agents(CROWD_VISITORS))
    assert summed(database) == [(CROWD_VISITORS, CROWD_VISITORS)]
    read(platform, counter, agents(CROWD_VISITORS + 1)[-1:])
    assert summed(database) == []
    read(platform, counter, [ANN])
    assert summed(database) == [(1, 1)]


def test_robots_beside_readers_do_not_make_a_crowd_of_them(
        database: Database, platform: Platform, counter: Counter) -> None:
    read(platform, counter, agents(40, robots=" Googlebot"))
    read(platform, counter, agents(3))
    assert summed(database) == [(3, 3)]


def test_a_crowd_of_one_day_is_none_of_the_next(database: Database, platform: Platform, counter: Counter) -> None:
    tomorrow = NOW + timedelta(days=1)
    read(platform, counter, agents(CROWD_VISITORS + 1))
    count(counter, [body(platform, day=tomorrow.date().isoformat())], agents(1)[0], tomorrow)
    roll_up(database)
    today, next_day = ({row.address_key for row in readings(database) if row.day == day}
                       for day in (DAY, tomorrow.date()))
    assert len(today) == len(next_day) == 1 and not today & next_day
    assert labelled(database) == {(DAY, today.pop())}


def test_the_key_of_an_address_is_no_visitors_key(database: Database, platform: Platform, counter: Counter) -> None:
    count(counter, [body(platform)], Visitor(OFFICE, "", ""))
    row, = readings(database)
    assert row.address_key and row.address_key != row.visitor_key


@BOTH
def test_readings_from_before_addresses_had_keys_are_kept_and_counted(empty_database: Database) -> None:
    schema.upgrade(empty_database, "0002")
    with empty_database.writing() as session:
        session.execute(text(
            "INSERT INTO reading (view_id, day, visitor_key, subject_kind, subject_id, revision_id, audience, language,"
            " market, source, engaged_seconds, visible_seconds, depth, is_complete, is_robot, is_simulated, first_at,"
            " last_at) VALUES (:view, :day, :view, 'article', 1, 1, 'patient', 'en', 'us', '', 1, 1, 1, false, false,"
            " false, :now, :now)"), [{"view": f"{number:032x}", "day": DAY, "now": datetime.now(UTC)}
                                     for number in range(CROWD_VISITORS + 5)])
        session.execute(text("INSERT INTO dirty_day (day, touched_at) VALUES (:day, :now)"),
                        {"day": DAY, "now": datetime.now(UTC)})
    schema.upgrade(empty_database)
    assert summed(empty_database) == [(CROWD_VISITORS + 5, CROWD_VISITORS + 5)]
    schema.downgrade(empty_database, "0002")
    with empty_database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM reading")) == CROWD_VISITORS + 5
