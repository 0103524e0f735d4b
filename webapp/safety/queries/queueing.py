"""Every SELECT on the safety officers' queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CompoundSelect, Select, func, select, union_all
from sqlmodel import Session, col

from webapp.safety.models import SafetyCase
from webapp.safety.queries import waiting
from webapp.safety.rules import IN_USE
from webapp.safety.rules.due import AT_ONCE, NEVER


@dataclass(frozen=True)
class Asked:
    """What of the queue is wanted: states, whether something is left to do (None for either), a product's slug (None
    for any, empty for none yet), a market, what was received by then, and whether a downgrade waits."""

    states: tuple[str, ...]
    is_left: bool | None = None
    product: str | None = None
    market: str = ""
    received_until: datetime | None = None
    is_waiting: bool = False


def queue(session: Session, asked: Asked, *, offset: int, limit: int) -> list[SafetyCase]:
    """Cases, in the queue's order."""
    numbers = [row.id for row in session.execute(in_order(asked).offset(offset).limit(limit))]
    rows = {row.id: row for row in session.scalars(select(SafetyCase).where(col(SafetyCase.id).in_(numbers)))}
    return [rows[number] for number in numbers]


def in_order(asked: Asked) -> CompoundSelect[int | None, datetime, datetime]:
    """Number, due time and receipt of the cases wanted: by the clock that runs out first, with those behind with which
    nothing is left to do, then by receipt. Each state is read in an index's order, and the database merges them: asked
    for both states at once it would sort all."""
    found = union_all(*(_in_state(state, asked) for state in asked.states))
    return found.order_by("due_at", "received_at", "id")


def count_left(session: Session) -> int:
    """With how many cases something is left to do here."""
    return session.scalar(select(func.count()).select_from(SafetyCase).where(
        col(SafetyCase.state).in_(IN_USE), col(SafetyCase.due_at) < NEVER)) or 0


def deaths_at_once(session: Session, limit: int) -> Sequence[SafetyCase]:
    """Deaths for which a market's law gives no time and this platform has not done its part, the newest first."""
    return session.scalars(select(SafetyCase).where(
        col(SafetyCase.state).in_(IN_USE), col(SafetyCase.due_at) == AT_ONCE)
        .order_by(col(SafetyCase.received_at).desc(), col(SafetyCase.id).desc()).limit(limit)).all()


def _in_state(state: str, asked: Asked) -> Select[int | None, datetime, datetime]:
    query = select(col(SafetyCase.id), col(SafetyCase.due_at), col(SafetyCase.received_at)).where(
        col(SafetyCase.state) == state)
    if asked.is_left is not None:
        query = query.where(col(SafetyCase.due_at) < NEVER if asked.is_left else col(SafetyCase.due_at) == NEVER)
    if asked.product is not None:
        query = query.where(col(SafetyCase.product) == asked.product)
    if asked.market:
        query = query.where(col(SafetyCase.market) == asked.market)
    if asked.received_until is not None:
        query = query.where(col(SafetyCase.received_at) <= asked.received_until)
    if asked.is_waiting:
        query = query.where(col(SafetyCase.id).in_(waiting()))
    return query
