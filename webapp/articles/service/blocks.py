"""Reads blocks, and finds where their very text is approved."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from webapp.articles.rules.blocks import Block, BlockHead, faults, name_of
from webapp.articles.rules.frontmatter import Audience, Kind, MarketFile, validate
from webapp.articles.rules.lint.judging import Written, judge
from webapp.articles.rules.locate import Finding, read_yaml
from webapp.articles.rules.slots import Filled, fill
from webapp.articles.service.folder import decode, split_head
from webapp.core.errors import N_
from webapp.core.markdown import refusal
from webapp.policy.rules import ContentClass, FundingKind

BLOCKS = "blocks"
"""The folder of blocks; content may lack it."""


@lru_cache(maxsize=256)
def read_block(file: str, content: bytes) -> Block | tuple[Finding, ...]:
    """A block, or what is wrong in it. Kept, since the desk asks at every keystroke."""
    name, text = name_of(file), decode(content)
    if name is None:
        return (Finding(1, "block-name", N_("not a name that a block has"),
                        N_("Name it <id>.<language>.md")),)
    if isinstance(text, Finding):
        return (text,)
    head = split_head(text)
    if isinstance(head, Finding):
        return (head,)
    yaml, body, first_line = head
    read = read_yaml(yaml, 2)
    found = [read] if isinstance(read, Finding) else validate(BlockHead, read)
    if isinstance(found, list):
        return tuple(found)
    lead = len(body) - len(body.lstrip("\n"))
    block = Block(*name, found, body.strip("\n"), first_line + lead)
    refused = refusal(block.text)
    wrong = [*faults(block)] + ([Finding(first_line + refused.line - 1, refused.code, refused.message, refused.remedy)]
                                if refused else [])
    return tuple(wrong) or block


def filled(block: Block, market: str, markets: Mapping[str, MarketFile]) -> Filled | None:
    """The block as a market reads it; None where it is not for that market."""
    if market not in block.head.markets or market not in markets:
        return None
    return fill(block.text, markets[market], market, block.language, first_line=block.first_line)


def problems(block: Block, markets: Mapping[str, MarketFile]) -> Iterator[Finding]:
    """What its markets find in it: slots that nobody fills, claims that a law forbids."""
    for market in block.head.markets:
        text = filled(block, market, markets)
        if text is None:
            continue
        yield from text.findings
        yield from judge(Written(
            Kind.DISEASE, Audience(block.head.audience), block.language, market, ContentClass.DISEASE_EDUCATION,
            FundingKind.INDEPENDENT, text.text, text.lines, frozenset(), is_measured=False))
