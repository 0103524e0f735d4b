"""A draft as it is: what the lint finds, and what a market's readers would see. The functions of `content check`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlmodel import Session

from webapp.articles.rules import drafting
from webapp.articles.rules.blocks import hints
from webapp.articles.rules.drafting import Place
from webapp.articles.rules.frontmatter import Audience
from webapp.articles.rules.locate import Problem, Severity
from webapp.articles.rules.shelf import path_of
from webapp.articles.service.build import build
from webapp.articles.service.catalogue import Catalogue
from webapp.articles.service.desk import files, words
from webapp.articles.service.desk.suggesting import Suggested, suggested
from webapp.articles.service.desk.words import Word
from webapp.articles.service.documents import Asset, Document
from webapp.articles.service.folder import TOPIC_FILE, read_folder, read_head
from webapp.articles.service.leaning import digests
from webapp.articles.service.stacks import Stacks
from webapp.articles.service.trees import Memory
from webapp.core.languages import Place as ReadersPlace
from webapp.core.languages import by_tag
from webapp.core.markdown import MarkdownRefused

PictureUrl = Callable[[str], str]


@dataclass(frozen=True)
class Look:
    """What is wrong with a draft, and how one market reads it. `html` is empty of what cannot be shown: front matter
    that is not understood, or a topic's own file. `words` are those of the glossary that stand beside it."""

    path: str
    problems: tuple[Problem, ...]
    markets: tuple[str, ...] = ()
    market: str = ""
    title: str = ""
    summary: str = ""
    html: str = ""
    words: tuple[Word, ...] = ()
    language: str = ""
    suggested: tuple[Suggested, ...] = ()

    @property
    def errors(self) -> int:
        """How many there are that keep it out of the library."""
        return sum(problem.severity is Severity.ERROR for problem in self.problems)

    @property
    def missing_words(self) -> list[Word]:
        """Those that the text it was translated from says, and it does not."""
        return [word for word in self.words if word.is_missing]

    @property
    def said_words(self) -> list[Word]:
        """Those that it says."""
        return [word for word in self.words if not word.is_missing]


def look(session: Session, place: Place, content: bytes, *, base: bytes, homes: Mapping[str, str],
         picture_url: PictureUrl, market: str = "") -> Look:
    """Reads, checks and renders a draft without writing anything; never raises for what stands in it. `base` is the
    library's text that it was begun from."""
    around = files.around(session, place.address, {place.path: content})
    stacks = Stacks(Memory(around), look_up=partial(digests, session))
    readings = [read_folder(folder, is_draft=True) for folder in stacks.folders({place.path: ""})]
    catalogue = Catalogue(stacks)
    for reading in readings:
        catalogue.note(reading)
    every = {*stacks.problems, *(problem for reading in readings for problem in
                                 (*reading.problems, *catalogue.problems(reading))),
             *_of_before(place, base, content), *_nearly_blocks(stacks, place, content)}
    own = sorted((problem for problem in every if problem.path.startswith(f"{place.address}/")),
                 key=lambda problem: (problem.path != place.path, problem.line or 0, problem.message))
    documents = {document.market: document for reading in readings for document in catalogue.linked(reading)}
    beside = words.beside(stacks, place, content)
    if place.name == TOPIC_FILE or not documents:
        return Look(place.path, tuple(own), words=beside, language=place.language)
    chosen = documents[market if market in documents else next(iter(documents))]
    return replace(_shown(chosen, homes, picture_url), problems=tuple(own), markets=tuple(documents), words=beside,
                   language=place.language, suggested=suggested(session, place, content, around, chosen.market))


def _nearly_blocks(stacks: Stacks, place: Place, content: bytes) -> Iterator[Problem]:
    head = read_head(content)
    if place.audience and not isinstance(head, list):
        own = [block for block in stacks.blocks
               if (block.language, str(block.head.audience)) == (place.language, place.audience)]
        yield from (finding.at(place.path) for finding in hints(own, head[2], head[3]))


def _of_before(place: Place, base: bytes, content: bytes) -> Iterator[Problem]:
    head, before = read_head(content), read_head(base)
    if place.name == TOPIC_FILE or content == base or isinstance(head, list) or isinstance(before, list):
        return
    found = drafting.review_of_before(before[0], head[0], head[1].line(("reviewed",)))
    if found:
        yield found.at(place.path)


def _shown(document: Document, homes: Mapping[str, str], picture_url: PictureUrl) -> Look:
    def topic_url(_: Document, audience: Audience, address: str) -> str:
        return path_of(address, str(audience), ReadersPlace(by_tag(document.language), document.market), homes)

    def asset_url(asset: Asset) -> str:
        return picture_url(asset.name)

    try:
        html = build(document, topic_url=topic_url, asset_url=asset_url).html
    except MarkdownRefused:
        html = ""  # the lint says why, with its line
    return Look(document.path, (), market=document.market, title=document.title, summary=document.summary, html=html)
