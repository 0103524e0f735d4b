"""Every SELECT on the outbox."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlmodel import Session, col

from webapp.channels.models import Outgoing, Suppression
from webapp.channels.rules import FINAL_STATES, DeliveryState
from webapp.core.subject import Subject


def due(state: DeliveryState, now: datetime, limit: int) -> Select[Outgoing]:
    """Deliveries in `state` that may go out now, the longest waiting first; PostgreSQL skips other senders' rows.

    One state at a time: only so does the index give the order, without sorting all that waits.
    """
    return (select(Outgoing).where(col(Outgoing.state) == str(state), col(Outgoing.not_before) <= now)
            .order_by(col(Outgoing.not_before), col(Outgoing.id)).limit(limit).with_for_update(skip_locked=True))


def states(session: Session, subject: Subject) -> dict[str, int]:
    """State -> deliveries of one subject."""
    rows = session.execute(
        select(col(Outgoing.state), func.count())
        .where(col(Outgoing.subject_kind) == subject.kind, col(Outgoing.subject_id) == subject.id)
        .group_by(col(Outgoing.state)))
    return {row[0]: row[1] for row in rows}


def first_sent(session: Session, kind: str) -> dict[tuple[int, str], datetime]:
    """(subject's number, language) -> when the first of its mails left, of all subjects of a kind."""
    rows = session.execute(
        select(col(Outgoing.subject_id), col(Outgoing.language), func.min(col(Outgoing.changed_at)))
        .where(col(Outgoing.subject_kind) == kind, col(Outgoing.state) == str(DeliveryState.SENT))
        .group_by(col(Outgoing.subject_id), col(Outgoing.language)))
    return {(number, language): at for number, language, at in rows}


def there(session: Session, kind: str, numbers: Collection[int], occurrences: Collection[str]) -> set[tuple[int, str]]:
    """(subject's number, occurrence) of the deliveries of these subjects of a kind that have one of these occurrences,
    whatever became of them."""
    rows = session.execute(select(col(Outgoing.subject_id), col(Outgoing.occurrence)).where(
        col(Outgoing.subject_kind) == kind, col(Outgoing.subject_id).in_(sorted(numbers)),
        col(Outgoing.occurrence).in_(sorted(occurrences))))
    return {(number, occurrence) for number, occurrence in rows}


def delivery(session: Session, subject: Subject, occurrence: str) -> Outgoing | None:
    """The one delivery of an occurrence that goes to one address alone; None before it was added."""
    return session.scalar(select(Outgoing).where(
        col(Outgoing.subject_kind) == subject.kind, col(Outgoing.subject_id) == subject.id,
        col(Outgoing.occurrence) == occurrence))


def is_there(session: Session, key: str) -> bool:
    """Whether there is a delivery of that key, in whatever state."""
    return session.scalar(select(col(Outgoing.id)).where(col(Outgoing.key) == key)) is not None


def unknown(session: Session, subject: Subject) -> list[Outgoing]:
    """Deliveries of one subject whose fate nobody could know: they wait for a person."""
    return list(session.scalars(select(Outgoing).where(
        col(Outgoing.subject_kind) == subject.kind, col(Outgoing.subject_id) == subject.id,
        col(Outgoing.state) == str(DeliveryState.UNKNOWN)).order_by(col(Outgoing.id))))


def final_before(state: DeliveryState, due_before: datetime, limit: int) -> Select[Any]:
    """Numbers of the deliveries in `state` that were due longest ago, before this."""
    return (select(col(Outgoing.id)).where(col(Outgoing.state) == str(state), col(Outgoing.not_before) < due_before)
            .order_by(col(Outgoing.not_before), col(Outgoing.id)).limit(limit))


def last_account_id(session: Session, subject: Subject, occurrence: str, channel: str) -> int:
    """The highest account number with a delivery of this occurrence; 0 if there is none. One step in the index."""
    return session.scalar(select(func.max(col(Outgoing.account_id))).where(
        col(Outgoing.subject_kind) == subject.kind, col(Outgoing.subject_id) == subject.id,
        col(Outgoing.occurrence) == occurrence, col(Outgoing.channel) == channel)) or 0


def waiting(session: Session) -> list[tuple[str, str, int, datetime]]:
    """(state, kind of subject, how many, the earliest due) of what has not come to an end."""
    return _counts(session, col(Outgoing.state).in_([str(state) for state in set(DeliveryState) - FINAL_STATES]))


def ended_since(session: Session, since: datetime) -> list[tuple[str, str, int, datetime]]:
    """(state, kind of subject, how many, the earliest due) of what has come to an end and was due since then: all of
    it would take long to count."""
    return _counts(session, col(Outgoing.state).in_([str(state) for state in FINAL_STATES]),
                   col(Outgoing.not_before) >= since)


def _counts(session: Session, *where: Any) -> list[tuple[str, str, int, datetime]]:
    rows = session.execute(
        select(col(Outgoing.state), col(Outgoing.subject_kind), func.count(), func.min(col(Outgoing.not_before)))
        .where(*where).group_by(col(Outgoing.state), col(Outgoing.subject_kind)))
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """Since when the delivery that waits longest could have gone; None if none is due."""
    asked = select(func.min(col(Outgoing.not_before))).where(col(Outgoing.not_before) <= now)
    found = [session.scalar(asked.where(col(Outgoing.state) == str(state)))
             for state in (DeliveryState.QUEUED, DeliveryState.RETRY)]
    return min((moment for moment in found if moment is not None), default=None)


def all_unknown(session: Session, *, offset: int, limit: int) -> list[Outgoing]:
    """Deliveries whose fate nobody could know, of every subject, the oldest first."""
    return list(session.scalars(select(Outgoing).where(col(Outgoing.state) == str(DeliveryState.UNKNOWN))
                                .order_by(col(Outgoing.not_before), col(Outgoing.id)).offset(offset).limit(limit)))


def suppression(session: Session, address: str) -> Suppression | None:
    """The line of the suppression list about this address."""
    return session.get(Suppression, address_hash(address))


def suppressions(session: Session, *, offset: int, limit: int) -> list[tuple[str, datetime]]:
    """(reason, since when) of the lines of the suppression list, the newest first; whose they are, nobody can read."""
    rows = session.execute(select(col(Suppression.reason), col(Suppression.at))
                           .order_by(col(Suppression.at).desc(), col(Suppression.address_hash))
                           .offset(offset).limit(limit))
    return [(row[0], row[1]) for row in rows]


def suppressed(session: Session) -> int:
    """How many addresses are on the suppression list."""
    return session.scalar(select(func.count()).select_from(Suppression)) or 0


def to_person(account_id: int, address: str) -> ColumnElement[bool]:
    """Which deliveries are one person's: the account's, and those to the address as of somebody without an account."""
    return or_(col(Outgoing.account_id) == account_id,
               and_(col(Outgoing.account_id) == 0, col(Outgoing.address) == address))


def sent_to(session: Session, account_id: int, address: str) -> list[Outgoing]:
    """One person's deliveries, the oldest first."""
    return list(session.scalars(select(Outgoing).where(to_person(account_id, address)).order_by(col(Outgoing.id))))


def subjects_sent(session: Session, account_id: int, kind: str) -> list[int]:
    """Numbers of the subjects of one kind that an account has deliveries of."""
    return list(session.scalars(select(col(Outgoing.subject_id)).distinct().where(
        col(Outgoing.account_id) == account_id, col(Outgoing.subject_kind) == kind).order_by(col(Outgoing.subject_id))))


def is_suppressed(session: Session, address: str) -> bool:
    """Whether nothing may be sent to this address."""
    return session.get(Suppression, address_hash(address)) is not None


def address_hash(address: str) -> str:
    """How an address is named in the suppression list."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()
