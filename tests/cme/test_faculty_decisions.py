"""What the provider decides on disclosures, who is excluded, what is published upon it, and how long it is kept."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from bs4 import BeautifulSoup
from sqlmodel import select
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from tests.cme import activities, certified, disclosed
from tests.cme.disclosed import EMPLOYED, KIM, MITIGATED, NOT_RELEVANT, NOW, ROBIN, TALKS
from webapp.cme.jobs import forget_disclosures
from webapp.cme.models import CmeActivity, CmeDisclosure, CmeDisclosureDecision, CmeDisclosureRequest
from webapp.cme.service import agreements, deciding, faculty, personal, versions
from webapp.core.audit import By
from webapp.core.errors import Conflict, Invalid, Refused
from webapp.core.forms import FreeText
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import Role

BOTH = pytest.mark.postgresql
HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
PLACE = f"/cme/provider/{activities.SLUG}/faculty"


def read(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


# Deciding


def test_of_two_decisions_at_once_the_second_is_told_to_look_again(as_casey: Client, platform: Platform,
                                                                   by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.stated(session, disclosed.asked(session, by), TALKS, now=NOW)
        form = disclosed.form(session, row, **NOT_RELEVANT)
    for words, status in (("It is another field.", 303), ("I think so too.", 409)):
        answer = as_casey.post(f"{PLACE}/{row.key}/decide", data={**form, "words": words}, **HERE)
        assert answer.status_code == status
    assert "Nothing was decided." in answer.text
    with platform.database.reading() as session:
        assert session.scalars(select(CmeDisclosureDecision)).one().words == "It is another field."


@BOTH
def test_of_two_decisions_in_the_same_instant_one_holds(platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.stated(session, disclosed.asked(session, by), TALKS, now=NOW)
        form, key, together = disclosed.form(session, row, **NOT_RELEVANT), row.key, Barrier(2)

    def decide(words: str) -> bool:
        together.wait()
        try:
            with platform.database.writing() as session:
                deciding.decide(session, activities.SLUG, key, form, (), FreeText(words), by)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, ("It is so.", "So it is."))) == [False, True]


def test_nothing_is_decided_on_what_was_replaced_meanwhile(platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.stated(session, disclosed.asked(session, by), TALKS, now=NOW)
        form = disclosed.form(session, row, **NOT_RELEVANT)
        disclosed.stated(session, row, TALKS, EMPLOYED, now=NOW)
        with pytest.raises(Conflict):
            deciding.decide(session, activities.SLUG, row.key, form, (), FreeText("So be it"), by)


def test_a_later_decision_takes_the_place_of_an_earlier_and_both_are_kept(platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.stated(session, disclosed.asked(session, by), TALKS, now=NOW)
        disclosed.decided(session, row, by, **NOT_RELEVANT)
        disclosed.decided(session, row, by, **MITIGATED)
        last = faculty.gathered(session, [row])[0].last
        assert last is not None and [one.verdict for one in last.decisions[0]] == ["not-relevant", "mitigated"]
        assert last.told.rulings[0] is not None and last.told.rulings[0].is_relevant


def test_who_states_to_be_an_employee_is_excluded_until_an_exception_is_decided_on(
        as_casey: Client, platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.stated(session, disclosed.asked(session, by), EMPLOYED, now=NOW)
        with pytest.raises(Invalid):
            disclosed.decided(session, row, by, **MITIGATED)
    assert "Excluded" in read(as_casey.get(PLACE, base_url=BASE_URL).text).select("tbody tr")[0].get_text()
    with platform.database.writing() as session:
        row = session.scalars(select(CmeDisclosureRequest)).one()
        disclosed.decided(session, row, by, **MITIGATED, exception="device-technician")
        told = faculty.gathered(session, [row])[0].person.told
        assert told is not None and told.is_settled
    page = read(as_casey.get(f"{PLACE}/{row.key}", base_url=BASE_URL).text).get_text()
    assert "By an exception:" in page


def test_the_page_of_somebody_of_another_activity_is_nowhere(as_casey: Client, platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.asked(session, by)
        session.add(CmeActivity(slug="another"))
    for verb in ("decide", "again", "call-off"):
        answer = as_casey.post(f"/cme/provider/another/faculty/{row.key}/{verb}",
                               data={"email": "a@b.example", "reason": "To see"}, **HERE)
        assert answer.status_code == 404, verb


# Publishing


ACCREDITED = activities.ACCREDITED.accredited_for
TOLD = {"contributors": [
    {"name": ROBIN, "credentials": {"en": "MD", "zh-Hans": "医学博士"}, "parts": ["planner", "author"],
     "disclosed_on": str(NOW.date()), "began_on": str(NOW.date()), "relationships": []},
    {"name": KIM, "credentials": {"en": "MD", "zh-Hans": "医学博士"}, "parts": ["reviewer"],
     "disclosed_on": str(NOW.date()), "began_on": str(NOW.date()),
     "relationships": [{"company": TALKS.company, "nature": {"en": "Speaker", "zh-Hans": "讲者"},
                        "is_relevant": True, "mitigation": {"en": "Peer review", "zh-Hans": "同行评审"},
                        "mitigated_on": str(NOW.date())}]}]}


def test_an_accredited_provider_publishes_once_everybody_is_decided_on(platform: Platform, casey: Account,
                                                                       by: By) -> None:
    with platform.database.writing() as session:
        version = certified.publish_reviewed(session, NOW, **TOLD)
        versions.withdraw(session, activities.SLUG, By(by.actor, NOW, "To try again"))
        with pytest.raises(Refused) as refused:
            versions.publish(session, version, by, accepts_samples=False, accredited_for=ACCREDITED)
        assert str(refused.value).count("was not asked to disclose") == 2
        disclosed.settled(session, by)
        assert versions.publish(session, version, by, accepts_samples=False, accredited_for=ACCREDITED)


def test_an_accredited_provider_publishes_what_is_supported_once_the_agreement_is_signed(
        platform: Platform, casey: Account, by: By) -> None:
    giver, lacks = "Giver Ltd (fictional)", "There is no signed copy of the agreement with Giver Ltd (fictional)."
    with platform.database.writing() as session:
        version = certified.publish_reviewed(session, NOW, **TOLD, support=[{
            "company": giver, "kind": "money", "agreement_on": "2025-08-01",
            "nature": {"en": "A grant", "zh-Hans": "资助"}}])
        versions.withdraw(session, activities.SLUG, By(by.actor, NOW, "To try again"))
        disclosed.settled(session, by)
        with pytest.raises(Refused, match=re.escape(lacks)):
            versions.publish(session, version, by, accepts_samples=False, accredited_for=ACCREDITED)
        agreements.bring_in(session, activities.SLUG, giver, b"%PDF-1.7\nsigned by both\n%%EOF\n", by)
        assert versions.publish(session, version, by, accepts_samples=False, accredited_for=ACCREDITED)


def test_a_file_that_says_something_else_than_was_decided_is_neither_handed_in_nor_published(
        platform: Platform, casey: Account, by: By) -> None:
    with platform.database.writing() as session:
        version = certified.publish_reviewed(session, NOW)
        disclosed.settled(session, by)
        for verb in (lambda: versions.hand_in(session, version, author_ids=(), link="/", now=NOW),
                     lambda: versions.publish(session, activities.publish(session, NOW, minutes=45), by,
                                              accepts_samples=True, accredited_for=frozenset())):
            with pytest.raises(Refused) as refused:
                verb()
            assert "Example Pharma Ltd (fictional), Speaker / 讲者" in str(refused.value)


def test_a_sample_is_published_without_the_disclosures_of_its_made_up_people(platform: Platform,
                                                                             as_casey: Client) -> None:
    assert "a sample of 0 credits" in as_casey.get(PLACE, base_url=BASE_URL).text
    with platform.database.reading() as session:
        activity = session.scalars(select(CmeActivity)).one()
        version = session.get_one(versions.CmeVersion, activity.live_version_id)
        assert faculty.obstacles(session, activity, versions.about(version), ACCREDITED, NOW.date()) == []


# Keeping


def left(platform: Platform) -> list[int]:
    with platform.database.reading() as session:
        return [len(session.scalars(select(table)).all())
                for table in (CmeDisclosureRequest, CmeDisclosure, CmeDisclosureDecision)]


def old(platform: Platform, last: str, at: datetime) -> None:
    """An activity that could be begun until a day, and somebody who was decided on at a moment."""
    with platform.database.writing() as session:
        activities.publish(session, NOW, valid={"first": f"{int(last[:4]) - 2}-01-01", "last": last})
        casey = builders.account(session, Role.CME_PROVIDER)
        disclosed.decided(session, disclosed.stated(
            session, disclosed.asked(session, By(casey.id or 0, at)), TALKS, now=at), By(casey.id or 0, at))


@BOTH
@pytest.mark.parametrize(("last", "years", "kept"), [
    ("2019-12-31", 7, [0, 0, 0]), ("2021-12-31", 7, [1, 1, 1]), ("2019-12-31", 5, [1, 1, 1])])
def test_disclosures_are_kept_until_six_years_after_the_activity(platform: Platform, last: str, years: int,
                                                                 kept: list[int]) -> None:
    old(platform, last, NOW - timedelta(days=366 * years))
    with platform.database.writing() as session:
        forget_disclosures(session, NOW)
    assert left(platform) == kept


def test_only_who_has_shown_that_an_address_is_theirs_is_handed_what_went_to_it(platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.stated(session, disclosed.asked(session, by), TALKS, now=NOW)
        person = builders.account(session, Role.READER, email="Robin@home.example", now=NOW)
        person.confirmed_at = None
        session.flush()
        assert "disclosures" not in personal.export_person(session, platform.ring, person.id or 0)
        person.confirmed_at = NOW
        session.flush()
        told = personal.export_person(session, platform.ring, person.id or 0)["disclosures"]
        assert "Example Pharma Ltd (fictional), speaker" in told[1]["relationships"]
        personal.erase_person(session, person.id or 0, NOW)
        assert row.email == "" and row.ended_at is None and row.expires_at <= NOW
        assert faculty.gathered(session, [row])[0].person.told is not None, "the evidence stays"
