"""Verbs: make an account, grant a role, invite, leave, end sign-ins, let sign, note an adult, write about one."""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from passlib.totp import TOTP, AppWallet  # type: ignore[import-untyped]
from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col

from webapp.channels.rules import Channel
from webapp.channels.service import outbox
from webapp.channels.service.outbox import Outgoing
from webapp.core import audit
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.core.sealing import seal, unseal
from webapp.core.subject import Subject
from webapp.core.tokens import KeyRing
from webapp.people import queries
from webapp.people.models import Account, Grant, Invitation, Passkey, SignIn
from webapp.people.rules import (
    HASHING,
    INVITATION_KEPT,
    INVITATION_LASTS,
    LINK_LASTS,
    PASSWORD_LENGTH,
    SIGN_IN_LASTS,
    SIGN_IN_RESTS,
    SPONSOR_ROLES,
    AccountKind,
    MailName,
    Role,
    is_adult,
    needs_second_factor,
    normal_address,
)

MAIL_SUBJECT = "account"
"""Kind of subject of mails about accounts, and of what is audited about one."""
LAST_OPERATOR = N_("Nothing was changed: this is the last operator. Make somebody else one first.")
LAST_ADMINISTRATOR = N_("Nothing was changed: you are the company’s last administrator. Invite another one first.")


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
    is_confirmed: bool = True
    """False where nobody has shown yet that the address is theirs."""
    is_adult: bool = False
    """Whether they said so."""


def add_account(session: Session, new: NewAccount, now: datetime) -> Account:
    """A new account; Conflict if the address is taken."""
    email = normal_address(new.email)
    if queries.account_by_email(session, email) is not None:
        raise Conflict(N_("There is an account with this address already. Sign in, or reset its password."))
    account = Account(email=email, password=new.password_hash, name=new.name, kind=new.kind, language=new.language,
                      market=new.market, time_zone=new.time_zone, is_fictional=new.is_fictional, is_adult=new.is_adult,
                      created_at=now, confirmed_at=now if new.is_confirmed else None)
    session.add(account)
    session.flush()
    set_committed_value(account, "grants", [])
    return account


def subject(account_id: int) -> Subject:
    """How the audit names an account."""
    return Subject(MAIL_SUBJECT, account_id)


def grant(session: Session, account: Account, role: Role, company_id: int | None = None, *, by: By) -> None:
    """Gives the account a role, a sponsor's within a company; what is held already stays as it is.

    Invalid where a company is named for another role.
    """
    if company_id is not None and role not in SPONSOR_ROLES:
        raise Invalid(f"The role {role} is held within no company. Grant it without one.")
    if queries.has_grant(session, _id(account), role, company_id):
        return
    granted = Grant(account_id=_id(account), role=role, company_id=company_id)
    session.add(granted)
    session.flush()
    set_committed_value(account, "grants", [*account.grants, granted])
    audit.record(session, by, "role-granted", subject(_id(account)), _held(role, company_id))
    if needs_second_factor([role]):
        end_sign_ins(session, _id(account))  # whoever is signed in may have shown a password alone


def end_sign_ins(session: Session, account_id: int, *, but: str = "", only: str = "") -> None:
    """Signs an account out at its next request: everywhere, or but in the sign-in of one key, or only there."""
    ended = delete(SignIn).where(col(SignIn.account_id) == account_id, col(SignIn.key) != but)
    session.execute(ended.where(col(SignIn.key) == only) if only else ended)


def end_all_sign_ins(session: Session, *, by: By) -> None:
    """Signs everybody out at their next request; audited about no account in particular, the number 0."""
    session.execute(delete(SignIn))
    audit.record(session, by, "sign-ins-ended", subject(0), "everybody")


def forget_sign_ins(session: Session, now: datetime, limit: int) -> int:
    """Deletes sign-ins that ran out, at most `limit`. Returns how many."""
    due = select(col(SignIn.id)).where(or_(
        col(SignIn.created_at) <= now - SIGN_IN_LASTS, col(SignIn.seen_at) <= now - SIGN_IN_RESTS)).limit(limit)
    return int(session.execute(delete(SignIn).where(col(SignIn.id).in_(due))).rowcount)  # type: ignore[attr-defined]


def forget_invitations(session: Session, now: datetime, limit: int) -> int:
    """Deletes invitations that were used or ran out a month ago, at most `limit`. Returns how many."""
    before = now - INVITATION_KEPT
    due = select(col(Invitation.id)).where(or_(
        col(Invitation.used_at) <= before, col(Invitation.expires_at) <= before)).limit(limit)
    return int(session.execute(delete(Invitation).where(col(Invitation.id).in_(due))).rowcount)  # type: ignore[attr-defined]
def sign_out(session: Session, account: Account, *, by: By, only: str = "") -> None:
    """Ends an account's sign-ins for somebody else: everywhere, or the one of a key."""
    end_sign_ins(session, _id(account), only=only)
    audit.record(session, by, "sign-ins-ended", subject(_id(account)), "one" if only else "all")


def set_active(session: Session, account: Account, is_active: bool, *, by: By) -> None:
    """Puts an account out of use, which ends its sign-ins, or back into use. Conflict about the last operator."""
    if account.active is is_active:
        return
    if account.erased_at is not None:
        raise Conflict(N_("Nothing was changed: the owner has erased this account. A new one can be made."))
    if not is_active:
        _check_operators(session, account)
        end_sign_ins(session, _id(account))
    account.active = is_active
    session.add(account)
    audit.record(session, by, "account-enabled" if is_active else "account-disabled", subject(_id(account)))


def reset_second_factor(session: Session, ring: KeyRing, account: Account, *, by: By) -> None:
    """Takes away authenticator, recovery codes and passkeys, of a device that was lost; signs out everywhere and tells
    the owner, who sets up a new one after the next password."""
    account.tf_primary_method = account.tf_totp_secret = account.mf_recovery_codes = None
    session.add(account)
    session.execute(delete(Passkey).where(col(Passkey.account_id) == _id(account)))
    end_sign_ins(session, _id(account))
    audit.record(session, by, "second-factor-reset", subject(_id(account)))
    write(session, ring, MailName.SECOND_FACTOR_RESET, account, address=account.email, language=account.language,
          path="/sign-in", now=by.at)


def _check_operators(session: Session, account: Account) -> None:
    """Conflict unless there is another operator who can sign in, so that somebody can mend what is done here."""
    operators = queries.operators(session)
    if _id(account) in operators and len(operators) == 1:
        raise Conflict(LAST_OPERATOR)


def _held(role: str, company_id: int | None) -> str:
    return role if company_id is None else f"{role} company:{company_id}"


def note_seen(connection: Connection, rows: Sequence[tuple[int, datetime]]) -> None:
    """Notes when sign-ins (by number) were last used; for the group writer."""
    for sign_in_id, at in rows:
        connection.execute(update(SignIn).where(col(SignIn.id) == sign_in_id).values(seen_at=at))


def invite(session: Session, email: str, role: Role, company_id: int | None, *, language: str,
           invited_by: int | None, now: datetime, reason: str = "") -> Invitation:
    """An invitation, good once and for seven days; `invited_by` None is the command line. Invalid for an address that
    is none, or a role without its company."""
    address = normal_address(email)
    if "@" not in address.strip("@") or len(address) > 254:
        raise Invalid(N_("This is no e-mail address. Write it as name@example.org."))
    if (role in SPONSOR_ROLES) != (company_id is not None):
        raise Invalid(N_("Sponsors' roles are held within a company, all others within none."))
    made = Invitation(email=address, role=role, company_id=company_id, language=language, invited_by=invited_by,
                      created_at=now, expires_at=now + INVITATION_LASTS)
    session.add(made)
    session.flush()
    by = By(COMMAND_LINE if invited_by is None else invited_by, now, reason)
    audit.record(session, by, "invited", Subject("invitation", made.id or 0), _held(role, company_id))
    return made


def send_invitation(session: Session, ring: KeyRing, invitation: Invitation, now: datetime) -> None:
    """Mails an invitation's link."""
    write(session, ring, MailName.INVITATION, None, address=invitation.email, language=invitation.language,
          path=invitation_path(invitation), lasts=INVITATION_LASTS, now=now)


def invitation_path(invitation: Invitation) -> str:
    """Where an invitation is accepted, below the base address."""
    return f"/invitation/{invitation.key}"


def accept(session: Session, key: str, *, name: str, password_hash: str, market: str, now: datetime) -> Account:
    """Uses an invitation: makes the account if there is none, and gives it the role. NotFound for one that is used,
    run out or none of ours."""
    used = session.execute(update(Invitation).where(
        col(Invitation.key) == key, col(Invitation.used_at).is_(None), col(Invitation.expires_at) > now)
        .values(used_at=now), execution_options={"synchronize_session": False})
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(N_("This invitation was used or has run out. Ask for a new one."))
    invitation = queries.invitation_by_key(session, key)
    account = queries.account_by_email(session, invitation.email)
    if account is None:
        account = add_account(session, NewAccount(invitation.email, password_hash, name, AccountKind.STAFF,
                                                  invitation.language, market), now)
    account.confirmed_at = account.confirmed_at or now
    by = By(_id(account), now)
    audit.record(session, by, "invitation-accepted", Subject("invitation", invitation.id or 0))
    grant(session, account, Role(invitation.role), invitation.company_id, by=by)
    return account


def remove_seat(session: Session, account_id: int, company_id: int, *, by: By) -> None:
    """Takes all roles within a company from an account, and signs it out: it ends at the next request."""
    session.execute(delete(Grant).where(col(Grant.account_id) == account_id, col(Grant.company_id) == company_id))
    end_sign_ins(session, account_id)
    audit.record(session, by, "seat-removed", subject(account_id), f"company:{company_id}")


def put_out(session: Session, account_id: int, company_id: int, *, administrator: int, now: datetime) -> None:
    """Takes somebody's seat away as the company's administrator does. NotFound for one who is none any more: of two who
    put each other out at once, one stays."""
    if not queries.administers(session, administrator, company_id):
        raise NotFound(N_("There is no such company."))
    remove_seat(session, account_id, company_id, by=By(administrator, now))


def leave(session: Session, account_id: int, company_id: int, *, now: datetime) -> None:
    """Gives up all of one's own roles within a company: the next request is without them, and one stays signed in.
    NotFound without a seat there; Conflict about its last administrator, who hands over first."""
    account = queries.account(session, account_id)
    if account is None or company_id not in account.company_ids:
        raise NotFound(N_("There is no such company."))
    if company_id in {grant.company_id for grant in queries.sole_grants(session, account_id, for_update=True)}:
        raise Conflict(LAST_ADMINISTRATOR)
    for role in [Role(grant.role) for grant in account.grants if grant.company_id == company_id]:
        revoke(session, account, role, company_id, by=By(account_id, now))


def verify_identity(session: Session, account: Account, by: str, now: datetime,
                    actor: int | str = COMMAND_LINE, reason: str = "") -> None:
    """Records that `by` (a printed name) saw proof of who this is (21 CFR 11.100(b)); `actor` is who recorded it."""
    account.identity_verified_at, account.identity_verified_by = now, by
    session.add(account)
    session.flush()
    audit.record(session, By(actor, now, reason), "identity-verified", subject(_id(account)))


def record_training(session: Session, account: Account, training: str, now: datetime,
                    actor: int | str = COMMAND_LINE, reason: str = "") -> None:
    """Records a training that lets sign for a year (21 CFR 11.10(i)); `actor` is who recorded it."""
    account.trained_at, account.training = now, training
    session.add(account)
    session.flush()
    audit.record(session, By(actor, now, reason), "training-recorded", subject(_id(account)))


def note_age(session: Session, account_id: int, born: date, today: date) -> bool:
    """Notes whether somebody born on that day is an adult; the day itself is not kept. Returns the answer."""
    account = queries.account(session, account_id)
    assert account is not None
    account.is_adult = is_adult(born, today)
    session.add(account)
    session.flush()
    return account.is_adult


def set_totp(account: Account, secret: str, ring: KeyRing) -> None:
    """Gives an account an authenticator with this base32 secret, as if it had set one up; for sample worlds."""
    account.tf_primary_method = "authenticator"
    account.tf_totp_secret = totp_wallet(ring)(key=secret).to_json(encrypt=True)


def totp_wallet(ring: KeyRing) -> Any:
    """Passlib's TOTP, whose secrets are sealed with the ring; one sealed with an older secret still opens."""
    keys = {ring.derive("totp-name", secret)[:8]: ring.derive("totp", secret) for secret in ring.secrets}
    wallet = AppWallet(keys, default_tag=next(iter(keys)), encrypt_cost=4)  # its keys are random, not passwords
    return TOTP.using(issuer="Materia", wallet=wallet)


def write(session: Session, ring: KeyRing, mail: MailName, account: Account | None, *, address: str, language: str,
          path: str = "", lasts: timedelta = LINK_LASTS, now: datetime) -> None:
    """Puts a mail about an account into the outbox. Its link (`path` below the base address) is a key to the account,
    so it is sealed: the outbox, its backups and whoever reads them cannot use it."""
    occurrence = secrets.token_hex(8)
    secret = json.dumps({"mail": mail, "path": path, "until": (now + lasts).timestamp()}).encode()
    outbox.add_one(session, Outgoing(
        key=secrets.token_hex(8), subject_kind=MAIL_SUBJECT, subject_id=account.id or 0 if account else 0,
        occurrence=occurrence, channel=Channel.EMAIL, account_id=account.id or 0 if account else 0, address=address,
        language=language, values={"sealed": b64encode(seal(ring, secret, about=f"mail {occurrence}")).decode()},
        not_before=now, changed_at=now))


def tell(session: Session, mail: MailName, account: Account, *, path: str, reason: str, day: datetime | None = None,
         now: datetime, occurrence: str = "") -> None:
    """Puts a mail into the outbox that tells what was decided about an account, or waits for its owner. Its link opens
    nothing by itself, so nothing is sealed and it does not run out; `reason` is a sentence marked for the catalogue,
    nothing personal; `day` is one that the mail's words name. With an `occurrence` it goes once: IntegrityError if it
    is there already."""
    outbox.add_one(session, Outgoing(
        key=secrets.token_hex(8), subject_kind=MAIL_SUBJECT, subject_id=_id(account),
        occurrence=occurrence or secrets.token_hex(8),
        channel=Channel.EMAIL, account_id=_id(account), address=account.email, language=account.language,
        values={"mail": mail, "path": path, "reason": reason, "day": day.date().isoformat() if day else ""},
        not_before=now, changed_at=now))


def unsealed(ring: KeyRing, row: Outgoing) -> dict[str, Any]:
    """What a mail about an account says: `mail`, `path`, `until` (a timestamp)."""
    found: dict[str, Any] = json.loads(unseal(ring, b64decode(row.values["sealed"]), about=f"mail {row.occurrence}"))
    return found


def grant_new(session: Session, accounts: Iterable[Account], role: Role, *, by: By) -> None:
    """Gives accounts that hold no role yet the same one, within no company, in one statement."""
    numbers = [_id(account) for account in accounts]
    session.execute(insert(Grant), [{"account_id": number, "role": str(role)} for number in numbers])
    for number in numbers:
        audit.record(session, by, "role-granted", subject(number), role)


def revoke(session: Session, account: Account, role: Role, company_id: int | None = None, *, by: By) -> None:
    """Takes the role away, a sponsor's within a company; the account's next request is without it. What is not held
    stays so. Conflict about the last operator."""
    if role is Role.OPERATOR:
        _check_operators(session, account)
    gone = session.execute(delete(Grant).where(
        col(Grant.account_id) == _id(account), col(Grant.role) == role,
        col(Grant.company_id).is_not_distinct_from(company_id)))
    session.refresh(account, ["grants"])
    if gone.rowcount:  # type: ignore[attr-defined]
        audit.record(session, by, "role-revoked", subject(_id(account)), _held(role, company_id))


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
    return PasswordHasher(HASHING["time_cost"], HASHING["memory_cost"], HASHING["parallelism"]).hash(password)


def _id(account: Account) -> int:
    assert account.id is not None
    return account.id
