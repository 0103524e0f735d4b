"""Documents come in once, in versions, and never change; anchors stand on a version's page."""

import dataclasses
import threading
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from tests.builders import BY
from tests.library.documents import PASSAGE, about, add
from webapp.core import audit
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid
from webapp.core.subject import Subject
from webapp.library import queries
from webapp.library.models import LibraryPage
from webapp.library.rules.files import Media, Read
from webapp.library.rules.passages import Anchor
from webapp.library.service import adding
from webapp.library.service.adding import SUBJECT, Prepared

BOTH = pytest.mark.postgresql


def anchor(page: int = 1, version: int = 1, passage: str = PASSAGE, document: str = "trial-2024") -> Anchor:
    return Anchor(document, version, page, passage)


@BOTH
def test_a_document_comes_in_once_with_its_pages_and_is_audited(database: Database) -> None:
    prepared = Prepared(b"%PDF-", Read(Media.PDF, ("One", "Two")))
    with database.writing() as session:
        made, is_new = adding.add(session, prepared, about(), BY)
        again, is_new_again = adding.add(session, prepared, about(title="Another title"), BY)
        assert (is_new, is_new_again, again.id) == (True, False, made.id)
    with database.reading() as session:
        assert [(page.number, page.text) for page in queries.pages(session, made.id or 0)] == [(1, "One"), (2, "Two")]
        assert queries.content(session, prepared.sha256) == b"%PDF-"
        assert [line.entry.action for line in audit.about(session, Subject(SUBJECT, made.id or 0), limit=9)] == [
            "library-document-added"]


def test_a_name_that_is_here_makes_it_the_next_version(database: Database) -> None:
    with database.writing() as session:
        made = [add(session, "First words"), add(session, "Second words"), add(session, "Others", name="other")]
        assert [(document.name, document.version) for document in made] == [
            ("trial-2024", 1), ("trial-2024", 2), ("other", 1)]
        assert {row.id for row in queries.current(session, "", offset=0, limit=9)} == {made[1].id, made[2].id}
        assert [row.id for row in queries.current(session, "OTH", offset=0, limit=9)] == [made[2].id]
        assert queries.current(session, "100%", offset=0, limit=9) == []


def test_the_same_file_has_one_name(database: Database) -> None:
    prepared = Prepared(b"x", Read(Media.TEXT, ("x",)))
    with database.writing() as session:
        adding.add(session, prepared, about(), BY)
        with pytest.raises(Conflict, match="under another name"):
            adding.add(session, prepared, about(name="other"), BY)


@BOTH
def test_of_two_who_send_the_same_file_at_once_one_is_first(database: Database) -> None:
    prepared, outcomes = Prepared(b"x", Read(Media.TEXT, ("x",))), []

    def send() -> None:
        try:
            with database.writing() as session:
                outcomes.append(adding.add(session, prepared, about(), BY)[1])
        except Conflict:
            outcomes.append(False)

    second = threading.Thread(target=send)
    with database.writing() as session:
        outcomes.append(adding.add(session, prepared, about(), BY)[1])
        second.start()
    second.join(30)
    with database.reading() as session:
        assert outcomes == [True, False] and len(queries.versions(session, "trial-2024")) == 1


@BOTH
def test_what_came_in_never_changes(database: Database) -> None:
    with database.writing() as session:
        add(session)
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
        session.scalars(select(LibraryPage)).one().text = "Other words"


@pytest.mark.parametrize(("given", "why"), [
    ({"name": "Trial 2024"}, "lower-case"), ({"name": ""}, "lower-case"), ({"title": " "}, "title"),
    ({"licence": ""}, "licence"), ({"issuer": "x" * 301}, "300"), ({"url": "javascript:alert(1)"}, "https"),
    ({"issued_on": date(2027, 1, 1)}, "future")])
def test_what_is_said_of_a_document_is_checked(given: dict[str, object], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        adding.checked(dataclasses.replace(about(), **given), BY.at.date())  # type: ignore[arg-type]


@BOTH
def test_an_anchor_stands_where_its_passage_does(database: Database) -> None:
    with database.writing() as session:
        add(session, "Nothing here", f"{PASSAGE.replace(' ', chr(10))} on it.")
    lost, there, elsewhere, no_page = anchor(1), anchor(2), anchor(document="other"), anchor(3)
    with database.reading() as session:
        found = queries.standings(session, [lost, there, elsewhere, no_page, anchor(2, version=2)])
        assert set(found) == {lost, there}
        stands = found[there]
        assert found[lost].span is None and stands.span is not None and stands.moved_to == 2 and not stands.is_gone
        assert stands.text[stands.span.start:stands.span.end].split() == PASSAGE.split()


@pytest.mark.parametrize(("newer", "moved_to", "is_gone"), [
    (("Preface", f"{PASSAGE}."), 2, False), ((f"{PASSAGE}.", PASSAGE), 1, False), (("13 of 100 people",), None, True)])
def test_a_newer_version_keeps_a_passage_moves_it_or_has_it_no_more(database: Database, newer: tuple[str, ...],
                                                                    moved_to: int | None, is_gone: bool) -> None:
    with database.writing() as session:
        add(session)
        add(session, *newer)
    with database.reading() as session:
        stands = queries.standings(session, [anchor()])[anchor()]
        assert (stands.current.version, stands.moved_to, stands.is_gone) == (2, moved_to, is_gone)
        assert stands.span is not None
