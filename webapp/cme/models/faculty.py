"""Tables: who was asked to disclose, what they stated, and what the provider decided on it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_code, new_key


class CmeDisclosureRequest(SQLModel, table=True):
    """Somebody with a hand in an activity, and the link by which they disclose. Purpose: learners are told who made an
    activity and what ties them to whom; gone six years after the activity's last day. Erasure empties the address and
    ends the link."""

    __tablename__ = "cme_disclosure_request"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    code: str = Field(default_factory=new_code, unique=True, repr=False)
    """128 random bits: what the link consists of. Drawn anew each time that the person is asked."""
    activity_id: int = Field(foreign_key="cme_activity.id", index=True)
    name: str = Field(repr=False)
    """As activity.yaml names them."""
    parts: list[str] = Field(sa_type=JSON)
    email: str = Field(repr=False)
    language: str
    round: int = 1
    """How often they were asked."""
    asked_at: datetime = moment()
    expires_at: datetime = moment()
    reminded_at: datetime | None = moment(default=None, nullable=True)
    ended_at: datetime | None = moment(default=None, nullable=True)
    """When the request was called off."""


class CmeDisclosure(SQLModel, table=True):
    """What somebody stated. Append-only: a later one of the same person takes its place, and both are kept, until six
    years after the activity's last day."""

    __tablename__ = "cme_disclosure"
    __table_args__ = (UniqueConstraint("request_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    request_id: int = Field(foreign_key="cme_disclosure_request.id")
    number: int
    ties: list[dict[str, Any]] = Field(sa_type=JSON)
    """`rules.disclosure.Tie`, each with its place; empty: stated that there are none."""
    at: datetime = moment()


class CmeDisclosureDecision(SQLModel, table=True):
    """What the provider decided on one relationship. Append-only: a later decision on it takes its place, and both are
    kept as long as the disclosure."""

    __tablename__ = "cme_disclosure_decision"
    __table_args__ = (UniqueConstraint("disclosure_id", "place", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    disclosure_id: int = Field(foreign_key="cme_disclosure.id")
    place: int
    """Of the relationship, from 1."""
    number: int
    verdict: str
    means: list[str] = Field(sa_type=JSON)
    exception: str = ""
    words: str = Field(repr=False)
    """Why, or how in particular."""
    account_id: int
    """Who decided."""
    at: datetime = moment()
