"""Counting: one row a view, whatever arrives how often; sums that can be made again; and nobody to be found in it."""

import itertools
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from werkzeug.test import Client

from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.engagement import jobs, queries, service
from webapp.engagement.models import DailySalt, DirtyDay, Reading, ReadingDay
from webapp.engagement.rules import BODY_BYTES, Drop, Dropped
from webapp.engagement.service import PAGE_TOKEN, SOURCE_TOKEN, Counter, Visitor

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = NOW.date()
BOTH = pytest.mark.postgresql
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"
ANN = Visitor("203.0.113.77", BROWSER, "localhost")
BOB = Visitor("203.0.113.78", BROWSER, "localhost")
PAGE = {"k": "article", "i": 12, "r": 34, "a": "patient", "l": "en", "m": "us", "x": 200}
_views = itertools.count(1)


@pytest.fixture
def counter(platform: Platform) -> Counter:
    return Counter(platform, lambda _: None)


def view_id() -> str:
    return f"{next(_views):032x}"


def body(platform: Platform, view: str | None = None, *, engaged: float = 10.0, visible: float | None = None,
         depth: float = 50, campaign: str = "", day: str = DAY.isoformat(), **page: Any) -> bytes:
    fields = {"t": platform.ring.sign(PAGE_TOKEN, {**PAGE, **page}), "v": view or view_id(), "d": day, "e": engaged,
              "s": engaged if visible is None else visible, "p": depth}
    if campaign:
        fields["m"] = platform.ring.sign(SOURCE_TOKEN, {"c": campaign, "o": "1"})
    return json.dumps(fields).encode()


def count(counter: Counter, sent: Iterable[bytes], visitor: Visitor = ANN, now: datetime = NOW, **more: Any) -> None:
    for future in [counter.count(each, visitor, now, **more) for each in sent]:
        future.result(10)


def readings(database: Database) -> list[Reading]:
    with database.reading() as session:
        return list(session.scalars(select(Reading).order_by("view_id")))


def sums(database: Database) -> list[tuple[Any, ...]]:
    with database.reading() as session:
        rows = session.scalars(select(ReadingDay)).all()
    return sorted((row.subject_id, row.audience, row.language, row.source, row.is_simulated, row.readers, row.readings,
                   row.completions, tuple(sorted(row.engaged_histogram.items(), key=lambda entry: int(entry[0]))))
                  for row in rows)


def roll_up(database: Database) -> None:
    with database.writing() as session:
        service.roll_up(session, DAY)


# One row a view


@BOTH
def test_a_beacon_is_stored_when_its_future_resolves(database: Database, platform: Platform, counter: Counter) -> None:
    count(counter, [body(platform, "a" * 32, engaged=100, visible=120, depth=95, campaign="spring")])
    row, = readings(database)
    assert (row.engaged_seconds, row.visible_seconds, row.depth, row.is_complete, row.source) == (
        100, 120, 95, True, "spring")
    assert (row.subject_id, row.revision_id, row.audience, row.language, row.market, row.day) == (
        12, 34, "patient", "en", "us", DAY)


beacons = st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300), st.integers(0, 100)), min_size=1, max_size=6)


@given(values=beacons, chance=st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_row_keeps_the_maximum_whatever_the_order_or_doubling(
        database: Database, platform: Platform, counter: Counter, values: list[tuple[float, float, int]],
        chance: Any) -> None:
    view = secrets.token_hex(16)
    sent = [body(platform, view, engaged=engaged, visible=engaged + more, depth=depth)
            for engaged, more, depth in values]
    arriving = sent + chance.sample(sent, chance.randint(0, len(sent)))
    chance.shuffle(arriving)
    count(counter, arriving)
    row = next(row for row in readings(database) if row.view_id == view)
    assert (row.engaged_seconds, row.visible_seconds, row.depth) == (
        max(value[0] for value in values), max(value[0] + value[1] for value in values),
        max(value[2] for value in values))


@BOTH
def test_ten_beacons_of_one_view_at_once_are_one_row(database: Database, platform: Platform, counter: Counter) -> None:
    ready = threading.Barrier(10)

    def send(number: int) -> None:
        ready.wait()
        count(counter, [body(platform, "b" * 32, engaged=number)])

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(send, range(10)))
    assert [(row.view_id, row.engaged_seconds) for row in readings(database)] == [("b" * 32, 9.0)]


@BOTH
def test_two_beacons_of_a_view_in_one_group_are_one_row(database: Database, platform: Platform) -> None:
    counter = Counter(platform, lambda _: None)
    for future in [counter.count(body(platform, "c" * 32, engaged=engaged), ANN, NOW) for engaged in range(50)]:
        future.result(10)
    assert [row.engaged_seconds for row in readings(database)] == [49.0]


@BOTH
def test_a_view_once_complete_stays_complete(database: Database, platform: Platform, counter: Counter) -> None:
    count(counter, [body(platform, "d" * 32, engaged=150, depth=95)])
    count(counter, [body(platform, "d" * 32, engaged=10, depth=10)])
    assert [row.is_complete for row in readings(database)] == [True]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_view_is_complete_in_whatever_order_its_beacons_come(
        database: Database, platform: Platform, counter: Counter, order: tuple[int, ...]) -> None:
    sent = [body(platform, "e" * 32, engaged=engaged, depth=depth)
            for engaged, depth in ((20, 40), (90, 95), (150, 95))]
    for number in order:
        count(counter, [sent[number]])
    assert [(row.engaged_seconds, row.depth, row.is_complete) for row in readings(database)] == [(150, 95, True)]


def test_a_campaign_named_first_stays(database: Database, platform: Platform, counter: Counter) -> None:
    for campaign in ("", "first", "second", ""):
        count(counter, [body(platform, "f" * 32, campaign=campaign)])
    assert [row.source for row in readings(database)] == ["first"]


@BOTH
@pytest.mark.parametrize(("visitor", "page"), [(BOB, {}), (ANN, {"r": 35})], ids=["another visitor", "another page"])
def test_a_replayed_view_id_changes_nothing_and_is_counted(
        database: Database, platform: Platform, counter: Counter, visitor: Visitor, page: dict[str, int]) -> None:
    count(counter, [body(platform, "9" * 32, engaged=10)])
    count(counter, [body(platform, "9" * 32, engaged=200, **page)], visitor)
    assert [row.engaged_seconds for row in readings(database)] == [10]
    with database.reading() as session:
        assert queries.drops(session) == {"replayed": 1}


@BOTH
def test_drops_are_counted_by_name(database: Database, platform: Platform, counter: Counter) -> None:
    for sent in (b"{", b"{", body(platform, day="1970-01-01"), b"x" * (BODY_BYTES + 1), body(platform, engaged=-1)):
        with pytest.raises(Dropped):
            counter.count(sent, ANN, NOW)
    platform.writer.close()
    with database.reading() as session:
        assert queries.drops(session) == {"malformed": 2, "wrong-day": 1, "oversized": 1, "negative": 1}
    assert readings(database) == []


# Sums


@BOTH
def test_a_day_is_summed_right(database: Database, platform: Platform, counter: Counter) -> None:
    count(counter, [body(platform, engaged=seconds, depth=95) for seconds in (0, 4.9, 5, 9.99, 120)])
    count(counter, [body(platform, engaged=7, depth=95)], BOB)
    count(counter, [body(platform, engaged=150, depth=95, campaign="spring")], BOB)
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
        with database.writing() as session:
            rolled.append(jobs.roll_up_dirty(session, NOW))
    count(counter, [body(platform)])
    with database.writing() as session:
        rolled.append(jobs.roll_up_dirty(session, NOW))
    assert rolled == [2, None, 1]
    assert sum(entry[6] for entry in sums(database)) == 3


@BOTH
def test_a_beacon_that_comes_while_a_day_is_summed_is_in_the_next_sum(
        database: Database, platform: Platform, counter: Counter) -> None:
    count(counter, [body(platform)])
    with database.session(write=True) as session:
        service.roll_up(session, DAY)
        later = counter.count(body(platform), BOB, NOW)
        session.commit()
    later.result(10)
    with database.reading() as session:
        assert session.scalars(select(DirtyDay.day)).all() == [DAY]
    with database.writing() as session:
        jobs.roll_up_dirty(session, NOW)
    assert [entry[5:7] for entry in sums(database)] == [(2, 2)]


@BOTH
def test_a_beacon_committed_in_the_midst_of_a_sum_marks_the_day_again(
        database: Database, platform: Platform, counter: Counter) -> None:
    """Sums and beacons race for a while; when they are still, one more round makes the sums right."""
    stop = threading.Event()

    def sum_for_ever() -> None:
        while not stop.is_set():
            with database.writing() as session:
                jobs.roll_up_dirty(session, NOW)

    with ThreadPoolExecutor(1) as pool:
        racing = pool.submit(sum_for_ever)
        for _ in range(60):
            count(counter, [body(platform)])
        stop.set()
        racing.result(10)
    with database.writing() as session:
        jobs.roll_up_dirty(session, NOW)
    assert [entry[5:7] for entry in sums(database)] == [(1, 60)]


# Nobody to be found


@BOTH
def test_a_visitor_has_one_key_a_day_and_another_the_next(
        database: Database, platform: Platform, counter: Counter) -> None:
    for day in (NOW, NOW, NOW + timedelta(days=1)):
        count(counter, [body(platform, day=day.date().isoformat())], now=day)
    count(counter, [body(platform)], BOB)
    keys = [(row.day, row.visitor_key) for row in readings(database)]
    assert len(keys) == 4 and len(set(keys)) == 3 and len({key for _, key in keys}) == 3


def test_two_processes_know_a_visitor_by_the_same_key(database: Database, platform: Platform) -> None:
    for process in (Counter(platform, lambda _: None), Counter(platform, lambda _: None)):
        count(process, [body(platform)])
    assert len({row.visitor_key for row in readings(database)}) == 1


@BOTH
def test_salts_die_after_the_next_day(database: Database, platform: Platform, counter: Counter) -> None:
    for days in range(4):
        at = NOW + timedelta(days=days)
        count(counter, [body(platform, day=at.date().isoformat())], now=at)
        with database.writing() as session:
            jobs.forget_salts(session, at)
    with database.reading() as session:
        kept = sorted(session.scalars(select(DailySalt.day)))
    assert kept == [DAY + timedelta(days=2), DAY + timedelta(days=3)]


def test_a_salt_is_new_each_day_and_long(database: Database, platform: Platform, counter: Counter) -> None:
    count(counter, [body(platform), body(platform, day="2026-03-01")])
    with database.reading() as session:
        salts = session.scalars(select(DailySalt.salt)).all()
    assert len(set(salts)) == 2 and all(len(salt) == 16 for salt in salts)


def test_no_address_and_no_user_agent_is_stored_anywhere(
        client: Client, database: Database, platform: Platform) -> None:
    today = datetime.now(UTC).date().isoformat()
    sent = [body(platform, day=today), b"{", b'{"t": "I have a rash"}', body(platform, day="1970-01-01")]
    statuses = [client.post("/e", data=each, environ_overrides={"REMOTE_ADDR": ANN.address}, headers={
        "User-Agent": BROWSER, "Referer": "http://localhost/en/?q=my-secret-illness", "Cookie": "materia=my-cookie"}
    ).status_code for each in sent]
    platform.writer.close()
    assert statuses == [204] * 4 and len(readings(database)) == 1
    dump = "\n".join(sqlite3.connect(str(database.url.database)).iterdump())
    assert "INSERT INTO \"reading\"" in dump and "INSERT INTO \"drop_count\"" in dump
    for trace in (ANN.address, BROWSER, "Windows NT", "my-secret-illness", "my-cookie", "rash"):
        assert trace not in dump, trace


# The endpoint


@pytest.fixture
def now_is_real() -> str:
    return datetime.now(UTC).date().isoformat()


def test_a_counted_beacon_is_answered_204_and_is_stored(
        client: Client, database: Database, platform: Platform, now_is_real: str) -> None:
    answer = client.post("/e", data=body(platform, day=now_is_real), headers={"User-Agent": BROWSER})
    assert (answer.status_code, answer.data, len(readings(database))) == (204, b"", 1)


@pytest.mark.parametrize("sent", [b"", b"{", b"x" * (BODY_BYTES + 1), b"x" * 1_000_000, b"[" * 2000])
def test_a_dropped_beacon_is_answered_204_and_stores_no_reading(
        client: Client, database: Database, sent: bytes) -> None:
    assert client.post("/e", data=sent, content_type="text/plain").status_code == 204
    assert readings(database) == []


def test_a_beacon_that_could_not_be_stored_is_never_acknowledged(
        client: Client, database: Database, platform: Platform, now_is_real: str) -> None:
    client.post("/e", data=body(platform, day=now_is_real), headers={"User-Agent": BROWSER})
    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    event.listen(database.writer, "before_cursor_execute", fail)
    answer = client.post("/e", data=body(platform, day=now_is_real), headers={"User-Agent": BROWSER})
    event.remove(database.writer, "before_cursor_execute", fail)
    assert (answer.status_code, len(readings(database))) == (503, 1)


def test_once_the_database_writes_again_beacons_are_counted_again(
        client: Client, database: Database, platform: Platform, now_is_real: str) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    event.listen(database.writer, "before_cursor_execute", fail)
    refused = client.post("/e", data=body(platform, day=now_is_real), headers={"User-Agent": BROWSER}).status_code
    event.remove(database.writer, "before_cursor_execute", fail)
    answered = client.post("/e", data=body(platform, day=now_is_real), headers={"User-Agent": BROWSER}).status_code
    assert (refused, answered, len(readings(database))) == (503, 204, 1)


def test_a_beacon_of_another_site_is_refused(client: Client, platform: Platform, now_is_real: str) -> None:
    headers = {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/e", data=body(platform, day=now_is_real), headers=headers).status_code == 403


def test_every_reason_to_drop_has_a_name_of_its_own() -> None:
    assert len({reason.value for reason in Drop}) == len(Drop) == 9
