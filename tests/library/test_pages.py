"""The library's pages, as writers and reviewers meet them, and how others do not."""

import io
from collections.abc import Iterable

import pytest
from bs4 import BeautifulSoup
from werkzeug.datastructures import FileStorage
from werkzeug.test import Client, TestResponse, stream_encode_multipart

from tests import builders
from tests.builders import BASE_URL
from tests.library.documents import PASSAGE, add, pdf
from webapp.core import clock
from webapp.core.db import Database
from webapp.library import queries
from webapp.library.models import LibraryDocument
from webapp.library.rules.files import MOST_BYTES
from webapp.people.rules import AccountKind, Role

SAID = {"name": "trial-2024", "title": "A <b>trial</b>", "issuer": "Northwind", "url": "", "licence": "own report",
        "issued_on": "2024-05-06", "reach": "house"}


def signed_in(client: Client, database: Database, *roles: Role) -> Client:
    with database.writing() as session:
        person = builders.account(session, *roles, kind=AccountKind.STAFF, now=clock.now())
    builders.sign_in(client, person.email)
    return client


@pytest.fixture
def writer(client: Client, database: Database) -> Client:
    return signed_in(client, database, Role.WRITER)


@pytest.fixture
def document(database: Database) -> LibraryDocument:
    with database.writing() as session:
        return add(session, "A first page", f"At 26 weeks: {PASSAGE} <script>alert(1)</script>")


def send(client: Client, content: bytes, **said: str) -> TestResponse:
    return client.post("/review/library/new", base_url=BASE_URL, headers={"Origin": BASE_URL},
                       data={**SAID, **said, "file": (io.BytesIO(content), "a.pdf")})


def get(client: Client, path: str) -> TestResponse:
    return client.get(f"/review/library/{path}", base_url=BASE_URL)


def test_a_document_is_sent_listed_and_read(writer: Client, database: Database) -> None:
    answer = send(writer, pdf("A line of words that is long enough"))
    assert answer.status_code == 303 and "notice=done" in answer.location
    with database.reading() as session:
        made = queries.versions(session, "trial-2024")[0]
    page = BeautifulSoup(get(writer, made.key).text, "html.parser")
    assert page.h1 is not None and page.h1.text == SAID["title"]
    assert "A line of words" in page.select("#page-1 .source-text")[0].text
    assert made.key in get(writer, "?q=northwind").text and made.key not in get(writer, "?q=southwind").text


@pytest.mark.parametrize(("content", "said", "why"), [
    (b"\x89PNG\r\n\x1a\n\x00", {}, "no plain text in UTF-8"), (b"", {}, "holds no text"),
    (b"words", {"name": "No Name"}, "lower-case letters"), (b"words", {"issued_on": "soon"}, "no day")])
def test_what_cannot_be_taken_is_told_and_nothing_typed_is_lost(writer: Client, database: Database, content: bytes,
                                                                said: dict[str, str], why: str) -> None:
    answer = send(writer, content, **said)
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422 and why in page.select("[role=alert]")[0].text
    assert page.select("#title")[0]["value"] == SAID["title"]
    with database.reading() as session:
        assert queries.names(session) == []


def test_a_file_that_is_too_large_is_refused_by_name(writer: Client) -> None:
    file = FileStorage(io.BytesIO(b"x" * (MOST_BYTES + 1)), "a.txt")
    body, _, boundary = stream_encode_multipart({**SAID, "file": file}, threshold=2 * MOST_BYTES)  # in memory
    answer = writer.post("/review/library/new", base_url=BASE_URL, headers={"Origin": BASE_URL}, input_stream=body,
                         content_type=f"multipart/form-data; boundary={boundary}")
    assert answer.status_code == 422 and "larger than 8 MB" in answer.text


def test_words_are_found_on_their_page_with_the_lines_that_anchor_them(writer: Client,
                                                                       document: LibraryDocument) -> None:
    page = BeautifulSoup(get(writer, f"{document.key}?q=LOW+blood++sugar").text, "html.parser")
    assert [mark.text for mark in page.select(".claim mark")] == ["Low blood sugar"]
    assert page.select(".claim-sources")[0].text == (
        "anchors:\n- document: trial-2024\n  version: 1\n  page: 2\n  passage: Low blood sugar")
    assert page.select("main script") == [] and "<script>alert(1)</script>" in page.select("#page-2")[0].text
    assert "stand nowhere" in get(writer, f"{document.key}?q=insulin").text


def test_a_file_is_saved_and_never_shown(writer: Client, document: LibraryDocument) -> None:
    answer = get(writer, f"{document.key}/file")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="trial-2024-1.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer.headers[
        "Content-Security-Policy"]


def test_a_key_of_nothing_is_not_found(writer: Client) -> None:
    assert [get(writer, path).status_code for path in ("none", "none/file", "?page=0")] == [404, 404, 404]


@pytest.mark.parametrize("role", [Role.READER, Role.OPERATOR, Role.SAFETY, Role.HCP])
def test_others_are_refused_each_page(client: Client, database: Database, document: LibraryDocument,
                                      role: Role) -> None:
    other = signed_in(client, database, role)
    assert_refused(get(other, path) for path in ("", "new", document.key, f"{document.key}/file"))
    assert_refused([send(other, b"words")])


def assert_refused(answers: Iterable[TestResponse]) -> None:
    assert {answer.status_code for answer in answers} == {403}


