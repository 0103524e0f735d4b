"""By when something is left to do with a case: what the rule says, that every verb stores it, and what sets it right.
"""

import logging
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from tests import builders
from tests.builders import NOW, SECRET
from tests.safety.handing import TOLD
from webapp.core.audit import By
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.core.tokens import KeyRing
from webapp.safety import jobs, queries
from webapp.safety.models import SafetyCase, SafetyHandOver
from webapp.safety.queries import queueing
from webapp.safety.queries.queueing import Asked
from webapp.safety.rules import IN_USE, State
from webapp.safety.rules.due import AT_ONCE, NEVER, WITHOUT_CLOCK, Standing, due_at
from webapp.safety.rules.reports import Criterion, Element, Report
from webapp.safety.rules.triage import Assessment
from webapp.safety.service import asking, desks, due, handing_over, triage
from webapp.safety.service.receiving import number_of
from webapp.safety.service.triage import Act, stamp_of

BOTH = pytest.mark.postgresql
RING = KeyRing((SECRET,))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAY_ZERO = datetime(2026, 3, 1, 8, tzinfo=UTC)
SERIOUS, DEAD = (Criterion.HOSPITALISATION,), (Criterion.DEATH,)
ALL = tuple(Element)


# The rule


def standing(state: str = State.NEW, market: str = "eu", criteria: Collection[str] = SERIOUS, *,
             expectedness: str = "unknown", waits: float | None = None, followed: float | None = None) -> Standing:
    """A case; `waits` and `followed` in days after the first receipt."""
    since, at = (None if days is None else DAY_ZERO + days * DAY for days in (waits, followed))
    return Standing(state, market, criteria, expectedness, DAY_ZERO, since, at)


@pytest.mark.parametrize(("case", "days"), [
    (standing(), 15), (standing(criteria=()), 90), (standing(market="cn", criteria=()), 30),
    (standing(waits=0), 1), (standing(State.TRIAGED, waits=0), 1),
    (standing(State.TRIAGED, waits=10, followed=10), 11), (standing(State.TRIAGED, waits=20, followed=20), 15),
    (standing(criteria=(), followed=3), 90), (standing(market="us", criteria=(), waits=2), 3)])
def test_the_first_clock_of_what_is_left_counts(case: Standing, days: int) -> None:
    assert due_at(case) == DAY_ZERO + days * DAY


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("waits", [None, 0.0])
def test_nothing_is_left_with_what_is_closed_or_assessed_and_not_awaited(state: State, waits: float | None) -> None:
    is_left = state == State.NEW or (state == State.TRIAGED and waits is not None)
    assert (due_at(standing(state, waits=waits)) < NEVER) is is_left


def test_a_death_that_the_law_gives_no_time_for_is_before_all_that_ran_out() -> None:
    assert due_at(standing(market="cn", criteria=DEAD, waits=0)) == AT_ONCE < DAY_ZERO
    assert due_at(standing(market="eu", criteria=DEAD)) == DAY_ZERO + 15 * DAY


@pytest.mark.parametrize("case", [standing(market="us", criteria=()), standing(market="us", expectedness="expected")])
def test_what_has_no_clock_and_is_not_assessed_comes_to_the_front_in_time(case: Standing) -> None:
    assert due_at(case) == DAY_ZERO + WITHOUT_CLOCK


# Every verb


class Room:
    """Verbs on the cases of a database, at hours that go on; after each, what is stored is as the rule says."""

    def __init__(self, session: Session) -> None:
        self.session, self.hour = session, 0

    def hear(self, submission: str, report: Report = TOLD, **changed: Any) -> SafetyCase:
        self.hour += 1
        found = builders.adverse_event(self.session, report, submission=submission, now=self.now, **changed)
        self.check()
        return found

    @property
    def now(self) -> datetime:
        return NOW + self.hour * HOUR

    def act(self, verb: Any, case: SafetyCase, *args: Any, officer: int = 1, **named: Any) -> datetime:
        """Does it; returns by when something is left to do with the case then."""
        self.hour += 1
        verb(self.session, Act(case.key, stamp_of(self.session, case), By(officer, self.now, "Because")), *args,
             **named)
        return self.check(case)

    def agree(self, case: SafetyCase, *, is_agreed: bool = True) -> datetime:
        row = queries.downgrades(self.session, case.id or 0)[-1]
        return self.act(triage.decide, case, row.key, officer=2, is_agreed=is_agreed)

    def take(self, case: SafetyCase) -> datetime:
        """The hand-over is made, and the desk acknowledges all that it was handed."""
        self.hour += 1
        handing_over.make_one(self.session, case.id or 0, self.now)
        self.check()
        for row in self.session.scalars(select(SafetyHandOver).where(
                SafetyHandOver.case_id == case.id, SafetyHandOver.desk_id == case.desk_id)):
            handing_over.acknowledge(self.session, RING, row, "Dana Desk", self.now)
        return self.check(case)

    def answer(self, case: SafetyCase) -> datetime:
        """The reporter is asked and answers."""
        self.hour += 1
        question = asking.ask(self.session, RING, Act(case.key, stamp_of(self.session, case), By(1, self.now)), "When?")
        self.check()
        asking.answer(self.session, RING, question.code, Report("It came back"), self.now)
        return self.check(case)

    def check(self, case: SafetyCase | None = None) -> datetime:
        self.session.flush()
        self.session.expire_all()
        cases = self.session.scalars(select(SafetyCase)).all()
        assert {one.id: one.due_at for one in cases} == due.of(self.session, cases)
        return case.due_at if case else NEVER


def meant(criteria: Collection[str] = SERIOUS, expectedness: str = "unexpected") -> tuple[Assessment, str]:
    return Assessment(ALL, tuple(criteria), expectedness), ""


@pytest.fixture
def room(database: Database) -> Iterator[Room]:
    with database.writing() as session:
        builders.desk(session)
        builders.desk(session, product="otherin")
        yield Room(session)


@BOTH
def test_hearing_assessing_and_acknowledging_leave_nothing_and_a_follow_up_something_again(room: Room) -> None:
    case = room.hear("form-1")
    assert case.due_at == case.received_at + DAY
    assert room.act(triage.assess, case, *meant()) == case.received_at + DAY
    assert room.take(case) == NEVER
    assert room.answer(case) == room.now + DAY
    told = queries.reports(room.session, case.id or 0)[-1]
    assert room.act(triage.judge_follow_up, case, told.id, is_significant=False) == told.at + DAY, "one officer is none"
    assert room.agree(case) == case.received_at + 15 * DAY, "it is to be assessed again"
    assert room.act(triage.assess, case, *meant()) == NEVER
    assert room.act(triage.judge_follow_up, case, told.id, is_significant=True) == told.at + DAY
    assert room.take(case) == NEVER


@BOTH
def test_a_downgrade_changes_the_clock_when_a_second_officer_agrees(room: Room) -> None:
    case = room.hear("form-1", market="eu")
    room.act(triage.assess, case, *meant(SERIOUS))
    assert case.due_at == NEVER, "no desk takes it in the EU"
    room.act(triage.set_product, case, "otherin")
    room.answer(case)
    assert room.act(triage.assess, case, *meant(())) == NEVER
    assert room.agree(case) == NEVER and case.criteria == []
    other = room.hear("form-2", market="us")
    assert room.take(other) == other.received_at + 15 * DAY
    room.act(triage.dismiss, other)
    assert room.agree(other, is_agreed=False) == other.received_at + 15 * DAY
    room.act(triage.dismiss, other)
    assert room.agree(other) == NEVER
    assert room.act(triage.reopen, other) == other.received_at + 15 * DAY


@BOTH
def test_another_medicines_desk_has_all_of_its_day_before_it_and_none_has_no_day(room: Room) -> None:
    case = room.hear("form-1")
    room.act(triage.assess, case, *meant())
    assert room.take(case) == NEVER
    assert room.act(triage.set_product, case, "otherin") == case.received_at + DAY
    assert room.take(case) == NEVER
    assert room.act(triage.set_product, case, "exemplora") == NEVER, "this desk had acknowledged it"
    assert room.act(triage.set_product, case, "otherin") == NEVER, "and so had that"
    other = room.hear("form-2")
    assert room.act(triage.set_product, other, "nobodys") == other.received_at + DAY, "one officer is none"
    assert room.agree(other, is_agreed=False) == other.received_at + DAY
    room.act(triage.set_product, other, "")
    assert room.agree(other) == other.received_at + 15 * DAY, "nobody has assessed it"
    assert (other.product, other.desk_id) == ("", None)


@BOTH
def test_a_duplicate_waits_for_nothing_and_an_answer_opens_it(room: Room) -> None:
    first, second = room.hear("form-1"), room.hear("form-2")
    room.act(triage.mark_duplicate, second, number_of(first))
    assert room.agree(second) == NEVER
    assert room.act(triage.reopen, second) == second.received_at + DAY
    room.act(triage.mark_duplicate, second, number_of(first))
    room.agree(second)
    assert room.hear("form-1").id == first.id, "sent twice"


@BOTH
def test_a_desk_that_opens_or_closes_changes_no_case_that_is_there(room: Room) -> None:
    case, nobodys = room.hear("form-1"), room.hear("form-2", product="nobodys")
    desks.close_desk(room.session, "exemplora", "us", By("test", room.now))
    room.check()
    builders.medicine(room.session, "nobodys")
    builders.desk(room.session, product="nobodys")
    assert (room.check(case), room.check(nobodys)) == (case.received_at + DAY, nobodys.received_at + 15 * DAY)


@BOTH
def test_a_hand_over_that_nobody_took_counts_though_a_later_one_was_taken(room: Room) -> None:
    """The alarm of the first goes on; so it is left to do, on the page of the case too."""
    case = room.hear("form-1")
    handing_over.make_one(room.session, case.id or 0, room.now)
    told = room.answer(case)
    assert told == case.received_at + DAY
    handing_over.make_one(room.session, case.id or 0, room.now)
    first, second = room.session.scalars(select(SafetyHandOver).order_by(SafetyHandOver.id)).all()  # type: ignore[arg-type]
    handing_over.acknowledge(room.session, RING, second, "Dana Desk", room.now)
    assert (room.check(case), queries.taken_at(room.session, [case.id or 0])) == (case.received_at + DAY, {})
    handing_over.acknowledge(room.session, RING, first, "Dana Desk", room.now)
    assert room.check(case) == case.received_at + 15 * DAY


@BOTH
def test_what_is_in_a_hand_over_that_nobody_took_waits_though_its_newest_is_found_not_significant(room: Room) -> None:
    case = room.hear("form-1")
    room.answer(case)
    handing_over.make_one(room.session, case.id or 0, room.now)
    room.act(triage.assess, case, *meant())
    told = queries.reports(room.session, case.id or 0)[-1]
    room.act(triage.judge_follow_up, case, told.id, is_significant=False)
    assert room.agree(case) == case.received_at + DAY
    assert queries.count_unanswered(room.session, room.now) == 1
    assert room.take(case) == NEVER


@BOTH
def test_a_desk_that_acknowledges_while_a_reporter_answers_does_not_hide_the_answer(platform: Platform) -> None:
    with platform.database.writing() as session:
        builders.desk(session)
        case = builders.adverse_event(session, TOLD)
        triage.assess(session, Act(case.key, stamp_of(session, case), By(1, NOW, "Because")), *meant())
        handing_over.make_one(session, case.id or 0, NOW)
        question = asking.ask(session, RING, Act(case.key, stamp_of(session, case), By(1, NOW)), "When?")
        row = session.scalars(select(SafetyHandOver)).one()

    def acknowledge() -> None:
        with platform.database.writing() as session:
            handing_over.acknowledge(session, RING, queries.hand_over(session, row.id or 0), "Dana Desk", NOW)

    with ThreadPoolExecutor(1) as others:
        with platform.database.writing() as session:
            asking.answer(session, RING, question.code, Report("It came back"), NOW + DAY)
            waits = others.submit(acknowledge)
            time.sleep(0.3)  # so that it waits for the case
            assert not waits.done()
        waits.result()
    assert stored(platform) == [NOW + 2 * DAY]


# The queue


@BOTH
def test_the_queue_opens_with_the_clock_that_runs_out_first_and_ends_with_what_is_done(room: Room) -> None:
    slow, taken, done, dead, fresh = (room.hear(f"form-{number}", report, market=market) for number, (report, market)
                                      in enumerate([(Report("A rash"), "eu"), (TOLD, "us"), (TOLD, "eu"),
                                                    (Report("She died", criteria=("death",)), "cn"), (TOLD, "us")]))
    room.take(taken)
    room.act(triage.assess, done, *meant())
    shown = [case.id for case in queueing.queue(room.session, Asked(IN_USE), offset=0, limit=9)]
    assert shown == [dead.id, fresh.id, taken.id, slow.id, done.id]
    assert [case.id for case in queueing.deaths_at_once(room.session, 9)] == [dead.id]
    assert queueing.count_left(room.session) == 4


# What sets it right


def stored(platform: Platform) -> list[datetime]:
    with platform.database.reading() as session:
        return list(session.scalars(select(SafetyCase.due_at).order_by(SafetyCase.id)))  # type: ignore[arg-type]


@BOTH
def test_the_job_sets_right_what_a_verb_forgot_and_says_how_many(
        platform: Platform, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "TOGETHER", 2)
    with platform.database.writing() as session:
        for number in range(4):
            builders.adverse_event(session, TOLD, submission=f"form-{number}")
    right = stored(platform)
    with platform.database.writing() as session:
        lost, late, assessed, _ = session.scalars(select(SafetyCase).order_by(SafetyCase.id)).all()  # type: ignore[arg-type]
        lost.due_at, late.due_at, assessed.state = NEVER, NOW + 400 * DAY, State.TRIAGED
    with caplog.at_level(logging.WARNING, "materia.safety"):
        jobs.watch_clocks(platform.database, NOW)
    assert stored(platform) == [right[0], right[1], NEVER, right[3]]
    assert "3 cases in a wrong place" in caplog.text
    caplog.clear()
    jobs.watch_clocks(platform.database, NOW)
    assert "wrong place" not in caplog.text


def test_a_run_that_has_too_many_leaves_some_to_the_next(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "AT_ONCE", 2)
    with platform.database.writing() as session:
        for number in range(3):
            builders.adverse_event(session, TOLD, submission=f"form-{number}").due_at = NEVER
    assert [due.correct(platform.database) for _ in range(3)] == [2, 1, 0]
