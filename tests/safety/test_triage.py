"""Officers assess a case: what each act changes, what it asks for, and who of two officers comes second."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from tests import builders
from tests.builders import NOW
from webapp.core.audit import By
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.languages import ENGLISH
from webapp.core.models import AuditEntry, AuditReason
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyDesk
from webapp.safety.queries import queueing
from webapp.safety.queries.queueing import Asked
from webapp.safety.rules import IN_USE
from webapp.safety.rules.likeness import ENOUGH, Traits, compare
from webapp.safety.rules.reports import Criterion, Element, Report
from webapp.safety.rules.triage import Assessment, label_names, number_in, product_of, read
from webapp.safety.service import listing, triage
from webapp.safety.service.listing import Moments
from webapp.safety.service.receiving import number_of
from webapp.safety.service.triage import Act, stamp_of

BOTH = pytest.mark.postgresql
LATER = NOW + timedelta(hours=3)
OFFICER, SECOND = 7, 8
ALL = tuple(Element)
WHOLE = Report("A rash", medicine="Exemplora", age="54", reporter="patient")


@pytest.fixture
def session(database: object) -> Iterator[Session]:
    with database.session(write=True) as opened:  # type: ignore[attr-defined]
        yield opened


def act(session: Session, case: SafetyCase, reason: str = "", *, officer: int = OFFICER, at: Any = LATER) -> Act:
    return Act(case.key, stamp_of(session, case), By(officer, at, reason))


def assess(session: Session, case: SafetyCase, *, elements: tuple[str, ...] = (), criteria: tuple[str, ...] = (),
           expectedness: str = "unknown", reaction: str = "", reason: str = "", at: Any = LATER) -> SafetyCase:
    return triage.assess(session, act(session, case, reason, at=at), Assessment(elements, criteria, expectedness),
                         reaction)


def merge(session: Session, case: SafetyCase, other: SafetyCase) -> None:
    """Two officers close a case as a duplicate of another."""
    triage.mark_duplicate(session, act(session, case, "Same words"), number_of(other))
    row = next(one for one in queries.downgrades(session, case.id or 0)
               if one.kind == "duplicate" and one.decided_at is None)
    triage.decide(session, act(session, case, officer=SECOND), row.key, is_agreed=True)


def audited(session: Session) -> list[tuple[str, str, str]]:
    """(action, detail, reason's words) of what was audited since the beginning; commits."""
    session.commit()
    rows = session.execute(select(AuditEntry, AuditReason.words).outerjoin(  # type: ignore[call-overload]
        AuditReason, AuditReason.entry_id == AuditEntry.id).order_by(AuditEntry.id))
    return [(entry.action, entry.detail, words or "") for entry, words in rows]


# Assessing


@BOTH
def test_an_assessment_is_kept_and_audited_by_codes(session: Session) -> None:
    case = builders.adverse_event(session)
    assess(session, case, elements=ALL, criteria=("death",), expectedness="unexpected", reaction="nausea")
    kept = (case.state, case.elements, case.criteria, case.expectedness, case.reaction)
    assert kept == ("triaged", list(ALL), ["death"], "unexpected", "nausea")
    assert audited(session)[-1] == (
        "safety-assessed", "elements:reporter,patient,product,reaction criteria:death expectedness:unexpected "
        "reaction:nausea", "")


@BOTH
def test_a_case_is_valid_from_the_first_moment_that_all_elements_are_there_and_stays_so(session: Session) -> None:
    case = builders.adverse_event(session)
    assess(session, case, elements=ALL[1:])
    before = case.valid_at
    assess(session, case, elements=ALL, at=LATER)
    first = case.valid_at
    assess(session, case, elements=ALL[:2], reason="The patient is nobody", at=LATER + timedelta(hours=1))
    assess(session, case, elements=ALL, at=LATER + timedelta(hours=2))
    assert (before, first, case.valid_at) == (None, LATER, LATER)


def test_a_case_that_came_whole_is_valid_since_it_was_received(session: Session) -> None:
    case = builders.adverse_event(session, WHOLE)
    assess(session, case, elements=ALL)
    assert case.valid_at == NOW


@pytest.mark.parametrize("second", [
    {"elements": ALL[:3]}, {"criteria": ("death", "disability")}, {"expectedness": "unknown"}, {"reaction": ""},
    {"reaction": "vomiting"}])
def test_what_is_taken_back_needs_a_reason(session: Session, second: dict[str, Any]) -> None:
    case = builders.adverse_event(session)
    first: dict[str, Any] = {"elements": ALL, "criteria": ("death", "disability", "life-threatening"),
                             "expectedness": "unexpected", "reaction": "nausea"}
    assess(session, case, **first)
    with pytest.raises(Invalid, match="Say why"):
        assess(session, case, **{**first, **second})
    assess(session, case, **{**first, **second}, reason="A slip of mine")
    assert audited(session)[-1][2] == "A slip of mine"


def test_what_is_added_needs_no_reason(session: Session) -> None:
    case = builders.adverse_event(session)
    assess(session, case, elements=ALL[3:])
    assert assess(session, case, elements=ALL, criteria=("death",), expectedness="unexpected").criteria == ["death"]


def test_a_reaction_that_is_not_on_the_list_is_refused(session: Session) -> None:
    case = builders.adverse_event(session)
    with pytest.raises(Invalid, match="from the list"):
        assess(session, case, reaction="being-sad-about-it")


@BOTH
def test_of_two_officers_at_once_the_second_changes_nothing(session: Session) -> None:
    case = builders.adverse_event(session)
    mine, theirs = act(session, case), act(session, case, officer=8)
    triage.assess(session, mine, Assessment(ALL, ("death",), "unexpected"), "")
    with pytest.raises(Conflict, match="Somebody changed this case"):
        triage.assess(session, theirs, Assessment((), (), "expected"), "")
    assert (case.criteria, case.expectedness) == (["death"], "unexpected")


def test_a_case_that_nobody_has_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        triage.assess(session, Act("a" * 16, "", By(OFFICER, LATER)), Assessment((), (), "unknown"), "")


# The medicine


@BOTH
def test_the_desk_follows_the_product_in_the_cases_market(session: Session) -> None:
    desks = [SafetyDesk(company_id=builders.company(session).id or 0, product="otherin", market=market,
                        channel="email", address="desk@desk.example", opened_at=NOW) for market in ("us", "cn")]
    session.add_all(desks)
    session.flush()
    case = builders.adverse_event(session, product="")
    triage.set_product(session, act(session, case), " Otherin ")
    assert (case.product, case.desk_id) == ("otherin", desks[0].id)
    triage.set_product(session, act(session, case, "It was another"), "exemplora")
    asked, = queries.downgrades(session, case.id or 0)
    triage.decide(session, act(session, case, officer=SECOND), asked.key, is_agreed=True)
    assert (case.product, case.desk_id) == ("exemplora", None)
    assert audited(session)[-2][1] == "from:otherin to:exemplora desk:-"


def test_a_product_is_not_corrected_without_a_reason(session: Session) -> None:
    case = builders.adverse_event(session)
    with pytest.raises(Invalid, match="Say why"):
        triage.set_product(session, act(session, case), "otherin")
    with pytest.raises(Invalid, match="already"):
        triage.set_product(session, act(session, case, "Because"), "exemplora")


@pytest.mark.parametrize(("typed", "product"), [
    (" Exemplora ", "exemplora"), ("a-b-2", "a-b-2"), ("", ""), ("a b", None), ("../x", None), ("药", None),
    ("x" * 81, None), ("a\x1ab", None), ("-a", None)])
def test_a_product_is_the_name_of_a_topic(typed: str, product: str | None) -> None:
    assert product_of(typed) == product


# Duplicates


@BOTH
def test_a_duplicate_is_closed_when_a_second_officer_agrees_and_keeps_its_reports(session: Session) -> None:
    first, second = builders.adverse_event(session), builders.adverse_event(session, submission="form-2")
    triage.mark_duplicate(session, act(session, second, "Same day, same words"), number_of(first).lower())
    row, = queries.downgrades(session, second.id or 0)
    before = (second.state, second.duplicate_of)
    triage.decide(session, act(session, second, officer=SECOND), row.key, is_agreed=True)
    assert (before, second.state, second.duplicate_of) == (("new", None), "duplicate", first.id)
    assert [one.id for one in queries.duplicates(session, first.id or 0)] == [second.id]
    assert len(queries.reports(session, second.id or 0)) == 1
    assert audited(session)[-2:] == [
        ("safety-downgrade-asked", f"duplicate downgrade:{row.key} to:{number_of(first)}", "Same day, same words"),
        ("safety-downgrade-agreed", f"duplicate downgrade:{row.key}", "")]


def test_until_then_it_is_handed_over_and_its_clocks_run(session: Session) -> None:
    builders.desk(session)
    first, second = builders.adverse_event(session), builders.adverse_event(session, submission="form-2")
    triage.mark_duplicate(session, act(session, second, "Same words"), number_of(first))
    assert queries.not_handed_over(session, 50) == [first.id, second.id]
    assert listing.clocks(second, Moments(None, None, None), ENGLISH, LATER)[0]["name"] == "Hand-over"


def test_no_case_is_its_own_duplicate_nor_that_of_a_closed_one(session: Session) -> None:
    first, second = builders.adverse_event(session), builders.adverse_event(session, submission="form-2")
    third = builders.adverse_event(session, submission="form-3")
    merge(session, second, first)
    for typed in (number_of(third), number_of(second), "AE-2026-000099", "AE-2025-000001", "", "1"):
        with pytest.raises(Invalid, match="another case that is open"):
            triage.mark_duplicate(session, act(session, third, "Same words"), typed)


def test_a_case_with_duplicates_is_not_closed(session: Session) -> None:
    first, second = builders.adverse_event(session), builders.adverse_event(session, submission="form-2")
    third = builders.adverse_event(session, submission="form-3")
    merge(session, second, first)
    for close in (lambda: triage.mark_duplicate(session, act(session, first, "Same words"), number_of(third)),
                  lambda: triage.dismiss(session, act(session, first, "Nothing happened"))):
        with pytest.raises(Conflict, match="duplicates of this one"):
            close()


@BOTH
def test_of_two_cases_that_are_each_to_be_the_others_duplicate_one_stays_open(session: Session) -> None:
    first, second = builders.adverse_event(session), builders.adverse_event(session, submission="form-2")
    triage.mark_duplicate(session, act(session, second, "Same words"), number_of(first))
    merge(session, first, second)
    row, = queries.downgrades(session, second.id or 0)
    with pytest.raises(Conflict, match="duplicates of this one"):
        triage.decide(session, act(session, second, officer=SECOND), row.key, is_agreed=True)
    assert (first.state, second.state) == ("duplicate", "new")


def test_nothing_becomes_a_duplicate_of_what_was_closed_meanwhile(session: Session) -> None:
    first, second = builders.adverse_event(session), builders.adverse_event(session, submission="form-2")
    third = builders.adverse_event(session, submission="form-3")
    triage.mark_duplicate(session, act(session, third, "Same words"), number_of(second))
    merge(session, second, first)
    row, = queries.downgrades(session, third.id or 0)
    with pytest.raises(Conflict, match="has changed since"):
        triage.decide(session, act(session, third, officer=SECOND), row.key, is_agreed=True)
    assert third.state == "new"


@BOTH
def test_a_closed_case_takes_nothing_until_it_is_reopened(session: Session) -> None:
    first, second = builders.adverse_event(session), builders.adverse_event(session, submission="form-2")
    merge(session, second, first)
    for verb in (lambda: assess(session, second, elements=ALL),
                 lambda: triage.set_product(session, act(session, second, "Because"), "otherin"),
                 lambda: triage.dismiss(session, act(session, second, "Because"))):
        with pytest.raises(Conflict, match="closed"):
            verb()
    with pytest.raises(Invalid, match="Say why"):
        triage.reopen(session, act(session, second))
    triage.reopen(session, act(session, second, "Another patient"))
    assert (second.state, second.duplicate_of) == ("new", None)
    with pytest.raises(Conflict, match="is open"):
        triage.reopen(session, act(session, second, "Again"))


@pytest.mark.parametrize(("typed", "number"), [
    ("AE-2026-000123", (2026, 123)), (" ae-2026-000123 ", (2026, 123)), ("AE-2026-1234567", (2026, 1234567)),
    ("AE-2026-123", None), ("AE-2026-0000123", None), ("AE-2026-9999999999999", None), ("123", None), ("", None)])
def test_a_number_is_read_as_it_is_printed(typed: str, number: tuple[int, int] | None) -> None:
    assert number_in(typed) == number


@pytest.mark.parametrize(("other", "same"), [
    (Report("My lips swelled an hour after the pill", age="54", sex="female"), ("age", "sex", "words")),
    (Report("嘴唇肿了", age="５４", sex="female", when="2 May"), ("age", "sex", "when"))])
def test_reports_of_one_event_are_alike(other: Report, same: tuple[str, ...]) -> None:
    told = Traits(Report("My lips swelled an hour after the tablet", age="54", sex="female", when="2 May"))
    found = compare(told, Traits(other))
    assert (found.same, found.points >= ENOUGH) == (same, True)


@pytest.mark.parametrize("other", [
    Report("I lost my hair"), Report("Lost hair", age="54", sex="male"), Report("Headache since Monday", sex="female"),
    Report("My lips swelled", age="8", sex="male", when="June")])
def test_reports_of_other_events_are_not(other: Report) -> None:
    told = Traits(Report("My lips swelled an hour after the tablet", age="54", sex="female", when="2 May"))
    assert compare(told, Traits(other)).points < ENOUGH


def test_stories_in_chinese_are_compared_too() -> None:
    told = Traits(Report("吃完药一小时嘴唇肿了", sex="male"))
    assert "words" in compare(told, Traits(Report("吃完药一小时，嘴唇都肿了"))).same


# The queue


def numbers(session: Session, asked: Asked, *, offset: int = 0, limit: int = 50) -> list[int]:
    return [case.id or 0 for case in queueing.queue(session, asked, offset=offset, limit=limit)]


@BOTH
def test_of_one_clock_the_queue_shows_what_came_first_first_and_what_is_done_behind(session: Session) -> None:
    made = [builders.adverse_event(session, submission=f"form-{hour}", now=NOW + timedelta(hours=hour))
            for hour in (3, 1, 2, 0)]
    assess(session, made[0], elements=ALL)
    assess(session, made[1], elements=ALL)
    merge(session, made[3], made[0])
    assert numbers(session, Asked(IN_USE)) == [made[2].id, made[1].id, made[0].id], "no desk takes those assessed"
    assert numbers(session, Asked(IN_USE), offset=1, limit=1) == [made[1].id]
    assert numbers(session, Asked(IN_USE, is_left=True)) == [made[2].id]
    assert numbers(session, Asked(IN_USE, is_left=False)) == [made[1].id, made[0].id]
    assert numbers(session, Asked(("duplicate",))) == [made[3].id]


@BOTH
def test_the_queue_is_narrowed_by_product_market_time_and_what_waits(session: Session) -> None:
    usual = builders.adverse_event(session)
    other = builders.adverse_event(session, submission="form-2", product="otherin", market="cn")
    nothing = builders.adverse_event(session, submission="form-3", product="", now=LATER)
    triage.dismiss(session, act(session, other, "Nothing happened"))
    found = {name: numbers(session, asked) for name, asked in {
        "otherin": Asked(IN_USE, product="otherin"), "none": Asked(IN_USE, product=""),
        "cn": Asked(IN_USE, market="cn"),
        "both": Asked(IN_USE, product="exemplora", market="cn"), "old": Asked(IN_USE, received_until=NOW),
        "waits": Asked(IN_USE, is_waiting=True)}.items()}
    assert found == {"otherin": [other.id], "none": [nothing.id], "cn": [other.id], "both": [],
                     "old": [other.id, usual.id], "waits": [other.id]}


def test_the_queue_is_read_in_an_indexs_order_and_not_sorted(session: Session) -> None:
    """With a hundred thousand cases a sort would take longer than all else."""
    builders.adverse_event(session)
    for asked in (Asked(IN_USE), Asked(IN_USE, True), Asked(IN_USE, False), Asked(IN_USE, True, "exemplora"),
                  Asked(IN_USE, True, market="us"), Asked(IN_USE, None, "exemplora", "us"),
                  Asked(IN_USE, received_until=NOW)):
        plan = [row[3] for row in session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {_statement(session, asked)}")]
        assert any("MERGE" in line for line in plan) and not any("TEMP B-TREE" in line for line in plan), plan
        assert sum("COVERING INDEX" in line for line in plan) == len(IN_USE), plan


def _statement(session: Session, asked: Asked) -> str:
    made: str = str(queueing.in_order(asked).limit(50).compile(session.get_bind(),
                                                              compile_kwargs={"literal_binds": True}))
    return made


def test_a_label_may_be_meant_by_the_product_or_by_what_was_told() -> None:
    assert label_names("exemplora-xr", ["Sample Acid 10 mg"]) == {
        "exemplora xr", "sample", "acid", "sample acid", "acid 10", "acid 10 mg", "10 mg", "sample acid 10"}
    assert label_names("", []) == set()


def test_all_criteria_and_elements_are_known_to_the_form() -> None:
    assert read(list(Element), list(Criterion), "x") == Assessment(tuple(Element), tuple(Criterion), "unknown")
