"""A small activity as files, all of it plainly made up, and the ways to bring it in and to go through it."""

import json
import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlmodel import Session

from tests import builders
from webapp.cme.models import CmeAttempt, CmeParticipation, CmeVersion
from webapp.cme.rules import scoring
from webapp.cme.rules.assessment import (
    AssessmentFile,
)
from webapp.cme.rules.evaluation import Evaluation
from webapp.cme.rules.steps import Test
from webapp.cme.service import claiming, evaluating, folder, learning, versions
from webapp.cme.service.claiming import Provider
from webapp.cme.service.learning import Learning
from webapp.cme.service.versions import Made
from webapp.core.audit import COMMAND_LINE, By
from webapp.demo.service.learners import right_answer
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role

SLUG = "exemplitis-first-steps"
PROVIDER = Provider("Sample Education Office (fictional)")
ACCREDITED = Provider("Accredited Example (fictional)", frozenset({"ama-pra-1"}))
_PLAIN = re.compile(r'"(\d{4}-\d\d-\d\d)"')
OBJECTIVES = ("choose", "start", "follow")


def _said(english: str, languages: tuple[str, ...]) -> dict[str, str]:
    return {tag: english if tag == "en" else f"（虚构）{english}" for tag in languages}


def about(languages: tuple[str, ...] = ("en", "zh-Hans"), **changed: Any) -> dict[str, Any]:
    """`activity.yaml` as values; `changed` replaces keys, and None takes one out."""
    def said(words: str) -> dict[str, str]:
        return _said(words, languages)
    values: dict[str, Any] = {
        "languages": list(languages), "titles": said("Exemplitis: the first steps"),
        "summaries": said("What to begin with."), "format": "enduring-material", "minutes": 30,
        "minutes_estimated": said("Words and questions counted."), "audience": said("Physicians."),
        "prerequisites": said("None."), "specialties": ["207Q00000X"],
        "valid": {"first": "2026-01-01", "last": "2027-12-31"}, "grace_days": 30,
        "gap": {"practice": said("Few begin."), "needs": ["knowledge"], "evidence": said("A made-up count."),
                "barriers": said("Time."), "cites": ["one"]},
        "design": said("Read, decide, see why."),
        "objectives": [{"key": key, "text": said(f"Be able to {key}.")} for key in OBJECTIVES],
        "pass_mark": 70, "attempts": 3, "is_randomised": True, "pre_test": [f"q{n}" for n in range(1, 6)],
        "post_test_items": 10, "credits": [{"system": "ama-pra-1", "maximum": "0.5"},
                                           {"system": "hours", "maximum": "0.5"}],
        "contributors": [
            {"name": "Robin Sample (fictional)", "credentials": said("MD"), "parts": ["planner", "author"],
             "disclosed_on": "2025-09-01", "began_on": "2025-09-10", "relationships": []},
            {"name": "Kim Example (fictional)", "credentials": said("MD"), "parts": ["reviewer"],
             "disclosed_on": "2025-09-01", "began_on": "2025-10-01",
             "relationships": [{"company": "Example Pharma Ltd (fictional)", "nature": said("Fees for talks"),
                                "has_ended": True, "is_relevant": True, "mitigation": said("Peer review"),
                                "mitigated_on": "2025-09-15"}]}],
        "support": [],
        "references": [{"key": "one", "title": "A made-up source", "issuer": "Nobody", "year": 2025,
                        "url": "https://example.org/one", "supports": "Nothing."}],
        "drafted": {"by": "A test", "on": "2025-11-01"}, "next_review": "2026-12-01"} | changed
    return {key: value for key, value in values.items() if value is not None}


def questions(languages: tuple[str, ...] = ("en", "zh-Hans"), count: int = 15) -> dict[str, Any]:
    """`assessment.yaml` as values: every kind at least once; q6 and q7 tell a case."""
    made = []
    for number in range(1, count + 1):
        kind = {2: "several", 3: "true-false", 4: "matching", 5: "ordering", 8: "numeric"}.get(number, "single")
        made.append({"key": f"q{number}", "kind": kind, "objective": OBJECTIVES[number % 3],
                     "stem": _said(f"Question {number}?", languages), **_of_kind(kind, languages)})
    made[5]["case"] = made[6]["case"] = "visit"
    made[6]["unfolds"] = _said("A week later.", languages)
    return {"cases": [{"key": "visit", "text": _said("Somebody comes.", languages)}], "questions": made}


def _of_kind(kind: str, languages: tuple[str, ...]) -> dict[str, Any]:
    def said(words: str) -> dict[str, str]:
        return _said(words, languages)
    told = {"why": said("So it is."), "cites": ["one"]}
    if kind in ("single", "several"):
        right = ("a",) if kind == "single" else ("a", "c")
        return {"options": [{"key": key, "text": said(f"Answer {key}"), "is_right": key in right, **told}
                            for key in "abcd"]}
    if kind == "true-false":
        return {"is_true": False, "if_true": told, "if_false": told}
    if kind == "matching":
        return {"pairs": [{"left": said(f"Left {n}"), "right": said(f"Right {n}"), **told} for n in (1, 2, 3)],
                "extras": [said("Fits none")]}
    if kind == "ordering":
        return {"steps": [said(f"Step {n}") for n in (1, 2, 3)], "feedback": told}
    return {"answer": "4.5", "tolerance": "0.5", "unit": said("mmol/L"), "feedback": told}


def _yaml(values: dict[str, Any]) -> str:
    """JSON, which YAML holds, but for days and decimals: those stand without quotes."""
    return _PLAIN.sub(r"\1", json.dumps(values, ensure_ascii=False, indent=1))


def files(languages: tuple[str, ...] = ("en", "zh-Hans"), **changed: Any) -> dict[str, bytes]:
    """The folder's files by name."""
    made = {"activity.yaml": _yaml(about(languages, **changed)),
            "assessment.yaml": _yaml(questions(languages))}
    for number in range(1, 6):
        for tag in languages:
            made[f"{number:02}-part.{tag}.md"] = (
                f"---\ntitle: Part {number}\nobjectives: [{OBJECTIVES[number % 3]}]\n---\nIt is so.[@one]\n")
    return {name: text.encode() for name, text in made.items()}


@cache
def made(**texts: bytes) -> Made:
    """What a folder of these files is rendered as: read once in a process, as most tests bring in the same."""
    reading = folder.read(texts, SLUG)
    assert reading.draft is not None, [str(problem) for problem in reading.problems]
    return versions.make(reading.draft)


def publish(session: Session, now: datetime, languages: tuple[str, ...] = ("en", "zh-Hans"),
            **changed: Any) -> CmeVersion:
    """Brings the activity in and lets learners begin it, as a sample."""
    version, = versions.bring_in(session, [made(**files(languages, **changed))], now)
    versions.publish(session, version, By(COMMAND_LINE, now), accepts_samples=True, accredited_for=frozenset())
    return version


def learner(session: Session, now: datetime, *, profession: str = "physician", language: str = "en",
            account: Account | None = None) -> CmeParticipation:
    """Somebody who has begun it."""
    who = account or builders.account(session, Role.READER, kind=AccountKind.PATIENT, now=now)
    return learning.begin(session, who.id or 0, SLUG, language=language, profession=profession, now=now)


def again(session: Session, held: CmeParticipation) -> Learning:
    """How far they are, under the lock."""
    assert held.account_id is not None
    return learning.find(session, held.account_id, held.key, for_update=True)


def answer(session: Session, held: CmeParticipation, test: Test, now: datetime, *,
           right: int | None = None) -> CmeAttempt:
    """Takes a test and hands it in, with so many right from the first on; all, unless said otherwise."""
    how_far = again(session, held)
    attempt = learning.begin_test(session, how_far, test, now)
    file: AssessmentFile = versions.assessment(how_far.version)
    for place, item in enumerate(scoring.items_of(attempt.items)):
        if right is None or place < right:
            question = scoring.question_of(file, item.question)
            learning.save_answer(session, how_far, attempt, place, right_answer(question, item), now)
    session.flush()
    return learning.hand_in(session, how_far, attempt, now)


def read_all(session: Session, held: CmeParticipation, now: datetime) -> None:
    """Confirms every section, in order."""
    how_far = again(session, held)
    for name in how_far.progress.sections:
        learning.confirm_section(session, how_far, name, now)
        progress = replace(how_far.progress, read=how_far.progress.read | {name})
        how_far = replace(how_far, progress=progress)
    session.flush()


SATISFIED = Evaluation({"met": dict.fromkeys(OBJECTIVES, 5), "overall": 4, "is_biased": False, "change": "yes",
                        "barriers": ["time"]}, {})


def up_to_post_test(session: Session, held: CmeParticipation, now: datetime, *, pre_right: int = 2) -> None:
    """Takes every step before the test that counts."""
    learning.confirm_disclosures(session, again(session, held), now)
    session.flush()
    answer(session, held, Test.PRE, now, right=pre_right)
    read_all(session, held, now)


def up_to_evaluation(session: Session, held: CmeParticipation, now: datetime, *, pre_right: int = 2) -> None:
    """Takes every step before the evaluation."""
    up_to_post_test(session, held, now, pre_right=pre_right)
    answer(session, held, Test.POST, now)


def up_to_claim(session: Session, held: CmeParticipation, now: datetime, *, pre_right: int = 2,
                told: Evaluation = SATISFIED) -> Learning:
    """Takes every step before the credit."""
    up_to_evaluation(session, held, now, pre_right=pre_right)
    evaluating.evaluate(session, again(session, held), told, market="us", now=now)
    session.flush()
    return again(session, held)


def claim(session: Session, held: CmeParticipation, now: datetime, *, amounts: dict[str, str] | None = None,
          provider: Provider = PROVIDER, is_verified: bool = False) -> Learning:
    """Claims credit, which completes it."""
    how_far = again(session, held)
    offered = claiming.offers(how_far, provider, is_verified=is_verified, now=now)
    claiming.claim(session, how_far, offered, amounts or {"hours": str(Decimal("0.5"))}, is_verified=is_verified,
                   now=now)
    return again(session, held)
