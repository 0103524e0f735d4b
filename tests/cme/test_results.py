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
