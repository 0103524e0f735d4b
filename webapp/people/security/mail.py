"""Flask-Security's mail class: it only adds a row to the outbox."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g
from flask_security import MailUtil

from webapp.core.clock import now
from webapp.people import guards, queries, service
from webapp.people.models import Account
from webapp.people.rules import MailName
from webapp.people.security import limits

LINKS = ("confirmation_link", "reset_link", "link")


class OutboxMail(MailUtil):
    """Written in the request's transaction; the worker composes and sends it."""

    def send_mail(self, template: str, subject: str, recipient: Any, sender: Any, body: str | None, html: str | None,
                  **kwargs: Any) -> None:
        """One row. More than a few mails an hour to one address are dropped in silence: the answer on the page must
        not tell, and the mailbox is not ours to fill."""
        account = kwargs.get("user")
        link = next((kwargs[name] for name in LINKS if kwargs.get(name)), "")
        if limits.may_write(str(recipient)):
            send(MailName(template), account, str(recipient), path=urlsplit(link).path)


def send(mail: MailName, account: Account | None, address: str, *, path: str = "") -> None:
    """Adds the mail, in the account's language."""
    known = None if account is None else queries.account(g.db, account.id or 0)
    language = known.language if known else getattr(guards.chosen_language(), "tag", "en")
    service.write(g.db, g.platform.ring, mail, known, address=address, language=language, path=path, now=now())


def tell_old_address(_: Flask, user: Account, old_email: str, **__: Any) -> None:
    """After a change of address: the old one is told, too."""
    send(MailName.EMAIL_CHANGED, user, old_email)
