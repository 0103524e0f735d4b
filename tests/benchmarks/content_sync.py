"""A sync of made-up articles on all cores, against bare renders of the same texts on one."""

import gc
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.library import page, write_library
from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave
from webapp import schema
from webapp.articles import queries
from webapp.articles.service import library, sync
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.markdown import bare_converter


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size."""
    return compare(folder, articles=scale.pick(2000, 150), rounds=scale.pick(3, 2))


def compare(folder: Path, *, articles: int, rounds: int) -> Report:
    """Seconds of a first sync and of one after a change, from the files to the commit."""
    content = folder / "content"
    write_library(content, articles)
    sources = [document.source for document in library.read(content).documents]
    if len(sources) != articles:
        raise RuntimeError(f"only {len(sources)} of {articles} articles are free of errors")
    empty = _empty_database(folder)
    again: list[float] = []
    figures = interleave(rounds, {"sync": lambda: _first_and_second(content, empty, again),
                                  "bare": lambda: _seconds(lambda: _render(sources))})
    words = sum(len(source.split()) for source in sources) // articles
    return Report([Ratio("sync / bare renders on one core", figures["sync"], figures["bare"], "s", at_most(0.75)),
                   Ratio("second sync, one changed / first sync", again, figures["sync"], "s", at_most(0.01))],
                  [f"{articles:,} articles of about {words:,} words, marks included, on {os.cpu_count()} cores"])


def _empty_database(folder: Path) -> Path:
    path = folder / "empty.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.close()
    return path


def _first_and_second(content: Path, empty: Path, again: list[float]) -> float:
    """The first sync's seconds; notes those of a second, after one article changed, in `again`."""
    copy = empty.with_name("copy.db")
    shutil.copy(empty, copy)
    database = Database(f"sqlite:///{copy}")
    first = _seconds(lambda: _sync(content, database, len(list(content.rglob("*.md")))))
    changed = page(content, 7)
    changed.write_text(changed.read_text() + f"\nOne more word, for the {len(again) + 1}. time.\n")
    again.append(_seconds(lambda: _sync(content, database, 1)))
    database.close()
    return first


def _sync(content: Path, database: Database, expected: int) -> None:
    with database.reading() as session:
        known = queries.fingerprints(session)
    prepared = sync.prepare(content, known, style=b"", on=clock.now().date())
    done = sync.bring_in(database, prepared, clock.now())
    if done.revisions != expected:
        raise RuntimeError(f"the sync made {done.revisions} revisions, not {expected}")


def _render(sources: list[str]) -> None:
    converter = bare_converter()
    for source in sources:
        converter.reset().convert(source)


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
