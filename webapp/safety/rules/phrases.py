"""Phrases: written with alternatives and gaps, found as the longest that begins at a place."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any, Generic, TypeVar

GAP = "..."
WIDEST_GAP = 4
"""Words; our choice: "gave him two of my" tablets, and no sentence."""
STOP, ASKED, PAUSE = ".", "?", ","
"""Tokens of a sentence's end, of a question's, and of a comma, over which no phrase reaches."""
_GROUP = re.compile(r"\(([^()]*\|[^()]*)\)")
HAN = "\u3400-\u9fff"
_EMOJI = "\u2600-\u27bf\U0001f300-\U0001faff"
_MEANING = "\n"
"""Where a node keeps what the phrase that ends there means; no token."""
Meaning = TypeVar("Meaning")
_Node = dict[str, Any]
"""Token -> node, and the meaning; a type of both would name itself."""


def expand(written: str) -> Iterator[str]:
    """Every wording of a phrase with `(one|other)` in it."""
    parts = _GROUP.split(written)
    choices = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
    for chosen in product(*choices):
        yield "".join(chosen)


def token_pattern(whole: Iterable[str]) -> re.Pattern[str]:
    """Finds the tokens of a folded text: words, numbers, single Chinese signs save those of `whole`, emoji, stops.

    The groups: 1 a word, 2 a number, 3 Chinese signs in a row, each a token of its own, 4 one of `whole`, any other
    Chinese sign or an emoji, 5 an end, 6 a pause."""
    longest_first = sorted(whole, key=len, reverse=True)
    words, firsts = "|".join(map(re.escape, longest_first)), "".join(sorted({word[0] for word in longest_first}))
    return re.compile(rf"([a-z][a-z'\x7f]*)|([0-9]+(?:[.,][0-9]+)?)|((?:(?![{firsts}])[{HAN}])+)"
                      rf"|({words}|[{HAN}]|[{_EMOJI}])|([.!?。;；][.!?。;；\s]*|\n\s*\n)|([,，、:：])")


class Phrases(Generic[Meaning]):
    """A tree of phrases by their tokens. Finding is linear in the text: a phrase is short, and so are its gaps."""

    def __init__(self) -> None:
        self._root: _Node = {}
        self._alone: dict[str, Meaning] = {}
        """What phrases of a single token mean."""
        self._gapped: set[str] = set()
        """First tokens that a gap may follow."""

    def add(self, tokens: Sequence[str], meaning: Meaning) -> Meaning:
        """Keeps what a phrase means; what it meant already, where it is known."""
        node = self._root
        for token in tokens:
            node = node.setdefault(token, {})
        kept: Meaning = node.setdefault(_MEANING, meaning)
        if len(tokens) == 1:
            self._alone[tokens[0]] = kept
        elif GAP in tokens[1:2]:
            self._gapped.add(tokens[0])
        return kept

    def found_in(self, tokens: Sequence[str]) -> list[tuple[int, int, Meaning]]:
        """Where phrases begin and end (excluded), and what they mean: the longest that begins at each token, save what
        lies within one before."""
        found: list[tuple[int, int, Meaning]] = []
        reached, following, alone, gapped = 0, (*tokens[1:], ""), self._alone, self._gapped
        for start, node in enumerate(map(self._root.get, tokens)):
            if node is None:
                continue
            token = tokens[start]
            if following[start] in node or token in gapped:
                longest = _longest(tokens, start + 1, node)
                if longest and longest[0] > reached:
                    reached = longest[0]
                    found.append((start, *longest))
            elif start >= reached and token in alone:  # as most are: a call for each would take most of the time
                reached = start + 1
                found.append((start, reached, alone[token]))
        return found


def _longest(tokens: Sequence[str], place: int, node: _Node | None) -> tuple[int, Any] | None:
    best, length = None, len(tokens)
    while node:
        if _MEANING in node:
            best = place, node[_MEANING]
            if len(node) == 1:
                break
        if GAP in node:
            best = max((found for found in (best, _over_gap(tokens, place, node[GAP])) if found),
                       key=lambda found: found[0], default=None)
        node = node.get(tokens[place]) if place < length else None
        place += 1
    return best


def _over_gap(tokens: Sequence[str], place: int, node: _Node) -> tuple[int, Any] | None:
    for later in range(place, min(place + WIDEST_GAP + 1, len(tokens))):
        following = node.get(tokens[later])
        found = _longest(tokens, later + 1, following) if following else None
        if found:
            return found
        if tokens[later] in (STOP, ASKED, PAUSE):
            break
    return None
