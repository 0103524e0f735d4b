"""Figures of every page, for a writer: how hard it is to read, and how a promotional one weighs risk."""

from collections.abc import Iterator
from pathlib import Path

from webapp.articles.rules.frontmatter import Audience
from webapp.articles.rules.lint import passages, readability
from webapp.articles.rules.lint.balance import balance
from webapp.articles.service.documents import Document
from webapp.articles.service.folder import own_words_of
from webapp.articles.service.library import Library, read
from webapp.policy import rules as policy


def measure(content: Path) -> Iterator[str]:
    """A line for each patients' page and each that a company paid for, as its first market reads it."""
    library = read(content)
    seen = set[str]()
    for document in library.documents:
        if document.path not in seen:
            seen.add(document.path)
            yield from _told(document, library)


def _told(document: Document, library: Library) -> Iterator[str]:
    found, _ = passages.split(document.source, document.lines)
    if document.audience is Audience.PATIENT and document.language.startswith("zh"):
        chinese = readability.chinese(document.source)
        yield (f"{document.path}: {chinese.sentences} sentences, {_figure(chinese.sentence_words)} words each, "
               f"CLDC {_figure(chinese.cldc)}")
    elif document.audience is Audience.PATIENT:
        names = own_words_of(document.topic, library.markets[document.market])
        english = readability.english(document.source, names)
        yield (f"{document.path}: {english.sentences} sentences, SMOG {_figure(english.adjusted)} without the topic's "
               f"words, {_figure(english.smog)} with them, Flesch-Kincaid {_figure(english.flesch_kincaid)}")
    shown = balance(found)
    if shown.share and policy.sells(document.front_matter.content_class, document.front_matter.funding.kind):
        yield (f"{document.path}: risk begins after {shown.begins_at:.0%} of the words and is {shown.share:.0%} of "
               "them")


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
