"""A reader keeps topics and pages; what is closed to them is named nowhere, whenever it closed."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from werkzeug.test import Client

from tests import builders
from tests.articles.publishing import PROMOTIONAL, withdraw
from tests.builders import BY, NOW
from webapp.app import OVERVIEWS
from webapp.articles.queries import kept as kept_queries
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import keeping
from webapp.core.errors import Conflict
from webapp.core.platform import Platform
from webapp.people import service as people
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role

OPEN, GATED = "/en/diseases/sampleitis", "/en-gb/pro/drugs/branditis"
BOTH = pytest.mark.postgresql


@pytest.fixture
def reader(client: Client, platform: Platform) -> Account:
    return signed_in(client, platform)


def signed_in(client: Client, platform: Platform, *roles: Role, **more: object) -> Account:
    with platform.database.writing() as session:
        made = builders.account(session, *roles, **more)  # type: ignore[arg-type]
    builders.sign_in(client, made.email)
    return made


@pytest.fixture
def page(platform: Platform, client: Client, tmp_path: Path) -> Entry:
    return builders.published_document(platform, tmp_path / "content")


@pytest.fixture
def gated(platform: Platform, client: Client, tmp_path: Path) -> tuple[Entry, ...]:
    """A sponsor's page for Britain's verified professionals."""
    builders.write_topic(tmp_path / "content", **PROMOTIONAL, markets=("gb",))
    return builders.published_folder(platform, tmp_path / "content", OVERVIEWS)


def press(client: Client, do: str, path: str = OPEN) -> int:
    return client.post("/account/keep", data={"page": path, "do": do}).status_code


def kept(client: Client) -> tuple[list[str], list[str]]:
    """Topics and pages that the list shows."""
    page = BeautifulSoup(client.get("/account/kept").text, "html.parser")
    topics, pages = (head.find_next_sibling() for head in page.select("main h2"))
    assert isinstance(topics, Tag) and isinstance(pages, Tag)
    return _titles(topics), _titles(pages)


def _titles(found: Tag) -> list[str]:
    return [line.text for line in found.select("li > span > :first-child")]


def removals(client: Client) -> list[str]:
    page = BeautifulSoup(client.get("/account/kept").text, "html.parser")
    return [str(field["value"]) for field in page.select("main input[name=remove]")]


def main(client: Client, path: str = "/account/kept") -> str:
    found = BeautifulSoup(client.get(path).text, "html.parser").main
    assert found is not None
    return " ".join(found.text.split())


@BOTH
def test_a_page_is_saved_and_its_topic_followed_once(client: Client, page: Entry, reader: Account) -> None:
    assert "Sampleitis" in main(client, f"/account/keep?page={OPEN}")
    assert kept(client) == ([], [])
    assert [press(client, do) for do in ("save", "save", "follow", "follow")] == [303] * 4
    assert kept(client) == (["Sampleitis"], ["Sampleitis"])
    assert "on your list" in main(client, f"/account/keep?page={OPEN}")


@BOTH
def test_a_line_is_taken_out_once(client: Client, page: Entry, reader: Account) -> None:
    for do in ("save", "follow"):
        press(client, do)
    for line in (*removals(client), *removals(client), "page:none", "topic:none/none", "", "topic:"):
        assert client.post("/account/kept", data={"remove": line}).status_code == 303
    assert kept(client) == ([], [])


def test_opening_the_page_to_keep_changes_nothing(client: Client, page: Entry, reader: Account) -> None:
    for _ in range(2):
        client.get(f"/account/keep?page={OPEN}&do=save")
    assert kept(client) == ([], [])


def test_a_list_is_its_owners_alone(client: Client, platform: Platform, page: Entry, reader: Account) -> None:
    press(client, "save")
    line = removals(client)
    client.post("/sign-out")
    signed_in(client, platform)
    assert kept(client) == ([], [])
    client.post("/account/kept", data={"remove": line[0]})
    with platform.database.reading() as session:
        assert kept_queries.kept_counts(session, reader.id or 0) == (0, 1)


NO_PAGES = (
    "/en/diseases/none", "/en/", "/en/diseases/", "/sign-in", "", "/", "//en/diseases/sampleitis", "/en/\x00",
    "https://evil.test/en/diseases/sampleitis", "/en/diseases/sampleitis/", "/en/" + "a" * 5000)


@BOTH
def test_what_is_no_page_for_readers_cannot_be_kept(client: Client, page: Entry, reader: Account) -> None:
    for path in NO_PAGES:
        assert client.get("/account/keep", query_string={"page": path}).status_code == 404, path
        assert press(client, "save", path) == 404, path
    assert press(client, "publish") == 422


def test_a_gated_page_is_as_if_it_were_not_there_for_whom_it_is_closed(
        client: Client, gated: tuple[Entry, ...], reader: Account) -> None:
    closed, none = (client.get(f"/account/keep?page={path}") for path in (GATED, "/en-gb/pro/drugs/none"))
    assert (closed.status_code, press(client, "save", GATED), press(client, "follow", GATED)) == (404, 404, 404)
    assert "Branditis" not in closed.text and closed.text.replace("branditis", "none") == none.text


def test_a_gated_page_leaves_the_lists_when_the_verification_ends(
        client: Client, platform: Platform, gated: tuple[Entry, ...]) -> None:
    doctor = signed_in(client, platform, Role.HCP, kind=AccountKind.HCP, market="gb")
    assert [press(client, do, GATED) for do in ("save", "follow")] == [303, 303]
    assert kept(client) == (["Branditis"], ["Branditis"])
    with platform.database.writing() as session:
        people.revoke(session, session.get_one(Account, doctor.id), Role.HCP, by=BY)
    shown = client.get("/account/kept").text
    assert "randitis" not in shown and "not open to you now" in shown
    download = json.loads(client.get("/account/data.json").text)["articles"]
    assert "randitis" not in str(download)
    assert [list(download[name][0]) for name in ("topics_followed", "pages_saved")] == [["since"], ["since"]]
    assert "randitis" not in client.get("/account/data.html").text


def test_a_gated_page_that_was_withdrawn_is_named_to_those_alone_who_could_see_it(
        client: Client, platform: Platform, gated: tuple[Entry, ...]) -> None:
    doctor = signed_in(client, platform, Role.HCP, kind=AccountKind.HCP, market="gb")
    press(client, "save", GATED)
    withdraw(platform, gated)
    assert "withdrawn" in main(client) and kept(client)[1] == ["Branditis"]
    with platform.database.writing() as session:
        people.revoke(session, session.get_one(Account, doctor.id), Role.HCP, by=BY)
    assert "randitis" not in client.get("/account/kept").text


def test_a_withdrawn_page_stays_in_the_list_without_a_link(
        client: Client, platform: Platform, page: Entry, reader: Account) -> None:
    for do in ("save", "follow"):
        press(client, do)
    withdraw(platform, [page])
    told = main(client)
    assert "This page was withdrawn. Do not rely on a saved or printed copy. March 2, 2026" in told
    assert "No page about it is published at present." in told
    assert OPEN not in client.get("/account/kept").text and kept(client) == (["Sampleitis"], ["Sampleitis"])
    assert client.get(f"/account/keep?page={OPEN}").status_code == 404


def test_a_page_published_anew_says_since_when(
        client: Client, platform: Platform, page: Entry, reader: Account, tmp_path: Path) -> None:
    with platform.database.writing() as session:
        keeping.save(session, reader.id or 0, page, NOW.replace(year=2025))
    assert "Renewed since you saved it, on March 2, 2026" in main(client)


def test_a_topic_leads_to_the_page_that_suits_its_reader(
        client: Client, platform: Platform, tmp_path: Path, reader: Account) -> None:
    for language in ("en", "zh-Hans"):
        builders.write_topic(tmp_path, language=language, markets=("us", "cn"))
    waiting = builders.import_content(platform, tmp_path)
    builders.clear(platform, waiting)
    builders.publish_entries(platform, waiting)
    press(client, "follow", "/zh/diseases/sampleitis")
    links = [BeautifulSoup(client.get(path).text, "html.parser").select_one("main li a")
             for path in ("/account/kept", "/account/kept?language=zh-Hans")]
    assert [(link["href"], link.text) for link in links if link] == [
        ("/en/diseases/sampleitis", "Sampleitis"), ("/zh-us/diseases/sampleitis", "示例病")]


def test_a_list_has_an_end(
        platform: Platform, client: Client, page: Entry, reader: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_KEPT", 0)
    with platform.database.writing() as session, pytest.raises(Conflict, match="full"):
        keeping.save(session, reader.id or 0, page, NOW)
