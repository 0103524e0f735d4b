"""The checklist of how easy a piece is to understand and to act on: ticked by medical reviewers, kept with the version.

It is advice, and blocks nothing: what is not ticked, or scores low, is shown wherever somebody signs or certifies.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid, Refused
from webapp.people import queries as people
from webapp.people.queries import Account
from webapp.review import queries
from webapp.review.models import Checklist, Dossier
from webapp.review.rules import ReviewRole, pemat
from webapp.review.service import hold, standing, subject
from webapp.review.service.discussing import check_part

ROUTES = ("promotional", "full", "translation")
"""On which it is asked for: the others look at no text of their own, or at none for patients."""


def is_asked(dossier: Dossier) -> bool:
    """Whether it is asked for: of what patients read."""
    return dossier.audience == "patient" and dossier.route in ROUTES and bool(dossier.body_html)


def may_tick(session: Session, dossier: Dossier, account: Account, now: datetime) -> bool:
    """Whether somebody may tick it now: the medical reviewers who may take part, as long as somebody is waited for."""
    return (is_asked(dossier) and ReviewRole.MEDICAL in standing.review_roles(account)
            and account.id not in dossier.author_ids and standing.standing_of(session, dossier).is_open(now))


def tick(session: Session, dossier: Dossier, account: Account, given: Mapping[str, str], now: datetime) -> Checklist:
    """Keeps what a medical reviewer ticked; earlier lists stay, and the newest counts. Invalid unless every item is
    answered; Conflict once nobody is waited for."""
    check_part(dossier, account)
    if not is_asked(dossier) or ReviewRole.MEDICAL not in standing.review_roles(account):
        raise Refused(N_("Only medical reviewers tick this, and only of what patients read."))
    answers, why = pemat.read(given)
    if why is not None:
        raise Invalid(why)
    hold(session, queries.subject_of(dossier), now)
    if not standing.standing_of(session, dossier).is_open(now):
        raise Conflict(N_("Nobody is waited for any more: the checklist stays as it was signed."))
    made = Checklist(dossier_id=dossier.id or 0, account_id=account.id or 0, answers=answers, at=now)
    session.add(made)
    session.flush()
    scores = [f"{pemat.score(items, answers).points}/{pemat.score(items, answers).possible}"
              for items in (pemat.UNDERSTANDABILITY, pemat.ACTIONABILITY)]
    audit.record(session, By(account.id or 0, now), "checklist-ticked", subject(dossier), " ".join(scores))
    return made


def shown(session: Session, dossier: Dossier) -> dict[str, Any] | None:
    """What pages and certificates tell of it; None where it is not asked for."""
    if not is_asked(dossier):
        return None
    newest = queries.checklist(session, dossier.id or 0)
    if newest is None:
        return {"is_ticked": False, "answers": {}, "scores": []}
    person = people.account(session, newest.account_id)
    scores = [(name, pemat.score(items, newest.answers)) for name, items in (
        (N_("Understandable"), pemat.UNDERSTANDABILITY), (N_("Actionable"), pemat.ACTIONABILITY))]
    return {"is_ticked": True, "answers": newest.answers, "scores": scores, "at": newest.at,
            "by": person.name if person else ""}
