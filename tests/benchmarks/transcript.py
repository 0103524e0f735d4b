"""A learner's transcript of five hundred credits, against the 100 ms that a page may take."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session
from werkzeug.test import Client

from tests import builders
from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave
from tests.cme import activities, certified
from webapp import config, schema
from webapp.app import create_edge
from webapp.cme.models import CmeCertificate, CmeClaim, CmeExternalCredit, CmeParticipation, CmeVersion
from webapp.core.ids import new_code, new_key
from webapp.core.platform import Platform
from webapp.people.models import Account

MOST_MILLISECONDS = 100.0
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PAGES = {"page": "", "page of a year": "?from=2026-01-01&to=2026-12-31", "CSV": "/transcript.csv"}


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size: half of the credits were earned here, half elsewhere."""
    return compare(folder, credits=scale.pick(500, 50), rounds=scale.pick(15, 3))


def compare(folder: Path, *, credits: int, rounds: int) -> Report:
    """Milliseconds of processor time for one request, through the edge, signed in, on SQLite; and of the PDF, which is
    told of and held to no goal."""
    settings = config.load(secret_key=builders.SECRET, base_url=builders.BASE_URL, data_dir=folder,
                           database_url=f"sqlite:///{folder}/transcript.db", home_markets={"en": "us", "zh": "cn"})
    parts = config.platform(settings)
    try:
        schema.upgrade(parts.database)
        learner = _learner(parts, credits)
        browser = Client(create_edge(settings, parts))
        builders.sign_in(browser, learner.email)
        sides = {name: _timed(browser, path) for name, path in {**PAGES, "PDF": "/transcript.pdf"}.items()}
        for side in sides.values():
            side()
        figures = interleave(rounds, sides)
    finally:
        parts.close()
    paper = sorted(figures["PDF"])[rounds // 2]
    return Report([Ratio(f"transcript, {name} / {MOST_MILLISECONDS:.0f} ms", figures[name],
                         [MOST_MILLISECONDS] * rounds, "ms", at_most(1)) for name in PAGES],
                  [f"{credits} credits; the PDF takes {paper:.0f} ms"])


def _learner(parts: Platform, credits: int) -> Account:
    """Completions of as many versions, as if each were of an activity of its own."""
    with parts.database.writing() as session:
        version = activities.publish(session, NOW)
        made = certified.completed(session, NOW)
        learner = builders.account(session)
        _fill(session, version, made, learner.id or 0, credits // 2)
        session.execute(insert(CmeExternalCredit), [
            {"key": new_key(), "account_id": learner.id, "title": f"Course {number}", "provider": "A school",
             "system": "cn-credits", "amount": Decimal("0.5"), "on": _day(number), "is_self_study": False, "at": NOW}
            for number in range(credits - credits // 2)])
    return learner


def _day(number: int) -> date:
    return NOW.date() - timedelta(days=number * 3)


def _fill(session: Session, version: CmeVersion, made: CmeCertificate, learner_id: int, count: int) -> None:
    numbers = range(1000, 1000 + count)
    session.execute(insert(CmeVersion), [
        {"id": number, "key": new_key(), "activity_id": version.activity_id, "number": number, "digest": str(number),
         "about": version.about, "assessment": version.assessment, "at": NOW} for number in numbers])
    session.execute(insert(CmeParticipation), [
        {"id": number, "key": new_key(), "account_id": learner_id, "version_id": number, "language": "en",
         "profession": "physician", "is_verified": True, "begun_at": NOW, "completed_at": NOW} for number in numbers])
    session.execute(insert(CmeClaim), [
        {"participation_id": number, "system": "hours", "amount": Decimal("0.5"), "is_accredited": True, "at": NOW}
        for number in numbers])
    session.execute(insert(CmeCertificate), list(_certificates(made, numbers)))


def _certificates(made: CmeCertificate, numbers: range) -> Iterator[dict[str, Any]]:
    for number in numbers:
        facts = {**made.facts, "completed_on": _day(number - 1000).isoformat()}
        yield {"code": new_code(), "participation_id": number, "kind": "credit", "name": made.name, "facts": facts,
               "sha256": made.sha256, "pdf": made.pdf, "at": NOW}


def _timed(browser: Client, path: str) -> Callable[[], float]:
    def run() -> float:
        start = time.process_time()
        answer = browser.get(f"/account/cme{path}", base_url=builders.BASE_URL)
        milliseconds = 1000 * (time.process_time() - start)
        if answer.status_code != 200:
            raise RuntimeError(f"the transcript answered {answer.status}")
        return milliseconds
    return run
