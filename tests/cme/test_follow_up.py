"""Who meant to change their practice is asked once, by mail, what came of it; the answer is Moore's level 5."""

import re
from datetime import timedelta
from email import policy
from email.parser import BytesParser

import pytest
from sqlalchemy import update
from sqlmodel import select
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from tests.cme import activities
from tests.safety.test_overhearing import TELLS, name_medicines
from webapp.channels.models import Outgoing
from webapp.channels.service.sending import Go, Stop
from webapp.cme.jobs import follow_up
from webapp.cme.models import CmeEvaluation, CmeFollowUp, CmeHeard, CmeParticipation, CmeVersion
from webapp.cme.rules.evaluation import Evaluation
from webapp.cme.rules.follow_up import AFTER, LINK_LASTS, MAIL_LASTS
from webapp.cme.service import outcome_figures, tallying
from webapp.cme.service.following_up import MOST, FollowUpLetters
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.safety.models import SafetyCase

BOTH = pytest.mark.postgresql
HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
NOW = clock.now()
LONG_AGO = NOW - AFTER
NO_CHANGE = Evaluation(activities.SATISFIED.answers | {"change": "no"}, {})


def learned(platform: Platform, told: Evaluation = activities.SATISFIED, *, language: str = "en") -> Account:
    """Somebody who completed an activity 60 days ago."""
    with platform.database.writing() as session:
        if session.scalars(select(CmeVersion)).first() is None:
            activities.publish(session, LONG_AGO)
        person = builders.account(session, Role.READER, now=LONG_AGO)
        person.confirmed_at = LONG_AGO
        held = activities.learner(session, LONG_AGO, account=person, language=language)
        activities.up_to_claim(session, held, LONG_AGO, told=told)
        activities.claim(session, held, LONG_AGO)
    return person


def asked(platform: Platform) -> list[Outgoing]:
    with platform.database.reading() as session:
        return list(session.scalars(select(Outgoing).where(Outgoing.subject_kind == "cme-follow-up")))


def code(platform: Platform) -> str:
    with platform.database.reading() as session:
        return session.scalars(select(CmeFollowUp)).one().code


def checked(platform: Platform, row: Outgoing, later: timedelta = timedelta()) -> Go | Stop:
    with platform.database.reading() as session:
        return FollowUpLetters(platform, "Materia <news@materia.example>").recheck(session, row, NOW + later)


# Asking


@BOTH
def test_whoever_meant_to_change_is_asked_once_after_sixty_days(platform: Platform) -> None:
    person = learned(platform)
    learned(platform, NO_CHANGE)
    assert follow_up(platform.database, NOW - timedelta(minutes=1)) is None
    assert follow_up(platform.database, NOW) == 1
    assert follow_up(platform.database, NOW) is None
    assert [row.account_id for row in asked(platform)] == [person.id]


@pytest.mark.parametrize(("gone", "runs"), [(0, [MOST, 100, None]), (MOST + 50, [50, None])])
def test_all_who_are_due_are_asked_in_the_runs_that_follow(
        platform: Platform, gone: int, runs: list[int | None]) -> None:
    """More than one run takes; whoever cannot be written to stands in nobody's way."""
    with platform.database.writing() as session:
        version = activities.publish(session, LONG_AGO)
        people = [Account(email=f"learner-{number}@clinic.example", password="", name="", kind="hcp", language="en",
                          market="us", active=number >= gone, created_at=LONG_AGO, confirmed_at=LONG_AGO)
                  for number in range(MOST + 100)]
        session.add_all(people)
        session.flush()
        learned = [CmeParticipation(account_id=one.id, version_id=version.id or 0, language="en", profession="nurse",
                                    begun_at=LONG_AGO, completed_at=LONG_AGO) for one in people]
        session.add_all(learned)
        session.flush()
        session.add_all([CmeEvaluation(participation_id=one.id or 0, answers=activities.SATISFIED.answers, at=LONG_AGO)
                         for one in learned])
    assert [follow_up(platform.database, NOW) for _ in runs] == runs
    assert {row.account_id for row in asked(platform)} == {one.id for one in people[gone:]}


@pytest.mark.parametrize("change", [{"active": False}, {"confirmed_at": None}])
def test_an_account_that_is_not_to_be_written_to_is_not_asked(platform: Platform, change: dict[str, object]) -> None:
    person = learned(platform)
    with platform.database.writing() as session:
        session.execute(update(Account).where(Account.id == person.id).values(**change))
    assert follow_up(platform.database, NOW) is None


@pytest.mark.parametrize(("language", "title"), [
    ("en", "What came of what you learned?"), ("zh-Hans", "所学内容用上了吗？")])
def test_the_mail_leads_to_the_page_and_to_the_end_of_such_mails(platform: Platform, app: object, language: str,
                                                                 title: str) -> None:
    person = learned(platform, language=language)
    follow_up(platform.database, NOW)
    went = checked(platform, asked(platform)[0])
    assert isinstance(went, Go) and went.address == person.email
    mail = BytesParser(policy=policy.default).parsebytes(went.message)
    assert mail["Subject"] == title
    for part in (mail.get_body(("plain",)), mail.get_body(("html",))):
        assert part is not None
        link = f"{BASE_URL}/cme/follow-up/{code(platform)}"
        assert len(re.findall(f"{link}\\b(?!/)", part.get_content())) == 1 and f"{link}/stop" in part.get_content()


def test_a_mail_that_waited_too_long_or_whose_account_left_does_not_go(platform: Platform, app: object) -> None:
    person = learned(platform)
    follow_up(platform.database, NOW)
    row, = asked(platform)
    assert checked(platform, row, MAIL_LASTS + timedelta(hours=1)) == Stop("too-late")
    with platform.database.writing() as session:
        session.get_one(Account, person.id).active = False
    assert checked(platform, row) == Stop("no-account")


# Answering


@pytest.fixture
def place(platform: Platform, client: Client) -> str:
    learned(platform)
    follow_up(platform.database, NOW)
    return f"/cme/follow-up/{code(platform)}"


def test_the_language_that_was_chosen_stays_from_page_to_page(client: Client, place: str) -> None:
    shown = client.get(f"{place}?language=zh-Hans", base_url=BASE_URL).text
    way, = re.findall(r'<form class="form" method="post" action="([^"]+)"', shown)
    for changed, heading in (("", "所学内容用上了吗"), ("in-part", "您的回答已保存")):
        answer = client.post(way, **HERE, data={"changed": changed}, follow_redirects=True)
        assert heading in answer.text, answer.text


def test_an_answer_is_kept_once_and_counts_as_level_five(client: Client, platform: Platform, place: str) -> None:
    assert "Did you change it?" in client.get(place, base_url=BASE_URL).text
    sent = {"changed": "in-part", "barriers": ["time", "cost"], "words": "It went well."}
    for changed in ("in-part", "no"):
        assert client.post(place, **HERE, data=sent | {"changed": changed}).status_code == 303
    assert "Your answer is kept" in client.get(place, base_url=BASE_URL).text
    with platform.database.reading() as session:
        version = session.scalars(select(CmeVersion)).one()
        level = outcome_figures.of_version(session, version, NOW).levels[-1]
        assert [(one.people, one.of) for one in level.counts] == [(1, 1), (1, 1)] and level.is_self_reported
    assert tallying.recount(platform.database, version.id or 0) == 0


def test_an_answer_that_leaves_the_question_open_comes_back(client: Client, place: str) -> None:
    answer = client.post(place, **HERE, data={"words": "Something."})
    assert answer.status_code == 422 and "Something." in answer.text


@pytest.mark.parametrize(("says", "cases"), [("yes", 1), ("no", 0)])
def test_words_that_tell_of_a_side_effect_stay_with_the_provider_unless_the_learner_agrees(
        client: Client, platform: Platform, place: str, says: str, cases: int) -> None:
    name_medicines(platform)
    went = client.post(place, **HERE, data={"changed": "no", "words": TELLS})
    assert "Pass it on without my name" in client.get(went.location, base_url=BASE_URL).text
    with platform.database.reading() as session:
        heard = session.scalars(select(CmeHeard)).one()
    client.post(f"{place}/heard/{heard.key}", **HERE, data={"answer": says})
    with platform.database.reading() as session:
        assert len(session.scalars(select(SafetyCase)).all()) == cases


def test_looking_at_the_way_out_changes_nothing_and_taking_it_ends_the_mails(client: Client, platform: Platform,
                                                                            place: str) -> None:
    row, = asked(platform)
    client.get(f"{place}/stop", base_url=BASE_URL)
    assert isinstance(checked(platform, row), Go)
    for _ in range(2):
        assert client.post(f"{place}/stop", **HERE).status_code == 303
    assert checked(platform, row) == Stop("no-longer-asked")


def test_a_link_ends(client: Client, platform: Platform, place: str) -> None:
    with platform.database.writing() as session:
        session.execute(update(CmeFollowUp).values(asked_at=NOW - LINK_LASTS - timedelta(days=1)))
    assert client.get(place, base_url=BASE_URL).status_code == 404
    assert client.get("/cme/follow-up/nobody", base_url=BASE_URL).status_code == 404

