"""What a reader finds. The index is a hint: each page is shown as the database has it now, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from sqlmodel import Session

from webapp.articles import queries as articles
from webapp.articles.rules.shelf import UNLISTED, Entry, path_of
from webapp.articles.service.admitting import may_see
from webapp.core.languages import CHINESE, Place
from webapp.policy import rules as policy
from webapp.safety.service import overhearing
from webapp.search.rules import asking
from webapp.search.rules.snippets import Piece, snippet
from webapp.search.service.index import Finder, Hit, Shelf

MOST = 20
"""Pages that are shown: our choice; who finds none of them of use types another word."""
SPARE = 5
"""More that are asked for, in the place of those that may not be shown any more: the index is seconds behind."""
FEW = 3
"""Pages below which those with some of the words are shown as well: our choice."""
MOST_MEANT = 3
DRUG = "drug"


@dataclass(frozen=True)
class Seat:
    """Who asks, and through which pages: those of a place and an edition."""

    place: Place
    audience: str
    reader: policy.Reader
    on: date

    @property
    def shelf(self) -> Shelf:
        """What of the index is looked through: what is gated is not so much as counted for strangers."""
        accesses = ("open", "gated") if self.reader.is_signed_in else ("open",)
        return Shelf(self.audience, self.place.language.tag, self.place.market, accesses)

    def may_see(self, entry: Entry) -> bool:
        """Whether a page that the database has is named to this reader here."""
        return (entry.place == self.place and entry.audience == self.audience
                and entry.content_class not in UNLISTED
                and (entry.access == "open" or self.reader.is_signed_in)
                and may_see(self.reader, entry.market, (entry.content_class, entry.funding), self.on))


class Result(NamedTuple):
    """A page that is shown."""

    title: str
    url: str
    kind: str
    drawing: str | None
    passage: tuple[Piece, ...]


@dataclass(frozen=True)
class Found:
    """What is shown. `is_close`: not all words stand in these pages as they were typed. `meant`: what may have been
    meant, where nothing was found."""

    results: tuple[Result, ...] = ()
    is_close: bool = False
    has_more: bool = False
    meant: tuple[Result, ...] = ()


@dataclass(frozen=True)
class Search:
    """One search: where it looks, for what, and for whom."""

    session: Session
    finder: Finder
    query: asking.Query
    seat: Seat
    homes: Mapping[str, str]

    def pages(self, *, may_slip: bool, is_all: bool) -> list[Result]:
        """Pages that fit and may be shown, the best first."""
        return self._shown(self.finder.look(self.query, self.seat.shelf, may_slip=may_slip, is_all=is_all,
                                            limit=MOST + SPARE), may_slip=may_slip)

    def of_the_medicine(self, found: Sequence[Result]) -> list[Result]:
        """Without pages on other medicines than the query names, if it names one: what they say of alcohol or of
        pregnancy is true of them alone."""
        named = " ".join(overhearing.substances(self.session, " ".join(unit.text for unit in self.query.units)))
        if not named:
            return list(found)
        itself = replace(self, query=asking.read(named))
        of_it = {page.url for page in itself.pages(may_slip=True, is_all=True)}
        return [page for page in found if page.kind != DRUG or page.url in of_it]

    def meant(self) -> list[Result]:
        """Pages whose names are nearly what was typed."""
        return self._shown(self.finder.look_for_names(self.query, self.seat.shelf, MOST_MEANT), may_slip=True)

    def _shown(self, hits: Sequence[Hit], *, may_slip: bool) -> list[Result]:
        live = articles.live_documents(self.session, {hit.document_id for hit in hits})
        kept = [(live[hit.document_id], hit) for hit in hits
                if hit.document_id in live and self.seat.may_see(live[hit.document_id])]
        return [Result(entry.title, path_of(entry.address, entry.audience, self.seat.place, self.homes), entry.kind,
                       entry.drawing, _passage(entry, hit, self.query, may_slip=may_slip)) for entry, hit in kept]


def find(search: Search, *, is_all_alone: bool = False) -> Found:
    """The pages that fit, the best first: with all words, or where there is none with all of them but for slips; and
    where these are few, those with some of the words after them, unless they are about another medicine than the one
    that is asked for. `is_all_alone`: those with all words, and nothing else. Raises NotReady."""
    if is_all_alone:
        return Found(tuple(search.pages(may_slip=False, is_all=True)[:MOST]))
    exact = search.pages(may_slip=False, is_all=True)
    results = exact or search.pages(may_slip=True, is_all=True)
    if len(results) < FEW and not search.query.is_one_word:
        shown = {result.url for result in results}
        some = search.of_the_medicine(search.pages(may_slip=not exact, is_all=False))
        results = results + [result for result in some if result.url not in shown]
    if not results:
        return Found(meant=tuple(search.meant()))
    return Found(tuple(results[:MOST]), not exact, len(results) > MOST)


def _passage(entry: Entry, hit: Hit, query: asking.Query, *, may_slip: bool) -> tuple[Piece, ...]:
    """From the text, if it is the one that readers see; else, and where no word stands in it, the summary."""
    is_han = entry.language == CHINESE.tag
    text = hit.text if hit.revision_id == entry.revision_id else ""
    return snippet(text, query.units, is_han=is_han, may_slip=may_slip) or (Piece(entry.summary, False),)
