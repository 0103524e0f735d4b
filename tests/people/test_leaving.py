"""Whoever has a seat in a company gives it up by themselves, company by company."""

import threading
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from sqlmodel import Session
from werkzeug.test import Client

from tests import builders
from tests.builders import BY, NOW, sign_in
from tests.ops.pages import trail
from webapp.core.db import Database
from webapp.core.errors import Conflict, NotFound
from webapp.people import service
from webapp.people.models import Account, Grant
from webapp.people.rules import Role
from webapp.people.service import LAST_ADMINISTRATOR
from webapp.sponsors.models import Company

PAGE = "/account/companies"
CONFIRMED = {"confirm": "yes"}


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as opened:
        yield opened


@pytest.fixture
def northwind(database: Database) -> Company:
    with database.writing() as session:
        return builders.company(session, "Northwind")


@pytest.fixture
def contoso(database: Database) -> Company:
    with database.writing() as session:
        return builders.company(session, "Contoso")


@pytest.fixture
def mara(client: Client, database: Database, northwind: Company) -> Account:
    """A marketer of Northwind, signed in."""
    with database.writing() as session:
        made = builders.account(session, Role.MARKETER, company=northwind)
    sign_in(client, made.email)
    return made


def also(database: Database, person: Account, role: Role, company: Company | None = None) -> None:
    """Gives one role more, without ending the sign-in."""
    with database.writing() as session:
        session.add(Grant(account_id=person.id, role=role, company_id=company.id if company else None))


def held(database: Database, person: Account) -> set[tuple[str, int | None]]:
    with database.reading() as session:
        return {(grant.role, grant.company_id) for grant in session.get_one(Account, person.id).grants}


def leaving(company: Company) -> str:
    return f"{PAGE}/{company.key}/leave"


def shown(client: Client) -> str:
    return BeautifulSoup(client.get(PAGE).text, "html.parser").select_one("main").get_text(" ")  # type: ignore[union-attr]


# The rule


def test_all_roles_within_the_company_go_and_no_others(session: Session) -> None:
    left, kept = builders.company(session), builders.company(session)
    person = builders.account(session, Role.MARKETER, Role.SPONSOR_ADMIN, company=left)
    builders.account(session, Role.SPONSOR_ADMIN, company=left)
    service.grant(session, person, Role.MARKETER, kept.id, by=BY)
    service.grant(session, person, Role.WRITER, by=BY)
    service.leave(session, person.id or 0, left.id or 0, now=builders.NOW)
    session.expire_all()
    assert (set(person.roles), person.company_ids) == ({Role.MARKETER, Role.WRITER}, {kept.id})


def test_the_last_administrator_hands_over_first(session: Session) -> None:
    company, other = builders.company(session), builders.company(session)
    person = builders.account(session, Role.SPONSOR_ADMIN, Role.MARKETER, company=company)
    builders.account(session, Role.MARKETER, company=company)
    builders.account(session, Role.SPONSOR_ADMIN, company=other)
    gone = builders.account(session, Role.SPONSOR_ADMIN, company=company)
    gone.active = False
    with pytest.raises(Conflict, match="last administrator"):
        service.leave(session, person.id or 0, company.id or 0, now=builders.NOW)
    assert len(person.roles) == 2
    successor = builders.account(session, Role.SPONSOR_ADMIN, company=company)
    service.leave(session, person.id or 0, company.id or 0, now=builders.NOW)
    session.expire_all()
    assert (person.roles, successor.roles) == ([], [Role.SPONSOR_ADMIN])


def test_the_last_administrator_of_one_company_may_leave_another(session: Session) -> None:
    led, other = builders.company(session), builders.company(session)
    person = builders.account(session, Role.SPONSOR_ADMIN, company=led)
    service.grant(session, person, Role.MARKETER, other.id, by=BY)
    service.leave(session, person.id or 0, other.id or 0, now=builders.NOW)
    session.expire_all()
    assert person.company_ids == {led.id}


def test_without_a_seat_nothing_is_left(session: Session) -> None:
    person, company = builders.account(session, Role.WRITER), builders.company(session)
    with pytest.raises(NotFound):
        service.leave(session, person.id or 0, company.id or 0, now=builders.NOW)
    assert person.roles == [Role.WRITER]


# The page


def test_my_account_leads_whoever_has_a_seat_to_it_and_nobody_else(
        client: Client, database: Database, mara: Account) -> None:
    link = f'href="{PAGE}"'
    with database.writing() as session:
        reader = builders.account(session)
    browser = Client(client.application)
    sign_in(browser, reader.email)
    assert (link in client.get("/account/").text, link in browser.get("/account/").text) == (True, False)
    assert "You have no seat in a company." in browser.get(PAGE).text


def test_the_page_names_ones_own_companies_and_roles_alone(
        client: Client, database: Database, mara: Account, northwind: Company, contoso: Company) -> None:
    also(database, mara, Role.SPONSOR_ADMIN, northwind)
    with database.writing() as session:
        builders.account(session, Role.SPONSOR_ADMIN, company=northwind)
    page = shown(client)
    assert "Northwind" in page and "Marketer · Administrator" in page and "Contoso" not in page
    assert "you see nothing of it" in page


def test_a_seat_given_up_opens_nothing_at_the_next_request(
        client: Client, database: Database, mara: Account, northwind: Company) -> None:
    before = client.get("/sponsor/").status_code
    answer = client.post(leaving(northwind), data=CONFIRMED)
    assert (before, answer.status_code, answer.location) == (200, 303, f"{PAGE}?notice=left")
    assert client.get("/sponsor/").status_code == 403
    assert "You have given up your seat." in client.get(answer.location).text
    assert client.post(leaving(northwind), data=CONFIRMED).status_code == 404


def test_it_ends_in_every_browser(client: Client, database: Database, mara: Account, northwind: Company) -> None:
    elsewhere = Client(client.application)
    sign_in(elsewhere, mara.email)
    before = elsewhere.get("/sponsor/").status_code
    client.post(leaving(northwind), data=CONFIRMED)
    assert (before, elsewhere.get("/sponsor/").status_code) == (200, 403)


def test_another_seat_and_roles_of_the_house_stay(
        client: Client, database: Database, mara: Account, northwind: Company, contoso: Company) -> None:
    also(database, mara, Role.MARKETER, contoso)
    also(database, mara, Role.WRITER)
    client.post(leaving(northwind), data=CONFIRMED)
    assert held(database, mara) == {(Role.MARKETER, contoso.id), (Role.WRITER, None)}
    assert (client.get("/sponsor/").status_code, client.get("/desk/").status_code) == (200, 200)
    assert "Contoso" in shown(client) and "Northwind" not in shown(client)


def test_it_is_audited_role_by_role_in_ones_own_name(
        client: Client, database: Database, mara: Account, northwind: Company) -> None:
    client.post(leaving(northwind), data=CONFIRMED)
    assert trail(database, mara)[0] == ("role-revoked", mara.id, f"marketer company:{northwind.id}", "")


def test_nothing_is_given_up_unasked(
        client: Client, database: Database, mara: Account, northwind: Company) -> None:
    for form in ({}, {"confirm": "no"}):
        answer = client.post(leaving(northwind), data=form)
        assert answer.status_code == 422 and "Tick the box to confirm it." in answer.text
    assert client.get(leaving(northwind)).status_code == 405
    assert held(database, mara) == {(Role.MARKETER, northwind.id)}


def test_another_companys_seat_is_not_found(
        client: Client, database: Database, mara: Account, contoso: Company) -> None:
    with database.writing() as session:
        theirs = builders.account(session, Role.MARKETER, company=contoso)
    foreign, none = (client.post(f"{PAGE}/{key}/leave", data=CONFIRMED) for key in (contoso.key, "b" * 16))
    assert (foreign.status_code, none.status_code) == (404, 404)
    assert foreign.text.replace(contoso.key, "") == none.text.replace("b" * 16, "")
    assert held(database, theirs) == {(Role.MARKETER, contoso.id)}


@pytest.fixture
def ada(client: Client, database: Database, northwind: Company) -> Account:
    """The only administrator of Northwind, signed in."""
    with database.writing() as session:
        made = builders.account(session, Role.SPONSOR_ADMIN, company=northwind)
    sign_in(client, made.email)
    return made


def test_the_last_administrator_is_told_and_refused_on_both_pages(
        client: Client, database: Database, ada: Account, northwind: Company) -> None:
    page = client.get(PAGE).text
    assert "You are the last administrator of Northwind." in page and "/leave" not in page
    own, team = (client.post(leaving(northwind), data=CONFIRMED),
                 client.post(f"/sponsor/people/{ada.key}/remove", data={"company": northwind.id}))
    assert (own.status_code, team.status_code) == (409, 409)
    assert LAST_ADMINISTRATOR in own.text and LAST_ADMINISTRATOR in team.text
    assert held(database, ada) == {(Role.SPONSOR_ADMIN, northwind.id)}


def test_an_administrator_who_is_not_the_last_removes_themself_by_leaving(
        client: Client, database: Database, ada: Account, northwind: Company) -> None:
    with database.writing() as session:
        builders.account(session, Role.SPONSOR_ADMIN, company=northwind)
    answer = client.post(f"/sponsor/people/{ada.key}/remove", data={"company": northwind.id})
    assert (answer.location, held(database, ada)) == (f"{PAGE}?notice=left", set())
    assert client.get("/sponsor/people").status_code == 403


@pytest.mark.postgresql
def test_two_administrators_who_put_each_other_out_at_once_leave_one(database: Database, northwind: Company) -> None:
    with database.writing() as session:
        pair = [builders.account(session, Role.SPONSOR_ADMIN, company=northwind).id or 0 for _ in range(2)]
    start, refused = threading.Barrier(2), []

    def put_out(other: int, administrator: int) -> None:
        start.wait()
        try:
            with database.writing() as session:
                service.put_out(session, other, northwind.id or 0, administrator=administrator, now=NOW)
        except NotFound as error:
            refused.append(error)

    threads = [threading.Thread(target=put_out, args=each) for each in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        left = [number for number in pair if session.get_one(Account, number).grants]
    assert (len(left), len(refused)) == (1, 1)
