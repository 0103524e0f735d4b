"""A sync and a check of made-up articles on all cores, against bare renders of the same texts on one; and their memory,
beside that for some times as many articles.

`python -m tests.benchmarks.content_sync CONTENT [EMPTY DATABASE]` checks content, or syncs it, in a process of its own
and prints what that took.
"""

import gc
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.benchmarks.library import page, write_library
from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave, peak_megabytes
from webapp import schema
from webapp.articles import queries
from webapp.articles.service import library, seen, sync
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.markdown import bare_converter

TIMES = 5
"""How much larger the larger library is."""
SAMPLE = 400
"""Articles that are rendered barely, taken evenly out of all: the others would take as long each."""
Took = dict[str, float]
"""What work took: `seconds` and `cpu_seconds`, workers' included, and `peak` and `worker_peak` in MB."""


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size."""
    return compare(folder, articles=scale.pick(2000, 60), rounds=2)


def compare(folder: Path, *, articles: int, rounds: int, beside: bool = True) -> Report:
    """Time and memory of each work at both sizes, the larger once. `beside`: in processes of their own, without which
    their memory is that of this one."""
    empty, run = _empty_database(folder), _beside if beside else _here
    small, large = (_library(folder, count) for count in (articles, TIMES * articles))
    sources = _sample(small, articles)
    took: dict[str, list[Took]] = {}

    def side(name: str, work: Callable[[], Took]) -> Callable[[], float]:
        def measured() -> float:
            took.setdefault(name, []).append(work())
            return took[name][-1]["seconds"]
        return measured

    for content, times in ((small, rounds), (large, 1)):
        interleave(times, {name: side(f"{name} {content.name}", work) for name, work in (
            ("sync", lambda content=content: run(content, empty)), ("check", lambda content=content: run(content)),
            ("bare", lambda: _render(sources)))})
    return _report(took, articles, len(sources))


def _report(took: dict[str, list[Took]], articles: int, sampled: int) -> Report:
    def each(name: str, what: str, count: int) -> list[float]:
        return [1000 * figures[what] / count for figures in took[name]]

    ratios, remarks = [], []
    for name, count in (("small", articles), ("large", TIMES * articles)):
        bare = each(f"bare {name}", "seconds", sampled)
        for work, bound in (("sync", 0.75), ("check", 0.4)):
            ours = each(f"{work} {name}", "seconds", count)
            ratios.append(Ratio(f"{work} / bare renders on one core, {count:,}", ours, bare, "ms", at_most(bound)))
        cpu = {work: median(each(f"{work} {name}", "cpu_seconds", number))
               for work, number in (("sync", count), ("check", count), ("bare", sampled))}
        remarks.append(f"CPU of an article, of {count:,}: {cpu['sync']:.1f} ms to sync, {cpu['check']:.1f} to check, "
                       f"{cpu['bare']:.1f} to render barely; at most "
                       f"{max(figures['worker_peak'] for figures in took[f'sync {name}']):.0f} MB in a worker")
    first = each("sync small", "seconds", 1)
    ratios.append(Ratio("second sync, one changed / first sync", each("sync small", "again_seconds", 1), first, "ms",
                        at_most(0.01)))
    for work in ("sync", "check"):
        large, small = ([figures["peak"] for figures in took[f"{work} {size}"]] for size in ("large", "small"))
        ratios.append(Ratio(f"peak memory of a {work}, {TIMES} times the articles", large, small[:len(large)], "MB",
                            at_most(1.25)))
    return Report(ratios, [*remarks, f"{sampled:,} of the texts are rendered barely, on {os.cpu_count()} cores"])


def _library(folder: Path, articles: int) -> Path:
    content = folder / ("large" if (folder / "small").exists() else "small")
    write_library(content, articles)
    return content


def _sample(content: Path, articles: int) -> list[str]:
    reader = library.Reader(content)
    sources = [document.source for address in reader.addresses()[::max(1, articles // SAMPLE)]
               for document in reader.read(address).documents]
    if len(sources) < min(articles, SAMPLE):
        raise RuntimeError(f"only {len(sources)} of the articles are free of errors")
    return sources


def _empty_database(folder: Path) -> Path:
    path = folder / "empty.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.close()
    return path


def _beside(content: Path, empty: Path | None = None) -> Took:
    """The work in a process of its own."""
    arguments = [str(content), *([str(empty)] if empty else [])]
    told = subprocess.run([sys.executable, "-m", __name__, *arguments], check=True, capture_output=True, text=True)
    took: Took = json.loads(told.stdout.splitlines()[-1])
    return took


def _here(content: Path, empty: Path | None = None) -> Took:
    """The work in this process: a check, or with an empty database two syncs, of all and of one that changed."""
    if empty is None:
        return _timed(lambda: library.check(content))
    copy = empty.with_name("copy.db")
    shutil.copy(empty, copy)
    for name in seen.FILES:
        (content.parent / name).unlink(missing_ok=True)
    database = Database(f"sqlite:///{copy}")
    took = _timed(lambda: _sync(content, database, len(list(content.rglob("*.md")))))
    changed = page(content, 7)
    changed.write_text(changed.read_text() + "\nOne more word, for this time.\n")
    again = _timed(lambda: _sync(content, database, 1))
    database.close()
    return took | {"again_seconds": again["seconds"]}


def _sync(content: Path, database: Database, expected: int) -> None:
    with database.reading() as session:
        known = queries.fingerprints(session)
    prepared = sync.prepare(content, known, style=b"", on=clock.now().date(), data_dir=content.parent)
    done = sync.bring_in(database, prepared, clock.now())
    if done.revisions != expected:
        raise RuntimeError(f"the sync made {done.revisions} revisions, not {expected}")


def _render(sources: list[str]) -> Took:
    converter = bare_converter()
    return _timed(lambda: [converter.reset().convert(source) for source in sources])


def _timed(work: Callable[[], object]) -> Took:
    gc.collect()
    start, cpu = time.perf_counter(), _cpu_seconds()
    work()
    return {"seconds": time.perf_counter() - start, "cpu_seconds": _cpu_seconds() - cpu, "peak": peak_megabytes(),
            "worker_peak": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    print(json.dumps(_here(*map(Path, sys.argv[1:]))))
