"""The search page over HTTP: whatever is typed is answered, shows no more than this reader may see, and is not kept."""

import json
import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.test import Client

from tests import builders, naughty
from tests.articles.publishing import PROMOTIONAL, SPONSORED
from tests.builders import BASE_URL, NOW
from tests.search.asking import said, send, shown
from webapp.app import OVERVIEWS, create_edge
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.config import Settings
from webapp.core.platform import Platform
from webapp.people.rules import AccountKind, Role
from webapp.search.service.sealing import LASTS, opened, sealed

Keep = Callable[[], str | None]
TYPED = (
    "*", "?", "sample*", "title:sampleitis", "+sampleitis -x", "sampleitis AND NOT (", "[a TO z]", '"sampleitis', "~2",
    "sampleitis^9", "/sampl.*/", "<script>alert(1)</script>", "'; DROP TABLE document; --", "{{config}}", "\0", "a\0b",
    "😀", "👩\u200d⚕️ sampleitis", "高" * 10_000, "a" * 10_000, "sampleitis " * 1_000, "\u202eevil", "\ud800", "%",
    "%00", "\n\r\t", "ａｂｃ", "ﷺ" * 50, "0" * 300, "s" * 39, "s" * 41, "-" * 500, "a'b’c", "'" * 50, *naughty.OURS)


@pytest.fixture
def site(platform: Platform, content: Path, client: Client, keep: Keep) -> Client:
    """A disease and a medicine for the US, and one that Britain's doctors alone may read."""
    builders.write_topic(content, text="It heals by quercussage")
    builders.write_topic(content, kind=Kind.DRUG, slug="samplin", content_class="drug-education", markets=("us", "gb"))
    builders.write_topic(content, kind=Kind.DRUG, slug="gatedol", audience=Audience.HCP, markets=("gb",),
                         content_class="drug-education", funding=SPONSORED)
    builders.write_topic(content, **{**PROMOTIONAL, "slug": "brandol"}, markets=("us", "gb"))
    builders.published_folder(platform, content, OVERVIEWS)
    keep()
    return client


# What is answered


def test_whatever_is_typed_is_answered_with_a_page(site: Client) -> None:
    for words in TYPED:
        page = send(site, words.encode("utf-8", "replace").decode())
        assert page.status_code == 200 and "<script>alert" not in page.text, words[:40]
        assert len(page.text) < 60_000 and len(page.request.url) < 2000, words[:40]


def test_who_may_be_in_despair_is_shown_no_page_for_one_word_of_theirs(site: Client) -> None:
    assert shown(send(site, "my joints quercussage"))
    page = send(site, "i want to die quercussage")
    assert not shown(page)
    assert "You are not alone with this" in page.text
    assert "No page found" not in page.text and "Check the spelling" not in page.text


def test_an_address_that_is_none_of_ours_is_answered_with_the_box(site: Client) -> None:
    for query in ("s=", "s=x", "s=%00", "s=" + "A" * 5000, "s=AQ", "s=%F0%9F%98%80", "s=..%2F..", "x=1"):
        answer = site.get(f"/en/search?{query}", base_url=BASE_URL)
        assert answer.status_code == 200 and shown(answer) == [] and 'name="q"' in answer.text, query


def test_nothing_typed_leads_to_the_box(site: Client) -> None:
    answer = site.post("/en/search", base_url=BASE_URL, headers={"Origin": BASE_URL}, data={"q": "  "})
    assert (answer.status_code, answer.location) == (303, "/en/search")


def test_a_query_goes_no_further_than_its_first_signs_and_says_so(site: Client) -> None:
    assert "Only the beginning" in said(send(site, "sampleitis " * 100))
    assert "Only the beginning" not in said(send(site, "sampleitis"))


def test_what_is_found_shows_title_kind_and_the_words_marked(site: Client) -> None:
    answer = send(site, "quercussage")
    page = BeautifulSoup(answer.text, "html.parser")
    assert shown(answer) == ["Sampleitis"] and page.select_one("title").get_text() == "1 page found · Materia"  # type: ignore[union-attr]
    assert [mark.get_text() for mark in page.select(".found mark")][:1] == ["quercussage"]
    assert page.select_one(".found a")["href"] == "/en/diseases/sampleitis"  # type: ignore[index]
    assert "Disease" in said(answer) and "For patients, United States" in said(answer)
    assert page.select_one("[role=search] input")["value"] == "quercussage"  # type: ignore[index]


def test_what_is_typed_is_shown_again_as_text(site: Client) -> None:
    answer = send(site, '"><script>alert(1)</script>')
    assert "<script>alert" not in answer.text and "&lt;script&gt;" in answer.text


def test_no_page_found_leads_on_to_lists_and_to_the_other_language_with_the_query(site: Client,
                                                                                    platform: Platform) -> None:
    answer = send(site, "xyzzyqq")
    ways = [str(link["href"]) for link in BeautifulSoup(answer.text, "html.parser").select(".ways-on a")]
    assert ways[:2] == ["/en/diseases/", "/en/drugs/"] and ways[2].startswith("/zh-us/search?s=")
    assert opened(platform.ring, ways[2].partition("s=")[2], datetime.now(NOW.tzinfo)) == "xyzzyqq"


def test_a_name_nearly_right_is_offered(site: Client) -> None:
    assert "Did you mean: Sampleitis" in said(send(site, "semplaitis"))


def test_another_sites_form_is_refused(site: Client) -> None:
    assert site.post("/en/search", base_url=BASE_URL, data={"q": "a"},
                     headers={"Origin": "https://evil.example"}).status_code == 403


# Who sees what


@pytest.mark.parametrize("path", ["/en/search", "/en/pro/search", "/en-gb/search", "/en-gb/pro/search",
                                  "/en-eu/pro/search"])
def test_an_hcp_only_page_is_never_shown_to_a_stranger_title_included(site: Client, path: str) -> None:
    for words in ("gatedol", "Gatedol", "gatedo", "getadol", "brandol", "fictional", "what gatedol is"):
        page = BeautifulSoup(send(site, words, path).text, "html.parser")
        for box in page.select("input"):
            box.decompose()
        assert "gatedol" not in str(page).lower() and "brandol" not in str(page).lower(), words


def sign_in(client: Client, platform: Platform, *roles: Role, kind: AccountKind, market: str) -> None:
    with platform.database.writing() as session:
        person = builders.account(session, *roles, kind=kind, market=market)
    builders.sign_in(client, person.email)


def test_a_verified_doctor_finds_what_the_gate_lets_through_and_no_promotion(site: Client, platform: Platform) -> None:
    sign_in(site, platform, Role.HCP, kind=AccountKind.HCP, market="gb")
    assert shown(send(site, "gatedol", "/en-gb/pro/search")) == ["Gatedol"]
    assert shown(send(site, "brandol", "/en-gb/pro/search")) == []


@pytest.mark.parametrize(("role", "kind", "market"), [
    (Role.READER, AccountKind.PATIENT, "gb"), (Role.READER, AccountKind.HCP, "gb"), (Role.HCP, AccountKind.HCP, "cn"),
    (Role.WRITER, AccountKind.STAFF, "gb")])
def test_other_accounts_find_nothing_of_it(site: Client, platform: Platform, role: Role, kind: AccountKind,
                                           market: str) -> None:
    sign_in(site, platform, role, kind=kind, market=market)
    assert shown(send(site, "gatedol", "/en-gb/pro/search")) == []


def test_pages_of_another_market_edition_or_language_are_not_found(site: Client) -> None:
    assert shown(send(site, "samplin")) == shown(send(site, "samplin", "/en-gb/search")) == ["Samplin"]
    for path in ("/en/pro/search", "/en-eu/search", "/zh/search", "/zh-us/search"):
        assert shown(send(site, "samplin", path)) == [], path
    assert shown(send(site, "sampleitis", "/en-gb/search")) == []


# What is kept of a query


def test_a_search_is_stored_nowhere_and_written_to_no_log(site: Client, platform: Platform, settings: Settings,
                                                          caplog: pytest.LogCaptureFixture) -> None:
    word = "zyzzogeton"
    with caplog.at_level(logging.DEBUG):
        answer = send(site, f"{word} rash after samplin")
        site.get("/en/diseases/sampleitis", base_url=BASE_URL)
    assert word in answer.text and word not in caplog.text
    assert all(word not in str(record.__dict__) for record in caplog.records)
    platform.writer.close()
    with sqlite3.connect(str(platform.database.url.database)) as file:
        assert word not in "\n".join(file.iterdump())
    kept = [path for path in settings.data_dir.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]
    assert kept == [] and "Set-Cookie" not in answer.headers


def test_a_session_of_an_account_keeps_nothing_of_it_either(site: Client, platform: Platform, app: Flask) -> None:
    sign_in(site, platform, Role.READER, kind=AccountKind.PATIENT, market="us")
    send(site, "zyzzogeton")
    cookie = site.get_cookie("materia")
    assert cookie is not None
    held = app.session_interface.get_signing_serializer(app).loads(cookie.value)  # type: ignore[attr-defined]
    assert "zyzzogeton" not in json.dumps(held, default=str)


def test_the_words_stand_in_no_address_and_no_cache_and_the_next_page_is_told_none(site: Client) -> None:
    answer = site.post("/en/search", base_url=BASE_URL, data={"q": "sampleitis"}, headers={"Origin": BASE_URL})
    by_hand = site.get("/en/search?q=sampleitis", base_url=BASE_URL)
    page = site.get(answer.location, base_url=BASE_URL)
    for one in (answer, by_hand, page):
        assert one.headers["Cache-Control"] == "private, no-store" and "ETag" not in one.headers
        assert one.headers["Referrer-Policy"] == "strict-origin"
    assert by_hand.status_code == 303
    assert "sampleitis" not in answer.location + by_hand.location + answer.text
    assert "q=" not in page.text and "sampleitis" not in page.text.partition("<title>")[2].partition("</title>")[0]
    assert shown(page) == ["Sampleitis"] == shown(site.get(answer.location, base_url=BASE_URL)), "going back shows it"


def test_the_page_counts_no_reading(site: Client) -> None:
    assert "beacon" not in send(site, "sampleitis").text


def test_an_address_forgets_its_words_after_two_hours(site: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        location = site.post("/en/search", base_url=BASE_URL, data={"q": "sampleitis"}).location
    with time_machine.travel(NOW + LASTS, tick=False):
        assert shown(site.get(location, base_url=BASE_URL)) == ["Sampleitis"]
    with time_machine.travel(NOW + LASTS + timedelta(seconds=2), tick=False):
        answer = site.get(location, base_url=BASE_URL)
    assert "no longer holds your words" in said(answer) and "sampleitis" not in answer.text.lower()


def test_two_addresses_of_one_query_are_not_alike(platform: Platform) -> None:
    one, other = (sealed(platform.ring, "gout", NOW) for _ in range(2))
    assert one != other and opened(platform.ring, one, NOW) == opened(platform.ring, other, NOW) == "gout"
    assert opened(platform.ring, one[:-2] + ("AA" if one[-2:] != "AA" else "BB"), NOW) is None


# Beyond pages


def test_a_medicine_and_a_reaction_show_the_form_where_somebody_takes_reports(site: Client, platform: Platform) -> None:
    with platform.database.writing() as session:
        builders.desk(session, product="samplin")
    answer = send(site, "samplin rash")
    assert "/side-effect?language=en&amp;market=us&amp;medicine=samplin" in answer.text
    assert "medwatch" not in said(answer).lower()
    assert "Report a side effect of Samplin" in said(answer)


@pytest.mark.parametrize(("words", "path", "authority"), [
    ("samplin rash", "/en/search", "MedWatch"), ("samplin rash", "/en-gb/search", "Yellow Card"),
    ("示例病 皮疹", "/zh/search", "国家药品不良反应监测中心"),
    ("阿司匹林 胃出血", "/zh/search", "国家药品不良反应监测中心"),
    ("aspirin stomach bleeding", "/en/search", "MedWatch")])
def test_elsewhere_they_show_the_authority(site: Client, words: str, path: str, authority: str) -> None:
    answer = send(site, words, path)
    assert authority in said(answer)
    assert "medicine=samplin" not in answer.text


@pytest.mark.parametrize("words", ["samplin", "rash", "samplin no rash", "sampleitis", "samplin high blood pressure"])
def test_one_without_the_other_shows_neither(site: Client, words: str) -> None:
    assert 'id="aid-way"' not in send(site, words).text


@pytest.mark.parametrize(("path", "words", "told"), [
    ("/en/search", "chest pain", "Call 911 (United States)"),
    ("/en-gb/search", "chest pain", "Call 999 (United Kingdom)"),
    ("/zh/search", "胸痛", "120"), ("/en/search", "want to die", "988"), ("/zh/search", "不想活了", "12356")])
def test_words_of_emergency_show_whom_to_call(site: Client, path: str, words: str, told: str) -> None:
    answer = send(site, words, path)
    assert 'id="aid-urgent"' in answer.text and told in said(answer)


def test_other_words_show_no_red(site: Client) -> None:
    assert "aid-urgent" not in send(site, "sampleitis").text


@pytest.mark.parametrize("words", ["", "sampleitis", "chest pain"])
@pytest.mark.parametrize(("path", "number"), [
    ("/en/search", "911"), ("/en-gb/search", "999"), ("/zh/search", "120"), ("/en-gb/pro/search", "999")])
def test_the_footer_names_the_emergency_number(site: Client, path: str, number: str, words: str) -> None:
    answer = send(site, words, path) if words else site.get(path, base_url=BASE_URL)
    footer = BeautifulSoup(answer.text, "html.parser").select_one("footer")
    assert footer is not None
    links = [(link["href"], link.get_text()) for link in footer.select("a[href^=tel]")]
    assert links == [(f"tel:{number}", number)]


@pytest.mark.parametrize(("path", "words", "numbers"), [
    ("/en/search", "want to die", ["tel:988", "tel:911"]), ("/zh/search", "不想活了", ["tel:12356", "tel:120"]),
    ("/en-gb/search", "want to die", ["tel:116123", "tel:111", "tel:999"])])
def test_every_number_to_call_is_called_by_a_tap(site: Client, path: str, words: str, numbers: list[str]) -> None:
    box = BeautifulSoup(send(site, words, path).text, "html.parser").select_one(".aid-urgent")
    assert box is not None and [link["href"] for link in box.select("a[href^=tel]")] == numbers


# Rooms


def test_every_stored_page_leads_to_the_search_of_its_place_and_edition(site: Client) -> None:
    for path, search in (("/en/", "/en/search"), ("/zh/", "/zh/search"), ("/en/diseases/", "/en/search"),
                         ("/en/pro/", "/en/pro/search"), ("/en-gb/drugs/samplin", "/en-gb/search")):
        page = BeautifulSoup(site.get(path, base_url=BASE_URL).text, "html.parser")
        forms = page.select("form[role=search]")
        assert [(form["action"], form["method"]) for form in forms] == [(search, "post")], path
        assert page.select_one(f"label[for={forms[0].select_one('input')['id']}]") is not None  # type: ignore[index]


@pytest.mark.parametrize("rooms", [("cme",), ("articles", "engagement")])
def test_a_copy_without_the_room_has_no_search(settings: Settings, platform: Platform, rooms: tuple[str, ...]) -> None:
    closed = settings.model_copy(update={"rooms": rooms})
    object.__setattr__(platform, "rooms", frozenset(rooms))
    client = Client(create_edge(closed, platform))
    assert client.get("/en/search", base_url=BASE_URL).status_code == 404
    assert "/search" not in client.get("/sign-in", base_url=BASE_URL).text
