"""What differs between two texts, by words, for people to read."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

CONTEXT_WORDS = 30
"""Words shown around a difference: our choice, two lines or three."""
GAP = " … "
MOST_PAIRS = 10_000_000
"""Our choice, a few seconds: three times what two unlike texts of 10,000 words have. Beyond it the one is taken out and
the other put in."""
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_SENTENCES = re.compile(r".+?(?:[.;:](?=\s)\s*|[。；：]|\Z)", re.DOTALL)
_WORDS = re.compile(r"[^\s\u4e00-\u9fff]+\s*|[\u4e00-\u9fff]\s*|\s+")
_STEPS = (_LINES, _SENTENCES, _WORDS)
"""From large to small: what both have is found among the large, and only the rest is looked into. A word keeps the
space behind it: a space of its own would be everywhere, and lead the comparison astray."""


@dataclass(frozen=True)
class Part:
    """A run of text: `same` in both, taken out (`del`) or put in (`ins`)."""

    kind: Literal["same", "del", "ins"]
    text: str


def word_difference(before: str, after: str, context_words: int = CONTEXT_WORDS) -> list[Part]:
    """The parts that lead from one text to the other; of long runs that both have, only the words around a difference.
    A section of 10,000 words takes a moment."""
    parts = list(_merged(_differing(before, after, _STEPS)))
    last = len(parts) - 1
    return [_shortened(part, place == 0, place == last, context_words) for place, part in enumerate(parts)]


def _differing(before: str, after: str, steps: Sequence[re.Pattern[str]]) -> Iterator[Part]:
    old, new = steps[0].findall(before), steps[0].findall(after)
    if _pairs(old, new) > MOST_PAIRS:
        yield from (Part("del", before), Part("ins", after))
        return
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        taken, put = "".join(old[start:end]), "".join(new[new_start:new_end])
        if tag == "equal":
            yield Part("same", taken)
        elif taken and put and len(steps) > 1:
            yield from _differing(taken, put, steps[1:])
        else:
            yield from [Part("del", taken)] if taken else []
            yield from [Part("ins", put)] if put else []


def _pairs(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pairs of equal pieces there are: what the comparison's time grows with."""
    counted = Counter(new)
    return sum(counted[piece] for piece in old)


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
    tokens = _WORDS.findall(part.text)
    if part.kind != "same" or len(tokens) <= words * 2:
        return part
    head, tail = "".join(tokens[:words]), "".join(tokens[-words:])
    return Part("same", ("" if is_first else head) + GAP + ("" if is_last else tail))
