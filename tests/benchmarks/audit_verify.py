"""The verification of a long audit, against bare reads and hashes of the same rows; and its memory at two lengths.

`python -m tests.benchmarks.audit_verify DATABASE` verifies in a process of its own and prints the most memory it took.
"""

import hashlib
import json
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave, peak_megabytes, peak_of
from webapp import schema
from webapp.core import audit, clock
from webapp.core.db import Database
from webapp.core.subject import Subject

TIMES = 10
"""How much longer the longer audit is of the two whose memory is compared."""
AT_ONCE = 20_000
"""Entries of one commit, as they are made here; one in ten has a reason."""


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size."""
    entries, rounds = scale.pick(250_000, 20_000), scale.pick(3, 2)
    speed, memory = compare(folder, entries=entries, rounds=rounds), weigh(folder, entries=entries, rounds=rounds)
    return Report([*speed.ratios, *memory.ratios], speed.remarks)


def compare(folder: Path, *, entries: int, rounds: int) -> Report:
    """Seconds of the whole chain, read and checked."""
    path = _audit(folder, entries)
    figures = interleave(rounds, {"verify": lambda: _verify(path, entries), "bare": lambda: _hash(path, entries)})
    rate = entries / min(figures["verify"])
    return Report([Ratio("audit verified / bare reads and hashes", figures["verify"], figures["bare"], "s",
                         at_most(2))],
                  [f"{entries:,} entries, {rate:,.0f} a second in the best round"])


def weigh(folder: Path, *, entries: int, rounds: int) -> Report:
    """Peak memory of a process that verifies it, and of one that verifies an audit a tenth as long."""
    memory = interleave(rounds, {name: _peak(_audit(folder, count)) for name, count in (
        ("short", entries // TIMES), ("long", entries))})
    return Report([Ratio(f"peak memory, {TIMES} times the entries", memory["long"], memory["short"], "MB",
                         at_most(1.1))])


def _audit(folder: Path, count: int) -> Path:
    path = folder / f"{count}.db"
    if not path.exists():
        _fill(path, count)
    return path


def _fill(path: Path, count: int) -> None:
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    for start in range(0, count, AT_ONCE):
        now = clock.now()
        with database.writing() as session:
            for number in range(start, min(start + AT_ONCE, count)):
                by = audit.By(number % 50 + 1, now, "" if number % 10 else "As the reviewers asked")
                audit.record(session, by, "page-published", Subject("article", number % 900), f"revision:{number}")
    database.close()


def _verify(path: Path, entries: int) -> float:
    database = Database(f"sqlite:///{path}")
    start = time.perf_counter()
    with database.reading() as session:
        verdict = audit.verify(session)
    seconds = time.perf_counter() - start
    database.close()
    if (verdict.entries, verdict.fault) != (entries, ""):
        raise RuntimeError(f"{verdict.entries} of {entries} entries hold: {verdict.fault}")
    return seconds


def _hash(path: Path, entries: int) -> float:
    """As one would write it in a minute, and without a look at the reasons: each row as JSON, and its SHA-256."""
    start, count = time.perf_counter(), 0
    connection = sqlite3.connect(path)
    for row in connection.execute("SELECT * FROM audit_entry ORDER BY id"):
        hashlib.sha256(json.dumps(row).encode()).hexdigest()
        count += 1
    seconds = time.perf_counter() - start
    connection.close()
    if count != entries:
        raise RuntimeError(f"{count} of {entries} rows were read")
    return seconds


def _peak(path: Path) -> Callable[[], float]:
    return lambda: peak_of("tests.benchmarks.audit_verify", str(path))


if __name__ == "__main__":
    with Database(f"sqlite:///{sys.argv[1]}").reading() as opened:
        audit.verify(opened)
    print(peak_megabytes())
