"""Legal clocks that pass half of their time warn officers, those that run out operators: daily until our part is done.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from tests import builders
from tests import peer as peers
from tests.builders import NOW
from tests.safety.handing import TOLD, post
from webapp.channels.models import Outgoing
from webapp.core.clock import now as clock_now
from webapp.core.platform import Platform
from webapp.people.rules import MailName, Role
from webapp.safety import jobs, queries
from webapp.safety.models import SafetyCase, SafetyHandOver, SafetyReport
from webapp.safety.queries import watching as unfinished
from webapp.safety.rules import State
from webapp.safety.rules.clocks import legal
from webapp.safety.rules.reports import Report
from webapp.safety.rules.watching import SHORTEST, is_done_here, notices, watched
from webapp.safety.service import handing_over
from webapp.safety.service.sealing import sealed

BOTH = pytest.mark.postgresql
DAY = timedelta(days=1)
DAY_ZERO = datetime(2026, 3, 1, 8, tzinfo=UTC)
HALF, OUT = MailName.LEGAL_HALF, MailName.LEGAL_OUT


# What is told when


@pytest.mark.parametrize(("days", "expected"), [
    (7.49, []), (7.5, ["legal-half 20260308T200000 0"]), (8.5, ["legal-half 20260308T200000 1"]),
    (14.99, ["legal-half 20260308T200000 7"]),
    (15, ["legal-half 20260308T200000 7", "legal-out 20260316T080000 0"]),
    (16.2, ["legal-half 20260308T200000 8", "legal-out 20260316T080000 1"])])
def test_officers_are_told_from_half_on_operators_when_it_is_out_and_both_daily(
        days: float, expected: list[str]) -> None:
    running = legal("us", ("hospitalisation",), "unknown", DAY_ZERO)
    assert [notice.name for notice in notices(running, DAY_ZERO + days * DAY)] == expected


def test_a_death_in_china_is_told_to_both_at_once_and_what_has_no_clock_to_nobody() -> None:
    assert [notice.level for notice in notices(legal("cn", ("death",), "unknown", DAY_ZERO), DAY_ZERO)] == [
        "legal-half", "legal-out"]
    assert notices(legal("us", (), "unknown", DAY_ZERO), DAY_ZERO + 400 * DAY) == []


def test_of_several_clocks_the_first_is_told_of() -> None:
    several = legal("fr", ("hospitalisation",), "unknown", DAY_ZERO, DAY_ZERO + 3 * DAY)
    assert len({clock.due_at for clock in several}) == 2
    notice, = notices(several, DAY_ZERO + 12 * DAY)
    assert notice.since == DAY_ZERO + 7.5 * DAY


@pytest.mark.parametrize(("days", "began"), [(14.9, {0, 14.9}), (15, {15}), (40, {40})])
def test_what_had_run_out_when_more_was_told_is_not_told_of_again(days: float, began: set[float]) -> None:
    followed_up_at = DAY_ZERO + days * DAY
    found = watched(legal("us", ("hospitalisation",), "unknown", DAY_ZERO, followed_up_at), followed_up_at)
    assert {(clock.began_at - DAY_ZERO) / DAY for clock in found} == began


def test_no_clock_that_gives_any_time_gives_less_than_is_looked_for() -> None:
    spans = [clock.due_at - clock.began_at for market in ("us", "eu", "gb", "cn", "fr")
             for criteria in ((), ("hospitalisation",), ("death",)) for expectedness in ("expected", "unexpected")
             for clock in legal(market, criteria, expectedness, DAY_ZERO)]
    assert min(span for span in spans if span) == SHORTEST


# The job


@pytest.fixture
def people(platform: Platform) -> tuple[int, int]:
    """Numbers of an officer and an operator."""
    with platform.database.writing() as session:
        builders.account(session, Role.SAFETY, is_active=False)
        officer, operator = builders.account(session, Role.SAFETY), builders.account(session, Role.OPERATOR)
    return officer.id or 0, operator.id or 0


def case(platform: Platform, *, has_desk: bool = False, state: State = State.NEW, **changed: Any) -> int:
    with platform.database.writing() as session:
        if has_desk:
            builders.desk(session)
        found = builders.adverse_event(session, TOLD, **changed)
        found.state = state
        return found.id or 0


def run(platform: Platform, days: float) -> str | None:
    with time_machine.travel(NOW + days * DAY, tick=False):
        return jobs.watch_clocks(platform.database, clock_now())


def told(platform: Platform) -> list[tuple[str, int]]:
    """Mails of legal clocks, oldest first: which, and to whom."""
    with platform.database.reading() as session:
        rows = session.scalars(select(Outgoing).where(Outgoing.subject_kind == "account").order_by(Outgoing.id))  # type: ignore[arg-type]
        return [(row.values["mail"], row.account_id or 0) for row in rows]


def acknowledge(platform: Platform) -> None:
    handing_over.make(platform, NOW)
    with platform.database.writing() as session:
        for row in session.scalars(select(SafetyHandOver)):
            handing_over.acknowledge(session, platform.ring, row, "Dana Desk", NOW)


def change(platform: Platform, number: int, **values: Any) -> None:
    with platform.database.writing() as session:
        found = queries.case_numbered(session, number)
        for name, value in values.items():
            setattr(found, name, value)


@BOTH
def test_a_moved_clock_warns_at_half_escalates_at_the_end_and_says_each_once_a_day(
        platform: Platform, people: tuple[int, int]) -> None:
    officer, operator = people
    case(platform)
    assert [run(platform, days) for days in (0, 7.4)] == [None, None]
    assert [run(platform, days) for days in (7.5, 7.51, 8.4)] == ["1 told", None, None]
    assert told(platform) == [(HALF, officer)]
    assert [run(platform, days) for days in (8.5, 8.6)] == ["1 told", None]
    assert [run(platform, days) for days in (15, 15.1, 16)] == ["2 told", None, "2 told"]
    assert told(platform) == [(HALF, officer)] * 3 + [(OUT, operator), (HALF, officer), (OUT, operator)]


def test_the_mails_name_the_number_alone_and_lead_an_officer_to_the_case(
        platform: Platform, people: tuple[int, int]) -> None:
    number = case(platform)
    run(platform, 15)
    with platform.database.reading() as session:
        key = queries.case_numbered(session, number).key
        rows = session.scalars(select(Outgoing).order_by(Outgoing.id)).all()  # type: ignore[arg-type]
    assert [(row.values["reason"], row.values["path"]) for row in rows] == [
        ("AE-2026-000001", f"/safety/{key}"), ("AE-2026-000001", "")]
    with peers.listening() as mailbox, time_machine.travel(NOW + 15 * DAY):
        post(platform, mailbox.port)
        words = [mail["Subject"] for mail in mailbox.mails]
    assert sorted(words) == ["A legal clock of a side effect report has run out",
                             "A legal clock of a side effect report is past half"]


@BOTH
def test_a_death_in_china_is_told_on_its_first_day(platform: Platform, people: tuple[int, int]) -> None:
    number = case(platform, market="cn")
    assert run(platform, 0) is None
    change(platform, number, criteria=["death"])
    assert run(platform, 0.01) == "2 told"


@BOTH
@pytest.mark.parametrize(("state", "has_desk", "is_acknowledged", "is_told"), [
    (State.NEW, False, False, True), (State.TRIAGED, False, False, False), (State.NOT_AN_EVENT, False, False, False),
    (State.DUPLICATE, False, False, False), (State.NEW, True, True, True), (State.TRIAGED, True, False, True),
    (State.TRIAGED, True, True, False)])
def test_told_is_until_an_officer_assessed_it_and_its_desk_acknowledged_it(
        platform: Platform, people: tuple[int, int], state: State, has_desk: bool, is_acknowledged: bool,
        is_told: bool) -> None:
    case(platform, has_desk=has_desk, state=state)
    if is_acknowledged:
        acknowledge(platform)
    assert (run(platform, 8) is not None) is is_told
    with platform.database.reading() as session:
        found = [one for some in unfinished.not_done(session, NOW) for one in some]
    if state in (State.NEW, State.TRIAGED):
        assert bool(found) is not is_done_here(state, is_desk_awaited=has_desk and not is_acknowledged)


def test_what_is_no_longer_serious_has_another_clock(platform: Platform, people: tuple[int, int]) -> None:
    number = case(platform, market="eu")
    assert run(platform, 8) == "1 told"
    change(platform, number, criteria=[])
    assert (run(platform, 20), run(platform, 44), run(platform, 45)) == (None, None, "1 told")


def test_a_significant_follow_up_that_nobody_took_is_told_by_its_own_clock(
        platform: Platform, people: tuple[int, int]) -> None:
    number = case(platform, has_desk=True, state=State.TRIAGED)
    acknowledge(platform)
    with platform.database.writing() as session:
        found = session.get_one(SafetyCase, number)
        session.add(SafetyReport(case_id=number, kind="follow-up", at=NOW + 30 * DAY,
                                 sealed=sealed(platform.ring, found, Report("It came back"))))
    assert [run(platform, days) for days in (30, 37.4, 37.5, 45)] == [None, None, "1 told", "2 told"]


def test_where_nobody_holds_the_role_it_is_said_in_the_log(
        platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    case(platform)
    assert run(platform, 8) is None
    assert "nobody holds the role safety" in caplog.text


def test_many_are_told_over_several_runs(platform: Platform, people: tuple[int, int],
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.safety.service.watching.AT_ONCE", 2)
    for number in range(3):
        case(platform, submission=f"form-{number}")
    assert [run(platform, 8) for _ in range(3)] == ["2 told", "1 told", None]
