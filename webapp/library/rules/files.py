"""Which files are taken, told by their bytes, and the text of those that are no PDF. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.core.errors import N_
from webapp.core.later import Later

if TYPE_CHECKING:
    import bs4
    import bs4.dammit
else:
    bs4 = Later("bs4")

MOST_BYTES = 8 * 1024 * 1024
"""Of one file: our choice. A trial's paper has one or two; the write of the largest holds SQLite's lock for a fifth of
a second, which sources, a few a week, may."""
MOST_PAGES = 300
"""Our choice: a long label has sixty. Of a longer report the part that is leant on will do."""
MOST_CHARACTERS = 3_000_000
"""Of all pages: our choice, ten thousand on each."""
FEWEST_PER_PAGE = 10
"""Marks of a page's text on average, below which a PDF is taken to be pictures of pages: our choice. A page's number
and a running title are more than a scan has."""


class Media(StrEnum):
    """What a file is."""

    PDF = "application/pdf"
    HTML = "text/html"
    TEXT = "text/plain"


ENDINGS: Mapping[str, str] = {Media.PDF: "pdf", Media.HTML: "html", Media.TEXT: "txt"}


class Fault(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    LARGE = "large"
    KIND = "kind"
    BROKEN = "broken"
    LOCKED = "locked"
    LONG = "long"
    SCAN = "scan"
    SLOW = "slow"


FAULTS: Mapping[str, str] = {
    Fault.EMPTY: N_("The file holds no text. Choose another."),
    Fault.LARGE: N_("The file is larger than 8 MB. Keep the pages that are leant on, or make its pictures smaller."),
    Fault.KIND: N_("The file is no PDF, no saved page (HTML) and no plain text in UTF-8. Save it as one of these."),
    Fault.BROKEN: N_("The PDF is damaged and cannot be read. Open it in a PDF program, save it anew and try again."),
    Fault.LOCKED: N_("The PDF is protected by a password or against copying. Ask its issuer for one that is open."),
    Fault.LONG: N_("The file has more than 300 pages or 3,000,000 characters. Keep the pages that are leant on."),
    Fault.SCAN: N_("The PDF has no text: its pages are pictures, as of a scan. Run text recognition over it, check the "
                   "text, and try again."),
    Fault.SLOW: N_("Reading the PDF took too long. Keep the pages that are leant on, or save it anew as a simpler "
                   "PDF.")}
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_UNSEEN = ("script", "style", "noscript", "template", "head", "svg", "iframe", "object", "embed", "form", "nav")
_BLOCKS = ("p", "div", "section", "article", "li", "tr", "br", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol",
           "dl", "dt", "dd", "blockquote", "pre", "figure", "figcaption", "header", "footer", "main", "aside")
_GAPS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")


@dataclass(frozen=True)
class Read:
    """A file's kind and the text of its pages, the first at place 0. What is no PDF has one page."""

    media: Media
    pages: tuple[str, ...]


def media_of(content: bytes) -> Media | Fault:
    """What a file is, by its first bytes: its name and a declared type are the sender's."""
    if len(content) > MOST_BYTES:
        return Fault.LARGE
    if not content.strip():
        return Fault.EMPTY
    if b"%PDF-" in content[:1024]:
        return Media.PDF
    if _HTML.search(content[:4096]):
        return Media.HTML
    return Media.TEXT if _is_text(content) else Fault.KIND


def read_text(content: bytes, media: Media) -> Read | Fault:
    """The text of what is no PDF."""
    text = _text_of_html(content) if media is Media.HTML else content.decode("utf-8-sig")
    return judged(Read(media, (clean(text),)))


def judged(read: Read) -> Read | Fault:
    """What was read, unless it is too long or holds no text."""
    if len(read.pages) > MOST_PAGES or sum(map(len, read.pages)) > MOST_CHARACTERS:
        return Fault.LONG
    marks = sum(not mark.isspace() for page in read.pages for mark in page)
    if read.media is Media.PDF and marks < FEWEST_PER_PAGE * len(read.pages):
        return Fault.SCAN
    return read if marks else Fault.EMPTY


def clean(text: str) -> str:
    """A text as it is kept: line ends and letters of one kind, joined letters apart, nothing that is no mark. Compared
    passages are cleaned alike."""
    whole = unicodedata.normalize("NFC", text.translate(_LIGATURES).replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(mark for mark in whole if mark in "\n\t" or unicodedata.category(mark) not in ("Cc", "Cs")).strip()


def cleaned(pages: Iterable[str]) -> tuple[str, ...]:
    """The same of each page."""
    return tuple(clean(page) for page in pages)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not any(unicodedata.category(mark) == "Cc" and mark not in "\n\r\t\f" for mark in text)


def _text_of_html(content: bytes) -> str:
    """The words of a page, each block on lines of its own. No markup of a saved page is ever shown."""
    encoding = bs4.dammit.EncodingDetector.find_declared_encoding(content, is_html=True)
    soup = bs4.BeautifulSoup(content, "html.parser", from_encoding=None if encoding else _utf8(content))
    for element in soup.find_all(_UNSEEN):
        element.decompose()
    for element in soup.find_all(_BLOCKS):
        element.insert_before("\n")
        element.append("\n")
    return _LINES.sub("\n", _GAPS.sub(" ", soup.get_text()))


def _utf8(content: bytes) -> str | None:
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return "utf-8"
