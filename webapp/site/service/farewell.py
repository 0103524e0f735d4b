"""The last mail to somebody who was erased. Its row names no account, its address is sealed, and once the mail is
settled the row goes."""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
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
from webapp.core.errors import N_
from webapp.core.languages import by_tag
from webapp.core.platform import Platform
from webapp.core.render import translations
from webapp.core.sealing import seal, unseal
from webapp.core.tokens import KeyRing
from webapp.site.rules import FAREWELL_LASTS

SUBJECT = "erasure"
"""Kind of subject of these mails."""
TITLE = N_("Your account was erased")


def write(session: Session, ring: KeyRing, address: str, language: str, kept: Sequence[str], now: datetime) -> None:
    """Puts the mail into the outbox."""
    occurrence = secrets.token_hex(8)
    secret = json.dumps({"address": address, "kept": list(kept)}).encode()
    outbox.add_one(session, Outgoing(
        key=secrets.token_hex(8), subject_kind=SUBJECT, subject_id=0, occurrence=occurrence, channel=Channel.EMAIL,
        language=language, values={"sealed": b64encode(seal(ring, secret, about=f"mail {occurrence}")).decode()},
        not_before=now, changed_at=now))


def forget(session: Session, now: datetime) -> int:
    """Deletes the rows of mails that are settled or too old; returns how many."""
    return outbox.forget_kind(session, SUBJECT, now - FAREWELL_LASTS)


class FarewellLetters:
    """Composes the mail just before it leaves: the recheck that senders ask."""

    def __init__(self, platform: Platform, mail_from: str) -> None:
        self._platform = platform
        self._name, self._address = parseaddr(mail_from)

    def recheck(self, session: Session, row: Outgoing, now: datetime) -> Go | Stop:
        """It may go unless it is too old, or mail to the address is refused."""
        if now - row.not_before > FAREWELL_LASTS:
            return Stop("too-late")
        said: dict[str, Any] = json.loads(
            unseal(self._platform.ring, b64decode(row.values["sealed"]), about=f"mail {row.occurrence}"))
        if channels.is_suppressed(session, said["address"]):
            return Stop("suppressed")
        letter = self._letter(row.language, said["kept"])
        return Go(said["address"], self._address, compile_template(letter).fill(
            to=said["address"], delivery_key=row.key, now=now, values={}))

    def _letter(self, tag: str, kept: Sequence[str]) -> Letter:
        language, render = by_tag(tag), self._platform.renderer.render
        return Letter(
            sender_name=self._name, sender_address=self._address, subject=translations(language).gettext(TITLE),
            text=render("site/mail/erased/body.txt", language, title=TITLE, kept=kept),
            html=render("site/mail/erased/body.html", language, title=TITLE, kept=kept))
