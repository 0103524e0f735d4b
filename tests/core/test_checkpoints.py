"""SQLite's log is moved into its file aside from those who write."""

import os
import shutil
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select

from tests.builders import SECRET
from tests.core.test_db import NOON
from tests.flows import starting
from tests.waiting import until
from webapp.core import checkpoints
from webapp.core.checkpoints import Checkpointer, checkpoint
from webapp.core.db import BUSY_SECONDS, Database
from webapp.core.models import JobRun

ROWS = 400


@pytest.fixture
def database(tmp_path: Path, migrated_file: Path) -> Database:
    shutil.copy(migrated_file, tmp_path / "log.db")
    made = Database(f"sqlite:///{tmp_path / 'log.db'}")
    checkpoint(made)
    return made


def write(database: Database, times: int) -> None:
    for _ in range(times):
        with database.writer.begin() as connection:
            add(connection)


def add(connection: Connection) -> None:
    connection.execute(insert(JobRun), [{"job": "x" * 100, "at": NOON, "outcome": "x" * 100}] * ROWS)


def pages(database: Database) -> int:
    """Of the log, moved or not."""
    with database.reader.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()[1])


def test_a_commit_moves_nothing_however_long_the_log(database: Database) -> None:
    file = Path(database.url.database or "")
    size = file.stat().st_size
    write(database, 60)
    assert file.stat().st_size == size, "a commit moved the log"
    assert checkpoint(database) > 1000
    assert file.stat().st_size > size


def test_a_long_log_begins_anew_under_a_reader_of_the_present(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "LONG_LOG", 10)
    write(database, 5)
    with database.reading() as session:
        session.connection()
        assert checkpoint(database) > 10
    write(database, 1)
    assert pages(database) < 100


def test_a_reader_of_an_earlier_state_keeps_a_long_log_and_holds_no_writer_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "LONG_LOG", 10)
    write(database, 1)
    with database.reading() as session:
        session.scalar(select(func.count()).select_from(JobRun))
        write(database, 5)
        began = time.monotonic()
        assert checkpoint(database) > 10
        assert time.monotonic() - began < BUSY_SECONDS / 2, "it waited for the reader, and every writer with it"
        write(database, 1)
        assert pages(database) > 100
    assert checkpoint(database) > 100
    write(database, 1)
    assert pages(database) < 100


def test_a_log_that_is_far_too_long_begins_anew_though_others_read_and_write_without_a_gap(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "LONG_LOG", 10)
    monkeypatch.setattr(checkpoints, "TRIES", 0)  # as if no try met a gap
    ended = threading.Event()

    def write_on() -> None:
        while not ended.is_set():
            write(database, 1)

    def read_on(from_now: float) -> None:
        time.sleep(from_now)
        while not ended.is_set():
            with database.reading() as session:
                session.scalar(select(func.count()).select_from(JobRun))
                time.sleep(0.01)

    others = [threading.Thread(target=write_on),
              *(threading.Thread(target=read_on, args=(0.002 * number,)) for number in range(4))]
    for other in others:
        other.start()
    try:
        assert until(lambda: pages(database) > 2_000)
        assert until(lambda: checkpoint(database) < 2_000, seconds=60)
    finally:
        ended.set()
        for other in others:
            other.join()
    with database.writer.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 0, "it waits for the lock by itself"


def test_the_checkpointer_works_until_it_is_stopped(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_SECONDS", 0.01)
    looked: list[Database] = []
    monkeypatch.setattr(checkpoints, "checkpoint", looked.append)
    checkpointer = Checkpointer(database)
    checkpointer.start()
    assert until(lambda: len(looked) >= 3)
    checkpointer.stop()
    count = len(looked)
    time.sleep(0.05)
    assert len(looked) == count and looked[0] is database


def test_a_log_that_cannot_be_moved_is_tried_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_SECONDS", 0.01)
    tries: list[Database] = []

    def fail(database: Database) -> int:
        tries.append(database)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(checkpoints, "checkpoint", fail)
    checkpointer = Checkpointer(database)
    checkpointer.start()
    assert until(lambda: len(tries) >= 3)
    checkpointer.stop()


@pytest.mark.parametrize("command", [["worker"], ["serve", "--port", "0"]], ids=["worker", "serve"])
def test_a_process_that_hands_its_writer_nothing_keeps_the_log_short(
        database: Database, tmp_path: Path, command: list[str]) -> None:
    environment = {"PATH": os.environ["PATH"], "MATERIA_SECRET_KEY": SECRET, "MATERIA_DATA_DIR": str(tmp_path),
                   "MATERIA_DATABASE_URL": str(database.url)}
    file = Path(database.url.database or "")
    size = file.stat().st_size
    process = starting.program(environment, tmp_path / "log", *command)
    try:
        write(database, 60)
        assert until(lambda: file.stat().st_size > size), "nobody moved the log"
    finally:
        process.kill()
        process.join()
