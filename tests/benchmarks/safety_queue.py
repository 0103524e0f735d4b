"""The safety officers' queue with a hundred thousand open cases, against the 100 ms that a page may take."""

import itertools
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session
from werkzeug.test import Client

from tests import builders
from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave
from webapp import config, schema
from webapp.app import create_edge
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.ids import new_key
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.people.rules import Role
from webapp.safety.models import SafetyCase, SafetyDowngrade
from webapp.safety.rules import IN_USE, State
from webapp.safety.rules.due import Standing, due_at
from webapp.safety.rules.reports import Criterion, Element

MOST_MILLISECONDS = 100.0
PRODUCTS, MARKETS = 40, ("us", "gb", "eu", "cn")
SLICE = 5_000
PER_DOWNGRADE = 50
"""Cases for each downgrade that waits."""
PAGES = {"first page": "", "middle page": "page={middle}", "of a product": "product=product-7",
         "of a country": "market=cn", "of both": "product=product-7&market=cn",
         "over 24 hours": "overdue=1&page={middle}", "downgrades": "waiting=1", "nothing found": "product=none",
         "all open cases": "state=open", "done here": "state=done"}


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size."""
    return compare(folder, cases=scale.pick(100_000, 5_000), rounds=scale.pick(9, 3))


def compare(folder: Path, *, cases: int, rounds: int) -> Report:
    """Milliseconds of processor time for one request, through the edge, signed in, on SQLite."""
    parts = _platform(folder)
    try:
        edge = create_edge(_settings(folder), parts)
        officer = _officer(edge, parts)
        _fill(parts.database, cases)
        sides = {name: _timed(officer, query.format(middle=cases // 100 or 1)) for name, query in PAGES.items()}
        for side in sides.values():
            side()
        figures = interleave(rounds, sides)
    finally:
        parts.close()
    return Report([Ratio(f"queue, {name} / {MOST_MILLISECONDS:.0f} ms", figures[name], [MOST_MILLISECONDS] * rounds,
                         "ms", at_most(1)) for name in sides], [f"{cases:,} open cases"])


def _settings(folder: Path) -> config.Settings:
    return config.load(secret_key=builders.SECRET, base_url=builders.BASE_URL, data_dir=folder,
                       database_url=f"sqlite:///{folder}/queue.db", home_markets={"en": "us", "zh": "cn"})


def _platform(folder: Path) -> Platform:
    parts = config.platform(_settings(folder))
    schema.upgrade(parts.database)
    return parts


def _officer(edge: Edge, parts: Platform) -> Client:
    with parts.database.writing() as session:
        email = builders.account(session, Role.SAFETY, now=clock.now()).email
    browser = Client(edge)
    builders.sign_in(browser, email)
    return browser


def _fill(database: Database, count: int) -> None:
    now, numbers = clock.now(), iter(range(1, count + 1))
    while some := list(itertools.islice(numbers, SLICE)):
        with database.writing() as session:
            _add(session, some, now - timedelta(minutes=count))


def _add(session: Session, numbers: list[int], since: datetime) -> None:
    session.execute(insert(SafetyCase), list(_cases(numbers, since)))
    session.execute(insert(SafetyDowngrade), [
        {"key": new_key(), "case_id": number, "kind": "event", "was": [], "wanted": [], "asked_by": 1,
         "asked_at": since, "is_agreed": False} for number in numbers if number % PER_DOWNGRADE == 0])


def _cases(numbers: list[int], since: datetime) -> Iterator[dict[str, Any]]:
    """As the rule says of cases that are not assessed yet, whatever their state: so all have something left to do."""
    for number in numbers:
        market, received_at = MARKETS[number // PRODUCTS % len(MARKETS)], since + timedelta(minutes=number)
        criteria = [str(Criterion.DEATH)] if number % 3 else []
        due = due_at(Standing(State.NEW, market, criteria, "unknown", received_at, None, None))
        yield {"id": number, "key": new_key(), "submission": f"form-{number}", "source": "form", "place_kind": "",
               "place_id": 0, "market": market, "language": "en", "product": f"product-{number % PRODUCTS}",
               "received_at": received_at, "state": IN_USE[number // 7 % len(IN_USE)],
               "elements": [str(one) for one in Element], "criteria": criteria, "expectedness": "unknown",
               "reaction": "", "due_at": due}


def _timed(officer: Client, query: str) -> Callable[[], float]:
    def run() -> float:
        start = time.process_time()
        answer = officer.get("/safety/", base_url=builders.BASE_URL, query_string=query)
        milliseconds = 1000 * (time.process_time() - start)
        if answer.status_code != 200:
            raise RuntimeError(f"the queue answered {answer.status}")
        return milliseconds
    return run
