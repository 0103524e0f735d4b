"""My account leads to what is one's own, and to nothing that is not there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import Client

from tests import builders
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import SPONSOR_ROLES, AccountKind, Role

SignInAs = Callable[..., Account]


@pytest.fixture
def sign_in_as(client: Client, database: Database) -> SignInAs:
    """Signs in an account with these roles."""
    def run(*roles: Role, **more: object) -> Account:
        with database.writing() as session:
            company = builders.company(session) if SPONSOR_ROLES & set(roles) else None
            made = builders.account(session, *roles, company=company, **more)  # type: ignore[arg-type]
        builders.sign_in(client, made.email)
        return made
    return run


def links(html: str, place: str) -> dict[str, str]:
    """Address -> words."""
    return {str(link["href"]): link.text for link in BeautifulSoup(html, "html.parser").select(f"{place} a")}


def test_my_account_asks_a_stranger_to_sign_in_and_comes_back(client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
    asked = client.get("/account/")
    assert (asked.status_code, asked.location.split("?")[0]) == (302, "/sign-in")
    client.get(asked.location)
    answer = client.post("/sign-in", data={"email": person.email, "password": builders.PASSWORD,
                                           **builders.hidden_fields(client.get(asked.location).text)})
    assert answer.location == "/account/"


@pytest.mark.parametrize("kind", list(AccountKind))
def test_my_account_leads_to_pages_that_are_there(client: Client, sign_in_as: SignInAs, kind: AccountKind) -> None:
    person = sign_in_as(kind=kind)
    page = client.get("/account/").text
    found = links(page, ".ops-pages")
    assert {"/account/profile", "/account/security", "/account/kept", "/account/data"} <= set(found)
    assert ("/account/verification" in found) is (kind is AccountKind.HCP)
    assert {client.get(url).status_code for url in found} <= {200, 302}, "the last asks for the password first"
    assert person.email in page


@pytest.mark.parametrize(("role", "expected", "paths"), [
    (Role.CME_PROVIDER, ["/account/", "/cme/provider/"], ["/account/", "/account/security", "/cme/provider/"]),
    (Role.SAFETY, ["/account/", "/safety/"], ["/account/", "/account/security", "/safety/"]),
    (Role.WRITER, ["/account/", "/desk/", "/review/"],
     ["/account/", "/account/security", "/account/profile", "/account/passkeys"]),
    (Role.OPERATOR, ["/account/", "/ops/", "/review/"], ["/account/", "/ops/", "/ops/policy", "/nowhere"]),
    (Role.MARKETER, ["/account/", "/sponsor/", "/sponsor/side-effects", "/sponsor/education"],
     ["/account/kept", "/sponsor/"]),
    (Role.SPONSOR_ADMIN, ["/account/", "/sponsor/", "/sponsor/side-effects", "/sponsor/education", "/sponsor/people"],
     ["/account/data", "/sponsor/people", "/sponsor/side-effects"])])
def test_the_frame_leads_a_person_to_their_account_and_their_work(
        client: Client, sign_in_as: SignInAs, role: Role, expected: list[str], paths: list[str]) -> None:
    sign_in_as(role)
    assert {path: list(links(client.get(path).text, ".own-nav")) for path in paths} == dict.fromkeys(paths, expected)


def test_the_frame_leads_a_professional_to_the_verification(client: Client, sign_in_as: SignInAs) -> None:
    sign_in_as(Role.READER, kind=AccountKind.HCP, language="zh-Hans")
    assert links(client.get("/account/verification").text, ".own-nav") == {
        "/account/": "我的账号", "/account/verification": "认证", "/cme/": "继续医学教育"}


def test_a_stranger_is_led_to_no_account_but_by_its_name(client: Client) -> None:
    for path in ("/sign-in", "/nowhere", "/sign-up"):
        page = client.get(path).text
        assert links(page, ".own-nav") == {} and links(page, ".footer-nav")["/account/"] == "My account", path


def test_a_stored_page_carries_the_same_links_for_everyone(
        client: Client, platform: Platform, tmp_path: Path, sign_in_as: SignInAs) -> None:
    builders.published_document(platform, tmp_path / "content")
    path = "/en/diseases/sampleitis"
    before = client.get(path).text
    sign_in_as(Role.OPERATOR)
    assert client.get(path).text == before
    assert links(before, "main")[f"/account/keep?page={path}"] == "Save or follow"
    assert links(before, ".footer-nav")["/account/"] == "My account" and links(before, ".own-nav") == {}
