"""Operators decide, and take back."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.core.errors import N_, Conflict, Invalid, NotFound, Refused
from webapp.people.queries import Account
from webapp.professionals import queries
from webapp.professionals.models import Verification
from webapp.professionals.rules.states import NOTE_LENGTH, OPEN, REASONS, Decider, Step
from webapp.professionals.service.recording import HELD, By, document_name, move

PUBLIC_REGISTER = "public-register"
CHOOSE = N_("Choose what you decide and why.")


@dataclass(frozen=True)
class Decision:
    """What an operator decided of the application of one round; `step` is verify, refuse or revoke, `reason` a code
    of that step, `note` words for other operators."""

    step: Step
    reason: str
    round: int
    note: str = ""


def decide(session: Session, key: str, operator: Account, decision: Decision, now: datetime) -> Verification:
    """Takes the step, as the operator's. NotFound; Invalid for a reason that is none of the step's; Refused about
    oneself; Conflict where the application is another one by now, or the number is verified elsewhere."""
    _check(decision)
    verification = queries.by_key(session, key, for_update=True)
    if verification is None:
        raise NotFound(N_("There is no such application."))
    if verification.account_id == operator.id:
        raise Refused(N_("Nobody decides about their own application. Ask another operator."))
    if verification.round != decision.round:
        raise Conflict(N_("The application has changed meanwhile. Look at it again."))
    move(session, verification, decision.step, By(
        Decider.OPERATOR, operator.id, decision.reason, _evidence(session, verification, decision),
        " ".join(decision.note.split())), now)
    return verification


def _check(decision: Decision) -> None:
    if decision.step not in (Step.VERIFY, Step.REFUSE, Step.REVOKE) or decision.reason not in REASONS[decision.step]:
        raise Invalid(CHOOSE)
    if len(decision.note) > NOTE_LENGTH:
        raise Invalid(N_("The note has more than 500 characters. Shorten it."))


def _evidence(session: Session, verification: Verification, decision: Decision) -> str:
    """What it rests on: the document that was there, or the public register. Nothing new where it is taken back."""
    if decision.step is Step.REVOKE:
        return ""
    document = queries.document_of(session, verification.id or 0)
    if decision.reason == "document-checked" and document is None:
        raise Invalid(N_("There is no document with this application."))
    others = queries.others_with(session, verification.scheme, verification.number, verification.account_id)
    if decision.step is Step.VERIFY and any(other.state in OPEN for other in others):
        raise Conflict(HELD)
    return document_name(document) if document and decision.reason.startswith("document") else PUBLIC_REGISTER
