"""What a desk is handed: E2B(R3)'s names and codes exactly, nothing invented, and what was told sign for sign."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests import builders
from tests.builders import NOW
from tests.pdf_text import pages_of, text_of
from tests.safety.handing import TOLD
from webapp.core.platform import Platform
from webapp.safety import queries
from webapp.safety.models import SafetyHandOver, SafetyReport
from webapp.safety.rules import e2b
from webapp.safety.rules.e2b import Facts, merged, message
from webapp.safety.rules.reports import Criterion, Outcome, Report, Reporter, Sex
from webapp.safety.service.documents import CRITERIA, Bundle, bundle
from webapp.safety.service.sealing import sealed

FACTS = Facts("AE-2026-000001", "Exemplora", "en", NOW, NOW + timedelta(days=2), NOW + timedelta(days=3), ())
STRANGE = "Mes lèvres 😟 \u202eabc\u202c 我的嘴唇肿了 <b>#strong[x]</b> $x$ \\ \"'"


def told(**changed: Any) -> dict[str, Any]:
    return message(FACTS, replace(TOLD, **changed), "All that was told")


def made(platform: Platform, report: Report = TOLD, follow_up: Report | None = None, **changed: Any) -> Bundle:
    """The bundle of the newest hand-over: one for each report."""
    with platform.database.writing() as session:
        desk = builders.desk(session)
        case = builders.adverse_event(session, report, **changed)
        if follow_up is not None:
            session.add(SafetyReport(case_id=case.id or 0, kind="follow-up", at=NOW + timedelta(days=1),
                                     sealed=sealed(platform.ring, case, follow_up)))
            session.flush()
        for one in queries.reports(session, case.id or 0):
            row = SafetyHandOver(case_id=case.id or 0, desk_id=desk.id or 0, made_at=NOW, next_at=NOW, state="queued",
                                 report_id=one.id or 0)
            session.add(row)
            session.flush()
        return bundle(session, platform, row)


# Elements of E2B(R3)


def test_what_was_told_stands_under_its_elements() -> None:
    found = message(replace(FACTS, criteria=("hospitalisation",)), TOLD, "All that was told")
    assert found == {
        "C.1.1": "AE-2026-000001", "C.1.2": "20260305093000+0000", "C.1.3": "1", "C.1.4": "20260302",
        "C.1.5": "20260304", "C.1.8.2": "2", "C.2.r": [{"C.2.r.1.4": "Ann Benton", "C.2.r.4": "5", "C.2.r.5": "1"}],
        "D.1": "A.B.", "D.2.2a": 54, "D.2.2b": "a", "D.5": "2",
        "E.i": [{"E.i.1.1a": TOLD.what, "E.i.1.1b": "eng", "E.i.3.2a": None, "E.i.3.2b": None, "E.i.3.2c": True,
                 "E.i.3.2d": None, "E.i.3.2e": None, "E.i.3.2f": None, "E.i.4": "20260301", "E.i.7": "2"}],
        "G.k": [{"G.k.1": "1", "G.k.2.2": "Exemplora 10 mg", "G.k.4.r": [{"G.k.4.r.7": "B-77"}]}],
        "H.1": "All that was told"}


def test_what_nobody_told_is_left_out_or_null_and_never_invented() -> None:
    assert message(replace(FACTS, language="fr"), Report("A rash"), "A rash") == {
        "C.1.1": "AE-2026-000001", "C.1.2": "20260305093000+0000", "C.1.3": "1", "C.1.4": "20260302",
        "C.1.5": "20260304", "C.1.8.2": "2", "C.2.r": [{"C.2.r.4": None, "C.2.r.5": "1"}], "D.1": None, "D.5": None,
        "E.i": [{"E.i.1.1a": "A rash", **dict.fromkeys(e2b.CRITERIA), "E.i.7": "0"}],
        "G.k": [{"G.k.1": "1", "G.k.2.2": "Exemplora"}], "H.1": "A rash"}


@pytest.mark.parametrize(("role", "code"), [
    (Reporter.PHYSICIAN, "1"), (Reporter.PHARMACIST, "2"), (Reporter.PROFESSIONAL, "3"), (Reporter.PATIENT, "5"),
    (Reporter.CARER, "5")])
def test_a_reporters_qualification_is_e2bs_code(role: Reporter, code: str) -> None:
    assert told(reporter=str(role))["C.2.r"][0]["C.2.r.4"] == code


@pytest.mark.parametrize(("outcome", "code"), [
    (Outcome.RECOVERED, "1"), (Outcome.RECOVERING, "2"), (Outcome.NOT_RECOVERED, "3"), (Outcome.SEQUELAE, "4"),
    (Outcome.FATAL, "5"), ("", "0")])
def test_an_outcome_is_e2bs_code(outcome: str, code: str) -> None:
    assert told(outcome=str(outcome))["E.i"][0]["E.i.7"] == code


@pytest.mark.parametrize(("sex", "code"), [(Sex.MALE, "1"), (Sex.FEMALE, "2"), ("", None)])
def test_a_sex_is_e2bs_code(sex: str, code: str | None) -> None:
    assert told(sex=str(sex))["D.5"] == code


@pytest.mark.parametrize(("criterion", "letter"), [
    ("death", "a"), ("life-threatening", "b"), ("hospitalisation", "c"), ("disability", "d"),
    ("congenital-anomaly", "e"), ("other-important", "f")])
def test_each_criterion_of_seriousness_has_its_element(criterion: str, letter: str) -> None:
    reaction = message(replace(FACTS, criteria=(criterion,)), TOLD, "")["E.i"][0]
    assert [name for name in e2b.CRITERIA if reaction[name]] == [f"E.i.3.2{letter}"]


def test_every_choice_of_the_form_has_a_code() -> None:
    assert set(e2b.QUALIFICATIONS) == set(Reporter) and set(e2b.OUTCOMES) == set(Outcome)
    assert set(e2b.SEXES) == set(Sex) and set(e2b.CRITERIA.values()) == set(Criterion) == set(CRITERIA)


@pytest.mark.parametrize("age", ["8 months", "about 50", "54-60", "", "١٢", "1234"])
def test_an_age_that_is_no_bare_number_stays_in_the_narrative_alone(age: str) -> None:
    assert "D.2.2a" not in told(age=age)


@pytest.mark.parametrize("when", ["last week", "2026-02-30", "20260301", "2026-03", ""])
def test_a_beginning_that_is_no_day_stays_in_the_narrative_alone(when: str) -> None:
    assert "E.i.4" not in told(when=when)["E.i"][0]


@pytest.mark.parametrize(("contact", "telephone"), [
    ("+1 (555) 010-0199", "+1 (555) 010-0199"), ("ann@home.example", ""), ("555", ""), ("ring 555 0199", "")])
def test_only_what_is_surely_a_telephone_number_is_given_as_one(contact: str, telephone: str) -> None:
    assert told(contact=contact)["C.2.r"][0].get("C.2.r.2.7", "") == telephone


def test_a_long_story_is_cut_to_e2bs_length_in_the_phrase_and_whole_in_the_narrative(platform: Platform) -> None:
    story = "My lips swelled. " * 100
    found = json.loads(made(platform, replace(TOLD, what=story.strip())).as_json())["e2b"]
    assert len(found["E.i"][0]["E.i.1.1a"]) == 250 and story.strip() in found["H.1"]


def test_a_follow_up_adds_to_what_is_known_and_takes_nothing_away() -> None:
    known = merged([TOLD, Report("It has gone", outcome="recovered", batch="B-78")])
    assert known == replace(TOLD, outcome="recovered", batch="B-78")


# Files


def test_the_json_has_the_elements_and_what_has_no_place_among_them(platform: Platform) -> None:
    one = made(platform)
    found = json.loads(one.as_json())
    assert {name: found[name] for name in ("hand_over", "product", "market", "is_follow_up", "may_contact")} == {
        "hand_over": one.row.key, "product": "exemplora", "market": "us", "is_follow_up": False, "may_contact": True}
    assert found["received_at"] == "2026-03-02T09:30:00+00:00" and found["page"].endswith(one.row.code)


def test_the_source_is_utf_8_and_holds_what_was_told_sign_for_sign(platform: Platform) -> None:
    text = made(platform, replace(TOLD, what=STRANGE), Report("It came back")).as_text().decode("utf-8-sig")
    assert STRANGE in text and text.index("First report") < text.index(STRANGE) < text.index("It came back")
    assert "First received: 2026-03-02 09:30 UTC" in text and "Follow-up, received 2026-03-03 09:30 UTC" in text


def test_the_pdf_has_the_items_of_a_cioms_form_and_what_was_told(platform: Platform) -> None:
    shown = text_of(made(platform, TOLD, Report("It came back", outcome="recovered")).as_pdf())
    for words in ("Suspect adverse reaction report AE-2026-000001", "1. Patient's initials A.B.", "1a. Country",
                  "2. Date of birth", "2a. Age 54", "3. Sex Female", "4-6. Reaction onset 2026-03-01",
                  "7+13. Reaction My lips swelled", "It came back", "[x] Inpatient hospitalisation",
                  "[ ] Patient died", "14. Suspect drug, batch Exemplora 10 mg, batch B-77", "15. Daily dose",
                  "16. Route", "17. Indication", "18. Therapy dates", "19. Therapy duration", "20. Did reaction abate",
                  "21. Did reaction reappear", "22. Concomitant", "23. Other relevant history",
                  "24a. Manufacturer Company", "24b.", "24c.", "24d. Report source", "[x] Other",
                  "25a. Report type [ ] Initial [x] Follow-up",
                  "First received 2026-03-02 09:30 UTC", "Ann Benton"):
        assert words.replace(" ", "").replace("'", "’") in shown.replace("'", "’"), words


@pytest.mark.parametrize("signs", [40, 500, 1000, 1500, 2000, 2500, 3000, 5000])
def test_no_page_ends_within_a_section_of_the_form_but_where_the_story_is(platform: Platform, signs: int) -> None:
    pages = pages_of(made(platform, replace(TOLD, what="肿" * signs)).as_pdf())
    for heading, last in (("II.Suspectdrug", "afterreintroduction?"), ("III.Concomitant", "23.Otherrelevanthistory"),
                          ("IV.Manufacturer", "25a.Reporttype")):
        assert [heading in page for page in pages] == [last in page for page in pages], heading
    assert len(pages) >= 2


@pytest.mark.parametrize("what", [STRANGE, "x" * 20_000, "肿" * 20_000, "\u202e\u0627\u0644\u0633\u0644", "😟" * 300],
                         ids=["strange", "long", "long Chinese", "right to left", "emoji"])
def test_no_words_break_the_pdf(platform: Platform, what: str) -> None:
    assert made(platform, replace(TOLD, what=what)).as_pdf().startswith(b"%PDF")


def test_a_sign_that_the_pdf_cannot_show_is_marked_and_the_rest_stands(platform: Platform) -> None:
    shown = text_of(made(platform, replace(TOLD, what="嘴唇肿了😟 after it")).as_pdf())
    assert "嘴唇肿了□afterit" in shown and "theplaintexthasit" in shown


def test_what_was_typed_is_text_in_the_pdf_and_no_markup(platform: Platform) -> None:
    assert "#strong[x]" in text_of(made(platform, replace(TOLD, what="a #strong[x] *b*")).as_pdf())


def test_a_hand_over_holds_what_was_told_until_it_was_made_and_no_later_word(platform: Platform) -> None:
    one = made(platform)
    with platform.database.writing() as session:
        session.add(SafetyReport(case_id=one.case.id or 0, kind="follow-up", at=NOW,
                                 sealed=sealed(platform.ring, one.case, Report("Told later"))))
        session.flush()
        again = bundle(session, platform, one.row)
    assert "Told later" not in again.source() and again.as_pdf() == one.as_pdf()
