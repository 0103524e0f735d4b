"""Signing in and out as a browser does it, and what a stranger is never given."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlmodel import select
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import BASE_URL, COOKIE, PASSWORD, sign_in
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.people.models import Account
from webapp.people.rules import SPONSOR_ROLES, Role


@pytest.fixture
def marketer(database: Database) -> Account:
    with database.writing() as session:
        return builders.account(session, Role.MARKETER, company=builders.company(session), email="mae@sponsor.example")


def session_cookie(client: Client) -> str | None:
    found = client.get_cookie(COOKIE, domain="localhost")
    return found.value if found else None


def with_cookie(edge: Edge, value: str) -> Client:
    other = Client(edge)
    other.set_cookie(COOKIE, value, domain="localhost")
    return other


def is_signed_in(client: Client) -> bool:
    return client.get("/sponsor/").status_code == 200


def alert(answer: TestResponse) -> str:
    return answer.text.partition('role="alert"')[2].partition("</div>")[0]


def test_the_right_password_opens_the_way_to_ones_work(client: Client, marketer: Account) -> None:
    answer = sign_in(client, marketer.email)
    assert (answer.status_code, answer.location) == (302, "/after-sign-in")
    assert client.get("/after-sign-in").location == "/sponsor/" and is_signed_in(client)


def test_an_address_is_known_in_capitals_too(client: Client, marketer: Account) -> None:
    sign_in(client, "MAE@Sponsor.Example")
    assert is_signed_in(client)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: Client, marketer: Account) -> None:
    answers = [sign_in(client, email, "wrong password") for email in (marketer.email, "nobody@sponsor.example")]
    assert alert(answers[0]) and alert(answers[0]) == alert(answers[1])
    assert answers[0].status_code == answers[1].status_code
    assert not is_signed_in(client)


def test_an_account_without_a_password_answers_like_any_other(client: Client, database: Database,
                                                              marketer: Account) -> None:
    with database.writing() as session:
        session.merge(builders.account(session, email="none@sponsor.example")).password = ""
    answers = [sign_in(client, email, "wrong password") for email in ("none@sponsor.example", marketer.email)]
    assert (answers[0].status_code, alert(answers[0])) == (answers[1].status_code, alert(answers[1]))


def test_an_account_put_out_of_use_cannot_sign_in(client: Client, database: Database, marketer: Account) -> None:
    with database.writing() as session:
        session.merge(marketer).active = False
    sign_in(client, marketer.email)
    assert not is_signed_in(client)


def test_an_account_put_out_of_use_is_out_at_once(client: Client, database: Database, marketer: Account) -> None:
    """ASVS 7.4.2."""
    sign_in(client, marketer.email)
    assert is_signed_in(client)
    with database.writing() as session:
        session.merge(marketer).active = False
    assert not is_signed_in(client)


def test_a_session_planted_before_signing_in_is_worth_nothing_after(
        app: Flask, client: Client, edge: Edge, marketer: Account) -> None:
    """ASVS 7.2.4."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    planted = str(signer.dumps({"language": "en"}))
    client.set_cookie(COOKIE, planted, domain="localhost")
    sign_in(client, marketer.email)
    assert session_cookie(client) != planted
    assert not is_signed_in(with_cookie(edge, planted))


def test_signing_out_ends_the_session(client: Client, marketer: Account) -> None:
    sign_in(client, marketer.email)
    assert client.post("/sign-out").status_code == 302
    assert not is_signed_in(client)


def test_a_copy_of_the_cookie_is_refused_after_signing_out(client: Client, edge: Edge, marketer: Account) -> None:
    """ASVS 7.4.1."""
    sign_in(client, marketer.email)
    copied = session_cookie(client)
    assert copied is not None and is_signed_in(with_cookie(edge, copied))
    client.post("/sign-out")
    assert not is_signed_in(with_cookie(edge, copied))


def test_one_can_sign_in_again_after_signing_out(client: Client, marketer: Account) -> None:
    sign_in(client, marketer.email)
    client.post("/sign-out")
    sign_in(client, marketer.email)
    assert is_signed_in(client)


def test_opening_the_sign_out_address_signs_nobody_out(client: Client, marketer: Account) -> None:
    sign_in(client, marketer.email)
    assert client.get("/sign-out").status_code == 405
    assert is_signed_in(client)


def test_a_stranger_may_press_sign_out(client: Client) -> None:
    assert client.post("/sign-out").status_code == 302


def test_a_forged_cookie_signs_nobody_in(edge: Edge, client: Client, marketer: Account) -> None:
    """ASVS 7.2.1."""
    sign_in(client, marketer.email)
    cookie = session_cookie(client)
    assert cookie is not None
    assert not is_signed_in(with_cookie(edge, cookie[:-4] + "AAAA"))


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(client: Client, marketer: Account) -> None:
    header = sign_in(client, marketer.email).headers["Set-Cookie"]
    assert "HttpOnly" in header and "SameSite=Lax" in header


def test_the_session_is_the_only_cookie_and_nobody_is_remembered_beyond_it(client: Client, marketer: Account) -> None:
    answer = client.post("/sign-in", data={"email": marketer.email, "password": PASSWORD, "remember": "y"})
    assert [header.partition("=")[0] for header in answer.headers.getlist("Set-Cookie")] == [COOKIE]


def test_another_network_changes_nothing_of_a_sign_in(client: Client, marketer: Account) -> None:
    sign_in(client, marketer.email)
    answer = client.get("/account/", headers={"User-Agent": "Another/1.0"}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)


@pytest.mark.parametrize("accepted", ["application/json", "text/html"])
def test_signing_in_hands_out_no_key(client: Client, marketer: Account, accepted: str) -> None:
    answer = client.post("/sign-in?include_auth_token", headers={"Accept": accepted},
                         data={"email": marketer.email, "password": PASSWORD})
    assert (answer.status_code, answer.location, "token" in answer.text) == (
        302, "/sign-in/code?next=/after-sign-in", False)


def test_a_key_signs_nobody_in_wherever_it_is_carried(app: Flask, edge: Edge, marketer: Account) -> None:
    """ASVS 7.2.2."""
    with app.test_request_context():
        key = marketer.get_auth_token()
    for asked in ({"query_string": {"auth_token": key}}, {"headers": {"Authentication-Token": key}},
                  {"json": {"auth_token": key}}):
        assert Client(edge).get("/sponsor/", **asked).status_code == 302  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("body", [b"[1]", b'"x"', b"{", b'{"email": {"a": 1}, "password": 5}'])
@pytest.mark.parametrize("kind", ["application/json", "application/vnd.api+json", "text/plain", ""])
def test_a_body_that_is_no_form_is_not_read(client: Client, method: str, body: bytes, kind: str) -> None:
    answer = client.open("/sign-in", method=method, data=body, content_type=kind)
    assert (answer.status_code, answer.mimetype) == (415, "text/html")


def test_the_right_password_in_another_body_than_a_form_signs_nobody_in(client: Client, marketer: Account) -> None:
    answer = client.post("/sign-in", json={"email": marketer.email, "password": PASSWORD})
    assert (answer.status_code, is_signed_in(client)) == (415, False)


@pytest.mark.postgresql
@pytest.mark.parametrize("email", ["a\0b@clinic.example", "\0", "a@b\0", "", "@", "\ud800@clinic.example"])
def test_an_address_that_is_none_is_a_wrong_one(client: Client, email: str) -> None:
    form = urlencode({"email": email.encode("utf-8", "surrogatepass"), "password": "wrong"})
    answer = client.post("/sign-in", data=form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200 and alert(answer)


def test_a_sign_in_page_is_kept_by_no_cache(client: Client) -> None:
    assert client.get("/sign-in").headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("length", [257, 1_000_000])
def test_a_password_too_long_is_refused_before_it_is_hashed(
        client: Client, marketer: Account, monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    hashed: list[object] = []
    monkeypatch.setattr("flask_security.forms.hash_password", hashed.append)
    monkeypatch.setattr(Account, "verify_and_update_password", lambda *given: hashed.append(given))
    for email in (marketer.email, "nobody@sponsor.example"):
        answer = sign_in(client, email, "x" * length)
        assert answer.status_code in (200, 401) and alert(answer)
    assert hashed == []


def test_a_password_as_long_as_allowed_is_looked_at(client: Client, marketer: Account,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[object] = []
    monkeypatch.setattr(Account, "verify_and_update_password", lambda _, password: looked_at.append(password))
    sign_in(client, marketer.email, "x" * 256)
    assert looked_at == ["x" * 256]


def test_a_form_larger_than_any_form_is_refused(client: Client) -> None:
    assert client.post("/sign-in", data={"password": "x" * 3_000_000}).status_code == 413


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://localhost.evil.test"}, {"Origin": "http://localhost:81"}])
def test_a_form_sent_from_another_site_is_refused(client: Client, marketer: Account, headers: dict[str, str]) -> None:
    sign_in(client, marketer.email)
    assert client.post("/sign-out", headers=headers).status_code == 403
    assert is_signed_in(client)


def test_a_form_of_this_site_is_answered(client: Client, marketer: Account) -> None:
    sign_in(client, marketer.email)
    headers = {"Origin": BASE_URL, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/sign-out", headers=headers).status_code == 302


def test_another_site_cannot_sign_anybody_in(client: Client, marketer: Account) -> None:
    answer = client.post("/sign-in", data={"email": marketer.email, "password": PASSWORD},
                         headers={"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, is_signed_in(client)) == (403, False)


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test/", "http:\\\\evil.test", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(client: Client, marketer: Account, target: str) -> None:
    form = client.get("/sign-in", query_string={"next": target})
    answer = client.post("/sign-in", data={**builders.hidden_fields(form.text), "email": marketer.email,
                                           "password": PASSWORD, "next": target})
    assert "evil" not in answer.headers.get("Location", "") and "javascript" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "localhost:81", "evil.test:80", ""])
def test_another_host_name_is_refused(client: Client, host: str) -> None:
    assert client.get("/sign-in", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Forwarded-Prefix"])
def test_a_forwarded_host_changes_no_address(client: Client, header: str) -> None:
    answer = client.get("/sponsor/", headers={header: "evil.test"})
    assert "evil" not in answer.headers["Location"] and "evil" not in answer.text


def test_a_forwarded_scheme_or_address_changes_nothing(client: Client) -> None:
    plain = client.get("/sponsor/").location
    forwarded = client.get("/sponsor/", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4"})
    assert forwarded.location == plain


@pytest.mark.parametrize("path", ["/en/diseases/sampleitis", "/en/pro/diseases/sampleitis", "/en-gb/drugs/promo",
                                  "/en/nowhere", "/", "/health", "/u/aaaa", "/c/aaaa", "/static/none.css", "/sign-in"])
def test_a_stranger_gets_no_cookie_on_any_page_for_readers(
        client: Client, platform: Platform, tmp_path: Path, path: str) -> None:
    builders.write_topic(tmp_path, slug="sampleitis")
    builders.write_topic(tmp_path, slug="promo", kind=builders.Kind.DRUG, markets=("gb",), content_class="promotional",
                         funding={"kind": "sponsored", "company": "Acme (fictional)", "influence": "none"})
    published = builders.published_folder(platform, tmp_path)
    assert {entry.access for entry in published} == {"open", "gated"}
    assert "Set-Cookie" not in client.get(path).headers


def test_counting_a_beacon_sets_no_cookie(client: Client) -> None:
    assert "Set-Cookie" not in client.post("/e", data=b"{}").headers


@pytest.mark.parametrize("role", [None, *Role])
def test_a_page_for_professionals_is_shown_to_verified_ones_only(
        client: Client, platform: Platform, tmp_path: Path, role: Role | None) -> None:
    entry = builders.published_document(
        platform, tmp_path, slug="promo", kind=builders.Kind.DRUG, markets=("gb",), content_class="promotional",
        funding={"kind": "sponsored", "company": "Acme (fictional)", "influence": "none"}, text="Buy Exemplora")
    assert entry.access == "gated"
    if role is not None:
        with platform.database.writing() as session:
            company = builders.company(session) if role in SPONSOR_ROLES else None
            person = builders.account(session, role, company=company)
        sign_in(client, person.email)
    answer = client.get("/en-gb/drugs/promo")
    is_shown = (answer.status_code, "Buy Exemplora" in answer.text)
    assert is_shown == ((200, True) if role is Role.HCP else (403, False))
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_hashing_holds_no_write_lock(client: Client, marketer: Account, database: Database,
                                     monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def slow(person: Account, password: str) -> bool:
        with database.writing() as session:
            written.append(len(session.scalars(select(Account)).all()))
        return False

    monkeypatch.setattr(Account, "verify_and_update_password", slow)
    sign_in(client, marketer.email)
    assert written == [1]


def test_the_eleventh_wrong_password_within_a_minute_is_refused(client: Client, marketer: Account) -> None:
    statuses = [sign_in(client, f"person-{number}@sponsor.example", "wrong").status_code for number in range(11)]
    assert statuses == [200] * 10 + [429]


def test_a_spoofed_address_does_not_escape_the_throttle(client: Client, marketer: Account) -> None:
    statuses = [client.post("/sign-in", data={}, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
                for number in range(11)]
    assert statuses[-1] == 429


def test_an_account_under_attack_stays_open_to_its_owner(
        client: Client, edge: Edge, marketer: Account) -> None:
    for _ in range(11):
        sign_in(client, marketer.email, "wrong")
    elsewhere = Client(edge)
    form = elsewhere.get("/sign-in", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    elsewhere.post("/sign-in", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}, data={
        "email": marketer.email, "password": PASSWORD, **builders.hidden_fields(form.text)})
    builders.type_code(elsewhere)
    assert is_signed_in(elsewhere)


