"""Certificates a second on one core, made whole: facts, QR code and page in two languages, with a name of its own each.

And the milliseconds that storing one holds the write lock, which is why the page is made before.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from tests import builders
from tests.benchmarks.measuring import Ratio, Report, Scale, at_least, at_most, interleave
from tests.cme import activities, certified
from webapp import config, schema
from webapp.cme.models import CmeCertificate
from webapp.cme.rules.activity import ActivityFile
from webapp.cme.rules.certificates import Claimed, Issuer, facts_of, kind_of
from webapp.cme.service.drawing import certificate_pdf
from webapp.core.ids import new_code
from webapp.core.platform import Platform

PER_SECOND = 300.0
MOST_LOCKED = 20.0
"""Milliseconds that a write transaction may hold the lock."""
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ISSUER = Issuer("Accredited Example (fictional)", frozenset({"ama-pra-1"}))
CLAIMED = (Claimed("ama-pra-1", Decimal("0.5"), True), Claimed("hours", Decimal("0.5"), True))


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size."""
    return compare(folder, times=scale.pick(100, 10), rounds=scale.pick(7, 3))


def compare(folder: Path, *, times: int, rounds: int) -> Report:
    """Certificates per second of processor time; milliseconds of one that is stored, on SQLite."""
    parts = _platform(folder)
    try:
        sides = {"drawn": lambda: _drawn(times), "stored": _stored(parts)}
        for side in sides.values():
            side()
        figures = interleave(rounds, sides)
    finally:
        parts.close()
    return Report([
        Ratio(f"certificates / {PER_SECOND:.0f} a second and core", figures["drawn"], [PER_SECOND] * rounds, "/s",
              at_least(1)),
        Ratio(f"certificate stored / {MOST_LOCKED:.0f} ms", figures["stored"], [MOST_LOCKED] * rounds, "ms",
              at_most(1))], [f"{times} certificates of one page in each round"])


def _drawn(times: int) -> float:
    about, start = ActivityFile.model_validate(activities.about(**certified.REVIEWED)), time.process_time()
    for number in range(times):
        code = new_code()
        facts = facts_of(about, CLAIMED, ISSUER, version=1, language="en", completed_on=date(2026, 11, 26))
        certificate_pdf(kind_of(CLAIMED), f"Dr. Ann Example {number}", facts, code=code,
                        url=f"{certified.BASE_URL}/certificates/{code}", now=NOW)
    return times / (time.process_time() - start)


def _platform(folder: Path) -> Platform:
    parts = config.platform(config.load(
        secret_key=builders.SECRET, base_url=builders.BASE_URL, data_dir=folder,
        database_url=f"sqlite:///{folder}/certificates.db", home_markets={"en": "us", "zh": "cn"}))
    schema.upgrade(parts.database)
    return parts


def _stored(parts: Platform) -> Callable[[], float]:
    with parts.database.writing() as session:
        activities.publish(session, NOW)
        made = certified.completed(session, NOW)

    def run() -> float:
        nonlocal made
        start = time.perf_counter()
        with parts.database.writing() as session:
            made = CmeCertificate(participation_id=made.participation_id, kind=made.kind, name=made.name,
                                  facts=made.facts, sha256=made.sha256, pdf=made.pdf, supersedes_id=made.id, at=NOW)
            session.add(made)
        return 1000 * (time.perf_counter() - start)
    return run
