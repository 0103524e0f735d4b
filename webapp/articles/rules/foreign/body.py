"""Foreign markup to our Markdown, by way of HTML, so that every dialect's links and headings come out as ours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import markdown

from webapp.articles.rules.foreign.page import Unreadable
from webapp.articles.rules.foreign.tags import without_tags, without_wrappers
from webapp.core.later import Later
from webapp.core.markdown import refusal

if TYPE_CHECKING:
    import bs4
    import markdownify
else:
    bs4, markdownify = Later("bs4"), Later("markdownify")

SOURCE_MARK = "[@source]"
_DROPPED = ("script", "style", "iframe", "form", "object", "embed", "svg", "video", "audio", "canvas", "template",
            "nav", "input", "select", "textarea", "noscript", "math", "title", "head")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = ("p", "li", "td", "th", "dd", "dt", "blockquote", "div", "figcaption", *_HEADINGS)
_CITING = ("p", "ul", "ol", "blockquote", "dl", "table")
_SHIFTED = re.compile(r"[0-9A-Za-z+−-]{1,12}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")
_STARTS = re.compile(r"(\s*)(#|>|\+|-|:|=|~~~|///|\d{1,9}(?=[.)]))")
_LONE_RULE = re.compile(r"\n+-{3,}\n+")
# Signs that would be markup once written stand as these while the text is converted.
_LITERAL = {"\\": "\ue000", "{": "\ue001", "[": "\ue002", "]": "\ue003", "<": "\ue004", "`": "\ue005", "!": "\ue006"}
_WRITTEN = {stand: f"\\{sign}" for sign, stand in _LITERAL.items()}
_START = "\ue007"
_CITED = "\ue008"
_NOTE = "\ue009{}\ue00a"


@dataclass
class Converted:
    """A body in our grammar. `title` is that of its one heading of level 1, if it began with one."""

    body: str = ""
    title: str = ""
    notes: list[str] = field(default_factory=list)


def of_markdown(text: str, first_heading: str) -> Converted:
    """Markdown of any house. `first_heading` stands over what comes before the first heading of its own.

    Unreadable for what would take too long to read, and for a text without words.
    """
    plain, notes = without_tags(text)
    plain, more = without_wrappers(plain)
    refused = refusal(plain)
    if refused:
        raise Unreadable(f"line {refused.line} of its text: {refused.message}. {refused.remedy}")
    try:  # a sign less-than is escaped everywhere but in Python-Markdown
        html = markdown.markdown(plain.replace("\\<", "&lt;"), extensions=["extra", "sane_lists"])
    except RecursionError:
        raise Unreadable("its text is nested too deeply. Flatten it") from None
    done = of_html(html, first_heading)
    done.notes[:0] = [*notes, *more]
    return done


def of_html(html: str, first_heading: str) -> Converted:
    """The same, of HTML."""
    done = Converted()
    soup = bs4.BeautifulSoup(html, "html.parser")
    _drop(soup, done)
    notes = _notes(soup)
    _unlink(soup, done)
    _level_headings(soup, done)
    _begin(soup, first_heading, done)
    _shift(soup)
    _cite(soup)
    soup.extend(notes)
    _guard(soup)
    converter = markdownify.MarkdownConverter(heading_style="ATX", bullets="-", escape_misc=False, sub_symbol="~",
                                              sup_symbol="^", strip=["u", "kbd", "samp", "q"])
    done.body = _finish(converter.convert_soup(soup))
    if not re.search(r"\w", re.sub(r"^#.*$", "", done.body.replace(SOURCE_MARK, ""), flags=re.MULTILINE)):
        raise Unreadable("it has no text besides headings")
    return done


def _drop(soup: bs4.BeautifulSoup, done: Converted) -> None:
    for comment in soup.find_all(string=lambda text: isinstance(text, bs4.Comment)):
        comment.extract()
    for element in soup.find_all(_DROPPED):
        if not element.decomposed:
            done.notes.append(f"<{element.name}> with what it held")
            element.decompose()
    for picture in soup.find_all("img"):
        shows = picture.get("alt") or "no alternative text"
        done.notes.append(f"picture {str(picture.get('src', ''))[:120]} ({shows})")
        picture.decompose()


def _notes(soup: bs4.BeautifulSoup) -> list[bs4.Tag]:
    """Takes the footnotes out, each a paragraph that begins as ours do, and leaves marks where they are called."""
    for call in soup.select("sup:has(> a.footnote-ref)"):
        name = str(call.a["href"]).rpartition(":")[2] if call.a else ""
        call.replace_with(_NOTE.format(_name(name)))
    made = []
    for block in soup.select("div.footnote"):
        for item in block.select("li"):
            for back in item.select("a.footnote-backref"):
                back.decompose()
            paragraph = soup.new_tag("p")
            paragraph.append(f"{_NOTE.format(_name(str(item.get('id', '')).rpartition(':')[2]))}: ")
            paragraph.append(item.get_text(" ", strip=True))
            made.append(paragraph)
        block.decompose()
    return made


def _name(note: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", note.lower()).strip("-") or "note"


def _unlink(soup: bs4.BeautifulSoup, done: Converted) -> None:
    """Links lead to topics or references here, and which one a foreign address stands for is a person's to say."""
    for link in soup.find_all("a"):
        if link.get("href"):
            done.notes.append(f"link of `{link.get_text(' ', strip=True)[:60]}` to {str(link['href'])[:200]}")
        link.unwrap()


def _level_headings(soup: bs4.BeautifulSoup, done: Converted) -> None:
    """The first heading of level 1 is the title; the others begin at level 2 and skip none."""
    headings = [heading for heading in soup.find_all(_HEADINGS) if heading.get_text(strip=True)]
    if headings and headings[0].name == "h1":
        done.title = " ".join(headings.pop(0).extract().get_text(" ").split())
    for empty in soup.find_all(_HEADINGS):
        if not empty.get_text(strip=True):
            empty.decompose()
    lowest = min((int(heading.name[1]) for heading in headings), default=2)
    before, moved = 1, 0
    for heading in headings:
        level = min(int(heading.name[1]) - lowest + 2, before + 1, 6)
        moved += heading.name != f"h{level}"
        heading.name, before = f"h{level}", level
        if heading.parent is not soup:  # within a list or a table it is none to Markdown
            heading.name = "strong"
    if moved:
        done.notes.append(f"level or place of {moved} headings")


def _begin(soup: bs4.BeautifulSoup, first_heading: str, done: Converted) -> None:
    first = next((part for part in soup.contents if not isinstance(part, bs4.NavigableString) or part.strip()), None)
    if isinstance(first, bs4.Tag) and first.name == "h2":
        return
    heading = soup.new_tag("h2")
    heading.string = first_heading
    soup.insert(0, heading)
    done.notes.append(f"heading `{first_heading}` put before the first text")


def _shift(soup: bs4.BeautifulSoup) -> None:
    for element in soup.find_all(["sub", "sup"]):
        if not _SHIFTED.fullmatch(element.get_text()):
            element.unwrap()


def _cite(soup: bs4.BeautifulSoup) -> None:
    """What a section says stands in the page it came from: its last paragraph, item or cell cites that."""
    for section in _sections(soup):
        last = next((part for part in reversed(section) if part.name in _CITING), None)
        spot = last and ((last.find_all(["li", "dd", "p", "td"]) or [last])[-1])
        if spot and spot.get_text(strip=True):
            spot.append(soup.new_string(_CITED))


def _sections(soup: bs4.BeautifulSoup) -> Iterator[list[bs4.Tag]]:
    section: list[bs4.Tag] = []
    for part in soup.contents:
        if isinstance(part, bs4.Tag) and part.name in _HEADINGS:
            yield section
            section = []
        elif isinstance(part, bs4.Tag):
            section.append(part)
    yield section


def _guard(soup: bs4.BeautifulSoup) -> None:
    """Makes every text stay text: signs that are markup here are written with a backslash."""
    for text in soup.find_all(string=True):
        if text.find_parent(["pre", "code"]):
            text.replace_with(_CONTROL.sub("", text))
            continue
        plain = re.sub(r"\s+", " ", _CONTROL.sub("", text))
        for sign, stand in _LITERAL.items():
            plain = plain.replace(sign, stand)
        parent = text.parent
        if (parent is not None and text.previous_sibling is None and parent.name in _BLOCKS) or _follows_break(text):
            plain = _STARTS.sub(rf"\1{_START}\2", plain, count=1) if _STARTS.match(plain) else plain
        text.replace_with(plain)


def _follows_break(text: bs4.NavigableString) -> bool:
    before = text.previous_sibling
    return isinstance(before, bs4.Tag) and before.name == "br"


def _finish(written: str) -> str:
    for stand, sign in _WRITTEN.items():
        written = written.replace(stand, sign)
    written = written.replace(_CITED, SOURCE_MARK).replace("\ue009", "[^").replace("\ue00a", "]")
    written = written.replace(f"{_START}:", "\\:")
    written = re.sub(rf"{_START}(\d+)([.)])", r"\1\\\2", written)
    written = re.sub(rf"{_START}(///|~~~|=|[#>+-])", r"\\\1", written)
    written = re.sub(r"[ \t]+\n", lambda match: "  \n" if match.group(0).startswith("  ") else "\n", written)
    return re.sub(r"\n{3,}", "\n\n", written.replace(_START, "")).strip() + "\n"


def told(notes: list[str]) -> tuple[str, ...]:
    """Each note once, with how often it came."""
    return tuple(note if count == 1 else f"{note} ({count} times)" for note, count in Counter(notes).items())
