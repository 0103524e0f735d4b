"""Accounts, the consent ledger, and who may be written to."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import Session, select

from tests import builders
from tests.builders import BY, NOW
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.people import queries, service
from webapp.people.models import ConsentEntry, Grant
from webapp.people.rules import SPONSOR_ROLES, AccountKind, Channel, Purpose, Role
from webapp.sponsors.models import Company

BOTH = pytest.mark.postgresql


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session(write=True) as opened:
        yield opened


@pytest.fixture
def company(session: Session) -> Company:
    return builders.company(session)


def contactable(session: Session, company: Company, *languages: str, kind: AccountKind = AccountKind.PATIENT,
                market: str = "us") -> set[int | None]:
    asked = queries.contactable(Purpose.COMPANY_MAIL, company.id or 0, Channel.EMAIL, kind=kind,
                                languages=languages or ("en", "zh-Hans"), market=market)
    return {row[0] for row in session.execute(asked)}


def ledger(session: Session) -> list[tuple[bool, str]]:
    return [(entry.is_granted, entry.place) for entry in session.scalars(select(ConsentEntry).order_by("id"))]


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


@BOTH
def test_each_answer_is_a_line_of_the_ledger_and_the_last_is_the_state(session: Session, company: Company) -> None:
    person = builders.account(session)
    for is_granted in (True, False, True):
        state = builders.consent(session, person, company, is_granted=is_granted)
    assert [entry[0] for entry in ledger(session)] == [True, False, True]
    assert state.is_granted


@BOTH
@pytest.mark.parametrize("change", ["UPDATE consent_entry SET is_granted = FALSE", "DELETE FROM consent_entry"])
def test_a_line_of_the_ledger_cannot_be_changed(session: Session, company: Company, change: str) -> None:
    builders.consent(session, builders.account(session), company)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(change))


def test_the_ledger_keeps_what_was_shown_where_and_when(session: Session, company: Company) -> None:
    person = builders.account(session, language="zh-Hans")
    builders.consent(session, person, company)
    entry = session.scalars(select(ConsentEntry)).one()
    assert (entry.wording, entry.language, entry.place, entry.at) == (service.WORDING, "zh-Hans", "account", NOW)


def test_an_unsubscribe_code_stays_the_same_for_ever(session: Session, company: Company) -> None:
    person = builders.account(session)
    codes = {builders.consent(session, person, company, is_granted=granted).code for granted in (True, False, True)}
    assert len(codes) == 1 and len(codes.pop()) == 26


@BOTH
def test_withdrawing_by_code_twice_is_withdrawing_once(session: Session, company: Company) -> None:
    code = builders.consent(session, builders.account(session), company).code
    for _ in range(2):
        service.withdraw_by_code(session, code, "one-click", NOW)
    assert ledger(session) == [(True, "account"), (False, "one-click")]
    assert contactable(session, company) == set()


def test_an_unknown_code_withdraws_nothing(session: Session, company: Company) -> None:
    builders.consent(session, builders.account(session), company)
    with pytest.raises(NotFound):
        service.withdraw_by_code(session, "a" * 26, "one-click", NOW)
    assert ledger(session) == [(True, "account")]


@BOTH
def test_only_those_who_consented_to_this_company_may_be_written_to(session: Session, company: Company) -> None:
    other = builders.company(session)
    yes, no, elsewhere, _never = (builders.account(session) for _ in range(4))
    builders.consent(session, yes, company)
    builders.consent(session, no, company, is_granted=False)
    builders.consent(session, elsewhere, other)
    assert contactable(session, company) == {yes.id}


@BOTH
@pytest.mark.parametrize("other", [
    {"kind": AccountKind.HCP}, {"language": "zh-Hans"}, {"market": "gb"}, {"is_active": False}])
def test_nobody_of_another_kind_language_or_market_or_put_out_of_use_is_written_to(
        session: Session, company: Company, other: dict[str, object]) -> None:
    chosen, apart = builders.account(session), builders.account(session, **other)  # type: ignore[arg-type]
    for person in (chosen, apart):
        builders.consent(session, person, company)
    assert contactable(session, company, "en") == {chosen.id}


def test_a_consent_to_another_purpose_or_channel_does_not_count(session: Session, company: Company) -> None:
    person = builders.account(session)
    state = builders.consent(session, person, company)
    session.execute(text("UPDATE consent SET purpose = 'newsletter'"))
    session.expunge(state)
    assert contactable(session, company) == set()


def test_who_may_be_written_to_comes_with_language_and_code(session: Session, company: Company) -> None:
    person = builders.account(session, language="zh-Hans")
    code = builders.consent(session, person, company).code
    asked = queries.contactable(Purpose.COMPANY_MAIL, company.id or 0, Channel.EMAIL, kind=AccountKind.PATIENT,
                                languages=["zh-Hans"], market="us")
    assert [tuple(row) for row in session.execute(asked)] == [(person.id, "zh-Hans", code)]


def test_accounts_have_names_of_their_own_in_addresses(session: Session) -> None:
    keys = {builders.account(session).key for _ in range(5)}
    assert len(keys) == 5 and all(len(key) == 16 for key in keys)
