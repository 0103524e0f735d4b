"""Every SELECT for the provider's rooms: figures, words to look at, reports, follow-up and releases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, String, and_, cast, func, or_, select
from sqlmodel import Session, col

from webapp.cme.models import (
    CmeActivity,
    CmeAnswer,
    CmeAttempt,
    CmeClaim,
    CmeCount,
    CmeEvaluation,
    CmeFollowUp,
    CmeGainTally,
    CmeHeard,
    CmeItemTally,
    CmeNoFollowUp,
    CmeParticipation,
    CmePublishEntry,
    CmeRelease,
    CmeReportEvent,
    CmeReporting,
    CmeReportYear,
    CmeStep,
    CmeVersion,
)
from webapp.cme.queries import certificates
from webapp.people import queries as people


def heard(session: Session, key: str, *, for_update: bool = False) -> CmeHeard | None:
    """Words of an evaluation that may tell of a side effect."""
    asked = select(CmeHeard).where(col(CmeHeard.key) == key)
    return session.scalar(asked.with_for_update() if for_update else asked)


def heard_open(session: Session, *, offset: int = 0, limit: int = 50) -> Sequence[CmeHeard]:
    """Those that the provider has not looked at, the oldest first."""
    return session.scalars(select(CmeHeard).where(col(CmeHeard.closed_at).is_(None)).order_by(col(CmeHeard.id))
                           .offset(offset).limit(limit)).all()


def heard_count(session: Session) -> int:
    """How many of those there are."""
    return session.scalar(select(func.count()).select_from(CmeHeard).where(col(CmeHeard.closed_at).is_(None))) or 0


def counts(session: Session, version_id: int) -> Sequence[CmeCount]:
    """What is counted of a version's learners."""
    return session.scalars(select(CmeCount).where(col(CmeCount.version_id) == version_id)).all()


def item_tallies(session: Session, version_id: int) -> Sequence[CmeItemTally]:
    """The sums of a version's questions."""
    return session.scalars(select(CmeItemTally).where(col(CmeItemTally.version_id) == version_id)).all()


def gain_tallies(session: Session, version_id: int) -> Sequence[CmeGainTally]:
    """The sums of what a version's learners gained."""
    return session.scalars(select(CmeGainTally).where(col(CmeGainTally.version_id) == version_id)).all()


def participations_after(session: Session, version_id: int, last: int, limit: int,
                         completed: tuple[datetime, datetime] | None = None) -> Sequence[CmeParticipation]:
    """A version's next learners, by number: all, or those who completed from the first moment on and before the
    second."""
    asked = select(CmeParticipation).where(col(CmeParticipation.version_id) == version_id,
                                           col(CmeParticipation.id) > last)
    if completed is not None:
        asked = asked.where(col(CmeParticipation.completed_at) >= completed[0],
                            col(CmeParticipation.completed_at) < completed[1])
    return session.scalars(asked.order_by(col(CmeParticipation.id)).limit(limit)).all()


@dataclass(frozen=True)
class Recorded:
    """What is recorded of some learners. Attempts are those handed in; answers their attempt, place, what was given and
    whether it was right."""

    steps: Sequence[CmeStep]
    attempts: Sequence[CmeAttempt]
    answers: Sequence[Row[int, int, list[Any], bool | None]]
    evaluations: Sequence[CmeEvaluation]
    claims: Sequence[CmeClaim]
    follow_ups: Sequence[CmeFollowUp]


def recorded(session: Session, participation_ids: Collection[int]) -> Recorded:
    """All that is recorded of these learners."""
    attempts = session.scalars(select(CmeAttempt).where(
        col(CmeAttempt.participation_id).in_(participation_ids), col(CmeAttempt.submitted_at).is_not(None))).all()
    return Recorded(
        session.scalars(select(CmeStep).where(col(CmeStep.participation_id).in_(participation_ids))).all(), attempts,
        session.execute(select(col(CmeAnswer.attempt_id), col(CmeAnswer.place), col(CmeAnswer.given),
                               col(CmeAnswer.is_right)).where(
            col(CmeAnswer.attempt_id).in_([one.id for one in attempts]))).all(),
        session.scalars(select(CmeEvaluation).where(
            col(CmeEvaluation.participation_id).in_(participation_ids))).all(),
        session.scalars(select(CmeClaim).where(col(CmeClaim.participation_id).in_(participation_ids))).all(),
        session.scalars(select(CmeFollowUp).where(col(CmeFollowUp.participation_id).in_(participation_ids))).all())


def versions(session: Session) -> Sequence[tuple[CmeActivity, CmeVersion]]:
    """Every version with its activity, by slug, the newest first."""
    found = session.execute(select(CmeActivity, CmeVersion).join(
        CmeVersion, col(CmeVersion.activity_id) == col(CmeActivity.id))
        .order_by(col(CmeActivity.slug), col(CmeVersion.number).desc()))
    return [(activity, version) for activity, version in found]


def version_numbered(session: Session, slug: str, number: int) -> CmeVersion | None:
    """An activity's version by its number."""
    return session.scalar(select(CmeVersion).join(
        CmeActivity, col(CmeActivity.id) == col(CmeVersion.activity_id)).where(
        col(CmeActivity.slug) == slug, col(CmeVersion.number) == number))


def people_at(session: Session, what: str, which: Collection[str]) -> dict[tuple[int, str], int]:
    """Version and value -> how many, of one thing that is counted."""
    found = session.execute(select(col(CmeCount.version_id), col(CmeCount.which), col(CmeCount.people)).where(
        col(CmeCount.what) == what, col(CmeCount.which).in_(which)))
    return {(version_id, value): people for version_id, value, people in found}


def simulated_versions(session: Session) -> set[int]:
    """Versions that a learner of a sample world takes part in."""
    nobody = people.fictional().subquery()
    return set(session.scalars(select(col(CmeParticipation.version_id)).distinct().join(
        nobody, nobody.c.id == col(CmeParticipation.account_id))))


def comments(session: Session, version_id: int, *, offset: int, limit: int) -> Sequence[tuple[str, dict[str, str]]]:
    """What learners of a version wrote, with the language of each, the newest first; who did is not in it."""
    found = session.execute(select(col(CmeParticipation.language), col(CmeEvaluation.words)).join(
        CmeParticipation, col(CmeParticipation.id) == col(CmeEvaluation.participation_id)).where(
        col(CmeParticipation.version_id) == version_id, cast(col(CmeEvaluation.words), String) != "{}")
        .order_by(col(CmeEvaluation.participation_id).desc()).offset(offset).limit(limit))
    return [(language, words) for language, words in found]


def reportable(session: Session, system: str, since: datetime, until: datetime) -> Sequence[
        Row[CmeActivity, CmeParticipation, CmeClaim, CmeReporting]]:
    """Accredited credit of a system, completed from `since` on and before `until` by learners who agreed to a report,
    by activity, in the order of completion; none whose certificate was revoked."""
    return session.execute(select(CmeActivity, CmeParticipation, CmeClaim, CmeReporting)
                           .join(CmeVersion, col(CmeVersion.activity_id) == col(CmeActivity.id))
                           .join(CmeParticipation, col(CmeParticipation.version_id) == col(CmeVersion.id))
                           .join(CmeClaim, col(CmeClaim.participation_id) == col(CmeParticipation.id))
                           .join(CmeReporting, col(CmeReporting.participation_id) == col(CmeParticipation.id))
                           .where(col(CmeClaim.system) == system, col(CmeClaim.is_accredited).is_(True),
                                  col(CmeParticipation.completed_at) >= since,
                                  col(CmeParticipation.completed_at) < until,
                                  col(CmeParticipation.id).not_in(certificates.revoked()))
                           .order_by(col(CmeActivity.id), col(CmeParticipation.completed_at))).all()


def published(session: Session, activity_id: int) -> Sequence[CmeVersion]:
    """An activity's versions that learners could begin, the last published first."""
    return session.scalars(
        select(CmeVersion).join(CmePublishEntry, col(CmePublishEntry.version_id) == col(CmeVersion.id))
        .where(col(CmePublishEntry.activity_id) == activity_id, col(CmePublishEntry.action) == "publish")
        .order_by(col(CmePublishEntry.id).desc())).all()


def to_withdraw(session: Session, since: datetime, until: datetime) -> Sequence[Row[CmeActivity, CmeParticipation]]:
    """Learners who completed from `since` on and before `until`, whose certificate was revoked, and of whom a record
    was taken, or may have been: one that was not answered, or failed on the way."""
    taken = select(col(CmeReportEvent.participation_id)).where(or_(
        col(CmeReportEvent.state).in_(("written", "accepted")),
        and_(col(CmeReportEvent.state).in_(("sent", "failed")), col(CmeReportEvent.id).in_(_newest_reports()))))
    return session.execute(
        select(CmeActivity, CmeParticipation).join(CmeVersion, col(CmeVersion.activity_id) == col(CmeActivity.id))
        .join(CmeParticipation, col(CmeParticipation.version_id) == col(CmeVersion.id))
        .where(col(CmeParticipation.completed_at) >= since, col(CmeParticipation.completed_at) < until,
               col(CmeParticipation.id).in_(certificates.revoked()), col(CmeParticipation.id).in_(taken))
        .order_by(col(CmeParticipation.completed_at))).all()


def _newest_reports() -> Select[int | None]:
    return select(func.max(col(CmeReportEvent.id))).group_by(
        col(CmeReportEvent.activity_id), col(CmeReportEvent.participation_id))


def reported(session: Session) -> dict[tuple[int, int | None], CmeReportEvent]:
    """Activity and learner (None for the activity itself) -> what last became of its record."""
    return {(row.activity_id, row.participation_id): row for row in session.scalars(
        select(CmeReportEvent).where(col(CmeReportEvent.id).in_(_newest_reports())))}


def last_report(session: Session, activity_id: int, participation_id: int | None) -> CmeReportEvent | None:
    """What last became of one record."""
    return session.scalar(select(CmeReportEvent).where(
        col(CmeReportEvent.activity_id) == activity_id, col(CmeReportEvent.participation_id) == participation_id)
        .order_by(col(CmeReportEvent.id).desc()).limit(1))


def not_taken(session: Session, account_id: int) -> Sequence[CmeParticipation]:
    """The account's participations whose record the accreditor did not take, and that were not corrected since."""
    return session.scalars(
        select(CmeParticipation).join(CmeReportEvent, col(CmeReportEvent.participation_id) == col(CmeParticipation.id))
        .join(CmeReporting, col(CmeReporting.participation_id) == col(CmeParticipation.id))
        .where(col(CmeParticipation.account_id) == account_id, col(CmeReportEvent.id).in_(_newest_reports()),
               col(CmeReportEvent.state) == "rejected", col(CmeReportEvent.is_withdrawal).is_(False),
               col(CmeReporting.at) <= col(CmeReportEvent.at),
               col(CmeParticipation.id).not_in(certificates.revoked()))).all()


def report_ledger(session: Session, since: datetime, until: datetime) -> Sequence[Row[CmeReportEvent, str, str | None]]:
    """What became of records from `since` on and before `until`, as it happened, each with its activity's slug and its
    learner's key in a record; None of an activity's own."""
    return session.execute(
        select(CmeReportEvent, col(CmeActivity.slug), col(CmeParticipation.key))
        .join(CmeActivity, col(CmeActivity.id) == col(CmeReportEvent.activity_id))
        .outerjoin(CmeParticipation, col(CmeParticipation.id) == col(CmeReportEvent.participation_id))
        .where(col(CmeReportEvent.at) >= since, col(CmeReportEvent.at) < until)
        .order_by(col(CmeReportEvent.id))).all()


def closed_years(session: Session) -> set[int]:
    """Years whose reports are closed."""
    return set(session.scalars(select(col(CmeReportYear.year))))


def to_follow_up(session: Session, change: str, since: datetime, until: datetime,
                 limit: int) -> Sequence[CmeParticipation]:
    """Learners who completed between the two, answered so when asked for what they mean to change, were not asked what
    came of it, did not refuse to be, and can be written to: else those who cannot would stand before all others for
    good; the earliest first."""
    return session.scalars(
        select(CmeParticipation).join(CmeEvaluation, col(CmeEvaluation.participation_id) == col(CmeParticipation.id))
        .outerjoin(CmeFollowUp, col(CmeFollowUp.participation_id) == col(CmeParticipation.id))
        .outerjoin(CmeNoFollowUp, col(CmeNoFollowUp.account_id) == col(CmeParticipation.account_id))
        .where(col(CmeParticipation.completed_at) > since, col(CmeParticipation.completed_at) <= until,
               col(CmeParticipation.account_id).in_(people.open_to_mail()), col(CmeFollowUp.id).is_(None),
               col(CmeNoFollowUp.account_id).is_(None),
               col(CmeEvaluation.answers)["change"].as_string() == change)
        .order_by(col(CmeParticipation.completed_at), col(CmeParticipation.id)).limit(limit)).all()


def follow_up(session: Session, code: str, *, for_update: bool = False) -> tuple[CmeFollowUp, CmeParticipation] | None:
    """Who is asked by that link."""
    asked = select(CmeFollowUp).where(col(CmeFollowUp.code) == code)
    row = session.scalar(asked.with_for_update() if for_update else asked)
    return (row, session.get_one(CmeParticipation, row.participation_id)) if row else None


def versions_of(session: Session, activity_id: int) -> Sequence[CmeVersion]:
    """An activity's versions, the oldest first."""
    return session.scalars(select(CmeVersion).where(col(CmeVersion.activity_id) == activity_id)
                           .order_by(col(CmeVersion.number))).all()


def first_completion(session: Session, activity_id: int) -> datetime | None:
    """When anybody first completed any version of an activity."""
    return session.scalar(select(func.min(col(CmeParticipation.completed_at))).join(
        CmeVersion, col(CmeVersion.id) == col(CmeParticipation.version_id)).where(
        col(CmeVersion.activity_id) == activity_id))


def releases(session: Session, activity_id: int) -> Sequence[CmeRelease]:
    """What was released of an activity, the newest period first."""
    return session.scalars(select(CmeRelease).where(col(CmeRelease.activity_id) == activity_id)
                           .order_by(col(CmeRelease.period).desc())).all()


def all_releases(session: Session) -> Sequence[CmeRelease]:
    """Everything that was released, the newest first."""
    return session.scalars(select(CmeRelease).order_by(col(CmeRelease.id).desc())).all()


def release(session: Session, key: str) -> CmeRelease | None:
    """One that was released."""
    return session.scalar(select(CmeRelease).where(col(CmeRelease.key) == key))
