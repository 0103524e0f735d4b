"""What a result explains: every question with its case, what was answered, what is right, and why."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import Session

from tests.cme import activities
from webapp.cme.models import CmeAnswer, CmeAttempt
from webapp.cme.rules import scoring
from webapp.cme.rules.steps import Test
from webapp.cme.service import learning, showing, versions
from webapp.cme.service.learning import Learning
from webapp.core.platform import Platform

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def session(platform: Platform) -> Any:
    with platform.database.writing() as session:
        activities.publish(session, NOW, attempts=1)
        yield session


def rows(session: Session, given: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """What is explained of a test with just these questions, their parts in the file's order, answered so."""
    held = activities.learner(session, NOW)
    activities.up_to_post_test(session, held, NOW)
    attempt = handed_in(session, activities.again(session, held), given)
    shown: list[dict[str, Any]] = showing.result(session, activities.again(session, held), attempt)["rows"]
    return shown


def handed_in(session: Session, how_far: Learning, given: Mapping[str, list[Any]]) -> CmeAttempt:
    file = versions.assessment(how_far.version)
    items = [scoring.Item(key, tuple(range(scoring.parts(scoring.question_of(file, key))))) for key in given]
    attempt = CmeAttempt(participation_id=how_far.id, test=Test.POST, number=1, begun_at=NOW,
                         items=[item.kept() for item in items])
    session.add(attempt)
    session.flush()
    for place, (key, answer) in enumerate(given.items()):
        session.add(CmeAnswer(attempt_id=attempt.id or 0, place=place, question=key, given=answer, at=NOW))
    session.flush()
    return learning.hand_in(session, how_far, attempt, NOW)


def test_each_answer_is_explained_with_its_case_as_far_as_it_was_known(session: Session) -> None:
    told = [(row["before"], row["story"]) for row in rows(session, {"q1": [0], "q6": [0], "q7": [0], "q9": [0]})]
    assert told == [([], []), ([], ["Somebody comes."]), (["Somebody comes."], ["A week later."]), ([], [])]


def test_a_case_is_told_whole_where_its_first_question_stands_first(session: Session) -> None:
    told = [(row["before"], row["story"]) for row in rows(session, {"q6": [0], "q7": [0]})]
    assert told == [([], ["Somebody comes."]), (["Somebody comes."], ["A week later."])]


def explained(session: Session, question: str, given: list[Any]) -> list[tuple[str, bool, bool]]:
    """(text, whether it is right, whether it was the answer) of each part of the only question."""
    row, = rows(session, {question: given})
    return [(part["text"], part["is_right"], part["is_chosen"]) for part in row["parts"]]


@pytest.mark.parametrize(("given", "own"), [
    ([1, 0, 2], "Step 2 → Step 1 → Step 3"), ([1, 1, 0], "Step 3 → Step 1 / Step 2"),
    ([2, None, 0], "Step 3 → Step 1")])
def test_an_order_that_is_not_right_is_shown_beside_the_right_one(session: Session, given: list[Any], own: str) -> None:
    assert explained(session, "q5", given) == [(own, False, True), ("Step 1 → Step 2 → Step 3", True, False)]


def test_pairs_that_are_not_right_are_shown_beside_the_right_ones(session: Session) -> None:
    assert explained(session, "q4", [1, 3, None]) == [
        ("Left 1 → Right 2", False, True), ("Left 1 → Right 1", True, False),
        ("Left 2 → Fits none", False, True), ("Left 2 → Right 2", True, False),
        ("Left 3 → Right 3", True, False)]


@pytest.mark.parametrize("typed", ["7", "4.2"])
def test_another_number_is_shown_beside_the_right_one_whether_or_not_it_is_near_enough(session: Session,
                                                                                       typed: str) -> None:
    assert explained(session, "q8", [typed]) == [(f"{typed} mmol/L", False, True), ("4.5 mmol/L", True, False)]


@pytest.mark.parametrize(("question", "given", "texts"), [
    ("q4", [0, 1, 2], [f"Left {n} → Right {n}" for n in (1, 2, 3)]),
    ("q5", [0, 1, 2], ["Step 1 → Step 2 → Step 3"]), ("q8", ["4.50"], ["4.5 mmol/L"])])
def test_a_right_answer_is_shown_once_as_the_learners_own(session: Session, question: str, given: list[Any],
                                                          texts: list[str]) -> None:
    assert explained(session, question, given) == [(text, True, True) for text in texts]


@pytest.mark.parametrize("question", ["q4", "q5", "q8"])
def test_where_nothing_was_answered_no_answer_is_the_learners_own(session: Session, question: str) -> None:
    parts = explained(session, question, [])
    assert parts and not any(is_chosen for _, _, is_chosen in parts)
