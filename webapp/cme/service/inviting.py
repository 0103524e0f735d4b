"""Asks people with a hand in an activity to disclose: by a mail whose link is theirs alone, and ends. Who does not
answer is reminded once; they can be asked again, or no more."""

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from email.utils import parseaddr

from sqlmodel import Session

from webapp.channels import queries as channels
from webapp.channels.message import Letter, UnmailableError, compile_template, mailable_address
from webapp.channels.rules import Channel
from webapp.channels.service import outbox
from webapp.channels.service.outbox import Outgoing
from webapp.channels.service.sending import Go, Stop
from webapp.cme import queries
from webapp.cme.models import CmeActivity, CmeDisclosureRequest
from webapp.cme.queries import faculty as faculty_queries
from webapp.cme.rules import inviting as rules
from webapp.cme.rules.inviting import LINK_LASTS, MAIL_LASTS, REMIND_AFTER
from webapp.cme.service import faculty, versions
from webapp.cme.service.showing import language_in
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.db import Database
from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.core.forms import FreeText
from webapp.core.ids import new_code
from webapp.core.languages import by_tag
from webapp.core.platform import Platform
from webapp.core.render import show_date, translations
from webapp.core.subject import Subject

SUBJECT = "cme-disclosure"
"""Kind of subject of these mails, and of what the audit says."""
TITLE = N_("Please disclose your financial relationships")
REMINDER = N_("Reminder: please disclose your financial relationships")
ASK, REMIND = "ask", "remind"
AT_ONCE = 100
"""Reminders that one run writes: our choice; the next run goes on."""
NOBODY = N_("Nobody was asked by this name.")


def activity_of(session: Session, slug: str) -> CmeActivity:
    """An activity. NotFound."""
    found = queries.activity(session, slug)
    if found is None:
        raise NotFound(N_("There is no such activity."))
    return found


def found(session: Session, slug: str, key: str) -> CmeDisclosureRequest:
    """Somebody who was asked, about to be changed. NotFound."""
    row = faculty_queries.of_key(session, activity_of(session, slug).id or 0, key, for_update=True)
    if row is None:
        raise NotFound(NOBODY)
    return row


def invite(session: Session, slug: str, form: Mapping[str, str], parts: Collection[str], name: FreeText,
           by: By) -> CmeDisclosureRequest:
    """Asks somebody. Invalid; Conflict for whoever was asked already."""
    activity, told = activity_of(session, slug), rules.read(form, parts, name)
    address = _address(told.email)
    for one in faculty_queries.requests(session, activity.id or 0):
        if one.ended_at is None and (one.name.casefold() == told.name.casefold()
                                     or one.email.lower() == address.lower()):
            raise Conflict(N_("Somebody of this name or address was asked already. Ask them again from their line."))
    row = CmeDisclosureRequest(activity_id=activity.id or 0, name=told.name, parts=list(told.parts), email=address,
                               language=told.language, asked_at=by.at, expires_at=by.at + LINK_LASTS)
    session.add(row)
    session.flush()
    _send(session, row, ASK, by.at)
    audit.record(session, by, "cme-disclosure-asked", _subject(row), f"activity:{activity.id}")
    return row


def again(session: Session, slug: str, key: str, email: str, by: By) -> None:
    """Asks somebody anew, by a new link; the earlier one leads nowhere from now on. Invalid; Conflict for whoever is
    not asked any more."""
    row = _open(found(session, slug, key))
    row.email, row.code, row.round = _address(email.strip()), new_code(), row.round + 1
    row.asked_at, row.expires_at, row.reminded_at = by.at, by.at + LINK_LASTS, None
    session.flush()
    _send(session, row, ASK, by.at)
    audit.record(session, by, "cme-disclosure-asked", _subject(row), f"round:{row.round}")


def call_off(session: Session, slug: str, key: str, by: By) -> None:
    """Asks somebody no more: their link ends, and they do not count as one of the activity's people. Conflict."""
    row = _open(found(session, slug, key))
    row.ended_at = by.at
    audit.record(session, by, "cme-disclosure-called-off", _subject(row))


def _open(row: CmeDisclosureRequest) -> CmeDisclosureRequest:
    if row.ended_at is not None:
        raise Conflict(N_("This request was called off already. Invite the person anew."))
    return row


def _subject(row: CmeDisclosureRequest) -> Subject:
    return Subject(SUBJECT, row.id or 0)


def _address(email: str) -> str:
    try:
        return mailable_address(email)
    except UnmailableError:
        raise Invalid(N_("Write the e-mail address as name@domain.")) from None


def _send(session: Session, row: CmeDisclosureRequest, what: str, now: datetime) -> None:
    """Names no address: it is looked up when the mail leaves."""
    outbox.add_one(session, Outgoing(
        key=secrets.token_hex(8), subject_kind=SUBJECT, subject_id=row.id or 0, occurrence=f"{what}-{row.round}",
        channel=Channel.EMAIL, language=row.language, not_before=now, changed_at=now))


def remind(database: Database, now: datetime) -> int | None:
    """Writes the reminders that are due. Returns how many, None if none."""
    with database.writing() as session:
        due = faculty_queries.to_remind(session, now - REMIND_AFTER, now, AT_ONCE)
        for row in due:
            row.reminded_at = now
            _send(session, row, REMIND, now)
        return len(due) or None


class DisclosureLetters:
    """Composes the mail just before it leaves: the recheck that senders ask."""

    def __init__(self, platform: Platform, mail_from: str, provider: str) -> None:
        self._platform, self._provider = platform, provider
        self._name, self._address = parseaddr(mail_from)

    def recheck(self, session: Session, row: Outgoing, now: datetime) -> Go | Stop:
        """It may go unless it is too old, was answered or called off, or mail to the address is refused."""
        asked = session.get(CmeDisclosureRequest, row.subject_id)
        if asked is None or now - row.not_before > MAIL_LASTS or now >= asked.expires_at:
            return Stop("too-late")
        what, _, number = row.occurrence.partition("-")
        is_answered = faculty.gathered(session, [asked])[0].is_answered
        if asked.ended_at is not None or number != str(asked.round) or is_answered:
            return Stop("no-longer-asked")
        if channels.is_suppressed(session, asked.email):
            return Stop("suppressed")
        letter = self._letter(asked, self._heading(session, asked), REMINDER if what == REMIND else TITLE)
        return Go(asked.email, self._address, compile_template(letter).fill(
            to=asked.email, delivery_key=row.key, now=now, values={}))

    @staticmethod
    def _heading(session: Session, asked: CmeDisclosureRequest) -> str:
        newest = queries.newest(session, asked.activity_id)
        assert newest is not None
        file = versions.about(newest)
        return file.titles[language_in(file, by_tag(asked.language))]

    def _letter(self, asked: CmeDisclosureRequest, heading: str, subject: str) -> Letter:
        language, render = by_tag(asked.language), self._platform.renderer.render
        title = translations(language).gettext(subject)
        shown = {"title": title, "heading": heading, "name": asked.name, "provider": self._provider,
                 "link": f"{self._platform.base_url}/cme/disclose/{asked.code}",
                 "until": show_date(asked.expires_at.date(), language)}
        return Letter(sender_name=self._name, sender_address=self._address, subject=title,
                      text=render("cme/mail/disclosure/body.txt", language, **shown),
                      html=render("cme/mail/disclosure/body.html", language, **shown))
