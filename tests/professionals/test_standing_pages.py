"""What an applicant reads at /account/verification in each state, in both languages, and what may be done then."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from sqlmodel import Session
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import BASE_URL, sign_in
from tests.professionals import claims
from tests.professionals.claims import FIELDS
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.languages import CHINESE, ENGLISH, by_tag
from webapp.core.render import show_date
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.professionals import queries
from webapp.professionals.models import Verification
from webapp.professionals.rules.states import VALID_FOR, State
from webapp.professionals.service import renewing

OWN = "/account/verification"
LANGUAGES = pytest.mark.parametrize("tag", [ENGLISH.tag, CHINESE.tag])
CLOSES = {"en": "If you change either, pages for professionals close", "zh-Hans": "如更改其中任何一项"}


@dataclass
class Applicant:
    """A person who applied, signed in, and the page as they see it."""

    database: Database
    client: Client
    account_id: int
    began: datetime

    def apply(self, **changed: str) -> TestResponse:
        return self.client.post(OWN, base_url=BASE_URL, headers={"Origin": BASE_URL}, data={**FIELDS, **changed})

    def decide(self, answer: str) -> None:
        with self.database.writing() as session:
            claims.decide(session, self.held(session), builders.account(session, Role.OPERATOR), answer,
                          now=self.began)

    def lapse(self, why: str, now: datetime) -> None:
        with self.database.writing() as session:
            renewing.look_again(session, self.held(session).id or 0, why, now)

    def state(self) -> tuple[str, bool]:
        with self.database.reading() as session:
            account = session.get_one(Account, self.account_id)
            return self.held(session).state, Role.HCP in account.roles

    def page(self) -> BeautifulSoup:
        return BeautifulSoup(self.client.get(OWN).text, "html.parser")

    def standing(self) -> str:
        found = self.page().select_one("section.standing")
        assert found is not None
        return " ".join(found.get_text(" ").split())

    def held(self, session: Session) -> Verification:
        held = queries.of_account(session, self.account_id)
        assert held is not None
        return held


def applicant(client: Client, database: Database, tag: str, days_left: int = 365) -> Applicant:
    """Applied, and is not decided; a decision is made as long ago as leaves so many days of its year."""
    began = clock.now() - VALID_FOR + timedelta(days=days_left)
    with database.writing() as session:
        person = builders.account(session, language=tag)
        claims.apply(session, person, now=began)
    sign_in(client, person.email)
    return Applicant(database, client, person.id or 0, began)


def has_open_form(page: BeautifulSoup) -> bool:
    form = page.select_one(f"form[action='{OWN}']")
    return form is not None and form.find_parent("details") is None


@pytest.mark.parametrize(("tag", "says"), [
    ("en", ("We could not verify you", "The register shows another name for this number.", "apply again")),
    ("zh-Hans", ("我们未能认证您的身份", "注册信息显示该号码属于另一姓名。", "重新申请"))])
def test_whoever_was_refused_reads_why_and_may_apply_again(
        client: Client, database: Database, tag: str, says: tuple[str, ...]) -> None:
    person = applicant(client, database, tag)
    person.decide("refuse:name-differs")
    assert all(part in person.standing() for part in says) and has_open_form(person.page())
    assert person.apply().status_code == 303 and person.state() == (State.PENDING, False)


@pytest.mark.parametrize(("tag", "why", "says"), [
    ("en", "year-over", ("Your verification has lapsed", "A year has passed", "apply again")),
    ("en", "name-changed", ("Your verification has lapsed", "The name of your account has changed.", "apply again")),
    ("zh-Hans", "year-over", ("您的认证已失效", "距上次核实已满一年。", "重新申请")),
    ("zh-Hans", "name-changed", ("您的认证已失效", "姓名", "重新申请"))])
def test_whose_verification_lapsed_reads_why_and_may_apply_again(
        client: Client, database: Database, tag: str, why: str, says: tuple[str, ...]) -> None:
    person = applicant(client, database, tag, days_left=-1)
    person.decide("verify:register-checked")
    person.lapse(why, clock.now())
    assert person.state() == (State.LAPSED, False)
    assert all(part in person.standing() for part in says) and has_open_form(person.page())
    assert person.apply().status_code == 303 and person.state() == (State.PENDING, False)


@pytest.mark.parametrize(("tag", "says"), [
    ("en", ("Your verification was revoked", "The licence has ended or was withdrawn.", "You may apply again")),
    ("zh-Hans", ("您的认证已被撤销", "执业资格已终止或被撤销。", "重新申请"))])
def test_whose_verification_was_revoked_reads_why_and_may_apply_again(
        client: Client, database: Database, tag: str, says: tuple[str, ...]) -> None:
    person = applicant(client, database, tag)
    person.decide("verify:register-checked")
    person.decide("revoke:licence-ended")
    assert all(part in person.standing() for part in says) and has_open_form(person.page())
    assert person.apply().status_code == 303 and person.state() == (State.PENDING, False)


# Renewal


@LANGUAGES
def test_long_before_the_due_day_the_page_says_from_when_one_may_renew(
        client: Client, database: Database, tag: str) -> None:
    person = applicant(client, database, tag, days_left=100)
    person.decide("verify:register-checked")
    due = person.began + VALID_FOR
    for day in (due, due - timedelta(days=60)):
        assert show_date(day, by_tag(tag)) in person.standing()
    assert not has_open_form(person.page()) and person.page().select_one("#renew") is None


@LANGUAGES
def test_within_sixty_days_the_page_offers_the_renewal_and_says_what_closes(
        client: Client, database: Database, tag: str) -> None:
    person = applicant(client, database, tag, days_left=30)
    person.decide("verify:register-checked")
    page, day = person.page(), show_date(person.began + VALID_FOR, by_tag(tag))
    button = page.select_one(f"form[action='{OWN}'] button[type=submit]")
    assert day in person.standing() and has_open_form(page) and CLOSES[tag] in page.text
    assert button is not None and button.text == {"en": "Renew my verification", "zh-Hans": "续期我的认证"}[tag]
    assert person.apply().status_code == 303 and person.state() == (State.RENEWING, True)
    assert day in person.standing() and {"en": "we are checking your renewal", "zh-Hans": "我们正在核实您的续期申请"}[
        tag] in person.standing()
    assert CLOSES[tag] in person.page().text and not has_open_form(person.page())
    assert person.apply(family_name="Married").status_code == 303 and person.state() == (State.PENDING, False)


@LANGUAGES
def test_whose_renewal_was_refused_reads_why_and_until_when_pages_stay_open(
        client: Client, database: Database, tag: str) -> None:
    person = applicant(client, database, tag, days_left=30)
    person.decide("verify:register-checked")
    person.apply()
    person.decide("refuse:document-unreadable")
    assert person.state() == (State.VERIFIED, True) and has_open_form(person.page())
    for part in {"en": ("We could not renew your verification.", "The document cannot be read."),
                 "zh-Hans": ("您的认证未能续期。", "证件无法看清。")}[tag]:
        assert part in person.standing()
    assert show_date(person.began + VALID_FOR, by_tag(tag)) in person.standing()


@LANGUAGES
def test_whose_renewal_was_not_decided_in_time_reads_that_it_waits_on(
        client: Client, database: Database, tag: str) -> None:
    person = applicant(client, database, tag, days_left=30)
    person.decide("verify:register-checked")
    person.apply()
    person.lapse("year-over", clock.now() + timedelta(days=31))
    assert person.state() == (State.PENDING, False)
    for part in {"en": ("We are checking your application", "has lapsed meanwhile.", "A year has passed"),
                 "zh-Hans": ("我们正在核实您的申请", "您的认证在此期间已失效。", "距上次核实已满一年。")}[tag]:
        assert part in person.standing()


def test_an_operator_sees_what_a_decision_makes_of_a_renewal(client: Client, database: Database) -> None:
    person = applicant(client, database, "en", days_left=30)
    person.decide("verify:register-checked")
    person.apply()
    with database.writing() as session:
        operator, key = builders.account(session, Role.OPERATOR), person.held(session).key
    desk = Client(client.application)
    sign_in(desk, operator.email)
    page = BeautifulSoup(desk.get(f"/ops/verification/{key}").text, "html.parser")
    outcomes = {str(choice["value"]).partition(":")[0]: choice.find_next("strong")
                for choice in page.select("[name=answer]")}
    assert {step: found and found.text for step, found in outcomes.items()} == {
        "verify": "Renewed", "refuse": "Not renewed", "revoke": "Revoked"}
    assert "A refusal leaves it so" in page.text and "Applied to renew" in page.text
    assert "Verified, renewal waits" in desk.get("/ops/verification/").text


# What is wrong with a form


@LANGUAGES
def test_the_summary_of_faults_leads_to_each_field(client: Client, database: Database, tag: str) -> None:
    person = applicant(client, database, tag)
    page = BeautifulSoup(person.apply(number="1", given_name="", specialty="").text, "html.parser")
    links = page.select("#faults a")
    assert [link["href"] for link in links] == ["#number", "#given_name", "#specialty"]
    for link in links:
        name = str(link["href"]).removeprefix("#")
        field, fault = page.find(id=name), page.find(id=f"{name}-fault")
        assert field is not None and field["aria-invalid"] == "true"
        assert fault is not None and link.text == fault.text
        within = field.find_parent("details")
        assert within is None or within.has_attr("open")
