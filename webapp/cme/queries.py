"""Every SELECT of the package."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, String, cast, exists, func, select
from sqlalchemy.orm import aliased, defer
from sqlmodel import Session, col

from webapp.cme.models import (
    CmeActivity,
    CmeAnswer,
    CmeAttempt,
    CmeCertificate,
    CmeCertificateEvent,
    CmeClaim,
    CmeCount,
    CmeEvaluation,
    CmeExternalCredit,
    CmeFollowUp,
    CmeGainTally,
    CmeHeard,
    CmeItemTally,
    CmeNoFollowUp,
    CmeParticipation,
    CmePublishEntry,
    CmeRelease,
    CmeReleaseExport,
    CmeReportEvent,
    CmeReporting,
    CmeReportYear,
    CmeSection,
    CmeStep,
    CmeVersion,
)


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
    return session.scalars(select(CmeVersion).where(col(CmeVersion.id) == version_id).options(
        defer(CmeVersion.about), defer(CmeVersion.assessment))).one()  # type: ignore[arg-type]


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


def participation(session: Session, account_id: int, key: str, *, for_update: bool = False) -> CmeParticipation | None:
    """One that is the account's own."""
    asked = select(CmeParticipation).where(col(CmeParticipation.key) == key,
                                           col(CmeParticipation.account_id) == account_id)
    return session.scalar(asked.with_for_update().execution_options(populate_existing=True) if for_update else asked)


def participation_in(session: Session, account_id: int, version_id: int) -> CmeParticipation | None:
    """The account's in a version."""
    return session.scalar(select(CmeParticipation).where(
        col(CmeParticipation.account_id) == account_id, col(CmeParticipation.version_id) == version_id))


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


def heard(session: Session, key: str, *, for_update: bool = False) -> CmeHeard | None:
    """Words of an evaluation that may tell of a side effect."""
    asked = select(CmeHeard).where(col(CmeHeard.key) == key)
    return session.scalar(asked.with_for_update() if for_update else asked)


def heard_open(session: Session, *, offset: int = 0, limit: int = 50) -> Sequence[CmeHeard]:
    """Those that the provider has not looked at, the oldest first."""
    return session.scalars(select(CmeHeard).where(col(CmeHeard.closed_at).is_(None)).order_by(col(CmeHeard.id))
                           .offset(offset).limit(limit)).all()


def claims(session: Session, participation_id: int) -> Sequence[CmeClaim]:
    """What a learner claimed, in the order of the systems' names."""
    return session.scalars(select(CmeClaim).where(col(CmeClaim.participation_id) == participation_id)
                           .order_by(col(CmeClaim.system))).all()


# Certificates


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
    revoked = (select(col(CmeCertificate.participation_id))
               .join(CmeCertificateEvent, col(CmeCertificateEvent.certificate_id) == col(CmeCertificate.id)))
    for account_id, system, at, amount in session.execute(
            select(col(CmeParticipation.account_id), col(CmeClaim.system), col(CmeParticipation.completed_at),
                   col(CmeClaim.amount))
            .join(CmeClaim, col(CmeClaim.participation_id) == col(CmeParticipation.id))
            .where(col(CmeParticipation.account_id).is_not(None), col(CmeParticipation.completed_at) >= since,
                   col(CmeClaim.is_accredited).is_(True), col(CmeParticipation.id).not_in(revoked))):
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


def comments(session: Session, version_id: int, *, offset: int, limit: int) -> Sequence[tuple[str, dict[str, str]]]:
    """What learners of a version wrote, with the language of each, the newest first; who did is not in it."""
    found = session.execute(select(col(CmeParticipation.language), col(CmeEvaluation.words)).join(
        CmeParticipation, col(CmeParticipation.id) == col(CmeEvaluation.participation_id)).where(
        col(CmeParticipation.version_id) == version_id, cast(col(CmeEvaluation.words), String) != "{}")
        .order_by(col(CmeEvaluation.participation_id).desc()).offset(offset).limit(limit))
    return [(language, words) for language, words in found]


def heard_count(session: Session) -> int:
    """How many of those there are."""
    return session.scalar(select(func.count()).select_from(CmeHeard).where(col(CmeHeard.closed_at).is_(None))) or 0


def reportable(session: Session, system: str, since: datetime, until: datetime) -> Sequence[
        Row[CmeActivity, CmeVersion, CmeParticipation, CmeClaim, CmeReporting]]:
    """Accredited credit of a system, completed from `since` on and before `until` by learners who agreed to a report,
    by activity, in the order of completion."""
    return session.execute(select(CmeActivity, CmeVersion, CmeParticipation, CmeClaim, CmeReporting)
                           .join(CmeVersion, col(CmeVersion.activity_id) == col(CmeActivity.id))
                           .join(CmeParticipation, col(CmeParticipation.version_id) == col(CmeVersion.id))
                           .join(CmeClaim, col(CmeClaim.participation_id) == col(CmeParticipation.id))
                           .join(CmeReporting, col(CmeReporting.participation_id) == col(CmeParticipation.id))
                           .where(col(CmeClaim.system) == system, col(CmeClaim.is_accredited).is_(True),
                                  col(CmeParticipation.completed_at) >= since,
                                  col(CmeParticipation.completed_at) < until)
                           .order_by(col(CmeActivity.id), col(CmeParticipation.completed_at))).all()


def reported(session: Session) -> dict[tuple[int, int | None], str]:
    """Activity and learner (None for the activity itself) -> what last became of its record."""
    newest = select(func.max(col(CmeReportEvent.id))).group_by(
        col(CmeReportEvent.activity_id), col(CmeReportEvent.participation_id))
    return {(row.activity_id, row.participation_id): row.state for row in session.scalars(
        select(CmeReportEvent).where(col(CmeReportEvent.id).in_(newest)))}


def closed_years(session: Session) -> set[int]:
    """Years whose reports are closed."""
    return set(session.scalars(select(col(CmeReportYear.year))))


def to_follow_up(session: Session, change: str, since: datetime, until: datetime,
                 limit: int) -> Sequence[CmeParticipation]:
    """Learners who completed between the two, answered so when asked for what they mean to change, were not asked what
    came of it, and did not refuse to be; the earliest first."""
    return session.scalars(
        select(CmeParticipation).join(CmeEvaluation, col(CmeEvaluation.participation_id) == col(CmeParticipation.id))
        .outerjoin(CmeFollowUp, col(CmeFollowUp.participation_id) == col(CmeParticipation.id))
        .outerjoin(CmeNoFollowUp, col(CmeNoFollowUp.account_id) == col(CmeParticipation.account_id))
        .where(col(CmeParticipation.completed_at) > since, col(CmeParticipation.completed_at) <= until,
               col(CmeParticipation.account_id).is_not(None), col(CmeFollowUp.id).is_(None),
               col(CmeNoFollowUp.account_id).is_(None),
               col(CmeEvaluation.answers)["change"].as_string() == change)
        .order_by(col(CmeParticipation.completed_at)).limit(limit)).all()


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


def reporting_of(session: Session, participation_ids: Collection[int]) -> Sequence[CmeReporting]:
    """What learners agreed to have reported."""
    return session.scalars(select(CmeReporting).where(col(CmeReporting.participation_id).in_(participation_ids))).all()


def follow_ups_of(session: Session, participation_ids: Collection[int]) -> Sequence[CmeFollowUp]:
    """That they were asked what came of it, and their answers."""
    return session.scalars(select(CmeFollowUp).where(col(CmeFollowUp.participation_id).in_(participation_ids))).all()


def outcomes_taken_by(session: Session, account_id: int) -> Sequence[CmeReleaseExport]:
    """Released figures that an account took away."""
    return session.scalars(select(CmeReleaseExport).where(col(CmeReleaseExport.account_id) == account_id)).all()
