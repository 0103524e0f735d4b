"""Runs the measures named, or all, and prints their ratios."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks import (
    answering,
    audit_append,
    audit_verify,
    beacons,
    beacons_beside,
    certificates,
    content_sync,
    differences,
    outbox_rows,
    outcomes,
    pages,
    policy,
    registry,
    safety_queue,
    screening,
    searching,
    transcript,
)
from tests.benchmarks.measuring import Report, Scale, verdict_of

MEASURES: dict[str, Callable[[Path, Scale], Report]] = {
    "pages": pages.measure, "beacons": beacons.measure, "beacons_beside": beacons_beside.measure,
    "content_sync": content_sync.measure, "outbox_rows": outbox_rows.measure, "registry": registry.measure,
    "policy": policy.measure, "audit_append": audit_append.measure,
    "audit_verify": audit_verify.measure, "differences": differences.measure,
    "screening": screening.measure, "safety_queue": safety_queue.measure,
    "answering": answering.measure, "certificates": certificates.measure, "transcript": transcript.measure,
    "outcomes": outcomes.measure, "searching": searching.measure}


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Ratios, side by side in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(MEASURES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer, smaller rounds: shows that it runs")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.names) - set(MEASURES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    size = "Quick bench" if chosen.quick else "Bench"
    print(f"{size} on {os.cpu_count()} cores; load before it {_load()}", flush=True)
    start, reports = time.monotonic(), []
    for name in chosen.names or MEASURES:
        reports.append(_measure(name, Scale(chosen.quick)))
    print(f"{verdict_of(reports)}\nin {time.monotonic() - start:.0f} s; load after it {_load()}", flush=True)


def _measure(name: str, scale: Scale) -> Report:
    start = time.monotonic()
    print(name, flush=True)
    with tempfile.TemporaryDirectory(prefix="materia-bench-") as folder:
        report = MEASURES[name](Path(folder), scale)
    print(f"{report}\n    in {time.monotonic() - start:.0f} s; load after it {_load()}", flush=True)
    return report


def _load() -> str:
    """Processes that ran or waited for a core, on average of the last minute: what is not the bench's own makes every
    figure worse, and those that wait for a lock or a core most."""
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
