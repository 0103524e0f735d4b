"""Counts for whoever reads no case."""

from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from webapp.safety.models import SafetyCase
from webapp.safety.rules import State


def received_since(session: Session, moment: datetime) -> int:
    """How many cases came in from then on. The states, all of them, lead to the index."""
    return session.scalar(select(func.count()).select_from(SafetyCase).where(
        col(SafetyCase.state).in_(list(State)), col(SafetyCase.received_at) >= moment)) or 0
