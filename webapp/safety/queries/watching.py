"""Every SELECT on cases whose legal clocks are to be told of."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Text, and_, cast, exists, or_, select
from sqlmodel import Session, col

from webapp.safety.models import SafetyCase, SafetyReport
from webapp.safety.queries import is_unanswered
from webapp.safety.rules import State
from webapp.safety.rules.due import NEVER
from webapp.safety.rules.reports import Criterion

AT_ONCE = 200
"""Cases that are held in memory, and asked about, together: our choice."""


def not_done(session: Session, received_until: datetime) -> Iterator[Sequence[SafetyCase]]:
    """Cases with which this platform has not done its part (as `rules.watching.is_done_here` says), oldest first and
    some at once: those received by then, and deaths, whose clock may have no time at all."""
    asked = select(SafetyCase).where(_is_not_done(), or_(
        col(SafetyCase.received_at) <= received_until, _is_death())).order_by(col(SafetyCase.id))
    yield from session.scalars(asked.execution_options(yield_per=AT_ONCE)).partitions()


def in_question(session: Session) -> Iterator[Sequence[SafetyCase]]:
    """Cases with which this platform has not done its part, and those of which it is stored that something is left to
    do, oldest first and some at once."""
    asked = select(SafetyCase).where(or_(_is_not_done(), col(SafetyCase.due_at) < NEVER)).order_by(
        col(SafetyCase.id))
    yield from session.scalars(asked.execution_options(yield_per=AT_ONCE)).partitions()


def _is_not_done() -> ColumnElement[bool]:
    is_waiting_for_desk = and_(col(SafetyCase.desk_id).is_not(None), exists().where(
        col(SafetyReport.case_id) == col(SafetyCase.id), is_unanswered()))
    return or_(col(SafetyCase.state) == State.NEW, and_(col(SafetyCase.state) == State.TRIAGED, is_waiting_for_desk))


def _is_death() -> ColumnElement[bool]:
    return cast(col(SafetyCase.criteria), Text).contains(f'"{Criterion.DEATH}"')
