"""A person changes what they said of themselves, as far as it is theirs to say."""

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.professionals import claims
from webapp.core.db import Database
from webapp.people import queries, service
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role, is_age_asked, open_kinds
from webapp.professionals import queries as professionals

FORM = {"name": "Ann Example", "kind": "patient", "language": "en", "market": "us", "time_zone": "UTC"}


@pytest.fixture
def person(client: Client, database: Database) -> Account:
    return signed_in(client, database)


def signed_in(client: Client, database: Database, *roles: Role, kind: AccountKind = AccountKind.PATIENT) -> Account:
    with database.writing() as session:
        made = builders.account(session, *roles, kind=kind)
    builders.sign_in(client, made.email)
    return made


def change(client: Client, **changed: str) -> TestResponse:
    return client.post("/account/profile", data={**FORM, **changed})


def now_of(database: Database, person: Account) -> Account:
    with database.reading() as session:
        return session.get_one(Account, person.id)


def test_name_language_country_time_zone_and_kind_are_changed(
        client: Client, database: Database, person: Account) -> None:
    answer = change(client, name="  Ann   Other ", language="zh-Hans", market="gb", time_zone="Europe/London",
                    kind="hcp")
    assert (answer.status_code, answer.location) == (303, "/account/profile?notice=saved")
    made = now_of(database, person)
    assert (made.name, made.language, made.market, made.time_zone, made.kind) == (
        "Ann Other", "zh-Hans", "gb", "Europe/London", "hcp")
    assert '<html lang="zh-Hans"' in client.get(answer.location).text


def test_the_form_shows_what_holds(client: Client, person: Account) -> None:
    page = BeautifulSoup(client.get("/account/profile").text, "html.parser")
    assert [field["value"] for field in page.select("main input[type=text], main #name")] == ["Ann Example"]
    assert {option["value"] for option in page.select("main option[selected]")} == {"en", "us", "UTC"}


def test_what_is_no_choice_changes_nothing(client: Client, database: Database, person: Account) -> None:
    for changed in ({"kind": "staff"}, {"kind": "operator"}, {"market": "fr"}, {"language": "fr"},
                    {"time_zone": "Mars/Base"}, {"name": "a\x00b"}, {"name": "x" * 201}, {"name": "a\u202eb"}):
        answer = change(client, **{"name": "Other", **changed})
        assert answer.status_code == 422 and 'role="alert"' in answer.text, changed
    assert now_of(database, person).name == "Ann Example"


def test_fields_that_are_not_in_the_form_are_ignored(client: Client, database: Database, person: Account) -> None:
    change(client, is_hcp="true", roles="operator", email="other@clinic.example", active="", confirmed_at="")
    made = now_of(database, person)
    assert (made.email, made.roles, made.active) == (person.email, [], True)


def test_a_reader_may_have_no_name_and_staff_must(client: Client, database: Database, person: Account) -> None:
    assert change(client, name="").status_code == 303 and now_of(database, person).name == ""
    client.post("/sign-out")
    staff = signed_in(client, database, Role.WRITER, kind=AccountKind.STAFF)
    assert change(client, name="", kind="staff").status_code == 422
    assert change(client, name="New Name", kind="staff").status_code == 303
    assert now_of(database, staff).name == "New Name"


@pytest.mark.parametrize(("kind", "roles", "expected"), [
    ("patient", [], ["patient", "hcp"]), ("hcp", [], ["patient", "hcp"]), ("hcp", [Role.HCP], ["hcp"]),
    ("staff", [], ["staff"]), ("staff", [Role.HCP], ["staff"])])
def test_staff_stay_staff_and_the_verified_stay_professionals(
        kind: str, roles: list[Role], expected: list[str]) -> None:
    assert list(open_kinds(kind, roles)) == expected


@pytest.mark.parametrize(("market", "other", "is_asked"), [
    ("us", "eu", True), ("us", "cn", True), ("us", "gb", False), ("eu", "us", False), ("gb", "gb", False)])
def test_an_age_is_asked_for_where_it_must_be_higher(market: str, other: str, is_asked: bool) -> None:
    assert is_age_asked(market, other) is is_asked


def test_a_country_with_a_higher_age_asks_for_the_day_of_birth(
        client: Client, database: Database, person: Account) -> None:
    asked = change(client, market="eu")
    assert asked.status_code == 422 and 'name="birth_date"' in asked.text
    young = datetime.now(UTC).year - 15
    assert "too young" in change(client, market="eu", birth_date=f"{young}-01-01").text
    assert now_of(database, person).market == "us"
    assert change(client, market="eu", birth_date="1980-05-17").status_code == 303
    made = now_of(database, person)
    assert made.market == "eu" and "1980" not in repr(made.model_dump())


@pytest.mark.parametrize("changed", [{"name": "Ann Other"}, {"market": "gb"}])
def test_a_verification_lapses_at_once_with_another_name_or_country(
        client: Client, database: Database, changed: dict[str, str]) -> None:
    doctor = verified(client, database)
    assert "the verification lapses" in client.get("/account/profile").text
    answer = change(client, kind="hcp", **changed)
    assert answer.location == "/account/profile?notice=lapsed" and "apply again" in client.get(answer.location).text
    assert standing(database, doctor) == ("lapsed", [])


def test_a_verification_stays_where_name_and_country_do(client: Client, database: Database) -> None:
    doctor = verified(client, database)
    assert change(client, kind="hcp", time_zone="America/Chicago").location.endswith("=saved")
    assert standing(database, doctor) == ("verified", [Role.HCP])


def test_time_zones_are_listed_by_their_city_in_the_readers_language(client: Client, database: Database) -> None:
    signed_in(client, database)
    assert ">Los Angeles</option>" in client.get("/account/profile").text
    read = client.get("/account/profile?language=zh-Hans").text
    assert ">洛杉矶</option>" in read and ">上海</option>" in read and ">Los Angeles<" not in read


def verified(client: Client, database: Database) -> Account:
    doctor = signed_in(client, database, kind=AccountKind.HCP)
    with database.writing() as session:
        claims.register(session)
        claims.apply(session, session.get_one(Account, doctor.id))
    return doctor


def standing(database: Database, doctor: Account) -> tuple[str, list[Role]]:
    with database.reading() as session:
        found, account = professionals.of_account(session, doctor.id or 0), queries.account(session, doctor.id or 0)
        assert found is not None and account is not None
        return found.state, account.roles


def test_whoever_takes_another_name_may_not_sign_until_verified_again(client: Client, database: Database) -> None:
    signer = signed_in(client, database, Role.MEDICAL_REVIEWER, kind=AccountKind.STAFF)
    assert "cannot sign" in client.get("/account/profile").text
    change(client, kind="staff", time_zone="Asia/Shanghai")
    assert now_of(database, signer).identity_verified_at is not None
    change(client, kind="staff", name="Another Name")
    made = now_of(database, signer)
    assert (made.identity_verified_at, made.identity_verified_by) == (None, "") and made.trained_at is not None
    with database.writing() as session:
        service.verify_identity(session, session.get_one(Account, signer.id), "Olli Operator", builders.NOW)
    assert now_of(database, signer).identity_verified_at == builders.NOW
