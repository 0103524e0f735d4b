"""A person's own consents: each purpose by itself, yes and no alike, one press to take back, a receipt."""

import json
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup, Tag
from sqlmodel import select
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import sign_in
from webapp.app import create_app
from webapp.config import Settings
from webapp.consents import queries
from webapp.consents.models import ConsentEntry
from webapp.consents.rules import wordings
from webapp.consents.rules.purposes import Purpose
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role
from webapp.sponsors import service as sponsors
from webapp.sponsors.models import Company

PAGE = "/account/consents"
HERE = {"Origin": "http://localhost"}
SIGNAL = {"Sec-GPC": "1"}


@pytest.fixture
def company(database: Database) -> Company:
    with database.writing() as session:
        made = builders.company(session, "Acme (fictional)")
        sponsors.add_brand(session, made, "Exemplora", "fictaglin")
    return made


def entered(client: Client, database: Database, *roles: Role, kind: AccountKind = AccountKind.PATIENT,
            language: str = "en", is_adult: bool = True) -> Account:
    """Somebody who has signed in."""
    with database.writing() as session:
        person = builders.account(session, *roles, kind=kind, language=language, is_adult=is_adult)
    sign_in(client, person.email)
    return person


def look(client: Client, path: str = PAGE, **headers: str) -> BeautifulSoup:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.status
    return BeautifulSoup(answer.text, "html.parser")


def section(page: BeautifulSoup, name: str) -> Tag:
    found = page.find(id=name)
    assert isinstance(found, Tag), name
    return found


def press(client: Client, page: BeautifulSoup, name: str, answer: str, **headers: str) -> TestResponse:
    """Presses a button of the page as a browser would, hidden fields and all."""
    form = section(page, name).form
    assert form is not None and form.select_one(f"button[value={answer}]") is not None, f"no such button in {name}"
    return client.post(str(form["action"]), headers={**HERE, **headers},
                       data={**builders.hidden_fields(str(form)), "answer": answer})


def granted(database: Database, person: Account) -> set[str]:
    with database.reading() as session:
        return {state.purpose for state in queries.states(session, person.id or 0) if state.is_granted}


def test_each_purpose_is_asked_by_itself_with_two_equal_buttons_and_nothing_chosen(
        client: Client, database: Database, company: Company) -> None:
    entered(client, database)
    page = look(client)
    asked = page.select("form.answers")
    assert [form.select_one("[name=purpose]")["value"] for form in asked] == [  # type: ignore[index]
        "analytics", "personalisation", "company-mail"]
    for form in asked:
        yes, no = form.select("button")
        assert (yes["value"], no["value"]) == ("agree", "refuse")
        assert {name: value for name, value in yes.attrs.items() if name != "value"} == {
            name: value for name, value in no.attrs.items() if name != "value"}
    assert page.select("input[type=checkbox], [checked], [autofocus]") == []


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_words_on_the_page_are_those_that_the_ledger_names(
        client: Client, database: Database, company: Company, language: str) -> None:
    person = entered(client, database, language=language)
    page = look(client)
    shown = section(page, f"company-mail-{company.key}").text
    press(client, page, f"company-mail-{company.key}", "agree")
    with database.reading() as session:
        line, = queries.lines(session, person.id or 0)
    words = wordings.shown(line.purpose, line.wording, line.language)
    assert words is not None and (line.language, line.digest) == (language, words.digest)
    assert all(text in shown for text in (words.of(company.name).asks, words.of(company.name).kept, words.agree))


def test_agreeing_and_taking_back_are_one_press_each(client: Client, database: Database) -> None:
    person = entered(client, database)
    answer = press(client, look(client), "personalisation", "agree")
    assert (answer.status_code, answer.location) == (303, "/account/consents#personalisation")
    assert granted(database, person) == {"personalisation"}
    page = look(client)
    assert len(section(page, "personalisation").select("button")) == 1
    press(client, page, "personalisation", "withdraw")
    assert granted(database, person) == set()
    assert "You said no on" in section(look(client), "personalisation").text


def test_refusing_is_kept_and_changes_nothing_else(client: Client, database: Database) -> None:
    person = entered(client, database)
    press(client, look(client), "analytics", "agree")
    press(client, look(client), "personalisation", "refuse")
    with database.reading() as session:
        entries = [(entry.purpose, entry.is_granted) for entry in session.scalars(select(ConsentEntry).order_by("id"))]
    assert entries == [("analytics", True), ("personalisation", False)] and granted(database, person) == {"analytics"}


def test_looking_changes_nothing(client: Client, database: Database, company: Company) -> None:
    entered(client, database)
    for path in (PAGE, f"{PAGE}?purpose=analytics&answer=agree", f"{PAGE}/receipt", f"{PAGE}/receipt.json") * 3:
        assert client.get(path).status_code == 200
    with database.reading() as session:
        assert session.scalars(select(ConsentEntry)).all() == []


# Patients, professionals, minors


def test_a_patient_is_not_asked_about_sharing_and_cannot_agree(
        client: Client, database: Database, company: Company) -> None:
    person = entered(client, database)
    assert "sharing" not in str(look(client))
    answer = client.post(PAGE, headers=HERE, data={"purpose": "sharing", "company": company.key, "answer": "agree",
                                                   "version": "1", "language": "en"})
    assert answer.status_code == 403 and "Only verified health professionals" in answer.text
    assert granted(database, person) == set()


def test_a_verified_professional_may_share_with_one_company(
        client: Client, database: Database, company: Company) -> None:
    person = entered(client, database, Role.HCP, kind=AccountKind.HCP)
    press(client, look(client), f"sharing-{company.key}", "agree")
    assert granted(database, person) == {"sharing"}


def test_whoever_is_verified_no_more_can_still_take_it_back(
        client: Client, database: Database, company: Company) -> None:
    person = entered(client, database, kind=AccountKind.HCP)
    with database.writing() as session:
        builders.consent(session, person, company, purpose=Purpose.SHARING)
    page = look(client)
    assert [button["value"] for button in section(page, f"sharing-{company.key}").select("button")] == ["withdraw"]
    press(client, page, f"sharing-{company.key}", "withdraw")
    assert granted(database, person) == set() and "sharing" not in str(look(client).select("form"))


def test_who_has_not_said_their_age_says_it_before_any_company_asks(
        client: Client, database: Database, company: Company) -> None:
    person = entered(client, database, is_adult=False)
    page = look(client)
    assert page.find(id=f"company-mail-{company.key}") is None and page.find(id="age") is not None
    answer = client.post(f"{PAGE}/age", data={"birth_date": "1980-05-17"}, headers=HERE)
    assert "1980" not in answer.location
    press(client, look(client), f"company-mail-{company.key}", "agree")
    assert granted(database, person) == {"company-mail"}


@pytest.mark.parametrize(("born", "status"), [("2020-01-01", 303), ("", 422), ("3000-01-01", 422)])
def test_a_child_or_no_day_at_all_makes_no_adult(client: Client, database: Database, company: Company, born: str,
                                                 status: int) -> None:
    entered(client, database, is_adult=False)
    assert client.post(f"{PAGE}/age", data={"birth_date": born}, headers=HERE).status_code == status
    assert look(client).find(id=f"company-mail-{company.key}") is None


def test_a_company_with_nothing_to_send_asks_nobody(client: Client, database: Database) -> None:
    with database.writing() as session:
        builders.company(session, "Silent (fictional)")
    entered(client, database)
    assert "Silent" not in str(look(client))


def test_a_company_that_is_not_there_is_not_found(client: Client, database: Database) -> None:
    entered(client, database)
    answer = client.post(PAGE, headers=HERE, data={"purpose": "company-mail", "company": "a" * 16, "answer": "agree",
                                                   "version": "1", "language": "en"})
    assert answer.status_code == 404


# Global Privacy Control


def test_the_page_says_that_the_browsers_signal_is_obeyed(client: Client, database: Database) -> None:
    person = entered(client, database)
    with_signal, without = look(client, **SIGNAL), look(client)
    assert "Global Privacy Control" in section(with_signal, "analytics").text
    assert section(with_signal, "analytics").form is None and "Global Privacy Control" not in str(without)
    press(client, without, "analytics", "agree", **SIGNAL)
    assert granted(database, person) == set(), "the form was opened before the signal was switched on"


# Receipts


def test_a_receipt_says_what_was_asked_and_answered(client: Client, database: Database, company: Company) -> None:
    person = entered(client, database, language="zh-Hans")
    press(client, look(client), f"company-mail-{company.key}", "agree")
    press(client, look(client), f"company-mail-{company.key}", "withdraw")
    answer = client.get(f"{PAGE}/receipt.json")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    receipt = json.loads(answer.text)
    assert (receipt["version"], receipt["piiPrincipalId"], receipt["jurisdiction"], receipt["sensitive"]) == (
        "KI-CR-v1.1.0", person.key, "US", True)
    purpose, = receipt["services"][0]["purposes"]
    assert (purpose["consentType"], purpose["thirdPartyDisclosure"], purpose["state"]) == (
        "EXPLICIT", False, "not granted")
    assert [event["state"] for event in purpose["events"]] == ["not granted", "granted"]
    words = wordings.newest(Purpose.COMPANY_MAIL, "zh-Hans")
    assert {event["digest"] for event in purpose["events"]} == {words.digest}
    assert words.of(company.name).asks in look(client, f"{PAGE}/receipt").text
    assert person.email not in answer.text


def test_a_receipt_says_where_the_operator_can_be_written_to(
        settings: Settings, platform: Platform, database: Database) -> None:
    there = replace(platform, postal_address=builders.POSTAL_ADDRESS)
    client = Client(create_app(settings, there).wsgi_app)
    entered(client, database)
    controller, = json.loads(client.get(f"{PAGE}/receipt.json").text)["piiControllers"]
    assert controller["address"] == {"streetAddress": builders.POSTAL_ADDRESS}
    assert builders.POSTAL_ADDRESS in look(client, f"{PAGE}/receipt").text


def test_a_receipt_names_no_address_where_none_is_set(client: Client, database: Database) -> None:
    entered(client, database)
    controller, = json.loads(client.get(f"{PAGE}/receipt.json").text)["piiControllers"]
    assert "address" not in controller and look(client, f"{PAGE}/receipt").find("h1") is not None


def test_the_same_answers_give_the_same_receipt(client: Client, database: Database) -> None:
    entered(client, database)
    press(client, look(client), "analytics", "agree")
    numbers = [json.loads(client.get(f"{PAGE}/receipt.json").text)["consentReceiptID"] for _ in range(2)]
    press(client, look(client), "analytics", "withdraw")
    numbers.append(json.loads(client.get(f"{PAGE}/receipt.json").text)["consentReceiptID"])
    assert numbers[0] == numbers[1] != numbers[2]


def test_nobody_sees_the_answers_of_another(client: Client, database: Database, company: Company) -> None:
    with database.writing() as session:
        builders.consent(session, builders.account(session), company)
    entered(client, database)
    assert "You agreed on" not in str(look(client))
    assert json.loads(client.get(f"{PAGE}/receipt.json").text)["services"][0]["purposes"] == []
