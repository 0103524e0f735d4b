"""What changed between two texts, by words; of Chinese by characters. Pure."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W\u3400-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL)
MOST_WORDS = 1_000
"""Words of one changed passage that are compared one by one, our choice: above it the time grows with their square, and
what was written anew is shown whole."""


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
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


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
