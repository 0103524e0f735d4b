"""The mail that tells a desk of a case, composed just before it leaves. It names nobody: the page behind its link does.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr

from sqlmodel import Session

from webapp.channels import queries as channels
from webapp.channels.message import Letter, compile_template
from webapp.channels.rules import Channel
from webapp.channels.service import outbox
from webapp.channels.service.outbox import Outgoing
from webapp.channels.service.sending import Go, Stop
from webapp.core.errors import N_
from webapp.core.languages import ENGLISH, LANGUAGES, Language, by_tag
from webapp.core.platform import Platform
from webapp.core.render import translations
from webapp.core.subject import Subject
from webapp.safety import queries
from webapp.safety.models import SafetyDesk, SafetyHandOver
from webapp.safety.rules import IN_USE
from webapp.safety.rules.hand_over import State
from webapp.safety.service.naming import namer
from webapp.safety.service.receiving import number_of

HAND_OVER = "safety-hand-over"
"""Kind of subject of these mails."""
TITLE = N_("Report of a side effect: %(number)s")


def path_of(row: SafetyHandOver) -> str:
    """Where the desk reads and acknowledges it."""
    return f"/handed-over/{row.code}"


def write(session: Session, row: SafetyHandOver, desk: SafetyDesk, language: Language, now: datetime) -> None:
    """Puts the mail of the present attempt into the outbox; IntegrityError if it is there."""
    outbox.add_one(session, Outgoing(
        key=secrets.token_hex(8), subject_kind=HAND_OVER, subject_id=row.id or 0, occurrence=occurrence(row),
        channel=Channel.EMAIL, address=desk.address, language=language.tag, not_before=now, changed_at=now))


def written(session: Session, row: SafetyHandOver) -> Outgoing | None:
    """The mail of the present attempt."""
    return channels.delivery(session, Subject(HAND_OVER, row.id or 0), occurrence(row))


def occurrence(row: SafetyHandOver) -> str:
    """The name of the present attempt."""
    return f"attempt-{row.attempts}"


def language_of(market: str, homes: Mapping[str, str]) -> Language:
    """The language whose home market a desk is in, else English."""
    return next((language for language in LANGUAGES if homes.get(language.url) == market), ENGLISH)


class HandOverLetters:
    """Composes the mail: the recheck that senders ask."""

    def __init__(self, platform: Platform, mail_from: str) -> None:
        self._platform = platform
        self._name, self._address = parseaddr(mail_from)

    def recheck(self, session: Session, row: Outgoing, now: datetime) -> Go | Stop:
        """It may go unless somebody acknowledged meanwhile, an officer closed the case, or the desk takes none."""
        made = session.get_one(SafetyHandOver, row.subject_id)
        case, desk = queries.case_numbered(session, made.case_id), queries.desk_of(session, made.desk_id)
        if made.state == State.ACKNOWLEDGED:
            return Stop("acknowledged")
        if case.state not in IN_USE or case.desk_id != made.desk_id:
            return Stop("not-in-use")
        if not desk.is_open:
            return Stop("desk-closed")
        if channels.is_suppressed(session, row.address):
            return Stop("suppressed")
        language = by_tag(row.language)
        product = namer(session, language)(desk.product)
        letter = self._letter(language, {
            "number": number_of(case), "product": product, "received_at": case.received_at,
            "is_follow_up": queries.is_handed_over_before(session, made),
            "url": f"{self._platform.base_url}{path_of(made)}"})
        return Go(row.address, self._address, compile_template(letter).fill(
            to=row.address, delivery_key=row.key, now=now, values={}))

    def _letter(self, language: Language, told: Mapping[str, object]) -> Letter:
        render, title = self._platform.renderer.render, translations(language).gettext(TITLE) % told
        return Letter(sender_name=self._name, sender_address=self._address, subject=title,
                      text=render("safety/mail/hand-over/body.txt", language, title=title, **told),
                      html=render("safety/mail/hand-over/body.html", language, title=title, **told))
