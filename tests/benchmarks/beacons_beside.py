"""p99 of the beacon at 600 a second, beside all that the program does at its busiest, against its p99 alone."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import func, insert, select

from tests import builders
from tests.benchmarks import load, processes
from tests.benchmarks.beacons import body
from tests.benchmarks.library import write_library
from tests.benchmarks.measuring import Ratio, Report, Scale, at_most
from tests.benchmarks.site import Site, add_sponsor, make_site, schedule_campaign
from webapp.articles.models import Revision
from webapp.campaigns.service import planning
from webapp.channels.models import Outgoing
from webapp.channels.rules import DeliveryState
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.engagement.models import Reading
from webapp.sponsors.models import Company

PER_SECOND = 600
CONNECTIONS = 64
BACKLOG = 20_000
"""Mails due from the start, so that the senders never wait."""
READINGS = 50_000
"""Of the day, there from the start, so that summing it is work."""
SUM_SECONDS = 5.0
"""Between two sums of the day: the worker's own schedule, a minute, would leave most rounds without one."""
WARM_SECONDS = 3.0


def measure(folder: Path, scale: Scale) -> Report:
    """Alone, then beside, and so on; and what the worker and the syncs did meanwhile."""
    site = make_site(folder)
    seconds, rounds = scale.pick(15, 6), scale.pick(4, 1)
    alone: list[load.Load] = []
    beside: list[load.Load] = []
    done: list[dict[str, int]] = []
    with site.platform() as parts, site.serving():
        sponsor = _prepare(parts, site, scale)
        _send(site, 2)
        for number in range(rounds):
            alone.append(_send(site, seconds))
            with _busy(parts, site, sponsor, number, scale):
                before = _done(parts)
                beside.append(_send(site, seconds))
                done.append({name: count - before[name] for name, count in _done(parts).items()})
    return Report([Ratio(f"beacon p99 at {PER_SECOND}/s, beside / alone", _p99(beside), _p99(alone), "ms", at_most(3))],
                  [_tell(done), _tell_lags(alone, beside)])


def _prepare(parts: Platform, site: Site, scale: Scale) -> Company:
    """A backlog of mail, a day of readings, and a sponsor with many people to release to. Returns that sponsor."""
    builders.landing_page(parts, site.folder / "content", now=clock.now())
    campaign = schedule_campaign(parts, add_sponsor(parts, scale.pick(BACKLOG, 5_000)), "Backlog")
    planning.release(parts.database, campaign.id or 0, builders.POSTAL_ADDRESS, clock.now())
    _add_readings(parts, scale.pick(READINGS, 5_000))
    return add_sponsor(parts, scale.pick(200_000, 40_000))


def _add_readings(parts: Platform, count: int) -> None:
    """Readings of today: three a reader, of forty pages."""
    now = clock.now()
    same = {"day": now.date(), "subject_kind": "article", "revision_id": 1, "audience": "patient", "language": "en",
            "market": "us", "source": "", "visible_seconds": 90.0, "depth": 95, "is_complete": True, "first_at": now,
            "last_at": now}
    with parts.database.writing() as session:
        session.execute(insert(Reading), [
            {**same, "view_id": f"{number:032x}", "visitor_key": f"{number // 3:032x}",
             "address_key": f"{number // 3:032x}", "subject_id": number % 40, "engaged_seconds": float(number % 600)}
            for number in range(count)])


@contextmanager
def _busy(parts: Platform, site: Site, sponsor: Company, number: int, scale: Scale) -> Iterator[None]:
    """The worker sending, and while this lasts a release, one sync after the other, and sums of the day."""
    libraries = [site.folder / f"library-{number}-{run}" for run in range(scale.pick(4, 2))]
    for run, library in enumerate(libraries):
        write_library(library, scale.pick(300, 100), seed=1 + run + 100 * number)
    with ExitStack() as stack:
        stack.enter_context(processes.running(
            processes.python(f"{__package__}.sink", site.settings["smtp_port"]), site.log))
        stack.enter_context(processes.running(
            processes.python("webapp", "worker"), site.log, environment=site.environment()))
        sent = _done(parts)["mails sent"]
        _await(lambda: _done(parts)["mails sent"] > sent + 20)
        schedule_campaign(parts, sponsor, f"Release {number}", seconds=WARM_SECONDS)
        stack.enter_context(_syncing(site, libraries))
        stack.enter_context(processes.running(
            processes.python(f"{__package__}.summing", SUM_SECONDS), site.log, environment=site.environment()))
        time.sleep(WARM_SECONDS)
        yield


@contextmanager
def _syncing(site: Site, libraries: Sequence[Path]) -> Iterator[None]:
    """Syncs of these libraries, one after the other, until the end."""
    stopping = threading.Event()

    def sync_all() -> None:
        for library in libraries:
            command = processes.python("webapp", "content", "sync", library)
            with processes.running(command, site.log, environment=site.environment()) as process:
                while process.poll() is None and not stopping.wait(0.05):
                    pass
    thread = threading.Thread(target=sync_all)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def _done(parts: Platform) -> dict[str, int]:
    """What the worker and the syncs have done so far."""
    with parts.database.reading() as session:
        def count(*where: object) -> int:
            return session.scalar(select(func.count()).where(*where)) or 0  # type: ignore[arg-type]
        return {"mails sent": count(Outgoing.state == str(DeliveryState.SENT)),
                "deliveries inserted": count(Outgoing.id > 0),  # type: ignore[operator]
                "revisions imported": count(Revision.id > 0)}  # type: ignore[operator]


def _await(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + processes.READY_SECONDS
    while not is_so():
        if time.monotonic() > until:
            raise processes.NotReady("the worker sends nothing")
        time.sleep(0.1)


def _send(site: Site, seconds: float) -> load.Load:
    done = load.run(load.Plan(site.port, "/e", seconds, CONNECTIONS, body(site), PER_SECOND))
    if set(done.statuses) != {"204"}:
        raise RuntimeError(f"beacons were not all answered with 204: {done.statuses}")
    return done


def _p99(loads: list[load.Load]) -> list[float]:
    return [load.percentile(each.latencies, 0.99) for each in loads]


def _tell(done: list[dict[str, int]]) -> str:
    return "meanwhile, each round: " + "; ".join(
        f"{', '.join(f'{each[name]:,}' for each in done)} {name}" for name in done[0])


def _tell_lags(alone: list[load.Load], beside: list[load.Load]) -> str:
    lags = [load.percentile([lag for each in loads for lag in each.lags], 0.99) for loads in (alone, beside)]
    return (f"of it the client's own lateness, p99: {lags[1]:.2f} ms beside, {lags[0]:.2f} ms alone; "
            f"medians: {_median(beside):.2f} ms beside, {_median(alone):.2f} ms alone")


def _median(loads: list[load.Load]) -> float:
    return load.percentile([value for each in loads for value in each.latencies], 0.5)
