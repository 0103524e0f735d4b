"""Every SELECT on accounts and consents."""

from collections.abc import Collection
from functools import cache

from sqlalchemy import Select, bindparam, exists, select, true
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col

from webapp.people.models import Account, Consent, Grant
from webapp.people.rules import AccountKind, Channel, Purpose, Role


def account(session: Session, account_id: int) -> Account | None:
    """The account of that number."""
    return session.get(Account, account_id)


def account_by_email(session: Session, email: str) -> Account | None:
    """The account of an address in its normal form."""
    return session.scalar(select(Account).where(col(Account.email) == email))


def account_with_roles(session: Session, column: str, value: object) -> Account | None:
    """The account with this value in a unique column, and its grants, in one statement that is made once: every request
    of somebody signed in begins with it."""
    found: Account | None = session.execute(_with_roles(column), {"value": value}).unique().scalar_one_or_none()
    return found


@cache
def _with_roles(column: str) -> Select[Account]:
    return (select(Account).where(col(getattr(Account, column)) == bindparam("value"))
            .options(joinedload(Account.grants)))  # type: ignore[arg-type]


def has_grant(session: Session, account_id: int, role: Role, company_id: int | None) -> bool:
    """Whether the account holds the role within that company, or with None within none."""
    return session.scalar(select(col(Grant.id)).where(
        col(Grant.account_id) == account_id, col(Grant.role) == role,
        col(Grant.company_id).is_not_distinct_from(company_id)).limit(1)) is not None


def contactable(purpose: Purpose, company_id: int, channel: Channel, *, kind: AccountKind,
                languages: Collection[str], market: str) -> Select[int, str, str]:
    """(account id, language, unsubscribe code) of those who may be written to now, for others to join and insert from.

    Consent to this purpose, company and channel is asked of the ledger's current state; accounts must be active. A
    professional must hold the role `hcp`, which verification gives: what an account says of itself is not enough.
    The account's number is the consent's own, whose index then gives its order.
    """
    is_verified = exists().where(col(Grant.account_id) == col(Consent.account_id), col(Grant.role) == str(Role.HCP))
    return (
        select(col(Consent.account_id), col(Account.language), col(Consent.code)).select_from(Consent)
        .join(Account, col(Account.id) == col(Consent.account_id))
        .where(col(Consent.purpose) == purpose, col(Consent.channel) == channel,
               col(Consent.company_id) == company_id, col(Consent.is_granted).is_(True),
               col(Account.active).is_(True), col(Account.kind) == kind, col(Account.market) == market,
               col(Account.language).in_(list(languages)), is_verified if kind is AccountKind.HCP else true()))


def granted(session: Session, account_id: int, purpose: Purpose) -> list[Consent]:
    """An account's standing consents to a purpose, whatever the company and channel."""
    return list(session.scalars(select(Consent).where(
        col(Consent.account_id) == account_id, col(Consent.purpose) == purpose, col(Consent.is_granted).is_(True))
        .order_by(col(Consent.company_id), col(Consent.channel))))


def consent(session: Session, account_id: int, purpose: Purpose, company_id: int, channel: Channel) -> Consent | None:
    """The current state of one consent; None if it was never asked."""
    return session.get(Consent, (account_id, purpose, channel, company_id))


def consent_by_code(session: Session, code: str) -> Consent | None:
    """The consent that an unsubscribe code opens."""
    return session.scalar(select(Consent).where(col(Consent.code) == code))
