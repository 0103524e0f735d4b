"""Every SELECT of what faculty disclosed and what was decided on it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from webapp.cme.models import CmeDisclosure, CmeDisclosureDecision, CmeDisclosureRequest


def of_code(session: Session, code: str, *, for_update: bool = False) -> CmeDisclosureRequest | None:
    """Who discloses by this link."""
    asked = select(CmeDisclosureRequest).where(col(CmeDisclosureRequest.code) == code)
    return session.scalar(asked.with_for_update() if for_update else asked)


def of_key(session: Session, activity_id: int, key: str, *, for_update: bool = False) -> CmeDisclosureRequest | None:
    """Somebody who was asked for an activity."""
    asked = select(CmeDisclosureRequest).where(col(CmeDisclosureRequest.activity_id) == activity_id,
                                               col(CmeDisclosureRequest.key) == key)
    return session.scalar(asked.with_for_update() if for_update else asked)


def requests(session: Session, activity_id: int) -> Sequence[CmeDisclosureRequest]:
    """Everybody who was asked for an activity, those called off among them, in the order in which they were."""
    return session.scalars(select(CmeDisclosureRequest).where(col(CmeDisclosureRequest.activity_id) == activity_id)
                           .order_by(col(CmeDisclosureRequest.id))).all()


def requests_to(session: Session, email: str) -> Sequence[CmeDisclosureRequest]:
    """Those that went to an address, in whatever letters it is written."""
    return session.scalars(select(CmeDisclosureRequest).where(
        func.lower(col(CmeDisclosureRequest.email)) == email.lower()).order_by(col(CmeDisclosureRequest.id))).all()


def to_remind(session: Session, asked_before: datetime, now: datetime, limit: int) -> Sequence[CmeDisclosureRequest]:
    """Whoever was asked before this moment, was not reminded, and has stated nothing since; the link must still lead
    somewhere."""
    answered = select(col(CmeDisclosure.id)).where(
        col(CmeDisclosure.request_id) == col(CmeDisclosureRequest.id),
        col(CmeDisclosure.at) >= col(CmeDisclosureRequest.asked_at)).exists()
    return session.scalars(select(CmeDisclosureRequest).where(
        col(CmeDisclosureRequest.asked_at) <= asked_before, col(CmeDisclosureRequest.reminded_at).is_(None),
        col(CmeDisclosureRequest.ended_at).is_(None), col(CmeDisclosureRequest.expires_at) > now, ~answered)
        .order_by(col(CmeDisclosureRequest.id)).limit(limit)).all()


def disclosures(session: Session, request_ids: Collection[int]) -> Sequence[CmeDisclosure]:
    """What these people stated, each one's first first."""
    return session.scalars(select(CmeDisclosure).where(col(CmeDisclosure.request_id).in_(request_ids))
                           .order_by(col(CmeDisclosure.request_id), col(CmeDisclosure.number))).all()


def decisions(session: Session, disclosure_ids: Collection[int]) -> Sequence[CmeDisclosureDecision]:
    """What was decided on these, in the order in which it was."""
    return session.scalars(select(CmeDisclosureDecision).where(
        col(CmeDisclosureDecision.disclosure_id).in_(disclosure_ids)).order_by(col(CmeDisclosureDecision.id))).all()


def decided_by(session: Session, account_id: int) -> Sequence[CmeDisclosureDecision]:
    """What an account decided."""
    return session.scalars(select(CmeDisclosureDecision).where(
        col(CmeDisclosureDecision.account_id) == account_id).order_by(col(CmeDisclosureDecision.id))).all()


def requests_before(session: Session, asked_before: datetime) -> Sequence[CmeDisclosureRequest]:
    """Those who were asked before this moment."""
    return session.scalars(select(CmeDisclosureRequest).where(
        col(CmeDisclosureRequest.asked_at) < asked_before).order_by(col(CmeDisclosureRequest.id))).all()
