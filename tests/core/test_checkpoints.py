"""SQLite's log is moved into its file aside from those who write."""

import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from tests.core.test_db import NOON
from webapp.core import checkpoints
from webapp.core.checkpoints import Checkpointer, checkpoint
from webapp.core.db import Database
from webapp.core.models import JobRun
from webapp.schema import upgrade

ROWS = 400


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'log.db'}")
    upgrade(made)
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


def test_the_checkpointer_works_until_it_is_stopped(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_SECONDS", 0.01)
    looked: list[Database] = []
    monkeypatch.setattr(checkpoints, "checkpoint", looked.append)
    checkpointer = Checkpointer(database)
    checkpointer.start()
    ends = time.monotonic() + 10
    while len(looked) < 3 and time.monotonic() < ends:
        time.sleep(0.01)
    checkpointer.stop()
    count = len(looked)
    time.sleep(0.05)
    assert len(looked) == count >= 3 and looked[0] is database
