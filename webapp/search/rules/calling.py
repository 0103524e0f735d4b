"""A sentence of whom to call, with its numbers told apart so that a tap calls them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_NUMBER = re.compile(r"(?<!\d)(\d{3}(?: \d{3})+|\d{3,15})(?!\d)")
"""In groups of three or in one piece; shorter ones are hours and days."""


class Piece(NamedTuple):
    """Some of a sentence."""

    text: str
    is_number: bool


def with_numbers(sentence: str) -> Iterator[Piece]:
    """The sentence in pieces, of which some are numbers to call. One that stands there twice is its line's name
    first, as in `988 Suicide & Crisis Lifeline (call or text 988)`: the last is the one to call."""
    last = {found[0]: found.start() for found in _NUMBER.finditer(sentence)}
    told = 0
    for number, start in sorted(last.items(), key=lambda item: item[1]):
        if start > told:
            yield Piece(sentence[told:start], False)
        yield Piece(number, True)
        told = start + len(number)
    if told < len(sentence):
        yield Piece(sentence[told:], False)
