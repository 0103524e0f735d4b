"""The legal clocks start anew with what officers find significant of what is told later; two of them stop such a clock.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session

from tests import builders
from tests.builders import NOW, SECRET
from tests.safety.test_triage import OFFICER, SECOND, act, audited
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.languages import ENGLISH
from webapp.core.tokens import KeyRing
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyReport
from webapp.safety.rules.clocks import legal
from webapp.safety.rules.reports import Report
from webapp.safety.service import listing, personal, triage
from webapp.safety.service.sealing import sealed

BOTH = pytest.mark.postgresql
RING = KeyRing((SECRET,))
DAY = timedelta(days=1)


@pytest.fixture
def session(database: object) -> Iterator[Session]:
    with database.session(write=True) as opened:  # type: ignore[attr-defined]
        yield opened


@pytest.fixture
def case(session: Session) -> SafetyCase:
    """Serious, in Europe, with a desk: fifteen days."""
    builders.desk(session, market="eu")
    return builders.adverse_event(session, Report("A rash", criteria=("hospitalisation",)), market="eu")


def told(session: Session, case: SafetyCase, days: int) -> int:
    """Something more is told so many days later; returns the report's number."""
    row = SafetyReport(case_id=case.id or 0, kind="follow-up", at=NOW + days * DAY,
                       sealed=sealed(RING, case, Report("It is worse")))
    session.add(row)
    session.flush()
    return row.id or 0


def judge(session: Session, case: SafetyCase, report: int, *, is_significant: bool,
          reason: str = "Only a new address") -> None:
    triage.judge_follow_up(session, act(session, case, reason), report, is_significant=is_significant)


def dismiss(session: Session, case: SafetyCase, report: int) -> None:
    """Two officers find a follow-up not significant."""
    judge(session, case, report, is_significant=False)
    row = queries.downgrades(session, case.id or 0)[-1]
    triage.decide(session, act(session, case, officer=SECOND), row.key, is_agreed=True)


def due_days(session: Session, case: SafetyCase) -> list[int]:
    """The legal clocks, as days after the first receipt."""
    moments = listing.moments_of(session, [case.id or 0])[case.id or 0]
    return [(clock["due_at"] - NOW).days for clock in listing.clocks(case, moments, ENGLISH, NOW)
            if clock["name"] != "Hand-over"]


# The clocks


def test_a_follow_up_has_clocks_of_its_own_beside_the_first_ones() -> None:
    found = legal("eu", ("hospitalisation",), "unknown", NOW, NOW + 20 * DAY)
    assert [((clock.due_at - NOW).days, clock.is_follow_up) for clock in found] == [(15, False), (35, True)]


@BOTH
def test_they_start_anew_with_the_last_significant_follow_up(session: Session, case: SafetyCase) -> None:
    assert due_days(session, case) == [15]
    told(session, case, 3)
    last = told(session, case, 7)
    assert due_days(session, case) == [15, 22]
    dismiss(session, case, last)
    assert due_days(session, case) == [15, 18]


def test_a_page_says_which_clock_is_a_follow_ups(session: Session, case: SafetyCase) -> None:
    told(session, case, 3)
    moments = listing.moments_of(session, [case.id or 0])[case.id or 0]
    names = [clock["name"] for clock in listing.clocks(case, moments, ENGLISH, NOW)]
    assert names == ["Hand-over", "Serious", "Follow-up: Serious"]


# Judging


@BOTH
def test_that_one_is_not_significant_counts_when_a_second_officer_agrees(session: Session, case: SafetyCase) -> None:
    report = told(session, case, 3)
    judge(session, case, report, is_significant=False)
    before = due_days(session, case)
    row, = queries.downgrades(session, case.id or 0)
    triage.decide(session, act(session, case, officer=SECOND), row.key, is_agreed=True)
    assert (before, due_days(session, case)) == ([15, 18], [15])
    assert audited(session)[-2:] == [
        ("safety-downgrade-asked", f"significance downgrade:{row.key} to:follow-up:{report}", "Only a new address"),
        ("safety-downgrade-agreed", f"significance downgrade:{row.key}", "")]


@BOTH
def test_that_one_is_significant_after_all_counts_at_once_from_its_receipt(session: Session, case: SafetyCase) -> None:
    report = told(session, case, 3)
    dismiss(session, case, report)
    judge(session, case, report, is_significant=True, reason="She was in hospital again")
    assert due_days(session, case) == [15, 18]
    assert audited(session)[-1] == (
        "safety-follow-up-judged", f"follow-up:{report} to:significant", "She was in hospital again")


@BOTH
def test_what_is_not_significant_is_not_handed_over(session: Session, case: SafetyCase) -> None:
    report = told(session, case, 3)
    dismiss(session, case, report)
    found = queries.newest_lacking(session, case.id or 0)
    assert found is not None and found[1] < report
    judge(session, case, report, is_significant=True)
    assert (queries.newest_lacking(session, case.id or 0) or (None, 0))[1] == report


@pytest.mark.parametrize("is_significant", [True, False])
def test_a_judgement_needs_a_reason(session: Session, case: SafetyCase, is_significant: bool) -> None:
    report = told(session, case, 3)
    if is_significant:
        dismiss(session, case, report)
    with pytest.raises(Invalid, match="Say why"):
        judge(session, case, report, is_significant=is_significant, reason="")


def test_what_is_judged_so_already_is_said(session: Session, case: SafetyCase) -> None:
    report = told(session, case, 3)
    with pytest.raises(Invalid, match="judged so already"):
        judge(session, case, report, is_significant=True)
    dismiss(session, case, report)
    with pytest.raises(Invalid, match="judged so already"):
        judge(session, case, report, is_significant=False)


def test_the_first_report_and_another_cases_are_no_follow_ups_of_it(session: Session, case: SafetyCase) -> None:
    other = builders.adverse_event(session, submission="form-2")
    for report in (queries.reports(session, case.id or 0)[0].id or 0, told(session, other, 3), 0):
        with pytest.raises(NotFound, match="no such follow-up"):
            judge(session, case, report, is_significant=False)


def test_who_saw_another_judgement_changes_nothing(session: Session, case: SafetyCase) -> None:
    report = told(session, case, 3)
    dismiss(session, case, report)
    late = act(session, case, "Nothing new")
    judge(session, case, report, is_significant=True)
    with pytest.raises(Conflict, match="Somebody changed"):
        triage.judge_follow_up(session, late, report, is_significant=True)


@BOTH
def test_an_officers_download_holds_their_judgements_and_an_erasure_keeps_them(
        session: Session, case: SafetyCase) -> None:
    report = told(session, case, 3)
    dismiss(session, case, report)
    held = personal.export_person(session, RING, OFFICER)["safety_judgements"]
    assert [row["is_significant"] for row in held] == [False]
    assert "safety_judgements" not in personal.export_person(session, RING, SECOND)
    assert personal.erase_person(session, OFFICER) == [personal.KEPT_DECISIONS]
