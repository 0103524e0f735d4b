"""The outbox as verbs. Each takes a session or a connection and never commits."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, String, bindparam, delete, func, literal, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from webapp.channels import queries
from webapp.channels.models import Outgoing, Suppression
from webapp.channels.rules import FINAL_STATES, DeliveryState, may_move
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.core.subject import Subject

LEASE = timedelta(minutes=15)
"""Longer than a mail may take (`smtp.Relay.longest_seconds`) with both its records, so that none becomes `unknown`
while its sender still waits; a test computes the sum. A restart of the same worker need not wait for it."""

_RANDOM = {"sqlite": "lower(hex(randomblob(8)))", "postgresql": "right(replace(gen_random_uuid()::text, '-', ''), 16)"}
"""16 hexadecimal digits, made in SQL since rows are made set-wise."""


def add_from(session: Session, people: Select[int, str, str], *, subject: Subject, occurrence: str, channel: str,
             not_before: datetime, now: datetime) -> int:
    """One delivery per row of `people`, whose first columns are account id and language, in one statement. Rows that
    are there already stay as they are. Returns how many were added.

    Keys made by one call begin alike, so that they lie together in the index: wholly random ones would make each
    slice of a large audience rewrite all of it.
    """
    account_id, language = people.with_only_columns(*list(people.selected_columns)[:2]).subquery().c
    dialect = session.get_bind().dialect.name
    table = Outgoing.__table__  # type: ignore[attr-defined]
    same = {
        "subject_kind": subject.kind, "subject_id": subject.id, "occurrence": occurrence, "channel": channel,
        "address": "", "values": {}, "not_before": not_before, "state": str(DeliveryState.QUEUED), "attempts": 0,
        "holder": "", "token": "", "reason": "", "changed_at": now}
    rows = select(literal(secrets.token_hex(4)) + literal_column(_RANDOM[dialect], String), account_id, language,
                  *(literal(value, table.c[name].type) for name, value in same.items()))
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    made = insert.from_select(["key", "account_id", "language", *same],
                              rows.where(literal(True)),  # SQLite needs a WHERE between SELECT and ON CONFLICT
                              include_defaults=False)
    done = session.execute(made.on_conflict_do_nothing(), execution_options={"preserve_rowcount": True})
    return done.rowcount  # type: ignore[attr-defined]


def add_one(session: Session, delivery: Outgoing) -> None:
    """One delivery to one person; IntegrityError if there is one of the same subject and occurrence already."""
    session.add(delivery)
    session.flush()


def lease(session: Session, holder: str, *, limit: int, now: datetime) -> list[Outgoing]:
    """Takes up to `limit` due deliveries for `holder`, under a fresh fencing token; those to be tried again first."""
    rows: list[Outgoing] = []
    for state in (DeliveryState.RETRY, DeliveryState.QUEUED):
        rows += session.scalars(queries.due(state, now, limit - len(rows)))
    token = secrets.token_hex(8)
    for row in rows:
        row.state, row.holder, row.token = DeliveryState.LEASED, holder, token
        row.lease_until, row.changed_at = now + LEASE, now
        session.add(row)
    session.flush()
    return rows


@dataclass
class Move:
    """One delivery's step from one state to the next, under its fencing token. `is_done` tells whether it held."""

    id: int
    token: str
    before: DeliveryState
    after: DeliveryState
    now: datetime
    reason: str = ""
    attempts: int | None = None
    not_before: datetime | None = None
    suppress: str = field(default="", repr=False)
    """An address that turned out to be bad."""
    is_done: bool = False


_OLD = Outgoing.__table__.c  # type: ignore[attr-defined]
_STEP = update(Outgoing).where(
    col(Outgoing.id) == bindparam("row"), col(Outgoing.token) == bindparam("fence"),
    col(Outgoing.state) == bindparam("before")).values(
    state=bindparam("after"), changed_at=bindparam("at"), reason=bindparam("why"), lease_until=bindparam("until"),
    attempts=func.coalesce(bindparam("tried", type_=_OLD.attempts.type), _OLD.attempts),
    not_before=func.coalesce(bindparam("later", type_=_OLD.not_before.type), _OLD.not_before))
"""Made once: it runs twice for each mail, inside the lock."""


def make_moves(connection: Connection, groups: Sequence[Sequence[Move]]) -> None:
    """Carries out moves; for the group writer. A move whose token or state no longer holds is left undone."""
    for group in groups:
        for move in group:
            _make(connection, move)


def _make(connection: Connection, move: Move) -> None:
    changed = connection.execute(_STEP, {
        "row": move.id, "fence": move.token, "before": str(move.before), "after": str(move.after), "at": move.now,
        "why": move.reason, "tried": move.attempts, "later": move.not_before,
        "until": move.now + LEASE if move.after is DeliveryState.SENDING else None})
    move.is_done = changed.rowcount == 1
    if move.suppress:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(Suppression.__table__).values(  # type: ignore[attr-defined]
            address_hash=queries.address_hash(move.suppress), reason=move.reason, at=move.now)
            .on_conflict_do_nothing())


def release(session: Session, now: datetime, *, holder: str | None = None) -> tuple[int, int]:
    """Gives up leases that ran out, or all of a holder that is known to be dead.

    What was only leased goes back to the queue: nothing had been said to anybody. What was being sent becomes
    `unknown`, for a person to resolve. Returns both counts.
    """
    ended = col(Outgoing.lease_until) < now if holder is None else col(Outgoing.holder) == holder
    counts = []
    for before, after, reason in ((DeliveryState.LEASED, DeliveryState.QUEUED, ""),
                                  (DeliveryState.SENDING, DeliveryState.UNKNOWN, "lease-ended")):
        changed = session.execute(update(Outgoing).where(col(Outgoing.state) == str(before), ended).values(
            state=str(after), reason=reason, token="", lease_until=None, changed_at=now))
        counts.append(changed.rowcount)  # type: ignore[attr-defined]
    return counts[0], counts[1]


def resolve_unknown(session: Session, key: str, state: DeliveryState, by: By) -> None:
    """A person's word on a delivery whose fate nobody could know: `sent`, `failed`, `queued` (send it again) or
    `cancelled`. NotFound if there is no such delivery, Conflict if it is not `unknown` (any more)."""
    if not may_move(DeliveryState.UNKNOWN, state):
        raise Invalid(f"An unknown delivery cannot become {state}. Choose sent, failed, queued or cancelled.")
    changed = session.execute(update(Outgoing).where(
        col(Outgoing.key) == key, col(Outgoing.state) == str(DeliveryState.UNKNOWN)).values(
        state=str(state), reason="resolved", changed_at=by.at).returning(col(Outgoing.id))).scalar_one_or_none()
    if changed is None:
        if not queries.is_there(session, key):
            raise NotFound(N_("There is no delivery of this key. Nothing was changed; look at the key again."))
        raise Conflict(N_("This delivery is not unknown any more. Look at its present state."))
    audit.record(session, by, "delivery-resolved", Subject("delivery", changed), state)


def lift_suppression(session: Session, address: str, about: Subject, by: By) -> None:
    """Takes an address off the suppression list, so that it is written to again. `about` is whose address it is, as far
    as the caller knows: the audit names no address, not even by its hash. NotFound if it is not on the list."""
    gone = session.execute(delete(Suppression).where(
        col(Suppression.address_hash) == queries.address_hash(address)).returning(col(Suppression.reason)))
    reason = gone.scalar_one_or_none()
    if reason is None:
        raise NotFound(N_("This address is not on the suppression list. Nothing was changed."))
    audit.record(session, by, "suppression-lifted", about, reason)


def forget(session: Session, due_before: datetime, limit: int) -> int:
    """Deletes up to `limit` deliveries in one final state that were due before this; returns how many."""
    for state in sorted(FINAL_STATES):
        old = queries.final_before(state, due_before, limit)
        gone = session.execute(delete(Outgoing).where(col(Outgoing.id).in_(old)))
        if gone.rowcount:  # type: ignore[attr-defined]
            return gone.rowcount  # type: ignore[attr-defined]
    return 0


def forget_kind(session: Session, kind: str, due_before: datetime) -> int:
    """Deletes the deliveries of one kind of subject that are settled, and any that were due before this; returns how
    many."""
    gone = session.execute(delete(Outgoing).where(
        col(Outgoing.subject_kind) == kind,
        or_(col(Outgoing.state).in_(FINAL_STATES), col(Outgoing.not_before) < due_before)))
    return gone.rowcount  # type: ignore[attr-defined]


def mark_simulated(session: Session, subject: Subject, now: datetime) -> None:
    """Settles every delivery of a simulated subject as sent, saying so; nothing is mailed. For sample worlds only."""
    session.execute(update(Outgoing).where(
        col(Outgoing.subject_kind) == subject.kind, col(Outgoing.subject_id) == subject.id).values(
        state=str(DeliveryState.SENT), reason="simulated", attempts=1, changed_at=now))
