"""Where a comment's passage stands in a text, also in the next version of it. Pure.

An anchor is what the W3C's Web Annotation Data Model calls a text quote selector (4.2.4): the passage and a little of
what stands before and after it, with the offset it was found at. In a new version the same words are looked for; of
several the context tells which. What is not found surely is detached: a comment beside the wrong passage misleads.
"""

import html
import itertools
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import NamedTuple

CONTEXT = 32
"""Characters kept on each side: our choice, some five words."""
_SPACE = re.compile(r"\s+")


class Anchor(NamedTuple):
    """A passage, what stands around it, and where it began in the text it was chosen from."""

    quote: str
    prefix: str
    suffix: str
    offset: int


class Span(NamedTuple):
    """Where a passage stands, and the name of the mark to be put there."""

    start: int
    end: int
    name: str


class _Reader(HTMLParser):
    """Walks HTML; the text of a page is its text nodes, one after the other."""

    def __init__(self, spans: Sequence[Span] = ()) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.marked: list[str] = []
        self._offset = 0
        self._spans = spans
        self._named: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.marked.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.marked.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        begin, end = self._offset, self._offset + len(data)
        self.text.append(data)
        self._offset = end
        edges = sorted({begin, end} | {edge for span in self._spans for edge in span[:2] if begin < edge < end})
        for start, stop in itertools.pairwise(edges):
            self.marked.append(self._piece(data[start - begin:stop - begin], start))

    def _piece(self, data: str, start: int) -> str:
        escaped = html.escape(data, quote=False)
        over = [span for span in self._spans if span.start <= start < span.end]
        if not over:
            return escaped
        name = next((span.name for span in over if span.name not in self._named), "")
        self._named.add(name)
        return f'<mark id="{name}">{escaped}</mark>' if name else f"<mark>{escaped}</mark>"


def text_of(body_html: str) -> str:
    """The words of a page, as anchors count them."""
    reader = _Reader()
    reader.feed(body_html)
    reader.close()
    return "".join(reader.text)


def marked(body_html: str, spans: Sequence[Span]) -> str:
    """The same page with `<mark>` around each span, whatever elements it runs through; the first piece of a span bears
    its name, where nothing else begins there."""
    reader = _Reader(spans)
    reader.feed(body_html)
    reader.close()
    return "".join(reader.marked)


def places(text: str, quote: str) -> list[tuple[int, int]]:
    """(start, end) of each place where the words stand; white space counts as in a page, not at all."""
    return [match.span() for match in _found(text, quote)]


def anchor_at(text: str, start: int, end: int) -> Anchor:
    """The anchor of a passage."""
    return Anchor(text[start:end], text[max(0, start - CONTEXT):start], text[end:end + CONTEXT], start)


def find(text: str, anchor: Anchor) -> tuple[int, int] | None:
    """Where an anchor's passage stands in a text, its own or a later version; None if it is gone, or stands in several
    places and its context does not tell which."""
    found = places(text, anchor.quote)
    if len(found) <= 1:
        return found[0] if found else None
    scores = [_kinship(text, place, anchor) for place in found]
    best = [place for place, score in zip(found, scores, strict=True) if score == max(scores)]
    if len(best) > 1 and max(scores) == 2 * CONTEXT:
        best = [place for place in best if place[0] == anchor.offset]
    return best[0] if len(best) == 1 and max(scores) > 0 else None


def _kinship(text: str, place: tuple[int, int], anchor: Anchor) -> int:
    """How many characters before and after it are the same as around the passage once was."""
    before, after = text[max(0, place[0] - CONTEXT):place[0]], text[place[1]:place[1] + CONTEXT]
    return _common(before[::-1], anchor.prefix[::-1]) + _common(after, anchor.suffix)


def _common(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _found(text: str, quote: str) -> Iterator[re.Match[str]]:
    words = [re.escape(word) for word in _SPACE.split(quote.strip()) if word]
    return re.finditer(r"\s*".join(words), text) if words else iter(())
