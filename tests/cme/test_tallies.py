"""What is counted as learners go is what their rows sum up to."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, update
from sqlmodel import Session

from tests import copies
from tests.cme import activities
from tests.cme.activities import again, answer, learner, publish
from tests.cme.questions import assessment, choice
from webapp.cme import queries
from webapp.cme.models import CmeCount, CmeItemTally, CmeVersion
from webapp.cme.rules import tallies
from webapp.cme.rules.assessment import AssessmentFile
from webapp.cme.rules.evaluation import Evaluation
from webapp.cme.rules.scoring import Item, question_of
from webapp.cme.rules.statistics import Sheet, gain_of
from webapp.cme.rules.steps import Step, Test
from webapp.cme.rules.tallies import ALL, ANY, APPLIES, BEGUN, KNOWS, What, scope_of
from webapp.cme.service import learning, tallying, versions
from webapp.cme.service.tallying import Figures
from webapp.core.db import Database
from webapp.core.errors import Conflict

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BOTH = pytest.mark.postgresql
DISSATISFIED = Evaluation({"met": dict.fromkeys(activities.OBJECTIVES, 3), "overall": 2, "is_biased": True,
                           "change": "no", "barriers": ["time", "cost"]}, {"comment": "Too long."})


@pytest.fixture
def version(database: Database) -> CmeVersion:
    """Three learners began: one is content and has credit, one is not and has not, one failed at the first attempt and
    has not evaluated."""
    return copies.filled(database, (__name__,), three_learners)


def three_learners(session: Session) -> CmeVersion:
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


@pytest.fixture
def session(database: Database, version: CmeVersion) -> Iterator[Session]:
    with database.reading() as session:
        yield session


def stood(database: Database, version: CmeVersion) -> Figures:
    with database.reading() as session:
        made = tallying.standing(session, version.id or 0)
    del made.counts[tallying.RECOUNTED]
    return made.figures()


def spoil(database: Database) -> None:
    """One count is another, one is gone, one is of nothing that is recorded, and a question's sums are others."""
    with database.writing() as session:
        session.execute(update(CmeCount).where(CmeCount.what == What.STEP, CmeCount.which == BEGUN).values(people=99))
        session.execute(delete(CmeCount).where(CmeCount.what == What.PROFESSION, CmeCount.which == "nurse"))
        session.execute(update(CmeItemTally).where(CmeItemTally.test == Test.POST, CmeItemTally.question == "q1")
                        .values(asked=7, rest=0.5))
        session.add(CmeCount(version_id=1, what=What.PROFESSION, which="other", people=2))


# Counting anew


@BOTH
def test_counting_as_learners_go_and_counting_anew_agree(database: Database, version: CmeVersion) -> None:
    before = stood(database, version)
    assert tallying.recount(database, version.id or 0) == 0
    assert stood(database, version) == before


@BOTH
def test_what_went_astray_is_put_right(database: Database, version: CmeVersion) -> None:
    before = stood(database, version)
    spoil(database)
    assert tallying.recount(database, version.id or 0) == 5
    assert stood(database, version) == before
    assert tallying.recount(database, version.id or 0) == 0


@BOTH
def test_what_learners_do_while_it_is_counted_is_counted_too(database: Database, version: CmeVersion) -> None:
    spoil(database)
    with database.reading() as session:
        lacking = tallying.astray(session, queries.version(session, version.id or 0))
        with database.writing() as meanwhile:
            late = learner(meanwhile, NOW, profession="nurse")
            activities.up_to_claim(meanwhile, late, NOW)
            activities.claim(meanwhile, late, NOW)
    with database.writing() as session:
        tallying.put_right(session, version.id or 0, lacking, 0)
    assert tallying.recount(database, version.id or 0) == 0
    counts = stood(database, version)[CmeCount]
    assert (counts["step", BEGUN], counts["profession", "nurse"], counts["step", Step.CLAIM]) == ((4,), (2,), (2,))


@BOTH
def test_of_two_that_count_at_once_one_puts_it_right(database: Database, version: CmeVersion) -> None:
    before = stood(database, version)
    spoil(database)
    with database.reading() as session:
        lacking = tallying.astray(session, queries.version(session, version.id or 0))
    assert tallying.recount(database, version.id or 0) == 5
    with pytest.raises(Conflict), database.writing() as session:
        tallying.put_right(session, version.id or 0, lacking, 0)
    assert stood(database, version) == before


# Counting as learners go


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
    found = tallying.standing(session, version.id or 0)
    assert {sums.asked for (test, item), sums in found.items.items() if test == Test.POST and item == "q1"} == {3}
    gained = gain_of(found.gains[ALL])
    assert gained is not None and gained.learners == 3 and gained.before == pytest.approx(100 * (2 + 4 + 1) / 15)


def test_gain_is_told_by_objective() -> None:
    file = assessment(choice("a", objective="dose"), choice("b", objective="risk"), choice("c", objective="risk"))
    before = {1: {"a": False, "b": True, "c": False}, 2: {"a": False, "b": False, "c": False}}
    after = {1: {"a": True, "b": True, "c": True}, 2: {"a": True, "b": False, "c": True}}
    assert gained(before, after, file) == {ALL: pytest.approx(200 / 3), KNOWS: pytest.approx(200 / 3),
                                           scope_of("dose"): 100, scope_of("risk"): 50}


def test_cases_tell_competence_and_other_questions_knowledge() -> None:
    case = {"key": "visit", "text": {"en": "Somebody comes."}}
    file = assessment(choice("fact"), choice("first", case="visit"), choice("second", case="visit"), cases=[case])
    found = gained({1: {"fact": False, "first": False, "second": True}},
                   {1: {"fact": True, "first": True, "second": True}}, file)
    assert (found[KNOWS], found[APPLIES]) == (100, 50)


def gained(before: Mapping[int, Sheet], after: Mapping[int, Sheet], file: AssessmentFile) -> dict[str, float]:
    """The mean difference of each scope that has one."""
    gains = {scope: gain_of(sums) for scope, sums in tallies.pairs_of(before, after, file).items()}
    return {scope: gain.difference for scope, gain in gains.items() if gain}


def test_nothing_chosen_is_no_option(session: Session, version: CmeVersion) -> None:
    question = question_of(versions.assessment(version), "q1")
    item = Item("q1", (2, 0, 1, 3))
    assert tallies.chosen(question, item, []) == ()
    assert tallies.chosen(question, item, [0]) == (question.options[2].key,)  # type: ignore[union-attr]
