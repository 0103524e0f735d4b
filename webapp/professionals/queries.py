"""Every SELECT on registry entries and verifications."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Row, Select, and_, case, cast, exists, func, literal, or_, select
from sqlmodel import Session, col

from webapp.people.queries import identities, in_use
from webapp.professionals.models import (
    RegistryEntry,
    RegistryImport,
    Verification,
    VerificationDocument,
    VerificationEvent,
)
from webapp.professionals.rules.schemes import NPI
from webapp.professionals.rules.states import (
    APPLICATIONS,
    LOOK_UP_AGAIN,
    OPEN,
    REMIND_DAYS,
    WAITING,
    Decider,
    State,
    Step,
)

PAGE = 50
"""Rows of one list on the operators' page."""


# Registry


def registry_entry(session: Session, number: int) -> RegistryEntry | None:
    """What the imported register holds of a number."""
    return session.get(RegistryEntry, number)


def has_registry(session: Session) -> bool:
    """Whether any register was imported."""
    return session.scalar(select(col(RegistryEntry.npi)).limit(1)) is not None


def registry_import(session: Session, file: str) -> RegistryImport | None:
    """How far the import of a file came."""
    return session.get(RegistryImport, file)


# One verification


def of_account(session: Session, account_id: int, *, for_update: bool = False) -> Verification | None:
    """The account's verification; `for_update` keeps others from it (PostgreSQL; SQLite has one writer anyway), and
    reads it anew: what the session knows of it may be older than the lock."""
    asked = select(Verification).where(col(Verification.account_id) == account_id)
    return session.scalar(_locked(asked) if for_update else asked)


def by_key(session: Session, key: str, *, for_update: bool = False) -> Verification | None:
    """The verification of a key; `for_update` as above."""
    asked = select(Verification).where(col(Verification.key) == key)
    return session.scalar(_locked(asked) if for_update else asked)


def _locked(asked: Select[Verification]) -> Select[Verification]:
    return asked.with_for_update().execution_options(populate_existing=True)


def document_of(session: Session, verification_id: int) -> VerificationDocument | None:
    """The document of a verification, while it is kept."""
    return session.scalar(select(VerificationDocument).where(
        col(VerificationDocument.verification_id) == verification_id))


def document_by_key(session: Session, key: str) -> VerificationDocument | None:
    """The document of a key, while it is kept."""
    return session.scalar(select(VerificationDocument).where(col(VerificationDocument.key) == key))


def events(session: Session, verification_id: int) -> Sequence[VerificationEvent]:
    """Everything that happened to a verification, oldest first."""
    return session.scalars(select(VerificationEvent).where(
        col(VerificationEvent.verification_id) == verification_id).order_by(col(VerificationEvent.id))).all()


def steps_taken_by(session: Session, account_id: int) -> Sequence[VerificationEvent]:
    """What an operator did with other accounts' applications, oldest first."""
    return session.scalars(select(VerificationEvent).where(
        col(VerificationEvent.account_id) == account_id, col(VerificationEvent.decider) == Decider.OPERATOR)
        .order_by(col(VerificationEvent.id))).all()


def applications_since(session: Session, verification_id: int, since: datetime) -> int:
    """How often its account applied since then."""
    return session.scalar(select(func.count()).select_from(VerificationEvent).where(
        col(VerificationEvent.verification_id) == verification_id, col(VerificationEvent.step).in_(APPLICATIONS),
        col(VerificationEvent.at) > since)) or 0


def was_turned_down(session: Session, verification_id: int, since: datetime | None = None) -> bool:
    """Whether anybody refused or revoked it, ever or since then: after that only a person verifies it."""
    when = () if since is None else (col(VerificationEvent.at) > since,)
    return session.scalar(select(exists().where(
        col(VerificationEvent.verification_id) == verification_id,
        col(VerificationEvent.step).in_((Step.REFUSE, Step.REVOKE)), *when))) or False


def others_with(session: Session, scheme: str, number: str, account_id: int) -> Sequence[Verification]:
    """Other accounts' claims to a number that still count; a refused one does not."""
    return session.scalars(select(Verification).where(
        col(Verification.scheme) == scheme, col(Verification.number) == number,
        col(Verification.account_id) != account_id, col(Verification.state) != State.REFUSED)
        .order_by(col(Verification.applied_at))).all()


# Lists


def queue(session: Session, page: int = 1) -> Sequence[Verification]:
    """Applications that wait, the oldest first."""
    return session.scalars(select(Verification).where(col(Verification.state).in_(WAITING))
                           .order_by(col(Verification.applied_at), col(Verification.id))
                           .offset((page - 1) * PAGE).limit(PAGE)).all()


def waiting(session: Session) -> int:
    """How many applications wait."""
    return session.scalar(select(func.count()).select_from(Verification)
                          .where(col(Verification.state).in_(WAITING))) or 0


def decided(session: Session) -> Sequence[Verification]:
    """What was decided last."""
    return session.scalars(select(Verification).where(col(Verification.state).not_in(WAITING))
                           .order_by(col(Verification.decided_at).desc(), col(Verification.id).desc())
                           .limit(PAGE)).all()


def claims_to(session: Session, number: str) -> Sequence[Verification]:
    """Every verification with this number, in its normal form."""
    return session.scalars(select(Verification).where(col(Verification.number) == number)
                           .order_by(col(Verification.applied_at)).limit(PAGE)).all()


def verified() -> Select[int, str, str]:
    """(account id, market, specialty) of the verified, for others to join: campaigns choose and reports count by it."""
    return select(col(Verification.account_id), col(Verification.market), col(Verification.specialty)).where(
        col(Verification.state).in_(OPEN))


# Timed work


def to_look_up(session: Session, now: datetime, limit: int) -> Sequence[Verification]:
    """Applications that a registry may decide and has not been asked about lately."""
    turned_down = exists().where(col(VerificationEvent.verification_id) == col(Verification.id),
                                 col(VerificationEvent.step).in_((Step.REFUSE, Step.REVOKE)))
    return session.scalars(select(Verification).where(
        col(Verification.state).in_(WAITING), col(Verification.scheme) == NPI.id,
        col(Verification.is_held).is_(False), ~turned_down,
        or_(col(Verification.looked_up_at).is_(None), col(Verification.looked_up_at) <= now - LOOK_UP_AGAIN))
        .order_by(col(Verification.applied_at)).limit(limit)).all()


def to_lapse(session: Session, now: datetime, limit: int) -> Sequence[Row[int, str]]:
    """(verification id, reason's code) of the verified whose year is over, whose account has another name or market
    now, or whose number the register has ended."""
    people = identities().subquery()
    account_id, name, market = people.c
    number = case((and_(col(Verification.scheme) == NPI.id, col(Verification.state).in_(OPEN)),
                   cast(col(Verification.number), BigInteger)))  # no other number is known to be one
    why = case((name != col(Verification.account_name), "name-changed"),
               (market != col(Verification.market), "market-changed"),
               (col(RegistryEntry.is_deactivated).is_(True), "not-active"),
               (col(Verification.next_due) <= now, "year-over"), else_=literal(""))
    return session.execute(
        select(col(Verification.id), why).join(people, account_id == col(Verification.account_id))
        .outerjoin(RegistryEntry, col(RegistryEntry.npi) == number)
        .where(col(Verification.state).in_(OPEN), why != "").order_by(col(Verification.id))
        .limit(limit)).all()


def changed_identity(session: Session, account_id: int) -> str:
    """Code of what differs between an account and the verification it has: its name or its market; empty if neither."""
    people = identities().subquery()
    number, name, market = people.c
    why = case((name != col(Verification.account_name), "name-changed"),
               (market != col(Verification.market), "market-changed"), else_=literal(""))
    return session.scalar(select(why).join(people, number == col(Verification.account_id))
                          .where(col(Verification.account_id) == account_id)) or ""


def to_remind(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """Numbers of the verified, of accounts in use, that fall due within so many days and were not reminded for as few;
    see `rules.states.reminder_due`."""
    soon = or_(*(and_(col(Verification.next_due) <= now + timedelta(days=days),
                      or_(col(Verification.reminded_days).is_(None), col(Verification.reminded_days) > days))
                 for days in REMIND_DAYS))
    return [number for number in session.scalars(
        select(col(Verification.id)).where(
            col(Verification.state) == State.VERIFIED, col(Verification.next_due) > now, soon,
            col(Verification.account_id).in_(in_use()))
        .order_by(col(Verification.next_due), col(Verification.id)).limit(limit)) if number is not None]


def documents_to_delete(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """Numbers of the documents whose time has come."""
    return [number for number in session.scalars(
        select(col(VerificationDocument.id)).where(col(VerificationDocument.delete_after) <= now).limit(limit))
        if number is not None]
