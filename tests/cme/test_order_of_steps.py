"""Whatever a learner tries, in whatever order: what is recorded is a beginning of the one order there is."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from tests.cme import activities
from tests.cme.activities import PROVIDER, SATISFIED, again
from webapp.cme import queries
from webapp.cme.models import CmeAttempt, CmeClaim, CmeEvaluation, CmeParticipation, CmeStep
from webapp.cme.rules.steps import ORDER, Step, Test
from webapp.cme.service import claiming, evaluating, learning
from webapp.core.errors import MateriaError
from webapp.core.platform import Platform

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECTIONS = tuple(f"{number:02}-part" for number in range(1, 6))


def confirm(session: Session, held: CmeParticipation) -> None:
    learning.confirm_disclosures(session, again(session, held), NOW)


def read(name: str) -> Callable[[Session, CmeParticipation], None]:
    return lambda session, held: learning.confirm_section(session, again(session, held), name, NOW)


def take(test: Test, right: int) -> Callable[[Session, CmeParticipation], None]:
    def take_it(session: Session, held: CmeParticipation) -> None:
        activities.answer(session, held, test, NOW, right=right)
    return take_it


def evaluate(session: Session, held: CmeParticipation) -> None:
    evaluating.evaluate(session, again(session, held), SATISFIED, market="us", now=NOW)


def claim(session: Session, held: CmeParticipation) -> None:
    how_far = again(session, held)
    offered = claiming.offers(how_far, PROVIDER, is_verified=False, now=NOW)
    claiming.claim(session, how_far, offered, {"hours": "0.5"}, is_verified=False, now=NOW)


VERBS: dict[str, Callable[[Session, CmeParticipation], None]] = {
    "confirm": confirm, **{f"read {name}": read(name) for name in SECTIONS}, "pre": take(Test.PRE, 1),
    "fail": take(Test.POST, 0), "pass": take(Test.POST, 10), "evaluate": evaluate, "claim": claim}
RIGHT_ORDER = ("confirm", "pre", *(f"read {name}" for name in SECTIONS), "pass", "evaluate", "claim")


def recorded(session: Session, held: CmeParticipation) -> list[str]:
    """What was done, as the tables tell it, in the one order."""
    taken = {(row.step, row.part) for row in session.scalars(select(CmeStep))}
    attempts = list(session.scalars(select(CmeAttempt).where(CmeAttempt.submitted_at.is_not(None))))  # type: ignore[union-attr]
    is_there = {"confirm": (Step.DISCLOSURES, "") in taken, "pre": any(one.test == "pre" for one in attempts),
                **{f"read {name}": (Step.SECTIONS, name) in taken for name in SECTIONS},
                "pass": any(one.test == "post" and one.is_passed for one in attempts),
                "evaluate": bool(session.scalars(select(CmeEvaluation)).all()),
                "claim": held.completed_at is not None}
    return [name for name in RIGHT_ORDER if is_there[name]]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tries=st.lists(st.one_of(st.sampled_from(sorted(VERBS)), st.just("")), max_size=24))
def test_no_order_of_tries_leaves_another_record_than_the_right_one(platform: Platform, tries: list[str]) -> None:
    with platform.database.writing() as session:
        version = queries.activity(session, activities.SLUG) or activities.publish(session, NOW)
        held = activities.learner(session, NOW)
        for name in tries:
            name = name or next((one for one in RIGHT_ORDER if one not in recorded(session, held)), "claim")
            try:
                VERBS[name](session, held)
            except MateriaError:
                continue
            session.flush()
        done = recorded(session, held)
        posts = list(queries.attempts(session, held.id or 0, Test.POST))
        claims = session.scalars(select(CmeClaim).where(CmeClaim.participation_id == held.id)).all()
        assert tuple(done) == RIGHT_ORDER[:len(done)] and len(posts) <= 3 and len(claims) <= 1
        assert ORDER.index(again(session, held).step) == _expected(done)
        assert version is not None
        session.rollback()


def _expected(done: list[str]) -> int:
    """Which step stands next after so much."""
    steps = ["confirm", "pre", "read 05-part", "pass", "evaluate", "claim"]
    return next((place for place, name in enumerate(steps) if name not in done), len(steps))


@pytest.mark.parametrize("name", sorted(set(VERBS) - {"confirm"}))
def test_nothing_but_the_disclosures_comes_first(platform: Platform, name: str) -> None:
    with platform.database.writing() as session:
        activities.publish(session, NOW)
        held = activities.learner(session, NOW)
        with pytest.raises(MateriaError):
            VERBS[name](session, held)
