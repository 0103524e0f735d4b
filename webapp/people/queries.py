"""Every SELECT on accounts."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, exists, inspect, or_, select, true
from sqlalchemy.orm import joinedload, lazyload
from sqlmodel import Session, col

from webapp.core.db import Prepared, as_read
from webapp.people.models import Account, Grant, Invitation, OrganisationLink, Passkey, SignIn
from webapp.people.rules import KEEPERS, SIGN_IN_LASTS, SIGN_IN_RESTS, AccountKind, Browser, Role


def account(session: Session, account_id: int) -> Account | None:
    """The account of that number."""
    return session.get(Account, account_id)


def account_by_email(session: Session, email: str) -> Account | None:
    """The account of an address in its normal form."""
    return session.scalar(select(Account).where(col(Account.email) == email))


def identities() -> Select[int, str, str]:
    """(account id, name, market) of every account, for others to join and compare with what they keep of a person."""
    return select(col(Account.id), col(Account.name), col(Account.market))


def in_use() -> Select[int | None]:
    """Numbers of the accounts that are neither blocked nor erased, for others to choose from."""
    return select(col(Account.id)).where(col(Account.active).is_(True))


def fictional() -> Select[int | None]:
    """Numbers of the accounts that are nobody's: of a sample world."""
    return select(col(Account.id)).where(col(Account.is_fictional).is_(True))


def open_to_mail() -> Select[int | None]:
    """Numbers of accounts that are in use and whose address was shown to be theirs."""
    return in_use().where(col(Account.confirmed_at).is_not(None))


def account_with_roles(session: Session, column: str, value: object) -> Account | None:
    """The account with this value in a unique column, and its grants, in one statement that is made once. Passkeys are
    looked up when they are asked for."""
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


def operators(session: Session) -> set[int]:
    """Numbers of the accounts in use that hold the role operator. Nobody else can change that until the transaction
    ends: two operators who take it from each other at once would leave none."""
    return set(session.scalars(
        select(col(Grant.account_id)).join(Account, col(Account.id) == col(Grant.account_id))
        .where(col(Grant.role) == str(Role.OPERATOR), col(Account.active).is_(True)).with_for_update()))


_ACCOUNT, _SIGN_IN, _GRANT = (inspect(table).columns for table in (Account, SignIn, Grant))
_SIGNED_IN = Prepared(
    select(*_ACCOUNT, *(_SIGN_IN[name].label(f"at_{name}") for name in Browser._fields), _GRANT.role, _GRANT.company_id)
    .join_from(Account, SignIn, col(SignIn.account_id) == col(Account.id))
    .outerjoin(Grant, col(Grant.account_id) == col(Account.id)).order_by(col(Grant.id))
    .where(col(SignIn.key) == bindparam("key"), col(Account.fs_uniquifier) == bindparam("name"),
           col(Account.active).is_(True)))
"""Made once, as above. Of columns and not of classes: to map three of those takes longer than all else that is done for
a reader who is signed in."""


def signed_in(session: Session, name: str, key: str, now: datetime) -> tuple[Account, Browser] | None:
    """Who is signed in, with what they hold, and the sign-in of that key, in one statement: `name` is the account's
    `fs_uniquifier`. None if it is not this account's, was ended or has run out, or the account is out of use."""
    rows = _SIGNED_IN.rows(session, {"name": name, "key": key})
    browser = Browser(*rows[0][len(_ACCOUNT):-2]) if rows else None
    if browser is None or not browser.lasts(now):
        return None
    account = as_read(session, Account, dict(zip(_ACCOUNT.keys(), rows[0], strict=False)))
    account.note_held(row[-2:] for row in rows if row[-2] is not None)
    return account, browser


def sign_ins(session: Session, account_id: int, now: datetime) -> list[SignIn]:
    """Where an account is signed in, the newest first."""
    return list(session.scalars(select(SignIn).where(
        col(SignIn.account_id) == account_id, col(SignIn.created_at) > now - SIGN_IN_LASTS,
        col(SignIn.seen_at) > now - SIGN_IN_RESTS)
        .order_by(col(SignIn.seen_at).desc(), col(SignIn.id).desc())))


def all_sign_ins(session: Session, account_id: int) -> list[SignIn]:
    """Every sign-in that is noted of an account, those that have run out among them, the oldest first."""
    return list(session.scalars(select(SignIn).where(col(SignIn.account_id) == account_id).order_by(col(SignIn.id))))


def passkey(session: Session, credential_id: bytes) -> Passkey | None:
    """The passkey of that credential."""
    return session.scalar(select(Passkey).where(col(Passkey.credential_id) == credential_id))


def organisation_link(session: Session, issuer: str, subject: str) -> OrganisationLink | None:
    """The link of what an organisation calls somebody."""
    return session.scalar(select(OrganisationLink).where(
        col(OrganisationLink.issuer) == issuer, col(OrganisationLink.subject) == subject))


def organisation_links(session: Session, account_id: int) -> list[OrganisationLink]:
    """What organisations call the owner of an account, the oldest first."""
    return list(session.scalars(select(OrganisationLink).where(col(OrganisationLink.account_id) == account_id)
                                .order_by(col(OrganisationLink.id))))


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


def seats_of(session: Session, account_id: int) -> dict[int, list[str]]:
    """Companies that an account has a seat in -> its roles there."""
    held: dict[int, list[str]] = {}
    for company_id, role in session.execute(select(col(Grant.company_id), col(Grant.role)).where(
            col(Grant.account_id) == account_id, col(Grant.company_id).is_not(None)).order_by(col(Grant.id))):
        held.setdefault(company_id, []).append(role)
    return held


def search(session: Session, words: str, role: Role | None, *, offset: int, limit: int) -> list[Account]:
    """Accounts whose address is, or whose name or address holds, these words, by name; with a role, who holds it."""
    asked = select(Account).where(or_(col(Account.email).icontains(words, autoescape=True),
                                      col(Account.name).icontains(words, autoescape=True)))
    if role is not None:
        asked = asked.where(exists().where(col(Grant.account_id) == col(Account.id), col(Grant.role) == str(role)))
    return list(session.scalars(asked.order_by(col(Account.name), col(Account.id)).offset(offset).limit(limit)))


def accounts(session: Session, numbers: Collection[int]) -> dict[int, Account]:
    """Number -> account, of those that are there."""
    found = session.scalars(select(Account).where(col(Account.id).in_(list(numbers))))
    return {account.id or 0: account for account in found}


def account_by_key(session: Session, key: str) -> Account | None:
    """The account of that public name."""
    return session.scalar(select(Account).where(col(Account.key) == key))


def companies_held(session: Session, account_id: int, role: Role) -> set[int]:
    """Companies within which the account holds the role."""
    return {row for row in session.scalars(select(col(Grant.company_id)).where(
        col(Grant.account_id) == account_id, col(Grant.role) == str(role))) if row is not None}


def reachable(*, kind: AccountKind, languages: Collection[str], market: str) -> Select[int | None, str]:
    """(account id, language) of the adults whom a company may be let write to, for others to join: accounts in use, of
    this kind, market and languages. A professional must hold the role `hcp`, which verification gives: what an account
    says of itself is not enough."""
    is_verified = exists().where(col(Grant.account_id) == col(Account.id), col(Grant.role) == str(Role.HCP))
    return select(col(Account.id), col(Account.language)).where(
        col(Account.active).is_(True), col(Account.is_adult).is_(True), col(Account.kind) == kind,
        col(Account.market) == market, col(Account.language).in_(list(languages)),
        is_verified if kind is AccountKind.HCP else true())


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


def administers(session: Session, account_id: int, company_id: int) -> bool:
    """Whether an account administers a company, once those who are just leaving it have left."""
    return account_id in session.scalars(
        select(col(Grant.account_id)).where(col(Grant.company_id) == company_id, col(Grant.role) == Role.SPONSOR_ADMIN)
        .order_by(col(Grant.id)).with_for_update()).all()


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
