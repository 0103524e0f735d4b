"""A message's words: what they may hold, and both parts of the mail that they become."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from markupsafe import Markup

from webapp.campaigns import rules
from webapp.core import markdown
from webapp.core.errors import N_, Invalid, said

LANDING = "landing:"
"""What a message's Markdown writes for the landing article's address."""
_LANDING_HREF = "https://landing.invalid/"
_HREF = re.compile(r'href="([^"]*)"')
_TABLE_RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?\s*$")
"""The line below a table's head."""
_BLOCKS = frozenset({"p", "div", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "hr", "table"})
_LINES = frozenset({"li", "dt", "dd", "tr"})


@dataclass(frozen=True)
class Words:
    """A message in one language; the body is Markdown and links to `landing:` at least once. `{claim: id}` stands for
    an approved wording about the medicine that the campaign leads to."""

    subject: str
    body: str


def check(language: str, words: Words) -> None:
    """Invalid, with the line and the remedy, for words of which a part would be lost or garbled in the mail."""
    if not words.subject.strip() or not words.subject.isprintable():
        raise Invalid(f"The {language} message needs a subject of one line, without control characters.")
    if len(words.subject) > rules.SUBJECT_LENGTH:
        raise Invalid(said("The subject of the %(language)s message has %(count)s characters. Shorten it to at most "
                           "%(most)s.", language=language, count=len(words.subject), most=rules.SUBJECT_LENGTH))
    if f"]({LANDING})" not in words.body:
        raise Invalid(f"The {language} message has no link to the landing article. Write one as [text]({LANDING}).")
    if rules.names_education(f"{words.subject} {words.body}"):
        raise Invalid(N_("A campaign names no address of accredited education: sponsors lead nobody there (ACCME, "
                         "Standard 2). Take it out."))
    refusal = markdown.refusal(words.body)
    if refusal is not None:
        raise Invalid(f"The {language} message, line {refusal.line}: {refusal.message}. {refusal.remedy}.")
    _check_parts(language, words.body)


def _check_parts(language: str, body: str) -> None:
    rendered, links, pictures = _rendered(body)
    links += [href for href in _HREF.findall(rendered) if href != _LANDING_HREF]
    lines = body.splitlines()
    if links:
        here = _line(lines, links[0]) or _line(lines, "](#") or _line(lines, "[^")
        raise Invalid(said("The %(language)s message, line %(line)s: a mail links to its landing article alone. Write "
                           "[text](landing:), or leave the link out.", language=language, line=here or 1))
    if pictures:
        raise Invalid(said("The %(language)s message, line %(line)s: a mail carries no pictures. Say it in words, or "
                           "show it on the landing article.", language=language, line=_line(lines, pictures[0]) or 1))
    if "<table" in rendered:
        here = next((number for number, line in enumerate(lines) if _TABLE_RULE.match(line)), 1)
        raise Invalid(said("The %(language)s message, line %(line)s: a mail carries no tables. Make it a list, or show "
                           "it on the landing article.", language=language, line=here))


def _line(lines: list[str], what: str) -> int | None:
    return next((number for number, line in enumerate(lines, 1) if what in line), None)


def _rendered(body: str) -> tuple[str, list[str], list[str]]:
    """The HTML, and the addresses of links and pictures that no mail has."""
    links: list[str] = []
    pictures: list[str] = []

    def link(href: str) -> str | None:
        if href == LANDING:
            return _LANDING_HREF
        links.append(href)
        return None

    rendered = markdown.render(body, link=link, image=pictures.append, reference_numbers={})
    return rendered.html, links, pictures


def html(body: str, landing_url: str) -> Markup:
    """The words of the HTML part; each link leads to `landing_url`."""
    return Markup(_rendered(body)[0].replace(_LANDING_HREF, landing_url))


def text(body: str) -> str:
    """The same words without any markup: lists keep their marks, and paragraphs the line between them."""
    reader = _Reader()
    reader.feed(_rendered(body)[0])
    reader.close()
    return reader.text.strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._lists: list[int | None] = []
        """Of the lists around: the number of the next entry, None where entries have none."""
        self._is_marked = False
        """Whether the mark of an entry was the last that was written."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("ul", "ol"):
            self._break(1 if self._lists else 2)
            self._lists.append(1 if tag == "ol" else None)
        elif tag in _BLOCKS:
            self._break(2)
        elif tag in _LINES or tag == "br":
            self._break(1)
        if tag == "li":
            self._mark()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._lists.pop()
        if tag in _BLOCKS:
            self._break(1 if self._lists else 2)

    def handle_data(self, data: str) -> None:
        words = re.sub(r"\s*\n\s*", "\n", data)
        if self.text.endswith(("\n", " ")) or not self.text:
            words = words.lstrip("\n ")
        self.text += words
        self._is_marked = self._is_marked and not words

    def _mark(self) -> None:
        number = self._lists[-1]
        self.text += "  " * (len(self._lists) - 1) + ("- " if number is None else f"{number}. ")
        self._lists[-1] = None if number is None else number + 1
        self._is_marked = True

    def _break(self, lines: int) -> None:
        if self.text and not self._is_marked:
            kept = self.text.rstrip("\n ")
            self.text = kept + "\n" * max(lines, min(2, len(self.text) - len(kept)))
