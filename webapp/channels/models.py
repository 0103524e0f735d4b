"""Tables: the one outbox, and addresses that must not be written to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.channels.rules import DeliveryState
from webapp.core.db import moment


class Outgoing(SQLModel, table=True):
    """One thing for one person through one channel. The unique key is what makes "never twice" hold.

    `account_id` 0 and a given `address`: somebody without an account. Purpose: sending; kept for 13 months
    after it was due, in a final state (`jobs.forget_deliveries`).
    """

    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "occurrence", "channel", "account_id", "address",
                         name="uq_outgoing_delivery"),
        Index("ix_outgoing_due", "state", "not_before", "id"),
        Index("ix_outgoing_person", "account_id", "address"))
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    subject_kind: str
    subject_id: int
    occurrence: str
    channel: str
    account_id: int = 0
    address: str = Field(default="", repr=False)
    language: str
    values: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, repr=False)
    not_before: datetime = moment()
    state: str = Field(default=DeliveryState.QUEUED)
    attempts: int = 0
    holder: str = ""
    """Which worker has leased it."""
    token: str = ""
    """Fencing token of the lease: a sender that lost its lease can change nothing."""
    lease_until: datetime | None = moment(default=None)
    reason: str = ""
    changed_at: datetime = moment()


class Suppression(SQLModel, table=True):
    """An address that bounced for good or complained, by its hash. Purpose: never to write there again. Kept until a
    person lifts it, and beyond an erasure: else the next account of that address would be written to."""

    address_hash: str = Field(primary_key=True)
    reason: str
    at: datetime = moment()
