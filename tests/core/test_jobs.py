"""One leads; who falls silent is followed; a failing job is recorded and stops nobody."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from webapp.core import jobs
from webapp.core.db import Database
from webapp.core.jobs import LEASE
from webapp.core.models import JobRun

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BOTH = pytest.mark.postgresql


def leads(database: Database, holder: str, now: datetime = NOW, role: str = "scheduler") -> bool:
    with database.writing() as session:
        return jobs.lead(session, role, holder, now)


@BOTH
def test_of_two_one_leads(database: Database) -> None:
    assert (leads(database, "a"), leads(database, "b")) == (True, False)


@BOTH
@pytest.mark.parametrize("is_held_before", [False, True], ids=["never held", "run out"])
def test_of_eight_that_ask_at_once_one_leads(database: Database, is_held_before: bool) -> None:
    if is_held_before:
        leads(database, "gone", NOW - 2 * LEASE)
    ready = threading.Barrier(8)

    def ask(number: int) -> bool:
        ready.wait()
        return leads(database, f"holder-{number}")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 1


@BOTH
def test_a_leader_that_renews_stays(database: Database) -> None:
    for second in range(0, 60, 5):
        assert leads(database, "a", NOW + timedelta(seconds=second))
        assert not leads(database, "b", NOW + timedelta(seconds=second))


@BOTH
@pytest.mark.parametrize(("silence", "takes_over"), [(LEASE - timedelta(seconds=1), False), (LEASE, True)])
def test_a_leader_that_falls_silent_is_followed_once_its_lease_ends(
        database: Database, silence: timedelta, takes_over: bool) -> None:
    leads(database, "a")
    assert leads(database, "b", NOW + silence) is takes_over


@BOTH
def test_one_that_comes_back_finds_the_lead_taken(database: Database) -> None:
    leads(database, "a")
    leads(database, "b", NOW + LEASE)
    assert not leads(database, "a", NOW + LEASE)


@BOTH
def test_a_leader_that_resigns_is_followed_at_once(database: Database) -> None:
    leads(database, "a")
    with database.writing() as session:
        jobs.resign(session, "scheduler", "a")
    assert leads(database, "b")


@BOTH
def test_nobody_resigns_for_another(database: Database) -> None:
    leads(database, "a")
    with database.writing() as session:
        jobs.resign(session, "scheduler", "b")
    assert not leads(database, "b")


@BOTH
def test_roles_are_led_apart(database: Database) -> None:
    assert leads(database, "a", role="scheduler") and leads(database, "b", role="other")


def _add_and_fail(session: Session, now: datetime) -> int:
    session.add(JobRun(job="half done", at=now, outcome="x"))
    session.flush()
    raise ZeroDivisionError("a reader's address would stand here")


@BOTH
def test_a_failing_job_is_recorded_undone_and_stops_nobody(
        database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    outcomes = [jobs.run(database, "bad", _add_and_fail, NOW), jobs.run(database, "good", lambda *_: 3, NOW)]
    with database.reading() as session:
        recorded = [(run.job, run.outcome, run.at) for run in session.scalars(select(JobRun))]
    assert outcomes == ["failed: ZeroDivisionError", "done: 3"]
    assert recorded == [("bad", "failed: ZeroDivisionError", NOW), ("good", "done: 3", NOW)]
    assert "job bad failed" in caplog.text


def test_a_job_that_found_nothing_to_do_leaves_no_record(database: Database) -> None:
    assert jobs.run(database, "idle", lambda *_: None, NOW) is None
    with database.reading() as session:
        assert session.scalars(select(JobRun)).all() == []


@BOTH
def test_a_long_job_holds_no_lock_and_keeps_what_it_committed(database: Database) -> None:
    def work() -> None:
        with database.writing() as session:
            session.add(JobRun(job="first slice", at=NOW, outcome="x"))
        raise ZeroDivisionError

    assert jobs.record(database, "long", work, NOW) == "failed: ZeroDivisionError"
    with database.reading() as session:
        assert [run.job for run in session.scalars(select(JobRun))] == ["first slice", "long"]


def test_an_outcome_that_cannot_be_recorded_is_raised(database: Database) -> None:
    outage = OperationalError("INSERT", {}, Exception("database or disk is full"))

    def fail(*_: object) -> None:
        raise outage

    event.listen(database.writer, "before_cursor_execute", fail)
    with pytest.raises(OperationalError):
        jobs.record(database, "any", lambda: 1, NOW)
