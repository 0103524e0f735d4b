"""Timed work: begins with the worker, outlives what fails, and leaves a trace that operators see."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from tests.builders import POSTAL_ADDRESS
from webapp import schedule
from webapp.config import Settings
from webapp.core import jobs
from webapp.core.models import JobRun, JobTick
from webapp.core.platform import Platform
from webapp.schedule import Schedule

PATIENCE_SECONDS = 20


@pytest.fixture
def start(platform: Platform, settings: Settings) -> Iterator[Callable[[], None]]:
    """Starts a schedule that ends with the test."""
    started: list[Schedule] = []

    def run() -> None:
        started.append(Schedule(platform, settings.model_copy(update={"postal_address": POSTAL_ADDRESS})))
        started[-1].start()
    yield run
    for made in started:
        made.stop()


def outcomes(platform: Platform) -> set[tuple[str, str]]:
    with platform.database.reading() as session:
        return {(run.job, run.outcome) for run in session.scalars(select(JobRun))}


def test_every_job_runs_right_after_the_start_whatever_its_interval(
        platform: Platform, start: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = ("release_due", "forget_clicks", "release_leases", "forget_deliveries", "expire", "roll_up_dirty",
            "forget_salts")
    ran = {name: threading.Event() for name in jobs}
    for name, event in ran.items():
        monkeypatch.setattr(schedule, name, lambda *_, event=event: event.set())
    start()
    assert [name for name, event in ran.items() if not event.wait(PATIENCE_SECONDS)] == []


@pytest.mark.parametrize("name", ["release_due", "expire", "forget_deliveries"])
def test_a_job_that_fails_is_recorded_for_operators_and_others_go_on(
        platform: Platform, start: Callable[[], None], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    goes_on = threading.Event()

    def fail(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(schedule, name, fail)
    monkeypatch.setattr(schedule, "forget_salts", lambda *_: goes_on.set())
    start()
    assert goes_on.wait(PATIENCE_SECONDS)
    until = time.monotonic() + PATIENCE_SECONDS
    while not outcomes(platform) and time.monotonic() < until:
        time.sleep(0.05)
    assert [(job.endswith(f".{name}"), outcome) for job, outcome in outcomes(platform)] == [(True, "failed: KeyError")]


def test_the_leader_notes_for_operators_when_each_job_began_and_is_due_again(
        platform: Platform, settings: Settings, start: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "RENEW_SECONDS", 0.05)
    start()
    until = time.monotonic() + PATIENCE_SECONDS
    noted: list[JobTick] = []
    while (not noted or any(tick.began_at is None for tick in noted)) and time.monotonic() < until:
        time.sleep(0.05)
        with platform.database.reading() as session:
            noted = jobs.ticks(session)
    assert {tick.job for tick in noted} >= {"campaigns.release_due", "channels.release_leases", "articles.expire"}
    assert all(tick.began_at is not None and tick.due_at > tick.began_at and tick.every_seconds > 0 for tick in noted)
