"""Every SELECT on accounts and consents."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, exists, select, true
from sqlalchemy.orm import joinedload, lazyload
from sqlmodel import Session, col

from webapp.people.models import Account, Consent, ConsentEntry, Grant, Invitation, Passkey, SignIn
from webapp.people.rules import KEEPERS, SIGN_IN_LASTS, AccountKind, Channel, Purpose, Role


def account(session: Session, account_id: int) -> Account | None:
    """The account of that number."""
    return session.get(Account, account_id)


def account_by_email(session: Session, email: str) -> Account | None:
    """The account of an address in its normal form."""
    return session.scalar(select(Account).where(col(Account.email) == email))


def identities() -> Select[int, str, str]:
    """(account id, name, market) of every account, for others to join and compare with what they keep of a person."""
    return select(col(Account.id), col(Account.name), col(Account.market))


def account_with_roles(session: Session, column: str, value: object) -> Account | None:
    """The account with this value in a unique column, and its grants, in one statement that is made once: every request
    of somebody signed in begins with it. Passkeys are looked up when they are asked for."""
    found: Account | None = session.execute(_with_roles(column), {"value": value}).unique().scalar_one_or_none()
    return found


@cache
def _with_roles(column: str) -> Select[Account]:
    return (select(Account).where(col(getattr(Account, column)) == bindparam("value"))
            .options(joinedload(Account.grants), lazyload(Account.webauthn)))  # type: ignore[arg-type]


def has_grant(session: Session, account_id: int, role: Role, company_id: int | None) -> bool:
    """Whether the account holds the role within that company, or with None within none."""
    return session.scalar(select(col(Grant.id)).where(
        col(Grant.account_id) == account_id, col(Grant.role) == role,
        col(Grant.company_id).is_not_distinct_from(company_id)).limit(1)) is not None


_LIVE_SIGN_IN = select(SignIn).where(
    col(SignIn.key) == bindparam("key"), col(SignIn.account_id) == bindparam("account"),
    col(SignIn.created_at) > bindparam("after"))
"""Made once, as above."""


def live_sign_in(session: Session, account_id: int, key: str, now: datetime) -> SignIn | None:
    """The sign-in of that key, if it is this account's, was not ended and has not run out."""
    found: SignIn | None = session.scalar(_LIVE_SIGN_IN, {"key": key, "account": account_id,
                                                          "after": now - SIGN_IN_LASTS})
    return found


def sign_ins(session: Session, account_id: int, now: datetime) -> list[SignIn]:
    """Where an account is signed in, the newest first."""
    return list(session.scalars(select(SignIn).where(
        col(SignIn.account_id) == account_id, col(SignIn.created_at) > now - SIGN_IN_LASTS)
        .order_by(col(SignIn.seen_at).desc(), col(SignIn.id).desc())))


def all_sign_ins(session: Session, account_id: int) -> list[SignIn]:
    """Every sign-in that is noted of an account, those that have run out among them, the oldest first."""
    return list(session.scalars(select(SignIn).where(col(SignIn.account_id) == account_id).order_by(col(SignIn.id))))


def passkey(session: Session, credential_id: bytes) -> Passkey | None:
    """The passkey of that credential."""
    return session.scalar(select(Passkey).where(col(Passkey.credential_id) == credential_id))


def open_invitation(session: Session, key: str, now: datetime) -> Invitation | None:
    """The invitation of that key, if it may still be used."""
    return session.scalar(select(Invitation).where(
        col(Invitation.key) == key, col(Invitation.used_at).is_(None), col(Invitation.expires_at) > now))


def invitation_by_key(session: Session, key: str) -> Invitation:
    """The invitation of that key, used or not; it is there."""
    return session.execute(select(Invitation).where(col(Invitation.key) == key)).scalar_one()


def seats(session: Session, company_ids: Collection[int]) -> list[tuple[Account, Grant]]:
    """Who works for these companies, and as what, by name."""
    rows = session.execute(
        select(Account, Grant).join(Grant, col(Grant.account_id) == col(Account.id))
        .where(col(Grant.company_id).in_(list(company_ids))).order_by(col(Account.name), col(Account.id)))
    return [(row[0], row[1]) for row in rows]


def account_by_key(session: Session, key: str) -> Account | None:
    """The account of that public name."""
    return session.scalar(select(Account).where(col(Account.key) == key))


def companies_held(session: Session, account_id: int, role: Role) -> set[int]:
    """Companies within which the account holds the role."""
    return {row for row in session.scalars(select(col(Grant.company_id)).where(
        col(Grant.account_id) == account_id, col(Grant.role) == str(role))) if row is not None}


def sole_grants(session: Session, account_id: int, *, for_update: bool = False) -> list[Grant]:
    """What the account holds of the roles that must not be left without a holder, and no other account in use does.

    `for_update`: of two who leave at once, the second sees that the first has left (SQLite has one writer anyway).
    """
    asked = (select(Grant, col(Account.active)).join(Account, col(Account.id) == col(Grant.account_id))
             .where(col(Grant.role).in_(KEEPERS)).order_by(col(Grant.id)))
    rows = [(row[0], row[1]) for row in session.execute(asked.with_for_update(of=Grant) if for_update else asked)]
    others = {(grant.role, grant.company_id) for grant, is_active in rows
              if is_active and grant.account_id != account_id}
    return [grant for grant, _ in rows
            if grant.account_id == account_id and (grant.role, grant.company_id) not in others]


def invitations_by(session: Session, account_id: int) -> list[Invitation]:
    """Whom an account invited, the oldest first."""
    return list(session.scalars(select(Invitation).where(col(Invitation.invited_by) == account_id)
                                .order_by(col(Invitation.id))))


def invitations_to(session: Session, email: str) -> list[Invitation]:
    """What was offered to an address, the oldest first."""
    return list(session.scalars(select(Invitation).where(col(Invitation.email) == email)
                                .order_by(col(Invitation.id))))


def has_verified_identities(session: Session, name: str) -> bool:
    """Whether somebody of that printed name saw proof of another's identity."""
    return bool(name) and session.scalar(
        select(exists().where(col(Account.identity_verified_by) == name))) is True


def consents(session: Session, account_id: int) -> list[Consent]:
    """The current state of every consent that an account was asked for."""
    return list(session.scalars(select(Consent).where(col(Consent.account_id) == account_id)
                                .order_by(col(Consent.company_id), col(Consent.purpose), col(Consent.channel))))


def ledger(session: Session, account_id: int) -> list[ConsentEntry]:
    """An account's lines of the ledger, the oldest first."""
    return list(session.scalars(select(ConsentEntry).where(col(ConsentEntry.account_id) == account_id)
                                .order_by(col(ConsentEntry.id))))


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
