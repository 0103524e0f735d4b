"""An entry appended to the audit's chain, against the same row inserted into a table without a chain."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Column, Index, Integer, MetaData, Table
from sqlmodel import Session

from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave
from webapp import schema
from webapp.core import audit, clock
from webapp.core.db import Database
from webapp.core.models import AuditEntry
from webapp.core.subject import Subject

BARE = Table("bare_entry", MetaData(), Column("id", Integer, primary_key=True), *(
    Column(column.name, column.type) for column in AuditEntry.__table__.c  # type: ignore[attr-defined]
    if column.name != "id"))
Index("ix_bare_entry_subject", BARE.c.subject_kind, BARE.c.subject_id, BARE.c.id)
"""The audit's columns and index, without chain and triggers."""


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size."""
    return compare(folder, commits=scale.pick(400, 60), rounds=scale.pick(9, 3))


def compare(folder: Path, *, commits: int, rounds: int) -> Report:
    """Milliseconds of a commit that writes one entry, and of one that writes the same row elsewhere."""
    database = Database(f"sqlite:///{folder}/audit.db")
    schema.upgrade(database)
    with database.writing() as session:
        BARE.create(session.connection())
    figures = interleave(rounds, {"append": _side(database, commits, _append),
                                  "plain": _side(database, commits, _insert)})
    with database.reading() as session:
        verdict = audit.verify(session)
    database.close()
    told = f"{verdict.entries:,} entries in one chain: {verdict.fault or 'whole'}"
    return Report([Ratio("audit append / plain insert", figures["append"], figures["plain"], "ms",
                         at_most(1.3))], [told, "each commit is on disk before the next (synchronous=FULL)"])


def _side(database: Database, commits: int, write: Callable[[Session], None]) -> Callable[[], float]:
    def measure_once() -> float:
        start = time.perf_counter()
        for _ in range(commits):
            with database.writing() as session:
                write(session)
        return 1000 * (time.perf_counter() - start) / commits
    return measure_once


def _append(session: Session) -> None:
    audit.record(session, audit.By(1, clock.now()), "page-published", Subject("article", 1), "revision:1")


def _insert(session: Session) -> None:
    session.execute(BARE.insert(), {
        "at": clock.now(), "account_id": 1, "actor": "", "action": "page-published", "subject_kind": "article",
        "subject_id": 1, "detail": "revision:1", "reason_digest": "", "previous": "0" * 64, "digest": "0" * 64})
