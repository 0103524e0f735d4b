"""Mails about accounts, composed by the worker just before they leave: the recheck that senders ask."""

from datetime import date, datetime
from email.utils import parseaddr

from sqlmodel import Session

from webapp.channels import queries as channels
from webapp.channels.message import Letter, compile_template
from webapp.channels.service.sending import Go, Outgoing, Stop
from webapp.core.languages import by_tag
from webapp.core.platform import Platform
from webapp.core.render import show_date, translations
from webapp.people import queries, service
from webapp.people.rules import MAIL_WORDS, MailName


class AccountLetters:
    """Answers to what one person did: no unsubscribe header and no advertising mark."""

    def __init__(self, platform: Platform, mail_from: str) -> None:
        self._platform = platform
        self._name, self._address = parseaddr(mail_from)

    def recheck(self, session: Session, row: Outgoing, now: datetime) -> Go | Stop:
        """Whether the mail may still go: its link must be good, its account in use, its address not suppressed."""
        if not row.values:
            return Stop("erased")
        said = service.unsealed(self._platform.ring, row) if "sealed" in row.values else row.values
        if "until" in said and said["until"] <= now.timestamp():
            return Stop("link-ended")
        account = queries.account(session, row.account_id) if row.account_id else None
        if row.account_id and (account is None or not account.active):
            return Stop("no-account")
        if channels.is_suppressed(session, row.address):
            return Stop("suppressed")
        letter = self.letter(MailName(said["mail"]), row.language, said["path"], said.get("reason", ""),
                             said.get("day", ""))
        return Go(row.address, self._address, compile_template(letter).fill(
            to=row.address, delivery_key=row.key, now=now, values={}))

    def letter(self, mail: MailName, tag: str, path: str, reason: str = "", day: str = "") -> Letter:
        """The mail's words in a language, with its link if it has one, and why and until which day if it says so."""
        language, words = by_tag(tag), MAIL_WORDS[mail]
        render = self._platform.renderer.render
        context = {"words": words, "url": f"{self._platform.base_url}{path}" if path else "",
                   "reason": reason, "day": show_date(date.fromisoformat(day), language) if day else ""}
        return Letter(
            sender_name=self._name, sender_address=self._address, subject=translations(language).gettext(words.subject),
            text=render("people/mail/account/body.txt", language, **context),
            html=render("people/mail/account/body.html", language, **context))
