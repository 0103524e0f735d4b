"""Every SELECT of the package."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from webapp.cme.models import (
    CmeActivity,
    CmeAnswer,
    CmeAttempt,
    CmeClaim,
    CmeEvaluation,
    CmeParticipation,
    CmePublishEntry,
    CmeSection,
    CmeStep,
    CmeVersion,
)

FILES_LATER = (defer(CmeVersion.about), defer(CmeVersion.assessment))  # type: ignore[arg-type]


def activity(session: Session, slug: str, *, for_update: bool = False) -> CmeActivity | None:
    """An activity by its folder's name."""
    asked = select(CmeActivity).where(col(CmeActivity.slug) == slug)
    return session.scalar(asked.with_for_update() if for_update else asked)


def activities(session: Session) -> Sequence[CmeActivity]:
    """Those that can be begun, by slug."""
    return session.scalars(select(CmeActivity).where(col(CmeActivity.live_version_id).is_not(None))
                           .order_by(col(CmeActivity.slug))).all()


def all_activities(session: Session) -> Sequence[CmeActivity]:
    """Those that were ever brought in, by slug."""
    return session.scalars(select(CmeActivity).order_by(col(CmeActivity.slug))).all()


def version(session: Session, version_id: int) -> CmeVersion:
    """A version that is known to be there. What its files say is fetched when it is asked for."""
    return session.get_one(CmeVersion, version_id, options=FILES_LATER)


def version_of(session: Session, activity_id: int, digest: str) -> CmeVersion | None:
    """The version of an activity with this digest."""
    return session.scalar(select(CmeVersion).where(col(CmeVersion.activity_id) == activity_id,
                                                   col(CmeVersion.digest) == digest))


def newest(session: Session, activity_id: int) -> CmeVersion | None:
    """The version that came in last."""
    return session.scalar(select(CmeVersion).where(col(CmeVersion.activity_id) == activity_id)
                          .order_by(col(CmeVersion.number).desc()).limit(1))


def sections(session: Session, version_id: int, language: str) -> Sequence[CmeSection]:
    """A version's sections of a language, in their order."""
    return session.scalars(select(CmeSection).where(
        col(CmeSection.version_id) == version_id, col(CmeSection.language) == language)
        .order_by(col(CmeSection.place))).all()


def section_names(session: Session, version_id: int) -> tuple[str, ...]:
    """The names of a version's sections, in their order; the same in each language."""
    return tuple(dict.fromkeys(session.scalars(select(col(CmeSection.name)).where(
        col(CmeSection.version_id) == version_id).order_by(col(CmeSection.place)))))


def off_the_list_at(session: Session, version_id: int) -> datetime | None:
    """When a version was last replaced or withdrawn; None while it can be begun."""
    last = session.scalar(select(CmePublishEntry).where(
        col(CmePublishEntry.version_id) == version_id, col(CmePublishEntry.action) != "end")
        .order_by(col(CmePublishEntry.id).desc()).limit(1))
    return last.at if last is not None and last.action != "publish" else None


def participation(session: Session, account_id: int, key: str, *,
                  for_update: bool = False) -> tuple[CmeParticipation, CmeVersion, CmeActivity] | None:
    """One that is the account's own, with what it is in. The update is the participation's."""
    asked = (select(CmeParticipation, CmeVersion, CmeActivity)
             .join(CmeVersion, col(CmeVersion.id) == col(CmeParticipation.version_id))
             .join(CmeActivity, col(CmeActivity.id) == col(CmeVersion.activity_id)).options(*FILES_LATER)
             .where(col(CmeParticipation.key) == key, col(CmeParticipation.account_id) == account_id))
    if for_update:
        asked = asked.with_for_update(of=CmeParticipation).execution_options(populate_existing=True)
    return session.execute(asked).one_or_none()


def participations_in(session: Session, account_id: int, activity_id: int) -> Sequence[CmeParticipation]:
    """The account's in any version of an activity, the newest first."""
    return session.scalars(
        select(CmeParticipation).join(CmeVersion, col(CmeVersion.id) == col(CmeParticipation.version_id))
        .where(col(CmeParticipation.account_id) == account_id, col(CmeVersion.activity_id) == activity_id)
        .order_by(col(CmeVersion.number).desc())).all()


def participations_of(session: Session, account_id: int) -> Sequence[CmeParticipation]:
    """All of an account's, the newest first."""
    return session.scalars(select(CmeParticipation).where(col(CmeParticipation.account_id) == account_id)
                           .order_by(col(CmeParticipation.id).desc())).all()


def steps(session: Session, participation_id: int) -> Sequence[CmeStep]:
    """What a learner did, in order."""
    return session.scalars(select(CmeStep).where(col(CmeStep.participation_id) == participation_id)
                           .order_by(col(CmeStep.id))).all()


def attempts(session: Session, participation_id: int, test: str) -> Sequence[CmeAttempt]:
    """A learner's attempts at a test, in order."""
    return session.scalars(select(CmeAttempt).where(
        col(CmeAttempt.participation_id) == participation_id, col(CmeAttempt.test) == test)
        .order_by(col(CmeAttempt.number))).all()


def submitted(session: Session, participation_id: int) -> Sequence[CmeAttempt]:
    """A learner's attempts at any test that were handed in, in order."""
    return session.scalars(select(CmeAttempt).where(
        col(CmeAttempt.participation_id) == participation_id, col(CmeAttempt.submitted_at).is_not(None))
        .order_by(col(CmeAttempt.number))).all()


def answers(session: Session, attempt_id: int) -> dict[int, CmeAnswer]:
    """An attempt's answers by place."""
    return {answer.place: answer for answer in session.scalars(
        select(CmeAnswer).where(col(CmeAnswer.attempt_id) == attempt_id))}


def asked_before(session: Session, participation_id: int) -> set[str]:
    """Keys of the questions that a learner saw in any test."""
    return {item["question"] for items in session.scalars(
        select(col(CmeAttempt.items)).where(col(CmeAttempt.participation_id) == participation_id)) for item in items}


def evaluation(session: Session, participation_id: int) -> CmeEvaluation | None:
    """What a learner thought of it."""
    return session.get(CmeEvaluation, participation_id)


def learners(session: Session, version_id: int) -> int:
    """How many began a version."""
    return session.scalar(select(func.count()).select_from(CmeParticipation).where(
        col(CmeParticipation.version_id) == version_id)) or 0


def claims(session: Session, participation_id: int) -> Sequence[CmeClaim]:
    """What a learner claimed, in the order of the systems' names."""
    return session.scalars(select(CmeClaim).where(col(CmeClaim.participation_id) == participation_id)
                           .order_by(col(CmeClaim.system))).all()
