"""The list of documents, and one of them with what was looked for in it, ready for a page."""

from collections.abc import Iterator
from typing import Any

import yaml
from sqlmodel import Session

from webapp.core.errors import N_, NotFound
from webapp.library import queries
from webapp.library.models import LibraryDocument, LibraryPage
from webapp.library.rules import passages
from webapp.library.rules.files import ENDINGS, clean
from webapp.library.rules.passages import Excerpt, Span

PAGE = 50
"""Documents of one page of the list."""
MOST_FOUND = 50
"""Places of what was looked for that are shown: our choice. More words find fewer."""
SHORT_CONTEXT = 160
"""Characters around a place that was found: our choice, two lines."""


def listed(session: Session, words: str, number: int) -> dict[str, Any]:
    """One page of the newest versions."""
    rows = queries.current(session, words, offset=(number - 1) * PAGE, limit=PAGE + 1)
    return {"documents": rows[:PAGE], "has_more": len(rows) > PAGE, "number": number, "asked": words}


def document(session: Session, key: str, words: str) -> dict[str, Any]:
    """One document, its pages, and the places that were looked for. NotFound for a key that is none's."""
    found = find(session, key)
    pages = queries.pages(session, found.id or 0)
    places = list(_places(found, pages, clean(words)[:passages.MOST_CHARACTERS])) if words.strip() else None
    versions = queries.versions(session, found.name)
    return {"document": found, "pages": [(page.number, page.text) for page in pages], "asked": words,
            "places": places and places[:MOST_FOUND], "is_cut": bool(places and len(places) > MOST_FOUND),
            "has_none": places == [], "others": [other for other in versions if other is not found],
            "newest": versions[0] if versions[0] is not found else None}


def find(session: Session, key: str) -> LibraryDocument:
    """The document of that key, or NotFound."""
    found = queries.by_key(session, key)
    if found is None:
        raise NotFound(N_("There is no such document."))
    return found


def file_name(found: LibraryDocument) -> str:
    """The name that a copy is saved by."""
    return f"{found.name}-{found.version}.{ENDINGS[found.media_type]}"


def _places(found: LibraryDocument, pages: list[LibraryPage], words: str) -> Iterator[dict[str, Any]]:
    for page in pages:
        for span in passages.places(page.text, words, most=MOST_FOUND + 1, is_any_case=True):
            yield {"page": page.number, "excerpt": _short(page.text, span),
                   "anchor": anchor_lines(found, page.number, page.text[span.start:span.end])}


def _short(text: str, span: Span) -> Excerpt:
    return passages.excerpt(text, span, SHORT_CONTEXT)


def anchor_lines(found: LibraryDocument, page: int, passage: str) -> str:
    """What stands under a claim to name a passage."""
    anchor = {"document": found.name, "version": found.version, "page": page, "passage": " ".join(passage.split())}
    return yaml.safe_dump({"anchors": [anchor]}, allow_unicode=True, sort_keys=False, width=10_000).rstrip()
