"""Tables: accounts, grants, consents.

Flask-Security's `UserMixin` is taken as a base here, since its data store wants mapped objects that carry it.
"""

from datetime import datetime
from uuid import uuid4

from flask_security import UserMixin
from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, Relationship, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_code, new_key
from webapp.people.rules import Role


class Account(SQLModel, UserMixin, table=True):
    """One person. Purpose: to sign in and be written to. Kept until erased by the person."""

    id: int | None = Field(default=None, primary_key=True)  # type: ignore[assignment]
    key: str = Field(default_factory=new_key, unique=True)
    email: str = Field(unique=True)
    password: str = Field(repr=False)
    """Its argon2 hash; empty where nobody may sign in."""
    fs_uniquifier: str = Field(default_factory=lambda: uuid4().hex, unique=True, repr=False)
    active: bool = True
    name: str
    kind: str
    language: str
    market: str
    time_zone: str = "UTC"
    is_fictional: bool = False
    created_at: datetime = moment()
    grants: list["Grant"] = Relationship(sa_relationship_kwargs={"lazy": "selectin"})

    @property
    def roles(self) -> list[Role]:  # type: ignore[override]
        """What Flask-Security asks for; ours compare as strings."""
        return [Role(grant.role) for grant in self.grants]

    @property
    def company_ids(self) -> set[int]:
        """Companies that the account has a seat in."""
        return {grant.company_id for grant in self.grants if grant.company_id is not None}


class Grant(SQLModel, table=True):
    """A role of an account, for sponsors' people within one company."""

    __tablename__ = "account_grant"
    __table_args__ = (UniqueConstraint("account_id", "role", "company_id"),)
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    role: str
    company_id: int | None = Field(default=None, foreign_key="company.id", index=True)


class ConsentEntry(SQLModel, table=True):
    """One line of the ledger: granted or withdrawn, append-only. Purpose: proof. Kept for three years after."""

    __tablename__ = "consent_entry"
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    purpose: str
    channel: str
    company_id: int = Field(foreign_key="company.id")
    is_granted: bool
    wording: str
    """Version of the words that were shown."""
    language: str
    place: str
    """Where: `account`, `unsubscribe-link`, `one-click`, `demo`."""
    at: datetime = moment()


class Consent(SQLModel, table=True):
    """The current state of one consent, written with its ledger line. `code` opens its unsubscribe page."""

    __table_args__ = (Index("ix_consent_audience", "company_id", "purpose", "channel", "is_granted", "account_id"),)
    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    purpose: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    company_id: int = Field(foreign_key="company.id", primary_key=True)
    is_granted: bool
    code: str = Field(default_factory=new_code, unique=True, repr=False)
    changed_at: datetime = moment()
