"""What changed between two texts, by words, for people to read; of Chinese by characters. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal, NamedTuple

SHOWN_UNITS = 3
"""Lines or sentences that are shown beside a change: our choice."""
MOST_PAIRS = 400_000
"""Pairs of equal lines, sentences or words that are looked at, our choice: a hundred times what a page makes. Beyond
it the one is shown as removed and the other as added."""
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_SENTENCES = re.compile(r".+?(?:[.;:](?=\s)\s*|[。；：]|\Z)", re.DOTALL)
_CHINESE = r"\u3400-\u9fff\uf900-\ufaff"
_WORDS = re.compile(rf"[^\W{_CHINESE}]+\s*|[{_CHINESE}]\s*|[^\w\s]\s*|\s+")
_STEPS = (_LINES, _SENTENCES, _WORDS)
"""From large to small: what both have is found among the large, and only the rest is looked into. A word keeps the
space behind it: a space of its own would be everywhere, and lead the comparison astray."""
_UNITS = re.compile(r".{1,300}?(?:\n|[.;:](?=\s)[ \t]*|[。；：]|\Z)|.{300}", re.DOTALL)
_FORMS = {"removed": "[-{}-]", "added": "{{+{}+}}"}

Opcode = tuple[str, int, int, int, int]


class Part(NamedTuple):
    """A run of text: the `same` in both, `removed` or `added`."""

    kind: Literal["same", "removed", "added"]
    text: str


class Hunk(NamedTuple):
    """Passages around what changed; or, where it `is_folded`, one long passage that stayed the same."""

    parts: Sequence[Part]
    is_folded: bool = False

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return sum(part.text.count("\n") for part in self.parts) or 1


def by_words(before: str, after: str) -> list[Part]:
    """Both texts as one run of parts: without those that were added it is `before`, without those removed `after`. Two
    texts of 10,000 words take a moment."""
    parts = _differing(before, after, _STEPS)
    return [Part(kind, "".join(part.text for part in run)) for kind, run in groupby(parts, lambda part: part.kind)]


def hunks(parts: Sequence[Part], shown_units: int = SHOWN_UNITS) -> list[Hunk]:
    """The same for showing: of what stayed the same, a few lines or sentences beside each change are enough."""
    found: list[Hunk] = []
    shown: list[Part] = []
    for number, part in enumerate(parts):
        units = _UNITS.findall(part.text) if part.kind == "same" else []
        if len(units) <= 2 * (shown_units + 1):
            shown.append(part)
            continue
        head = shown_units if number else 0
        tail = len(units) - (shown_units if number < len(parts) - 1 else 0)
        found += _hunk([*shown, *_same(units[:head])])
        found.append(Hunk(_same(units[head:tail]), is_folded=True))
        shown = _same(units[tail:])
    return found + _hunk(shown)


def changes(before: str, after: str) -> list[Hunk]:
    """What changed between two texts, ready to be shown; empty where nothing did."""
    return hunks(by_words(before, after)) if before != after else []


def in_brief(parts: Iterable[Part], characters: int) -> list[str]:
    """Each place that differs as plain text, as wdiff writes it (`[-removed-]`, `{+added+}`), with so many characters
    on each side of it."""
    found: list[str] = []
    lead = told = ""
    for part in parts:
        if part.kind != "same":
            told = (told or lead) + _FORMS[part.kind].format(part.text)
        elif told and len(part.text) <= 2 * characters:
            told += part.text
        else:
            found += [told + part.text[:characters]] if told else []
            lead, told = part.text[-characters:], ""
    return found + ([told] if told else [])


def _same(units: Sequence[str]) -> list[Part]:
    return [Part("same", "".join(units))] if units else []


def _hunk(parts: Sequence[Part]) -> list[Hunk]:
    return [Hunk(parts)] if parts else []


def _differing(before: str, after: str, steps: Sequence[re.Pattern[str]]) -> Iterator[Part]:
    old, new = steps[0].findall(before), steps[0].findall(after)
    for tag, start, end, new_start, new_end in _matched(old, new):
        removed, added = "".join(old[start:end]), "".join(new[new_start:new_end])
        if tag == "equal":
            yield Part("same", removed)
        elif removed and added and len(steps) > 1:
            yield from _differing(removed, added, steps[1:])
        else:
            yield from [Part("removed", removed)] if removed else []
            yield from [Part("added", added)] if added else []


def _matched(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """What to do to the one to get the other. Where too much in them is alike, all that is not at their ends."""
    start, end = _shared_ends(old, new)
    middle, new_middle = old[start:len(old) - end], new[start:len(new) - end]
    counts = Counter(new_middle)
    if sum(counts[piece] for piece in middle) > MOST_PAIRS:
        found: Sequence[Opcode] = [("replace", 0, len(middle), 0, len(new_middle))]
    else:
        found = SequenceMatcher(None, middle, new_middle, autojunk=False).get_opcodes()
    whole: list[Opcode] = [("equal", 0, start, 0, start)] if start else []
    whole += [(tag, start + a, start + b, start + c, start + d) for tag, a, b, c, d in found]
    return whole + ([("equal", len(old) - end, len(old), len(new) - end, len(new))] if end else [])


def _shared_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many pieces are the same at the start, and of the rest at the end."""
    most = min(len(old), len(new))
    start = next((number for number in range(most) if old[number] != new[number]), most)
    end = next((number for number in range(most - start) if old[-1 - number] != new[-1 - number]), most - start)
    return start, end
