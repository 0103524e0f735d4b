"""Every SELECT on certificates, credit from elsewhere, and what is held of a person."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased, defer
from sqlmodel import Session, col

from webapp.cme.models import (
    CmeActivity,
    CmeCertificate,
    CmeCertificateEvent,
    CmeClaim,
    CmeExternalCredit,
    CmeFollowUp,
    CmeParticipation,
    CmePublishEntry,
    CmeReleaseExport,
    CmeReporting,
    CmeVersion,
)


def certificate_of(session: Session, participation_id: int) -> CmeCertificate | None:
    """The newest of a participation: every other one was replaced."""
    return session.scalar(select(CmeCertificate).where(col(CmeCertificate.participation_id) == participation_id)
                          .order_by(col(CmeCertificate.id).desc()).limit(1))


def certificate(session: Session, code: str, *, for_update: bool = False) -> CmeCertificate | None:
    """One by its code."""
    asked = select(CmeCertificate).where(col(CmeCertificate.code) == code)
    return session.scalar(asked.with_for_update() if for_update else asked)


def successor_code(session: Session, certificate_id: int) -> str | None:
    """The code of the certificate that replaced this one; None if none did."""
    return session.scalar(select(col(CmeCertificate.code)).where(col(CmeCertificate.supersedes_id) == certificate_id))


def is_revoked(session: Session, certificate_id: int) -> bool:
    """Whether it was revoked."""
    return session.scalar(select(col(CmeCertificateEvent.id)).where(
        col(CmeCertificateEvent.certificate_id) == certificate_id)) is not None


def revoked() -> Select[int]:
    """Participations whose certificate was revoked: their credit counts no more."""
    return select(col(CmeCertificate.participation_id)).join(
        CmeCertificateEvent, col(CmeCertificateEvent.certificate_id) == col(CmeCertificate.id))


def was_revoked(session: Session, participation_id: int) -> bool:
    """Whether one of a participation was revoked."""
    mine = revoked().where(col(CmeCertificate.participation_id) == participation_id)
    return session.scalar(mine.limit(1)) is not None


def of_activity(session: Session, activity_id: int, *, offset: int, limit: int) -> Sequence[Any]:
    """Certificates of any version of an activity, the newest completion first and of one the newest, without their
    bytes: `code`, `kind`, `name`, `facts`, and whether each `is_superseded` and `is_revoked`."""
    newer, event = aliased(CmeCertificate), aliased(CmeCertificateEvent)
    return session.execute(
        select(col(CmeCertificate.code), col(CmeCertificate.kind), col(CmeCertificate.name), col(CmeCertificate.facts),
               exists().where(col(newer.supersedes_id) == col(CmeCertificate.id)).label("is_superseded"),
               exists().where(col(event.certificate_id) == col(CmeCertificate.id)).label("is_revoked"))
        .join(CmeParticipation, col(CmeParticipation.id) == col(CmeCertificate.participation_id))
        .join(CmeVersion, col(CmeVersion.id) == col(CmeParticipation.version_id))
        .where(col(CmeVersion.activity_id) == activity_id)
        .order_by(col(CmeParticipation.completed_at).desc(), col(CmeCertificate.id).desc())
        .offset(offset).limit(limit)).all()


def activity_of(session: Session, participation_id: int) -> str:
    """The slug of the activity that somebody took part in."""
    return session.execute(
        select(col(CmeActivity.slug)).join(CmeVersion, col(CmeVersion.activity_id) == col(CmeActivity.id))
        .join(CmeParticipation, col(CmeParticipation.version_id) == col(CmeVersion.id))
        .where(col(CmeParticipation.id) == participation_id)).scalar_one()


def own_certificate(session: Session, account_id: int, code: str) -> bytes | None:
    """The stored bytes of a certificate of the account's own."""
    return session.scalar(
        select(col(CmeCertificate.pdf))
        .join(CmeParticipation, col(CmeParticipation.id) == col(CmeCertificate.participation_id))
        .where(col(CmeParticipation.account_id) == account_id, col(CmeCertificate.code) == code))


def completions(session: Session, account_id: int) -> Sequence[Any]:
    """Of each of the account's completions the certificate that is the newest, without its bytes: `id`, `code`, `kind`,
    `facts`, `name`, `at`, and whether it `is_revoked`."""
    newest_ids = (select(func.max(col(CmeCertificate.id)))
                  .join(CmeParticipation, col(CmeParticipation.id) == col(CmeCertificate.participation_id))
                  .where(col(CmeParticipation.account_id) == account_id)
                  .group_by(col(CmeCertificate.participation_id)))
    return session.execute(
        select(col(CmeCertificate.id), col(CmeCertificate.code), col(CmeCertificate.kind), col(CmeCertificate.facts),
               col(CmeCertificate.name), col(CmeCertificate.at),
               col(CmeCertificateEvent.id).is_not(None).label("is_revoked"))
        .outerjoin(CmeCertificateEvent, col(CmeCertificateEvent.certificate_id) == col(CmeCertificate.id))
        .where(col(CmeCertificate.id).in_(newest_ids)).order_by(col(CmeCertificate.id))).all()


def external_credits(session: Session, account_id: int) -> Sequence[CmeExternalCredit]:
    """What the account wrote down."""
    return session.scalars(select(CmeExternalCredit).where(col(CmeExternalCredit.account_id) == account_id)
                           .order_by(col(CmeExternalCredit.id))).all()


def external_credit(session: Session, account_id: int, key: str) -> CmeExternalCredit | None:
    """One of the account's own."""
    return session.scalar(select(CmeExternalCredit).where(
        col(CmeExternalCredit.account_id) == account_id, col(CmeExternalCredit.key) == key))


def credit_entries(session: Session, since: datetime) -> Iterator[tuple[int, str, date, Decimal, bool]]:
    """(account, system, day, amount, whether self-study) of all that counts and was earned since, here or elsewhere."""
    for account_id, system, at, amount in session.execute(
            select(col(CmeParticipation.account_id), col(CmeClaim.system), col(CmeParticipation.completed_at),
                   col(CmeClaim.amount))
            .join(CmeClaim, col(CmeClaim.participation_id) == col(CmeParticipation.id))
            .where(col(CmeParticipation.account_id).is_not(None), col(CmeParticipation.completed_at) >= since,
                   col(CmeClaim.is_accredited).is_(True), col(CmeParticipation.id).not_in(revoked()))):
        yield account_id, system, at.date(), amount, False
    for account_id, system, on, amount, is_self_study in session.execute(
            select(col(CmeExternalCredit.account_id), col(CmeExternalCredit.system), col(CmeExternalCredit.on),
                   col(CmeExternalCredit.amount), col(CmeExternalCredit.is_self_study))
            .where(col(CmeExternalCredit.on) >= since.date())):
        yield account_id, system, on, amount, is_self_study


def forgettable(session: Session, before: datetime, limit: int) -> Sequence[int | None]:
    """Certificates that nobody's account holds any more and that, with what became of them, are older than this. Of
    those that replaced each other the newest comes first."""
    newer, event = aliased(CmeCertificate), aliased(CmeCertificateEvent)
    return session.scalars(
        select(col(CmeCertificate.id))
        .join(CmeParticipation, col(CmeParticipation.id) == col(CmeCertificate.participation_id))
        .where(col(CmeParticipation.account_id).is_(None), col(CmeCertificate.at) < before,
               ~exists().where(col(newer.supersedes_id) == col(CmeCertificate.id)),
               ~exists().where(col(event.certificate_id) == col(CmeCertificate.id), col(event.at) >= before))
        .order_by(col(CmeCertificate.id)).limit(limit)).all()


# What is held of a person


def claims_in(session: Session, participation_ids: Collection[int]) -> Sequence[CmeClaim]:
    """The credit claimed in these participations."""
    return session.scalars(select(CmeClaim).where(col(CmeClaim.participation_id).in_(participation_ids))
                           .order_by(col(CmeClaim.id))).all()


def certificate_ids(session: Session, participation_ids: Collection[int]) -> Sequence[int | None]:
    """Numbers of all certificates of these participations, the replaced ones too."""
    return session.scalars(select(col(CmeCertificate.id)).where(
        col(CmeCertificate.participation_id).in_(participation_ids))).all()


def certificates(session: Session, participation_ids: Collection[int]) -> Sequence[CmeCertificate]:
    """All certificates of these participations, without their bytes unless they are asked for."""
    return session.scalars(select(CmeCertificate).where(col(CmeCertificate.participation_id).in_(participation_ids))
                           .options(defer(CmeCertificate.pdf))  # type: ignore[arg-type]
                           .order_by(col(CmeCertificate.id))).all()


def published_by(session: Session, account_id: int) -> Sequence[CmePublishEntry]:
    """What the account began, withdrew or ended."""
    return session.scalars(select(CmePublishEntry).where(col(CmePublishEntry.account_id) == account_id)
                           .order_by(col(CmePublishEntry.id))).all()


def revoked_by(session: Session, account_id: int) -> Sequence[CmeCertificateEvent]:
    """Certificates that the account revoked."""
    return session.scalars(select(CmeCertificateEvent).where(col(CmeCertificateEvent.account_id) == account_id)
                           .order_by(col(CmeCertificateEvent.id))).all()


def reporting_of(session: Session, participation_ids: Collection[int]) -> Sequence[CmeReporting]:
    """What learners agreed to have reported."""
    return session.scalars(select(CmeReporting).where(col(CmeReporting.participation_id).in_(participation_ids))).all()


def follow_ups_of(session: Session, participation_ids: Collection[int]) -> Sequence[CmeFollowUp]:
    """That they were asked what came of it, and their answers."""
    return session.scalars(select(CmeFollowUp).where(col(CmeFollowUp.participation_id).in_(participation_ids))).all()


def outcomes_taken_by(session: Session, account_id: int) -> Sequence[CmeReleaseExport]:
    """Released figures that an account took away."""
    return session.scalars(select(CmeReleaseExport).where(col(CmeReleaseExport.account_id) == account_id)).all()
