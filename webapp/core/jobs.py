"""Who may run timed jobs, and what became of each run.

APScheduler does not coordinate processes: two on one job store ran an interval job twice in ten of twelve seconds. So
one process leads, by a lock in the database, and due times live in our tables.
"""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, text
from sqlmodel import Session, col

from webapp.core.db import Database
from webapp.core.models import JobRun, JobTick, LeaderLock

log = logging.getLogger("materia.jobs")

LEASE = timedelta(seconds=15)
"""How long a leader that fell silent keeps its role: our choice, three renewals of five seconds."""
SCHEDULER = "scheduler"
"""The role of whoever runs the schedule."""
FAILED = "failed: "
"""How the outcome of a run that failed begins."""
ADVISORY_LOCK = 0x6D617465

FORGET_SLICE = 200
"""Rows that one statement deletes: our choice; with three indexes, 2,000 held SQLite's lock for 100 ms."""
FORGET_SLICES = 200
"""Slices of one run, some seconds in all, so that a worker can end; the next run goes on."""
FORGET_PAUSE_SECONDS = 0.02

Job = Callable[[Session, datetime], object]
"""Work in one transaction, which the runner commits."""


def lead(session: Session, role: str, holder: str, now: datetime) -> bool:
    """Takes or renews the role for `holder`; False while another holds it.

    The row is written under the write lock (SQLite) or an advisory lock for the transaction (PostgreSQL), so that two
    callers cannot both find it free.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    lock = session.get(LeaderLock, role, populate_existing=True)
    if lock is None:
        session.add(LeaderLock(role=role, holder=holder, until=now + LEASE))
        return True
    if lock.holder != holder and lock.until > now:
        return False
    lock.holder, lock.until = holder, now + LEASE
    session.add(lock)
    return True


def note_ticks(session: Session, ticks: Iterable[JobTick]) -> None:
    """Notes when jobs began and are due again, in place of what was noted; the leader does so as it renews its lead,
    every few seconds with the database's lock: so in two statements, whatever there is of jobs."""
    session.execute(delete(JobTick))
    if noted := [tick.model_dump() for tick in ticks]:
        session.execute(insert(JobTick), noted)


def ticks(session: Session) -> list[JobTick]:
    """Every timed job, as the leader last noted it, by name."""
    return list(session.scalars(select(JobTick).order_by(col(JobTick.job))))


def last_runs(session: Session) -> dict[str, JobRun]:
    """Job -> its last run that did something or failed."""
    newest = select(func.max(col(JobRun.id))).group_by(col(JobRun.job))
    return {run.job: run for run in session.scalars(select(JobRun).where(col(JobRun.id).in_(newest)))}


def runs(session: Session, *, offset: int, limit: int) -> list[JobRun]:
    """Runs that did something or failed, the newest first."""
    return list(session.scalars(select(JobRun).order_by(col(JobRun.id).desc()).offset(offset).limit(limit)))


def leader(session: Session, role: str) -> LeaderLock | None:
    """Who leads, and until when; None if nobody ever did or the last one resigned."""
    return session.get(LeaderLock, role)


def resign(session: Session, role: str, holder: str) -> None:
    """Gives the role up, so that the next leader need not wait for the lease to end."""
    session.execute(delete(LeaderLock).where(col(LeaderLock.role) == role, col(LeaderLock.holder) == holder))


def forget(database: Database, take: Callable[[Session, int], int]) -> int | None:
    """Deletes what may not be kept any more: `take` deletes at most so many rows and returns how many it found. Each
    slice is a transaction of its own. Returns the rows deleted, None if there were none."""
    deleted = 0
    for _ in range(FORGET_SLICES):
        with database.writing() as session:
            count = take(session, FORGET_SLICE)
        deleted += count
        if not count:
            break
        time.sleep(FORGET_PAUSE_SECONDS)
    return deleted or None


def run(database: Database, name: str, job: Job, now: datetime) -> str | None:
    """Runs one job in a transaction of its own; otherwise like `record`."""
    def work() -> object:
        with database.writing() as session:
            return job(session, now)
    return record(database, name, work, now)


def record(database: Database, name: str, work: Callable[[], object], now: datetime) -> str | None:
    """Runs work that makes its own transactions. Returns how it ended, which is recorded; None if it found nothing to
    do.

    What the work raises is recorded and logged and not raised, so that the schedule outlives one failing job. Raises
    only if the outcome cannot be recorded: without the database nothing else runs either.
    """
    try:
        result = work()
        if result is None:
            return None
        outcome = f"done: {result}"
    except Exception as error:
        log.exception("job %s failed", name)
        outcome = f"{FAILED}{type(error).__name__}"
    with database.writing() as session:
        session.add(JobRun(job=name, at=now, outcome=outcome[:200]))
    return outcome
