"""How long what faculty disclosed is kept: six years after the last day on which their activity could be begun."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from webapp.cme import queries
from webapp.cme.models import CmeDisclosure, CmeDisclosureDecision, CmeDisclosureRequest
from webapp.cme.queries import faculty as faculty_queries
from webapp.cme.rules.certificates import KEPT
from webapp.cme.service import versions


def forget(session: Session, now: datetime) -> int:
    """Deletes people, what they stated and what was decided on it, once the time is over; returns how many people.
    Nothing younger than that goes: a trigger refuses it."""
    over: dict[int, bool] = {}
    gone = 0
    for row in faculty_queries.requests_before(session, now - KEPT):
        if row.activity_id not in over:
            newest = queries.newest(session, row.activity_id)
            over[row.activity_id] = newest is not None and versions.about(newest).valid.last < (now - KEPT).date()
        if over[row.activity_id]:
            gone += _forget(session, row, now)
    return gone


def _forget(session: Session, row: CmeDisclosureRequest, now: datetime) -> int:
    stated = faculty_queries.disclosures(session, [row.id or 0])
    made = faculty_queries.decisions(session, [one.id or 0 for one in stated])
    if _has_young([*(one.at for one in stated), *(one.at for one in made)], now):
        return 0
    session.execute(delete(CmeDisclosureDecision).where(
        col(CmeDisclosureDecision.disclosure_id).in_([one.id for one in stated])))
    session.execute(delete(CmeDisclosure).where(col(CmeDisclosure.request_id) == row.id))
    session.delete(row)
    session.flush()
    return 1


def _has_young(moments: Sequence[datetime], now: datetime) -> bool:
    return any(at > now - KEPT for at in moments)
