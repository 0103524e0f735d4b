"""Tables: materials, dossiers, signatures and requests for changes, all append-only; and what reviewers work with."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_code, new_key


class Material(SQLModel, table=True):
    """A piece through all its versions: what its material ID names. Whoever submits or signs holds its row."""

    __table_args__ = (UniqueConstraint("subject_kind", "subject_id"),)
    id: int | None = Field(default=None, primary_key=True)
    subject_kind: str
    subject_id: int
    allotted_at: datetime = moment()


class Dossier(SQLModel, table=True):
    """What is signed: frozen. The same Subject with another digest is another dossier; so is one whose bytes come back
    after others."""

    __table_args__ = (UniqueConstraint("subject_kind", "subject_id", "version"),
                      Index("ix_dossier_digest", "subject_kind", "subject_id", "digest"))
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    subject_kind: str
    subject_id: int
    version: int = 1
    """Counts the dossiers of a subject; the previous one has one less."""
    digest: str
    title: str
    author_ids: list[int] = Field(sa_type=JSON)
    """Accounts that wrote it, and so may not sign."""
    route: str
    markets: list[str] = Field(sa_type=JSON)
    audience: str
    language: str = ""
    """Of a translation: its language's tag."""
    certificate: str = ""
    """Of a translation: what the translator certifies."""
    source: str
    body_html: str
    link: str
    submitted_at: datetime = moment()
    due_at: datetime | None = moment(default=None)
    valid_days: int = 365
    """How long its approval lasts."""
    claims: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """What it claims and on what that leans: see `service.beside`. None of what claims nothing, and of dossiers of the
    time before these were kept."""
    facts: list[list[str]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """What is signed besides the words, each a name for the catalogue and a value; None of what has nothing else."""


class Signature(SQLModel, table=True):
    """One decision of one person, bound to the dossier's digest (21 CFR 11.50, 11.70)."""

    __table_args__ = (UniqueConstraint("dossier_id", "round", "role"),
                      UniqueConstraint("dossier_id", "round", "account_id"))
    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id")
    round: int = 1
    """Each renewal of the same bytes is signed in a round of its own; earlier ones stay as they are."""
    digest: str
    account_id: int = Field(foreign_key="account.id")
    printed_name: str
    """Purpose: every readable form of the record shows who signed. Kept as long as the record."""
    role: str
    meaning: str
    reason: str = ""
    """Why it is rejected; of an approval, what it says besides, a sentence a line."""
    at: datetime = moment()


class ChangeRequest(SQLModel, table=True):
    """A reviewer sends a dossier back: it can only be followed by a new one."""

    __tablename__ = "change_request"
    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    account_id: int = Field(foreign_key="account.id")
    """Purpose: one person has one role in a case. Kept as long as the record."""
    role: str
    words: str
    at: datetime = moment()


class Checklist(SQLModel, table=True):
    """What a reviewer ticked of PEMAT-P about a dossier (`rules.pemat`): item -> answer. The newest counts."""

    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    account_id: int = Field(foreign_key="account.id")
    """Purpose: whose judgement it is. Kept as long as the record."""
    answers: dict[str, str] = Field(sa_type=JSON)
    at: datetime = moment()


class Assignment(SQLModel, table=True):
    """Who is to sign a dossier in a role, and by when. Without one, everybody who holds the role is asked."""

    __table_args__ = (UniqueConstraint("dossier_id", "role"), UniqueConstraint("dossier_id", "account_id"))
    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id")
    role: str
    account_id: int = Field(foreign_key="account.id", index=True)
    """Purpose: to ask the right person. Ends with the account."""
    delegated_from: int | None = None
    """Whose task it was before."""
    due_at: datetime | None = moment(default=None)
    at: datetime = moment()


class Look(SQLModel, table=True):
    """Who said that they are reading a dossier; shown until `until`. Purpose: nobody starts what another is at. Ends
    with the account."""

    __table_args__ = (UniqueConstraint("dossier_id", "account_id"),)
    id: int | None = Field(default=None, primary_key=True)
    dossier_id: int = Field(foreign_key="dossier.id")
    account_id: int = Field(foreign_key="account.id")
    first_at: datetime = moment()
    """When they first did."""
    since: datetime = moment()
    until: datetime = moment()


class Guest(SQLModel, table=True):
    """Somebody without an account who may comment on one dossier, by a link, for a while."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    code: str = Field(default_factory=new_code, unique=True, repr=False)
    """128 random bits: what the link consists of."""
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    name: str
    """Purpose: under their comments, as whoever invited them wrote it. Kept as long as the record."""
    invited_by: int = Field(foreign_key="account.id")
    created_at: datetime = moment()
    expires_at: datetime = moment()


class Comment(SQLModel, table=True):
    """What a reviewer or a guest says of a passage, or of the whole. An open `must` blocks approval, also of later
    versions."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    dossier_id: int = Field(foreign_key="dossier.id", index=True)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    """Purpose: who to ask about it. Kept as long as the record; None of a guest."""
    guest_id: int | None = Field(default=None, foreign_key="guest.id")
    kind: str
    words: str
    quote: str = ""
    prefix: str = ""
    suffix: str = ""
    offset: int = 0
    """Where its passage stands: see `rules.anchors`. Empty quote: the whole."""
    at: datetime = moment()
    answer: str = ""
    answered_by: int | None = None
    answered_at: datetime | None = moment(default=None)
    closed_by: int | None = None
    """Purpose: who found it settled. Kept as long as the record."""
    closed_at: datetime | None = moment(default=None)
