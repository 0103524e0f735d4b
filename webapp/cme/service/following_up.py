"""Asks learners who meant to change their practice, once, by mail, what came of it. It is a part of the activity, told
before they answered, and can be refused for all times."""

import secrets
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from sqlmodel import Session

from webapp.channels import queries as channels
from webapp.channels.message import Letter, compile_template
from webapp.channels.rules import Channel
from webapp.channels.service import outbox
from webapp.channels.service.outbox import Outgoing
from webapp.channels.service.sending import Go, Stop
from webapp.cme import queries
from webapp.cme.models import CmeFollowUp, CmeNoFollowUp, CmeParticipation
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules.evaluation import BARRIERS, Change
from webapp.cme.rules.follow_up import AFTER, ASKED, CHANGES, LATEST, LINK_LASTS, MAIL_LASTS, FollowUpAnswer, counted
from webapp.cme.rules.tallies import What
from webapp.cme.service import evaluating, tallying, versions
from webapp.core.db import Database
from webapp.core.errors import N_, NotFound
from webapp.core.languages import by_tag
from webapp.core.platform import Platform
from webapp.core.render import translations
from webapp.people import queries as people

SUBJECT = "cme-follow-up"
"""Kind of subject of these mails."""
TITLE = N_("What came of what you learned?")
NOBODYS = N_("This link leads nowhere, or its time is over.")
MOST = 1_000
"""Mails that one run writes: our choice; the next run goes on, an hour later."""
AT_ONCE = 20
"""Of them, those that one transaction writes: each is some three rows."""


def ask(database: Database, now: datetime) -> int | None:
    """Writes the mails that are due. Returns how many, None if none. Cut off, the next run goes on."""
    with database.reading() as session:
        due = provider_queries.to_follow_up(session, Change.YES, now - LATEST, now - AFTER, MOST)
    for start in range(0, len(due), AT_ONCE):
        with database.writing() as session:
            for held in due[start:start + AT_ONCE]:
                ask_one(session, held, now)
    return len(due) or None


def ask_one(session: Session, held: CmeParticipation, now: datetime) -> CmeFollowUp:
    """Writes the mail to one learner."""
    row = CmeFollowUp(participation_id=held.id or 0, asked_at=now)
    session.add(row)
    session.flush()
    outbox.add_one(session, Outgoing(
        key=secrets.token_hex(8), subject_kind=SUBJECT, subject_id=row.id or 0, occurrence="ask",
        channel=Channel.EMAIL, account_id=held.account_id or 0, language=held.language, not_before=now, changed_at=now))
    tallying.count(session, held.version_id, (What.ASKED_LATER, ASKED))
    return row


def find(session: Session, code: str, now: datetime, *,
         for_update: bool = False) -> tuple[CmeFollowUp, CmeParticipation]:
    """Who is asked by that link. NotFound where it leads nowhere, its time is over, or the account was erased."""
    found = provider_queries.follow_up(session, code, for_update=for_update)
    if found is None or found[1].account_id is None or now - found[0].asked_at > LINK_LASTS:
        raise NotFound(NOBODYS)
    return found


def page(session: Session, code: str, now: datetime) -> dict[str, Any]:
    """What the page shows."""
    row, held = find(session, code, now)
    file = versions.about(queries.version(session, held.version_id))
    return {"code": code, "language_tag": held.language, "heading": file.titles[held.language],
            "is_answered": row.answered_at is not None, "changes": CHANGES, "barriers": BARRIERS}


def answer(session: Session, code: str, told: FollowUpAnswer, now: datetime) -> str | None:
    """Keeps an answer, once. What may tell of a side effect lands with the provider, without the learner: the key of
    that; None if there is none."""
    row, held = find(session, code, now, for_update=True)
    if row.answered_at is not None:
        return None
    row.answered_at, row.answers, row.words = now, told.kept, told.words
    tallying.count(session, held.version_id, *counted(row.answers))
    account = people.account(session, held.account_id or 0)
    return evaluating.hear(session, held, [told.words], market=account.market if account else "", now=now)


def stop(session: Session, code: str, now: datetime) -> None:
    """Asks this account no more, of any activity. Said again, nothing changes."""
    _, held = find(session, code, now, for_update=True)
    assert held.account_id is not None
    if session.get(CmeNoFollowUp, held.account_id) is None:
        session.add(CmeNoFollowUp(account_id=held.account_id, at=now))


class FollowUpLetters:
    """Composes the mail just before it leaves: the recheck that senders ask."""

    def __init__(self, platform: Platform, mail_from: str) -> None:
        self._platform = platform
        self._name, self._address = parseaddr(mail_from)

    def recheck(self, session: Session, row: Outgoing, now: datetime) -> Go | Stop:
        """It may go unless it is too old, was answered or refused, or the account is not to be written to."""
        asked = session.get(CmeFollowUp, row.subject_id)
        if asked is None or now - row.not_before > MAIL_LASTS:
            return Stop("too-late")
        account = people.account(session, row.account_id)
        if account is None or not account.active or account.confirmed_at is None:
            return Stop("no-account")
        if asked.answered_at is not None or session.get(CmeNoFollowUp, row.account_id) is not None:
            return Stop("no-longer-asked")
        if channels.is_suppressed(session, account.email):
            return Stop("suppressed")
        letter = self._letter(row.language, page(session, asked.code, now)["heading"], asked.code)
        return Go(account.email, self._address, compile_template(letter).fill(
            to=account.email, delivery_key=row.key, now=now, values={}))

    def _letter(self, tag: str, heading: str, code: str) -> Letter:
        language, render = by_tag(tag), self._platform.renderer.render
        title = translations(language).gettext(TITLE)
        link = f"{self._platform.base_url}/cme/follow-up/{code}"
        shown = {"title": title, "heading": heading, "link": link, "stop": f"{link}/stop"}
        return Letter(sender_name=self._name, sender_address=self._address, subject=title,
                      text=render("cme/mail/follow-up/body.txt", language, **shown),
                      html=render("cme/mail/follow-up/body.html", language, **shown))
