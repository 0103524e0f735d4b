"""Stored pages: bytes go in and come out, and every change raises the version."""

import gzip
from datetime import UTC, datetime

import pytest

from webapp.core import pages
from webapp.core.db import Database
from webapp.core.pages import Page

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BOTH = pytest.mark.postgresql


def store(database: Database, *made: Page) -> None:
    rows = [pages.pack(page, NOW) for page in made]
    with database.writing() as session:
        pages.store(session, rows)


def page(path: str = "/en/", html: str = "<p>头痛 &amp; more</p>", **more: object) -> Page:
    return Page(path, html, "home", "en", **more)  # type: ignore[arg-type]


@BOTH
def test_a_page_is_found_as_it_was_stored(database: Database) -> None:
    store(database, page(access="gated", is_noindex=True))
    with database.reading() as session:
        found = pages.find(session, "/en/")
    assert found is not None
    assert (found.body.decode(), gzip.decompress(found.gzip)) == ("<p>头痛 &amp; more</p>", found.body)
    assert (found.access, found.is_noindex, found.stored_at) == ("gated", True, NOW)


@BOTH
def test_storing_again_replaces_the_bytes_and_their_tag(database: Database) -> None:
    store(database, page(), page("/zh/"))
    with database.reading() as session:
        before = {path: pages.find(session, path) for path in ("/en/", "/zh/")}
    store(database, page(html="new"))
    with database.reading() as session:
        after = {path: pages.find(session, path) for path in ("/en/", "/zh/")}
    changed = {path for path in after if after[path].etag != before[path].etag}  # type: ignore[union-attr]
    assert changed == {"/en/"}


@BOTH
def test_the_version_rises_with_every_change(database: Database) -> None:
    seen = []
    for html in ("a", "b", "c"):
        with database.reading() as session:
            seen.append(pages.version(session))
        store(database, page(html=html))
    assert seen == [0, 1, 2]


def test_a_change_that_fails_raises_no_version(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        pages.store(session, [pages.pack(page(), NOW)])
        raise ZeroDivisionError
    with database.reading() as session:
        assert (pages.version(session), pages.find(session, "/en/")) == (0, None)


@BOTH
def test_more_pages_than_one_slice_holds_are_all_stored(database: Database) -> None:
    store(database, *(page(f"/en/{number}") for number in range(1203)))
    with database.reading() as session:
        assert all(pages.find(session, f"/en/{number}") for number in (0, 499, 500, 999, 1000, 1202))


def test_the_same_page_packs_to_the_same_bytes() -> None:
    assert pages.pack(page(), NOW) == pages.pack(page(), NOW)
