"""The preference centre: opened by any mail's link, without signing in; it can stop mail and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from werkzeug.test import Client

from tests import builders
from webapp.consents import queries
from webapp.consents.rules.purposes import Purpose
from webapp.core.db import Database
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.sponsors.models import Company

HERE = {"Origin": "http://localhost"}


@pytest.fixture
def companies(database: Database) -> list[Company]:
    with database.writing() as session:
        return [builders.company(session, name) for name in ("Acme (fictional)", "Northwind (fictional)")]


@pytest.fixture
def person(database: Database, companies: list[Company]) -> Account:
    """Somebody who agreed to the mail of two companies, and to more."""
    with database.writing() as session:
        made = builders.account(session, Role.HCP, email="ann.example@clinic.example")
        for company in companies:
            builders.consent(session, made, company)
        builders.consent(session, made, purpose=Purpose.ANALYTICS)
        builders.consent(session, made, companies[0], purpose=Purpose.SHARING)
    return made


def code(database: Database, person: Account, company: Company) -> str:
    with database.reading() as session:
        state = queries.state(session, person.id or 0, Purpose.COMPANY_MAIL, company.id or 0)
        assert state is not None
        return state.code


def standing(database: Database, person: Account) -> set[tuple[str, int]]:
    with database.reading() as session:
        return {(state.purpose, state.company_id) for state in queries.states(session, person.id or 0)
                if state.is_granted}


@pytest.mark.postgresql
@pytest.mark.parametrize("code", ["a" * 26, "A" * 26, "0", "a" * 5000, "%00", "'--"])
def test_a_code_that_was_guessed_opens_a_neutral_page(client: Client, code: str) -> None:
    assert [client.open(f"/u/{code}", method=method).status_code for method in ("GET", "POST")] == [404, 404]


def test_opening_the_link_changes_nothing_and_pressing_withdraws(
        client: Client, database: Database, person: Account, companies: list[Company]) -> None:
    link, given = f"/u/{code(database, person, companies[0])}", []
    for method in ["GET"] * 5 + ["HEAD"] * 5 + ["POST", "POST"]:
        answer = client.open(link, method=method,
                             data={"List-Unsubscribe": "One-Click"} if method == "POST" else None)
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
        given.append(("company-mail", companies[0].id) in standing(database, person))
    assert given == [True] * 10 + [False, False]


def test_it_names_the_companies_that_write_and_nothing_else_of_the_person(
        client: Client, database: Database, person: Account, companies: list[Company]) -> None:
    page = client.get(f"/u/{code(database, person, companies[0])}").text
    main = BeautifulSoup(page, "html.parser").main
    assert main is not None and all(company.name in main.text for company in companies)
    assert "a•••@c•••.example" in main.text
    for hidden in (person.email, "ann.example", "clinic", person.name, "hcp", "Sharing", "Counting", "code"):
        assert hidden not in main.text, hidden


def test_one_button_stops_the_other_company_and_leaves_this_one(
        client: Client, database: Database, person: Account, companies: list[Company]) -> None:
    answer = client.post(f"/u/{code(database, person, companies[0])}", data={"stop": companies[1].key}, headers=HERE)
    assert "Northwind (fictional) sends you no more mail" in answer.text
    assert ("company-mail", companies[0].id) in standing(database, person)
    assert ("company-mail", companies[1].id) not in standing(database, person)


def test_stopping_all_mail_leaves_the_other_purposes(
        client: Client, database: Database, person: Account, companies: list[Company]) -> None:
    link = f"/u/{code(database, person, companies[0])}"
    assert "No company sends you mail" in client.post(link, data={"stop": "all"}, headers=HERE).text
    assert standing(database, person) == {("analytics", 0), ("sharing", companies[0].id)}
    assert "The mails have stopped" in client.get(link).text, "the link of an old mail goes on working"


def test_the_link_of_a_mail_of_ten_years_ago_still_withdraws(
        client: Client, database: Database, person: Account, companies: list[Company]) -> None:
    link = f"/u/{code(database, person, companies[0])}"
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3653)):
        assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert ("company-mail", companies[0].id) not in standing(database, person)


@pytest.mark.parametrize("form", [
    {"answer": "agree", "purpose": "company-mail", "version": "1", "language": "en"}, {"stop": "none"},
    {"grant": "1", "is_granted": "true"}])
def test_old_consent_link_replayed_a_fresh_opt_in_needs_a_sign_in(
        client: Client, database: Database, person: Account, companies: list[Company], form: dict[str, str]) -> None:
    link = f"/u/{code(database, person, companies[0])}"
    client.post(link, data={"stop": "all"}, headers=HERE)
    before = standing(database, person)
    client.post(link, data=form, headers=HERE)
    assert standing(database, person) == before
    assert "/account/consents" in client.get(link).text and client.get("/account/consents").status_code == 302


def test_a_company_that_is_not_there_stops_nothing(
        client: Client, database: Database, person: Account, companies: list[Company]) -> None:
    before = standing(database, person)
    link = f"/u/{code(database, person, companies[0])}"
    assert client.post(link, data={"stop": "a" * 16}, headers=HERE).status_code == 404
    assert standing(database, person) == before


def test_the_code_of_a_consent_that_no_mail_is_about_opens_nothing(client: Client, database: Database,
                                                                   person: Account) -> None:
    with database.reading() as session:
        codes = [state.code for state in queries.states(session, person.id or 0) if state.purpose != "company-mail"]
    assert [client.get(f"/u/{secret}").status_code for secret in codes] == [404, 404]


def test_another_site_cannot_press_the_button(client: Client, database: Database, person: Account,
                                              companies: list[Company]) -> None:
    before = standing(database, person)
    answer = client.post(f"/u/{code(database, person, companies[0])}", headers={"Origin": "https://evil.test"})
    assert (answer.status_code, standing(database, person)) == (403, before)
