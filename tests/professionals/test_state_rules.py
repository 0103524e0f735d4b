"""States: the exact table of what may follow what; files by their first bytes; rows of a registry."""

from datetime import timedelta

import pytest

from tests.builders import NOW
from webapp.core.languages import CHINESE
from webapp.core.render import translations
from webapp.professionals.rules import application, evidence, registry, states
from webapp.professionals.rules.names import Name
from webapp.professionals.rules.registry import Answer, Entry, Fault, compare, row_reader
from webapp.professionals.rules.states import OPEN, REASONS, State, Step

ALLOWED = """
none apply pending
pending apply pending
pending verify verified
pending refuse refused
verified apply pending
verified reapply renewing
verified renew verified
verified lapse lapsed
verified revoke revoked
renewing apply pending
renewing reapply renewing
renewing verify verified
renewing refuse verified
renewing renew verified
renewing lapse pending
renewing revoke revoked
refused apply pending
lapsed apply pending
lapsed revoke revoked
revoked apply pending
"""
TABLE = {(before, step): after for before, step, after in map(str.split, ALLOWED.strip().splitlines())}


@pytest.mark.parametrize("state", [None, *State])
@pytest.mark.parametrize("step", list(Step))
def test_the_table_of_steps_is_this_one(state: State | None, step: Step) -> None:
    assert states.after(state, step) == TABLE.get((state or "none", step))


def test_nothing_but_a_decision_opens_what_is_closed() -> None:
    opening = {(before, step) for (before, step), after in TABLE.items() if after in OPEN and before not in OPEN}
    assert opening == {("pending", "verify")}


@pytest.mark.parametrize(("days", "may"), [(-61, False), (-60, True), (-1, True), (0, False), (1, False)])
def test_a_renewal_is_possible_in_the_last_sixty_days(days: int, may: bool) -> None:
    assert [states.may_renew(state, NOW, NOW + timedelta(days=days)) for state in State] == [
        may and state in OPEN for state in State]


def test_a_renewal_counts_from_the_old_due_day_and_all_else_from_the_decision() -> None:
    due, year = NOW + timedelta(days=40), timedelta(days=365)
    told = {(before, step): states.due_after(before, step, due, NOW) for before, steps in states.TRANSITIONS.items()
            if before for step in steps}
    assert {key: when for key, when in told.items() if when is not None} == {
        (State.PENDING, Step.VERIFY): NOW + year, (State.VERIFIED, Step.RENEW): NOW + year,
        (State.RENEWING, Step.RENEW): NOW + year, (State.RENEWING, Step.VERIFY): due + year,
        (State.VERIFIED, Step.REAPPLY): due, (State.RENEWING, Step.REAPPLY): due, (State.RENEWING, Step.REFUSE): due}


@pytest.mark.parametrize(("before", "last", "now"), [
    (61, None, None), (60, None, 60), (15, None, 60), (15, 60, None), (14, 60, 14), (14, None, 14), (1, 14, None),
    (0, None, None), (-1, 60, None)])
def test_reminders_are_due_sixty_and_fourteen_days_before(before: int, last: int | None, now: int | None) -> None:
    assert states.reminder_due(NOW + timedelta(days=before), NOW, last) == now


def test_a_verification_is_due_again_after_a_year() -> None:
    assert states.next_due(NOW) - NOW == timedelta(days=365)


def test_every_reason_is_told_in_chinese() -> None:
    words = translations(CHINESE).gettext
    codes = {code for texts in REASONS.values() for code in texts}
    assert codes and all(words(states.reason_text(code)) != states.reason_text(code) for code in codes)
    assert states.reason_text("nonsense") == ""


# Documents


PDF, PNG = b"%PDF-1.7\nx\n%%EOF\n", b"\x89PNG\r\n\x1a\nxIEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0x\xff\xd9 and a trailer"


@pytest.mark.parametrize(("content", "ending"), [(PDF, "pdf"), (PNG, "png"), (JPEG, "jpg")])
def test_a_file_is_known_by_its_bytes(content: bytes, ending: str) -> None:
    kind = evidence.kind_of(content)
    assert kind is not None and kind.ending == ending and evidence.refusal(content) is None


@pytest.mark.parametrize("content", [
    b"", b"%PDF", b"<svg onload=alert(1)>", b"<html>%PDF-1.7 %%EOF", b"GIF89a", b"PK\x03\x04", PDF[:9], PNG[:9],
    b" " + PDF, b"MZ\x90", b"\xff\xd8"])
def test_anything_else_and_anything_cut_off_is_refused(content: bytes) -> None:
    assert "PDF, PNG or JPEG" in (evidence.refusal(content) or "")


def test_a_file_too_large_is_refused() -> None:
    fits = JPEG + b"x" * (evidence.MOST_BYTES - len(JPEG))
    assert evidence.refusal(fits) is None and "larger" in (evidence.refusal(fits + b"x") or "")


# What a registry says


ENTRY = Entry("1234567893", Name("ANN", "EXAMPLE"), ("NY", "NJ"), "207R00000X")
APPLIED, _ = application.read({"number": "1234567893", "given_name": "Ann", "family_name": "Example", "region": "nj",
                               "specialty": "207R00000X"}, "us")


@pytest.mark.parametrize(("entry", "answer", "reason"), [
    (ENTRY, Answer.MATCHED, ""),
    (None, Answer.UNKNOWN, "number"),
    (Entry("1245319599", ENTRY.name, ENTRY.states, ""), Answer.UNKNOWN, "number"),
    (Entry(ENTRY.number, ENTRY.name, ENTRY.states, "", is_active=False), Answer.DIFFERS, "not-active"),
    (Entry(ENTRY.number, ENTRY.name, ("CA",), ""), Answer.DIFFERS, "state"),
    (Entry(ENTRY.number, ENTRY.name, (), ""), Answer.DIFFERS, "state"),
    (Entry(ENTRY.number, Name("ANNA", "EXAMPLE"), ENTRY.states, ""), Answer.DIFFERS, "given-name"),
])
def test_only_number_name_and_state_together_match(entry: Entry | None, answer: Answer, reason: str) -> None:
    finding = compare(APPLIED, entry, "test")
    assert (finding.answer, finding.reason) == (answer, reason)


# Rows of NPPES


GROUPED = [form.format(number) for number in registry.GROUPS
           for form in (registry.TAXONOMY, "Provider License Number_{}", registry.LICENCE, registry.PRIMARY)]
HEADER = [*dict.fromkeys([*registry.SINGLE, "Replacement NPI", *GROUPED])]


def row(**changed: str) -> list[str]:
    usual = {"NPI": "1234567893", "Entity Type Code": "1", "Provider Last Name (Legal Name)": "EXAMPLE",
             "Provider First Name": "ANN", "Provider Business Practice Location Address State Name": "ny",
             "Healthcare Provider Taxonomy Code_1": "207R00000X", "Healthcare Provider Primary Taxonomy Switch_1": "Y"}
    return [{**usual, **changed}.get(name, "") for name in HEADER]


def test_an_individual_is_read() -> None:
    assert row_reader(HEADER)(row()) == (1234567893, "EXAMPLE", "ANN", "", "", "NY", "207R00000X", False)


def test_states_are_of_the_practice_then_of_licences_each_once() -> None:
    read = row_reader(HEADER)(row(**{registry.LICENCE.format(1): "NJ", registry.LICENCE.format(9): "NY"}))
    assert read is not None and read[5] == "NY NJ"


def test_the_taxonomy_is_the_primary_one() -> None:
    read = row_reader(HEADER)(row(**{"Healthcare Provider Primary Taxonomy Switch_1": "N",
                                     "Healthcare Provider Taxonomy Code_3": "207N00000X",
                                     "Healthcare Provider Primary Taxonomy Switch_3": "Y"}))
    assert read is not None and read[6] == "207N00000X"


def test_an_organisation_is_left_out() -> None:
    assert row_reader(HEADER)(row(**{"Entity Type Code": "2"})) is None


@pytest.mark.parametrize(("ended", "begun", "is_gone"), [
    ("05/01/2020", "", True), ("05/01/2020", "04/01/2020", True), ("05/01/2020", "05/02/2020", False),
    ("12/31/2019", "01/01/2020", False), ("", "", False)])
def test_a_number_has_ended_unless_it_was_begun_again(ended: str, begun: str, is_gone: bool) -> None:
    read = row_reader(HEADER)(row(**{"NPI Deactivation Date": ended, "NPI Reactivation Date": begun}))
    assert read is not None and read[7] is is_gone


def test_a_number_that_ended_comes_with_its_date_alone() -> None:
    bare = [{"NPI": "1234567893", "NPI Deactivation Date": "05/01/2020"}.get(name, "") for name in HEADER]
    assert row_reader(HEADER)(bare) == (1234567893, "", "", "", "", "", "", True)


@pytest.mark.parametrize(("changed", "why"), [
    ({"NPI": "1234567890"}, "no NPI"), ({"NPI": ""}, "no NPI"), ({"NPI": "1234567893 "}, "no NPI"),
    ({"Entity Type Code": "9"}, "entity type '9'"), ({"Entity Type Code": ""}, "entity type ''"),
    ({"Provider Last Name (Legal Name)": ""}, "names no person")])
def test_a_bad_row_says_what_is_wrong(changed: dict[str, str], why: str) -> None:
    with pytest.raises(Fault, match=why):
        row_reader(HEADER)(row(**changed))


def test_a_row_of_another_length_is_bad() -> None:
    with pytest.raises(Fault, match=f"has {len(HEADER) - 1} fields"):
        row_reader(HEADER)(row()[1:])


def test_a_file_of_another_kind_is_told() -> None:
    with pytest.raises(ValueError, match="no column 'NPI'"):
        row_reader(["a", "b"])


def test_a_mark_before_the_header_does_not_matter() -> None:
    assert row_reader(["\ufeffNPI", *HEADER[1:]])(row()) is not None
