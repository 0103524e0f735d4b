"""Counting: one row a view, whatever arrives how often, and nobody to be found in it."""

import itertools
import json
import secrets
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import RawIOBase
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from werkzeug.test import Client

from tests.engagement.beacons import (
    ANN,
    BOB,
    BROWSER,
    DAY,
    NOW,
    body,
    count,
    opened,
    readings,
)
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.engagement import jobs, queries
from webapp.engagement.models import DailySalt
from webapp.engagement.rules import BODY_BYTES, Drop, Dropped
from webapp.engagement.service import Counter, Visitor

BOTH = pytest.mark.postgresql


# One row a view


@BOTH
def test_a_beacon_is_stored_when_its_receipt_is_settled(database: Database, platform: Platform,
                                                        counter: Counter) -> None:
    opened(platform, counter, "a" * 32)
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
    view = opened(platform, counter, secrets.token_hex(16))
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
    for receipt in [counter.count(body(platform, "c" * 32, engaged=engaged), ANN, NOW) for engaged in range(50)]:
        receipt.result(10)
    assert [row.engaged_seconds for row in readings(database)] == [49.0]


@BOTH
def test_a_view_once_complete_stays_complete(database: Database, platform: Platform, counter: Counter) -> None:
    opened(platform, counter, "d" * 32)
    count(counter, [body(platform, "d" * 32, engaged=150, depth=95)])
    count(counter, [body(platform, "d" * 32, engaged=10, depth=10)])
    assert [row.is_complete for row in readings(database)] == [True]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_view_is_complete_in_whatever_order_its_beacons_come(
        database: Database, platform: Platform, counter: Counter, order: tuple[int, ...]) -> None:
    sent = [body(platform, "e" * 32, engaged=engaged, depth=depth)
            for engaged, depth in ((20, 40), (90, 95), (150, 95))]
    opened(platform, counter, "e" * 32)
    for number in order:
        count(counter, [sent[number]])
    assert [(row.engaged_seconds, row.depth, row.is_complete) for row in readings(database)] == [(150, 95, True)]


@BOTH
def test_a_view_counts_no_more_seconds_than_have_passed(
        database: Database, platform: Platform, counter: Counter) -> None:
    for minutes in (0, 1, 2):
        count(counter, [body(platform, "8" * 32, engaged=4 * 3600, depth=100)], now=NOW + timedelta(minutes=minutes))
        row, = readings(database)
        assert (row.engaged_seconds, row.is_complete) == ((minutes + 1) * 60, minutes > 0)


def test_beacons_of_one_group_are_measured_from_its_first(
        database: Database, platform: Platform, counter: Counter) -> None:
    receipts = [counter.count(body(platform, "7" * 32, engaged=seconds), ANN, NOW + timedelta(seconds=seconds))
               for seconds in (0, 300)]
    for receipt in receipts:
        receipt.result(10)
    assert [row.engaged_seconds for row in readings(database)] == [300]


def test_a_simulated_view_is_measured_from_its_opening(
        database: Database, platform: Platform, counter: Counter) -> None:
    count(counter, [body(platform, engaged=300)], opened_at=NOW - timedelta(minutes=4), is_simulated=True)
    assert [(row.engaged_seconds, row.first_at) for row in readings(database)] == [
        (300, NOW - timedelta(minutes=4))]


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


class Flood(RawIOBase):
    """A body without end; says how much of it was read."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.taken += len(buffer)
        buffer[:] = b"x" * len(buffer)
        return len(buffer)


@pytest.mark.parametrize("framing", [{"CONTENT_LENGTH": str(3 * 1024 * 1024)}, {"wsgi.input_terminated": True}],
                         ids=["of a length", "of no length"])
def test_a_body_larger_than_any_form_is_dropped_by_name_and_not_read(
        client: Client, database: Database, platform: Platform, framing: dict[str, Any]) -> None:
    flood = Flood()
    answer = client.post("/e", environ_overrides={"wsgi.input": flood, **framing})
    platform.writer.close()
    assert (answer.status_code, drops(database)) == (204, {"oversized": 1})
    assert flood.taken <= BODY_BYTES + 1


@pytest.mark.parametrize("field", ["t", "m"])
def test_half_a_surrogate_pair_for_a_token_is_dropped_by_name(
        client: Client, database: Database, platform: Platform, now_is_real: str, field: str) -> None:
    sent = json.loads(body(platform, day=now_is_real)) | {field: "\ud800"}
    answer = client.post("/e", data=json.dumps(sent))
    platform.writer.close()
    assert (answer.status_code, drops(database)) == (204, {"forged": 1})


def drops(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return queries.drops(session)


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
    assert len({reason.value for reason in Drop}) == len(Drop) == 10
