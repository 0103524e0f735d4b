"""Around every request: one commit point, errors as pages in the reader's language, no form from elsewhere."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask, g
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from webapp import web
from webapp.core.db import Database
from webapp.core.errors import Busy, Conflict, Invalid, MateriaError, NotFound, Refused
from webapp.core.platform import Platform
from webapp.people.guards import public
from webapp.sponsors.models import Company

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}
ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}
HERE = {"Origin": BASE_URL}
FAILED = ("Something failed on our side", "我们这边出了故障")
UNDONE = ("This could not be done", "没有办成")
HEADINGS = {403: ("This page is not open to you", "您不能查看这个页面"),
            404: ("This page is not here", "找不到这个页面"), 409: UNDONE, 422: UNDONE, 500: FAILED, 503: FAILED}


@pytest.fixture
def raising(app: Flask, client: Client) -> Callable[[Exception], None]:
    """Makes `/fail` and `/write` raise; `/write` has written a row by then."""
    ways: dict[str, Exception | None] = {"error": None}

    @app.route("/fail")
    @public
    def fail() -> str:
        if ways["error"] is not None:
            raise ways["error"]
        return "fine"

    @app.route("/write", methods=["POST"])
    @public
    def write() -> str:
        g.db.add(Company(key="k" * 16, name="Written (fictional)", is_fictional=True))
        g.db.flush()
        if ways["error"] is not None:
            raise ways["error"]
        return "written"

    def choose(error: Exception) -> None:
        ways["error"] = error
    return choose


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser before Flask itself, so that a test's own routes are there."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return Client(app.wsgi_app)


def heading(html: str) -> str:
    found = BeautifulSoup(html, "html.parser").h1
    assert found is not None
    return found.text


def written(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Company)) or 0


OURS = [(NotFound, 404), (Refused, 403), (Invalid, 422), (Conflict, 409), (Busy, 503), (MateriaError, 500)]
FOREIGN = [(RuntimeError("boom"), 500), (ZeroDivisionError(), 500), (PoolTimeout(), 503),
           (OperationalError("SELECT 1", {}, Exception("disk I/O error")), 503),
           (DatabaseError("SELECT 1", {}, Exception("disk image is malformed")), 503),
           (IntegrityError("SELECT 1", {}, Exception("disk")), 500),
           (ProgrammingError("SELECT 1", {}, Exception("disk")), 500)]


@pytest.mark.parametrize(("kind", "status"), OURS)
def test_an_error_of_ours_has_its_status_and_its_words(
        client: Client, raising: Callable[[Exception], None], kind: type[MateriaError], status: int) -> None:
    raising(kind("The campaign <b>Ä</b> is gone. Choose another."))
    answer = client.get("/fail", base_url=BASE_URL, headers=ENGLISH)

    assert answer.status_code == status and heading(answer.text) == HEADINGS[status][0]
    assert "&lt;b&gt;Ä&lt;/b&gt; is gone. Choose another." in answer.text


@pytest.mark.parametrize(("error", "status"), FOREIGN, ids=lambda value: type(value).__name__)
def test_any_other_error_tells_nothing_of_itself(
        client: Client, raising: Callable[[Exception], None], error: Exception, status: int) -> None:
    raising(error)
    answer = client.get("/fail", base_url=BASE_URL, headers=ENGLISH)

    assert answer.status_code == status and heading(answer.text) == HEADINGS[status][0]
    for word in ("boom", "Traceback", "SELECT", "disk"):
        assert word not in answer.text


@pytest.mark.parametrize("status", [403, 404, 409, 422, 500, 503])
def test_error_pages_speak_chinese(client: Client, raising: Callable[[Exception], None], status: int) -> None:
    raising(next(kind for kind, number in OURS if number == status)(""))
    answer = client.get("/fail", base_url=BASE_URL, headers=CHINESE)
    page = BeautifulSoup(answer.text, "html.parser")

    assert page.html is not None and page.html["lang"] == "zh-Hans"
    assert heading(answer.text) == HEADINGS[status][1]
    assert "Error" not in page.text and "start page" not in page.text


@pytest.mark.parametrize(("error", "status"), [*((kind("No."), number) for kind, number in OURS), *FOREIGN])
def test_what_an_error_cut_off_is_not_written(
        client: Client, database: Database, raising: Callable[[Exception], None], error: Exception,
        status: int) -> None:
    raising(error)

    assert client.post("/write", base_url=BASE_URL, headers=HERE).status_code == status
    assert written(database) == 0


@pytest.mark.usefixtures("raising")
def test_what_succeeds_is_written(client: Client, database: Database) -> None:
    assert client.post("/write", base_url=BASE_URL, headers=HERE).status_code == 200
    assert written(database) == 1


@pytest.mark.usefixtures("raising")
def test_a_commit_that_fails_is_told_and_leaves_nothing(
        client: Client, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    monkeypatch.setattr("sqlmodel.Session.commit", full)
    answer = client.post("/write", base_url=BASE_URL, headers=HERE)
    monkeypatch.undo()

    assert answer.status_code == 503 and "was not saved" in answer.text
    assert written(database) == 0


@pytest.mark.usefixtures("raising")
@pytest.mark.parametrize("headers", [
    {"Origin": "http://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Origin": f"{BASE_URL}.evil.test"}, {"Origin": "evil.test"},
    {"Origin": BASE_URL, "Sec-Fetch-Site": "cross-site"}, {"Origin": f"{BASE_URL}:81"}])
def test_a_form_from_another_site_changes_nothing(
        client: Client, database: Database, headers: dict[str, str]) -> None:
    answer = client.post("/write", base_url=BASE_URL, headers=headers)

    assert answer.status_code == 403 and written(database) == 0


@pytest.mark.usefixtures("raising")
@pytest.mark.parametrize("headers", [{}, HERE, {**HERE, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
def test_a_form_of_ours_goes_through(client: Client, database: Database, headers: dict[str, str]) -> None:
    assert client.post("/write", base_url=BASE_URL, headers=headers).status_code == 200


@pytest.mark.usefixtures("raising")
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_huge_form_is_refused(client: Client, kind: str) -> None:
    body = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"a" * (web.FORM_LIMIT + 1) + b"\r\n--x--\r\n"
    answer = client.post("/sign-in", base_url=BASE_URL, headers=HERE, data=body, content_type=kind)

    assert answer.status_code == 413 and heading(answer.text) and "At most 2 MB are taken" in answer.text


def test_health_is_what_a_query_says_and_not_a_connection_that_was_kept(client: Client, database: Database) -> None:
    before = client.get("/health", base_url=BASE_URL).status_code
    Path(database.url.database or "").write_bytes(b"no database " * 4096)

    assert (before, client.get("/health", base_url=BASE_URL).status_code) == (200, 503)


def test_a_get_never_writes(client: Client, app: Flask, database: Database) -> None:
    @app.route("/sneak")
    @public
    def sneak() -> str:
        g.db.add(Company(key="k" * 16, name="Sneaked in (fictional)", is_fictional=True))
        g.db.flush()
        return "written"

    assert client.get("/sneak", base_url=BASE_URL).status_code == 503
    assert written(database) == 0


def test_a_missing_page_offers_the_other_language_where_it_is_there(
        client: Client, platform: Platform, tmp_path: Path) -> None:
    builders.published_document(platform, tmp_path, language="zh-Hans", markets=("cn", "us"), text="它会自己好")
    answer = client.get("/en/diseases/sampleitis", base_url=BASE_URL)
    link = BeautifulSoup(answer.text, "html.parser").select_one("main a[hreflang]")

    assert answer.status_code == 404 and link is not None
    assert (link["href"], link["hreflang"], link.text) == ("/zh-us/diseases/sampleitis", "zh-Hans", "阅读中文版")


def test_the_offer_leads_home_where_the_market_has_no_such_page(
        client: Client, platform: Platform, tmp_path: Path) -> None:
    builders.published_document(platform, tmp_path)
    answer = client.get("/zh-gb/diseases/sampleitis", base_url=BASE_URL)
    link = BeautifulSoup(answer.text, "html.parser").select_one("main a[hreflang]")

    assert link is not None and link["href"] == "/en/diseases/sampleitis"
    assert heading(answer.text) == HEADINGS[404][1]


@pytest.mark.parametrize("path", ["/en/diseases/nowhere", "/nowhere", "/en/pro/diseases/sampleitis", "/en-us/x"])
def test_nothing_is_offered_where_nothing_is(client: Client, platform: Platform, tmp_path: Path, path: str) -> None:
    builders.published_document(platform, tmp_path)
    answer = client.get(path, base_url=BASE_URL)

    assert answer.status_code == 404
    assert not BeautifulSoup(answer.text, "html.parser").select("main a[hreflang]")


@pytest.mark.parametrize(("path", "headers", "tag"), [
    ("/zh/nowhere", ENGLISH, "zh-Hans"), ("/en/nowhere", CHINESE, "en"), ("/zh-gb/nowhere", {}, "zh-Hans"),
    ("/nowhere", CHINESE, "zh-Hans"), ("/nowhere", ENGLISH, "en"), ("/nowhere", {}, "en"),
    ("/nowhere", {"Accept-Language": "fr"}, "en"), ("/nowhere", {"Accept-Language": ";;;=q"}, "en"),
    ("/nowhere?language=zh-Hans", ENGLISH, "zh-Hans"), ("/nowhere?language=xx", CHINESE, "zh-Hans"),
    ("/sign-in", CHINESE, "zh-Hans")])
def test_a_page_speaks_the_language_of_its_address_else_the_chosen_else_the_browsers(
        client: Client, path: str, headers: dict[str, str], tag: str) -> None:
    page = BeautifulSoup(client.get(path, base_url=BASE_URL, headers=headers).text, "html.parser")

    assert page.html is not None and page.html["lang"] == tag


@pytest.mark.parametrize(("headers", "home"), [(CHINESE, "/zh/"), (ENGLISH, "/en/"), ({}, "/en/"),
                                               ({"Accept-Language": "zh-TW"}, "/zh/")])
def test_the_front_door_leads_to_ones_own_language(client: Client, headers: dict[str, str], home: str) -> None:
    answer = client.get("/", base_url=BASE_URL, headers=headers)

    assert (answer.status_code, answer.headers["Location"]) == (302, home)
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize(("header", "language"), [
    ("zh-TW,en;q=0.5", "zh"), ("zh-Hant-TW,en;q=0.5", "zh"), ("zh-MO", "zh"), ("en,zh;q=0.9", "en"), ("fr", "en")])
def test_the_front_door_and_the_pages_behind_it_take_a_reader_for_the_same(
        client: Client, header: str, language: str) -> None:
    headers = {"Accept-Language": header}
    door, page = (client.get(path, base_url=BASE_URL, headers=headers) for path in ("/", "/sign-in"))
    shown = BeautifulSoup(page.text, "html.parser").html

    assert shown is not None and (door.headers["Location"], shown["lang"][:2]) == (f"/{language}/", language)


def test_a_page_without_a_language_in_its_address_offers_the_others_and_keeps_the_query(client: Client) -> None:
    page = BeautifulSoup(client.get("/sign-in?next=/sponsor/", base_url=BASE_URL).text, "html.parser")

    assert [link["href"] for link in page.select(".languages a")] == ["/sign-in?next=%2Fsponsor%2F&language=zh-Hans"]


@pytest.mark.parametrize(("asked", "offered"), [("/a%3Fb%23c", "/a%3Fb%23c"), ("/%E4%B8%AD", "/%E4%B8%AD")])
def test_the_switch_leads_to_the_address_that_was_asked_for(client: Client, asked: str, offered: str) -> None:
    page = BeautifulSoup(client.get(asked, base_url=BASE_URL).text, "html.parser")

    assert [link["href"] for link in page.select(".languages a")] == [f"{offered}?language=zh-Hans"]


def test_a_strangers_choice_of_language_is_kept_nowhere(client: Client) -> None:
    assert "Set-Cookie" not in client.get("/nowhere?language=zh-Hans", base_url=BASE_URL).headers


# Cookies


OLD, NEW = "an old secret of 32 characters or more", "a new secret of 32 characters or more"


def signed(*secrets: str) -> tuple[Flask, SecureCookieSessionInterface]:
    """An application with these secrets, the current one first, and Flask's own way to sign its cookies."""
    app = Flask("signed")
    app.secret_key, app.config["SECRET_KEY_FALLBACKS"] = secrets[0], list(secrets[1:])
    return app, SecureCookieSessionInterface()


def test_cookies_are_signed_as_flask_signs_them() -> None:
    app, flasks = signed(NEW)
    theirs, ours = flasks.get_signing_serializer(app), web.Cookies(app).get_signing_serializer(app)
    for kept in ({"name": "n", "at": datetime(2026, 3, 2, tzinfo=UTC)}, {"name": "名", "shown": 1795722558.5715816},
                 {"name": '{" t":[1]}', "n": None}):
        for _ in range(2):  # the second time from what was kept of the first
            assert theirs.loads(ours.dumps(kept)) == ours.loads(theirs.dumps(kept)) == kept


def opened(app: Flask, cookies: web.Cookies, value: str) -> dict[str, object]:
    with app.test_request_context(headers={"Cookie": f"session={value}"}) as context:
        return dict(cookies.open_session(app, context.request) or {})


def test_a_cookie_that_was_right_opens_nothing_when_its_time_is_over() -> None:
    app, _ = signed(NEW)
    cookies = web.Cookies(app)
    app.permanent_session_lifetime = timedelta(minutes=1)
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as clock:
        value = cookies.get_signing_serializer(app).dumps({"a": 1})
        for seconds, expected in ((0, {"a": 1}), (60, {"a": 1}), (1, {}), (-62, {})):
            clock.shift(seconds)
            assert opened(app, cookies, value) == expected


def test_what_one_request_makes_of_its_session_no_other_finds() -> None:
    app, _ = signed(NEW)
    cookies = web.Cookies(app)
    value = cookies.get_signing_serializer(app).dumps({"list": [1]})
    first = opened(app, cookies, value)
    assert isinstance(first["list"], list)
    first["list"].append(2)
    assert opened(app, cookies, value) == {"list": [1]}
    assert opened(app, cookies, f"{value[:-3]}AAA") == opened(app, cookies, "") == {}


def test_a_cookie_signed_with_the_secret_of_before_opens_and_is_signed_with_the_new_one() -> None:
    before, now_, without = (web.Cookies(app).get_signing_serializer(app) for app, _ in (
        signed(OLD), signed(NEW, OLD), signed(NEW)))
    assert now_.loads(before.dumps({"a": 1})) == without.loads(now_.dumps({"a": 1})) == {"a": 1}
    with pytest.raises(BadSignature):
        without.loads(before.dumps({"a": 1}))


def test_a_changed_cookie_opens_nothing() -> None:
    app, _ = signed(NEW)
    serializer = web.Cookies(app).get_signing_serializer(app)
    value = serializer.dumps({"a": 1})
    for place in (0, len(value) // 2, len(value) - 3):
        with pytest.raises(BadSignature):
            serializer.loads(value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1:])
