"""Accounts, their roles, and who is an adult."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from tests import builders
from tests.builders import BY, NOW
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid
from webapp.people import queries, service
from webapp.people.models import Account, Grant, SignIn
from webapp.people.rules import (
    SIGN_IN_LASTS,
    SIGN_IN_RESTS,
    SPONSOR_ROLES,
    Browser,
    Role,
    is_adult,
    read_birth_date,
)
from webapp.sponsors.models import Company

BOTH = pytest.mark.postgresql
Change = Callable[[Session, SignIn], object]


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


# Signed in: the account as its columns say


@pytest.fixture
def sign_in(session: Session) -> SignIn:
    """Of a marketer of one company who is a professional too."""
    person = builders.account(session, Role.HCP)
    service.grant(session, person, Role.MARKETER, builders.company(session).id, by=BY)
    made = SignIn(account_id=person.id or 0, device="", is_strong=True, created_at=NOW, seen_at=NOW)
    session.add(made)
    session.commit()
    return made


def name_of(database: Database, sign_in: SignIn) -> str:
    with database.reading() as session:
        return session.get_one(Account, sign_in.account_id).fs_uniquifier


@BOTH
def test_who_is_signed_in_is_the_account_that_a_look_up_finds(database: Database, sign_in: SignIn) -> None:
    with database.reading() as other:
        looked_up = other.get_one(Account, sign_in.account_id)
        with database.reading() as session:
            found = queries.signed_in(session, looked_up.fs_uniquifier, sign_in.key, NOW)
            assert found is not None
            account, browser = found
            assert account.model_dump() == looked_up.model_dump()
            assert (account.roles, account.company_ids) == (looked_up.roles, looked_up.company_ids)
            assert session.get(Account, account.id) is account
            assert (len(account.grants), account.webauthn) == (2, [])
    assert browser == Browser(sign_in.id or 0, sign_in.key, True, NOW, NOW)


def test_who_is_signed_in_takes_one_statement_with_all_that_they_hold(database: Database, sign_in: SignIn) -> None:
    name = name_of(database, sign_in)
    told: list[str] = []
    with database.reading() as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(told.append)  # of the database itself: it is asked past SQLAlchemy
        found = queries.signed_in(session, name, sign_in.key, NOW)
        assert found is not None
        assert (set(found[0].roles), len(found[0].company_ids)) == ({Role.HCP, Role.MARKETER}, 1)
        assert len(told) == 1


def test_somebody_without_a_role_is_signed_in_all_the_same(database: Database, session: Session) -> None:
    person = builders.account(session)
    session.add(SignIn(key="k", account_id=person.id or 0, device="", is_strong=False, created_at=NOW, seen_at=NOW))
    session.commit()
    with database.reading() as reading:
        found = queries.signed_in(reading, person.fs_uniquifier, "k", NOW)
        assert found is not None
        assert found[0].roles == []


@BOTH
@pytest.mark.parametrize("change", [
    lambda session, row: session.delete(row),
    lambda session, row: setattr(row, "key", "another"),
    lambda session, row: setattr(row, "created_at", NOW - SIGN_IN_LASTS),
    lambda session, row: setattr(row, "seen_at", NOW - SIGN_IN_RESTS),
    lambda session, row: setattr(session.get(Account, row.account_id), "active", False),
    lambda session, row: setattr(session.get(Account, row.account_id), "fs_uniquifier", "another"),
], ids=["ended", "renamed", "run out", "unused", "blocked", "another's"])
def test_what_changed_a_moment_ago_signs_out(database: Database, sign_in: SignIn, change: Change) -> None:
    name = name_of(database, sign_in)
    with database.writing() as session:
        change(session, session.get_one(SignIn, sign_in.id))
    with database.reading() as session:
        assert queries.signed_in(session, name, sign_in.key, NOW) is None


def test_a_role_taken_away_a_moment_ago_is_not_held(database: Database, sign_in: SignIn) -> None:
    name = name_of(database, sign_in)
    with database.writing() as session:
        service.revoke(session, session.get_one(Account, sign_in.account_id), Role.HCP, None, by=BY)
    with database.reading() as session:
        found = queries.signed_in(session, name, sign_in.key, NOW)
        assert found is not None
        assert found[0].roles == [Role.MARKETER]
