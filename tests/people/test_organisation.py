"""Staff and sponsors sign in at their organisation: a real provider of OpenID Connect, honest and otherwise."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlmodel import select
from werkzeug.test import Client, TestResponse

from tests import builders, organisation
from tests.builders import BASE_URL, hidden_fields
from tests.organisation import CLIENT, SECRET, Organisation, foreign_key
from tests.waiting import PATIENCE_SECONDS
from webapp import config
from webapp.app import create_app
from webapp.config import MissingSetting, Settings
from webapp.core.audit import By
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.people import guards
from webapp.people.models import Account, OrganisationLink, SignIn
from webapp.people.rules import AccountKind, Role
from webapp.people.security import provider
from webapp.people.service import linking

START, BACK, AGAIN = "/sign-in/organisation", "/sign-in/organisation/back", "/account/again/organisation"
MARKETER = "mae@sponsor.example"
MakeApp = Callable[..., Flask]


@pytest.fixture
def peer() -> Iterator[Organisation]:
    """The organisation, which answers as the marketer."""
    with organisation.listening() as running:
        yield running


@pytest.fixture
def make_app(settings: Settings, platform: Platform, peer: Organisation) -> MakeApp:
    """The application with that organisation. `/fresh` says whether a signature would be taken now."""
    def make(**changed: Any) -> Flask:
        made = create_app(settings.model_copy(update={
            "oidc_issuer": peer.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET,
            "oidc_domains": ("Sponsor.example",), **changed}), platform)
        made.add_url_rule("/fresh", "fresh", guards.any_account(lambda: str(guards.freshly_authenticated())))
        return made
    return make


@pytest.fixture
def client(make_app: MakeApp, marketer: Account) -> Client:
    """A browser before the application, where the second factor is asked here."""
    return Client(make_app().wsgi_app)


@pytest.fixture
def trusting(make_app: MakeApp, marketer: Account) -> Client:
    """The same where the organisation's `mfa` counts as the second factor."""
    return Client(make_app(oidc_second_factor=("mfa",)).wsgi_app)


@pytest.fixture
def marketer(database: Database) -> Account:
    with database.writing() as session:
        return builders.account(session, Role.MARKETER, company=builders.company(session), email=MARKETER)


def ask(client: Client, path: str = START, wanted: str = "") -> str:
    """Presses the button, follows the link to the organisation, and returns where it sends the browser back to."""
    page = client.post(path, base_url=BASE_URL, data={"next": wanted})
    link = BeautifulSoup(page.text, "html.parser").select_one("main a.button")
    assert page.status_code == 200 and link is not None, page.text
    answer = requests.get(str(link["href"]), allow_redirects=False, timeout=PATIENCE_SECONDS)
    return answer.headers["Location"].removeprefix(BASE_URL)


def come_back(client: Client, path: str) -> TestResponse:
    """Opens where the organisation sent the browser, and presses the button there."""
    page = client.get(path, base_url=BASE_URL)
    return client.post(BACK, base_url=BASE_URL, data=hidden_fields(page.text))


def sign_in(client: Client) -> TestResponse:
    return come_back(client, ask(client))


def show_again(client: Client) -> TestResponse:
    return come_back(client, ask(client, AGAIN, "/fresh"))


def is_in(client: Client) -> bool:
    return client.get("/account/security", base_url=BASE_URL).status_code == 200


def is_fresh(client: Client) -> bool:
    return client.get("/fresh", base_url=BASE_URL).text == "True"


def sign_ins(database: Database) -> list[bool]:
    """Whether each was with a second factor."""
    with database.reading() as session:
        return list(session.scalars(select(SignIn.is_strong)))


def test_the_organisation_is_the_first_factor_and_the_second_is_asked_here(
        client: Client, database: Database) -> None:
    answer = sign_in(client)
    assert answer.location.startswith("/sign-in/code") and not is_in(client)
    builders.type_code(client, answer.location)
    assert is_in(client) and client.get("/sponsor/", base_url=BASE_URL).status_code == 200
    assert sign_ins(database) == [True]


@pytest.mark.parametrize("claims", [{"amr": ["pwd", "mfa"]}, {"acr": "mfa"}])
def test_asvs_6_8_4_the_organisations_second_factor_counts_where_the_configuration_names_it(
        trusting: Client, peer: Organisation, database: Database, claims: dict[str, Any]) -> None:
    peer.claims = claims
    assert sign_in(trusting).location == "/after-sign-in"
    assert trusting.get("/sponsor/", base_url=BASE_URL).status_code == 200 and sign_ins(database) == [True]


@pytest.mark.parametrize("claims", [{}, {"amr": ["pwd"]}, {"acr": "1"}, {"amr": "mfa"}])
def test_an_organisation_that_does_not_say_so_has_shown_no_second_factor(
        trusting: Client, peer: Organisation, claims: dict[str, Any]) -> None:
    peer.claims = claims
    answer = sign_in(trusting)
    assert not is_in(trusting) and answer.headers.get("Location", "/sign-in/code").startswith("/sign-in/code")


def test_a_code_challenge_a_state_and_a_nonce_go_with_the_question_and_no_name_is_asked(
        client: Client, peer: Organisation) -> None:
    for _ in range(2):
        ask(client)
    first, second = peer.asked
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))
    assert (first["scope"], first["redirect_uri"], "prompt" in first) == ("openid email", f"{BASE_URL}{BACK}", False)


def test_asvs_7_6_2_opening_an_address_signs_nobody_in_without_a_press(client: Client, database: Database) -> None:
    path = ask(client)
    for method in ("GET", "HEAD", "GET"):
        assert client.open(path, method=method, base_url=BASE_URL).status_code == 200
    assert sign_ins(database) == [] and come_back(client, path).status_code == 302


def refused(answer: TestResponse, caplog: pytest.LogCaptureFixture, client: Client, database: Database) -> bool:
    """Whether a plain page says so, with one line in the security log that names nobody, and nobody is signed in."""
    lines = [record.getMessage() for record in caplog.records if record.name == "materia.security"]
    assert answer.status_code in (403, 503) and 'role="alert"' in answer.text and "Traceback" not in answer.text
    assert len(lines) == 1 and "@" not in lines[0] and "example" not in lines[0], lines
    assert not is_in(client) and sign_ins(database) == []
    return client.get("/sign-in/code", base_url=BASE_URL).status_code == 302  # not half in, either


WRONG = [
    {"nonce": "another"}, {"nonce": None}, {"nonce": None, "nonce_supported": False}, {"aud": "another"},
    {"aud": "another", "azp": CLIENT}, {"aud": None}, {"aud": ["another", CLIENT], "azp": "another"},
    {"iss": "https://evil.test"}, {"iss": None}, {"exp": 1}, {"exp": None}, {"exp": "never"}, {"iat": 9e9},
    {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "é"}, {"sub": "a\n"}, {"sub": "a" * 256},
    {"email_verified": False}, {"email_verified": None}, {"email_verified": "true"}, {"email": None},
    {"email": "mae@evil.test"}, {"email": "mae@evil.test@"}, {"email": ["mae@sponsor.example"]}, {"amr": 5},
]


@pytest.mark.parametrize("claims", WRONG, ids=str)
def test_a_token_with_a_wrong_or_missing_claim_is_refused(
        client: Client, peer: Organisation, database: Database, caplog: pytest.LogCaptureFixture,
        claims: dict[str, Any]) -> None:
    peer.claims = claims
    assert refused(sign_in(client), caplog, client, database)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_asvs_6_8_2_a_token_that_is_not_signed_with_the_providers_key_is_refused_whatever_it_offers(
        client: Client, peer: Organisation, database: Database, caplog: pytest.LogCaptureFixture,
        algorithm: str) -> None:
    peer.algorithm = algorithm
    assert refused(sign_in(client), caplog, client, database)


def test_asvs_6_8_2_a_token_signed_by_somebody_else_is_refused(
        client: Client, peer: Organisation, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    peer.key = foreign_key()
    assert refused(sign_in(client), caplog, client, database)


@pytest.mark.parametrize("path", ["/token", "/keys"])
@pytest.mark.parametrize("status", [500, 404])
def test_a_provider_out_of_order_signs_nobody_in(
        client: Client, peer: Organisation, database: Database, caplog: pytest.LogCaptureFixture, path: str,
        status: int) -> None:
    back = ask(client)
    peer.fails = {path: status}
    assert refused(come_back(client, back), caplog, client, database)


def test_a_slow_provider_is_waited_for_a_while_and_no_longer(
        client: Client, peer: Organisation, database: Database, caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "TIMEOUT_SECONDS", (0.2, 0.2))
    peer.is_held = True
    answer = sign_in(client)
    assert answer.status_code == 503
    assert refused(answer, caplog, client, database)


@pytest.mark.parametrize("document", [
    {"issuer": "https://evil.test"}, {"token_endpoint": "ftp://evil.test"}, {"jwks_uri": None}])
def test_a_document_that_is_not_the_issuers_leads_nowhere(
        client: Client, peer: Organisation, database: Database, caplog: pytest.LogCaptureFixture,
        document: dict[str, Any]) -> None:
    peer.document = document
    assert refused(client.post(START, base_url=BASE_URL), caplog, client, database)


def test_an_organisation_that_is_not_there_is_told(
        client: Client, peer: Organisation, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    peer.fails = {"/.well-known/openid-configuration": 500}
    answer = client.post(START, base_url=BASE_URL)
    assert answer.status_code == 503 and refused(answer, caplog, client, database)


def test_whoever_says_no_at_their_organisation_is_told_so(
        client: Client, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    ask(client)
    answer = client.get(f"{BACK}?error=access_denied&state=x", base_url=BASE_URL)
    assert refused(answer, caplog, client, database)


@pytest.mark.parametrize("roles", [[], [Role.READER], [Role.HCP], [Role.READER, Role.HCP]], ids=str)
def test_readers_and_professionals_cannot_use_it(
        client: Client, peer: Organisation, database: Database, caplog: pytest.LogCaptureFixture,
        roles: list[Role]) -> None:
    peer.email = "reader@sponsor.example"
    with database.writing() as session:
        builders.account(session, *roles, email=peer.email, kind=AccountKind.HCP)
    assert refused(sign_in(client), caplog, client, database)


def test_it_makes_no_account(
        client: Client, peer: Organisation, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    peer.email = "new@sponsor.example"
    assert refused(sign_in(client), caplog, client, database)
    with database.reading() as session:
        assert list(session.scalars(select(Account.email))) == [MARKETER]


@pytest.mark.parametrize("change", [{"active": False}, {"confirmed_at": None}], ids=str)
def test_an_account_out_of_use_or_unconfirmed_stays_closed(
        client: Client, database: Database, marketer: Account, caplog: pytest.LogCaptureFixture,
        change: dict[str, Any]) -> None:
    with database.writing() as session:
        session.merge(marketer).sqlmodel_update(change)
    assert refused(sign_in(client), caplog, client, database)


def test_an_address_in_capitals_is_the_same(client: Client, peer: Organisation) -> None:
    peer.email = "Mae@Sponsor.EXAMPLE"
    assert sign_in(client).location.startswith("/sign-in/code")


def test_an_answer_is_good_once(
        trusting: Client, peer: Organisation, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    peer.claims = {"amr": ["mfa"]}
    path = ask(trusting)
    come_back(trusting, path)
    trusting.post("/sign-out", base_url=BASE_URL)
    assert refused(come_back(trusting, path), caplog, trusting, database)


def test_an_answer_is_good_only_in_the_browser_that_asked(
        client: Client, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    path = ask(client)
    other = Client(client.application)
    assert refused(come_back(other, path), caplog, other, database)


def test_an_answer_to_an_earlier_question_is_refused(
        client: Client, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    first, _ = ask(client), ask(client)
    assert refused(come_back(client, first), caplog, client, database)


@pytest.mark.parametrize("wanted", ["https://evil.test/", "//evil.test", "javascript:alert(1)"])
def test_it_leads_to_no_other_site(trusting: Client, peer: Organisation, wanted: str) -> None:
    peer.claims = {"amr": ["mfa"]}
    answer = come_back(trusting, ask(trusting, START, wanted))
    assert "evil" not in answer.location and "javascript" not in answer.location and is_in(trusting)


def test_it_leads_to_where_one_wanted_to_go(trusting: Client, peer: Organisation) -> None:
    peer.claims = {"amr": ["mfa"]}
    assert urlsplit(come_back(trusting, ask(trusting, START, "/sponsor/people")).location).path == "/sponsor/people"


def test_a_form_of_another_site_starts_nothing(client: Client, peer: Organisation) -> None:
    for path in (START, BACK):
        assert client.post(path, base_url=BASE_URL, headers={"Origin": "https://evil.test"}).status_code == 403
    assert peer.asked == []


def test_asking_again_and_again_is_throttled(client: Client) -> None:
    assert [client.post(BACK, base_url=BASE_URL).status_code for _ in range(11)] == [403] * 10 + [429]


def later() -> time_machine.travel:
    """When a signature would ask again."""
    return time_machine.travel(datetime.now(UTC) + timedelta(minutes=6))


def test_asvs_6_8_4_whoever_signed_in_there_shows_themselves_again_there_and_now(
        trusting: Client, peer: Organisation) -> None:
    peer.claims = {"amr": ["mfa"]}
    sign_in(trusting)
    assert is_fresh(trusting)
    with later():
        assert not is_fresh(trusting)
        assert trusting.get("/account/again?next=%2Ffresh", base_url=BASE_URL).location == f"{AGAIN}?next=%2Ffresh"
        assert show_again(trusting).location == "/fresh" and is_fresh(trusting)
    assert (peer.asked[-1]["prompt"], peer.asked[-1]["max_age"]) == ("login", "0")


@pytest.mark.parametrize("seconds", [None, -600, -40, 600])
def test_asvs_6_8_4_a_missing_old_or_future_time_of_authentication_is_refused(
        trusting: Client, peer: Organisation, caplog: pytest.LogCaptureFixture, seconds: int | None) -> None:
    peer.claims = {"amr": ["mfa"]}
    sign_in(trusting)
    with later():
        peer.claims = {"amr": ["mfa"], "auth_time": None if seconds is None else int(time.time()) + seconds}
        answer = show_again(trusting)
        assert (answer.status_code, is_fresh(trusting)) == (403, False)
    assert [record.getMessage() for record in caplog.records if record.name == "materia.security"] == [
        "refused an organisation's answer: they did not show themselves anew"]


def test_somebody_else_who_shows_themselves_there_is_refused(
        trusting: Client, peer: Organisation, database: Database) -> None:
    peer.claims = {"amr": ["mfa"]}
    sign_in(trusting)
    with database.writing() as session:
        builders.account(session, Role.SAFETY, email="mate@sponsor.example")
    with later():
        peer.email, peer.claims = "mate@sponsor.example", {"amr": ["mfa"], "sub": "2"}
        assert (show_again(trusting).status_code, is_fresh(trusting)) == (403, False)


def test_a_reader_shows_themselves_again_by_password_alone(
        trusting: Client, peer: Organisation, database: Database) -> None:
    with database.writing() as session:
        reader = builders.account(session, Role.READER, email="reader@sponsor.example")
    builders.sign_in(trusting, reader.email)
    peer.email, peer.claims = reader.email, {"amr": ["mfa"]}
    assert show_again(trusting).status_code == 403


def test_a_sign_in_outlives_the_provider_that_it_came_from(
        make_app: MakeApp, app: Flask, peer: Organisation, marketer: Account) -> None:
    client = Client(make_app(oidc_second_factor=("mfa",)).wsgi_app)
    peer.claims = {"amr": ["mfa"]}
    sign_in(client)
    cookie = client.get_cookie("materia", domain="localhost")
    assert cookie is not None
    without = Client(app.wsgi_app)
    without.set_cookie("materia", cookie.value, domain="localhost")
    assert 'name="password"' in without.get("/account/again", base_url=BASE_URL).text


def test_without_the_organisations_second_factor_the_code_is_asked_after_it(
        client: Client, peer: Organisation) -> None:
    builders.type_code(client, sign_in(client).location)
    with later():
        answer = show_again(client)
        assert (answer.location, is_fresh(client)) == ("/account/again?next=%2Ffresh", False)
        page = client.get(answer.location, base_url=BASE_URL)
        assert 'name="code"' in page.text and 'name="password"' not in page.text
        client.post(answer.location, base_url=BASE_URL, data={"code": "000000"})
        assert not is_fresh(client)
        assert builders.type_code(client, answer.location).location == "/fresh" and is_fresh(client)


def test_the_way_there_shows_nothing_before_one_has_come_back(trusting: Client, peer: Organisation) -> None:
    """ASVS 7.6.1."""
    peer.claims = {"amr": ["mfa"]}
    sign_in(trusting)
    with later():
        ask(trusting, AGAIN)
        assert not is_fresh(trusting)
        assert trusting.post("/account/again", base_url=BASE_URL, data={"code": builders.codes()[1]}).status_code == 302
        assert not is_fresh(trusting)


def test_the_sign_in_page_offers_it_where_it_is_set_up(client: Client, app: Flask) -> None:
    page = client.get("/sign-in?next=/sponsor/people", base_url=BASE_URL).text
    assert f'href="{START}?next=%2Fsponsor%2Fpeople"' in page
    assert f'href="{START}"' in client.get("/sign-in", base_url=BASE_URL).text
    without = Client(app.wsgi_app)
    assert START not in without.get("/sign-in", base_url=BASE_URL).text
    assert without.get(START, base_url=BASE_URL).status_code == 404


def test_every_route_of_it_declares_who_may_call_it(make_app: MakeApp) -> None:
    made = make_app()
    declared = {rule.endpoint: guards.declaration(made, rule.endpoint) is None for rule in made.url_map.iter_rules()
                if rule.endpoint.startswith("organisation.")}
    assert declared == {"organisation.choose": True, "organisation.start": True, "organisation.back": True,
                        "organisation.finish": True, "organisation.choose_again": False,
                        "organisation.start_again": False}


@pytest.mark.parametrize("missing", ["client_id", "client_secret", "domains"])
def test_a_half_configuration_stops_the_start(missing: str) -> None:
    whole = {"issuer": "https://sso.sponsor.example", "client_id": CLIENT, "client_secret": SECRET,
             "domains": ("sponsor.example",)}
    given = {f"oidc_{name}": value for name, value in whole.items() if name != missing}
    with pytest.raises(MissingSetting, match="MATERIA_OIDC_"):
        config.load(secret_key=builders.SECRET, **given)


def test_an_issuer_is_asked_over_https_alone() -> None:
    with pytest.raises(MissingSetting, match="MATERIA_OIDC_ISSUER"):
        config.load(secret_key=builders.SECRET, oidc_issuer="http://sso.sponsor.example", oidc_client_id=CLIENT,
                    oidc_client_secret=SECRET, oidc_domains=("sponsor.example",))


def test_no_log_of_any_kind_holds_a_code_or_a_token(
        client: Client, peer: Organisation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    path = ask(client)
    come_back(client, path)
    code = path.partition("code=")[2].partition("&")[0]
    assert code and code not in caplog.text and peer.asked[0]["nonce"] not in caplog.text


# The link


OTHER = "mate@sponsor.example"


@pytest.fixture
def mate(database: Database) -> Account:
    """Another of the same organisation."""
    with database.writing() as session:
        return builders.account(session, Role.SAFETY, email=OTHER)


def links(database: Database) -> list[tuple[int, str]]:
    with database.reading() as session:
        return [(row.account_id, row.subject) for row in session.scalars(select(OrganisationLink))]


def whose(database: Database) -> list[int]:
    """Whose sign-ins there are."""
    with database.reading() as session:
        return list(session.scalars(select(SignIn.account_id)))


def say(peer: Organisation, email: str, subject: str) -> None:
    """What the organisation says from now on, both factors shown."""
    peer.email, peer.claims = email, {"amr": ["mfa"], "sub": subject}


@pytest.mark.postgresql
def test_the_first_sign_in_links_the_account_and_another_address_there_then_moves_nobody(
        trusting: Client, peer: Organisation, database: Database, marketer: Account, mate: Account) -> None:
    say(peer, MARKETER, "mae")
    for address in (MARKETER, OTHER, "mae.married@sponsor.example"):
        peer.email = address
        assert sign_in(trusting).location == "/after-sign-in", address
        trusting.post("/sign-out", base_url=BASE_URL)
    assert links(database) == [(marketer.id, "mae")]
    sign_in(trusting)
    assert whose(database) == [marketer.id]


def test_somebody_else_there_who_is_given_the_address_is_refused_and_told_what_to_do(
        trusting: Client, peer: Organisation, database: Database, marketer: Account,
        caplog: pytest.LogCaptureFixture) -> None:
    say(peer, MARKETER, "mae")
    sign_in(trusting)
    trusting.post("/sign-out", base_url=BASE_URL)
    say(peer, MARKETER, "new-hire")
    answer = sign_in(trusting)
    assert "is linked to somebody else" in answer.text and refused(answer, caplog, trusting, database)
    assert links(database) == [(marketer.id, "mae")]


def test_nothing_is_linked_before_the_second_factor_is_shown(
        client: Client, database: Database, marketer: Account) -> None:
    answer = sign_in(client)
    assert links(database) == []
    builders.type_code(client, answer.location)
    assert links(database) == [(marketer.id, "1")]


def test_a_sign_in_there_that_was_given_up_links_nobody_who_signs_in_by_password(
        client: Client, database: Database, mate: Account) -> None:
    sign_in(client)
    builders.sign_in(client, OTHER)
    assert (whose(database), links(database)) == ([mate.id], [])


def test_an_operator_takes_the_link_away_which_signs_out_and_the_next_sign_in_links_anew(
        trusting: Client, peer: Organisation, database: Database, marketer: Account) -> None:
    say(peer, MARKETER, "mae")
    sign_in(trusting)
    with database.writing() as session:
        linking.unlink(session, session.get_one(Account, marketer.id), by=By("command line", builders.NOW, "Left"))
    assert not is_in(trusting)
    say(peer, MARKETER, "mae-again")
    sign_in(trusting)
    assert links(database) == [(marketer.id, "mae-again")]


def test_whoever_was_not_linked_here_does_not_show_themselves_by_an_organisation(
        trusting: Client, peer: Organisation, mate: Account) -> None:
    builders.sign_in(trusting, OTHER)
    say(peer, OTHER, "mate")
    with later():
        assert (show_again(trusting).status_code, is_fresh(trusting)) == (403, False)
