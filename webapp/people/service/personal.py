"""What this package holds of a person: changed by them, handed out, taken away."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, update
from sqlmodel import Session, col

from webapp.core.errors import N_, Invalid
from webapp.core.ids import new_key
from webapp.core.languages import LANGUAGES
from webapp.people import queries
from webapp.people.models import Account, Grant, Invitation, OrganisationLink, Passkey, SignIn
from webapp.people.rules import (
    MARKET_NAMES,
    NOT_A_CHOICE,
    TIME_ZONES,
    TOO_YOUNG,
    is_age_asked,
    is_old_enough,
    name_problem,
    open_kinds,
)
from webapp.sponsors.queries import company

KEPT_NUMBER = N_("An empty account without name, address or password, with its country and language, for good: so that "
                 "its number never becomes another person's.")
KEPT_FITNESS = N_("That identity was verified and training recorded before you signed, without your name, as long as "
                  "what was signed (21 CFR Part 11).")
KEPT_WITNESS = N_("Your name where you verified the identity of somebody who signs, as long as what they signed "
                  "(21 CFR Part 11).")
BIRTH_ASKED = N_("In this country one must be older for an account. Write your day of birth; we do not keep it.")
SHOWN = {"email", "name", "kind", "language", "market", "time_zone", "is_adult", "is_fictional", "created_at",
         "confirmed_at",
         "identity_verified_at", "identity_verified_by", "trained_at", "training"}
"""Of an account; the rest are its secrets and numbers of ours."""


@dataclass(frozen=True)
class Profile:
    """What a person says of themselves."""

    name: str
    kind: str
    language: str
    market: str
    time_zone: str


def change_profile(session: Session, account_id: int, meant: Profile, born: date | None, now: datetime) -> None:
    """Writes what was changed. Invalid for what is no choice, a name that cannot be borne, or an age too low for
    another market; `born` is looked at and not kept.

    Whose identity was verified under another name may not sign until it is verified again (21 CFR 11.100(b)).
    """
    person = queries.account(session, account_id)
    assert person is not None
    _check(person, meant, born, now.date())
    if meant.name != person.name:
        person.identity_verified_at, person.identity_verified_by = None, ""
    person.name, person.kind, person.language = meant.name, meant.kind, meant.language
    person.market, person.time_zone = meant.market, meant.time_zone
    session.add(person)
    session.flush()


def _check(person: Account, meant: Profile, born: date | None, today: date) -> None:
    languages = {language.tag for language in LANGUAGES}
    if (meant.kind not in open_kinds(person.kind, person.roles) or meant.language not in languages
            or meant.market not in MARKET_NAMES or meant.time_zone not in {*TIME_ZONES, person.time_zone}):
        raise Invalid(NOT_A_CHOICE)
    problem = name_problem(meant.name, person.kind)
    if problem is not None:
        raise Invalid(problem)
    if is_age_asked(person.market, meant.market):
        if born is None:
            raise Invalid(BIRTH_ASKED)
        if not is_old_enough(meant.market, born, today):
            raise Invalid(TOO_YOUNG)


def export_person(session: Session, account_id: int) -> dict[str, Any]:
    """The account, where it is signed in and with what, its roles and invitations, ready for JSON. No secret is in
    it."""
    person = queries.account(session, account_id)
    if person is None:
        return {}
    return {
        "account": {**person.model_dump(mode="json", include=SHOWN), "has_password": bool(person.password),
                    "has_authenticator": bool(person.tf_totp_secret),
                    "has_verified_others": queries.has_verified_identities(session, person.name),
                    "recovery_codes_left": len(person.mf_recovery_codes or [])},
        "roles": [{"role": grant.role, "company": _company(session, grant.company_id)} for grant in person.grants],
        "sign_ins": [row.model_dump(mode="json", include={"device", "is_strong", "created_at", "seen_at"})
                     for row in queries.all_sign_ins(session, account_id)],
        "passkeys": [key.model_dump(mode="json", include={"name", "usage", "device_type", "backup_state",
                                                          "lastuse_datetime"}) for key in person.webauthn],
        "organisations": [row.model_dump(mode="json", include={"issuer", "subject", "linked_at"})
                          for row in queries.organisation_links(session, account_id)],
        "invitations_sent": [_invitation(session, row) for row in queries.invitations_by(session, account_id)],
        "invitations_received": [_invitation(session, row) for row in queries.invitations_to(session, person.email)]}


def erase_person(session: Session, account_id: int, now: datetime) -> list[str]:
    """Ends every sign-in, gives up roles, passkeys and invitations, and empties the account; doing so again changes
    nothing. Returns what is kept."""
    person = queries.account(session, account_id)
    if person is None:
        return []
    kept = [KEPT_NUMBER]
    if person.identity_verified_at or person.trained_at:
        kept.append(KEPT_FITNESS)
    if queries.has_verified_identities(session, person.name):
        kept.append(KEPT_WITNESS)
    if person.erased_at is None:
        session.execute(delete(Invitation).where(col(Invitation.email) == person.email))
        session.execute(update(Invitation).where(col(Invitation.invited_by) == account_id).values(invited_by=None))
        for table in (SignIn, Passkey, OrganisationLink, Grant):
            session.execute(delete(table).where(col(table.account_id) == account_id))
        _empty(person, now)
        session.flush()
        session.refresh(person, ["grants", "webauthn"])
    return kept


def _empty(person: Account, now: datetime) -> None:
    person.email, person.key, person.fs_uniquifier = f"erased-{new_key()}", new_key(), uuid4().hex
    person.password = person.name = ""
    person.active, person.is_adult, person.time_zone, person.confirmed_at = False, False, "UTC", None
    person.tf_primary_method = person.tf_totp_secret = person.totp_counter = None
    person.mf_recovery_codes = person.fs_webauthn_user_handle = None
    person.erased_at = now


def _invitation(session: Session, row: Invitation) -> dict[str, Any]:
    return {**row.model_dump(mode="json", include={"email", "role", "created_at", "expires_at", "used_at"}),
            "company": _company(session, row.company_id)}


def _company(session: Session, company_id: int | None) -> str:
    return company(session, company_id).name if company_id else ""
