"""What somebody asks for. A query has no operators: every sign is either part of a word or nothing."""

import re
from typing import NamedTuple

from webapp.search.rules.brands import by_substance
from webapp.search.rules.words import LONGEST, pairs_of, stem_of, whole, words_of

MOST_SIGNS = 200
"""Signs of a query that are read: our choice, a long sentence."""
MOST_UNITS = 12
"""Words of it that are looked for: our choice."""
SLIPS_FROM = 5
"""Letters from which on a word may have a slip: shorter ones are one letter away from too many others."""
SMALL = """a about after an and are at be by can do does for from get had has have how i if in is it me my of on or
should so take the to was what when which who why will with you your"""
"""Words that say nothing of what is asked for."""
_SMALL = frozenset(stem_of(word.text) for word in words_of(SMALL))
SHORT_RUN = 3
"""Pairs of a run of Chinese signs from which on it may be more than one word."""
_ASKING = re.compile("为什么|吃什么|怎么办|是什么|什么是|什么|怎么样|怎么|怎样|如何|哪些|哪种|多少|能不能|"
                     "可不可以|可以|是不是|会不会|有没有|需要|应该|吗|呢|的")


class Unit(NamedTuple):
    """What must stand in a page: one word in letters, or one run of Chinese signs as pairs. A run of one sign is what
    a gram begins with."""

    text: str
    grams: tuple[str, ...]
    is_han: bool
    may_slip: bool = False

    @property
    def enough(self) -> int:
        """How many of the pairs of a run a page must hold: all of a short word; of a longer run about three in four,
        since those across two words stand nowhere."""
        return len(self.grams) - (len(self.grams) + 1) // 4


class Query(NamedTuple):
    """A query as it is looked for. `name`: all of it as one gram, as names are kept."""

    units: tuple[Unit, ...]
    name: str

    @property
    def is_one_word(self) -> bool:
        """Whether all of it must be meant at once: a page with some of it has none of it."""
        return len(self.units) == 1 and len(self.units[0].grams) < SHORT_RUN


def plain(words: str) -> str:
    """A query as it is kept in its sealed address and shown again: on one line, without signs that print nothing, and
    no longer than is read."""
    printed = "".join(sign if sign.isprintable() else " " for sign in words[:10 * MOST_SIGNS])
    return " ".join(printed.split())[:MOST_SIGNS].strip()


def read(words: str) -> Query:
    """What a query asks for. Small words and those that only make a question are left out if anything else stands
    there, and brands are read as what they hold."""
    words = by_substance(words)
    units = _units(_ASKING.sub(" ", words))
    telling = [unit for unit in units if unit.is_han or unit.grams[0] not in _SMALL]
    return Query(tuple(dict.fromkeys(telling or units or _units(words)))[:MOST_UNITS], whole(words))


def _units(words: str) -> list[Unit]:
    return [_run(word.text) if word.is_han else _word(word.text) for word in words_of(words)]


def _word(text: str) -> Unit:
    return Unit(text[:LONGEST], (stem_of(text),), False, SLIPS_FROM <= len(text) <= LONGEST)


def _run(text: str) -> Unit:
    return Unit(text, tuple(dict.fromkeys(pairs_of(text))) or (text,), True)
