"""Accounts, their roles, and who is an adult."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from tests import builders
from tests.builders import BY
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid
from webapp.people import service
from webapp.people.models import Account, Grant
from webapp.people.rules import SPONSOR_ROLES, Role, is_adult, read_birth_date
from webapp.sponsors.models import Company

BOTH = pytest.mark.postgresql


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session(write=True) as opened:
        yield opened


@pytest.fixture
def company(session: Session) -> Company:
    return builders.company(session)


@BOTH
@pytest.mark.parametrize("email", ["ann@clinic.example", " Ann@Clinic.EXAMPLE "])
def test_an_address_has_one_account_however_it_is_written(session: Session, email: str) -> None:
    builders.account(session, email="ANN@clinic.example")
    with pytest.raises(Conflict, match="account with this address"):
        builders.account(session, email=email)


@BOTH
def test_a_role_is_held_once_within_a_company(session: Session, company: Company) -> None:
    person = builders.account(session, Role.MARKETER, company=company)
    session.add(Grant(account_id=person.id or 0, role=Role.MARKETER, company_id=company.id))
    with pytest.raises(IntegrityError):
        session.flush()


@BOTH
def test_granting_what_is_held_changes_nothing(session: Session, company: Company) -> None:
    marketer, doctor = builders.account(session, Role.MARKETER, company=company), builders.account(session, Role.HCP)
    for _ in range(2):
        service.grant(session, marketer, Role.MARKETER, company.id, by=BY)
        service.grant(session, doctor, Role.HCP, by=BY)
    assert (marketer.roles, doctor.roles) == ([Role.MARKETER], [Role.HCP])


def test_a_role_may_be_held_within_several_companies(session: Session, company: Company) -> None:
    person, other = builders.account(session, Role.MARKETER, company=company), builders.company(session)
    service.grant(session, person, Role.MARKETER, other.id, by=BY)
    assert person.company_ids == {company.id, other.id}


@pytest.mark.parametrize("role", sorted(set(Role) - SPONSOR_ROLES))
def test_a_role_that_is_no_sponsors_is_held_within_no_company(session: Session, company: Company, role: Role) -> None:
    person = builders.account(session)
    with pytest.raises(Invalid, match=f"{role}.*company"):
        service.grant(session, person, role, company.id, by=BY)
    assert person.roles == []


def test_an_account_holds_its_roles_and_seats(session: Session, company: Company) -> None:
    person = builders.account(session, Role.MARKETER, Role.SPONSOR_ADMIN, company=company)
    assert (set(person.roles), person.company_ids) == ({Role.MARKETER, Role.SPONSOR_ADMIN}, {company.id})


def test_a_password_is_right_or_it_is_not() -> None:
    assert service.password_matches(builders.PASSWORD_HASH, builders.PASSWORD)
    assert not service.password_matches(builders.PASSWORD_HASH, builders.PASSWORD + " ")


def test_a_new_hash_is_argon2id_and_opens_with_its_password() -> None:
    made = service.hash_password("a password")
    assert made.startswith("$argon2id$") and service.password_matches(made, "a password")


def test_nobody_has_the_password_of_an_account_without_one() -> None:
    assert not service.password_matches("", "")


@pytest.mark.parametrize("shown", [repr, str])
def test_an_account_shows_no_password_and_no_session_id(session: Session, shown: type[str]) -> None:
    person = builders.account(session)
    assert not {person.password, person.fs_uniquifier} & set(shown(person).replace("'", " ").split())


def test_accounts_have_names_of_their_own_in_addresses(session: Session) -> None:
    keys = {builders.account(session).key for _ in range(5)}
    assert len(keys) == 5 and all(len(key) == 16 for key in keys)


TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(("born", "expected"), [
    (date(2008, 3, 2), True), (date(2008, 3, 3), False), (date(1980, 5, 17), True), (date(1890, 1, 1), False)])
def test_somebody_is_an_adult_from_the_eighteenth_birthday(born: date, expected: bool) -> None:
    assert is_adult(born, TODAY) is expected


@pytest.mark.parametrize(("text", "expected"), [
    ("1980-05-17", date(1980, 5, 17)), ("2026-03-02", TODAY), ("2026-03-03", None), ("1890-01-01", None),
    ("17.5.1980", None), ("", None), ("1980-13-01", None)])
def test_a_day_of_birth_is_one_of_somebody_who_lives(text: str, expected: date | None) -> None:
    assert read_birth_date(text, TODAY) == expected


@pytest.mark.parametrize("years", [17, 18])
def test_of_a_day_of_birth_only_the_answer_is_kept(session: Session, years: int) -> None:
    person = builders.account(session, is_adult=False)
    before = person.model_dump()
    noted = service.note_age(session, person.id or 0, TODAY.replace(year=TODAY.year - years), TODAY)
    after = session.get_one(Account, person.id).model_dump()
    assert noted is (years == 18)
    assert {name for name in after if after[name] != before[name]} == ({"is_adult"} if noted else set())
