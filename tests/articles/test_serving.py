"""Who gets a page that is not everybody's: by address, account and day, through no cache, and named nowhere else."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, select
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import NOW
from tests.policy import tables
from webapp.app import OVERVIEWS
from webapp.articles.jobs import expire
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.service import publish
from webapp.core import pages
from webapp.core.errors import Refused
from webapp.core.models import StoredPage
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.people import guards
from webapp.people.models import Grant
from webapp.people.rules import AccountKind, Role

TITLE, BODY, SUMMARY = "Zyxwonderol", "Ask for it by name", "What zyxwonderol is"
COMPANY = "Northwind Fictional Pharma"
GATED, OPEN, CHINESE = "/en-gb/pro/drugs/zyxwonderol", "/en/pro/drugs/zyxwonderol", "/zh-gb/drugs/zyxwonderol"
PROMOTION = {"kind": Kind.DRUG, "slug": "zyxwonderol", "audience": Audience.HCP, "content_class": "promotional",
             "funding": {"kind": "sponsored", "company": COMPANY, "influence": "All of it."}, "text": BODY}
CONDITIONS = ("If-None-Match", "If-Match", "If-Modified-Since", "Range", "If-Range")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return tmp_path / "content"


@pytest.fixture
def shown(platform: Platform, content: Path, client: Client, edge: Edge) -> None:
    """A piece that is open in the US and gated in Britain, in two languages; an open topic that is related to it."""
    builders.write_topic(content, **{**PROMOTION, "markets": ("us", "gb")})
    builders.write_topic(content, **{**PROMOTION, "markets": ("us", "gb"), "audience": Audience.PATIENT,
                                     "language": "zh-Hans", "text": "请记住它的名字"})
    builders.write_topic(content, markets=("us", "gb"))
    neighbour = content / "diseases" / "sampleitis" / "topic.yaml"
    neighbour.write_text(neighbour.read_text().replace("related: []", "related: [drugs/zyxwonderol]"))
    publish_all(platform, content)
    edge.look_again()


def publish_all(platform: Platform, content: Path) -> None:
    builders.published_folder(platform, content, OVERVIEWS)


def browser(edge: Edge, platform: Platform, *roles: Role, market: str = "gb", language: str = "en") -> Client:
    """A new browser in which an account is signed in."""
    with platform.database.writing() as session:
        person = builders.account(session, *roles, market=market, language=language, kind=AccountKind.HCP)
    client = Client(edge)
    builders.sign_in(client, person.email)
    return client


def tells(answer: TestResponse) -> bool:
    """Whether anything of the piece is in the answer: in its text, its headers, or between the lines."""
    whole = f"{answer.text} {answer.headers}".lower()
    return any(secret.lower() in whole for secret in (TITLE, BODY, SUMMARY, COMPANY, "advertisement"))


def names_it(answer: TestResponse) -> bool:
    """Whether an answer names the piece other than by repeating the address that was asked for."""
    return TITLE.lower() in f"{answer.text} {answer.headers}".lower().replace("/drugs/zyxwonderol", "")


# By address and account


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(("market", "roles", "path", "is_shown"), [
    ("gb", (Role.HCP,), GATED, True), ("us", (Role.HCP,), GATED, True), ("eu", (Role.HCP,), GATED, True),
    ("cn", (Role.HCP,), GATED, False), ("fr", (Role.HCP,), GATED, False), ("gb", (), GATED, False),
    ("us", (), GATED, False), ("gb", (Role.READER,), GATED, False), ("gb", (Role.OPERATOR,), GATED, False),
    ("us", (), OPEN, True), ("us", (Role.HCP,), OPEN, True), ("gb", (Role.HCP,), OPEN, True),
    ("gb", (Role.READER,), OPEN, False), ("eu", (), OPEN, False), ("cn", (Role.HCP,), OPEN, False),
    ("fr", (Role.HCP,), OPEN, False)])
def test_an_account_is_judged_by_its_own_market_besides_the_addresses(
        edge: Edge, platform: Platform, market: str, roles: tuple[Role, ...], path: str, is_shown: bool) -> None:
    answer = browser(edge, platform, *roles, market=market).get(path)
    assert (answer.status_code, tells(answer)) == ((200, True) if is_shown else (403, False))
    assert answer.headers["Cache-Control"] == "private, no-store" and "ETag" not in answer.headers


@pytest.mark.usefixtures("shown")
def test_a_stranger_is_judged_by_the_address(client: Client) -> None:
    assert [(client.get(path).status_code, tells(client.get(path))) for path in (OPEN, GATED, CHINESE)] == [
        (200, True), (403, False), (403, False)]


@pytest.mark.usefixtures("shown")
def test_a_page_for_everybody_asks_no_account(edge: Edge, platform: Platform) -> None:
    answer = browser(edge, platform, market="cn").get("/en/diseases/sampleitis")
    assert answer.status_code == 200 and answer.headers["Cache-Control"].startswith("public")


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(("name", "value"), [("materia", "forged"), ("other", "1"), ("materia", "")])
def test_a_forged_cookie_makes_nobody_an_account(client: Client, name: str, value: str) -> None:
    client.set_cookie(name, value)
    answers = [client.get(path) for path in (OPEN, GATED)]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"private, no-store"}


@pytest.mark.usefixtures("shown")
def test_verification_that_ends_closes_the_next_request(edge: Edge, platform: Platform) -> None:
    doctor = browser(edge, platform, Role.HCP)
    before = doctor.get(GATED).status_code
    with platform.database.writing() as session:
        session.execute(delete(Grant).where(Grant.role == Role.HCP))  # type: ignore[arg-type]
    assert (before, doctor.get(GATED).status_code) == (200, 403)


@pytest.mark.parametrize(("roles", "is_signed_in", "status"), [((), False, 403), ((), True, 200),
                                                                ((Role.HCP,), True, 200)])
def test_accredited_pages_open_to_whoever_signs_in(client: Client, edge: Edge, platform: Platform, content: Path,
                                                   roles: tuple[Role, ...], is_signed_in: bool, status: int) -> None:
    builders.write_topic(content, content_class="cme", audience=Audience.HCP, markets=("us",))
    publish_all(platform, content)
    reader = browser(edge, platform, *roles, market="us") if is_signed_in else client
    answer = reader.get("/en/pro/diseases/sampleitis")
    assert (answer.status_code, "It heals" in answer.text) == (status, status == 200)
    assert "Sign in to read this page" in answer.text or status == 200


# Through no cache


def validators(platform: Platform, path: str) -> dict[str, list[str]]:
    """Every condition that somebody who has, or guesses, the page's tag may put on a request."""
    with platform.database.reading() as session:
        page = pages.find(session, path)
    assert page is not None
    tags = [f'"{page.etag}"', f'W/"{page.etag}"', f'"{page.etag}-gzip"', f'"x", "{page.etag}"', "*"]
    later = "Fri, 01 Jan 2100 00:00:00 GMT"
    return {"If-None-Match": tags, "If-Match": tags, "If-Modified-Since": [later], "If-Range": tags,
            "Range": ["bytes=0-10", "bytes=0-"]}


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_after_an_allowed_reader_got_a_page_nobody_else_does_whatever_they_ask(
        client: Client, edge: Edge, platform: Platform, condition: str, method: str) -> None:
    doctor = browser(edge, platform, Role.HCP)
    others = {"a stranger": client, "a doctor of another market": browser(edge, platform, Role.HCP, market="cn"),
              "an unverified account": browser(edge, platform, Role.READER)}
    for value in validators(platform, GATED)[condition]:
        for headers in ({condition: value}, {condition: value, "Accept-Encoding": "gzip"}):
            allowed = doctor.open(GATED, method=method, headers=headers)
            assert allowed.status_code == 200, (headers, "what may not be kept is never said to be unchanged")
            assert tells(allowed) is (method == "GET")
            for who, other in others.items():
                answer = other.open(GATED, method=method, headers=headers)
                assert (answer.status_code, tells(answer)) == (403, False), (who, headers)
                assert answer.headers["Cache-Control"] == "private, no-store"
                assert not {"ETag", "Last-Modified", "Content-Range"} & {*answer.headers.keys()}


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("condition", CONDITIONS)
def test_who_had_an_open_page_as_a_stranger_is_asked_anew_once_signed_in(
        client: Client, edge: Edge, platform: Platform, condition: str) -> None:
    first = client.get(OPEN)
    assert {part.strip() for part in first.headers["Vary"].split(",")} == {"Accept-Encoding", "Cookie"}
    reader = browser(edge, platform, market="cn")
    for value in [first.headers["ETag"], *validators(platform, OPEN)[condition]]:
        for accepted in ("", "gzip"):
            answer = reader.get(OPEN, headers={condition: value, "Accept-Encoding": accepted})
            assert (answer.status_code, tells(answer)) == (403, False), value


@pytest.mark.usefixtures("shown")
def test_strangers_still_get_the_open_page_from_memory(client: Client) -> None:
    tag = client.get(OPEN).headers["ETag"]
    answer = client.get(OPEN, headers={"If-None-Match": tag})
    assert answer.status_code == 304 and answer.headers["Cache-Control"].startswith("public")


def test_a_page_that_becomes_gated_is_no_longer_known_to_who_had_it(
        client: Client, edge: Edge, platform: Platform, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.write_topic(content, markets=("us",))
    publish_all(platform, content)
    path = "/en/diseases/sampleitis"
    tag = client.get(path).headers["ETag"]
    tables.put(monkeypatch, tables.row(
        NOW.date(), classes=("disease-education",), fundings=("independent",), verdict="gate", opens="sign-in"))
    assert expire(platform, OVERVIEWS, NOW) == 1
    edge.look_again()
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 410
    with platform.database.reading() as session:
        waiting = publish.queries.waiting(session)
    assert builders.publish_entries(platform, waiting, OVERVIEWS)[0].access == "gated"
    edge.look_again()
    for condition, values in validators(platform, path).items():
        for value in [tag, *values]:
            answer = client.get(path, headers={condition: value})
            assert (answer.status_code, "It heals" in answer.text) == (403, False)


# By day


@pytest.mark.usefixtures("shown")
def test_a_row_of_tomorrow_closes_the_page_tomorrow(edge: Edge, platform: Platform,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = NOW.date() + timedelta(days=1)
    tables.put(monkeypatch, tables.row(tomorrow, markets=("gb",), audiences=("hcp",)))
    for moment, is_shown in ((NOW.replace(hour=23, minute=59), True),
                             (NOW.replace(hour=0, minute=0) + timedelta(days=1), False)):
        with time_machine.travel(moment, tick=False):
            answer = browser(edge, platform, Role.HCP).get(GATED)
        assert (answer.status_code == 200, tells(answer)) == (is_shown, is_shown), moment


@pytest.mark.usefixtures("shown")
def test_a_row_of_tomorrow_takes_pages_down_tomorrow(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = NOW + timedelta(days=1)
    tables.put(monkeypatch, tables.row(tomorrow.date()))
    assert expire(platform, (), NOW) is None
    assert expire(platform, (), tomorrow) == 2, "the American page in both languages"
    with platform.database.reading() as session:
        found = [pages.find(session, path) for path in (OPEN, GATED)]
    assert [page and page.access for page in found] == ["gone", "gated"]


def test_a_page_without_a_sentence_that_is_asked_of_it_now_is_taken_down_until_it_is_signed_with_it(
        platform: Platform, content: Path, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.write_topic(content, funding={"kind": "grant-supported", "company": COMPANY, "influence": "None."})
    waiting = builders.import_content(platform, content)
    builders.clear(platform, waiting)
    tomorrow = NOW + timedelta(days=1)
    tables.put(monkeypatch, tables.row(
        tomorrow.date(), classes=("disease-education",), fundings=("grant-supported",), verdict="allow", why="",
        texts=("grant-statement", "important-safety-information")))
    builders.publish_entries(platform, waiting)
    assert expire(platform, (), NOW) is None and expire(platform, (), tomorrow) == 1
    with platform.database.reading() as session, pytest.raises(Refused, match="does not say what policy asks"):
        publish.plan(platform, session, waiting, overviews=(), now=tomorrow)
    renewed = builders.import_content(platform, content, tomorrow)
    assert renewed[0].digest != waiting[0].digest
    builders.clear(platform, renewed, tomorrow)
    builders.publish_entries(platform, renewed, now=tomorrow)
    assert "Important Safety Information" in client.get("/en/diseases/sampleitis").text


# Named nowhere else


@pytest.mark.usefixtures("shown")
def test_no_page_that_is_open_to_strangers_names_what_is_gated(
        app: Flask, client: Client, platform: Platform) -> None:
    """Every stored page, and every public route under the gated address and others that do not exist."""
    with platform.database.reading() as session:
        stored = {page.path: page.access for page in session.scalars(select(StoredPage))}
    paths = set(stored) | {path.swapcase() for path in stored} | {f"{path}/" for path in stored}
    filling = {"code": "a" * 26, "heard_key": "a" * 16, "token": "forged", "key": "a" * 16, "sha256": "0" * 64,
               "ending": "png", "head": "en-gb", "rest": "pro/drugs/zyxwonderol", "name": "cioms.pdf"}
    for rule in app.url_map.iter_rules():
        if guards.declaration(app, rule.endpoint) is None:
            paths.add(app.url_map.bind("localhost").build(rule.endpoint, {
                name: filling[name] for name in rule.arguments}, method=sorted(rule.methods or {"GET"})[0]))
    paths |= {"/sitemap.xml", "/robots.txt", "/feed.xml", "/search?q=zyx", "/api/pages", "/en-gb/search?q=zyx",
              "/en-gb/pro/drugs/", "/en-gb/pro/drugs/zyxwonderol.json", "/en-gb/drugs/zyxwonderol"}
    assert len(paths) > 100
    theirs = (OPEN, "/zh-us/drugs/zyxwonderol")
    assert {path for path in paths if path.rstrip("/") not in theirs and names_it(client.get(path))} == set()
    assert TITLE in client.get(OPEN).text, "the name is found where it is"


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(("roles", "market"), [((), "gb"), ((Role.READER,), "gb"), ((Role.HCP,), "cn")])
def test_nor_is_it_named_to_accounts_that_may_not_see_it(
        edge: Edge, platform: Platform, roles: tuple[Role, ...], market: str) -> None:
    reader = browser(edge, platform, *roles, market=market)
    with platform.database.reading() as session:
        paths = list(session.scalars(select(StoredPage.path)))
    assert {path for path in paths if TITLE.lower() in reader.get(path).text.lower()} == set()


# The gate


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(("path", "title", "why", "how"), [
    (GATED, "For verified health professionals", "health professionals only", "Have your profession verified"),
    (CHINESE, "仅限经过核实的医药专业人士", "只能向医药专业人士展示", "申请核实专业身份")])
def test_the_gate_says_why_and_how_to_verify_in_the_addresses_language(
        client: Client, path: str, title: str, why: str, how: str) -> None:
    answer = client.get(path, headers={"Accept-Language": "fr"})
    assert answer.status_code == 403
    assert f"<h1>{title}</h1>" in answer.text and why in answer.text
    assert f'<a class="button" href="/account/verification">{how}</a>' in answer.text
    assert 'href="/sign-in"' in answer.text and '<meta name="robots" content="noindex">' in answer.text
    assert "drugs/zyxwonderol" not in answer.text.lower() and not tells(answer)


@pytest.mark.usefixtures("shown")
def test_the_gate_tells_an_account_that_it_is_not_verified(edge: Edge, platform: Platform) -> None:
    answer = browser(edge, platform, Role.READER).get(GATED)
    assert "Your account is not verified" in answer.text and 'href="/account/verification"' in answer.text


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(("path", "said"), [(GATED, "not even to health professionals"),
                                            (CHINESE, "对医药专业人士也不例外")])
def test_whom_verification_would_not_help_is_not_sent_there(edge: Edge, platform: Platform, path: str,
                                                            said: str) -> None:
    answer = browser(edge, platform, Role.HCP, market="cn").get(path)
    main = answer.text[answer.text.index("<main"):]
    assert said in main and "/account/verification" not in main and not tells(answer)


@pytest.mark.usefixtures("shown")
def test_two_gates_of_one_kind_are_the_same_to_the_byte(client: Client, platform: Platform, content: Path) -> None:
    """Whatever stands behind it: so nothing of the page is in it."""
    builders.write_topic(content, **{**PROMOTION, "slug": "other", "markets": ("gb",), "text": "Quite another"})
    publish_all(platform, content)
    one, other = client.get(GATED), client.get("/en-gb/pro/drugs/other")
    assert other.status_code == 403 and one.data == other.data


@pytest.mark.usefixtures("shown")
def test_a_gate_without_a_published_document_stays_closed(client: Client, platform: Platform) -> None:
    row = pages.pack(pages.Page("/en/pro/drugs/ghost", f"<p>{BODY}</p>", "article", "en", access="gated"), NOW)
    with platform.database.writing() as session:
        pages.store(session, [row])
    answer = client.get("/en/pro/drugs/ghost")
    assert (answer.status_code, tells(answer)) == (403, False) and "not shown in your country" in answer.text


@pytest.mark.usefixtures("shown")
def test_a_closed_gate_is_logged_without_the_person_or_the_page(
        edge: Edge, platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    reader = browser(edge, platform, Role.READER)
    caplog.clear()
    reader.get(GATED)
    lines = [record.getMessage() for record in caplog.records if record.name == "materia.security"]
    assert lines == ["gate kept closed on articles.stored"]
    assert not re.search(r"zyx|@", " ".join(lines))
