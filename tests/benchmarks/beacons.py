"""The beacon with its commit, saturated, against the same program without storage."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import func, select

from tests.benchmarks import load
from tests.benchmarks.measuring import Ratio, Report, Scale, at_least, interleave
from tests.benchmarks.site import Site, make_site
from tests.ports import free_port
from tests.waiting import until
from webapp.core import clock
from webapp.engagement.models import Reading

CONNECTIONS = 64
SETTLE_SECONDS = 30.0
"""For what was answered last to become rows."""


def body(site: Site) -> str:
    """A beacon of the site's article, each with a view id of its own."""
    return json.dumps({"t": site.token, "v": load.MARK, "d": clock.now().date().isoformat(), "e": 31.5, "s": 40.0,
                       "p": 80})


def measure(folder: Path, scale: Scale) -> Report:
    """Answers a second; then every 204 of the storing side must be a row."""
    site = make_site(folder)
    seconds, rounds = scale.pick(5, 2), scale.pick(7, 2)
    answered: list[int] = []
    other = free_port()
    with ExitStack() as stack:
        stack.enter_context(site.serving())
        stack.enter_context(site.serving_other("unstored", other))
        _send(site, other, 1)
        answered.append(_send(site, site.port, 1).answered(204))
        figures = interleave(rounds, {"stored": _side(site, site.port, seconds, answered),
                                      "unstored": _side(site, other, seconds, [])})
        answered.append(_send(site, site.port, seconds).answered(204))
        ended = time.monotonic()
        is_same = until(lambda: _rows(site) >= sum(answered), SETTLE_SECONDS)
        took = time.monotonic() - ended
    verdict = f"none lost, {took:.1f} s after the last was answered" if is_same else "NOT THE SAME"
    told = f"{sum(answered):,} answered with 204, {_rows(site):,} rows: {verdict}"
    return Report([Ratio("beacon with commit / without storage", figures["stored"], figures["unstored"], "requests/s",
                         at_least(0.7))], [told, f"{CONNECTIONS} connections, saturated"])


def _rows(site: Site) -> int:
    with site.reading() as session:
        return session.scalar(select(func.count()).select_from(Reading)) or 0


def _side(site: Site, port: int, seconds: float, answered: list[int]) -> Callable[[], float]:
    def measure_once() -> float:
        done = _send(site, port, seconds)
        answered.append(done.answered(204))
        return done.per_second
    return measure_once


def _send(site: Site, port: int, seconds: float) -> load.Load:
    done = load.run(load.Plan(port, "/e", seconds, CONNECTIONS, body(site)))
    if set(done.statuses) != {"204"}:
        raise RuntimeError(f"beacons were not all answered with 204: {done.statuses}")
    return done
