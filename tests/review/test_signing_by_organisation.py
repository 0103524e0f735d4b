"""Signatures of somebody who signs in at their organisation: taken once they showed themselves anew there, and no other
way."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import time_machine
from werkzeug.test import Client, TestResponse

from tests import builders, organisation
from tests.builders import BASE_URL
from tests.organisation import CLIENT, SECRET, Organisation
from tests.people.test_organisation import AGAIN, ask, come_back
from tests.review.cases import submit
from webapp.app import create_app
from webapp.config import Settings
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role
from webapp.review import queries
from webapp.review.models import Dossier, Signature

LEE = "lee@sponsor.example"


@pytest.fixture
def peer() -> Iterator[Organisation]:
    """The reviewer's organisation, which asks for a second factor."""
    with organisation.listening() as running:
        running.email, running.claims = LEE, {"amr": ["mfa"]}
        yield running


@pytest.fixture
def lee(database: Database) -> Account:
    """A legal reviewer, who has a password and a code besides."""
    with database.writing() as session:
        return builders.account(session, Role.LEGAL_REVIEWER, email=LEE, kind=AccountKind.STAFF, now=clock.now())


@pytest.fixture
def dossier(database: Database) -> Dossier:
    with database.writing() as session:
        return submit(session, now=clock.now())


@pytest.fixture
def legal(settings: Settings, platform: Platform, peer: Organisation, lee: Account) -> Client:
    """Lee's browser, signed in at the organisation."""
    made = create_app(settings.model_copy(update={
        "oidc_issuer": peer.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET,
        "oidc_domains": ("Sponsor.example",), "oidc_second_factor": ("mfa",)}), platform)
    client = Client(made.wsgi_app)
    assert come_back(client, ask(client)).location == "/after-sign-in"
    return client


def sign(client: Client, dossier: Dossier) -> TestResponse:
    return client.post(f"/review/{dossier.key}/sign", base_url=BASE_URL, headers={"Origin": BASE_URL},
                       data={"digest": dossier.digest, "meaning": "approval", "role": "legal"})


def open_page(client: Client, dossier: Dossier) -> TestResponse:
    return client.get(f"/review/{dossier.key}/sign?meaning=approval", base_url=BASE_URL)


def signed(database: Database, dossier: Dossier) -> list[Signature]:
    with database.reading() as session:
        return queries.signatures(session, dossier.id or 0)


def test_who_shows_themselves_anew_at_their_organisation_signs(
        legal: Client, lee: Account, peer: Organisation, dossier: Dossier, database: Database) -> None:
    asked = open_page(legal, dossier)
    led = legal.get(asked.location, base_url=BASE_URL)
    wanted = f"/review/{dossier.key}/sign?meaning=approval"
    assert led.location == f"{AGAIN}?next={quote(wanted, safe='')}", "the organisation is asked, and no password"
    back = come_back(legal, ask(legal, AGAIN, wanted))
    assert (back.location, peer.asked[-1]["max_age"]) == (wanted, "0")
    assert "I, Ann Example, say that" in " ".join(open_page(legal, dossier).text.split())
    assert sign(legal, dossier).status_code == 303
    taken, = signed(database, dossier)
    assert (taken.account_id, taken.digest, taken.role) == (lee.id, dossier.digest, "legal")


@pytest.mark.parametrize("seconds", [None, -600, 600])
def test_an_old_missing_or_future_time_of_authentication_signs_nothing_and_is_said(
        legal: Client, peer: Organisation, dossier: Dossier, database: Database, seconds: int | None) -> None:
    peer.claims |= {"auth_time": None if seconds is None else int(time.time()) + seconds}
    refused = come_back(legal, ask(legal, AGAIN))
    assert refused.status_code == 403 and "organisation&#39;s answer could not be used" in refused.text
    assert sign(legal, dossier).status_code == 403
    assert signed(database, dossier) == []


def test_a_sign_in_there_a_password_here_or_a_missing_second_factor_sign_nothing(
        legal: Client, peer: Organisation, dossier: Dossier, database: Database) -> None:
    assert sign(legal, dossier).status_code == 403, "the sign-in alone"
    by_password = legal.post("/account/again", base_url=BASE_URL,
                             data={"password": builders.PASSWORD, "code": builders.codes()[1]})
    assert by_password.location.startswith(AGAIN) and sign(legal, dossier).status_code == 403
    peer.claims = {"amr": ["pwd"]}
    led = come_back(legal, ask(legal, AGAIN, "/review/"))
    assert led.location.startswith("/account/again?next=") and sign(legal, dossier).status_code == 403
    assert signed(database, dossier) == []
    builders.type_code(legal, led.location)
    assert sign(legal, dossier).status_code == 303 and len(signed(database, dossier)) == 1


def test_a_proof_of_six_minutes_ago_is_stale_and_the_page_says_so(
        legal: Client, dossier: Dossier, database: Database) -> None:
    come_back(legal, ask(legal, AGAIN))
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        stale = sign(legal, dossier)
    assert stale.status_code == 403 and "More than five minutes have passed" in stale.text
    assert signed(database, dossier) == []


def test_somebody_else_of_the_organisation_signs_nothing_in_ones_name(
        legal: Client, peer: Organisation, dossier: Dossier, database: Database) -> None:
    peer.claims |= {"sub": "another"}
    assert come_back(legal, ask(legal, AGAIN)).status_code == 403
    assert sign(legal, dossier).status_code == 403 and signed(database, dossier) == []
