"""Every SELECT on the outbox."""

import hashlib
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlmodel import Session, col

from webapp.channels.models import Outgoing, Suppression
from webapp.channels.rules import DeliveryState
from webapp.core.subject import Subject


def due(state: DeliveryState, now: datetime, limit: int) -> Select[Outgoing]:
    """Deliveries in `state` that may go out now, the longest waiting first; PostgreSQL skips other senders' rows.

    One state at a time: only so does the index give the order, without sorting all that waits.
    """
    return (select(Outgoing).where(col(Outgoing.state) == str(state), col(Outgoing.not_before) <= now)
            .order_by(col(Outgoing.not_before), col(Outgoing.id)).limit(limit).with_for_update(skip_locked=True))


def by_key(session: Session, key: str) -> Outgoing | None:
    """The delivery of that key."""
    return session.scalar(select(Outgoing).where(col(Outgoing.key) == key))


def states(session: Session, subject: Subject) -> dict[str, int]:
    """State -> deliveries of one subject."""
    rows = session.execute(
        select(col(Outgoing.state), func.count())
        .where(col(Outgoing.subject_kind) == subject.kind, col(Outgoing.subject_id) == subject.id)
        .group_by(col(Outgoing.state)))
    return {row[0]: row[1] for row in rows}


def unknown(session: Session, subject: Subject) -> list[Outgoing]:
    """Deliveries of one subject whose fate nobody could know: they wait for a person."""
    return list(session.scalars(select(Outgoing).where(
        col(Outgoing.subject_kind) == subject.kind, col(Outgoing.subject_id) == subject.id,
        col(Outgoing.state) == str(DeliveryState.UNKNOWN)).order_by(col(Outgoing.id))))


def sent_keys(subject: Subject) -> Select[str]:
    """Keys of the deliveries of one subject that were sent, for others to select among."""
    return select(col(Outgoing.key)).where(
        col(Outgoing.subject_kind) == subject.kind, col(Outgoing.subject_id) == subject.id,
        col(Outgoing.state) == str(DeliveryState.SENT))


def last_account_id(session: Session, subject: Subject, occurrence: str, channel: str) -> int:
    """The highest account number with a delivery of this occurrence; 0 if there is none. One step in the index."""
    return session.scalar(select(func.max(col(Outgoing.account_id))).where(
        col(Outgoing.subject_kind) == subject.kind, col(Outgoing.subject_id) == subject.id,
        col(Outgoing.occurrence) == occurrence, col(Outgoing.channel) == channel)) or 0


def is_suppressed(session: Session, address: str) -> bool:
    """Whether nothing may be sent to this address."""
    return session.get(Suppression, address_hash(address)) is not None


def address_hash(address: str) -> str:
    """How an address is named in the suppression list."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()


def waiting(session: Session, now: datetime) -> int:
    """How many deliveries are due or under way."""
    return session.scalar(select(func.count()).select_from(Outgoing).where(or_(
        col(Outgoing.state).in_([DeliveryState.LEASED, DeliveryState.SENDING]),
        col(Outgoing.state).in_([DeliveryState.QUEUED, DeliveryState.RETRY])
        & (col(Outgoing.not_before) <= now)))) or 0
