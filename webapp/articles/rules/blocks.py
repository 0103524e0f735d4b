"""Blocks: passages that are written once, approved where they stand, and used again word by word.

`blocks/<id>.<language>.md`: a head, and a text with slots like a page's. A page takes a copy: what is approved is
always a page, and a block counts as approved where its very text stands in one that is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from webapp.articles.rules.frontmatter import Audience, Markets, Text, Title
from webapp.articles.rules.locate import Finding, Severity
from webapp.core.errors import N_, said
from webapp.core.languages import LANGUAGES, MARKETS
from webapp.core.markdown import CITATION, without_code

LONGEST = 2000
"""Characters of a block: our choice, a long section."""
ALIKE = 0.75
"""Share of its words that a passage has in common with a block that it seems to be a copy of: our choice."""
FEWEST = 0.6
"""Share of a block's different words without which a passage is not looked at more closely: our choice."""
_NAME = re.compile(rf"([a-z0-9]+(?:-[a-z0-9]+)*)\.({'|'.join(language.tag for language in LANGUAGES)})\.md")
_CITED = re.compile(rf"[ \t]*{CITATION.pattern}")
_STOP = re.compile(r"[.。!！?？;；,，\n]")
_WORD = re.compile(r"[^\W_\u3400-\u9fff]+|[\u3400-\u9fff]")


class BlockHead(BaseModel):
    """What a block is for. `use` tells a writer when to take it; `markets` are all, where it is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    use: Text
    audience: Audience
    markets: Annotated[Markets, Field(min_length=1)] = MARKETS


@dataclass(frozen=True)
class Block:
    """A passage to be used again. `text` is as it is put into a page, its slots unfilled."""

    id: str
    language: str
    head: BlockHead
    text: str
    first_line: int = 1


def name_of(file: str) -> tuple[str, str] | None:
    """(id, language) of a file such as `emergency-call.en.md`; None for another name."""
    found = _NAME.fullmatch(file)
    return (found.group(1), found.group(2)) if found else None


def faults(block: Block) -> Iterator[Finding]:
    """What is wrong in a block's text besides what any market would find in it."""
    if not block.text:
        yield Finding(block.first_line, "empty", N_("the block has no text"), N_("Write it below the head"))
    if len(block.text) > LONGEST:
        yield Finding(block.first_line, "too-long",
                      said("the block has %(count)s characters", count=f"{len(block.text):,}"),
                      said("Keep it under %(count)s: a block is a passage", count=f"{LONGEST:,}"))
    if CITATION.search(block.text):
        yield Finding(block.first_line, "block-cites", N_("a block that cites a source"),
                      N_("Leave the citation out: the page that takes the block cites a source of its own"))


def stands_in(block: str, text: str) -> bool:
    """Whether a page's text holds a block's, word by word and mark by mark; what a page cites is not looked at."""
    return block in _CITED.sub("", text)


def beginning(block: str) -> str:
    """How a block's text begins, up to where a page may cite something: what to look for among many pages."""
    return _STOP.split(block, maxsplit=1)[0][:60]


def nearly(block: Block, text: str) -> tuple[int, str] | None:
    """(its place, from 0, and its words) of the lines of a page that are nearly a block's; None where there are none,
    or where the block itself stands there."""
    lines, height, wanted = _lines(text), block.text.count("\n") + 1, _words(block.text)
    known = set(wanted)
    for start in range(len(lines) - height + 1):
        if known.isdisjoint(lines[start][1]):
            continue
        passage = "\n".join(line for line, _ in lines[start:start + height])
        words = [word for _, said in lines[start:start + height] for word in said]
        is_alike = len(known & set(words)) >= FEWEST * len(known) and len(words) <= 2 * len(wanted)
        if is_alike and SequenceMatcher(None, wanted, words, autojunk=False).ratio() >= ALIKE:
            return None if stands_in(block.text, text) else (start, passage)
    return None


def hints(blocks: Iterable[Block], text: str, first_line: int) -> Iterator[Finding]:
    """Tells a writer of each passage that is nearly a block."""
    for block in blocks:
        found = nearly(block, text)
        if found is not None:
            yield Finding(first_line + found[0], "block-differs",
                          said("this passage differs a little from the block `%(id)s`", id=block.id),
                          said("Take the block's very words, or keep yours: %(use)s", use=block.head.use.rstrip(".。")),
                          Severity.WARNING)


@lru_cache(maxsize=2)
def _lines(text: str) -> tuple[tuple[str, list[str]], ...]:
    """Each line without what it cites, and its words. Kept from one block to the next."""
    return tuple((line, _words(line)) for line in _CITED.sub("", text).split("\n"))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def sections(text: str) -> list[str]:
    """The headings of level 2 that a block may be put below."""
    return [line.removeprefix("## ").strip() for line in without_code(text).split("\n") if line.startswith("## ")]


def with_block(text: str, block: Block, after: str = "") -> str:
    """A page's text with a block put at the end of the section of level 2 that is named, else at its end."""
    lines = text.rstrip("\n").split("\n")
    at = _end_of_section(lines, after)
    before, behind = lines[:at], lines[at:]
    while before and not before[-1].strip():
        before.pop()
    rest = ["", *behind] if behind else []
    return "\n".join([*before, "", *block.text.split("\n"), *rest]) + "\n"


def _end_of_section(lines: Sequence[str], name: str) -> int:
    visible = without_code("\n".join(lines)).split("\n")
    starts = [at for at, line in enumerate(visible) if line.startswith("## ")]
    for place, at in enumerate(starts):
        if name and lines[at].removeprefix("## ").strip() == name:
            return starts[place + 1] if place + 1 < len(starts) else len(lines)
    return len(lines)
