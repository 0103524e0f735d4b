"""The server keeps the order of steps, the attempts and the days; doing a thing again changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlmodel import Session, select

from tests.cme import activities
from tests.cme.activities import again, answer, learner, publish
from webapp.cme import queries
from webapp.cme.models import CmeAnswer, CmeAttempt, CmeClaim
from webapp.cme.rules.steps import Step, Test
from webapp.cme.service import claiming, evaluating, learning, versions
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid, NotFound, Refused
from webapp.core.platform import Platform

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BOTH = pytest.mark.postgresql
WINDOWS = 20


@pytest.fixture
def session(platform: Platform) -> Session:
    with platform.database.writing() as session:
        yield session


@BOTH
def test_a_learner_goes_through_all_steps_in_their_order(session: Session) -> None:
    publish(session, NOW)
    held = learner(session, NOW)
    seen = [again(session, held).step]
    learning.confirm_disclosures(session, again(session, held), NOW)
    session.flush()
    seen.append(again(session, held).step)
    answer(session, held, Test.PRE, NOW, right=1)
    seen.append(again(session, held).step)
    activities.read_all(session, held, NOW)
    seen.append(again(session, held).step)
    assert answer(session, held, Test.POST, NOW).is_passed
    seen.append(again(session, held).step)
    evaluating.evaluate(session, again(session, held), activities.SATISFIED, market="us", now=NOW)
    session.flush()
    seen.append(again(session, held).step)
    seen.append(activities.claim(session, held, NOW).step)
    assert seen == list(Step)


def test_no_step_can_be_taken_before_its_turn(session: Session) -> None:
    publish(session, NOW)
    held = learner(session, NOW)
    with pytest.raises(Conflict):
        learning.begin_test(session, again(session, held), Test.PRE, NOW)
    with pytest.raises(Conflict):
        learning.confirm_section(session, again(session, held), "01-part", NOW)
    learning.confirm_disclosures(session, again(session, held), NOW)
    session.flush()
    with pytest.raises(Conflict):
        learning.begin_test(session, again(session, held), Test.POST, NOW)
    answer(session, held, Test.PRE, NOW)
    with pytest.raises(Conflict):
        learning.confirm_section(session, again(session, held), "02-part", NOW)
    with pytest.raises(Conflict):
        evaluating.evaluate(session, again(session, held), activities.SATISFIED, market="us", now=NOW)
    with pytest.raises(Conflict):
        activities.claim(session, held, NOW)


def test_the_first_test_after_asks_what_was_asked_before(session: Session) -> None:
    publish(session, NOW)
    held = learner(session, NOW)
    learning.confirm_disclosures(session, again(session, held), NOW)
    session.flush()
    pre = answer(session, held, Test.PRE, NOW, right=0)
    activities.read_all(session, held, NOW)
    post = answer(session, held, Test.POST, NOW, right=0)
    before, after = ({item["question"] for item in attempt.items} for attempt in (pre, post))
    assert before == {"q1", "q2", "q3", "q4", "q5"} and before < after and len(after) == 10


def test_a_retake_asks_first_what_was_not_asked_yet(session: Session) -> None:
    publish(session, NOW)
    held = learner(session, NOW)
    learning.confirm_disclosures(session, again(session, held), NOW)
    session.flush()
    answer(session, held, Test.PRE, NOW)
    activities.read_all(session, held, NOW)
    first = {item["question"] for item in answer(session, held, Test.POST, NOW, right=0).items}
    second = {item["question"] for item in answer(session, held, Test.POST, NOW, right=0).items}
    assert {f"q{n}" for n in range(1, 16)} - first <= second


def test_attempts_end(session: Session) -> None:
    publish(session, NOW, attempts=2)
    held = learner(session, NOW)
    learning.confirm_disclosures(session, again(session, held), NOW)
    session.flush()
    answer(session, held, Test.PRE, NOW)
    activities.read_all(session, held, NOW)
    for _ in range(2):
        assert answer(session, held, Test.POST, NOW, right=0).is_passed is False
    assert again(session, held).progress.is_out_of_attempts
    with pytest.raises(Conflict):
        learning.begin_test(session, again(session, held), Test.POST, NOW - timedelta(days=400))


def test_an_answer_after_handing_in_is_refused_and_handing_in_again_changes_nothing(session: Session) -> None:
    publish(session, NOW)
    held = learner(session, NOW)
    learning.confirm_disclosures(session, again(session, held), NOW)
    session.flush()
    pre = answer(session, held, Test.PRE, NOW, right=0)
    with pytest.raises(Conflict):
        learning.save_answer(session, again(session, held), pre, 0, ["0"], NOW)
    learning.hand_in(session, again(session, held), pre, NOW + timedelta(days=1))
    assert (pre.submitted_at, pre.right_items) == (NOW, 0)


def test_an_answer_is_kept_and_may_be_changed_until_then(session: Session) -> None:
    publish(session, NOW)
    held = learner(session, NOW)
    learning.confirm_disclosures(session, again(session, held), NOW)
    session.flush()
    attempt = learning.begin_test(session, again(session, held), Test.PRE, NOW)
    place = next(n for n, item in enumerate(attempt.items) if item["question"] == "q1")
    for value in ("0", "3"):
        learning.save_answer(session, again(session, held), attempt, place, [value], NOW)
        session.flush()
    assert [row.given for row in session.scalars(select(CmeAnswer))] == [[3]]
    assert learning.begin_test(session, again(session, held), Test.PRE, NOW) is attempt


@pytest.mark.parametrize("typed", [["9"], ["-1"], ["a"], ["0", "1"], ["\u0663"]])
def test_an_answer_that_no_form_sends_is_refused(session: Session, typed: list[str]) -> None:
    publish(session, NOW)
    held = learner(session, NOW)
    learning.confirm_disclosures(session, again(session, held), NOW)
    session.flush()
    attempt = learning.begin_test(session, again(session, held), Test.PRE, NOW)
    place = next(n for n, item in enumerate(attempt.items) if item["question"] == "q1")
    with pytest.raises(Invalid):
        learning.save_answer(session, again(session, held), attempt, place, typed, NOW)
    with pytest.raises(NotFound):
        learning.save_answer(session, again(session, held), attempt, 99, ["0"], NOW)


def test_another_persons_participation_is_not_found(session: Session) -> None:
    publish(session, NOW)
    held, other = learner(session, NOW), learner(session, NOW)
    with pytest.raises(NotFound):
        learning.find(session, other.account_id or 0, held.key)
    with pytest.raises(NotFound):
        learning.own_attempt(session, again(session, held), "aaaaaaaaaaaaaaaa")


def test_beginning_again_goes_on(session: Session) -> None:
    publish(session, NOW)
    held = learner(session, NOW)
    assert learning.begin(session, held.account_id or 0, activities.SLUG, language="zh-Hans", profession="nurse",
                          now=NOW) is held


def test_whoever_is_in_the_middle_finishes_the_version_begun(session: Session) -> None:
    first = publish(session, NOW)
    held = learner(session, NOW)
    second = publish(session, NOW + timedelta(days=1), minutes=40)
    later = NOW + timedelta(days=2)
    goes_on = learning.begin(session, held.account_id or 0, activities.SLUG, language="en", profession="physician",
                             now=later)
    assert goes_on is held and held.version_id == first.id
    anew = learning.begin(session, held.account_id or 0, activities.SLUG, language="en", profession="physician",
                          now=NOW + timedelta(days=1 + 30))
    assert anew.version_id == second.id
    with pytest.raises(Refused):
        learning.confirm_disclosures(session, again(session, held), NOW + timedelta(days=1 + 30))


def test_who_completed_a_version_begins_no_other_and_has_credit_once(session: Session) -> None:
    publish(session, NOW)
    held = learner(session, NOW)
    activities.up_to_claim(session, held, NOW)
    activities.claim(session, held, NOW)
    publish(session, NOW + timedelta(days=1), minutes=40)
    for later in (NOW + timedelta(days=2), NOW + timedelta(days=90)):
        assert learning.begin(session, held.account_id or 0, activities.SLUG, language="en", profession="physician",
                              now=later) is held
    assert len(session.scalars(select(CmeClaim)).all()) == 1


def test_no_credit_after_the_accreditation_ends_and_a_grace_to_finish(session: Session) -> None:
    publish(session, NOW, valid={"first": "2026-01-01", "last": "2026-11-26"})
    held = learner(session, NOW)
    over = datetime(2026, 11, 27, tzinfo=UTC)
    how_far = activities.up_to_claim(session, held, NOW)
    last_moment = claiming.offers(how_far, activities.PROVIDER, is_verified=False, now=over - timedelta(seconds=1))
    assert [bool(offer.amounts) for offer in last_moment] == [True]
    assert not any(offer.amounts for offer in claiming.offers(how_far, activities.PROVIDER, is_verified=True, now=over))
    with pytest.raises(Invalid):
        activities.claim(session, held, over)
    with pytest.raises(Refused):
        learner(session, over)


def test_an_accreditation_that_ends_early_ends_credit_at_once(session: Session) -> None:
    publish(session, NOW)
    held = learner(session, NOW)
    how_far = activities.up_to_claim(session, held, NOW)
    versions.end(session, activities.SLUG, By(COMMAND_LINE, NOW, "the accreditor said so"))
    session.flush()
    offered = claiming.offers(again(session, held), activities.PROVIDER, is_verified=True, now=NOW)
    assert how_far.step is Step.CLAIM and not any(offer.amounts for offer in offered)


def test_credit_is_claimed_once_and_by_who_may(session: Session) -> None:
    publish(session, NOW)
    held = learner(session, NOW, profession="nurse")
    activities.up_to_claim(session, held, NOW)
    with pytest.raises(Invalid):
        activities.claim(session, held, NOW, amounts={"ama-pra-1": "0.5"}, is_verified=True)
    for _ in range(2):
        activities.claim(session, held, NOW)
    assert [(row.system, str(row.amount), row.is_accredited) for row in session.scalars(select(CmeClaim))] == [
        ("hours", "0.50", False)]


def test_a_withdrawn_activity_can_not_be_begun(session: Session) -> None:
    publish(session, NOW)
    versions.withdraw(session, activities.SLUG, By(COMMAND_LINE, NOW, "an error in a dose"))
    session.flush()
    with pytest.raises(NotFound):
        learner(session, NOW)


def test_the_same_files_make_no_new_version_and_a_sample_is_for_demos_alone(session: Session) -> None:
    version = publish(session, NOW)
    reading = activities.folder.read(activities.files(), activities.SLUG)
    assert reading.draft and versions.bring_in(session, [versions.make(reading.draft)], NOW) == []
    versions.withdraw(session, activities.SLUG, By(COMMAND_LINE, NOW, "for a while"))
    with pytest.raises(Refused):
        versions.publish(session, version, By(COMMAND_LINE, NOW), accepts_samples=False, accredited_for=frozenset())
    assert queries.activities(session) == []


def test_questions_are_drawn_once_an_attempt(session: Session) -> None:
    publish(session, NOW)
    held = learner(session, NOW)
    learning.confirm_disclosures(session, again(session, held), NOW)
    session.flush()
    for _ in range(3):
        learning.begin_test(session, again(session, held), Test.PRE, NOW)
        session.flush()
    assert len(session.scalars(select(CmeAttempt)).all()) == 1


@BOTH
def test_a_test_begun_and_handed_in_from_many_windows_at_once_is_one_attempt(database: Database) -> None:
    with database.writing() as session:
        publish(session, NOW)
        held = learner(session, NOW)
        learning.confirm_disclosures(session, again(session, held), NOW)
    together = Barrier(WINDOWS)

    def begin_and_hand_in(_: int) -> str:
        together.wait()
        with database.writing() as session:
            attempt = learning.begin_test(session, again(session, held), Test.PRE, NOW)
        together.wait()
        with database.writing() as session:
            how_far = again(session, held)
            return learning.hand_in(session, how_far, learning.own_attempt(session, how_far, attempt.key), NOW).key
    with ThreadPoolExecutor(WINDOWS) as pool:
        keys = set(pool.map(begin_and_hand_in, range(WINDOWS)))
    with database.reading() as session:
        assert keys == {attempt.key for attempt in session.scalars(select(CmeAttempt))} and len(keys) == 1
