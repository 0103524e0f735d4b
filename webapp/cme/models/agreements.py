"""Table: the signed copies of agreements on support."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_key


class CmeAgreement(SQLModel, table=True):
    """A signed agreement with a supporter, as the provider brought it in. Append-only: a later one with the same
    company stands beside it. It can name who signed; kept for six years at least, as accreditors ask. Who brought it in
    is the audit's."""

    __tablename__ = "cme_agreement"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    activity_id: int = Field(foreign_key="cme_activity.id", index=True)
    company: str
    """As activity.yaml names it."""
    sha256: str
    pdf: bytes = Field(repr=False)
    at: datetime = moment()
