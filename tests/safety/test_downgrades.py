"""What makes a case less urgent needs two officers; until the second agrees the stricter value stands."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from tests import builders
from tests.builders import NOW
from tests.safety.test_triage import ALL, OFFICER, SECOND, act, assess, audited, merge
from webapp.core.errors import Conflict, Invalid, NotFound, Refused
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyDowngrade
from webapp.safety.rules.triage import Assessment, Downgrade, change
from webapp.safety.service import personal, triage

BOTH = pytest.mark.postgresql
LATER = NOW + timedelta(hours=4)
GRAVE = ("hospitalisation", "disability")


@pytest.fixture
def session(database: object) -> Iterator[Session]:
    with database.session(write=True) as opened:  # type: ignore[attr-defined]
        yield opened


@pytest.fixture
def case(session: Session) -> SafetyCase:
    """Serious and unexpected."""
    made = builders.adverse_event(session)
    return assess(session, made, elements=ALL, criteria=GRAVE, expectedness="unexpected")


def waiting(session: Session, case: SafetyCase) -> list[SafetyDowngrade]:
    return [row for row in queries.downgrades(session, case.id or 0) if row.decided_at is None]


def decide(session: Session, case: SafetyCase, *, is_agreed: bool = True, officer: int = SECOND,
           reason: str = "") -> None:
    made = act(session, case, reason, officer=officer, at=LATER)
    triage.decide(session, made, waiting(session, case)[0].key, is_agreed=is_agreed)


# What is one


@pytest.mark.parametrize(("before", "after"), [
    (("hospitalisation",), ()), (("death", "disability"), ()), (("death", "disability"), ("disability",))])
def test_less_serious_is_a_downgrade(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    found = change(Assessment(ALL, before, "unknown"), Assessment(ALL, after, "unknown"))
    assert (dict(found.asked), found.stands.criteria) == ({Downgrade.SERIOUSNESS: after}, before)


@pytest.mark.parametrize(("before", "after"), [
    ((), ("death",)), (("death",), ("death", "disability")), (("disability", "hospitalisation"), ("disability",)),
    (("disability",), ("hospitalisation",)), ((), ())])
def test_what_stays_serious_is_none(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    found = change(Assessment(ALL, before, "unknown"), Assessment(ALL, after, "unknown"))
    assert (dict(found.asked), found.stands.criteria) == ({}, after)


@pytest.mark.parametrize(("before", "after", "is_one"), [
    ("unexpected", "expected", True), ("unexpected", "unknown", True), ("unknown", "expected", False),
    ("expected", "unexpected", False), ("expected", "unknown", False), ("unexpected", "unexpected", False)])
def test_what_was_unexpected_stays_so_alone(before: str, after: str, is_one: bool) -> None:
    found = change(Assessment(ALL, (), before), Assessment(ALL, (), after))
    assert (found.stands.expectedness, list(found.asked)) == (
        (before, [Downgrade.EXPECTEDNESS]) if is_one else (after, []))


@pytest.mark.parametrize(("before", "said_before", "after", "is_one", "stands"), [
    (GRAVE, "unknown", GRAVE, True, "unknown"), ((), "unknown", GRAVE, True, "unknown"),
    ((), "expected", GRAVE, True, "unknown"), (GRAVE, "expected", GRAVE, False, "expected"),
    (GRAVE, "unknown", (), True, "unknown"), ((), "unknown", (), False, "expected")])
def test_that_a_serious_case_is_expected_two_officers_say(before: tuple[str, ...], said_before: str,
                                                          after: tuple[str, ...], is_one: bool, stands: str) -> None:
    """It stops the fifteen days, also where nobody had said anything yet, or one while the case was not serious."""
    found = change(Assessment(ALL, before, said_before), Assessment(ALL, after, "expected"))
    assert (found.stands.expectedness, Downgrade.EXPECTEDNESS in found.asked) == (stands, is_one)
    assert found.is_taken_back is (is_one or (bool(before) and not after))


# Asking and deciding


def test_the_first_who_says_expected_of_a_serious_case_needs_a_reason_and_a_second_officer(session: Session) -> None:
    made = builders.adverse_event(session)
    with pytest.raises(Invalid, match="Say why"):
        assess(session, made, elements=ALL, criteria=GRAVE, expectedness="expected")
    assess(session, made, elements=ALL, criteria=GRAVE, expectedness="expected", reason="The label names it")
    assert made.expectedness == "unknown"
    decide(session, made)
    assert made.expectedness == "expected"


@BOTH
def test_a_case_leaves_its_desk_for_none_when_two_officers_say_so(session: Session) -> None:
    builders.desk(session)
    made = builders.adverse_event(session)
    desk = made.desk_id
    triage.set_product(session, act(session, made, "It was another"), "nobodys")
    assert (made.product, made.desk_id) == ("exemplora", desk)
    decide(session, made)
    assert (made.product, made.desk_id) == ("nobodys", None)

@BOTH
def test_until_a_second_officer_agrees_the_stricter_values_stand(session: Session, case: SafetyCase) -> None:
    assess(session, case, elements=ALL, expectedness="expected", reason="Known, and mild")
    assert (case.criteria, case.expectedness) == (["disability", "hospitalisation"][::-1], "unexpected")
    assert {row.kind for row in waiting(session, case)} == {"seriousness", "expectedness"}
    decide(session, case)
    decide(session, case)
    assert (case.criteria, case.expectedness, waiting(session, case)) == ([], "expected", [])
    assert [action for action, _, _ in audited(session)][-5:] == [
        "safety-assessed", "safety-downgrade-asked", "safety-downgrade-asked", "safety-downgrade-agreed",
        "safety-downgrade-agreed"]


@BOTH
def test_a_case_is_no_event_when_two_officers_say_so(session: Session, case: SafetyCase) -> None:
    triage.dismiss(session, act(session, case, "A question about the price"))
    before = case.state
    decide(session, case)
    row, = queries.downgrades(session, case.id or 0)
    assert (before, case.state) == ("triaged", "not-an-event")
    assert (row.asked_by, row.decided_by, row.decided_at, row.is_agreed) == (OFFICER, SECOND, LATER, True)


def test_a_downgrade_needs_a_reason(session: Session, case: SafetyCase) -> None:
    with pytest.raises(Invalid, match="Say why"):
        triage.dismiss(session, act(session, case))
    with pytest.raises(Invalid, match="Say why"):
        assess(session, case, elements=ALL, criteria=GRAVE, expectedness="expected")


@BOTH
@pytest.mark.parametrize("is_agreed", [True, False])
def test_nobody_decides_their_own(session: Session, case: SafetyCase, is_agreed: bool) -> None:
    triage.dismiss(session, act(session, case, "Nothing happened"))
    with pytest.raises(Refused, match="You asked"):
        decide(session, case, officer=OFFICER, is_agreed=is_agreed, reason="I say so")
    assert (case.state, len(waiting(session, case))) == ("triaged", 1)


@BOTH
def test_the_database_too_refuses_one_officer_in_both_parts(session: Session, case: SafetyCase) -> None:
    triage.dismiss(session, act(session, case, "Nothing happened"))
    with pytest.raises(IntegrityError, match="two_officers"):
        session.execute(text("UPDATE safety_downgrade SET decided_by = asked_by"))


@BOTH
def test_one_of_a_kind_waits_at_most(session: Session, case: SafetyCase) -> None:
    triage.dismiss(session, act(session, case, "Nothing happened"))
    with pytest.raises(Conflict, match="already"):
        triage.dismiss(session, act(session, case, "Nothing at all"))
    with pytest.raises(IntegrityError):
        session.execute(text(
            "INSERT INTO safety_downgrade (key, case_id, kind, was, wanted, asked_by, asked_at, is_agreed)"
            " SELECT 'k', case_id, kind, was, wanted, 9, asked_at, is_agreed FROM safety_downgrade"))


def test_a_refusal_says_why_and_leaves_the_case_as_it_was(session: Session, case: SafetyCase) -> None:
    triage.dismiss(session, act(session, case, "Nothing happened"))
    with pytest.raises(Invalid, match="Say why"):
        decide(session, case, is_agreed=False)
    decide(session, case, is_agreed=False, reason="She was in hospital")
    assert (case.state, waiting(session, case)) == ("triaged", [])
    assert audited(session)[-1][2] == "She was in hospital"


def raise_it(session: Session, case: SafetyCase) -> None:
    assess(session, case, elements=ALL, criteria=("death", *GRAVE), expectedness="unexpected")


def close_it(session: Session, case: SafetyCase) -> None:
    triage.dismiss(session, act(session, case, "Nothing happened"))
    triage.decide(session, act(session, case, officer=SECOND), waiting(session, case)[-1].key, is_agreed=True)


@BOTH
@pytest.mark.parametrize("meanwhile", [raise_it, close_it])
def test_what_was_asked_of_another_state_is_not_agreed_to(
        session: Session, case: SafetyCase, meanwhile: Callable[[Session, SafetyCase], None]) -> None:
    assess(session, case, elements=ALL, expectedness="unexpected", reason="Known, and mild")
    meanwhile(session, case)
    with pytest.raises(Conflict, match="has changed since"):
        decide(session, case)
    assert case.criteria
    decide(session, case, is_agreed=False, reason="No longer so")
    assert waiting(session, case) == []


def test_a_case_that_got_duplicates_meanwhile_is_not_closed(session: Session, case: SafetyCase) -> None:
    triage.dismiss(session, act(session, case, "Nothing happened"))
    other = builders.adverse_event(session, submission="form-2")
    merge(session, other, case)
    with pytest.raises(Conflict, match="duplicates of this one"):
        decide(session, case)
    assert case.state == "triaged"


@BOTH
def test_of_two_ways_to_close_a_case_the_one_that_is_agreed_to_first_counts(session: Session, case: SafetyCase) -> None:
    triage.dismiss(session, act(session, case, "Nothing happened"))
    merge(session, case, builders.adverse_event(session, submission="form-2"))
    with pytest.raises(Conflict, match="has changed since"):
        decide(session, case)
    assert case.state == "duplicate"


def test_a_downgrade_of_another_case_or_one_that_was_decided_is_not_found(session: Session, case: SafetyCase) -> None:
    other = builders.adverse_event(session, submission="form-2")
    triage.dismiss(session, act(session, other, "Nothing happened"))
    key = waiting(session, other)[0].key
    with pytest.raises(NotFound):
        triage.decide(session, act(session, case, officer=SECOND), key, is_agreed=True)
    decide(session, other)
    with pytest.raises(NotFound):
        triage.decide(session, act(session, other, officer=SECOND), key, is_agreed=True)


def test_of_two_who_decide_at_once_the_second_changes_nothing(session: Session, case: SafetyCase) -> None:
    triage.dismiss(session, act(session, case, "Nothing happened"))
    key = waiting(session, case)[0].key
    one, other = act(session, case, "No", officer=SECOND), act(session, case, officer=9)
    triage.decide(session, act(session, case, "No it did", officer=SECOND), key, is_agreed=False)
    for late in (one, other):
        with pytest.raises(Conflict, match="Somebody changed"):
            triage.decide(session, late, key, is_agreed=True)
    assert case.state == "triaged"


@BOTH
def test_an_officers_download_holds_their_part_and_an_erasure_keeps_it(session: Session, case: SafetyCase) -> None:
    triage.dismiss(session, act(session, case, "Nothing happened"))
    decide(session, case)
    for officer in (OFFICER, SECOND):
        held = personal.export_person(session, builders.KeyRing((builders.SECRET,)), officer)
        assert [row["kind"] for row in held["safety_downgrades"]] == ["event"]
        assert personal.erase_person(session, officer) == [personal.KEPT_DECISIONS]
