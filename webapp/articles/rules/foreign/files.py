"""Reads one foreign file by its format."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from html import escape
from xml.etree import ElementTree

from webapp.articles.rules.foreign import body, heads
from webapp.articles.rules.foreign.page import ForeignPage, Unreadable
from webapp.articles.rules.frontmatter import MAX_SUMMARY_CHARACTERS, MAX_SUMMARY_HAN, MAX_TITLE_CHARACTERS
from webapp.articles.rules.languages import HAN

Reader = Callable[[str, str, str], ForeignPage]
"""Takes a text, the heading over what stands before its first, and a title for a page that names none."""
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*")
_ITEM = re.compile(r"\s+- (?=\S)")
_MARK = re.compile(r"\[@[^\]]*\]|[*_`#>]|\\(?=\W)")


def read_markdown(text: str, first_heading: str, name: str) -> ForeignPage:
    """Markdown under any of the usual heads. The same for VA.gov's, whose keys and tags are among them."""
    head, source = heads.split(text)
    done = body.of_markdown(source, first_heading)
    notes = [*done.notes, *(f"key `{key}` of its head" for key in head.others)]
    title = head.title or done.title
    if not title:
        notes.append("title made of the file's name: it names none")
    elif done.title not in ("", title):
        notes.append(f"heading `{done.title}`: the title is in the head")
    return _page(title or name, head.summary, done.body, notes, address=head.address, day=head.day)


def read_medquad(text: str, first_heading: str, name: str) -> ForeignPage:
    """Questions and answers in XML, as the MedQuAD collection has them: each question a section."""
    root = _xml(text)
    asked = [(_words(pair.findtext("Question")), pair.findtext("Answer") or "") for pair in root.iter("QAPair")]
    answered = [(question, answer) for question, answer in asked if answer.strip()]
    if not answered:
        raise Unreadable("it holds no answers: this collection leaves out those that are under copyright")
    html = "".join(f"<h2>{escape(question)}</h2>{_paragraphs(answer)}" for question, answer in answered)
    done = body.of_html(html, first_heading)
    notes = [*done.notes, *(f"question without an answer: {question}" for question, answer in asked
                            if not answer.strip())]
    return _page(_words(root.findtext("Focus")) or name, "", done.body, notes, address=root.get("url", ""),
                 issuer=root.get("source", ""))


READERS: Mapping[str, tuple[str, Reader]] = {
    "markdown": ("*.md", read_markdown), "vagov": ("*.md", read_markdown), "medquad": ("*.xml", read_medquad)}
"""Format -> the names of its files, and who reads them."""


def _xml(text: str) -> ElementTree.Element:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable("it declares a document type or entities. Remove the declaration")
    try:
        root = ElementTree.fromstring(text.encode())
    except ElementTree.ParseError as error:
        raise Unreadable(f"it is no well-formed XML: {error}") from None
    if root.tag != "Document":
        raise Unreadable(f"it is no document of MedQuAD: its root is <{root.tag[:40]}>, not <Document>")
    return root


def _words(text: str | None) -> str:
    return re.sub(r"\s+([?.,])", r"\1", " ".join((text or "").split()))


def _paragraphs(answer: str) -> str:
    made = []
    for block in re.split(r"\n\s*\n", answer.strip()):
        head, *items = _ITEM.split(f" {' '.join(block.split())}")
        made.append(f"<p>{escape(head.strip())}</p>" if head.strip() else "")
        made.append(f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>" if items else "")
    return "".join(made)


def _page(title: str, summary: str, text: str, notes: list[str], *, address: str = "", issuer: str = "",
          day: date | None = None) -> ForeignPage:
    if len(title) > MAX_TITLE_CHARACTERS:
        raise Unreadable(f"its title has {len(title)} characters, at most {MAX_TITLE_CHARACTERS} are taken")
    short = _shortened(summary or _first_words(text) or title)
    if short != summary:
        notes.append("summary shortened" if summary else "summary made of its first sentences")
    return ForeignPage(title, short, text, _secure(address, notes), issuer, day, body.told(notes))


def _first_words(text: str) -> str:
    """The first paragraph, or else the first item of a list."""
    lines = [_MARK.sub("", line).strip() for line in text.split("\n") if line and line[0] not in "#|/>`: "]
    return next((line for line in lines if not line.startswith("-")), next(iter(lines), "")).lstrip("- ")


def _shortened(summary: str) -> str:
    """Whole sentences as far as they fit, or the beginning of the first."""
    fitting = ""
    for sentence in _SENTENCE.split(summary):
        longer = f"{fitting} {sentence}".strip() if not HAN.search(sentence) else fitting + sentence
        if not _fits(longer):
            break
        fitting = longer
    while not fitting and not _fits(summary):
        summary = summary[:-1]
    return (fitting or summary).strip()


def _fits(summary: str) -> bool:
    return len(summary) <= MAX_SUMMARY_CHARACTERS and len(HAN.findall(summary)) <= MAX_SUMMARY_HAN


def _secure(address: str, notes: list[str]) -> str:
    if address.startswith("http://"):
        notes.append("address of the page read as https")
        return "https://" + address.removeprefix("http://")
    return address if address.startswith("https://") else ""
