"""Tables: dossiers and signatures, both append-only."""

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_key


class Dossier(SQLModel, table=True):
    """What is signed: frozen. The same Subject with another digest is another dossier."""

    __table_args__ = (UniqueConstraint("subject_kind", "subject_id", "digest"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    subject_kind: str
    subject_id: int
    digest: str
    title: str
    author_ids: list[int] = Field(sa_type=JSON)
    """Accounts that wrote it, and so may not sign."""
    route: str
    markets: list[str] = Field(sa_type=JSON)
    audience: str
    source: str
    body_html: str
    link: str
    submitted_at: datetime = moment()


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
    at: datetime = moment()
