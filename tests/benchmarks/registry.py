"""The import of a register's file, against a bare CSV-to-SQLite load of the same columns; and its memory at two sizes.

`python -m tests.benchmarks.registry FILE DATABASE` imports in a process of its own and prints the most memory it took.
"""

import csv
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path

from tests.benchmarks.measuring import Ratio, Report, Scale, at_least, at_most, interleave, peak_megabytes, peak_of
from tests.professionals.files import HEADER, npis, row, write
from webapp import schema
from webapp.core import clock
from webapp.core.db import Database
from webapp.professionals.rules.registry import SINGLE
from webapp.professionals.service.importing import import_nppes

WANTED = [HEADER.index(name) for name in SINGLE]
TIMES = 4
"""How much larger the larger file is of the two whose memory is compared."""
BARE = f"CREATE TABLE entry (npi INTEGER PRIMARY KEY, {', '.join(f'f{number}' for number in range(len(SINGLE) - 1))})"


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size."""
    rows, rounds = scale.pick(60_000, 6_000), scale.pick(5, 2)
    speed, memory = compare(folder, rows=rows, rounds=rounds), weigh(folder, rows=rows, rounds=min(rounds, 2))
    return Report([*speed.ratios, *memory.ratios], speed.remarks)


def compare(folder: Path, *, rows: int, rounds: int) -> Report:
    """Rows a second from the file to the commit, each time into an empty database."""
    file, empty = _file(folder, rows), _empty_database(folder)
    figures = interleave(rounds, {"import": lambda: rows / _import(empty, file, rows), "bare": lambda: rows / _load(
        folder / "bare.db", file, rows)})
    return Report([Ratio("registry rows / bare CSV-to-SQLite", figures["import"], figures["bare"], "rows/s",
                         at_least(0.5))],
                  [f"{rows:,} rows of {len(HEADER)} columns, {file.stat().st_size / 1e6:,.0f} MB, pauses included"])


def weigh(folder: Path, *, rows: int, rounds: int) -> Report:
    """Peak memory of a process that imports it, and of one that imports a file some times as long."""
    empty = _empty_database(folder)
    memory = interleave(rounds, {name: _peak(empty, _file(folder, count)) for name, count in (
        ("small", rows), ("large", TIMES * rows))})
    return Report([Ratio(f"peak memory, {TIMES} times the rows", memory["large"], memory["small"], "MB", at_most(1.1))])


def _file(folder: Path, rows: int) -> Path:
    path = folder / f"{rows}.csv"
    return path if path.exists() else write(path, map(row, npis(rows)))


def _empty_database(folder: Path) -> Path:
    path = folder / "empty.db"
    if not path.exists():
        database = Database(f"sqlite:///{path}")
        schema.upgrade(database)
        database.close()
    return path


def _import(empty: Path, file: Path, rows: int) -> float:
    copy = empty.with_name("copy.db")
    shutil.copy(empty, copy)
    database = Database(f"sqlite:///{copy}")
    start = time.perf_counter()
    done = import_nppes(database, file, clock.now(), lambda _: None)
    seconds = time.perf_counter() - start
    database.close()
    if done.individuals != rows:
        raise RuntimeError(f"{done.individuals} of {rows} rows were imported")
    return seconds


def _load(path: Path, file: Path, rows: int) -> float:
    """As one would write it in a minute: one statement, one transaction."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection, file.open(newline="", encoding="utf-8") as text:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(BARE)
        start = time.perf_counter()
        reader = csv.reader(text)
        next(reader)
        connection.executemany(f"INSERT INTO entry VALUES ({', '.join('?' * len(WANTED))})",
                               map(itemgetter(*WANTED), reader))
        connection.commit()
        seconds = time.perf_counter() - start
        (written,) = connection.execute("SELECT count(*) FROM entry").fetchone()
    connection.close()
    if written != rows:
        raise RuntimeError(f"{written} of {rows} rows were loaded")
    return seconds


def _peak(empty: Path, file: Path) -> Callable[[], float]:
    def run() -> float:
        copy = empty.with_name("peak.db")
        shutil.copy(empty, copy)
        return peak_of("tests.benchmarks.registry", str(file), str(copy))
    return run


if __name__ == "__main__":
    import_nppes(Database(f"sqlite:///{sys.argv[2]}"), Path(sys.argv[1]), clock.now(), lambda _: None)
    print(peak_megabytes())
