"""The edge: stored bytes exactly, to whoever may have them, whatever is asked and however."""

import gzip
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from werkzeug.test import Client, EnvironBuilder

from tests.builders import BASE_URL
from tests.waiting import until
from webapp import web
from webapp.app import create_edge
from webapp.config import Settings
from webapp.core import pages
from webapp.core.db import Database
from webapp.core.pages import Page
from webapp.core.platform import Platform
from webapp.edge import Edge, is_known, takes_gzip

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PATH = "/en/diseases/sampleitis"
HTML = "<!doctype html><title>Sampleitis</title>" + "<p>It heals by itself.</p>" * 40
OTHER = HTML.replace("heals", "passes")


def store(database: Database, html: str = HTML, path: str = PATH, access: str = "open", language: str = "en",
          is_noindex: bool = False) -> None:
    row = pages.pack(Page(path, html, "article", language, access=access, is_noindex=is_noindex), NOW)
    with database.writing() as session:
        pages.store(session, [row])


@pytest.fixture
def stored(database: Database, client: Client) -> Client:
    """A browser before a site with one page."""
    store(database)
    return client


def stylesheet(platform: Platform) -> str:
    return platform.renderer.static.url("css/base.css")


# Bytes


def test_a_stored_page_comes_byte_by_byte(stored: Client) -> None:
    answer = stored.get(PATH)

    assert (answer.status_code, answer.data) == (200, HTML.encode())
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Length"] == str(len(HTML.encode()))


def test_who_takes_gzip_gets_the_packed_bytes(stored: Client) -> None:
    answer = stored.get(PATH, headers={"Accept-Encoding": "br, gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == HTML.encode()
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(("accepted", "is_taken"), [
    ("gzip", True), ("GZIP", True), ("br;q=1, gzip;q=0.5", True), ("*", True), ("gzip; q=1.0", True),
    ("", False), ("br", False), ("gzip;q=0", False), ("gzip; q=0.000", False), ("*;q=0", False), ("xgzip", False),
    ("*, gzip;q=0", False)])
def test_gzip_is_sent_to_whom_it_is_welcome(accepted: str, is_taken: bool) -> None:
    assert takes_gzip(accepted) is is_taken


def test_head_has_the_headers_of_get_and_no_body(stored: Client) -> None:
    head, get = stored.head(PATH), stored.get(PATH)

    assert head.data == b"" and head.status_code == 200
    assert dict(head.headers) == dict(get.headers)


def test_query_strings_change_nothing(stored: Client) -> None:
    assert stored.get(f"{PATH}?utm_source=x&language=zh-Hans&%00").data == HTML.encode()


def test_caches_ask_again_each_time(stored: Client) -> None:
    assert stored.get(PATH).headers["Cache-Control"] == "public, max-age=0, s-maxage=1, must-revalidate"


def test_the_language_stands_in_a_header(stored: Client, database: Database) -> None:
    store(database, path="/zh/diseases/sampleitis", language="zh-Hans")

    assert stored.get(PATH).headers["Content-Language"] == "en"
    assert stored.get("/zh/diseases/sampleitis").headers["Content-Language"] == "zh-Hans"


@pytest.mark.parametrize("is_noindex", [True, False])
def test_a_sample_tells_search_engines_to_stay_away(database: Database, client: Client, is_noindex: bool) -> None:
    store(database, is_noindex=is_noindex)

    assert client.get(PATH).headers.get("X-Robots-Tag") == ("noindex" if is_noindex else None)


# Validators


def test_each_form_has_its_own_tag(stored: Client) -> None:
    plain, packed = stored.get(PATH), stored.get(PATH, headers={"Accept-Encoding": "gzip"})

    assert plain.headers["ETag"] != packed.headers["ETag"]


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other", {tag}', '"other" , W/{tag},"third"', "*", " * "])
@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_who_has_the_page_gets_304(stored: Client, form: str, accepted: str) -> None:
    headers = {"Accept-Encoding": accepted}
    tag = stored.get(PATH, headers=headers).headers["ETag"]
    answer = stored.get(PATH, headers={**headers, "If-None-Match": form.format(tag=tag)})

    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == tag and answer.headers["Vary"] == "Accept-Encoding"
    assert "Content-Length" not in answer.headers and "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("asked", ['"x{bare}"', '"{bare}x"', "{bare}", '"other"', '"*"', '"', ",", "W/"])
def test_who_has_something_else_gets_the_page(stored: Client, asked: str) -> None:
    bare = stored.get(PATH).headers["ETag"].strip('"')

    assert stored.get(PATH, headers={"If-None-Match": asked.format(bare=bare)}).status_code == 200


def test_a_changed_page_has_another_tag(stored: Client, database: Database, edge: Edge) -> None:
    tag = stored.get(PATH).headers["ETag"]
    store(database, OTHER)
    edge.look_again()

    answer = stored.get(PATH, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data) == (200, OTHER.encode())


def test_tags_are_compared_weakly() -> None:
    assert is_known("abc", 'W/"abc"') and is_known("abc", '"abc-gzip"') and not is_known("abc", '"abcd"')


# What is refused


@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "localhost:81", "", "localhost@evil.test"])
def test_another_host_is_refused(stored: Client, host: str) -> None:
    for path in (PATH, "/sign-in", "/static/x.css"):
        assert stored.get(path, environ_overrides={"HTTP_HOST": host}).status_code == 400


def test_a_forwarded_host_changes_nothing(stored: Client) -> None:
    answer = stored.get(PATH, headers={"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https"})

    assert answer.status_code == 200 and "evil.test" not in str(answer.headers)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "PATCH", "DELETE", "PROPFIND", "GETT", "get"])
@pytest.mark.parametrize("path", [PATH, "/sign-in", "/nowhere"])
def test_other_methods_are_refused_with_those_there_are(edge: Edge, path: str, method: str) -> None:
    status, headers, _ = ask(edge, path, REQUEST_METHOD=method)

    assert status == "405 Method Not Allowed"
    assert headers["Allow"] == "GET, HEAD, POST, OPTIONS"


def test_a_method_override_is_no_way_round(stored: Client) -> None:
    answer = stored.get(PATH, headers={"X-HTTP-Method-Override": "DELETE"})

    assert (answer.status_code, answer.data) == (200, HTML.encode())


def test_nothing_is_posted_to_a_page(stored: Client) -> None:
    assert stored.post(PATH, headers={"Origin": BASE_URL}).status_code == 405


TRICKS = ["/en//diseases/sampleitis", "//en/diseases/sampleitis", "//evil.test/", "/en/../../etc/passwd",
          "/en/diseases/..\\..\\x", "/static/../webapp/config.py", "/static//css/base.css", "/en/diseases/a\0b",
          "/\0", "/en/" + "a" * 100_000, "/en/diseases/\xff\xfe", "/\xed\xa0\x80", "*", "", "/en/diseases/sampleitis/",
          "/media/../x.svg", "/media/" + "0" * 64 + ".svg", "/en/\r\nSet-Cookie: a=b", "/%00", "/zh/%2e%2e/%2e%2e/x",
          "/en/diseases/{{config}}", "/en/' OR 1=1 --", "/e", "/sponsor/campaigns/\0.csv", "/u/\0", "/c/\xff"]


@pytest.mark.postgresql
@pytest.mark.parametrize("path", TRICKS, ids=range(len(TRICKS)))
def test_a_trick_with_a_path_finds_nothing_and_breaks_nothing(edge: Edge, database: Database, path: str) -> None:
    store(database)
    status, headers, body = ask(edge, path)

    assert status[0] in "34", status
    assert HTML.encode() not in body and b"root:" not in body
    assert not any("\n" in value or "\r" in value for value in headers.values())


@pytest.mark.postgresql
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("path", ["/u/a\0b", "//sign-in", "/\\evil.test", "/u/" + "a" * 2000],
                         ids=["nul", "slashes", "backslash", "length"])
def test_what_is_no_address_goes_no_further_than_the_edge_whatever_the_method(
        edge: Edge, path: str, method: str) -> None:
    status, headers, body = ask(edge, path, REQUEST_METHOD=method)

    assert (status, body) == ("404 Not Found", b"There is no such page.")
    assert_secure(headers)


@pytest.mark.parametrize("path", ["/%2e%2e/%2e%2e/etc/passwd", "/en/%00", "/%ff%fe", "/en/%c0%ae%c0%ae/"])
def test_a_trick_in_an_encoded_path_finds_nothing(stored: Client, path: str) -> None:
    assert stored.get(path).status_code == 404


def ask(edge: Edge, path: str, **environ: str) -> tuple[str, dict[str, str], bytes]:
    """Asks with a path that no client library would send."""
    made = EnvironBuilder(base_url=BASE_URL).get_environ()
    made.update({"PATH_INFO": path, **environ})
    answered: list[tuple[str, dict[str, str]]] = []
    body = b"".join(edge(made, lambda status, headers, *_: answered.append((status, dict(headers)))))
    return (*answered[0], body)


# Headers


ANSWERS = ("/en/diseases/sampleitis", "/", "/sign-in", "/sponsor/", "/nowhere", "/en/gone", "/en/gated", "/health",
           "/u/x")


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_has_the_security_headers(stored: Client, database: Database, path: str) -> None:
    store(database, "", "/en/gone", access="gone")
    store(database, HTML, "/en/gated", access="gated")

    assert_secure(stored.get(path).headers)


def test_refusals_and_static_files_have_the_security_headers(stored: Client, edge: Edge, platform: Platform) -> None:
    assert_secure(stored.get(stylesheet(platform)).headers)
    assert_secure(stored.get(PATH, environ_overrides={"HTTP_HOST": "evil.test"}).headers)
    assert_secure(stored.post(PATH, headers={"Origin": "http://evil.test"}).headers)
    assert_secure(ask(edge, PATH, REQUEST_METHOD="TRACE")[1])
    assert_secure(ask(edge, "/\0")[1])


def assert_secure(headers: object) -> None:
    found = dict(headers)  # type: ignore[call-overload]
    assert {name: found.get(name) for name in web.HEADERS} == web.HEADERS


def test_strangers_get_no_cookie(stored: Client, database: Database, platform: Platform) -> None:
    store(database, HTML, "/en/gated", access="gated")
    for path in (PATH, "/", "/nowhere", "/en/gated", "/health", "/u/x", stylesheet(platform)):
        assert "Set-Cookie" not in stored.get(path).headers, path


# Access


@pytest.mark.parametrize(("access", "status"), [("gated", 403), ("gone", 410)])
def test_what_is_not_open_is_never_answered_by_the_edge(
        database: Database, client: Client, access: str, status: int) -> None:
    store(database, access=access)
    answer = client.get(PATH)

    assert answer.status_code == status and "heals" not in answer.text and "Sampleitis" not in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("access", ["gated", "gone"])
def test_a_page_that_closes_is_let_go_of(stored: Client, database: Database, edge: Edge, access: str) -> None:
    assert stored.get(PATH).status_code == 200
    store(database, access=access)
    edge.look_again()

    assert stored.get(PATH).status_code in (403, 410)


# Other processes


@pytest.fixture
def watching(edge: Edge) -> Iterator[Edge]:
    edge.look_again()
    edge.watch()
    yield edge
    edge.close()


def test_what_another_process_publishes_is_seen_by_itself(
        watching: Edge, stored: Client, settings: Settings, platform: Platform) -> None:
    assert stored.get(PATH).data == HTML.encode()
    elsewhere = Database(settings.database_url)
    store(elsewhere, OTHER)
    elsewhere.close()

    assert until(lambda: stored.get(PATH).data == OTHER.encode())


def test_what_is_read_while_another_publishes_is_not_held(database: Database, edge: Edge, client: Client) -> None:
    store(database)
    edge.look_again()
    found = pages.find

    def slow(session: object, path: str) -> object:
        row = found(session, path)  # type: ignore[arg-type]
        store(database, OTHER)
        edge.look_again()
        return row

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "find", slow)
        client.get(PATH)

    assert client.get(PATH).data == OTHER.encode()


def test_pages_asked_for_at_once_are_counted_once_each(database: Database, edge: Edge) -> None:
    store(database)
    edge.look_again()
    start = threading.Barrier(8)

    def read() -> None:
        start.wait()
        assert ask(edge, PATH)[0] == "200 OK"
    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert edge._size == sum(held.size for held in edge._pages.values()) > 0


def test_two_edges_answer_alike(stored: Client, settings: Settings, platform: Platform) -> None:
    other = Client(create_edge(settings, platform))

    assert dict(other.get(PATH).headers) == dict(stored.get(PATH).headers)


# A failing database


def test_held_pages_outlive_the_database(database: Database, edge: Edge, client: Client,
                                         caplog: pytest.LogCaptureFixture) -> None:
    store(database)
    edge.look_again()
    assert client.get(PATH).status_code == 200
    with database.writing() as session:
        session.execute(text("DROP TABLE stored_page"))
        session.execute(text("DROP TABLE site_version"))
    edge.watch()

    assert until(lambda: "site version not read" in caplog.text)
    assert client.get(PATH).data == HTML.encode()
    edge.close()


def test_a_page_that_cannot_be_looked_up_is_503_and_never_404(database: Database, client: Client) -> None:
    store(database)
    with database.writing() as session:
        session.execute(text("DROP TABLE stored_page"))
    answer = client.get(PATH)

    assert answer.status_code == 503
    assert_secure(answer.headers)


def test_readers_are_served_while_a_writer_holds_the_lock(stored: Client, database: Database) -> None:
    locked, done = threading.Event(), threading.Event()

    def write() -> None:
        with database.writing() as session:
            pages.bump(session)
            locked.set()
            done.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    assert locked.wait(5)
    try:
        assert stored.get(PATH).data == HTML.encode()
        assert stored.get("/sign-in").status_code == 200
    finally:
        done.set()
        writer.join()


# Static files


def test_static_files_are_cached_for_ever_under_the_name_of_their_bytes(client: Client, platform: Platform) -> None:
    answer = client.get(stylesheet(platform))

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.text == platform.renderer.static.text("css/base.css")


def test_static_text_is_packed(client: Client, platform: Platform) -> None:
    answer = client.get(stylesheet(platform), headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data).decode() == platform.renderer.static.text("css/base.css")


@pytest.mark.parametrize("path", ["/static/css/base.css", "/static/css/base.0000000000.css", "/static/", "/static/.."])
def test_an_unknown_static_file_is_not_there(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404 and "immutable" not in answer.headers["Cache-Control"]
