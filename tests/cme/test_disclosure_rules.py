"""What a disclosure says, what is decided on it, where that leaves its person, and how activity.yaml may name them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.cme import activities
from tests.cme.disclosed import EMPLOYED, KIM, ROBIN, TALKS
from webapp.cme.rules import decision, disclosure
from webapp.cme.rules import faculty as rules
from webapp.cme.rules.activity import ActivityFile
from webapp.cme.rules.decision import LASTS, Exception_, Means, Ruling, State, Told, Verdict, state_of
from webapp.cme.rules.disclosure import EXCLUDING, NATURES, Nature, Tie, months_before, tie_of
from webapp.cme.rules.faculty import Person
from webapp.core.errors import Invalid

TODAY = date(2026, 2, 28)
ONE = {"told": "some", "count": "1", "company-1": " Example  Pharma ", "nature-1": "speaker"}
MITIGATED = Ruling(Verdict.MITIGATED, "So be it", (Means.PEER_REVIEW,), on=TODAY)
NOT_RELEVANT = Ruling(Verdict.NOT_RELEVANT, "So be it", on=TODAY)
EXCLUDED = Ruling(Verdict.EXCLUDED, "So be it", on=TODAY)
FILE = ActivityFile.model_validate(activities.about())
"""Names Robin, who has none, and Kim, whose talks have ended."""
WORDS = {"Speaker": {"en": "Fees for talks", "zh-Hans": "（虚构）Fees for talks"}}


def phrase(words: str, tag: str) -> str:
    return WORDS.get(words, {}).get(tag, words)


# Stating


def test_relationships_are_taken_as_typed_and_empty_ones_are_left_out() -> None:
    typed = {**ONE, "count": "3", "company-3": "Other Ltd", "nature-3": "other", "words-3": "A loan",
             "ended_on-3": "2025-03-01"}
    reading = disclosure.read(typed, TODAY)
    assert not reading.faults and reading.ties == (
        Tie("Example Pharma", Nature.SPEAKER), Tie("Other Ltd", Nature.OTHER, "A loan", date(2025, 3, 1)))
    assert tuple(tie_of(one.kept) for one in reading.ties) == reading.ties


@pytest.mark.parametrize(("changed", "field"), [
    ({"told": ""}, "told"), ({"told": "none"}, "told"), ({"company-1": ""}, "company-1"),
    ({"company-1": "x" * 201}, "company-1"), ({"company-1": "a\x00b"}, "company-1"), ({"nature-1": ""}, "nature-1"),
    ({"nature-1": "friend"}, "nature-1"), ({"nature-1": "other"}, "words-1"), ({"words-1": "x" * 201}, "words-1"),
    ({"ended_on-1": "2026-03-01"}, "ended_on-1"), ({"ended_on-1": "lately"}, "ended_on-1"),
    ({"ended_on-1": "2024-02-27"}, "ended_on-1")])
def test_a_fault_names_its_field(changed: dict[str, str], field: str) -> None:
    reading = disclosure.read({**ONE, **changed}, TODAY)
    assert set(reading.faults) == {field} and reading.ties == ()


def test_some_without_any_is_a_fault_and_none_is_none() -> None:
    assert set(disclosure.read({"told": "some"}, TODAY).faults) == {"company-1"}
    assert disclosure.read({"told": "none", "count": "1"}, TODAY) == disclosure.Reading((), {})


@pytest.mark.parametrize(("typed", "count"), [("", 1), ("0", 1), ("-2", 1), ("3", 3), ("٣", 1), ("999", 30),
                                              ("99999999999", 1)])
def test_a_form_has_room_for_one_relationship_at_least_and_thirty_at_most(typed: str, count: int) -> None:
    assert disclosure.count_of({"count": typed}) == count


@pytest.mark.parametrize(("day", "before"), [
    (date(2026, 2, 28), date(2024, 2, 28)), (date(2028, 2, 29), date(2026, 2, 28)), (date(2026, 1, 31),
                                                                                    date(2024, 1, 31))])
def test_two_years_are_counted_back_to_the_day(day: date, before: date) -> None:
    assert months_before(day, 24) == before


def test_owners_and_employees_exclude_while_it_lasts_and_nobody_else_does() -> None:
    excluding = {nature for nature in Nature if Tie("A", nature).is_excluding}
    assert excluding == EXCLUDING == {Nature.EMPLOYEE, Nature.OWNER} and set(NATURES) == set(Nature)
    assert not any(Tie("A", nature, "", TODAY).is_excluding for nature in Nature)


# Deciding


def read(tie: Tie, *means: str, words: str = "Because it is so", **form: str) -> Ruling:
    return decision.read(form, means, words, tie)


def test_what_is_mitigated_needs_means_and_every_decision_a_reason() -> None:
    assert read(TALKS, "evidence", "peer-review", verdict="mitigated").means == (Means.PEER_REVIEW, Means.EVIDENCE)
    assert read(TALKS, "evidence", verdict="not-relevant").means == ()
    refused: list[tuple[tuple[str, ...], dict[str, str]]] = [
        ((), {"verdict": "mitigated"}), (("prayer",), {"verdict": "mitigated"}), ((), {"verdict": ""}),
        ((), {"verdict": "not-relevant", "words": "x"}), ((), {"verdict": "not-relevant", "words": "x" * 501}),
        ((), {"verdict": "not-relevant", "exception": "friend"})]
    for means, form in refused:
        with pytest.raises(Invalid):
            read(TALKS, *means, **form)


@pytest.mark.parametrize(("verdict", "exception", "is_taken"), [
    ("excluded", "", True), ("not-relevant", "", False), ("mitigated", "", False),
    ("not-relevant", "unrelated", True), ("mitigated", "unrelated", False),
    ("not-relevant", "basic-science", False), ("mitigated", "basic-science", True),
    ("not-relevant", "device-technician", False), ("mitigated", "device-technician", True)])
def test_an_employee_takes_part_by_an_exception_alone(verdict: str, exception: str, is_taken: bool) -> None:
    if is_taken:
        assert read(EMPLOYED, "peer-review", verdict=verdict, exception=exception).exception == (exception or None)
    else:
        with pytest.raises(Invalid):
            read(EMPLOYED, "peer-review", verdict=verdict, exception=exception)


def test_an_exception_is_no_matter_of_who_is_not_excluded() -> None:
    assert read(TALKS, verdict="not-relevant", exception="unrelated").exception is None
    left = replace(EMPLOYED, ended_on=TODAY)
    assert read(left, "divest", verdict="mitigated").exception is None


@pytest.mark.parametrize(("told", "state"), [
    (None, State.UNANSWERED), (Told(TODAY, (), ()), State.SETTLED), (Told(TODAY, (TALKS,), (None,)), State.UNDECIDED),
    (Told(TODAY, (TALKS,), (MITIGATED,)), State.SETTLED), (Told(TODAY, (TALKS,), (EXCLUDED,)), State.EXCLUDED),
    (Told(TODAY, (EMPLOYED,), (None,)), State.EXCLUDED), (Told(TODAY, (TALKS, EMPLOYED), (MITIGATED, None)),
                                                          State.EXCLUDED),
    (Told(TODAY, (EMPLOYED,), (replace(MITIGATED, exception=Exception_.BASIC_SCIENCE),)), State.SETTLED),
    (Told(TODAY - LASTS, (), ()), State.SETTLED), (Told(TODAY - LASTS - timedelta(days=1), (), ()), State.STALE),
    (Told(TODAY - LASTS - timedelta(days=1), (EMPLOYED,), (None,)), State.EXCLUDED)])
def test_where_somebody_stands(told: Told | None, state: State) -> None:
    assert state_of(told, TODAY) is state


# Beside activity.yaml

ENDED = replace(TALKS, ended_on=date(2025, 6, 1))
NONE_TOLD = Person(ROBIN, Told(TODAY, (), ()), date(2025, 9, 5))
TALKED = Person(KIM, Told(TODAY, (ENDED,), (MITIGATED,)), date(2025, 9, 20))


def differing(*people: Person) -> list[str]:
    return list(map(str, rules.differences(FILE, people, phrase)))


def test_a_file_that_says_what_was_decided_is_in_nobodys_way() -> None:
    assert differing(NONE_TOLD, TALKED) == []
    assert rules.obstacles(FILE, [NONE_TOLD, TALKED], phrase, TODAY) == []


def told(*ties: Tie, **changed: Any) -> Person:
    return replace(TALKED, told=Told(TODAY, ties, tuple(changed.get("rulings", [MITIGATED] * len(ties)))))


@pytest.mark.parametrize(("person", "sentences"), [
    (told(), ["not disclosed or not decided so: Example Pharma Ltd (fictional), Fees for talks"]),
    (told(ENDED, EMPLOYED, rulings=[MITIGATED, replace(MITIGATED, exception=Exception_.BASIC_SCIENCE)]),
     ["found relevant: Example Devices (fictional), Employee or executive. Add it."]),
    (told(replace(ENDED, company="Another")), ["found relevant: Another", "not decided so: Example Pharma"]),
    (told(replace(ENDED, nature=Nature.CONSULTANT)), ["(fictional), Consultant (ended)", "Fees for talks"]),
    (told(TALKS), ["found relevant", "(ended)"]),
    (told(ENDED, rulings=[NOT_RELEVANT]), ["not disclosed or not decided so"]),
    (replace(TALKED, name="Somebody Else"), ["Somebody Else was asked to disclose, and activity.yaml does not name"])])
def test_a_difference_is_named_with_person_company_and_nature(person: Person, sentences: list[str]) -> None:
    found = differing(NONE_TOLD, person)
    assert len(found) == len(sentences)
    for sentence, part in zip(found, sentences, strict=True):
        assert part in sentence and (KIM in sentence or "Somebody Else" in sentence), sentence


def test_what_is_not_relevant_may_be_left_out_and_other_things_be_said_in_other_words() -> None:
    unrelated = replace(EMPLOYED, ended_on=TODAY)
    assert differing(told(ENDED, unrelated, rulings=[MITIGATED, NOT_RELEVANT])) == []
    assert differing(told(replace(ENDED, nature=Nature.OTHER, words="Talks"))) == []


@pytest.mark.parametrize(("people", "part"), [
    ([TALKED], "was not asked to disclose"), ([replace(NONE_TOLD, told=None), TALKED], "has not disclosed"),
    ([replace(NONE_TOLD, told=Told(TODAY, (TALKS,), (None,))), TALKED], "Not every relationship of"),
    ([replace(NONE_TOLD, told=Told(TODAY, (EMPLOYED,), (None,))), TALKED], "is excluded"),
    ([replace(NONE_TOLD, told=Told(TODAY - 2 * LASTS, (), ())), TALKED], "is older than 12 months"),
    ([replace(NONE_TOLD, settled_on=date(2025, 9, 11)), TALKED], "began on 2025-09-10"),
    ([NONE_TOLD, TALKED, Person("New Person", None)], "New Person was asked to disclose")])
def test_each_obstacle_names_the_person_and_the_remedy(people: list[Person], part: str) -> None:
    found = rules.obstacles(FILE, people, phrase, TODAY)
    assert len(found) == 1 and part in found[0] and (ROBIN in found[0] or "New Person" in found[0])


def test_who_is_excluded_and_not_in_the_file_is_in_nobodys_way() -> None:
    out = Person("Out Sider", Told(TODAY, (EMPLOYED,), (None,)))
    assert rules.obstacles(FILE, [NONE_TOLD, TALKED, out], phrase, TODAY) == []
