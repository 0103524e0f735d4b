"""A spool: an answer means that the row is on the disk, whoever writes elsewhere, and rows come where they belong."""

import json
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, insert, select, text

from tests.waiting import until
from webapp.core import spool as module
from webapp.core.db import Database
from webapp.core.errors import Busy, Invalid
from webapp.core.spool import Spool
from webapp.core.writer import GroupWriter
from webapp.sponsors.models import Company

ANSWER_SECONDS = 10


class Name(NamedTuple):
    """A row of these tests: a company's name."""

    name: str


def add_companies(connection: Connection, rows: Sequence[Name]) -> None:
    connection.execute(insert(Company), [{"key": row.name, "name": row.name, "is_fictional": True} for row in rows])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(file: Path, writer: GroupWriter) -> Iterator[Spool[Name]]:
    """One that does not move anything before it is started."""
    made = Spool(file, Name, writer, add_companies)
    yield made
    made.close()


def hand_in(spool: Spool[Name], *names: str) -> None:
    """One after the other, each kept before the next comes."""
    for name in names:
        spool.submit(Name(name)).result(ANSWER_SECONDS)


def kept(file: Path) -> list[str]:
    """What anybody who opens the file finds in it."""
    with closing(sqlite3.connect(file)) as connection:
        groups = connection.execute("SELECT rows FROM spooled ORDER BY id").fetchall()
    return [name for group, in groups for name, in json.loads(group)]


def companies(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Company.name).order_by(Company.id)))  # type: ignore[arg-type]


def moved(database: Database, *names: str) -> bool:
    return until(lambda: companies(database) == list(names))


def test_a_row_is_in_the_file_once_its_receipt_is_settled(file: Path, spool: Spool[Name], database: Database) -> None:
    for number in range(5):
        hand_in(spool, f"c{number}")
        assert kept(file)[-1] == f"c{number}"
    assert companies(database) == [], "no row is moved before the spool is started"


def test_rows_come_to_the_database_in_their_order_and_leave_the_file(file: Path, spool: Spool[Name], database: Database,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TOGETHER", 3)
    names = [f"c{number}" for number in range(10)]
    hand_in(spool, *names)
    spool.start()
    assert moved(database, *names)
    assert until(lambda: kept(file) == [])


def test_who_waits_for_an_answer_waits_for_no_lock_of_the_database(spool: Spool[Name], database: Database) -> None:
    spool.start()
    with database.writing() as session:
        session.connection()
        hand_in(spool, "during")
        assert companies(database) == []
    assert moved(database, "during")


def test_what_a_process_left_is_moved_by_the_next(file: Path, writer: GroupWriter, database: Database) -> None:
    ended = Spool(file, Name, writer, add_companies)  # as one that was killed: never closed
    hand_in(ended, "left", "behind")
    following = Spool(file, Name, writer, add_companies)
    following.start()
    assert moved(database, "left", "behind")
    following.close()


def test_what_is_handed_in_before_the_end_is_moved_at_the_end(spool: Spool[Name], database: Database) -> None:
    spool.start()
    spool.submit(Name("last"))
    spool.close()
    assert companies(database) == ["last"]


def test_rows_wait_while_the_database_takes_none(spool: Spool[Name], database: Database, file: Path,
                                                 monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
                                                 ) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr("webapp.core.db.BUSY_SECONDS", 0.05)
    spool.start()
    with database.writing() as session:
        session.connection()
        hand_in(spool, "a")
        assert until(lambda: "waits in the spool" in caplog.text)
        hand_in(spool, "b")
        assert kept(file) == ["a", "b"]
    assert moved(database, "a", "b")
    assert until(lambda: kept(file) == [])


def test_rows_wait_while_a_table_is_away(spool: Spool[Name], database: Database, file: Path,
                                         monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """As while somebody changes the schema under a running server."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.02)
    with database.writing() as session:
        session.execute(text("ALTER TABLE company RENAME TO elsewhere"))
    hand_in(spool, "a", "b")
    spool.start()
    assert until(lambda: "waits in the spool" in caplog.text)
    assert kept(file) == ["a", "b"]
    with database.writing() as session:
        session.execute(text("ALTER TABLE elsewhere RENAME TO company"))
    assert moved(database, "a", "b")


def test_a_row_that_the_database_refuses_takes_none_with_it(spool: Spool[Name], database: Database, file: Path,
                                                            caplog: pytest.LogCaptureFixture) -> None:
    with database.writing() as session:
        session.add(Company(key="taken", name="taken", is_fictional=True))
    hand_in(spool, "before", "taken", "after")
    spool.start()
    assert moved(database, "taken", "before", "after")
    assert until(lambda: kept(file) == [])
    assert [(record.levelno, record.getMessage()) for record in caplog.records if record.name == "materia.spool"] == [
        (logging.ERROR, "a row of the spool is given up: IntegrityError")]


def test_a_row_of_another_version_is_told_of_and_takes_none_with_it(spool: Spool[Name], database: Database, file: Path,
                                                                    caplog: pytest.LogCaptureFixture) -> None:
    hand_in(spool, "before")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO spooled (rows) VALUES (?)", (b'[{"title": "secret"}]',))
        connection.commit()
    hand_in(spool, "after")
    spool.start()
    assert moved(database, "before", "after")
    assert until(lambda: kept(file) == [])
    assert "given up" in caplog.text and "secret" not in caplog.text


def test_a_full_spool_says_so_and_takes_rows_again_when_all_are_moved(
        spool: Spool[Name], database: Database, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 2)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr("webapp.core.db.BUSY_SECONDS", 0.05)
    hand_in(spool, "a", "b", "c")
    spool.start()
    with database.writing() as session:
        session.connection()
        assert until(lambda: is_busy(spool))
    assert until(lambda: kept(file) == [])
    hand_in(spool, "later")
    assert until(lambda: companies(database)[-1] == "later")
    assert companies(database)[:3] == ["a", "b", "c"]


def is_busy(spool: Spool[Name]) -> bool:
    """Whether it takes no more; one that is taken is another of the same name, which the database refuses."""
    try:
        hand_in(spool, "a")
    except Busy:
        return True
    return False


def test_a_file_that_cannot_be_used_is_named(file: Path, writer: GroupWriter) -> None:
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(Invalid, match=rf"{file} cannot be used: .*; if it cannot be mended, move it away\."):
        Spool(file, Name, writer, add_companies)
    assert file.read_bytes() == b"no database" * 1000
