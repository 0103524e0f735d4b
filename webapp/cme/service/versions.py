"""Activities come in as versions, and are begun, replaced and withdrawn: each logged, none ever changed.

Two steps, since rendering must not hold the write lock: `make` renders, `bring_in` writes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.articles.rules.digest import canonical_json, digest
from webapp.articles.rules.templates import LABELS
from webapp.cme import queries
from webapp.cme.models import CmeActivity, CmePublishEntry, CmeSection, CmeVersion
from webapp.cme.rules.activity import ActivityFile
from webapp.cme.rules.assessment import AssessmentFile
from webapp.cme.service import faculty, readiness
from webapp.cme.service.folder import Draft, Section, dumped
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, NotFound, Refused
from webapp.core.markdown import Rendered, render
from webapp.core.subject import Subject
from webapp.policy import rules as policy
from webapp.policy.rules import ContentClass, FundingKind, Verdict
from webapp.review import service as review

SUBJECT = "cme-version"
VERSION = 1
"""Of what the digest covers."""
MOST_READ = 64
"""Versions whose files are kept read, some 200 kB each: our choice, more than are taught at a time."""
_read: dict[str, tuple[ActivityFile, AssessmentFile]] = {}
NOT_CLEARED = N_("Medical, legal and regulatory reviewers have not all approved this version. Hand it in for review "
                 "first.")


@dataclass(frozen=True)
class Made:
    """A version ready to be written: its digest, and its sections rendered."""

    draft: Draft
    digest: str
    sections: tuple[tuple[Section, str], ...]


def make(draft: Draft) -> Made:
    """Renders a draft. The digest covers all that learners are shown and scored by."""
    signed: dict[str, Any] = {
        "v": VERSION, "kind": SUBJECT, "slug": draft.slug, "about": dumped(draft.activity),
        "assessment": dumped(draft.assessment),
        "sections": [{"name": one.name, "language": one.language, "head": dumped(one.head), "source": one.body}
                     for one in sorted(draft.sections, key=lambda one: (one.language, one.name))]}
    return Made(draft, digest(signed), tuple((one, _rendered(draft.activity, one).html) for one in draft.sections))


def _rendered(activity: ActivityFile, section: Section) -> Rendered:
    """Nothing in it leads anywhere but to its sources (ACCME, Standard 5)."""
    numbers = {key: number for number, key in enumerate(activity.reference_keys, 1)}
    return render(section.body, link=lambda _: None, image=lambda _: None, reference_numbers=numbers,
                  labels=LABELS[section.language])


def bring_in(session: Session, made: Iterable[Made], now: datetime) -> list[CmeVersion]:
    """Stores what is new, in the caller's transaction; the versions that are."""
    return [version for one in made if (version := _store(session, one, now)) is not None]


def _store(session: Session, made: Made, now: datetime) -> CmeVersion | None:
    draft = made.draft
    activity = queries.activity(session, draft.slug, for_update=True)
    if activity is None:
        activity = CmeActivity(slug=draft.slug)
        session.add(activity)
        session.flush()
    assert activity.id is not None
    if queries.version_of(session, activity.id, made.digest) is not None:
        return None
    before = queries.newest(session, activity.id)
    version = CmeVersion(activity_id=activity.id, number=before.number + 1 if before else 1, digest=made.digest,
                         about=dumped(draft.activity), assessment=dumped(draft.assessment), at=now)
    session.add(version)
    session.flush()
    assert version.id is not None
    for language in draft.activity.languages:
        for place, section in enumerate(draft.sections_in(language), 1):
            html = next(html for one, html in made.sections if one is section)
            session.add(CmeSection(version_id=version.id, language=language, place=place, name=section.name,
                                   title=section.head.title, objectives=list(section.head.objectives),
                                   source=section.body, body_html=html, at=now))
    return version


def about(version: CmeVersion) -> ActivityFile:
    """What a version says of itself."""
    return _files(version)[0]


def assessment(version: CmeVersion) -> AssessmentFile:
    """A version's questions, with what is right."""
    return _files(version)[1]


def _files(version: CmeVersion) -> tuple[ActivityFile, AssessmentFile]:
    """Read once a process, since every answer asks for them and reading takes some milliseconds; the digest covers
    them."""
    if version.digest not in _read:
        if len(_read) >= MOST_READ:
            _read.clear()
        _read[version.digest] = (ActivityFile.model_validate(version.about),
                                 AssessmentFile.model_validate(version.assessment))
    return _read[version.digest]


def funding(activity: ActivityFile) -> FundingKind:
    """As policy calls it: support is a grant to the provider, and never a say."""
    return FundingKind.GRANT_SUPPORTED if activity.support else FundingKind.INDEPENDENT


def hand_in(session: Session, version: CmeVersion, *, author_ids: tuple[int, ...], link: str, now: datetime) -> None:
    """Asks for review by the route that nobody of a sponsor may be on. `Refused` where it says something else of its
    people than what they disclosed and the provider decided."""
    file, language = about(version), version.about["languages"][0]
    faculty.refuse(faculty.differences(session, session.get_one(CmeActivity, version.activity_id), file))
    sections = queries.sections(session, version.id or 0, language)
    whole = "\n\n".join([*(one.source for one in sections), canonical_json(version.assessment).decode()])
    review.submit(session, review.NewDossier(
        subject=Subject(SUBJECT, version.activity_id), digest=version.digest, title=file.titles[language],
        author_ids=author_ids, route="cme", markets=_markets(file), audience="hcp", source=whole,
        body_html="".join(one.body_html for one in sections), link=link), now)


def _markets(_: ActivityFile) -> tuple[str, ...]:
    return ("us", "gb", "eu", "cn")


def publish(session: Session, version: CmeVersion, by: By, *, accepts_samples: bool,
            accredited_for: frozenset[str]) -> bool:
    """Lets learners begin a version; False if they can already. Samples are accepted in demo mode alone; everything
    else needs the clearance of its digest, and of an accredited provider the decided disclosures of its people and
    signed agreements with its supporters. Raises `Refused` otherwise."""
    activity = session.get_one(CmeActivity, version.activity_id, with_for_update=True)
    if activity.live_version_id == version.id:
        return False
    clearance = _clearance(session, version, by.at, accepts_samples)
    file = about(version)
    faculty.refuse(readiness.obstacles(session, activity, file, accredited_for, by.at.date()))
    for market in _markets(file):
        if policy.decide(market, ContentClass.CME, policy.Audience.HCP, funding(file),
                         by.at.date()).verdict is Verdict.DENY:
            raise Refused(N_("Policy denies this activity."))
    if activity.live_version_id is not None:
        _log(session, activity, activity.live_version_id, "supersede", by)
    activity.live_version_id, activity.clearance = version.id, clearance
    _log(session, activity, version.id or 0, "publish", by)
    return True


def _clearance(session: Session, version: CmeVersion, now: datetime, accepts_samples: bool) -> str:
    if about(version).is_sample:
        if not accepts_samples:
            raise Refused(N_("A sample is taught in demo mode alone. Have it reviewed, and state `reviewed` in "
                             "activity.yaml."))
        return "sample"
    if not review.is_cleared(session, Subject(SUBJECT, version.activity_id), version.digest, now):
        raise Refused(NOT_CLEARED)
    return "review"


def withdraw(session: Session, slug: str, by: By) -> None:
    """Nobody begins it any more; who is in the middle has the grace to finish."""
    activity = _live(session, slug)
    assert activity.live_version_id is not None
    _log(session, activity, activity.live_version_id, "withdraw", by)
    activity.live_version_id = None


def end(session: Session, slug: str, by: By) -> None:
    """Ends an activity's accreditation before its time: no credit from now on."""
    activity = queries.activity(session, slug, for_update=True)
    newest = queries.newest(session, activity.id or 0) if activity else None
    if activity is None or newest is None:
        raise NotFound(N_("There is no such activity."))
    if activity.ended_at is not None:
        raise Conflict(N_("Its accreditation ended already."))
    activity.ended_at = by.at
    _log(session, activity, activity.live_version_id or newest.id or 0, "end", by)


def _live(session: Session, slug: str) -> CmeActivity:
    activity = queries.activity(session, slug, for_update=True)
    if activity is None or activity.live_version_id is None:
        raise NotFound(N_("There is no such activity."))
    return activity


def _log(session: Session, activity: CmeActivity, version_id: int, action: str, by: By) -> None:
    session.add(CmePublishEntry(
        activity_id=activity.id or 0, version_id=version_id, action=action, clearance=activity.clearance or "",
        account_id=by.actor if isinstance(by.actor, int) else None, at=by.at))
    session.flush()
    audit.record(session, by, f"cme-{action}", Subject(SUBJECT, activity.id or 0), f"version:{version_id}")
