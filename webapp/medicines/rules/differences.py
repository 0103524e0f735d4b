"""What differs between two texts, by words, for people to read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

CONTEXT_WORDS = 30
"""Words shown around a difference: our choice, two lines or three."""
GAP = " … "
_WORD = re.compile(r"\s+|[^\s\u4e00-\u9fff]+|[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Part:
    """A run of text: `same` in both, taken out (`del`) or put in (`ins`)."""

    kind: Literal["same", "del", "ins"]
    text: str


def word_difference(before: str, after: str, context_words: int = CONTEXT_WORDS) -> list[Part]:
    """The parts that lead from one text to the other; of long runs that both have, only the words around a difference.

    Lines that both have are found first, then words in what lies between: a section of 10,000 words takes a moment.
    """
    parts = list(_merged(_by_line(before.splitlines(keepends=True), after.splitlines(keepends=True))))
    last = len(parts) - 1
    return [_shortened(part, place == 0, place == last, context_words) for place, part in enumerate(parts)]


def _by_line(before: Sequence[str], after: Sequence[str]) -> Iterator[Part]:
    for tag, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        old, new = "".join(before[start:end]), "".join(after[new_start:new_end])
        if tag == "equal":
            yield Part("same", old)
        else:
            yield from _by_word(old, new)


def _by_word(old: str, new: str) -> Iterator[Part]:
    before, after = _WORD.findall(old), _WORD.findall(new)
    for tag, start, end, new_start, new_end in SequenceMatcher(None, before, after).get_opcodes():
        taken, put = "".join(before[start:end]), "".join(after[new_start:new_end])
        if tag == "equal":
            yield Part("same", taken)
            continue
        yield from [Part("del", taken)] if taken else []
        yield from [Part("ins", put)] if put else []


def _merged(parts: Iterator[Part]) -> Iterator[Part]:
    """Neighbours of one kind as one."""
    held: Part | None = None
    for part in parts:
        if held is not None and held.kind == part.kind:
            held = Part(held.kind, held.text + part.text)
            continue
        if held is not None:
            yield held
        held = part
    if held is not None:
        yield held


def _shortened(part: Part, is_first: bool, is_last: bool, words: int) -> Part:
    tokens = _WORD.findall(part.text)
    keep = words * 2  # a word and the space beside it
    if part.kind != "same" or len(tokens) <= keep * 2:
        return part
    head, tail = "".join(tokens[:keep]), "".join(tokens[-keep:])
    return Part("same", ("" if is_first else head) + GAP + ("" if is_last else tail))
