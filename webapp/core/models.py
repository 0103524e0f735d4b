"""Tables that know no domain: stored pages, their version, the leader lock, job runs."""

from datetime import datetime

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
