"""The database keeps every update, keeps readers from writing, and keeps moments in UTC."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import bindparam, column, create_engine, inspect, table, text
from sqlalchemy import select as sa_select
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlmodel import Session, SQLModel, col, select

from tests import waiting
from webapp.core import db
from webapp.core.db import Database
from webapp.core.models import JobRun, JobTick, SiteVersion

BOTH = pytest.mark.postgresql
THREADS, EACH = 10, 20
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EARLIER = NOON - timedelta(seconds=1)


def increment_from_threads(increment: Callable[[], None]) -> None:
    ready = threading.Barrier(THREADS)

    def work() -> None:
        ready.wait()
        for _ in range(EACH):
            increment()

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work) for _ in range(THREADS)]:
            done.result()


@BOTH
def test_two_hundred_increments_from_ten_threads_all_count(database: Database) -> None:
    with database.writing() as session:
        session.add(SiteVersion())

    def increment() -> None:
        with database.writing() as session:
            row = session.scalars(select(SiteVersion).with_for_update()).one()
            row.version += 1
            session.add(row)

    increment_from_threads(increment)
    with database.reading() as session:
        assert session.scalars(select(SiteVersion.version)).one() == THREADS * EACH


def test_sqlite_left_to_its_own_ways_loses_updates(database: Database) -> None:
    """The trap itself: what the writing session guards against is real."""
    with database.writing() as session:
        session.add(SiteVersion())
    careless = create_engine(database.url)
    both_have_read = threading.Barrier(2)

    def increment(_: int) -> None:
        with Session(careless) as session:
            version = session.scalars(select(SiteVersion.version)).one()
            session.rollback()
            both_have_read.wait()
            session.execute(text("UPDATE site_version SET version = :v"), {"v": version + 1})
            session.commit()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(increment, range(2)))
    careless.dispose()
    with database.reading() as session:
        assert session.scalars(select(SiteVersion.version)).one() == 1


@BOTH
def test_a_reading_session_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), database.reading() as session:
        session.execute(text("INSERT INTO company (key, name, is_fictional) VALUES ('k', 'n', TRUE)"))


@BOTH
def test_a_reading_session_sees_one_state_however_long_it_looks(database: Database) -> None:
    with database.writing() as session:
        session.add(SiteVersion(version=1))
    with database.reading() as reader:
        before = reader.scalars(select(SiteVersion.version)).one()
        with database.writing() as writer:
            writer.execute(text("UPDATE site_version SET version = 2"))
        assert (before, reader.scalars(select(SiteVersion.version)).one()) == (1, 1)


@BOTH
def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        session.add(JobRun(job="half", at=NOON, outcome="x"))
        session.flush()
        raise ZeroDivisionError
    with database.reading() as session:
        assert session.scalars(select(JobRun)).all() == []


@BOTH
def test_a_writer_waits_for_the_one_before_it_instead_of_failing(database: Database) -> None:
    with database.writing() as first:
        first.add(JobRun(job="first", at=NOON, outcome="x"))
        first.flush()
        with ThreadPoolExecutor(1) as pool:
            later = pool.submit(lambda: _add(database, "second"))
            first.commit()
            later.result(timeout=10)
    with database.reading() as session:
        assert set(session.scalars(select(JobRun.job))) == {"first", "second"}


def test_a_writer_that_never_gets_its_turn_gives_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.05)
    with database.writing() as first, ThreadPoolExecutor(1) as pool:
        first.add(JobRun(job="first", at=NOON, outcome="x"))
        first.flush()
        with pytest.raises(OperationalError, match="locked"):
            pool.submit(lambda: _add(database, "second")).result(timeout=10)
    _add(database, "third")
    with database.reading() as session:
        assert set(session.scalars(select(JobRun.job))) == {"first", "third"}


def test_of_many_threads_that_wait_for_the_lock_one_tries(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def sleep(seconds: float) -> None:
        tried.append(threading.get_ident())
        time.sleep(seconds)

    monkeypatch.setattr(db, "time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
    with ThreadPoolExecutor(4) as pool:
        with database.writing() as first:
            first.connection()
            later = [pool.submit(_add, database, f"later {number}") for number in range(4)]
            assert waiting.until(lambda: len(tried) > 20)
            assert len(set(tried)) == 1
        for one in later:
            one.result(timeout=10)
    with database.reading() as session:
        assert len(session.scalars(select(JobRun.job)).all()) == 4


def _add(database: Database, job: str) -> None:
    with database.writing() as session:
        session.add(JobRun(job=job, at=NOON, outcome="x"))


@BOTH
def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="has no time zone"), database.writing() as session:
        session.add(JobRun(job="naive", at=datetime(2026, 3, 2, 12, 0), outcome="x"))


@BOTH
@pytest.mark.parametrize("moment", [NOON, NOON.astimezone(timezone(timedelta(hours=8))),
                                    NOON.replace(microsecond=123456)])
def test_a_moment_comes_back_aware_and_the_same(database: Database, moment: datetime) -> None:
    with database.writing() as session:
        session.add(JobRun(job="aware", at=moment, outcome="x"))
    with database.reading() as session:
        found = session.scalars(select(JobRun.at)).one()
    assert (found, found.utcoffset()) == (moment, timedelta(0))


@BOTH
def test_moments_of_different_zones_are_compared_as_moments(database: Database) -> None:
    east = timezone(timedelta(hours=8))
    with database.writing() as session:
        session.add(JobRun(job="earlier", at=datetime(2026, 3, 2, 19, 59, tzinfo=east), outcome="x"))
        session.add(JobRun(job="later", at=datetime(2026, 3, 2, 12, 1, tzinfo=UTC), outcome="x"))
    with database.reading() as session:
        assert session.scalars(select(JobRun.job).where(col(JobRun.at) < NOON)).all() == ["earlier"]


def test_sqlite_waits_for_the_disk_and_keeps_its_foreign_keys(database: Database) -> None:
    with database.writer.connect() as connection:
        told = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@BOTH
def test_a_row_read_by_its_columns_is_the_object_that_the_session_would_have_made(database: Database) -> None:
    with database.writing() as session:
        session.add(JobRun(job="a", at=NOON, outcome="done"))
    with database.reading() as session:
        row = session.connection().execute(sa_select(*inspect(JobRun).columns)).one()
        made = db.as_read(session, JobRun, dict(row._mapping))
        assert session.scalars(select(JobRun)).one() is made
        assert (made.at, made.job, inspect(made).persistent) == (NOON, "a", True)
        assert not session.is_modified(made)


ASKED = sa_select(*inspect(JobTick).columns).where(col(JobTick.job) == bindparam("job"),
                                                   col(JobTick.due_at) > bindparam("after"))


@BOTH
def test_a_prepared_statement_tells_the_rows_that_sqlalchemy_would(database: Database) -> None:
    with database.writing() as session:
        session.add_all(JobTick(job=job, every_seconds=60, began_at=began, due_at=NOON)
                        for job, began in (("a", NOON), ("b", None)))
    prepared = db.Prepared(ASKED)
    with database.reading() as session:
        for job, after in (("a", EARLIER), ("b", EARLIER), ("a", NOON), ("c", EARLIER)):
            values = {"job": job, "after": after}
            assert prepared.rows(session, values) == [tuple(row) for row in session.execute(ASKED, values)]
        assert prepared.rows(session, {"job": "a", "after": EARLIER}) == [("a", 60, NOON, NOON)]


def test_a_prepared_statement_is_for_every_database_of_a_kind(database: Database, tmp_path: Path) -> None:
    prepared, other = db.Prepared(sa_select(col(SiteVersion.version))), Database(f"sqlite:///{tmp_path}/other.db")
    SQLModel.metadata.create_all(other.writer)
    for one, version in ((database, 3), (other, 5)):
        with one.writing() as session:
            session.add(SiteVersion(version=version))
    for one, version in ((database, 3), (other, 5)):
        with one.reading() as session:
            assert prepared.rows(session, {}) == [(version,)]
    other.close()


@BOTH
def test_what_the_driver_refuses_is_an_error_of_sqlalchemy(database: Database) -> None:
    prepared = db.Prepared(sa_select(column("nothing")).select_from(table("nowhere")))
    with database.reading() as session, pytest.raises(DBAPIError):
        prepared.rows(session, {})


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_connection_that_was_lost_is_given_up(database: Database) -> None:
    prepared = db.Prepared(ASKED)
    with database.reading() as session:
        with database.writer.connect() as other:
            own = session.scalar(text("SELECT pg_backend_pid()"))
            other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
        with pytest.raises(OperationalError) as raised:
            prepared.rows(session, {"job": "a", "after": NOON})
    assert raised.value.connection_invalidated


def test_an_object_that_was_read_before_is_left_as_it_is(database: Database) -> None:
    with database.writing() as session:
        session.add(JobRun(job="a", at=NOON, outcome="done"))
    with database.writing() as session:
        first = session.scalars(select(JobRun)).one()
        first.outcome = "changed"
        columns = {"id": first.id, "job": "a", "at": NOON, "outcome": "done"}
        assert db.as_read(session, JobRun, columns) is first
        assert first.outcome == "changed"


@BOTH
def test_only_what_is_done_again_if_need_be_does_not_wait_for_the_disk(database: Database) -> None:
    asked = "PRAGMA synchronous" if database.is_sqlite else "SHOW synchronous_commit"
    for _ in range(2):  # the second time with the connections of the first
        with database.writing_again() as session:
            assert session.scalar(text(asked)) in (1, "off")
        with database.writing() as session:
            assert session.scalar(text(asked)) == 2 or not database.is_sqlite  # a test's PostgreSQL waits for none


@BOTH
def test_work_that_can_be_done_again_is_one_transaction_all_the_same(database: Database) -> None:
    with database.writing_again() as session:
        session.add(JobRun(job="whole", at=NOON, outcome="done"))
    with pytest.raises(ZeroDivisionError), database.writing_again() as session:
        session.add(JobRun(job="broken", at=NOON, outcome="done"))
        session.flush()
        raise ZeroDivisionError
    with database.reading() as session:
        assert session.scalars(select(JobRun.job)).all() == ["whole"]


def test_work_that_can_be_done_again_takes_the_lock_when_it_begins(database: Database,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.01)
    with database.writing() as session:
        session.connection()
        with pytest.raises(OperationalError, match="locked"), database.writing_again() as other:
            other.connection()
