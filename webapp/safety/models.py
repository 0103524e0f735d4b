"""Tables: desks, cases, what was told of them, receipts, hand-overs with their ledger."""

from datetime import datetime

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_code, new_key
from webapp.safety.rules import State
from webapp.safety.rules.clocks import Expectedness

_OPEN = text("is_open")


class SafetyDesk(SQLModel, table=True):
    """Where a company takes cases on a product in a market: a mailbox or a webhook. A desk that closed takes none and
    stays as it was, since its cases name it; the next one, of whichever company, is another. Of those open there is one
    for a product in a market."""

    __tablename__ = "safety_desk"
    __table_args__ = (Index("uq_safety_desk_open", "product", "market", unique=True, sqlite_where=_OPEN,
                            postgresql_where=_OPEN),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    company_id: int = Field(foreign_key="company.id", index=True)
    product: str
    """The slug of the medicine's topic."""
    market: str
    channel: str
    """`email` or `webhook`."""
    address: str = Field(repr=False)
    is_open: bool = True
    opened_at: datetime = moment()


class SafetyCase(SQLModel, table=True):
    """One case. Purpose: a duty of law, which outlives the account that reported: erasure takes `account_id` away and
    keeps the case. Kept as long as the product is sold and ten years more (our choice, after Regulation (EU) 520/2012,
    Article 12, of a marketing authorisation's records)."""

    __tablename__ = "safety_case"
    __table_args__ = (Index("ix_safety_case_queue", "state", "received_at"),
                      Index("ix_safety_case_product", "product", "market", "received_at"))
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    submission: str = Field(unique=True)
    """Made with the form: one that is sent twice is one case."""
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    source: str
    place_kind: str = ""
    place_id: int = 0
    """What it was written on, as a Subject."""
    market: str
    language: str
    product: str = ""
    """The slug of the medicine it is about; empty where nobody could tell yet."""
    desk_id: int | None = Field(default=None, foreign_key="safety_desk.id")
    received_at: datetime = moment()
    """First receipt: day 0. Never changed, which triggers see to."""
    valid_at: datetime | None = moment(default=None, nullable=True)
    """When all four elements were there first."""
    state: str = State.NEW
    elements: list[str] = Field(default_factory=list, sa_type=JSON)
    criteria: list[str] = Field(default_factory=list, sa_type=JSON)
    """Of seriousness: as reported, then as an officer sees it."""
    expectedness: str = Expectedness.UNKNOWN
    reaction: str = ""
    """The term that an officer coded it with."""
    duplicate_of: int | None = Field(default=None, foreign_key="safety_case.id")


class SafetyReport(SQLModel, table=True):
    """One telling of a case, sealed. Append-only. Purpose and time: the case's."""

    __tablename__ = "safety_report"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="safety_case.id", index=True)
    kind: str
    is_significant: bool = True
    """Whether it starts the legal clocks anew."""
    sealed: bytes = Field(repr=False)
    at: datetime = moment()
    """When it was received."""


class SafetyReceipt(SQLModel, table=True):
    """What a reporter was answered with. A report that came twice has two. Append-only."""

    __tablename__ = "safety_receipt"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(default_factory=new_code, unique=True)
    case_id: int = Field(foreign_key="safety_case.id", index=True)
    at: datetime = moment()
