"""The one place where a verification changes its state: with its event, its audit entry, and the role that hangs on
it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from webapp.core import audit
from webapp.core.errors import N_, Conflict
from webapp.people import queries as people
from webapp.people import service as people_service
from webapp.people.rules import MailName, Role
from webapp.professionals import queries
from webapp.professionals.models import Verification, VerificationDocument, VerificationEvent
from webapp.professionals.rules import states
from webapp.professionals.rules.states import APPLICATIONS, OPEN, WAITING, Decider, State, Step

HELD = N_("Another account is verified with this number. Decide about that one first.")

MAILS = {Step.VERIFY: MailName.VERIFIED, Step.REFUSE: MailName.REFUSED, Step.LAPSE: MailName.LAPSED,
         Step.REVOKE: MailName.REVOKED}
RENEWAL_MAILS = {Step.VERIFY: MailName.RENEWED, Step.RENEW: MailName.RENEWED, Step.REFUSE: MailName.NOT_RENEWED,
                 Step.LAPSE: MailName.LAPSED_WAITING, Step.REVOKE: MailName.REVOKED}
"""For those whose application to renew waited."""
STANDING = "/account/verification"


@dataclass(frozen=True)
class By:
    """Who takes a step, why, and on what evidence: codes and numbers alone."""

    decider: Decider
    account_id: int | None = None
    reason: str = ""
    evidence: str = ""
    note: str = ""


def move(session: Session, verification: Verification, step: Step, by: By, now: datetime) -> None:
    """Takes the step: state, event, and the role `hcp` with it. Conflict where it may not be taken from here."""
    before = State(verification.state)
    state = states.after(before, step)
    if state is None:
        raise Conflict(N_("This has been decided meanwhile. Look at it again."))
    due = states.due_after(before, step, verification.next_due, now)
    if due != verification.next_due:
        verification.next_due, verification.reminded_days = due, None
    verification.state = state
    if step not in APPLICATIONS:
        _note_decision(session, verification, by, now)
    add_event(session, verification, step, by, now)
    _write(session)
    acts = audit.By(str(by.decider) if by.account_id is None else by.account_id, now)
    if step not in APPLICATIONS:
        about = people_service.subject(verification.account_id)
        audit.record(session, acts, f"verification-{step}", about, by.reason)  # the note stays where it can be emptied
    if (before in OPEN) is not (state in OPEN):
        _change_role(session, verification, acts, is_given=state in OPEN)
    mail = (RENEWAL_MAILS if before is State.RENEWING else MAILS).get(step)
    if mail is not None and by.decider is not Decider.PERSON:
        tell(session, verification, mail, by.reason, now)


def tell(session: Session, verification: Verification, mail: MailName, reason: str, now: datetime) -> None:
    """Mails the person what was decided and why, or until when it holds; the operator's note stays on the page. Who
    erased the account gets another mail, and the yearly check that found nothing new writes none."""
    account = people.account(session, verification.account_id)
    if account is not None:
        people_service.tell(session, mail, account, path=STANDING, reason=states.reason_text(reason),
                            day=verification.next_due, now=now)


def add_event(session: Session, verification: Verification, step: str, by: By, now: datetime) -> None:
    """Appends a line to what happened."""
    session.add(VerificationEvent(
        verification_id=verification.id or 0, round=verification.round, step=step, state=verification.state,
        decider=by.decider, account_id=by.account_id, evidence=by.evidence, reason=by.reason, at=now))


def document_name(document: VerificationDocument) -> str:
    """How events name a document: by its key and the beginning of its digest."""
    return f"document:{document.key}:{document.sha256[:16]}"


def _note_decision(session: Session, verification: Verification, by: By, now: datetime) -> None:
    verification.decided_at, verification.decided_by = now, by.account_id
    verification.reason, verification.note = by.reason, by.note
    if by.evidence:
        verification.evidence_kind = by.evidence.partition(":")[0]
    document = queries.document_of(session, verification.id or 0)
    if document is not None and document.delete_after is None and verification.state not in WAITING:
        document.delete_after = now + states.EVIDENCE_KEPT


def _write(session: Session) -> None:
    """Flushes. The database itself lets a number be verified for one account alone."""
    try:
        session.flush()
    except IntegrityError as error:
        if "uq_verification_verified" in str(error) or "verification.number" in str(error):
            raise Conflict(HELD) from None
        raise


def _change_role(session: Session, verification: Verification, by: audit.By, *, is_given: bool) -> None:
    account = people.account(session, verification.account_id)
    assert account is not None
    if is_given:
        verification.account_name = account.name
        people_service.grant(session, account, Role.HCP, by=by)
    else:
        people_service.revoke(session, account, Role.HCP, by=by)
