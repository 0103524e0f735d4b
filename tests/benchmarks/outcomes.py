"""The outcomes of an activity that a hundred thousand learners completed, against the second that its report may take:
as a page, a workbook and a document, and the page of what they wrote."""

import itertools
import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from werkzeug.test import Client

from tests import builders
from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave
from tests.cme import activities
from webapp import config, schema
from webapp.app import create_edge
from webapp.cme.models import CmeAnswer, CmeAttempt, CmeClaim, CmeEvaluation, CmeParticipation, CmeStep, CmeVersion
from webapp.cme.rules import scoring
from webapp.cme.rules.evaluation import Barrier, Change
from webapp.cme.rules.scoring import Item
from webapp.cme.rules.steps import Step, Test
from webapp.cme.service import tallying, versions
from webapp.core import clock
from webapp.core.ids import new_key
from webapp.core.platform import Platform
from webapp.people.rules import Role

MOST_MILLISECONDS = 1_000.0
SLICE = 1_000
ASKED = {Test.PRE: 5, Test.POST: 10}
WRITES = 20
"""Of so many learners one writes something."""
PAGES = {"page": "", "workbook": ".xlsx", "document": ".pdf", "comments": "/comments?page=20"}
FILES = (".xlsx", ".pdf")
"""Taken by a form, since it is audited."""

Rows = dict[Any, list[dict[str, Any]]]


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size."""
    return compare(folder, completions=scale.pick(100_000, 2_000), rounds=scale.pick(5, 2))


def compare(folder: Path, *, completions: int, rounds: int) -> Report:
    """Milliseconds of processor time for one request, through the edge, signed in, on SQLite."""
    settings = config.load(secret_key=builders.SECRET, base_url=builders.BASE_URL, data_dir=folder,
                           database_url=f"sqlite:///{folder}/outcomes.db", home_markets={"en": "us", "zh": "cn"})
    parts = config.platform(settings)
    schema.upgrade(parts.database)
    try:
        edge = create_edge(settings, parts)
        provider, version = Client(edge), _fill(parts, completions)
        seconds = _recount(parts, version)
        with parts.database.writing() as session:
            email = builders.account(session, Role.CME_PROVIDER, now=clock.now()).email
        builders.sign_in(provider, email)
        sides = {name: _timed(provider, version, end) for name, end in PAGES.items()}
        for side in sides.values():
            side()
        figures = interleave(rounds, sides)
    finally:
        parts.close()
    return Report([Ratio(f"outcomes, {name} / {MOST_MILLISECONDS:.0f} ms", figures[name], [MOST_MILLISECONDS] * rounds,
                         "ms", at_most(1)) for name in sides],
                  [f"{completions:,} completions; to count them anew took {seconds:.0f} s"])


def _fill(parts: Platform, completions: int) -> CmeVersion:
    chance, numbers = random.Random(6), iter(range(1, completions + 1))
    with parts.database.writing() as session:
        version = activities.publish(session, clock.now())
    file = versions.assessment(version)
    items = [Item(question.key, tuple(range(scoring.parts(question)))) for question in file.questions]
    right = {item.question: _given(file, item) for item in items}
    while some := list(itertools.islice(numbers, SLICE)):
        with parts.database.writing() as session:
            for table, rows in _rows(version, items, right, some, chance).items():
                session.execute(insert(table), rows)
    return version


def _given(file: Any, item: Item) -> list[Any]:
    question = scoring.question_of(file, item.question)
    return scoring.read_answer(question, item, activities.right_answer(question, item))


def _rows(version: CmeVersion, items: list[Item], right: dict[str, list[Any]], numbers: list[int],
          chance: random.Random) -> Rows:
    now = clock.now() - timedelta(days=1)
    rows: Rows = {table: [] for table in (CmeParticipation, CmeStep, CmeAttempt, CmeAnswer, CmeEvaluation, CmeClaim)}
    for number in numbers:
        rows[CmeParticipation].append({
            "id": number, "key": new_key(), "version_id": version.id, "language": "en", "profession": "physician",
            "is_verified": True, "begun_at": now, "completed_at": now})
        rows[CmeStep] += [{"participation_id": number, "step": step, "part": part, "at": now} for step, part in (
            (Step.DISCLOSURES, ""), *((Step.SECTIONS, f"0{place}-part") for place in range(1, 6)))]
        for attempt, test in enumerate(Test, 2 * number):
            asked = items[:ASKED[test]]
            rows[CmeAttempt].append({
                "id": attempt, "key": new_key(), "participation_id": number, "test": test, "number": 1,
                "items": [item.kept() for item in asked], "begun_at": now, "submitted_at": now,
                "right_items": ASKED[test], "is_passed": True})
            rows[CmeAnswer] += _answers(attempt, test, asked, right, chance)
        rows[CmeEvaluation].append({
            "participation_id": number, "at": now, "words": {"comment": "Well done."} if number % WRITES == 0 else {},
            "answers": _said(chance)})
        rows[CmeClaim].append({"participation_id": number, "system": "hours", "amount": "0.5", "is_accredited": False,
                               "at": now})
    return rows


def _answers(attempt: int, test: Test, asked: list[Item], right: dict[str, list[Any]],
             chance: random.Random) -> Iterator[dict[str, Any]]:
    able = chance.random()
    for place, item in enumerate(asked):
        is_right = chance.random() < (0.3 if test is Test.PRE else 0.6) + 0.4 * able
        yield {"attempt_id": attempt, "place": place, "question": item.question, "is_right": is_right,
               "given": right[item.question] if is_right else [], "at": clock.now()}


def _said(chance: random.Random) -> dict[str, Any]:
    return json.loads(json.dumps({  # type: ignore[no-any-return]
        "met": {key: chance.randint(1, 5) for key in activities.OBJECTIVES}, "overall": chance.randint(1, 5),
        "is_biased": chance.random() < 0.05, "change": chance.choice(list(Change)),
        "barriers": chance.sample(list(Barrier), 2)}))


def _recount(parts: Platform, version: CmeVersion) -> float:
    start = time.perf_counter()
    tallying.recount(parts.database, version.id or 0)
    return time.perf_counter() - start


def _timed(provider: Client, version: CmeVersion, end: str) -> Callable[[], float]:
    def run() -> float:
        start = time.process_time()
        answer = provider.open(f"/cme/provider/{activities.SLUG}/{version.number}{end}", base_url=builders.BASE_URL,
                               method="POST" if end in FILES else "GET", headers={"Origin": builders.BASE_URL})
        milliseconds = 1000 * (time.process_time() - start)
        if answer.status_code != 200:
            raise RuntimeError(f"the provider's page answered {answer.status}")
        return milliseconds
    return run
