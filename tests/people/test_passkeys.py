"""An account without a password: made, confirmed, and given one later. Browsers' tests make the passkey itself."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlmodel import select
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import PASSWORD, sign_in
from webapp.channels.models import Outgoing
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.people import queries, service
from webapp.people.models import Account, Passkey
from webapp.people.rules import Role

EMAIL, NEW = "new@clinic.example", "four odd lamps sing"
FORM = {"email": EMAIL, "way": "passkey", "kind": "patient", "market": "us", "language": "en", "time_zone": "UTC",
        "birth_date": "1980-05-17"}


def sign_up(client: Client, **changed: str) -> TestResponse:
    return client.post("/sign-up", data={**FORM, **changed})


def last_link(platform: Platform) -> str:
    """Where the last mail leads, as its reader would find it."""
    with platform.database.reading() as session:
        rows = session.scalars(select(Outgoing).order_by(Outgoing.id)).all()  # type: ignore[arg-type]
    return str(service.unsealed(platform.ring, rows[-1])["path"])


def confirm(client: Client, platform: Platform) -> TestResponse:
    return client.post(last_link(platform))


def account(database: Database) -> Account | None:
    with database.reading() as session:
        return queries.account_by_email(session, EMAIL)


def is_in(client: Client) -> bool:
    return client.get("/account/security").status_code == 200


@pytest.mark.postgresql
def test_whoever_wants_a_passkey_has_no_password_and_makes_it_once_the_address_is_confirmed(
        client: Client, database: Database, platform: Platform) -> None:
    assert sign_up(client).location == "/sign-in?notice=mail-sent"
    made = account(database)
    assert made is not None and made.password == "" and not is_in(client)
    answer = confirm(client, platform)
    assert answer.location == "/account/passkeys?notice=first-passkey"
    page = client.get(answer.location).text
    assert "Make your passkey now" in page and 'value="first" required checked' in page and "secondary" not in page


def test_a_password_that_was_typed_besides_is_not_kept(client: Client, database: Database) -> None:
    sign_up(client, password="short")
    made = account(database)
    assert made is not None and made.password == ""


@pytest.mark.parametrize("way", ["password", "", "nothing"])
def test_whoever_wants_a_password_must_choose_one(client: Client, database: Database, way: str) -> None:
    assert 'role="alert"' in sign_up(client, way=way).text and account(database) is None


@pytest.mark.parametrize("typed", ["", " ", "not a password", PASSWORD])
def test_nobody_signs_in_by_password_to_an_account_without_one(
        client: Client, platform: Platform, typed: str) -> None:
    sign_up(client)
    confirm(Client(client.application), platform)
    sign_in(client, EMAIL, typed)
    assert not is_in(client)


def test_confirming_an_account_with_a_password_signs_nobody_in(client: Client, platform: Platform) -> None:
    sign_up(client, way="password", password=NEW)
    assert confirm(client, platform).location == "/sign-in?notice=confirmed" and not is_in(client)


def test_opening_the_link_signs_nobody_in_and_a_used_one_neither(client: Client, platform: Platform) -> None:
    sign_up(client)
    path = last_link(platform)
    assert client.get(path).status_code == 200 and not is_in(client)
    client.post(path)
    other = Client(client.application)
    assert other.post(path).location == "/sign-up/confirm?notice=bad-link" and not is_in(other)


def test_a_confirmation_opens_no_account_that_has_a_way_in_or_a_role_already(
        client: Client, database: Database, platform: Platform) -> None:
    for number, change in enumerate(("password", "passkey", "role")):
        email = f"person-{number}@other.example"
        sign_up(client, email=email)
        with database.writing() as session:
            person = queries.account_by_email(session, email)
            assert person is not None
            if change == "password":
                person.password = builders.PASSWORD_HASH
            elif change == "role":
                service.grant(session, person, Role.OPERATOR, by=builders.BY)
            else:
                session.add(Passkey(account_id=person.id or 0, name="a", credential_id=b"a", public_key=b"a",
                                    sign_count=0, usage="first", lastuse_datetime=builders.NOW))
        assert confirm(client, platform).location == "/sign-in?notice=confirmed" and not is_in(client), change


def test_a_passkey_of_an_account_without_a_password_takes_its_place(client: Client, platform: Platform) -> None:
    sign_up(client)
    confirm(client, platform)
    page = client.post("/account/passkeys", data={"name": "my phone", "usage": "secondary"}).text
    assert '&#34;userVerification&#34;: &#34;required&#34;' in page and 'data-kind="create"' in page


def test_a_password_can_be_set_by_mail_later(client: Client, database: Database, platform: Platform) -> None:
    sign_up(client)
    confirm(client, platform)
    client.post("/reset", data={"email": EMAIL})
    assert client.post(last_link(platform), data={"password": NEW}).location == "/sign-in?notice=password-set"
    assert not is_in(client), "a new password ends every sign-in"
    sign_in(client, EMAIL, NEW)
    assert is_in(client)


def test_a_password_can_be_set_on_the_page_by_whoever_is_fresh(client: Client, platform: Platform) -> None:
    sign_up(client)
    confirm(client, platform)
    assert 'name="password"' not in client.get("/account/password").text
    assert client.post("/account/password", data={"new_password": NEW}).location.startswith("/account/security")
    other = Client(client.application)
    sign_in(other, EMAIL, NEW)
    assert is_in(other)


def test_a_password_is_set_on_the_page_by_nobody_who_is_not_fresh(client: Client, platform: Platform) -> None:
    sign_up(client)
    confirm(client, platform)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        assert client.post("/account/password", data={"new_password": NEW}).location.startswith("/account/again")


def test_signing_in_by_passkey_alone_the_device_must_ask_its_owner(client: Client) -> None:
    options = re.search(r'data-options="([^"]+)"', client.post("/sign-in/passkey").text)
    assert options is not None and "userVerification&#34;: &#34;required" in options[1]
