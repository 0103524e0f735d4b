"""The safety officers' pages: who may open them, what they show, and what they answer to hasty or hostile forms."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlmodel import select
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import BASE_URL, NOW, SECRET, sign_in
from tests.medicines.labels import bring_in, spl
from webapp.core.db import Database
from webapp.core.languages import ENGLISH
from webapp.core.models import AuditEntry
from webapp.core.tokens import KeyRing
from webapp.medicines import service as medicines
from webapp.ops import rules as operators
from webapp.people.rules import SPONSOR_ROLES, Role
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyDesk, SafetyDictionary, SafetyReport, SafetyTerm
from webapp.safety.rules import State
from webapp.safety.rules import triage as rules
from webapp.safety.rules.reports import Report
from webapp.safety.service import handing_over, listing

HERE = {"Origin": BASE_URL}
TOLD = Report("My lips swelled & <b>burned</b> after the tablet", medicine="Samplin 10 mg", initials="A.B.", age="54",
              sex="female", when="2 May", criteria=("hospitalisation",), reporter="patient", name="Ann Benton",
              contact="ann@home.example", may_contact=True)
VERBS = ("ask", "assess", "product", "dismiss", "duplicate", "judge", "reopen", "decide")
WHOLE = {"element": ["reporter", "patient", "product", "reaction"], "criterion": ["hospitalisation"],
         "expectedness": "unexpected", "reaction": "nausea"}


def officer_of(edge: Any, database: Database, *, language: str = "en") -> Client:
    """A browser with a safety officer signed in."""
    browser = Client(edge)
    builders.signed_in(browser, database, (__name__, language), lambda session: builders.account(
        session, Role.SAFETY, language=language))
    return browser


@pytest.fixture
def officer(edge: Any, database: Database) -> Client:
    return officer_of(edge, database)


@pytest.fixture
def case(database: Database) -> SafetyCase:
    return heard(database)


def heard(database: Database, report: Report = TOLD, **changed: Any) -> SafetyCase:
    with database.writing() as session:
        return builders.adverse_event(session, report, **changed)


def now_of(database: Database, case: SafetyCase) -> SafetyCase:
    with database.reading() as session:
        found = queries.case(session, case.key)
        assert found is not None
        return found


def page(browser: Client, case: SafetyCase) -> TestResponse:
    return browser.get(f"/safety/{case.key}", base_url=BASE_URL)


def send(browser: Client, case: SafetyCase, verb: str, *, stamp: str | None = None, **fields: Any) -> TestResponse:
    """Sends a form of the case's page."""
    if stamp is None:
        stamp = builders.hidden_fields(page(browser, case).text)["stamp"]
    return browser.post(f"/safety/{case.key}/{verb}", base_url=BASE_URL, headers=HERE, data={"stamp": stamp, **fields})


def text_of(answer: TestResponse) -> str:
    return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ").split())


# Who may


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SAFETY])
def test_nobody_but_safety_officers_reads_or_changes_a_case(
        edge: Any, client: Client, database: Database, case: SafetyCase, role: Role) -> None:
    """Operators neither: they see counts, elsewhere."""
    with database.writing() as session:
        company = builders.company(session) if role in SPONSOR_ROLES else None
        email = builders.account(session, role, company=company).email
    sign_in(client, email)
    answers = [client.get("/safety/"), page(client, case),
               *(send(client, case, verb, stamp="x", reason="Because") for verb in VERBS)]
    assert {answer.status_code for answer in answers} == {403}
    assert not any(TOLD.name in answer.text or "AE-2026" in answer.text for answer in answers)


def test_a_stranger_is_asked_to_sign_in(client: Client, case: SafetyCase) -> None:
    assert {answer.status_code for answer in (client.get("/safety/"), page(client, case))} == {302}


def test_an_officer_is_led_to_the_queue(officer: Client) -> None:
    shown = officer.get("/account/", base_url=BASE_URL).text
    assert '<a href="/safety/">Safety</a>' in shown


@pytest.mark.parametrize("path", ["/safety/aaaaaaaaaaaaaaaa", "/safety/1", "/safety/?page=0", "/safety/?page=-1",
                                  "/safety/?page=1000000000000"])
def test_what_is_not_there_is_not_found(officer: Client, path: str) -> None:
    assert officer.get(path, base_url=BASE_URL).status_code == 404


def test_no_form_of_an_unknown_case_is_taken(officer: Client) -> None:
    for verb in VERBS:
        answer = officer.post(f"/safety/aaaaaaaaaaaaaaaa/{verb}", base_url=BASE_URL, headers=HERE,
                              data={"stamp": "x", "answer": "significant" if verb == "judge" else "agree",
                                    "reason": "Because", "product": "a", "of": "1"})
        assert answer.status_code == 404, verb


def test_a_form_from_another_site_is_refused(officer: Client, database: Database, case: SafetyCase) -> None:
    answer = officer.post(f"/safety/{case.key}/dismiss", base_url=BASE_URL, data={"reason": "Because"},
                          headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    with database.reading() as session:
        assert queries.count_waiting(session) == 0


# The queue


def test_a_line_says_what_an_officer_needs_to_choose(officer: Client, database: Database) -> None:
    with database.writing() as session:
        desk = SafetyDesk(company_id=builders.company(session).id or 0, product="exemplora", market="us",
                          channel="email", address="desk@desk.example", opened_at=NOW)
        session.add(desk)
    heard(database, TOLD)
    with time_machine.travel(NOW + timedelta(hours=13)):
        browser_text = text_of(queue_at(officer, database))
    for words in ("AE-2026-000001", "Exemplora", "United States", "Sent by form", "Mar 2, 2026, 09:30 UTC",
                  "Past half Hand-over: Mar 3, 2026, 09:30 UTC", "Running Serious: Mar 17, 2026, 09:30 UTC", "4 of 4",
                  "1 case is open."):
        assert words in browser_text, words


@pytest.mark.parametrize(("language", "known", "unknown"), [
    ("en", "Exemplora", "Other thing"), ("zh-Hans", "示例乐（虚构）", "Other thing")])
def test_a_medicine_is_called_by_its_name_in_the_reader_s_language(
        edge: Any, database: Database, case: SafetyCase, language: str, known: str, unknown: str) -> None:
    with database.writing() as session:
        medicines.keep_names(session, {"exemplora": {
            "titles": {"en": "Exemplora", "zh-Hans": "示例乐（虚构）"}, "synonyms": {}}})
    other = heard(database, submission="form-2", product="other-thing")
    browser = officer_of(edge, database, language=language)
    queue = BeautifulSoup(browser.get("/safety/", base_url=BASE_URL).text, "html.parser")
    assert [line.get_text(" ").split(" · ")[0].split(maxsplit=1)[1] for line in queue.select("th[scope=row]")] == [
        known, unknown]
    choices = {option["value"]: option.get_text() for option in queue.select("#product option")}
    assert (choices["exemplora"], choices["other-thing"]) == (known, unknown)
    for one, name in ((case, known), (other, unknown)):
        assert BeautifulSoup(page(browser, one).text, "html.parser").select_one(".facts dd").get_text() == name  # type: ignore[union-attr]


def queue_at(officer: Client, database: Database) -> TestResponse:
    """The queue, to an officer who signs in at that time."""
    with database.writing() as session:
        email = builders.account(session, Role.SAFETY).email
    sign_in(officer, email)
    return officer.get("/safety/", base_url=BASE_URL)


def test_a_line_holds_nothing_that_was_told(officer: Client, case: SafetyCase) -> None:
    shown = officer.get("/safety/", base_url=BASE_URL)
    assert case.key in shown.text
    assert not any(word in shown.text for word in ("lips", "Ann", "A.B.", "ann@home.example"))
    assert not re.search(r"(?<![\d:])54(?![\d:])", text_of(shown)), "an age, and no part of a time"


def test_a_case_without_a_desk_says_so_and_has_no_hand_over_clock(officer: Client, case: SafetyCase) -> None:
    shown = text_of(officer.get("/safety/", base_url=BASE_URL))
    assert "No desk takes it." in shown and "Hand-over" not in shown and "Overdue Serious" in shown


def test_a_death_that_the_law_gives_no_time_for_stands_above_the_queue_until_our_part_is_done(
        officer: Client, database: Database, case: SafetyCase) -> None:
    def above() -> list[str]:
        shown = BeautifulSoup(officer.get("/safety/", base_url=BASE_URL).text, "html.parser")
        return [link.get_text() for link in shown.select(".at-once a")]

    dead = Report("She died in the night", outcome="fatal", criteria=("death",))
    heard(database, dead, submission="form-2", market="us")
    assert above() == [], "the US gives 15 days"
    found = heard(database, dead, submission="form-3", market="cn", now=NOW + timedelta(hours=1))
    assert above() == ["AE-2026-000003"]
    assert send(officer, found, "assess", **{**WHOLE, "criterion": ["death"]}).status_code == 303
    assert above() == []


def test_a_legal_clock_warns_of_nothing_once_our_part_is_done(
        officer: Client, database: Database, case: SafetyCase) -> None:
    with database.writing() as session:
        session.get_one(SafetyCase, case.id).state = State.TRIAGED
    shown = text_of(officer.get("/safety/", base_url=BASE_URL))
    assert "Done here Serious: Mar 17, 2026" in shown and "Overdue" not in shown


@pytest.mark.postgresql
def test_the_hand_over_clock_stops_when_the_desk_acknowledged_all(database: Database) -> None:
    with database.writing() as session:
        made = builders.handed_over(session)
        assert queries.taken_at(session, [made.case_id]) == {}
        handing_over.acknowledge(session, KeyRing((SECRET,)), made, "Dana Desk", NOW)
        assert queries.taken_at(session, [made.case_id]) == {made.case_id: NOW}
        shown = listing.clocks(session.get_one(SafetyCase, made.case_id), listing.Moments(NOW, None, None), ENGLISH,
                               NOW + timedelta(days=3))
        assert (shown[0]["pace_name"], shown[0]["due_at"]) == ("Acknowledged", NOW)
        session.add(SafetyReport(case_id=made.case_id, kind="follow-up", sealed=b"", at=NOW))
        session.flush()
        assert queries.taken_at(session, [made.case_id]) == {}, "what came later is not acknowledged yet"


def test_the_queue_goes_on_on_further_pages_in_one_order(officer: Client, database: Database) -> None:
    with database.writing() as session:
        for number in range(60):
            builders.adverse_event(session, submission=f"form-{number}", now=NOW + timedelta(minutes=number))
    shown = [re.findall(r">AE-2026-0000(\d\d)<", officer.get(f"/safety/?page={number}", base_url=BASE_URL).text)
             for number in (1, 2, 3)]
    assert [len(numbers) for numbers in shown] == [50, 10, 0]
    assert [int(number) for numbers in shown for number in numbers] == list(range(1, 61))


def test_the_pager_keeps_what_was_chosen(officer: Client, database: Database) -> None:
    with database.writing() as session:
        for number in range(51):
            builders.adverse_event(session, submission=f"form-{number}")
    shown = officer.get("/safety/?product=exemplora&market=us&overdue=1", base_url=BASE_URL).text
    assert "product=exemplora&amp;market=us&amp;overdue=1&amp;page=2" in shown


@pytest.mark.parametrize(("query", "is_shown"), [
    ("state=new", True), ("state=triaged", False), ("product=exemplora", True), ("product=-", False),
    ("product=otherin", False), ("market=us", True), ("market=cn", False), ("overdue=1", True), ("waiting=1", False),
    ("state=x&market=x", True), ("product=%00'%20OR%201=1", False)])
def test_the_queue_is_narrowed(officer: Client, case: SafetyCase, query: str, is_shown: bool) -> None:
    answer = officer.get(f"/safety/?{query}", base_url=BASE_URL)
    assert (answer.status_code, case.key in answer.text) == (200, is_shown)


def in_queue(officer: Client, query: str) -> list[str]:
    """Numbers of the cases shown, in order."""
    return re.findall(r"<a [^>]*>AE-2026-00000(\d)</a><br>",
                      officer.get(f"/safety/?{query}", base_url=BASE_URL).text)


def test_it_opens_with_what_runs_out_first_and_what_is_done_is_behind_a_filter(
        officer: Client, database: Database, case: SafetyCase) -> None:
    """The first, received first too, is assessed and no desk takes it."""
    heard(database, Report("A rash"), submission="form-2", market="eu")
    heard(database, TOLD, submission="form-3", now=NOW + timedelta(hours=1))
    assert in_queue(officer, "") == ["1", "3", "2"]
    send(officer, case, "assess", **WHOLE)
    shown = {query: in_queue(officer, query) for query in ("", "state=done", "state=open", "state=triaged", "state=x")}
    assert shown == {"": ["3", "2"], "state=done": ["1"], "state=open": ["3", "2", "1"], "state=triaged": ["1"],
                     "state=x": ["3", "2"]}
    assert "3 cases are open. Left to do here: 2." in text_of(officer.get("/safety/", base_url=BASE_URL))


def test_a_downgrade_that_waits_is_shown_though_nothing_else_is_left_to_do(
        officer: Client, database: Database, case: SafetyCase) -> None:
    send(officer, case, "assess", **WHOLE)
    send(officer, case, "dismiss", reason="Nothing happened")
    shown = BeautifulSoup(officer.get("/safety/", base_url=BASE_URL).text, "html.parser")
    link = next(link for link in shown.select(".notice a") if link.get_text() == "Show them")
    assert in_queue(officer, str(link["href"]).partition("?")[2]) == ["1"] and in_queue(officer, "") == []


# A case


def test_the_page_shows_what_was_told_sign_for_sign(officer: Client, case: SafetyCase) -> None:
    answer = page(officer, case)
    shown = text_of(answer)
    for words in (TOLD.what, "A.B.", "54", "Female", "2 May", "The person it happened to", "Ann Benton",
                  "ann@home.example", "Hospital, or a longer stay there"):
        assert words in shown, words
    assert "<b>burned</b>" not in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_look_changes_nothing(officer: Client, database: Database, case: SafetyCase) -> None:
    before = now_of(database, case).model_dump()
    for _ in range(2):
        page(officer, case)
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "safety-case")).all()
    assert (now_of(database, case).model_dump(), len(entries)) == (before, 1)


def test_the_labels_sections_stand_beside_it(officer: Client, database: Database, tmp_path: Path) -> None:
    source = spl(s34068_7="").replace("34088-5", "34084-4").replace("There is no antidote.", "Swelling of the lips.")
    bring_in(database, tmp_path / "labels", source)
    shown = text_of(page(officer, heard(database, TOLD, product="")))
    assert "Samplin" in shown and "Swelling of the lips." in shown and "grapefruit" not in shown
    other = heard(database, Report("A rash", medicine="Otherin"), submission="form-2", product="otherin")
    assert "No label of this medicine is loaded here." in text_of(page(officer, other))


def test_the_page_says_to_whom_a_case_was_handed_over_and_whether_the_desk_has_it(
        edge: Any, officer: Client, database: Database) -> None:
    with database.writing() as session:
        made = builders.handed_over(session)
        case = session.get_one(SafetyCase, made.case_id)
    answer = page(officer, case)
    shown = text_of(answer)
    assert "Not acknowledged By mail" in shown and "Prepared for the desk" in shown
    assert BeautifulSoup(answer.text, "html.parser").select(".handed .pace-overdue"), "its day was over long ago"
    with time_machine.travel(NOW + timedelta(hours=1)):
        on_time = page(officer_of(edge, database), case).text
    assert not BeautifulSoup(on_time, "html.parser").select(".handed .pace-overdue"), "nothing is red before its time"
    with database.writing() as session:
        handing_over.acknowledge(session, KeyRing((SECRET,)), session.merge(made), "Dana Desk", NOW)
    shown = text_of(page(officer, case))
    assert "Not acknowledged" not in shown and "Mar 2, 2026, 09:30 UTC Acknowledged" in shown
    assert "Dana" not in shown, "who acknowledged is the desk's own"


def test_a_case_that_tells_the_same_is_suggested(officer: Client, database: Database, case: SafetyCase) -> None:
    twin = heard(database, Report("My lips swelled and burned after a tablet", age="54", sex="female"),
                 submission="form-2")
    heard(database, Report("I lost my hair", sex="male"), submission="form-3")
    heard(database, TOLD, submission="form-4", product="otherin")
    heard(database, TOLD, submission="form-5", now=NOW + timedelta(days=100))
    found = BeautifulSoup(page(officer, case).text, "html.parser").select("section[aria-labelledby=alike] a")
    assert [link["href"] for link in found] == [f"/safety/{twin.key}"]


def test_a_report_whose_key_is_away_leaves_the_rest_of_the_page(
        officer: Client, database: Database, case: SafetyCase) -> None:
    with database.writing() as session:
        foreign = builders.adverse_event(session, TOLD, submission="form-2")
        row, = queries.reports(session, foreign.id or 0)
        session.expunge(row)
        session.add(type(row)(case_id=case.id or 0, kind="follow-up", sealed=row.sealed, at=NOW))
    shown = text_of(page(officer, case))
    assert TOLD.what in shown and "sealed with a key that is not here" in shown


# Acts


def test_an_assessment_is_stored_and_the_page_says_so(officer: Client, database: Database, case: SafetyCase) -> None:
    answer = send(officer, case, "assess", **WHOLE)
    assert (answer.status_code, answer.location) == (303, f"/safety/{case.key}?notice=done")
    kept = now_of(database, case)
    assert (kept.state, kept.expectedness, kept.reaction) == ("triaged", "unexpected", "nausea")
    assert "Done, and recorded in the audit." in text_of(officer.get(answer.location, base_url=BASE_URL))


def test_a_form_without_its_reason_comes_back_as_it_was_typed(
        officer: Client, database: Database, case: SafetyCase) -> None:
    send(officer, case, "assess", **WHOLE)
    answer = send(officer, case, "assess", **{**WHOLE, "element": ["product"], "reaction": "vomiting", "reason": "x"})
    read = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422 and "Say why" in text_of(answer)
    assert [one["value"] for one in read.select("[name=element][checked]")] == ["product"]
    assert [one["value"] for one in read.select("#reaction option[selected]")] == ["vomiting"]
    assert now_of(database, case).reaction == "nausea"


@pytest.mark.parametrize(("verb", "fields", "place"), [
    ("assess", {**WHOLE, "reaction": "no such"}, "reaction"), ("product", {"product": "?"}, "product"),
    ("product", {"product": "other", "reason": "x"}, "product-reason"), ("duplicate", {"of": "x"}, "of"),
    ("dismiss", {"reason": "x"}, "dismiss-reason"), ("ask", {"questions": " "}, "questions")])
def test_why_a_form_is_refused_stands_by_its_field_and_is_led_to_from_the_top(
        officer: Client, case: SafetyCase, verb: str, fields: dict[str, Any], place: str) -> None:
    answer = send(officer, case, verb, **fields)
    shown = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    assert [link["href"] for link in shown.select("[role=alert] a")] == [f"#{place}"]
    control, beside = shown.select("[aria-invalid]")[0], shown.select(".field-fault")[0]
    assert (control["id"], control["aria-describedby"]) == (place, beside["id"])
    assert beside.get_text() in shown.select("[role=alert]")[0].get_text()
    assert all(fold.has_attr("open") for fold in control.find_parents("details"))


def test_of_several_downgrades_the_one_that_was_refused_says_so(
        edge: Any, officer: Client, database: Database, case: SafetyCase) -> None:
    send(officer, case, "assess", **WHOLE)
    send(officer, case, "assess", **{**WHOLE, "criterion": [], "expectedness": "expected", "reason": "Looked again"})
    second = officer_of(edge, database)
    first, other = (one["id"] for one in BeautifulSoup(page(second, case).text, "html.parser").select(
        "textarea[id^=decide-]"))
    answer = send(second, case, "decide", downgrade=str(other).removeprefix("decide-"), answer="refuse", reason="")
    shown = BeautifulSoup(answer.text, "html.parser")
    assert [one["id"] for one in shown.select("[aria-invalid]")] == [other] != [first]


def test_the_second_of_two_officers_sees_the_case_as_it_is_now(
        edge: Any, officer: Client, database: Database, case: SafetyCase) -> None:
    second = officer_of(edge, database)
    stamp = builders.hidden_fields(page(second, case).text)["stamp"]
    send(officer, case, "assess", **WHOLE)
    answer = send(second, case, "assess", stamp=stamp, expectedness="expected")
    assert answer.status_code == 409 and "Somebody changed this case" in text_of(answer)
    assert [one["value"] for one in BeautifulSoup(answer.text, "html.parser").select(
        "[name=expectedness][checked]")] == ["unexpected"]
    assert now_of(database, case).expectedness == "unexpected"


@pytest.mark.parametrize("stamp", ["", "x", "0" * 16])
def test_a_form_without_its_stamp_changes_nothing(
        officer: Client, database: Database, case: SafetyCase, stamp: str) -> None:
    assert send(officer, case, "assess", stamp=stamp, **WHOLE).status_code == 409
    assert now_of(database, case).state == "new"


def test_a_downgrade_is_shown_until_another_officer_decides(
        edge: Any, officer: Client, database: Database, case: SafetyCase) -> None:
    send(officer, case, "dismiss", reason="She asked for the price")
    assert "1 downgrade waits for a second officer." in text_of(officer.get("/safety/", base_url=BASE_URL))
    assert case.key in officer.get("/safety/?waiting=1", base_url=BASE_URL).text
    mine, second = text_of(page(officer, case)), officer_of(edge, database)
    assert "You asked for it: another safety officer decides." in mine
    theirs = page(second, case)
    assert "She asked for the price" in text_of(theirs)
    wanted = builders.hidden_fields(theirs.text)
    own = officer.post(f"/safety/{case.key}/decide", base_url=BASE_URL, headers=HERE,
                       data={**wanted, "answer": "agree"})
    assert (own.status_code, now_of(database, case).state) == (403, "new")
    assert send(second, case, "decide", downgrade=wanted["downgrade"], answer="perhaps").status_code == 422
    assert send(second, case, "decide", downgrade=wanted["downgrade"], answer="agree").status_code == 303
    assert now_of(database, case).state == "not-an-event"


def test_a_duplicate_leads_to_its_case_and_back(
        edge: Any, officer: Client, database: Database, case: SafetyCase) -> None:
    second, other = heard(database, TOLD, submission="form-2"), officer_of(edge, database)
    assert send(officer, second, "duplicate", of="AE-2026-000009", reason="Same words").status_code == 422
    assert send(officer, second, "duplicate", of="AE-2026-000001", reason="Same words").status_code == 303
    asked = page(other, second)
    assert "Then would stand: Duplicate of AE-2026-000001" in text_of(asked)
    wanted = builders.hidden_fields(asked.text)["downgrade"]
    assert send(other, second, "decide", downgrade=wanted, answer="agree").status_code == 303
    assert f'href="/safety/{case.key}"' in page(officer, second).text
    assert f'href="/safety/{second.key}"' in page(officer, case).text
    assert send(officer, second, "reopen", reason="Another patient").status_code == 303
    assert now_of(database, second).state == "new"


def test_a_follow_up_is_judged_on_the_page(
        edge: Any, officer: Client, database: Database, case: SafetyCase) -> None:
    other = officer_of(edge, database)
    with database.writing() as session:
        row = SafetyReport(case_id=case.id or 0, kind="follow-up", sealed=b"", at=NOW + timedelta(days=2))
        session.add(row)
    assert send(officer, case, "judge", report="x", answer="not-significant", reason="No").status_code == 404
    assert send(officer, case, "judge", report=row.id, answer="perhaps", reason="No").status_code == 422
    asked = send(officer, case, "judge", report=row.id, answer="not-significant", reason="Only a new address")
    shown = page(other, case)
    assert asked.status_code == 303
    assert "It would take away: The legal clocks of the follow-up of 2026-03-04 09:30 UTC" in text_of(shown)
    wanted = builders.hidden_fields(shown.text)["downgrade"]
    assert send(other, case, "decide", downgrade=wanted, answer="agree").status_code == 303
    assert "· not significant" in text_of(page(officer, case))
    back = send(officer, case, "judge", report=row.id, answer="significant", reason="She was in hospital")
    assert back.status_code == 303 and "· not significant" not in text_of(page(officer, case))


def test_a_term_of_a_release_is_found_and_chosen_on_the_page(
        officer: Client, database: Database, case: SafetyCase) -> None:
    assert 'name="find"' not in page(officer, case).text
    with database.writing() as session:
        release = SafetyDictionary(version="99.1", language="en", loaded_at=NOW)
        session.add(release)
        session.flush()
        session.add(SafetyTerm(dictionary_id=release.id or 0, code=90000001, name="Made-up <i>malaise",
                               preferred=90000001, folded="made-up <i>malaise", is_current=True))
    found = officer.get(f"/safety/{case.key}?find=MALAISE", base_url=BASE_URL).text
    assert '<option value="meddra:99.1:90000001">Made-up &lt;i&gt;malaise</option>' in found and "Our own list" in found
    assert send(officer, case, "assess", **{**WHOLE, "reaction": "meddra:99.1:90000001"}).status_code == 303
    assert '<option value="meddra:99.1:90000001" selected>' in page(officer, case).text


def test_a_medicine_is_set(officer: Client, database: Database) -> None:
    case = heard(database, product="")
    assert send(officer, case, "product", product="../etc").status_code == 422
    assert send(officer, case, "product", product="otherin").status_code == 303
    assert now_of(database, case).product == "otherin"


@pytest.mark.parametrize("reason", ["<script>alert(1)</script> it is", "‮ right to left ‏", "没有发生", "a\0b c\r\nd: e"])
def test_the_words_of_a_reason_are_shown_and_do_nothing(officer: Client, case: SafetyCase, reason: str) -> None:
    assert send(officer, case, "dismiss", reason=reason).status_code == 303
    shown = page(officer, case)
    assert shown.status_code == 200 and "<script>alert" not in shown.text


@pytest.mark.parametrize("reason", ["x" * 501, "x" * 1_000_000])
def test_a_reason_that_is_too_long_is_refused(officer: Client, case: SafetyCase, reason: str) -> None:
    assert send(officer, case, "dismiss", reason=reason).status_code == 422


def test_nothing_that_was_told_stands_in_the_audit_or_an_address(
        app: Flask, officer: Client, database: Database, case: SafetyCase) -> None:
    send(officer, case, "assess", **WHOLE)
    send(officer, case, "dismiss", reason="Nothing happened")
    with database.reading() as session:
        told = " ".join(f"{entry.action} {entry.detail}" for entry in session.scalars(select(AuditEntry)))
    assert "safety-assessed" in told and not any(word in told for word in ("lips", "Ann", "A.B.", "home.example"))
    assert {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("safety_triage.")} == {
        "/safety/", "/safety/<key>", *(f"/safety/<key>/{verb}" for verb in VERBS)}


def test_operators_call_each_act_as_officers_do() -> None:
    """They may not ask this package for its words."""
    known = {action: words for action, words in operators.ACTIONS.items() if action in rules.ACTIONS}
    assert known == dict(rules.ACTIONS)


def test_the_pages_speak_chinese(edge: Any, database: Database, case: SafetyCase) -> None:
    browser = officer_of(edge, database, language="zh-Hans")
    assert "不良反应" in text_of(browser.get("/safety/", base_url=BASE_URL))
    assert "恶心" in text_of(page(browser, case))
