"""Roles given and taken by operators, of whom one always stays."""

import threading
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from sqlmodel import Session
from werkzeug.test import Client

from tests import builders
from tests.builders import sign_in
from tests.ops.pages import act, at, devices, state, trail
from webapp.core.db import Database
from webapp.core.errors import Conflict
from webapp.edge import Edge
from webapp.people import service as people
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.sponsors.models import Company


def test_a_role_is_given_and_taken(operator: Client, database: Database, ann: Account, company: Company) -> None:
    act(operator, at(ann, "grant"), role="medical-reviewer")
    act(operator, at(ann, "grant"), role="reviewer-medical")
    act(operator, at(ann, "grant"), role="marketer", company=company.key)
    assert set(state(database, ann).roles) == {Role.READER, Role.MEDICAL_REVIEWER, Role.MARKETER}
    assert state(database, ann).company_ids == {company.id}
    act(operator, at(ann, "revoke"), held=f"marketer:{company.id}")
    act(operator, at(ann, "revoke"), held="reviewer-medical:")
    assert state(database, ann).roles == [Role.READER]


def test_a_role_that_is_not_offered_is_not_given(operator: Client, database: Database, ann: Account) -> None:
    """The role of a professional hangs on the verification, a sponsor's on a company."""
    for role, company in (("hcp", ""), ("root", ""), ("", ""), ("marketer", ""), ("marketer", "a" * 16)):
        assert act(operator, at(ann, "grant"), role=role, company=company).status_code == 422, role
    assert state(database, ann).roles == [Role.READER]


def test_a_role_that_is_not_held_is_not_taken(operator: Client, database: Database, ann: Account) -> None:
    for held in ("", "writer:", "reader:1", "reader:x", "reader", "hcp:", "reader:" + "9" * 50, "marketer:²"):
        assert act(operator, at(ann, "revoke"), held=held).status_code == 422, held
    assert state(database, ann).roles == [Role.READER]


def test_the_role_that_verification_gives_is_not_taken_here(operator: Client, database: Database) -> None:
    with database.writing() as session:
        doctor = builders.account(session, Role.HCP)
    assert act(operator, at(doctor, "revoke"), held="hcp:").status_code == 422
    assert state(database, doctor).roles == [Role.HCP]


def test_a_role_that_is_held_is_not_given_twice(operator: Client, database: Database, ann: Account) -> None:
    before = trail(database, ann)
    assert act(operator, at(ann, "grant"), role="reader").status_code == 409
    assert trail(database, ann) == before


def test_nobody_gives_themself_a_role(operator: Client, database: Database, olli: Account) -> None:
    assert act(operator, at(olli, "grant"), role="reviewer-medical").status_code == 403
    assert state(database, olli).roles == [Role.OPERATOR]
    assert BeautifulSoup(operator.get(at(olli)).text, "html.parser").select("[formaction$=grant]") == []


def test_a_staff_role_ends_the_sign_ins_of_who_gets_it(
        operator: Client, edge: Edge, database: Database, ann: Account) -> None:
    sign_in(Client(edge), ann.email)
    act(operator, at(ann, "grant"), role="safety")
    assert devices(database, ann) == 0


# The last operator


@pytest.mark.parametrize(("verb", "fields"), [("disable", {}), ("revoke", {"held": "operator:"})])
def test_the_last_operator_cannot_leave(
        operator: Client, database: Database, olli: Account, verb: str, fields: dict[str, str]) -> None:
    with database.writing() as session:
        builders.account(session, Role.OPERATOR, is_active=False)
    answer = act(operator, at(olli, verb), **fields)
    assert answer.status_code == 409 and "last operator" in answer.text
    assert (state(database, olli).active, state(database, olli).roles) == (True, [Role.OPERATOR])
    assert operator.get("/ops/").status_code == 200


@pytest.mark.parametrize(("verb", "fields"), [("disable", {}), ("revoke", {"held": "operator:"})])
def test_an_operator_beside_another_may_leave(
        operator: Client, database: Database, olli: Account, verb: str, fields: dict[str, str]) -> None:
    with database.writing() as session:
        builders.account(session, Role.OPERATOR)
    assert act(operator, at(olli, verb), **fields).status_code == 303
    assert operator.get("/ops/").status_code in (302, 403)


@pytest.mark.postgresql
@pytest.mark.parametrize("leave", [
    lambda session, person: people.revoke(session, person, Role.OPERATOR, by=builders.BY),
    lambda session, person: people.set_active(session, person, False, by=builders.BY)])
def test_two_operators_who_put_each_other_out_at_once_leave_one(
        database: Database, leave: Callable[[Session, Account], None]) -> None:
    """On PostgreSQL both could see the other still there."""
    with database.writing() as session:
        pair = [builders.account(session, Role.OPERATOR) for _ in range(2)]
    start, refused = threading.Barrier(2), []

    def put_out(person: Account) -> None:
        start.wait()
        try:
            with database.writing() as session:
                leave(session, session.get_one(Account, person.id))
        except Conflict as error:
            refused.append(error)

    threads = [threading.Thread(target=put_out, args=(person,)) for person in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        left = [person for person in pair
                if (row := session.get_one(Account, person.id)).active and Role.OPERATOR in row.roles]
    assert (len(left), len(refused)) == (1, 1)
