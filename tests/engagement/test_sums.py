"""Sums of a day: right, made again without harm, and whole whatever comes while they are made."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from tests.engagement.beacons import BOB, DAY, NOW, body, count, opened, readings, roll_up, sums
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.engagement import jobs, queries
from webapp.engagement.service import Counter, Visitor

BOTH = pytest.mark.postgresql


@BOTH
def test_a_day_is_summed_right(database: Database, platform: Platform, counter: Counter) -> None:
    count(counter, [body(platform, engaged=seconds, depth=95) for seconds in (0, 4.9, 5, 9.99)])
    count(counter, [body(platform, opened(platform, counter), engaged=120, depth=95)])
    count(counter, [body(platform, engaged=7, depth=95)], BOB)
    view = opened(platform, counter, visitor=BOB)
    count(counter, [body(platform, view, engaged=150, depth=95, campaign="spring")], BOB)
    count(counter, [body(platform, engaged=3, a="hcp")], BOB)
    count(counter, [body(platform, engaged=3)], BOB, is_simulated=True)
    roll_up(database)
    assert sums(database) == [
        (12, "hcp", "en", "", False, 1, 1, 0, (("0", 1),)),
        (12, "patient", "en", "", False, 2, 6, 1, (("0", 2), ("5", 3), ("120", 1))),
        (12, "patient", "en", "", True, 1, 1, 0, (("0", 1),)),
        (12, "patient", "en", "spring", False, 1, 1, 1, (("150", 1),))]


@BOTH
def test_summing_again_changes_nothing(database: Database, platform: Platform, counter: Counter) -> None:
    count(counter, [body(platform) for _ in range(5)])
    roll_up(database)
    before = sums(database)
    roll_up(database)
    assert before and sums(database) == before


@BOTH
def test_robots_are_kept_but_not_summed(database: Database, platform: Platform, counter: Counter) -> None:
    robot = Visitor("203.0.113.1", "Googlebot/2.1 (+http://www.google.com/bot.html)", "localhost")
    count(counter, [body(platform)], robot)
    count(counter, [body(platform)])
    roll_up(database)
    assert sorted(row.is_robot for row in readings(database)) == [False, True]
    assert [entry[5:7] for entry in sums(database)] == [(1, 1)]


@BOTH
def test_only_days_that_changed_are_summed(database: Database, platform: Platform, counter: Counter) -> None:
    count(counter, [body(platform), body(platform, day="2026-03-01")])
    rolled = []
    for _ in range(2):
        rolled.append(jobs.roll_up_dirty(database, NOW))
    count(counter, [body(platform)])
    rolled.append(jobs.roll_up_dirty(database, NOW))
    assert rolled == [2, None, 1]
    assert sum(entry[6] for entry in sums(database)) == 3


@BOTH
def test_a_beacon_committed_between_sum_and_store_leaves_the_day_dirty(
        database: Database, platform: Platform, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is committed while the day is summed: whoever sums does not hold the write lock."""
    count(counter, [body(platform)])
    with monkeypatch.context() as patch:
        meanwhile(patch, lambda: count(counter, [body(platform)], BOB))
        roll_up(database)
    assert ([entry[5:7] for entry in sums(database)], dirty(database)) == ([(1, 1)], [DAY])
    assert jobs.roll_up_dirty(database, NOW) == 1
    assert ([entry[5:7] for entry in sums(database)], dirty(database)) == ([(2, 2)], [])


@BOTH
def test_of_two_that_sum_a_day_the_one_that_saw_more_stays(
        database: Database, platform: Platform, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    count(counter, [body(platform)])

    def overtake() -> None:
        count(counter, [body(platform)], BOB)
        roll_up(database)

    with monkeypatch.context() as patch:
        meanwhile(patch, overtake)
        roll_up(database)
    assert ([entry[5:7] for entry in sums(database)], dirty(database)) == ([(2, 2)], [])


def meanwhile(patch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Lets something happen once, after the next roll-up looked at the readings and before it stores its sums."""
    look = queries.sums

    def look_and_wait(*arguments: Any) -> Any:
        found = look(*arguments)
        patch.setattr(queries, "sums", look)
        happens()
        return found
    patch.setattr(queries, "sums", look_and_wait)


def dirty(database: Database) -> list[date]:
    with database.reading() as session:
        return queries.dirty_days(session)


@BOTH
def test_beacons_that_race_with_sums_are_all_in_the_last_one(
        database: Database, platform: Platform, counter: Counter) -> None:
    """Sums and beacons race for a while; when they are still, one more round makes the sums right."""
    stop = threading.Event()

    def sum_for_ever() -> None:
        while not stop.is_set():
            jobs.roll_up_dirty(database, NOW)

    with ThreadPoolExecutor(1) as pool:
        racing = pool.submit(sum_for_ever)
        for _ in range(60):
            count(counter, [body(platform)])
        stop.set()
        racing.result(10)
    jobs.roll_up_dirty(database, NOW)
    assert [entry[5:7] for entry in sums(database)] == [(1, 60)]
