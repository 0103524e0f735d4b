"""Verbs: make an account, grant a role, record a consent, withdraw one, check a password."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import insert
from sqlmodel import Session

from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.people import queries
from webapp.people.models import Account, Consent, ConsentEntry, Grant
from webapp.people.rules import PASSWORD_LENGTH, SPONSOR_ROLES, AccountKind, Channel, Purpose, Role, normal_address

WORDING = "2026-11"
"""Version of the consent words now shown."""


@dataclass(frozen=True)
class NewAccount:
    """What an account is made from; `password_hash` is made before the transaction, since hashing takes its time."""

    email: str
    password_hash: str
    name: str
    kind: AccountKind
    language: str
    market: str
    time_zone: str = "UTC"
    is_fictional: bool = False


def add_account(session: Session, new: NewAccount, now: datetime) -> Account:
    """A new account; Conflict if the address is taken."""
    email = normal_address(new.email)
    if queries.account_by_email(session, email) is not None:
        raise Conflict(N_("There is an account with this address already. Sign in, or reset its password."))
    account = Account(email=email, password=new.password_hash, name=new.name, kind=new.kind, language=new.language,
                      market=new.market, time_zone=new.time_zone, is_fictional=new.is_fictional, created_at=now)
    session.add(account)
    session.flush()
    return account


def grant(session: Session, account: Account, role: Role, company_id: int | None = None) -> None:
    """Gives the account a role, a sponsor's within a company; what is held already stays as it is.

    Invalid where a company is named for another role.
    """
    if company_id is not None and role not in SPONSOR_ROLES:
        raise Invalid(f"The role {role} is held within no company. Grant it without one.")
    if queries.has_grant(session, _id(account), role, company_id):
        return
    session.add(Grant(account_id=_id(account), role=role, company_id=company_id))
    session.flush()
    session.refresh(account, ["grants"])


def grant_new(session: Session, accounts: Iterable[Account], role: Role) -> None:
    """Gives accounts that hold no role yet the same one, within no company, in one statement."""
    session.execute(insert(Grant), [{"account_id": _id(account), "role": str(role)} for account in accounts])


def record_consent(session: Session, account: Account, company_id: int, *, is_granted: bool, place: str,
                   now: datetime, purpose: Purpose = Purpose.COMPANY_MAIL, channel: Channel = Channel.EMAIL) -> Consent:
    """Appends to the ledger and sets the current state, in one transaction. Returns the state with its code."""
    state = queries.consent(session, _id(account), purpose, company_id, channel)
    if state is None:
        state = Consent(account_id=_id(account), purpose=purpose, channel=channel, company_id=company_id,
                        is_granted=is_granted, changed_at=now)
    state.is_granted, state.changed_at = is_granted, now
    session.add(state)
    session.add(ConsentEntry(account_id=_id(account), purpose=purpose, channel=channel, company_id=company_id,
                             is_granted=is_granted, wording=WORDING, language=account.language, place=place, at=now))
    session.flush()
    return state


def withdraw_by_code(session: Session, code: str, place: str, now: datetime, *, is_all: bool = False) -> None:
    """Withdraws the consent that the code opens, or all of its person and purpose; doing so again changes nothing.
    NotFound for an unknown code."""
    state = queries.consent_by_code(session, code)
    if state is None:
        raise NotFound(N_("This link is not one of ours. Use the link in the mail you received."))
    account = queries.account(session, state.account_id)
    assert account is not None
    for consent in queries.granted(session, state.account_id, Purpose(state.purpose)):
        if is_all or consent is state:
            record_consent(session, account, consent.company_id, is_granted=False, place=place, now=now,
                           purpose=Purpose(consent.purpose), channel=Channel(consent.channel))


def password_matches(password_hash: str, password: str) -> bool:
    """Whether the password is the account's; argon2, slow by intent, so call it outside a write transaction."""
    if len(password) > PASSWORD_LENGTH:
        return False
    try:
        return PasswordHasher().verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):  # some accounts have no password: nobody signs in to them
        return False


def hash_password(password: str) -> str:
    """The password's argon2id hash."""
    return PasswordHasher().hash(password)


def _id(account: Account) -> int:
    assert account.id is not None
    return account.id
