"""Guessing costs the guesser, and tells nobody who has an account: real forms, real hashes, counted."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any

import argon2
import pytest
import time_machine
from flask import Flask
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import BASE_URL, PASSWORD
from webapp.core.db import Database
from webapp.edge import Edge
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.people.security import limits

MAE = "mae@sponsor.example"
HASHES = ("hash_secret", "verify_secret")


@pytest.fixture
def marketer(database: Database) -> Account:
    with database.writing() as session:
        return builders.account(session, Role.MARKETER, company=builders.company(session), email=MAE)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often argon2 has worked: to hash, or to compare with a hash."""
    counted: Counter[str] = Counter()

    def counting(name: str) -> Callable[..., object]:
        real = getattr(argon2.low_level, name)

        def count(*given: object, **named: object) -> object:
            counted["argon2"] += 1
            return real(*given, **named)
        return count

    for name in HASHES:
        monkeypatch.setattr(argon2.low_level, name, counting(name))
    return counted


def try_password(client: Client, email: str, place: str, password: str = "wrong") -> TestResponse:
    """A try from a network address."""
    return client.post("/sign-in", base_url=BASE_URL, data={"email": email, "password": password},
                       environ_overrides={"REMOTE_ADDR": place})


def places(count: int) -> list[str]:
    return [f"198.51.{number // 250}.{number % 250}" for number in range(count)]


def owner_gets_in(edge: Edge, email: str) -> bool:
    """Whether the right password still opens the way, from where nobody guesses."""
    return try_password(Client(edge), email, "203.0.113.7", PASSWORD).location.startswith("/sign-in/code")


def test_asvs_6_3_1_of_a_thousand_wrong_passwords_on_one_account_ten_are_looked_at(
        client: Client, edge: Edge, marketer: Account, hashed: Counter[str]) -> None:
    answers = Counter(try_password(client, MAE, "198.51.100.1").status_code for _ in range(1000))
    assert (answers, hashed["argon2"]) == ({200: 10, 429: 990}, 10)
    assert owner_gets_in(edge, MAE)


def test_asvs_6_3_1_a_password_sprayed_over_many_accounts_from_one_address_is_throttled(
        client: Client, edge: Edge, database: Database, hashed: Counter[str]) -> None:
    with database.writing() as session:
        people = [builders.account(session, Role.SAFETY).email for _ in range(20)]
    answers = Counter(try_password(client, email, "198.51.100.1").status_code
                      for email in islice(cycle(people), 200))
    assert (answers, hashed["argon2"]) == ({200: 10, 429: 190}, 10)
    assert all(owner_gets_in(edge, email) for email in people[:3])


def test_asvs_6_3_1_guessing_from_many_addresses_gives_each_of_them_few_tries(
        client: Client, edge: Edge, marketer: Account, hashed: Counter[str]) -> None:
    answers = Counter(try_password(client, MAE, place).status_code for place in islice(cycle(places(20)), 200))
    assert (answers, hashed["argon2"]) == ({200: 30 + 20 * 3, 429: 110}, 30 + 20 * 3)
    assert owner_gets_in(edge, MAE)


def strangers(count: int) -> list[str]:
    return [f"stranger{number}@clinic.example" for number in range(count)]


def spray(site: Any, password: str, count: int = 20) -> Counter[int]:
    """Tries one password once on each of so many accounts, each time from a new network address."""
    return Counter(try_password(Client(site), email, place, password).status_code
                   for email, place in zip(strangers(count), places(count), strict=True))


def test_one_password_sprayed_over_many_accounts_from_ever_new_addresses_is_held_back(
        edge: Edge, hashed: Counter[str]) -> None:
    assert (spray(edge, "Winter2026!", 200), hashed["argon2"]) == ({200: 20, 429: 180}, 20)


def test_an_owner_whose_password_is_sprayed_gets_in_by_coming_back(edge: Edge, marketer: Account) -> None:
    spray(edge, PASSWORD)
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        came: list[int] = []
        for minutes in (0, 9, 1):
            clock.shift(timedelta(minutes=minutes))
            came.append(try_password(Client(edge), MAE, "203.0.113.7", PASSWORD).status_code)
        assert came == [429, 429, 302]
        assert try_password(Client(edge), MAE, "203.0.113.8", PASSWORD).status_code == 429  # from elsewhere it waits


def test_an_owner_with_another_password_notices_nothing_of_a_spray(edge: Edge, marketer: Account) -> None:
    spray(edge, "Winter2026!", 40)
    assert owner_gets_in(edge, MAE)


def test_one_person_who_errs_often_is_no_spray(
        edge: Edge, marketer: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SPRAYED", limits.parse_many("2 per hour"))
    for place in places(6):
        try_password(Client(edge), MAE, place, PASSWORD + "!")
    assert try_password(Client(edge), strangers(1)[0], "203.0.113.7", PASSWORD + "!").status_code == 200


def test_a_password_that_was_tried_is_kept_nowhere(app: Flask) -> None:
    spray(app.wsgi_app, "Winter2026!", 2)
    kept = repr(vars(app.extensions["limits"].storage))
    assert "sprayed" in kept and "Winter" not in kept


def test_an_account_nobody_has_is_throttled_like_one_that_somebody_has(
        client: Client, edge: Edge, marketer: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WRONG_ONES", limits.parse_many("2 per hour"))
    statuses = [[try_password(client, email, place).status_code for place in ("198.51.100.1", "198.51.100.2") * 6]
                for email in (MAE, "nobody@sponsor.example")]
    assert statuses[0] == statuses[1] and statuses[0].count(429) == 4


def test_the_right_password_counts_as_no_wrong_one(client: Client, marketer: Account,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WRONG_ONES", limits.parse_many("2 per hour"))
    monkeypatch.setattr(limits, "WHEN_GUESSED_AT", limits.parse_many("1 per hour"))
    assert [try_password(client, MAE, "198.51.100.1", PASSWORD).status_code for _ in range(5)] == [302] * 5


@pytest.fixture
def known(database: Database) -> dict[str, str]:
    """Addresses in every state that a stranger should not be told of."""
    with database.writing() as session:
        made = {name: builders.account(session, email=f"{name}@clinic.example")
                for name in ("usual", "closed", "passkey", "unconfirmed")}
        made["closed"].active = False
        made["passkey"].password = ""
        made["unconfirmed"].confirmed_at = None
    return {name: person.email for name, person in made.items()}


def spent(hashed: Counter[str], ask: Callable[[], TestResponse]) -> int:
    before = hashed["argon2"]
    assert ask().status_code in (200, 302)
    return hashed["argon2"] - before


@pytest.mark.parametrize("state", ["usual", "closed", "passkey", "unconfirmed"])
def test_a_wrong_password_takes_as_long_for_an_address_that_is_known(
        client: Client, known: dict[str, str], hashed: Counter[str], state: str) -> None:
    costs = [spent(hashed, lambda email=email: try_password(client, email, "198.51.100.1"))
             for email in (known[state], "nobody@clinic.example")]
    assert costs == [1, 1]


@pytest.mark.parametrize("state", ["usual", "closed", "passkey", "unconfirmed"])
@pytest.mark.parametrize(("path", "cost"), [("/reset", 1), ("/sign-up/confirm", 0)])
def test_a_mail_asked_for_takes_as_long_and_says_the_same_for_an_address_that_is_known(
        client: Client, known: dict[str, str], hashed: Counter[str], state: str, path: str, cost: int) -> None:
    answers: list[TestResponse] = []

    def ask(email: str) -> TestResponse:
        answers.append(client.post(path, data={"email": email}))
        return answers[-1]

    costs = [spent(hashed, lambda email=email: ask(email)) for email in (known[state], "nobody@clinic.example")]
    assert costs == [cost, cost]
    said = [(answer.status_code, answer.headers.get("Location"), answer.text.replace(email, ""))
            for answer, email in zip(answers, (known[state], "nobody@clinic.example"), strict=True)]
    assert said[0] == said[1]


@pytest.mark.parametrize("way", ["password", "passkey"])
@pytest.mark.parametrize("state", ["usual", "closed", "passkey", "unconfirmed"])
def test_signing_up_takes_as_long_and_says_the_same_for_an_address_that_is_known(
        client: Client, known: dict[str, str], hashed: Counter[str], state: str, way: str) -> None:
    form = {"password": "four odd lamps sing", "kind": "patient", "market": "us", "language": "en", "way": way,
            "time_zone": "UTC", "birth_date": "1980-05-17"}
    answers: list[TestResponse] = []

    def ask(email: str) -> TestResponse:
        answers.append(client.post("/sign-up", data={**form, "email": email}))
        return answers[-1]

    costs = [spent(hashed, lambda email=email: ask(email)) for email in (known[state], "nobody@clinic.example")]
    assert costs == [1, 1]
    assert [(answer.status_code, answer.location) for answer in answers] == [(302, "/sign-in?notice=mail-sent")] * 2


def test_a_link_for_an_address_that_is_known_costs_no_slow_hash(app: Flask) -> None:
    """Else its mail, which only they get, would tell by the time it takes to ask for it."""
    context = app.extensions["security"].hashing_context
    assert context.default_scheme() == "hex_sha256" and not context.needs_update(context.hash("a"))


@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test"])
def test_a_new_password_is_mailed_for_no_other_host(client: Client, known: dict[str, str], host: str) -> None:
    answer = client.post("/reset", data={"email": known["usual"]}, headers={"Host": host})
    assert answer.status_code == 400
