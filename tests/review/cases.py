"""What the tests of cases share."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from tests.builders import EVERY_SENTENCE, NOW, PASSWORD
from webapp.core.subject import Subject
from webapp.people.models import Account
from webapp.review import service
from webapp.review.models import Dossier, Signature
from webapp.review.rules import Meaning, ReviewRole, pemat
from webapp.review.service import NewDossier

ARTICLE = Subject("article", 1)
EVERY_ITEM = {f"item-{item.number}": "agree" for item in pemat.ITEMS}
"""A checklist in which all is agreed to, as a form sends it."""
BODY = "<h2>In short</h2><p>It heals by itself. Rest for a day, and drink water.</p>"


def submit(session: Session, digest: str = "a" * 64, *, now: datetime = NOW, **given: Any) -> Dossier:
    """Hands in a dossier; what is not given is the usual."""
    usual: dict[str, Any] = {
        "subject": ARTICLE, "title": "A piece", "author_ids": (), "route": "promotional", "markets": ("us",),
        "audience": "patient", "source": "## In short\n\nIt heals by itself.", "body_html": BODY, "link": "/"}
    return service.submit(session, NewDossier(digest=digest, **{**usual, **given}), now)


def sign(session: Session, dossier: Dossier, account: Account, role: ReviewRole, meaning: Meaning = Meaning.APPROVAL,
         now: datetime = NOW, reason: str = "") -> Signature:
    """Signs as the account's owner, who shows the password."""
    return service.sign(session, dossier, service.identify(account, PASSWORD), role=role, meaning=meaning,
                        digest=dossier.digest, now=now, reason=reason,
                        attested=EVERY_SENTENCE)
