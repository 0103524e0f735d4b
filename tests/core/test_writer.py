"""Group commit: an answer means committed, one bad row fails alone, a full queue says so."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.core import writer as module
from webapp.core.db import Database
from webapp.core.errors import Busy
from webapp.core.writer import GroupWriter, Receipt
from webapp.sponsors.models import Company

BOTH = pytest.mark.postgresql


def add_companies(connection: Connection, rows: Sequence[str]) -> None:
    connection.execute(insert(Company), [{"key": name, "name": name, "is_fictional": True} for name in rows])


def names(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(Company.name)))


class Gate:
    """Writes nothing until it is opened, so that rows pile up behind it."""

    def __init__(self) -> None:
        self.is_reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, connection: Connection, rows: Sequence[Any]) -> None:
        self.is_reached.set()
        assert self.opened.wait(10)


@pytest.fixture
def gate(writer: GroupWriter) -> Iterator[Gate]:
    """Holds the writer's thread in a group of its own."""
    made = Gate()
    writer.submit(made, None)
    assert made.is_reached.wait(10)
    yield made
    made.opened.set()


@BOTH
def test_a_row_is_visible_to_others_once_its_receipt_is_settled(database: Database, writer: GroupWriter) -> None:
    for number in range(20):
        writer.submit(add_companies, f"c{number}").result(10)
        assert f"c{number}" in names(database)


def is_settled(receipt: Receipt) -> bool:
    try:
        receipt.exception(0)
    except TimeoutError:
        return False
    return True


def test_no_receipt_is_settled_before_the_commit(database: Database, writer: GroupWriter) -> None:
    receipts: list[Receipt] = []
    seen: list[bool] = []
    event.listen(database.writer, "commit", lambda _: seen.extend(map(is_settled, receipts)))
    receipts.append(writer.submit(add_companies, "a"))
    receipts[0].result(10)
    assert seen and not any(seen)


def test_all_who_wait_by_one_receipt_go_on(writer: GroupWriter, gate: Gate) -> None:
    receipt = writer.submit(add_companies, "a")
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(receipt.exception, 10) for _ in range(5)]
        gate.opened.set()
        assert [waits.result() for waits in waiting] == [None] * 5


@BOTH
def test_twenty_threads_get_every_row_written(database: Database, writer: GroupWriter) -> None:
    def work(thread: int) -> None:
        for number in range(25):
            writer.submit(add_companies, f"{thread}-{number}").result(30)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(work, range(20)))
    assert names(database) == {f"{thread}-{number}" for thread in range(20) for number in range(25)}


def test_what_waits_together_is_committed_together(database: Database, writer: GroupWriter, gate: Gate) -> None:
    commits: list[object] = []
    waiting = [writer.submit(add_companies, f"c{number}") for number in range(100)]
    event.listen(database.writer, "commit", commits.append)
    gate.opened.set()
    for receipt in waiting:
        receipt.result(10)
    assert len(commits) <= 3  # the gate's own, and theirs


@BOTH
def test_one_bad_row_fails_alone(database: Database, writer: GroupWriter, gate: Gate) -> None:
    receipts = [writer.submit(add_companies, name) for name in ("good", "twin", "twin", "fine")]
    gate.opened.set()
    errors = [receipt.exception(10) for receipt in receipts]
    assert [type(error) for error in errors] == [type(None), type(None), IntegrityError, type(None)]
    assert names(database) == {"good", "twin", "fine"}


def test_a_failing_kind_does_not_take_another_kind_with_it(database: Database, writer: GroupWriter, gate: Gate) -> None:
    def broken(connection: Connection, rows: Sequence[Any]) -> None:
        connection.execute(text("INSERT INTO no_such_table VALUES (1)"))

    bad, good = writer.submit(broken, None), writer.submit(add_companies, "good")
    gate.opened.set()
    assert isinstance(bad.exception(10), OperationalError) and good.exception(10) is None
    assert names(database) == {"good"}


OUTAGES = (OperationalError("BEGIN", {}, Exception("database is locked")), PoolTimeout("no connection came free"))


@BOTH
@pytest.mark.parametrize("outage", OUTAGES, ids=["locked", "no connection"])
def test_in_an_outage_a_group_fails_at_once_and_is_not_tried_row_by_row(
        database: Database, writer: GroupWriter, gate: Gate, outage: Exception) -> None:
    tries = refuse(database, outage)
    receipts = [writer.submit(add_companies, f"c{number}") for number in range(100)]
    gate.opened.set()
    assert all(receipt.exception(10) is outage for receipt in receipts)
    assert len(tries) <= 2, "a group of the first, if the writer was quick, and one of the others"


def refuse(database: Database, outage: Exception, after: int = 0) -> list[object]:
    """Lets no transaction begin, after so many; returns those that tried. Each would wait for the lock anew."""
    tries: list[object] = []

    def count(connection: Connection) -> None:
        tries.append(connection)
        if len(tries) > after:
            raise outage
    event.listen(database.writer, "begin", count)
    return tries


@BOTH
def test_an_outage_that_begins_while_rows_are_tried_ends_the_trying(
        database: Database, writer: GroupWriter, gate: Gate) -> None:
    tries = refuse(database, OUTAGES[0], after=3)
    receipts = [writer.submit(add_companies, name) for name in ("good", "twin", "twin", "a", "b", "c", "d")]
    gate.opened.set()
    errors = [receipt.exception(10) for receipt in receipts]
    assert errors[:2] == [None, None] and all(error is OUTAGES[0] for error in errors[2:])
    assert len(tries) == 4


def test_a_full_queue_says_so_and_stores_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE_LIMIT", 3)
    writer, gate = GroupWriter(database), Gate()
    writer.submit(gate, None)
    assert gate.is_reached.wait(10)
    for number in range(3):
        writer.submit(add_companies, f"c{number}")
    with pytest.raises(Busy):
        writer.submit(add_companies, "too many")
    gate.opened.set()
    writer.close()
    assert names(database) == {"c0", "c1", "c2"}


@BOTH
def test_closing_writes_what_was_handed_in(database: Database, writer: GroupWriter) -> None:
    receipts = [writer.submit(add_companies, f"c{number}") for number in range(1200)]
    writer.close()
    assert all(is_settled(receipt) for receipt in receipts)
    assert len(names(database)) == 1200


def test_closing_a_writer_that_was_never_used_does_nothing(database: Database) -> None:
    threads = threading.active_count()
    GroupWriter(database).close()
    assert threading.active_count() == threads


def test_a_caller_that_gives_up_is_told_so_and_its_row_is_written_all_the_same(
        database: Database, writer: GroupWriter, gate: Gate) -> None:
    given_up, later = writer.submit(add_companies, "a"), writer.submit(add_companies, "b")
    with pytest.raises(TimeoutError):
        given_up.result(0.01)
    gate.opened.set()
    later.result(10)
    writer.submit(add_companies, "c").result(10)
    assert names(database) == {"a", "b", "c"}
