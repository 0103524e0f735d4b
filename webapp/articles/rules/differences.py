"""What changed between two texts, by words; of Chinese by characters. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W\u3400-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL)
MOST_WORDS = 1_000
"""Words of one changed passage that are compared one by one, our choice: above it the time grows with their square, and
what was written anew is shown whole."""

MOST_PAIRS = 400_000
"""Pairs of equal lines or words that are looked at, our choice: a hundred times what a page makes."""
CONTEXT = 3
"""Lines that are shown beside a change."""


class Change(NamedTuple):
    """A passage: `same`, `removed` or `added`."""

    kind: str
    text: str


def by_words(before: str, after: str) -> list[Change]:
    """Both texts as one run of passages: without those that were added it is `before`, without those removed `after`.

    Lines are matched first and words only within lines that changed, so two texts of 10,000 words take a moment.
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[Change] = []
    for tag, start, end, new_start, new_end in _matched(old, new):
        removed, added = "".join(old[start:end]), "".join(new[new_start:new_end])
        found += [Change("same", removed)] if tag == "equal" else _words(removed, added)
    return list(_joined(found))


class Hunk(NamedTuple):
    """A part of a comparison: passages around what changed, or with `folded_lines` a long one that is the same."""

    passages: Sequence[Change]
    folded_lines: int = 0


def hunks(changes: Sequence[Change]) -> list[Hunk]:
    """The same comparison in parts, for showing: of what stayed the same, a few lines beside each change are enough."""
    found: list[Hunk] = []
    shown: list[Change] = []
    for number, change in enumerate(changes):
        lines = change.text.splitlines(keepends=True) if change.kind == "same" else []
        if len(lines) <= 2 * CONTEXT + 2:
            shown.append(change)
            continue
        head, tail = CONTEXT if number else 0, CONTEXT if number < len(changes) - 1 else 0
        folded = lines[head:len(lines) - tail]
        shown += [Change("same", "".join(lines[:head]))] if head else []
        found += [Hunk(shown)] if shown else []
        found.append(Hunk([Change("same", "".join(folded))], len(folded)))
        shown = [Change("same", "".join(lines[len(lines) - tail:]))] if tail else []
    return found + ([Hunk(shown)] if shown else [])


def _words(before: str, after: str) -> Iterator[Change]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    if not old or not new or max(len(old), len(new)) > MOST_WORDS:
        yield from (change for change in (Change("removed", before), Change("added", after)) if change.text)
        return
    for tag, start, end, new_start, new_end in _matched(old, new):
        if tag == "equal":
            yield Change("same", "".join(old[start:end]))
            continue
        if end > start:
            yield Change("removed", "".join(old[start:end]))
        if new_end > new_start:
            yield Change("added", "".join(new[new_start:new_end]))


def _matched(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """What to do to the one to get the other. Where too much in them is alike, all that is not at their ends."""
    start, end = _shared_ends(old, new)
    middle, new_middle = old[start:len(old) - end], new[start:len(new) - end]
    counts = Counter(new_middle)
    if sum(counts[part] for part in middle) > MOST_PAIRS:
        found: Sequence[tuple[str, int, int, int, int]] = [("replace", 0, len(middle), 0, len(new_middle))]
    else:
        found = SequenceMatcher(None, middle, new_middle, autojunk=False).get_opcodes()
    whole = [("equal", 0, start, 0, start)] if start else []
    whole += [(tag, start + a, start + b, start + c, start + d) for tag, a, b, c, d in found]
    return whole + ([("equal", len(old) - end, len(old), len(new) - end, len(new))] if end else [])


def _shared_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many parts are the same at the start, and of the rest at the end."""
    most = min(len(old), len(new))
    start = next((number for number in range(most) if old[number] != new[number]), most)
    end = next((number for number in range(most - start) if old[-1 - number] != new[-1 - number]), most - start)
    return start, end


def _joined(changes: Sequence[Change]) -> Iterator[Change]:
    """Neighbours of one kind as one."""
    kind, text = "", ""
    for change in changes:
        if change.kind != kind:
            if text:
                yield Change(kind, text)
            kind, text = change.kind, ""
        text += change.text
    if text:
        yield Change(kind, text)
