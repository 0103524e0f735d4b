"""Learners who come to the end, by the verbs that pages use."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from tests import builders
from tests.cme import activities
from webapp.cme.models import CmeCertificate, CmeParticipation, CmeVersion
from webapp.cme.service import certifying, claiming, versions
from webapp.cme.service.certifying import Drawn
from webapp.cme.service.claiming import Provider
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.subject import Subject
from webapp.people.models import Account
from webapp.review import queries as reviews

BASE_URL = "https://cme.example"
NAME = "Dr. Ann Example"
HALF = {"hours": "0.5"}
RECORDED = {"cme_step": "step, part, at", "cme_evaluation": "answers, words, at",
            "cme_attempt": "key, test, number, items, begun_at, submitted_at, right_items, is_passed"}
REVIEWED: dict[str, Any] = {"drafted": None, "reviewed": {"person": "Kim Example", "role": "MD", "on": "2025-11-02"}}


def publish_reviewed(session: Session, now: datetime, **changed: Any) -> CmeVersion:
    """Brings in an activity that somebody answers for, has it signed and lets learners begin it."""
    made = activities.made(**activities.files(**{**REVIEWED, **changed}))
    version, = versions.bring_in(session, [made], now)
    versions.hand_in(session, version, author_ids=(), link="http://localhost/", now=now)
    dossier = reviews.newest_of(session, Subject(versions.SUBJECT, version.activity_id), version.digest)
    assert dossier is not None
    builders.sign_all(session, dossier, builders.reviewers(session), now)
    versions.publish(session, version, By(COMMAND_LINE, now), accepts_samples=False, accredited_for=frozenset())
    return version


def ready(session: Session, now: datetime, **who: Any) -> CmeParticipation:
    """Somebody before whom nothing lies but the claim."""
    held = activities.learner(session, now, **who)
    activities.up_to_claim(session, held, now)
    return held


def ready_all(session: Session, now: datetime, count: int) -> list[CmeParticipation]:
    """So many of them: one took every step, the others have copies of what was recorded of that one."""
    first = ready(session, now)
    others = [activities.learner(session, now) for _ in range(count - 1)]
    for table, columns in RECORDED.items():
        for one in others:
            read = columns.replace("key", "key || :to")  # a key is nobody else's
            session.execute(text(
                f"INSERT INTO {table} (participation_id, {columns}) SELECT :number, {read} FROM {table}"
                " WHERE participation_id = :of"), {"number": one.id, "to": str(one.id), "of": first.id})
    return [first, *others]


def draw(session: Session, held: CmeParticipation, now: datetime, *, name: str = NAME,
         amounts: dict[str, str] | None = None, provider: Provider = activities.PROVIDER,
         is_verified: bool = False) -> Drawn:
    """The certificate of what they are about to claim."""
    how_far = activities.again(session, held)
    offered = claiming.offers(how_far, provider, is_verified=is_verified, now=now)
    claims = claiming.chosen(how_far, offered, HALF if amounts is None else amounts, now)
    return certifying.draw(how_far, claims, name=name, provider=provider, base_url=BASE_URL, now=now)


def certify(session: Session, held: CmeParticipation, now: datetime, **how: Any) -> CmeCertificate:
    """Draws, claims and issues; `how` as `draw` takes it."""
    drawn = draw(session, held, now, **how)
    claimed = {name: value for name, value in how.items() if name != "name"}
    activities.claim(session, held, now, **claimed)
    return certifying.issue(session, activities.again(session, held), drawn, now)


def completed(session: Session, now: datetime, *, account: Account | None = None, **how: Any) -> CmeCertificate:
    """The certificate of somebody who went the whole way."""
    return certify(session, ready(session, now, account=account), now, **how)
