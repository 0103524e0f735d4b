"""How alike two reports are. It suggests, and decides nothing."""

import unicodedata
from dataclasses import dataclass
from functools import cached_property

from webapp.safety.rules.reports import Report

ENOUGH = 3
"""Points from which a case is suggested: more than age and sex alone, which one patient in fifty shares. Our choice."""
MOST_SIGNS = 2_000
"""Of a story that are compared: what happened stands at its beginning."""
HALF, QUARTER = 0.5, 0.25
"""Shares of common pairs of signs from which two stories are alike, or somewhat alike: our choice."""


@dataclass(frozen=True)
class Traits:
    """What of a report is compared, made once for each."""

    report: Report

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Pairs of neighbouring signs of the story: they need no words, which Chinese does not part."""
        text = "".join(folded(self.report.what[:MOST_SIGNS]).split())
        return frozenset(text[place:place + 2] for place in range(len(text) - 1))


@dataclass(frozen=True)
class Likeness:
    """Points, and what they are for: `age`, `sex`, `when`, `reaction`, `words`."""

    points: int
    same: tuple[str, ...]


def compare(one: Traits, other: Traits, *, is_same_reaction: bool = False) -> Likeness:
    """Age, sex and beginning as far as both have them, the coded reaction, and how many words they share. What
    differs counts against it."""
    points, same = 0, []
    for name, worth in (("age", 2), ("sex", 1), ("when", 1)):
        mine, theirs = (folded(getattr(traits.report, name)) for traits in (one, other))
        if mine and theirs:
            points += worth if mine == theirs else -worth
            same += [name] if mine == theirs else []
    if is_same_reaction:
        points, same = points + 2, [*same, "reaction"]
    share = _share(one.pairs, other.pairs)
    if share >= QUARTER:
        points, same = points + (3 if share >= HALF else 1), [*same, "words"]
    return Likeness(points, tuple(same))


def folded(text: str) -> str:
    """The text for comparison: without case, width and blanks around it."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    both = one | other
    return len(one & other) / len(both) if both else 0.0
