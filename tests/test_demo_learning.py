"""Simulated learners of the demo: played by the real services, each once, wherever an earlier start was cut off."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import func, select

from tests.cme import activities
from webapp.channels.models import Outgoing
from webapp.cme.models import CmeCertificate, CmeParticipation, CmeRelease, CmeVersion
from webapp.cme.queries import provider as provider_queries
from webapp.cme.service import learning as real
from webapp.cme.service import tallying
from webapp.core import jobs
from webapp.core.platform import Platform
from webapp.demo import rules
from webapp.demo.service import learners, learning
from webapp.people import queries as people_queries
from webapp.people import service as people
from webapp.people.rules import AccountKind
from webapp.people.service import NewAccount

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SUPPORT = [{"company": "Giver Ltd (fictional)", "kind": "money", "agreement_on": "2025-10-05",
            "nature": {"en": "A grant", "zh-Hans": "（虚构）资助"}}]
FEW = 10


@pytest.fixture
def world(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A supported activity, and as many recipients as learn here."""
    monkeypatch.setattr(rules, "LEARNERS", FEW)
    with platform.database.writing() as session:
        activities.publish(session, NOW - learning.SPAN, support=SUPPORT)
        for number in range(1, FEW + 1):
            people.add_account(session, NewAccount(rules.recipient(number), "", f"Recipient {number} (fictional)",
                                                   AccountKind.HCP, "en", "us", is_fictional=True), NOW)
    return platform


def play(platform: Platform) -> list[str]:
    """Runs it until there is nothing left to do, or a run fails; what the runs said."""
    said: list[str] = []
    while (told := jobs.record(platform.database, learning.JOB, lambda: learning.play(
            platform, activities.PROVIDER, NOW), NOW)) is not None:
        said.append(told)
        if not told.startswith("done"):
            break
    return said


def count(platform: Platform, table: type) -> int:
    with platform.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_each_is_played_once_and_their_figures_are_what_was_recorded(world: Platform) -> None:
    assert play(world) == ["done: 8 learners", "done: 10 learners"]
    held = [count(world, table) for table in (CmeParticipation, CmeCertificate, CmeRelease, Outgoing)]
    assert held[0] == FEW and 0 < held[1] <= FEW and held[2] == 1
    assert play(world) == []
    assert [count(world, table) for table in (CmeParticipation, CmeCertificate, CmeRelease, Outgoing)] == held
    with world.database.reading() as session:
        version = session.scalars(select(CmeVersion)).one()
        assert provider_queries.simulated_versions(session) == {version.id}
        assert {row.reason for row in session.scalars(select(Outgoing))} <= {"simulated"}, "no mail is sent"
    assert tallying.recount(world.database, version.id or 0) == 0


def test_where_no_demo_made_its_people_nobody_is_played(platform: Platform) -> None:
    with platform.database.writing() as session:
        activities.publish(session, NOW - learning.SPAN)
    assert (play(platform), count(platform, CmeParticipation)) == ([], 0)


def test_one_who_was_cut_off_goes_on_where_they_were(world: Platform) -> None:
    with world.database.writing() as session:
        account = people_queries.account_by_email(session, rules.recipient(rules.TELLS))
        assert account is not None
        held = activities.learner(session, NOW - timedelta(days=30), account=account)
        real.confirm_disclosures(session, activities.again(session, held), NOW - timedelta(days=30))
    play(world)
    with world.database.reading() as session:
        mine = session.scalars(select(CmeParticipation).where(CmeParticipation.account_id == account.id)).one()
        assert mine.id == held.id and mine.completed_at is not None


def test_a_learner_of_a_number_is_always_the_same(world: Platform) -> None:
    course = learners.Course(activities.SLUG, NOW - learning.SPAN, 1)
    one, again = (learners.learner(7, [course], NOW) for _ in range(2))
    assert (one.begins_at, one.stops_at, one.ability) == (again.begins_at, again.stops_at, again.ability)
    assert course.first <= one.begins_at < NOW
