"""Tables: what a registry holds, verifications with their events and documents."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_key


class RegistryEntry(SQLModel, table=True):
    """One person of CMS's NPI register, which is public. Purpose: to compare applications with. Kept while the
    register has it: a later import overwrites it; a number that ended is marked and stays."""

    __tablename__ = "registry_entry"
    npi: int = Field(primary_key=True, sa_type=BigInteger().with_variant(Integer(), "sqlite"),
                     sa_column_kwargs={"autoincrement": False})
    """A number and not text: SQLite then keeps the table itself in its order, which halves the time of an import."""
    family_name: str
    given_name: str
    middle_name: str
    suffix: str
    states: str
    """Of the practice and of licences, with blanks between."""
    taxonomy: str
    is_deactivated: bool = Field(sa_type=Boolean)


class RegistryImport(SQLModel, table=True):
    """How far the import of one file came, written with each slice, so that the next start goes on there."""

    __tablename__ = "registry_import"
    file: str = Field(primary_key=True)
    """Digest of the file's beginning and size."""
    offset: int = Field(sa_type=BigInteger)
    lines: int
    changed_at: datetime = moment()
    is_done: bool = False


class Verification(SQLModel, table=True):
    """The one verification of an account, as its last application and decision left it.

    Purpose of its personal columns (names, number, region, note): to show that an account that read as a professional
    was one. Kept while the account is; on erasure they are emptied, and what stays says nothing of the person.
    """

    __table_args__ = (
        Index("ix_verification_claim", "scheme", "number"),
        Index("ix_verification_queue", "state", "applied_at"),
        Index("uq_verification_verified", "scheme", "number", unique=True,
              sqlite_where=text("state IN ('verified', 'renewing')"),
              postgresql_where=text("state IN ('verified', 'renewing')")),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    account_id: int = Field(foreign_key="account.id", unique=True)
    scheme: str
    market: str
    """The scheme's; an account that moves to another one lapses."""
    number: str = Field(repr=False)
    """In its normal form; verified for one account at most."""
    given_name: str = Field(repr=False)
    """As given in the application."""
    family_name: str = Field(repr=False)
    """As given in the application."""
    region: str = Field(default="", repr=False)
    """State or country of the licence, where the scheme asks for one."""
    specialty: str
    """NUCC code, chosen by the person; for campaigns to professionals and counts in reports."""
    state: str
    round: int = 1
    """Raised by each application; a decision names the round it was made on."""
    is_held: bool = False
    """Whether another account claimed the number when this one did."""
    applied_at: datetime = moment()
    looked_up_at: datetime | None = moment(default=None, nullable=True)
    finding: str = ""
    """What the registry said: a code."""
    decided_at: datetime | None = moment(default=None, nullable=True)
    decided_by: int | None = None
    """The operator's account; none where a registry or the clock decided."""
    reason: str = ""
    """Code of the last decision's reason."""
    note: str = Field(default="", repr=False)
    """The operator's, in words; emptied by the next application."""
    evidence_kind: str = ""
    """What the last decision rested on: a registry's name, `document` or `public-register`."""
    next_due: datetime | None = moment(default=None, nullable=True, index=True)
    reminded_days: int | None = None
    """How many days before `next_due` the person was last reminded of it; emptied with another due day."""
    account_name: str = Field(default="", repr=False)
    """The account's name when it was verified: another one lapses it."""


class VerificationEvent(SQLModel, table=True):
    """One step: who took it, on what evidence. Append-only. Purpose: proof. Ids and codes, nothing personal; kept for
    six years after the account's end, as certificates are (our choice)."""

    __tablename__ = "verification_event"
    id: int | None = Field(default=None, primary_key=True)
    verification_id: int = Field(foreign_key="verification.id", index=True)
    round: int
    step: str
    """A `Step`, or `open`: an operator opened a document."""
    state: str
    """After the step."""
    decider: str
    account_id: int | None = None
    """Whose step it was; none of a registry's or the clock's."""
    evidence: str = ""
    """Names what it rested on: a registry, or a document's key and digest."""
    reason: str = ""
    at: datetime = moment()


class VerificationDocument(SQLModel, table=True):
    """An uploaded document, sealed. Purpose: to decide on; shown to operators alone. Deleted 30 days after the
    decision, when another takes its place, or with the account."""

    __tablename__ = "verification_document"
    __table_args__ = (UniqueConstraint("verification_id"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    verification_id: int = Field(foreign_key="verification.id")
    media_type: str
    size_bytes: int
    sha256: str
    """Of the document as it was sent."""
    sealed: bytes = Field(repr=False)
    uploaded_at: datetime = moment()
    delete_after: datetime | None = moment(default=None, nullable=True, index=True)
    """Set by the decision."""
