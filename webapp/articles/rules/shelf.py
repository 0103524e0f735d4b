"""What is published, as one value: who stands beside whom, and at which address. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from webapp.articles.rules.frontmatter import Kind
from webapp.core.languages import LANGUAGES, MARKETS, Place, by_tag, prefix
from webapp.core.subject import Subject

AUDIENCES = ("patient", "hcp")
UNLISTED = frozenset({"promotional"})
"""Content classes that lists, searches and other pages do not name: they are found by their address only."""
LABEL_PAGE = "label"
"""The kind of stored page that shows a product label beside a document."""
LABEL_PART = "/label"
"""What its address ends in, after the document's."""
MOST_KEPT = 500
"""Topics, and pages, that one account keeps: our choice, far beyond what a list is good for."""


@dataclass(frozen=True)
class Entry:
    """A published document without its body; `related` are addresses such as `diseases/asthma`."""

    document_id: int
    key: str
    revision_id: int
    digest: str
    kind: str
    slug: str
    audience: str
    language: str
    market: str
    title: str
    summary: str
    content_class: str
    funding: str
    company: str
    statements: tuple[str, ...] | None
    """Policy's sentences as they were signed; None of old revisions, which did not keep them."""
    is_sample: bool
    expected_seconds: int
    drawing: str | None
    related: tuple[str, ...]
    access: str
    clearance: str | None
    published_at: datetime | None
    labels: tuple[str, ...] = ()
    """Set ids of the medicine's labels here."""
    text_digest: str = ""
    """Of the file it was made from; empty if that was not kept."""
    translated_of: str = ""
    """The language that it was translated from, if its head says so."""
    translated_digest: str = ""
    """How the digest of that page's file began then."""

    @property
    def subject(self) -> Subject:
        """How lower packages name it."""
        return Subject("article", self.document_id)

    @property
    def address(self) -> str:
        """`diseases/asthma`, the same in every language, market and edition."""
        return f"{Kind(self.kind).folder}/{self.slug}"

    @property
    def name(self) -> str:
        """What commands call it: address, audience, language and market."""
        return f"{self.address} ({self.audience}, {self.language}, {self.market})"

    @property
    def place(self) -> Place:
        """Where its readers stand."""
        return Place(by_tag(self.language), self.market)

    @property
    def edition(self) -> str:
        """`patient` or `pro`."""
        return "pro" if self.audience == "hcp" else "patient"

    @property
    def is_listed(self) -> bool:
        """Whether lists and other pages name it: promotional and gated pages are found by their address only."""
        return self.access == "open" and self.content_class not in UNLISTED


def is_signed(content_class: str, is_sample: bool) -> bool:
    """Whether a page needs signatures even in demo mode: all but samples, and what promotes even as a sample."""
    return content_class == "promotional" or not is_sample


@dataclass(frozen=True)
class Kept:
    """A document that a reader saved, or of a topic that one follows, as readers see it or last saw it. `kept_at` says
    when that was; `ended_at` when it was last taken down."""

    key: str
    topic_id: int
    kind: str
    slug: str
    audience: str
    language: str
    market: str
    title: str
    topic_titles: Mapping[str, str]
    content_class: str
    funding: str
    is_live: bool
    published_at: datetime | None
    ended_at: datetime | None
    kept_at: datetime

    @property
    def address(self) -> str:
        """`diseases/asthma`."""
        return f"{Kind(self.kind).folder}/{self.slug}"

    @property
    def place(self) -> Place:
        """Where its readers stand."""
        return Place(by_tag(self.language), self.market)


Spot = tuple[str, str, str, str]
"""(address, audience, language, market)"""


@dataclass(frozen=True)
class Shelf:
    """All published documents, and the homes that decide their addresses."""

    entries: tuple[Entry, ...]
    homes: Mapping[str, str]

    @cached_property
    def _by_spot(self) -> dict[Spot, Entry]:
        return {(entry.address, entry.audience, entry.language, entry.market): entry for entry in self.entries}

    def at(self, address: str, audience: str, language: str, market: str) -> Entry | None:
        """The document on this spot."""
        return self._by_spot.get((address, audience, language, market))

    def path(self, entry: Entry) -> str:
        """The address readers know it by, e.g. `/en/pro/diseases/asthma`."""
        return path_of(entry.address, entry.audience, entry.place, self.homes)

    def open_at(self, place: Place, audience: str) -> list[Entry]:
        """What anybody may read here and is listed."""
        return [entry for entry in self.entries if entry.place == place and entry.audience == audience
                and entry.is_listed]

    def with_entries(self, changed: Iterable[Entry], removed: Iterable[int] = ()) -> "Shelf":
        """The shelf after these are published and those document ids withdrawn."""
        by_id = {entry.document_id: entry for entry in self.entries}
        by_id.update({entry.document_id: entry for entry in changed})
        for document_id in removed:
            by_id.pop(document_id, None)
        return replace(self, entries=tuple(by_id.values()))

    def neighbours(self, addresses: Iterable[str]) -> list[Entry]:
        """Documents whose page names one of these topics: the topics' own, and those related to them."""
        named = set(addresses)
        return [entry for entry in self.entries if entry.address in named or named & set(entry.related)]

    def languages_of(self, entry: Entry) -> list[tuple[Place, Entry]]:
        """The same page in every language, in this market, else in the language's home market."""
        found = []
        for language in LANGUAGES:
            for market in (entry.market, self.homes[language.url]):
                other = self.at(entry.address, entry.audience, language.tag, market)
                if other is not None:
                    found.append((Place(language, market), other))
                    break
        return found

    def source_of(self, entry: Entry) -> Entry | None:
        """The published page that one was translated from, in this market, else in its language's home market."""
        language = next((language for language in LANGUAGES if language.tag == entry.translated_of), None)
        markets = () if language is None else (entry.market, self.homes[language.url])
        found = (self.at(entry.address, entry.audience, entry.translated_of, market) for market in markets)
        return next((other for other in found if other is not None), None)

    def is_behind(self, entry: Entry) -> bool:
        """Whether readers of the page it was translated from see another text than was translated."""
        source = self.source_of(entry)
        return bool(source and source.text_digest and not source.text_digest.startswith(entry.translated_digest))

    def markets_of(self, entry: Entry) -> list[tuple[str, Entry]]:
        """The same page in every market, in this language."""
        found = ((market, self.at(entry.address, entry.audience, entry.language, market)) for market in MARKETS)
        return [(market, other) for market, other in found if other is not None]

    def editions_of(self, entry: Entry) -> list[Entry]:
        """The same topic for each audience, here."""
        found = (self.at(entry.address, audience, entry.language, entry.market) for audience in AUDIENCES)
        return [other for other in found if other is not None]


def spot_of(place: Place, rest: str) -> Spot:
    """What an address below a place's prefix names, such as `pro/drugs/apixaban`."""
    audience, address = ("hcp", rest[4:]) if rest.startswith("pro/") else ("patient", rest)
    if address.count("/") == 2:  # the label beside a page is ruled as the page is
        address = address.removesuffix(LABEL_PART)
    return address, audience, place.language.tag, place.market


def path_of(address: str, audience: str, place: Place, homes: Mapping[str, str]) -> str:
    """The path of an address for an audience in a place."""
    return f"/{prefix(place, homes)}/{'pro/' if audience == 'hcp' else ''}{address}"
