"""Showing once more that it is you: what counts as fresh, and for how long."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask import session as cookie
from sqlmodel import select
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import BASE_URL, PASSWORD, sign_in
from webapp.core.db import Database
from webapp.people import guards
from webapp.people.models import Account, Passkey, SignIn
from webapp.people.rules import Role
from webapp.people.security import again, sign_ins

NEW = "four odd lamps sing"


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser. `/fresh` says whether a signature would be taken now."""
    app.add_url_rule("/fresh", "fresh", guards.any_account(lambda: str(guards.freshly_authenticated())))
    return Client(app.wsgi_app)


def later() -> time_machine.travel:
    """When nothing is fresh any more that was shown before."""
    return time_machine.travel(datetime.now(UTC) + timedelta(minutes=6))


def staff(database: Database) -> Account:
    """Somebody who may sign, with an authenticator."""
    with database.writing() as session:
        return builders.account(session, Role.MEDICAL_REVIEWER)


def give_passkey(database: Database, person: Account, usage: str) -> None:
    """A passkey in place of the authenticator, for somebody who is signed in. No device has it: that it is there is
    what counts."""
    with database.writing() as session:
        session.add(Passkey(account_id=person.id or 0, name=usage, credential_id=usage.encode(), public_key=b"none",
                            sign_count=0, usage=usage, lastuse_datetime=builders.NOW))
    drop_code(database, person)


def drop_code(database: Database, person: Account) -> None:
    """Takes the authenticator away."""
    with database.writing() as session:
        kept = session.merge(person)
        kept.tf_primary_method = kept.tf_totp_secret = None


def is_fresh(client: Client) -> bool:
    return client.get("/fresh", base_url=BASE_URL).text == "True"


def show(client: Client, **form: str) -> TestResponse:
    return client.post("/account/again?next=/fresh", base_url=BASE_URL, data={"next": "/fresh", **form})


def test_a_sign_in_with_two_factors_is_fresh_for_five_minutes(client: Client, database: Database) -> None:
    sign_in(client, staff(database).email)
    began = datetime.now(UTC)
    for minutes, expected in ((0, True), (4.9, True), (5.1, False), (-1, False)):
        with time_machine.travel(began + timedelta(minutes=minutes), tick=False):
            assert is_fresh(client) is expected, minutes


def test_a_password_alone_signs_no_reader_in_freshly_for_a_signature(client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.READER)
    sign_in(client, person.email)
    assert not is_fresh(client)


def test_password_and_code_shown_again_are_fresh(client: Client, database: Database) -> None:
    sign_in(client, staff(database).email)
    with later():
        assert not is_fresh(client)
        assert show(client, password=PASSWORD, code=builders.codes()[1]).location == "/fresh" and is_fresh(client)


@pytest.mark.parametrize("form", [
    {"password": PASSWORD}, {"password": PASSWORD, "code": "000000"}, {"password": "wrong"}, {}], ids=str)
def test_less_than_both_is_not_fresh(client: Client, database: Database, form: dict[str, str]) -> None:
    sign_in(client, staff(database).email)
    with later():
        answer = show(client, **form)
        assert (answer.status_code, is_fresh(client)) == (200, False)


def test_a_password_alone_is_not_fresh_where_the_second_factor_is_a_passkey(
        client: Client, database: Database) -> None:
    person = staff(database)
    sign_in(client, person.email)
    give_passkey(database, person, "secondary")
    with later():
        answer = show(client, password=PASSWORD)
        assert (answer.location, is_fresh(client)) == ("/account/again/passkey?next=%2Ffresh", False)
        assert client.get(answer.location, base_url=BASE_URL).status_code == 200
        assert client.get("/account/email", base_url=BASE_URL).location.startswith("/account/again")


def test_a_passkey_that_comes_after_a_password_is_not_asked_before_it(client: Client, database: Database) -> None:
    person = staff(database)
    sign_in(client, person.email)
    give_passkey(database, person, "secondary")
    answer = client.get("/account/again/passkey?next=/fresh", base_url=BASE_URL)
    assert answer.location == "/account/again?next=%2Ffresh"


def test_a_wrong_password_leads_to_no_passkey(client: Client, database: Database) -> None:
    person = staff(database)
    sign_in(client, person.email)
    give_passkey(database, person, "secondary")
    assert show(client, password="wrong").status_code == 200
    assert client.get("/account/again/passkey", base_url=BASE_URL).location == "/account/again"


def test_a_first_factor_shown_again_waits_five_minutes_for_the_second(app: Flask) -> None:
    with app.test_request_context():
        for seconds, expected in ((0, True), (299, True), (301, False), (-1, False)):
            cookie[sign_ins.FIRST] = time.time() - seconds
            assert again.is_first_shown() is expected, seconds


def test_what_one_person_showed_again_is_not_the_next_ones(client: Client, database: Database) -> None:
    first, second = staff(database), staff(database)
    sign_in(client, first.email)
    give_passkey(database, first, "secondary")
    assert show(client, password=PASSWORD).location.startswith("/account/again/passkey")
    client.post("/sign-out", base_url=BASE_URL)
    sign_in(client, second.email)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=4)):
        assert 'name="password"' in client.get("/account/again", base_url=BASE_URL).text


def test_a_password_alone_is_not_fresh_for_whoever_signed_in_by_passkey(client: Client, database: Database) -> None:
    person = staff(database)
    sign_in(client, person.email)
    give_passkey(database, person, "first")
    with later():
        answer = show(client, password=PASSWORD)
        assert (answer.location, is_fresh(client)) == ("/account/again/passkey?next=%2Ffresh", False)


def test_a_password_alone_is_not_fresh_for_whoever_has_lost_the_second_factor(
        client: Client, database: Database) -> None:
    person = staff(database)
    sign_in(client, person.email)
    drop_code(database, person)
    with later():
        assert (show(client, password=PASSWORD).status_code, is_fresh(client)) == (403, False)


def test_whoever_has_no_password_is_asked_for_their_passkey(client: Client, database: Database) -> None:
    person = staff(database)
    sign_in(client, person.email)
    give_passkey(database, person, "first")
    with database.writing() as session:
        session.merge(person).password = ""
    answer = client.get("/account/again?next=/fresh", base_url=BASE_URL)
    assert answer.location == "/account/again/passkey?next=%2Ffresh"


def test_a_change_of_password_is_no_fresh_sign_in(client: Client, database: Database) -> None:
    sign_in(client, staff(database).email)
    with later():
        changed = client.post("/account/password", base_url=BASE_URL,
                              data={"password": PASSWORD, "new_password": NEW})
        assert changed.location == "/account/security?notice=password-set"
        assert client.get("/account/security", base_url=BASE_URL).status_code == 200 and not is_fresh(client)


def test_asvs_7_2_4_what_was_shown_again_gives_the_browser_a_new_name(
        app: Flask, client: Client, database: Database) -> None:
    sign_in(client, staff(database).email)
    stolen = client.get_cookie("materia", domain="localhost")
    assert stolen is not None
    with database.reading() as session:
        before = session.scalars(select(SignIn.key)).one()
    show(client, password=PASSWORD, code=builders.codes()[1])
    other = Client(app.wsgi_app)
    other.set_cookie("materia", stolen.value, domain="localhost")
    with database.reading() as session:
        after = session.scalars(select(SignIn.key)).one()
    assert before != after and client.get("/account/security", base_url=BASE_URL).status_code == 200
    assert other.get("/account/security", base_url=BASE_URL).status_code == 302


def test_asvs_7_2_3_what_a_cookie_refers_to_is_128_random_bits(client: Client, database: Database) -> None:
    for _ in range(2):
        sign_in(Client(client.application), staff(database).email)
    with database.reading() as session:
        keys = session.scalars(select(SignIn.key)).all()
    assert len(set(keys)) == 2 and {len(key) for key in keys} == {26}, "5 bits to a character"


@pytest.mark.parametrize("path", ["/account/sign-ins/end", "/account/sign-ins/aaaa/end"])
def test_asvs_7_5_2_sign_ins_are_ended_by_whoever_showed_just_now_that_it_is_them(
        client: Client, database: Database, path: str) -> None:
    sign_in(client, staff(database).email)
    with later():
        answer = client.post(path, base_url=BASE_URL)
        assert answer.location.startswith("/account/again") and client.get(
            "/account/security", base_url=BASE_URL).status_code == 200


@pytest.mark.parametrize("path", ["/account/email", "/account/second-factor", "/account/passkeys",
                                  "/account/recovery-codes"])
def test_asvs_7_5_1_what_one_signs_in_with_is_changed_freshly_or_not_at_all(
        client: Client, database: Database, path: str) -> None:
    sign_in(client, staff(database).email)
    assert client.get(path, base_url=BASE_URL).status_code == 200
    with later():
        for method in ("GET", "POST"):
            assert client.open(path, method=method, base_url=BASE_URL).location.startswith("/account/again")
