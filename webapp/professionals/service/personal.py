"""What this package holds of a person: handed out, or taken away."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from webapp.core.errors import N_
from webapp.professionals import queries
from webapp.professionals.models import Verification, VerificationDocument
from webapp.professionals.rules.states import Decider, State, Step
from webapp.professionals.service.recording import By, move

KEPT_VERIFICATION = N_(
    "That an account was verified as a professional, when and on what kind of evidence: without name and number, for "
    "six years: as proof.")
KEPT_DECISIONS = N_("That you decided about applications of professionals, by number, for six years: as proof.")


ENDS = {State.VERIFIED: Step.LAPSE, State.RENEWING: Step.LAPSE, State.PENDING: Step.REFUSE}
"""What ends each state; whoever renews has two things to end."""


def export_person(session: Session, account_id: int) -> dict[str, Any]:
    """Everything held of the account, ready for JSON; empty if it never applied or decided. A document is named, not
    included: the person has it."""
    told = {"round", "step", "state", "decider", "evidence", "reason", "at"}
    steps = queries.steps_taken_by(session, account_id)
    decisions = {"decisions_taken": [step.model_dump(mode="json", include=told) for step in steps]} if steps else {}
    verification = queries.of_account(session, account_id)
    if verification is None:
        return decisions
    assert verification.id is not None
    shown = verification.model_dump(mode="json", exclude={"id", "key", "account_id", "decided_by"})
    document = queries.document_of(session, verification.id)
    events = [event.model_dump(mode="json", include=told) for event in queries.events(session, verification.id)]
    return {**decisions, "verification": shown, "events": events, "document": document and document.model_dump(
        mode="json", include={"media_type", "size_bytes", "sha256", "uploaded_at", "delete_after"})}


def erase_person(session: Session, account_id: int, now: datetime) -> list[str]:
    """Ends the verification, deletes the document at once and empties every personal column; doing so again changes
    nothing. Returns what is kept, in sentences marked for the catalogue: that it was decided, for proof."""
    kept = [KEPT_DECISIONS] if queries.steps_taken_by(session, account_id) else []
    verification = queries.of_account(session, account_id, for_update=True)
    if verification is None:
        return kept
    while (step := ENDS.get(State(verification.state))) is not None:
        move(session, verification, step, By(Decider.PERSON, account_id, "erased"), now)
    session.execute(delete(VerificationDocument).where(
        col(VerificationDocument.verification_id) == verification.id))
    _empty(verification)
    session.flush()
    return [KEPT_VERIFICATION, *kept]


def _empty(verification: Verification) -> None:
    verification.number = f"erased-{verification.key}"
    verification.given_name = verification.family_name = verification.region = verification.specialty = ""
    verification.note = verification.account_name = verification.finding = ""
