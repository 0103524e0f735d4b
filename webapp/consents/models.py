"""Tables: the ledger's lines, and the current state of each consent."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from webapp.consents.rules.purposes import NOBODY
from webapp.core.db import moment
from webapp.core.ids import new_code


class ConsentEntry(SQLModel, table=True):
    """One line of the ledger: granted, or refused or withdrawn; append-only. Purpose: proof. Kept for three years after
    it was followed by another, or said no. It names an account by number alone: erased, the account has no name."""

    __tablename__ = "consent_entry"
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    purpose: str
    channel: str
    company_id: int = NOBODY
    is_granted: bool
    wording: str = ""
    """Version of the words that were shown; empty where none were, as beside the button of a mail program."""
    digest: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Of those words."""
    language: str
    place: str
    """Where: `account`, `unsubscribe-link`, `one-click`, `erasure`, `demo`."""
    at: datetime = moment()


class Consent(SQLModel, table=True):
    """The current state of one consent, written with its ledger line. `code` opens the preference centre.

    Purpose: what may be done. Kept with its code, so that the link in an old mail always works.
    """

    __table_args__ = (Index("ix_consent_audience", "company_id", "purpose", "channel", "is_granted", "account_id"),)
    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    purpose: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    company_id: int = Field(default=NOBODY, primary_key=True)
    """No foreign key, since most purposes have no company; companies are never deleted."""
    is_granted: bool
    code: str = Field(default_factory=new_code, unique=True, repr=False)
    changed_at: datetime = moment()
