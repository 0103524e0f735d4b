"""What changed between two texts, by words, for people to read; of Chinese by characters. Pure."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal, NamedTuple

SHOWN_UNITS = 3
"""Lines or sentences that are shown beside a change: our choice."""
MOST_PAIRS = 200_000
"""Pairs of equal lines, sentences or words that are looked at between two places that certainly match, our choice: some
100 ms. Beyond it the one is shown as removed and the other as added."""
_LINES = re.compile(r"[^\n]*\n+|[^\n]+")
_SENTENCES = re.compile(r".+?(?:[.;:](?=\s)\s*|[。；：]|\Z)", re.DOTALL)
_CHINESE = r"\u3400-\u9fff\uf900-\ufaff"
_WORDS = re.compile(rf"[^\W{_CHINESE}]+\s*|[{_CHINESE}]\s*|[^\w\s]\s*|\s+")
_STEPS = (_LINES, _SENTENCES, _WORDS)
"""From large to small: what both have is found among the large, and only the rest is looked into. A word keeps the
space behind it: a space of its own would be everywhere, and lead the comparison astray."""
_UNITS = re.compile(r".{1,300}?(?:\n|[.;:](?=\s)[ \t]*|[。；：]|\Z)|.{300}", re.DOTALL)
_FORMS = {"removed": "[-{}-]", "added": "{{+{}+}}"}

RUN = 3
"""Pieces that must stand together, once in either text, to be taken for the same: our choice. Single words are often
alike by chance."""

Opcode = tuple[str, int, int, int, int]
Anchor = tuple[int, int, int]
"""Place in the one, place in the other, and how many pieces from there are the same."""


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
    """What to do to the one to get the other. Both are cut first at what they certainly share, so that only short
    stretches are compared piece by piece; a stretch in which too much is alike is all replaced."""
    found: list[Opcode] = []
    done = new_done = 0
    for start, new_start, length in [*_anchors(old, new), (len(old), len(new), 0)]:
        found += ((tag, done + a, done + b, new_done + c, new_done + d)
                  for tag, a, b, c, d in _compared(old[done:start], new[new_done:new_start]))
        done, new_done = start + length, new_start + length
        found += [("equal", start, done, new_start, new_done)] if length else []
    return found


def _compared(old: Sequence[str], new: Sequence[str]) -> Sequence[Opcode]:
    if not old or not new or _pairs(old, new) > MOST_PAIRS:
        return [("replace", 0, len(old), 0, len(new))] if old or new else []
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def _pairs(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pairs of equal pieces there are: what a comparison's time grows with."""
    counts = Counter(new)
    return sum(counts[piece] for piece in old)


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[Anchor]:
    """What both share in the same order: their ends, and of the rest each run of pieces that stands once in either,
    as in Bram Cohen's patience diff."""
    start, end = _shared_ends(old, new)
    found: list[Anchor] = [(0, 0, start)] if start else []
    places, new_places = (_single_runs(pieces, start, len(pieces) - end) for pieces in (old, new))
    pairs = sorted((place, new_places[run]) for run, place in places.items() if run in new_places)
    for place, new_place in _rising(pairs):
        last, new_last, length = found[-1] if found else (0, 0, 0)
        if place < last + length and place - last == new_place - new_last:  # it goes on from the one before
            found[-1] = (last, new_last, place - last + RUN)
        elif place >= last + length and new_place >= new_last + length:
            found.append((place, new_place, RUN))
    return found + ([(len(old) - end, len(new) - end, end)] if end else [])


def _single_runs(pieces: Sequence[str], start: int, end: int) -> dict[tuple[str, ...], int]:
    """Run of pieces -> its place, of those that stand once between two places."""
    runs = [tuple(pieces[place:place + RUN]) for place in range(start, end - RUN + 1)]
    counts = Counter(runs)
    return {run: start + place for place, run in enumerate(runs) if counts[run] == 1}


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of pairs, ordered by their first, whose seconds rise too."""
    ends: list[int] = []
    chosen: list[int] = []
    before: list[int] = []
    for number, (_, second) in enumerate(pairs):
        length = bisect_left(ends, second)
        before.append(chosen[length - 1] if length else -1)
        ends[length:length + 1] = [second]
        chosen[length:length + 1] = [number]
    found, number = [], chosen[-1] if chosen else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _shared_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many pieces are the same at the start, and of the rest at the end."""
    most = min(len(old), len(new))
    start = next((number for number in range(most) if old[number] != new[number]), most)
    end = next((number for number in range(most - start) if old[-1 - number] != new[-1 - number]), most - start)
    return start, end
