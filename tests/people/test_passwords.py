"""Passwords, codes and how long a sign-in lasts: ASVS 5.0, item by item where no other file shows it."""

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from passlib.utils import rng  # type: ignore[import-untyped]
from sqlmodel import func, select
from werkzeug.test import Client

import webapp
from tests import builders
from tests.builders import PASSWORD, sign_in
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.people import service
from webapp.people.models import Account, SignIn
from webapp.people.rules import Role, password_problem
from webapp.people.security.pages import PAGES

NEW = "four odd lamps sing"
LONG = "wandering lamps and other odd birds " * 5


def is_in(client: Client) -> bool:
    return client.get("/account/security").status_code == 200


def reader(database: Database, password: str = "") -> Account:
    with database.writing() as session:
        person = builders.account(session, Role.READER)
        if password:
            person.password = service.hash_password(password)
    return person


@pytest.mark.parametrize(("given", "is_changed"), [
    ({"password": PASSWORD, "new_password": NEW}, True), ({"password": "wrong", "new_password": NEW}, False),
    ({"new_password": NEW}, False), ({"password": PASSWORD}, False),
    ({"password": PASSWORD, "new_password": "short"}, False),
], ids=str)
def test_asvs_6_2_2_6_2_3_a_password_is_changed_by_whoever_knows_the_old_one(
        client: Client, database: Database, given: dict[str, str], is_changed: bool) -> None:
    person = reader(database)
    sign_in(client, person.email)
    assert client.post("/account/password", data=given).status_code == (302 if is_changed else 200)
    other = Client(client.application)
    sign_in(other, person.email, NEW)
    assert is_in(other) is is_changed


def test_asvs_6_2_6_6_2_7_passwords_are_masked_and_may_be_pasted_and_filled_in() -> None:
    fields = [field for page in PAGES.values() for field in page.fields if "password" in field.name]
    assert {field.type for field in fields} == {"password"}
    assert {field.autocomplete for field in fields} == {"current-password", "new-password"}
    scripts = [path.read_text("utf-8") for path in (Path(webapp.__file__).parent / "static" / "js").glob("*.js")]
    assert scripts and not any("paste" in script for script in scripts)


@pytest.mark.parametrize("other", [
    PASSWORD.upper(), PASSWORD + " ", " " + PASSWORD, PASSWORD[:-1], PASSWORD.replace(" ", "")])
def test_asvs_6_2_8_a_password_is_taken_as_it_was_written(client: Client, database: Database, other: str) -> None:
    person = reader(database)
    sign_in(client, person.email, other)
    assert not is_in(client)
    sign_in(client, person.email, PASSWORD)
    assert is_in(client)


def test_asvs_6_2_8_6_2_9_a_long_password_is_taken_and_looked_at_to_its_end(
        client: Client, database: Database) -> None:
    assert len(LONG) > 64 and password_problem(LONG) is None and password_problem(LONG + "x" * 77) is not None
    person = reader(database, LONG)
    sign_in(client, person.email, LONG[:-1])
    assert not is_in(client)
    sign_in(client, person.email, LONG)
    assert is_in(client)


def test_asvs_6_2_10_a_password_holds_until_its_owner_changes_it(client: Client, database: Database) -> None:
    person = reader(database)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3 * 365)):
        assert sign_in(client, person.email).location == "/after-sign-in" and is_in(client)


@pytest.mark.parametrize("password", ["materiamateria", "Materia2026!", "materia.2026"])
def test_asvs_6_2_11_a_password_made_of_the_sites_own_words_is_refused(password: str) -> None:
    assert password_problem(password)


@pytest.mark.parametrize("password", ["123456789012", "1q2w3e4r5t6y", "iloveyou1234", "unbelievable"])
def test_asvs_6_2_4_6_2_12_a_password_that_leaked_is_refused(password: str) -> None:
    assert password_problem(password)


def test_asvs_6_3_2_a_new_site_has_no_account(database: Database) -> None:
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_asvs_6_4_2_nobody_is_asked_for_a_hint_or_a_secret_of_their_life() -> None:
    asked = {field.name for page in PAGES.values() for field in page.fields}
    assert asked == {"email", "password", "new_password", "code", "kind", "way", "market", "language", "time_zone",
                     "birth_date", "which", "name", "usage"}


def test_asvs_6_5_2_6_5_4_recovery_codes_are_kept_as_hashes_and_are_hard_to_guess(
        client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.SAFETY)
    sign_in(client, person.email)
    codes = re.findall(r"<code>((?:[0-9a-f]{4}-?){3})</code>", client.post("/account/recovery-codes").text)
    with database.reading() as session:
        kept = session.scalars(select(Account.mf_recovery_codes).where(Account.id == person.id)).one()
    assert kept is not None and len(set(codes)) == len(set(kept)) == 10
    assert all(entry.startswith("$argon2id$") for entry in kept) and not any(code in str(kept) for code in codes)


def test_asvs_6_5_3_what_codes_are_made_of_comes_from_the_systems_generator() -> None:
    assert isinstance(rng, random.SystemRandom)


@pytest.mark.parametrize(("seconds", "is_taken"), [(0, True), (90, False), (-90, False)])
def test_asvs_6_5_5_a_code_is_good_for_its_own_half_minute_and_the_next(
        client: Client, database: Database, seconds: int, is_taken: bool) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.SAFETY)
    code = builders.codes()[1]
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds)):
        client.post("/sign-in", data={"email": person.email, "password": PASSWORD})
        client.post("/sign-in/code", data={"code": code})
        assert is_in(client) is is_taken


@pytest.mark.parametrize(("hours", "is_still_in"), [(1.9, True), (2.1, False)])
def test_asvs_7_3_1_a_sign_in_that_is_not_used_ends(
        client: Client, database: Database, hours: float, is_still_in: bool) -> None:
    sign_in(client, reader(database).email)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        assert is_in(client) is is_still_in


def test_the_last_use_of_a_device_is_shown_to_the_hour_and_no_closer(client: Client, database: Database) -> None:
    person = reader(database)
    with time_machine.travel(datetime(2026, 3, 2, 9, 37, tzinfo=UTC)):
        sign_in(client, person.email)
        page = client.get("/account/security").text
    assert "Last used, to the hour: Mar 2, 2026, 09:00 UTC" in page and "09:37" not in page


@pytest.mark.parametrize(("hours", "is_still_in"), [(11.9, True), (12.1, False)])
def test_asvs_7_3_2_a_sign_in_ends_after_a_working_day_however_it_is_used(
        client: Client, database: Database, hours: float, is_still_in: bool) -> None:
    sign_in(client, reader(database).email)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        with database.writing() as session:
            session.execute(select(SignIn)).scalar_one().seen_at = datetime.now(UTC)
        assert is_in(client) is is_still_in


def test_a_sign_in_that_is_used_each_hour_goes_on(
        client: Client, database: Database, platform: Platform) -> None:
    sign_in(client, reader(database).email)
    for hours in range(1, 6):
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours * 1.01)):
            assert is_in(client), hours
            platform.writer.submit(lambda *_: None, None).result()  # what was handed in before is written by then


@pytest.mark.parametrize("path", ["/account/security", "/account/password", "/account/email", "/account/passkeys",
                                  "/account/second-factor", "/account/recovery-codes", "/sponsor/people", "/sponsor/"])
def test_asvs_7_4_4_one_can_sign_out_from_every_page_of_ones_own(
        client: Client, database: Database, path: str) -> None:
    with database.writing() as session:
        company = builders.company(session)
        person = builders.account(session, Role.SPONSOR_ADMIN, Role.MARKETER, company=company)
    sign_in(client, person.email)
    assert '<form class="sign-out" method="post" action="/sign-out">' in client.get(path).text


@pytest.mark.parametrize("planted", ["is_hcp", "roles", "confirmed_at", "active", "id", "identity_verified_by"])
def test_asvs_8_2_3_a_form_writes_no_field_that_it_does_not_show(
        client: Client, database: Database, planted: str) -> None:
    form = {"email": "new@clinic.example", "password": NEW, "kind": "hcp", "market": "us", "language": "en",
            "time_zone": "UTC", "birth_date": "1980-05-17"}
    client.post("/sign-up", data={**form, planted: "2026-01-01"})
    with database.reading() as session:
        made = session.scalars(select(Account)).one()
        assert (made.id, made.roles, made.confirmed_at, made.active, made.identity_verified_by) == (
            1, [Role.READER], None, True, "")


def test_asvs_6_4_3_6_4_4_a_new_password_by_mail_takes_no_second_factor_away(
        client: Client, database: Database, app: Flask) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.SAFETY)
    with app.test_request_context():
        token = app.extensions["security"].reset_serializer.dumps([person.fs_uniquifier, None])
    answer = client.post(f"/reset/{token}", data={"password": NEW})
    assert answer.location == "/sign-in?notice=password-set" and not is_in(client)
    form = client.post("/sign-in", data={"email": person.email, "password": NEW})
    assert form.location.startswith("/sign-in/code") and not is_in(client)
