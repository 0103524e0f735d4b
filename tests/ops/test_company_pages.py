"""Sponsors and seats: companies added, administrators invited, seats taken away, each with a reason."""

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from tests import builders
from tests.builders import sign_in
from tests.ops.pages import WHY, act, last_act, trail, words_of
from webapp.channels.models import Outgoing
from webapp.core.db import Database
from webapp.edge import Edge
from webapp.people.models import Account, Invitation
from webapp.people.rules import Role
from webapp.sponsors.models import Company


@pytest.fixture
def northwind(database: Database) -> Company:
    with database.writing() as session:
        return builders.company(session, "Northwind")


@pytest.fixture
def mara(database: Database, northwind: Company) -> Account:
    with database.writing() as session:
        return builders.account(session, Role.MARKETER, company=northwind, email="mara@northwind.example")


def at(company: Company, verb: str = "") -> str:
    return f"/ops/companies/{company.key}{verb and '/'}{verb}"


def companies(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Company.name).order_by(Company.name)))


def invitations(database: Database) -> list[tuple[str, str, int | None, int | None]]:
    with database.reading() as session:
        return [(made.email, made.role, made.company_id, made.invited_by)
                for made in session.scalars(select(Invitation))]


def test_a_company_is_added_and_audited(operator: Client, database: Database) -> None:
    answer = act(operator, "/ops/companies", name="  New   Sponsor ")
    assert answer.status_code == 303 and companies(database) == ["New Sponsor"]
    assert "New Sponsor" in words_of(operator.get(answer.location))
    assert "New Sponsor" in words_of(operator.get("/ops/companies"))
    with database.reading() as session:
        assert last_act(session) == ("company-added", "company", WHY)


@pytest.mark.usefixtures("northwind")
def test_a_company_without_a_name_of_its_own_is_not_added(operator: Client, database: Database) -> None:
    for name, status in (("", 422), ("  ", 422), ("x" * 201, 422), ("a\0b", 422), ("Northwind", 409),
                         (" Northwind ", 409), ("NORTHWIND", 409), ("\u3000Ｎｏｒｔｈｗｉｎｄ", 409)):
        assert act(operator, "/ops/companies", name=name).status_code == status, name
    assert companies(database) == ["Northwind"]


@pytest.mark.postgresql
@pytest.mark.parametrize(("there", "name", "status"), [
    ("Northwind  Fictional Pharma", "northwind fictional pharma ", 409), ("Ärzte AG", "a\u0308RZTE ag", 409),
    ("Weiß", "WEISS", 409), ("Northwind Pharma", "Northwindpharma", 303), ("Ärzte AG", "Arzte AG", 303)])
def test_letter_case_spaces_and_wide_forms_make_no_other_company(
        operator: Client, database: Database, there: str, name: str, status: int) -> None:
    with database.writing() as session:
        builders.company(session, there)
    assert act(operator, "/ops/companies", name=name).status_code == status
    assert len(companies(database)) == (1 if status == 409 else 2)


def test_an_administrator_is_invited_by_mail(
        operator: Client, database: Database, olli: Account, northwind: Company) -> None:
    assert act(operator, at(northwind, "invite"), email="Ada@Northwind.example").status_code == 303
    assert invitations(database) == [("ada@northwind.example", "sponsor-admin", northwind.id, olli.id)]
    with database.reading() as session:
        assert session.scalars(select(Outgoing.address)).all() == ["ada@northwind.example"]
        assert last_act(session) == ("invited", "invitation", WHY)


def test_the_page_of_a_company_shows_who_has_a_seat(operator: Client, northwind: Company, mara: Account) -> None:
    said = words_of(operator.get(at(northwind)))
    assert "mara@northwind.example" in said and "Marketer" in said


def test_a_seat_is_taken_away_at_the_next_request(
        operator: Client, edge: Edge, database: Database, olli: Account, northwind: Company, mara: Account) -> None:
    sponsor = Client(edge)
    sign_in(sponsor, mara.email)
    assert sponsor.get("/sponsor/").status_code == 200
    assert act(operator, at(northwind, "remove"), person=mara.key).status_code == 303
    assert sponsor.get("/sponsor/").status_code == 302
    assert trail(database, mara)[0] == ("seat-removed", olli.id, f"company:{northwind.id}", WHY)
    assert "mara@" not in operator.get(at(northwind)).text


def test_a_seat_is_taken_in_its_own_company_alone(operator: Client, database: Database, mara: Account) -> None:
    with database.writing() as session:
        other = builders.company(session, "Other")
    assert act(operator, at(other, "remove"), person=mara.key).status_code == 404
    with database.reading() as session:
        assert session.get_one(Account, mara.id).roles == [Role.MARKETER]


def test_without_a_reason_no_seat_changes(
        operator: Client, database: Database, northwind: Company, mara: Account) -> None:
    for verb in ("invite", "remove"):
        answer = act(operator, at(northwind, verb), "no", person=mara.key, email="ada@northwind.example")
        assert answer.status_code == 422, verb
    assert invitations(database) == []
    with database.reading() as session:
        assert session.get_one(Account, mara.id).company_ids == {northwind.id}


def test_what_is_no_address_is_not_invited(operator: Client, database: Database, northwind: Company) -> None:
    for email in ("", "ada", "@", "x" * 300 + "@northwind.example"):
        assert act(operator, at(northwind, "invite"), email=email).status_code == 422, email
    assert invitations(database) == []


def test_a_company_that_is_not_there_is_not_found(operator: Client) -> None:
    assert operator.get("/ops/companies/" + "a" * 16).status_code == 404
    for verb in ("invite", "remove"):
        answer = act(operator, f"/ops/companies/{'a' * 16}/{verb}", email="a@b.example", person="a" * 16)
        assert answer.status_code == 404, verb


def test_a_sponsors_administrator_invites_and_removes_in_their_own_name(
        edge: Edge, database: Database, northwind: Company, mara: Account) -> None:
    with database.writing() as session:
        ada = builders.account(session, Role.SPONSOR_ADMIN, company=northwind)
    admin = Client(edge)
    sign_in(admin, ada.email)
    assert admin.post(f"/sponsor/people/{mara.key}/remove", data={"company": northwind.id}).status_code == 302
    assert trail(database, mara)[0][:3] == ("seat-removed", ada.id, f"company:{northwind.id}")
