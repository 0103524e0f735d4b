"""Every SELECT for the activity file."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from webapp.cme.models import CmeAgreement, CmeMoney, CmePublishEntry, CmeSection


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


def agreements(session: Session, activity_id: int) -> Sequence[CmeAgreement]:
    """An activity's signed agreements, the oldest first; their bytes are fetched when they are asked for."""
    return session.scalars(select(CmeAgreement).where(col(CmeAgreement.activity_id) == activity_id)
                           .options(defer(CmeAgreement.pdf))  # type: ignore[arg-type]
                           .order_by(col(CmeAgreement.id))).all()


def agreement(session: Session, activity_id: int, key: str) -> CmeAgreement | None:
    """One of an activity's."""
    return session.scalar(select(CmeAgreement).where(col(CmeAgreement.activity_id) == activity_id,
                                                     col(CmeAgreement.key) == key))
