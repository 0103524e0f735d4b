"""Questions to a reporter who agreed to be asked: by a mail that says nothing of the medicine or of what happened, and
leads to a page of their own. The answer is a follow-up of the case."""

import secrets
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from sqlmodel import Session

from webapp.channels import queries as channels
from webapp.channels.message import Letter, UnmailableError, compile_template, mailable_address
from webapp.channels.rules import Channel
from webapp.channels.service import outbox
from webapp.channels.service.outbox import Outgoing
from webapp.channels.service.sending import Go, Stop
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.core.languages import by_tag
from webapp.core.platform import Platform
from webapp.core.render import translations
from webapp.core.sealing import CannotOpen, seal, unseal
from webapp.core.tokens import KeyRing
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyQuestion, SafetyReport
from webapp.safety.rules import IN_USE, Kind, State
from webapp.safety.rules.reports import Report
from webapp.safety.service import due
from webapp.safety.service.receiving import REPORTER, number_of, subject_of
from webapp.safety.service.sealing import opened, sealed
from webapp.safety.service.triage import CLOSED, Act, loaded

SUBJECT = "safety-question"
"""Kind of subject of these mails."""
MAIL_LASTS = timedelta(days=7)
"""After so long in the outbox a mail goes no more: our choice; an officer asks anew."""
MOST_WORDS = 2_000
"""Characters of the questions: our choice, a page."""
TITLE = N_("Questions about report %(number)s")
NOBODYS = N_("This link leads nowhere. Copy it whole from the mail.")


def address_of(ring: KeyRing, session: Session, case: SafetyCase) -> str:
    """Where the reporter may be asked; empty where they did not agree, gave no e-mail address, or the key is away."""
    first = queries.first_reports(session, [case.id or 0])[case.id or 0]
    try:
        told = opened(ring, case, first)
    except CannotOpen:
        return ""
    return told.contact if told.may_contact and is_address(told.contact) else ""


def is_address(contact: str) -> bool:
    """Whether a mail can go to what a reporter gave."""
    try:
        return bool(mailable_address(contact))
    except UnmailableError:
        return False


def ask(session: Session, ring: KeyRing, act: Act, words: str) -> SafetyQuestion:
    """Stores the questions and puts the mail into the outbox. Invalid where there are none, or nobody to ask; Conflict
    while others wait for an answer, and for a case that changed or is closed."""
    case, words = loaded(session, act), words.strip()
    if case.state not in IN_USE:
        raise Conflict(CLOSED)
    if not words or len(words) > MOST_WORDS:
        raise Invalid(N_("Write your questions, in 2,000 characters at most."))
    if not address_of(ring, session, case):
        raise Invalid(N_("The reporter gave no e-mail address, or does not want to be asked."))
    if any(one.answered_at is None for one in queries.questions(session, case.id or 0)):
        raise Conflict(N_("The reporter was asked already and has not answered yet. Nothing was sent."))
    assert isinstance(act.by.actor, int)
    made = SafetyQuestion(case_id=case.id or 0, sealed=b"", asked_by=act.by.actor, asked_at=act.by.at)
    made.sealed = seal(ring, words.encode(), about=_about(made))
    session.add(made)
    session.flush()
    outbox.add_one(session, Outgoing(
        key=secrets.token_hex(8), subject_kind=SUBJECT, subject_id=made.id or 0, occurrence="ask",
        channel=Channel.EMAIL, language=case.language, not_before=act.by.at, changed_at=act.by.at))
    audit.record(session, act.by, "safety-asked", subject_of(case))
    return made


def words_of(ring: KeyRing, question: SafetyQuestion) -> str:
    """What is asked. CannotOpen if its key has left the ring."""
    return unseal(ring, question.sealed, about=_about(question)).decode()


def answer(session: Session, ring: KeyRing, code: str, told: Report, now: datetime) -> None:
    """Appends what the reporter answers, as a significant follow-up, and puts the case before the officers again,
    whatever became of it meanwhile. NotFound; a second answer by the same link changes nothing."""
    found = queries.question(session, code, for_update=True)
    if found is None:
        raise NotFound(NOBODYS)
    question, case = found
    if question.answered_at is not None:
        return
    session.add(SafetyReport(case_id=case.id or 0, kind=str(Kind.FOLLOW_UP), sealed=sealed(ring, case, told), at=now))
    audit.record(session, By(REPORTER, now), "safety-answered", subject_of(case), f"from:{case.state}")
    question.answered_at, case.state, case.duplicate_of = now, State.NEW, None
    due.keep(session, case.id or 0)


def page(session: Session, ring: KeyRing, code: str) -> dict[str, Any]:
    """What the reporter's page shows. NotFound."""
    found = queries.question(session, code)
    if found is None:
        raise NotFound(NOBODYS)
    question, case = found
    return {"number": number_of(case), "code": code, "language_tag": case.language,
            "answered_at": question.answered_at,
            "questions": "" if question.answered_at else words_of(ring, question)}


def _about(question: SafetyQuestion) -> str:
    return f"safety-question:{question.code}"


class QuestionLetters:
    """Composes the mail just before it leaves: the recheck that senders ask."""

    def __init__(self, platform: Platform, mail_from: str) -> None:
        self._platform = platform
        self._name, self._address = parseaddr(mail_from)

    def recheck(self, session: Session, row: Outgoing, now: datetime) -> Go | Stop:
        """It may go unless it is too old, was answered, the case is closed, or mail to the address is refused."""
        question = queries.question_of_number(session, row.subject_id)
        case = queries.case_of_number(session, question.case_id) if question else None
        if question is None or case is None or now - row.not_before > MAIL_LASTS:
            return Stop("too-late")
        if question.answered_at is not None or case.state not in IN_USE:
            return Stop("no-longer-asked")
        address = address_of(self._platform.ring, session, case)
        if not address or channels.is_suppressed(session, address):
            return Stop("suppressed" if address else "nobody-to-ask")
        letter = self._letter(row.language, number_of(case), question.code)
        return Go(address, self._address, compile_template(letter).fill(
            to=address, delivery_key=row.key, now=now, values={}))

    def _letter(self, tag: str, number: str, code: str) -> Letter:
        language, render = by_tag(tag), self._platform.renderer.render
        title = translations(language).gettext(TITLE) % {"number": number}
        shown = {"title": title, "number": number, "link": f"{self._platform.base_url}/side-effect/more/{code}"}
        return Letter(
            sender_name=self._name, sender_address=self._address, subject=title,
            text=render("safety/mail/question/body.txt", language, **shown),
            html=render("safety/mail/question/body.html", language, **shown))
