"""Blocks at the writer's hand: those that fit a draft, where their very text is approved, and putting one in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.queries import desk as desk_queries
from webapp.articles.rules import drafting
from webapp.articles.rules.blocks import Block, beginning, nearly, sections, stands_in, with_block
from webapp.articles.rules.drafting import Place
from webapp.articles.rules.shelf import Entry
from webapp.articles.service.blocks import BLOCKS, filled
from webapp.articles.service.desk import drafts
from webapp.articles.service.folder import read_head
from webapp.articles.service.pages import Clearance, clearances_of
from webapp.articles.service.stacks import Stacks
from webapp.articles.service.trees import Memory
from webapp.core.differences import Hunk, by_words, hunks
from webapp.core.errors import N_, NotFound
from webapp.core.languages import MARKETS
from webapp.people.rules import MARKET_NAMES


@dataclass(frozen=True)
class Approved:
    """A page that readers see and that was approved with a block's very text in it."""

    page: Entry
    clearance: Clearance

    @property
    def version(self) -> str:
        """As the page prints it."""
        return self.page.digest[:8]


@dataclass(frozen=True)
class Wording:
    """A block as some markets read it, alike, and where that is approved."""

    markets: tuple[str, ...]
    text: str
    approved: tuple[Approved, ...]


@dataclass(frozen=True)
class Offered:
    """A block that fits a draft. `differences` are those between it and a passage of the draft that is nearly it."""

    block: Block
    wordings: tuple[Wording, ...]
    is_there: bool
    differences: tuple[Hunk, ...]


def show(session: Session, key: str) -> dict[str, Any]:
    """The blocks of a draft's language, audience and markets."""
    draft = drafts.find(session, key)
    place, content = _place(draft.path), drafts.text(session, draft)
    stacks, text = _stacks(session), content.decode("utf-8", "replace")
    offered = [_offered(session, block, stacks, _markets(content), text) for block in _fitting(stacks.blocks, place)
               if set(block.head.markets) & set(_markets(content))]
    return {"draft": draft, "place": place, "blocks": offered, "markets": MARKET_NAMES, "sections": sections(text)}


def text_with(session: Session, key: str, name: str, after: str) -> bytes:
    """The draft's text with a block at the end of a section, or of the page. NotFound for a block that does not fit."""
    draft = drafts.find(session, key)
    block = next((block for block in _fitting(_stacks(session).blocks, _place(draft.path)) if block.id == name), None)
    if block is None:
        raise NotFound(N_("There is no such block for this page."))
    return drafting.text_of(with_block(drafts.text(session, draft).decode("utf-8", "replace"), block, after))


def _stacks(session: Session) -> Stacks:
    """The library's blocks, and the markets that fill them."""
    held = desk_queries.files_of_all(session)
    return Stacks(Memory({path: content for path, content in held.items() if path.startswith((f"{BLOCKS}/", "markets/"))
                          }))


def _fitting(blocks: Sequence[Block], place: Place) -> list[Block]:
    return [block for block in blocks if (block.language, block.head.audience) == (place.language, place.audience)]


def _markets(content: bytes) -> tuple[str, ...]:
    """Those of a draft; all, where its head is not understood."""
    head = read_head(content)
    return MARKETS if isinstance(head, list) else head[0].markets


def _offered(session: Session, block: Block, stacks: Stacks, markets: Sequence[str], text: str) -> Offered:
    by_text: dict[str, list[str]] = {}
    for market in markets:
        read = filled(block, market, stacks.markets)
        if read is not None:
            by_text.setdefault(read.text, []).append(market)
    wordings = tuple(Wording(tuple(alike), words, tuple(_approved(session, block, words, alike)))
                     for words, alike in by_text.items())
    near = nearly(block, text)
    changed = () if near is None else tuple(hunks(by_words(block.text, near[1])))
    return Offered(block, wordings, stands_in(block.text, text), changed)


def _approved(session: Session, block: Block, words: str, markets: Sequence[str]) -> Iterator[Approved]:
    """The pages for the block's readers that say exactly this under a clearance of review, by their names."""
    saying = {number for number, source in desk_queries.live_sources(
        session, block.language, str(block.head.audience), markets, beginning(words)) if stands_in(words, source)}
    found: Mapping[int, Entry] = queries.live_documents(session, saying)
    cleared = clearances_of(session, found.values())
    for page in sorted(found.values(), key=lambda page: page.name):
        if cleared[page.document_id].approvals:
            yield Approved(page, cleared[page.document_id])


def _place(path: str) -> Place:
    place = drafting.place_of(path)
    if place is None or not place.audience:
        raise NotFound(N_("Blocks are put into pages; this is a topic's own file."))
    return place

