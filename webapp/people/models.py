"""Tables: accounts, their sign-ins, passkeys and links to an organisation, grants, invitations.

Flask-Security's `UserMixin` is taken as a base here, since its data store wants mapped objects that carry it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask_security import UserMixin
from sqlalchemy import JSON, UniqueConstraint, false
from sqlmodel import Field, Relationship, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_code, new_key
from webapp.people.rules import Role, needs_second_factor

HELD = "_held_as_read"


class Account(SQLModel, UserMixin, table=True):
    """One person. Purpose: to sign in and be written to. Kept until erased by the person: then address, name and all
    that signs in are emptied, and the row stays, since records that the law keeps name its number, which must never
    become another person's."""

    id: int | None = Field(default=None, primary_key=True)  # type: ignore[assignment]
    key: str = Field(default_factory=new_key, unique=True)
    email: str = Field(unique=True)
    password: str = Field(repr=False)
    """Its argon2 hash; empty where nobody signs in by password."""
    fs_uniquifier: str = Field(default_factory=lambda: uuid4().hex, unique=True, repr=False)
    active: bool = True
    name: str
    kind: str
    language: str
    market: str
    time_zone: str = "UTC"
    is_fictional: bool = False
    is_adult: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether they said so, by a day of birth that was looked at and not kept. Purpose: mail of companies is for
    adults."""
    created_at: datetime = moment()
    confirmed_at: datetime | None = moment(default=None)
    """When the address was shown to be theirs; until then nobody signs in."""
    tf_primary_method: str | None = None
    tf_totp_secret: str | None = Field(default=None, repr=False)
    """Sealed with a key of the ring."""
    totp_counter: int | None = None
    """The last code that was used, so that none is used twice."""
    mf_recovery_codes: list[str] | None = Field(default=None, sa_type=JSON, repr=False)
    """Their argon2 hashes, each good for one sign-in."""
    fs_webauthn_user_handle: str | None = Field(  # type: ignore[assignment]
        default=None, index=True, unique=True)
    identity_verified_at: datetime | None = moment(default=None)
    identity_verified_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Who saw proof of identity, by name: the record outlives that person's account (21 CFR 11.100(b))."""
    trained_at: datetime | None = moment(default=None)
    training: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Which training (21 CFR 11.10(i))."""
    erased_at: datetime | None = moment(default=None)
    grants: list["Grant"] = Relationship(sa_relationship_kwargs={"lazy": "selectin", "viewonly": True})
    webauthn: list["Passkey"] = Relationship(  # type: ignore[assignment]
        sa_relationship_kwargs={"lazy": "selectin", "viewonly": True})

    @property
    def roles(self) -> list[Role]:  # type: ignore[override]
        """What Flask-Security asks for; ours compare as strings."""
        return [Role(role) for role, _ in self._held()]

    @property
    def company_ids(self) -> set[int]:
        """Companies that the account has a seat in."""
        return {company_id for _, company_id in self._held() if company_id is not None}

    def note_held(self, held: Iterable[tuple[str, int | None]]) -> None:
        """Takes (role, company) of each grant, where they were read with the account: for the request's own look-up."""
        self.__dict__[HELD] = list(held)

    def _held(self) -> list[tuple[str, int | None]]:
        held: list[tuple[str, int | None]] | None = self.__dict__.get(HELD)
        return [(grant.role, grant.company_id) for grant in self.grants] if held is None else held

    def check_tf_required(self, tf_setup_methods: list[tuple[str, str]],
                          tf_fresh: bool) -> tuple[bool, list[tuple[str, str]]]:
        """Whether a password alone is not enough: for staff and sponsors never, for others once they set one up."""
        return bool(tf_setup_methods) or needs_second_factor(self.roles), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Whether the second factor may not be taken away again."""
        return needs_second_factor(self.roles)

    def calc_username(self) -> str:
        """What an authenticator shows."""
        return self.email


class SignIn(SQLModel, table=True):
    """One browser that is signed in. Ending it deletes the row. Purpose: to show and end them; kept while it lasts."""

    __tablename__ = "sign_in"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_code, unique=True)
    """128 random bits, since it is what the cookie refers to (ASVS 5.0, 7.2.3)."""
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    device: str
    """Coarse, such as `Firefox, Linux`."""
    is_strong: bool
    """Whether a second factor was shown."""
    created_at: datetime = moment()
    seen_at: datetime = moment()
    """To the hour."""


class Passkey(SQLModel, table=True):
    """A public key that an account signs in with. Purpose: to sign in; kept until removed."""

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    name: str
    credential_id: bytes = Field(unique=True)
    public_key: bytes
    sign_count: int
    usage: str
    """`first`: in place of a password; `secondary`: after it."""
    transports: list[str] | None = Field(default=None, sa_type=JSON)
    extensions: str | None = None
    backup_state: bool = False
    device_type: str = ""
    lastuse_datetime: datetime = moment()

    def get_user_mapping(self) -> dict[str, Any]:
        """How Flask-Security finds whose it is."""
        return {"id": self.account_id}


class OrganisationLink(SQLModel, table=True):
    """What an organisation's sign-in calls the owner of an account. Purpose: to sign in; kept until an operator takes
    it away or the account is erased."""

    __tablename__ = "organisation_link"
    __table_args__ = (UniqueConstraint("issuer", "subject", name="uq_organisation_link_pair"),
                      UniqueConstraint("account_id", "issuer", name="uq_organisation_link_account"))
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    issuer: str
    subject: str = Field(repr=False)
    """Its claim `sub`: never another person's there (OpenID Connect Core, 5.7)."""
    linked_at: datetime = moment()


class Invitation(SQLModel, table=True):
    """An offer of a role to an address, good once and for some days. Kept for a month after it was used
    or ran out."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    email: str
    role: str
    company_id: int | None = Field(default=None, foreign_key="company.id", index=True)
    language: str
    invited_by: int | None = None
    """The inviting account's number; None: the command line, or somebody who was erased since."""
    created_at: datetime = moment()
    expires_at: datetime = moment()
    used_at: datetime | None = moment(default=None)


class Grant(SQLModel, table=True):
    """A role of an account, for sponsors' people within one company."""

    __tablename__ = "account_grant"
    __table_args__ = (UniqueConstraint("account_id", "role", "company_id"),)
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    role: str
    company_id: int | None = Field(default=None, foreign_key="company.id", index=True)
