"""A person applies, and a registry may decide at once."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session

from webapp.core.errors import N_, Conflict, Invalid
from webapp.people.queries import Account
from webapp.professionals import queries
from webapp.professionals.models import Verification, VerificationDocument
from webapp.professionals.rules.application import Application
from webapp.professionals.rules.names import Name, fold
from webapp.professionals.rules.registry import Answer, Finding
from webapp.professionals.rules.schemes import BY_ID, Check
from webapp.professionals.rules.states import APPLICATIONS_A_DAY, WAITING, Decider, State, Step, may_renew
from webapp.professionals.service import documents
from webapp.professionals.service.documents import Upload
from webapp.professionals.service.lookup import TableRegistry, ask
from webapp.professionals.service.recording import By, document_name, move

NO_DOCUMENT = N_("Add your certificate as a PDF, PNG or JPEG file of at most 3 MB.")


def find(session: Session, application: Application) -> Finding:
    """What the imported register says; call it before the transaction. A look-up service is asked by a job alone, so
    that one that hangs keeps no reader waiting."""
    if application.scheme.check is not Check.REGISTRY:
        return Finding(Answer.NOT_ASKED)
    return ask(TableRegistry(session), application)


def needs_document(session: Session, account_id: int, application: Application) -> bool:
    """Whether the application must bring a document: its scheme asks for one, and none waits undecided already."""
    if application.scheme.check is not Check.DOCUMENT:
        return False
    verification = queries.of_account(session, account_id)
    return verification is None or _undecided_document(session, verification) is None


def apply(session: Session, account: Account, application: Application, finding: Finding, upload: Upload | None,
          now: datetime) -> Verification:
    """Takes an application, a first one or a changed one: a verified account is without the role until it is decided.
    The same one, sent shortly before it falls due, is a renewal, and the role stays until then.

    Verified at once if a registry's entry matches, no other account claims the number and nobody was ever turned down
    here. Conflict after too many in a day, Invalid without a document where the scheme asks for one.
    """
    assert account.id is not None
    if upload is None and needs_document(session, account.id, application):
        raise Invalid(NO_DOCUMENT)
    _lock_number(session, application)
    verification = (queries.of_account(session, account.id, for_update=True)
                    or _new(session, account.id, application, now))
    _check_haste(session, verification, now)
    step = Step.REAPPLY if is_renewal(verification, application, now) else Step.APPLY
    _fill(verification, application, finding, now)
    verification.is_held = bool(queries.others_with(session, verification.scheme, verification.number, account.id))
    document = (documents.store(session, verification, upload, now) if upload
                else _undecided_document(session, verification))
    move(session, verification, step, By(
        Decider.PERSON, account.id, evidence=document_name(document) if document else ""), now)
    verify_if_matched(session, verification, finding, now)
    return verification


def is_renewal(verification: Verification, application: Application, now: datetime) -> bool:
    """Whether the application asks for no more than that what is verified, and falls due soon, goes on: the same
    number, scheme, market and name; case and accents do not count. What else changed is no other person."""
    def same(given: str, family: str) -> bool:
        return (fold(given), fold(family)) == (fold(application.name.given), fold(application.name.family))

    return (may_renew(State(verification.state), verification.next_due, now)
            and (verification.scheme, verification.market, verification.number) == (
                application.scheme.id, application.scheme.market, application.number)
            and same(verification.given_name, verification.family_name))


def verify_if_matched(session: Session, verification: Verification, finding: Finding, now: datetime) -> bool:
    """Verifies an application that waits on an exact match; anything else leaves it to a person."""
    assert verification.id is not None
    if finding.answer is not Answer.MATCHED or verification.is_held or verification.state not in WAITING:
        return False
    if queries.was_turned_down(session, verification.id) or queries.others_with(
            session, verification.scheme, verification.number, verification.account_id):
        return False
    move(session, verification, Step.VERIFY, By(Decider.REGISTRY, evidence=finding.source), now)
    return True


def application_of(verification: Verification) -> Application:
    """The application as it stands in a verification."""
    return Application(BY_ID[verification.scheme], verification.number,
                       Name(verification.given_name, verification.family_name), verification.region,
                       verification.specialty)


def note_finding(verification: Verification, finding: Finding, now: datetime) -> None:
    """Keeps what a registry said, for the operator."""
    verification.looked_up_at = None if finding.answer is Answer.NOT_ASKED else now
    verification.finding = ":".join(filter(None, (finding.answer, finding.reason)))


def _new(session: Session, account_id: int, application: Application, now: datetime) -> Verification:
    made = Verification(account_id=account_id, scheme=application.scheme.id, market=application.scheme.market,
                        number=application.number, given_name="", family_name="", specialty="", state=State.PENDING,
                        round=0, applied_at=now)
    session.add(made)
    session.flush()
    return made


def _fill(verification: Verification, application: Application, finding: Finding, now: datetime) -> None:
    verification.scheme, verification.market = application.scheme.id, application.scheme.market
    verification.number, verification.region = application.number, application.region
    verification.given_name, verification.family_name = application.name.given, application.name.family
    verification.specialty = application.specialty
    verification.round += 1
    verification.applied_at = now
    verification.decided_at = verification.decided_by = None
    verification.reason = verification.note = verification.evidence_kind = ""
    note_finding(verification, finding, now)


def _undecided_document(session: Session, verification: Verification) -> VerificationDocument | None:
    document = queries.document_of(session, verification.id or 0)
    return document if document is not None and document.delete_after is None else None


def _check_haste(session: Session, verification: Verification, now: datetime) -> None:
    since = now - timedelta(days=1)
    if queries.applications_since(session, verification.id or 0, since) >= APPLICATIONS_A_DAY:
        raise Conflict(N_("You have applied five times within a day. Wait a day, or wait for the answer."))


def _lock_number(session: Session, application: Application) -> None:
    """So that of two who claim a number at once, the second sees the first. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        claim = f"{application.scheme.id}:{application.number}"
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(claim, 0))))
