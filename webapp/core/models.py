"""Tables that know no domain: stored pages, their version, the leader lock, timed jobs and their runs, the audit."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from webapp.core.db import moment


class StoredPage(SQLModel, table=True):
    """The bytes one address answers with, the same for everyone who may see it. Nothing personal."""

    __tablename__ = "stored_page"
    path: str = Field(primary_key=True)
    access: str
    """`open`, `strangers` (open, but of accounts the application decides), `gated` (the application decides) or
    `gone`."""
    kind: str
    """What made it, e.g. `article` or `index`: that package re-stores it when the frame changes."""
    language: str
    content_type: str = "text/html; charset=utf-8"
    body: bytes = b""
    gzip: bytes = b""
    etag: str
    is_noindex: bool = False
    stored_at: datetime = moment()


class SiteVersion(SQLModel, table=True):
    """One row, raised in every transaction that changes what is served; every process polls it."""

    __tablename__ = "site_version"
    id: int = Field(default=1, primary_key=True)
    version: int = 0
    frame: str = ""
    """Digest of the frame (templates, catalogues, styles) that the stored pages were made with."""


class LeaderLock(SQLModel, table=True):
    """One row per role: who may run timed jobs, until when. On PostgreSQL an advisory lock is held besides."""

    __tablename__ = "leader_lock"
    role: str = Field(primary_key=True)
    holder: str
    until: datetime = moment()


class JobRun(SQLModel, table=True):
    """One run of a timed job that did something or failed, for operators."""

    __tablename__ = "job_run"
    id: int | None = Field(default=None, primary_key=True)
    job: str = Field(index=True)
    at: datetime = moment()
    outcome: str


class JobTick(SQLModel, table=True):
    """When a timed job last began and is due again, as the leader noted it when it last renewed its lead."""

    __tablename__ = "job_tick"
    job: str = Field(primary_key=True)
    every_seconds: int
    began_at: datetime | None = moment(default=None, nullable=True)
    due_at: datetime = moment()


class AuditEntry(SQLModel, table=True):
    """One thing that was done, chained to the one before. Append-only. Ids and codes, nothing personal. Purpose: proof
    (21 CFR 11.10(e)). Kept as long as what it is about must be, and so for good."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject_kind", "subject_id", "id"),)
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """Counts from 1 without a gap."""
    at: datetime = moment()
    account_id: int | None = None
    """Whose act it was; no foreign key, since the entry outlives the account."""
    actor: str = ""
    """Of an act that was no account's, who it was, such as `command line`."""
    action: str
    subject_kind: str
    subject_id: int
    detail: str = ""
    reason_digest: str = ""
    """Of salt and words in `audit_reason`; empty where no reason was given."""
    previous: str
    digest: str


class AuditReason(SQLModel, table=True):
    """The words of a reason. Purpose: that others understand the act. Kept until taken out, which is an entry."""

    __tablename__ = "audit_reason"
    entry_id: int = Field(primary_key=True, foreign_key="audit_entry.id", sa_column_kwargs={"autoincrement": False})
    salt: str = Field(repr=False)
    words: str = Field(repr=False)


class AuditHead(SQLModel, table=True):
    """One row: number and digest of the last entry, so that cutting off the end is seen."""

    __tablename__ = "audit_head"
    id: int = Field(default=1, primary_key=True)
    number: int
    digest: str
