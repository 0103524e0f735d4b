"""Every SELECT for the activity file."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from webapp.cme.models import CmeMoney, CmePublishEntry, CmeSection


def published(session: Session, activity_id: int) -> Sequence[CmePublishEntry]:
    """An activity's log of what was begun and ended, the oldest first."""
    return session.scalars(select(CmePublishEntry).where(col(CmePublishEntry.activity_id) == activity_id)
                           .order_by(col(CmePublishEntry.id))).all()


def all_sections(session: Session, version_id: int) -> Sequence[CmeSection]:
    """A version's sections in every language, in their order."""
    return session.scalars(select(CmeSection).where(col(CmeSection.version_id) == version_id)
                           .order_by(col(CmeSection.language), col(CmeSection.place))).all()


def money(session: Session, activity_id: int) -> Sequence[CmeMoney]:
    """What an activity took in and paid, by the day of payment."""
    return session.scalars(select(CmeMoney).where(col(CmeMoney.activity_id) == activity_id)
                           .order_by(col(CmeMoney.on), col(CmeMoney.id))).all()
