"""Every SELECT on consents."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from webapp.consents.models import Consent, ConsentEntry
from webapp.consents.rules.purposes import CHANNELS, NOBODY, Purpose
from webapp.people import queries as people
from webapp.people.rules import AccountKind


def contactable(company_id: int, *, kind: AccountKind, languages: Collection[str],
                market: str) -> Select[int, str, str]:
    """(account id, language, code) of those whom the company may be let write to now, for others to join and insert
    from: `service.may` for mail, asked of all at once.

    The account's number is the consent's own, whose index then gives its order.
    """
    reachable = people.reachable(kind=kind, languages=languages, market=market).subquery()
    return (select(col(Consent.account_id), reachable.c.language, col(Consent.code)).select_from(Consent)
            .join(reachable, reachable.c.id == col(Consent.account_id))
            .where(col(Consent.purpose) == str(Purpose.COMPANY_MAIL),
                   col(Consent.channel) == str(CHANNELS[Purpose.COMPANY_MAIL]),
                   col(Consent.company_id) == company_id, col(Consent.is_granted).is_(True)))


def state(session: Session, account_id: int, purpose: Purpose, company_id: int = NOBODY) -> Consent | None:
    """The current state of one consent; None if it was never asked."""
    return session.get(Consent, (account_id, str(purpose), str(CHANNELS[purpose]), company_id), populate_existing=True)


def state_held(session: Session, account_id: int, purpose: Purpose, company_id: int) -> Consent:
    """The current state of a consent that is there; nobody else changes it until the transaction ends."""
    return session.scalars(select(Consent).where(
        col(Consent.account_id) == account_id, col(Consent.purpose) == str(purpose),
        col(Consent.channel) == str(CHANNELS[purpose]), col(Consent.company_id) == company_id)
        .with_for_update().execution_options(populate_existing=True)).one()


def states(session: Session, account_id: int) -> list[Consent]:
    """All consents of an account that were ever answered."""
    return list(session.scalars(select(Consent).where(col(Consent.account_id) == account_id)
                                .order_by(col(Consent.purpose), col(Consent.company_id))))


def granted(session: Session, account_id: int, purpose: Purpose) -> list[Consent]:
    """An account's standing consents to a purpose, whatever the company."""
    return [consent for consent in states(session, account_id) if consent.purpose == purpose and consent.is_granted]


def by_code(session: Session, code: str) -> Consent | None:
    """The consent to mail that a code opens; those of other purposes have codes that nobody is ever told."""
    return session.scalar(select(Consent).where(col(Consent.code) == code,
                                                col(Consent.purpose) == str(Purpose.COMPANY_MAIL)))


def held(connection: Connection, account_ids: Collection[int], purpose: Purpose) -> set[int]:
    """Which of these accounts consent to a purpose without a company, inside a writing transaction: nobody withdraws
    until it ends."""
    if not account_ids:
        return set()
    return set(connection.scalars(select(col(Consent.account_id)).where(
        col(Consent.account_id).in_(list(account_ids)), col(Consent.purpose) == str(purpose),
        col(Consent.company_id) == NOBODY, col(Consent.is_granted).is_(True)).with_for_update(read=True)))


def lines(session: Session, account_id: int) -> list[ConsentEntry]:
    """An account's part of the ledger, the newest line first."""
    return list(session.scalars(select(ConsentEntry).where(col(ConsentEntry.account_id) == account_id)
                                .order_by(col(ConsentEntry.id).desc())))


def outlived(before: datetime, limit: int) -> Select[int | None]:
    """Numbers of some lines that are proof of nothing any more since before this moment: they said no, or another line
    followed. A consent that stands keeps its line."""
    later = aliased(ConsentEntry)
    is_same = and_(*(getattr(later, name) == getattr(ConsentEntry, name)
                     for name in ("account_id", "purpose", "channel", "company_id")))
    is_followed = exists().where(is_same, col(later.id) > col(ConsentEntry.id), col(later.at) < before)
    return (select(col(ConsentEntry.id))
            .where(col(ConsentEntry.at) < before, or_(col(ConsentEntry.is_granted).is_(False), is_followed))
            .order_by(col(ConsentEntry.id)).limit(limit))  # the oldest first: a line goes with what followed it
