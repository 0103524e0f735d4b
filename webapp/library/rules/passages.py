"""Where a passage stands in a text. Pure.

Blanks, line ends and marks of no width count for nothing: in the text of a PDF they fall where its layout put them.
"""

import re
from typing import NamedTuple

MOST_CHARACTERS = 1000
"""Of a passage: our choice, a long paragraph. What leans on more leans on a page."""
CONTEXT = 300
"""Characters shown on each side of a passage: our choice, some five lines, so that the passage is seen at once."""
_NOTHING = re.compile("[\\s\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}]")


class Anchor(NamedTuple):
    """A passage on a page of one version of a document."""

    document: str
    version: int
    page: int
    passage: str


class Span(NamedTuple):
    """Where a passage begins and ends."""

    start: int
    end: int


class Excerpt(NamedTuple):
    """A passage and what stands around it; `is_cut` of either side whether more of the page lies beyond."""

    before: str
    passage: str
    after: str
    is_cut_before: bool = False
    is_cut_after: bool = False


def find(text: str, passage: str) -> Span | None:
    """The first place where the passage stands; None where it stands nowhere, or holds no marks."""
    found = places(text, passage, most=1)
    return found[0] if found else None


def places(text: str, passage: str, *, most: int = 20, is_any_case: bool = False) -> list[Span]:
    """The places where a passage stands, in order. `is_any_case`: small and capital letters are one."""
    kept = [place for place, mark in enumerate(text) if not _NOTHING.match(mark)]
    whole, wanted = "".join(text[place] for place in kept), _NOTHING.sub("", passage)
    if is_any_case:
        whole, wanted = _lower(whole), _lower(wanted)
    found: list[Span] = []
    at = whole.find(wanted) if wanted else -1
    while at >= 0 and len(found) < most:
        end = at + len(wanted)
        found.append(Span(kept[at], kept[end - 1] + 1))
        at = whole.find(wanted, end)
    return found


def excerpt(text: str, span: Span, context: int = CONTEXT) -> Excerpt:
    """A passage with what stands around it, cut between words."""
    start, end = max(0, span.start - context), min(len(text), span.end + context)
    if start:
        start = min(_after_blank(text, start), span.start)
    if end < len(text):
        end = max(_before_blank(text, end), span.end)
    return Excerpt(text[start:span.start], text[span.start:span.end], text[span.end:end], start > 0, end < len(text))


def _lower(text: str) -> str:
    """In small letters, each mark as long as it was: some grow."""
    return "".join(low if len(low := mark.lower()) == 1 else mark for mark in text)


def _after_blank(text: str, at: int) -> int:
    """The first place from `at` on where a word begins; `at` where none does soon."""
    return next((place for place in range(at, min(at + 40, len(text))) if text[place - 1].isspace()), at)


def _before_blank(text: str, at: int) -> int:
    """The last place up to `at` where a word has ended; `at` where none does."""
    return next((place for place in range(at, max(at - 40, 0), -1) if text[place].isspace()), at)
