"""What is counted as learners go is what their rows sum up to."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlmodel import Session

from tests.cme import activities
from tests.cme.activities import again, answer, learner, publish
from webapp.cme.models import CmeCount, CmeVersion
from webapp.cme.rules import tallies
from webapp.cme.rules.evaluation import Evaluation
from webapp.cme.rules.scoring import Item, question_of
from webapp.cme.rules.statistics import gain_of
from webapp.cme.rules.steps import Step, Test
from webapp.cme.rules.tallies import ALL, ANY, BEGUN, What
from webapp.cme.service import learning, tallying, versions
from webapp.core.platform import Platform

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BOTH = pytest.mark.postgresql
DISSATISFIED = Evaluation({"met": dict.fromkeys(activities.OBJECTIVES, 3), "overall": 2, "is_biased": True,
                           "change": "no", "barriers": ["time", "cost"]}, {"comment": "Too long."})


@pytest.fixture
def session(platform: Platform) -> Iterator[Session]:
    with platform.database.writing() as session:
        yield session


@pytest.fixture
def version(session: Session) -> CmeVersion:
    """Three learners began: one is content and has credit, one is not and has not, one failed at the first attempt and
    has not evaluated."""
    made = publish(session, NOW)
    content, other, slow = (learner(session, NOW, profession=one) for one in ("physician", "nurse", "physician"))
    activities.up_to_claim(session, content, NOW)
    activities.claim(session, content, NOW)
    activities.up_to_claim(session, other, NOW, pre_right=4, told=DISSATISFIED)
    learning.confirm_disclosures(session, again(session, slow), NOW)
    session.flush()
    answer(session, slow, Test.PRE, NOW, right=1)
    activities.read_all(session, slow, NOW)
    answer(session, slow, Test.POST, NOW, right=3)
    answer(session, slow, Test.POST, NOW)
    return made


@BOTH
def test_counting_as_learners_go_and_counting_anew_agree(session: Session, version: CmeVersion) -> None:
    assert tallying.recount(session, version) == 0
    stood = tallying.standing(session, version.id or 0)
    session.execute(update(CmeCount).where(CmeCount.what == What.STEP, CmeCount.which == BEGUN).values(people=99))
    session.expire_all()
    assert tallying.recount(session, version) == 1
    session.expire_all()
    assert tallying.standing(session, version.id or 0).counts == stood.counts


def test_each_step_counts_who_took_it(session: Session, version: CmeVersion) -> None:
    counts = tallying.standing(session, version.id or 0).counts
    steps = [BEGUN, Step.DISCLOSURES, Step.PRE_TEST, "sections:01-part", Step.POST_TEST, Step.EVALUATION, Step.CLAIM]
    assert [counts[What.STEP, name] for name in steps] == [3, 3, 3, 3, 3, 2, 1]
    assert (counts[What.FIRST, "passed"], counts[What.FIRST, "failed"]) == (2, 1)
    assert (counts[What.PROFESSION, "physician"], counts[What.CREDIT, ANY]) == (2, 1)


def test_evaluations_count_by_what_they_say(session: Session, version: CmeVersion) -> None:
    counts = tallying.standing(session, version.id or 0).counts
    assert [counts[What.BIASED, said] for said in ("yes", "no")] == [1, 1]
    assert (counts[What.BARRIER, "time"], counts[What.BARRIER, "cost"], counts[What.ALL_MET, "yes"]) == (2, 1, 1)


def test_first_attempts_alone_count_for_questions_and_gain(session: Session, version: CmeVersion) -> None:
    stood = tallying.standing(session, version.id or 0)
    assert {sums.asked for (test, item), sums in stood.items.items() if test == Test.POST and item == "q1"} == {3}
    gained = gain_of(stood.gains[ALL])
    assert gained is not None and gained.learners == 3 and gained.before == pytest.approx(100 * (2 + 4 + 1) / 15)


def test_nothing_chosen_is_no_option(session: Session, version: CmeVersion) -> None:
    question = question_of(versions.assessment(version), "q1")
    item = Item("q1", (2, 0, 1, 3))
    assert tallies.chosen(question, item, []) == ()
    assert tallies.chosen(question, item, [0]) == (question.options[2].key,)  # type: ignore[union-attr]
