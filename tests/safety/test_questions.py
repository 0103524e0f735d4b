"""An officer asks a reporter who agreed to it: the mail says nothing of the event, and no answer is lost."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlmodel import select
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import BASE_URL, MAIL_FROM, NOW, SECRET, sign_in
from tests.safety.test_triage import act, merge
from webapp.channels.models import Outgoing, Suppression
from webapp.channels.queries import address_hash
from webapp.channels.service.sending import Go, Stop
from webapp.config import Settings
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid
from webapp.core.models import AuditEntry
from webapp.core.platform import Platform
from webapp.core.tokens import KeyRing
from webapp.people.rules import Role
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyQuestion
from webapp.safety.rules.reports import Report
from webapp.safety.service import asking, triage
from webapp.safety.service.sealing import opened
from webapp.schedule import rechecks

BOTH = pytest.mark.postgresql
RING = KeyRing((SECRET,))
LATER = NOW + timedelta(hours=5)
TOLD = Report("My lips swelled after Exemplora", medicine="Exemplora", name="Ann Benton", contact="ann@home.example",
              may_contact=True)
ASKED = "Since when? And did it stop when you stopped the tablets?"
HERE = {"Origin": BASE_URL}


def heard(database: Database, report: Report = TOLD, **changed: Any) -> SafetyCase:
    with database.writing() as session:
        return builders.adverse_event(session, report, **changed)


def ask(database: Database, case: SafetyCase, words: str = ASKED) -> SafetyQuestion:
    with database.writing() as session:
        return asking.ask(session, RING, act(session, case), words)


def answer(database: Database, question: SafetyQuestion, words: str = "Since May") -> None:
    with database.writing() as session:
        asking.answer(session, RING, question.code, Report(words), LATER)


def told_of(database: Database, case: SafetyCase) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(row.kind, opened(RING, case, row).what) for row in queries.reports(session, case.id or 0)]


def now_of(database: Database, case: SafetyCase) -> SafetyCase:
    with database.reading() as session:
        return session.get_one(SafetyCase, case.id)


def recheck(platform: Platform, now: Any = LATER) -> Any:
    with platform.database.reading() as session:
        row = session.scalars(select(Outgoing)).one()
        return asking.QuestionLetters(platform, MAIL_FROM).recheck(session, row, now)


# Asking


@BOTH
def test_a_reporter_who_agreed_is_asked_once(database: Database) -> None:
    case = heard(database)
    question = ask(database, case)
    with pytest.raises(Conflict, match="asked already"):
        ask(database, case)
    with database.reading() as session:
        row = session.scalars(select(Outgoing)).one()
        assert (row.subject_kind, row.subject_id, row.address, row.values) == (asking.SUBJECT, question.id, "", {})
    answer(database, question)
    assert ask(database, now_of(database, case)).id != question.id


@pytest.mark.parametrize("report", [
    Report("A rash", contact="ann@home.example"), Report("A rash", may_contact=True),
    Report("A rash", contact="020 7946 0000", may_contact=True),
    Report("A rash", contact="a@b@c.example", may_contact=True),
    Report("A rash", contact="ann@home.example\nBcc: all@home.example", may_contact=True),
    Report("A rash", contact="ann@home.example, eve@evil.example", may_contact=True)])
def test_nobody_else_is_asked(database: Database, report: Report) -> None:
    with pytest.raises(Invalid, match="no e-mail address"):
        ask(database, heard(database, report))


@pytest.mark.parametrize("words", ["", " \n ", "x" * 2001])
def test_without_questions_nothing_is_sent(database: Database, words: str) -> None:
    with pytest.raises(Invalid, match="your questions"):
        ask(database, heard(database), words)


def test_a_closed_case_asks_nothing(database: Database) -> None:
    first, case = heard(database), heard(database, submission="form-2")
    with database.writing() as session:
        merge(session, session.get_one(SafetyCase, case.id), first)
    with pytest.raises(Conflict, match="closed"):
        ask(database, now_of(database, case))


def test_questions_are_sealed(database: Database) -> None:
    question = ask(database, heard(database))
    assert b"tablets" not in question.sealed
    assert asking.words_of(RING, question) == ASKED


# The mail


@pytest.mark.parametrize(("language", "subject"), [
    ("en", "Questions about report AE-2026-000001"), ("zh-Hans", "关于报告AE-2026-000001的几个问题")])
def test_the_mail_leads_to_the_questions_and_tells_nothing_of_the_event(
        platform: Platform, client: Client, language: str, subject: str) -> None:
    question = ask(platform.database, heard(platform.database, language=language))
    go = recheck(platform)
    assert isinstance(go, Go) and go.address == TOLD.contact
    mail = message_from_bytes(go.message, policy=policy.default)
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    assert mail["Subject"] == subject and len(parts) == 2
    for words in parts:
        assert f"{BASE_URL}/side-effect/more/{question.code}" in words
        assert not re.search("lips|Exemplora|Ann|tablets|side effect of", words)


def answer_it(database: Database, question: SafetyQuestion) -> None:
    answer(database, question)


def close_it(database: Database, question: SafetyQuestion) -> None:
    other = heard(database, submission="form-2")
    with database.writing() as session:
        case = session.get_one(SafetyCase, question.case_id)
        merge(session, case, other)


def suppress_it(database: Database, question: SafetyQuestion) -> None:
    with database.writing() as session:
        session.add(Suppression(address_hash=address_hash(TOLD.contact), reason="bad_address", at=NOW))


@pytest.mark.parametrize(("meanwhile", "reason"), [
    (answer_it, "no-longer-asked"), (close_it, "no-longer-asked"), (suppress_it, "suppressed")])
def test_a_mail_that_is_no_longer_wanted_does_not_go(
        platform: Platform, client: Client, meanwhile: Any, reason: str) -> None:
    question = ask(platform.database, heard(platform.database))
    meanwhile(platform.database, question)
    assert recheck(platform) == Stop(reason)


def test_a_mail_that_waited_for_a_week_does_not_go(platform: Platform, client: Client) -> None:
    ask(platform.database, heard(platform.database))
    assert isinstance(recheck(platform, LATER + timedelta(days=6)), Go)
    assert recheck(platform, LATER + timedelta(days=8)) == Stop("too-late")


def test_senders_ask_the_recheck(platform: Platform, settings: Settings) -> None:
    assert asking.SUBJECT in rechecks(platform, settings)


# The answer


@BOTH
def test_an_answer_is_a_follow_up_and_puts_the_case_before_the_officers_again(database: Database) -> None:
    case = heard(database)
    question = ask(database, case)
    with database.writing() as session:
        triage.assess(session, act(session, session.get_one(SafetyCase, case.id)),
                      triage.Assessment(("reporter", "product", "reaction"), ("death",), "unexpected"), "")
    answer(database, question)
    assert told_of(database, case) == [("first", TOLD.what), ("follow-up", "Since May")]
    after = now_of(database, case)
    assert (after.state, after.criteria, after.received_at) == ("new", ["death"], NOW)
    with database.reading() as session:
        assert queries.reports(session, case.id or 0)[1].is_significant
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "safety-answered")).one()
        assert (entry.account_id, entry.actor, entry.detail) == (None, "reporter", "from:triaged")


@BOTH
def test_an_answer_that_is_sent_twice_counts_once(database: Database) -> None:
    case = heard(database)
    question = ask(database, case)
    answer(database, question, "Since May")
    answer(database, question, "Since June")
    assert told_of(database, case)[1:] == [("follow-up", "Since May")]


def test_an_answer_to_a_case_that_was_closed_meanwhile_is_kept_and_reopens_it(database: Database) -> None:
    case = heard(database)
    question = ask(database, case)
    close_it(database, question)
    answer(database, question)
    after = now_of(database, case)
    assert (after.state, after.duplicate_of, len(told_of(database, case))) == ("new", None, 2)


def test_an_officer_who_has_not_seen_the_answer_decides_nothing(database: Database) -> None:
    case = heard(database)
    question = ask(database, case)
    with database.reading() as session:
        stale = act(session, case, "Nothing happened")
    answer(database, question, "I was in hospital for it")
    with database.writing() as session, pytest.raises(Conflict, match="Somebody changed"):
        triage.dismiss(session, stale)


# The pages


def send(client: Client, code: str, words: str) -> TestResponse:
    return client.post(f"/side-effect/more/{code}", base_url=BASE_URL, headers=HERE, data={"what": words})


def read(client: Client, code: str) -> str:
    answer = client.get(f"/side-effect/more/{code}", base_url=BASE_URL)
    return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ").split())


def test_a_reporter_answers_without_an_account(client: Client, database: Database) -> None:
    case = heard(database)
    code = ask(database, case).code
    before, sent = read(client, code), send(client, code, "Since May 😟")
    after = read(client, code)
    assert ASKED in before and "call the local emergency number now" in before
    assert (sent.status_code, sent.location) == (303, f"/side-effect/more/{code}")
    assert "Thank you." in after and ASKED not in after and "lips" not in before + after
    assert send(client, code, "Once more").status_code == 303
    assert told_of(database, case)[1:] == [("follow-up", "Since May 😟")]


def test_the_page_speaks_the_reporters_language(client: Client, database: Database) -> None:
    code = ask(database, heard(database, language="zh-Hans")).code
    assert "关于报告AE-2026-000001的几个问题" in read(client, code)


def test_the_page_is_nobodys_to_keep_or_find(client: Client, database: Database) -> None:
    answer = client.get(f"/side-effect/more/{ask(database, heard(database)).code}", base_url=BASE_URL)
    assert answer.headers["Cache-Control"] == "private, no-store" and 'content="noindex"' in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("words", ["", " \x00 ", "x" * 20_001])
def test_an_answer_that_cannot_be_taken_comes_back(client: Client, database: Database, words: str) -> None:
    case = heard(database)
    code = ask(database, case).code
    answer = send(client, code, words)
    assert answer.status_code == 422 and words.strip(" \x00") in answer.text
    assert len(told_of(database, case)) == 1 and "Thank you" not in read(client, code)


@pytest.mark.parametrize("code", ["a" * 26, "x", "%00", "../" + "a" * 20])
def test_an_unknown_link_is_not_found(client: Client, code: str) -> None:
    assert client.get(f"/side-effect/more/{code}", base_url=BASE_URL).status_code == 404
    assert send(client, code, "Since May").status_code == 404


def test_an_officer_asks_from_the_cases_page_and_sees_the_answer(client: Client, database: Database) -> None:
    case = heard(database)
    with database.writing() as session:
        email = builders.account(session, Role.SAFETY).email
    sign_in(client, email)
    path = f"/safety/{case.key}"
    stamp = builders.hidden_fields(client.get(path, base_url=BASE_URL).text)["stamp"]
    sent = client.post(f"{path}/ask", base_url=BASE_URL, headers=HERE, data={"stamp": stamp, "questions": ASKED})
    waiting = client.get(path, base_url=BASE_URL).text
    with database.reading() as session:
        code = session.scalars(select(SafetyQuestion)).one().code
    send(client, code, "Since May")
    answered = client.get(path, base_url=BASE_URL).text
    assert sent.status_code == 303 and "Not answered yet" in waiting and f"{path}/ask" not in waiting
    assert "Since May" in answered and "Answered: " in answered and f"{path}/ask" in answered
    assert code not in answered


def test_the_page_of_a_reporter_who_does_not_want_it_offers_no_questions(client: Client, database: Database) -> None:
    case = heard(database, Report("A rash", contact="ann@home.example"))
    with database.writing() as session:
        email = builders.account(session, Role.SAFETY).email
    sign_in(client, email)
    shown = client.get(f"/safety/{case.key}", base_url=BASE_URL)
    assert shown.status_code == 200 and f"/safety/{case.key}/ask" not in shown.text
