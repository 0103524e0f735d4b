"""Two texts compared by words. Pure."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

SAME, GONE, NEW = "same", "gone", "new"
_TOKENS = re.compile(r"[\u3400-\u9fff]|\w+|\s+|[^\w\s]")
"""A Chinese character counts as a word of its own."""
MOST_PAIRS = 2_000_000
"""Pairs of lines, or of words, that are matched: our choice, half a second at the worst. Beyond, all is shown as
rewritten."""
AROUND = 300
"""Characters of unchanged text that are shown on each side of a change: our choice."""


class Piece(NamedTuple):
    """A run of text: `same`, `gone` or `new`; or, where `is_left_out`, the mark of unchanged text that is not shown."""

    kind: str
    text: str
    is_left_out: bool = False


def by_words(before: str, after: str) -> list[Piece]:
    """What changed, in order. Lines are matched first and words only within lines that differ, so that a long text
    takes milliseconds."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return list(_joined(piece for kind, left, right in _changes(old, new)
                        for piece in _pieces(kind, "".join(left), "".join(right))))


def folded(pieces: Sequence[Piece]) -> list[Piece]:
    """The same with long unchanged stretches left out."""
    shown: list[Piece] = []
    for number, piece in enumerate(pieces):
        if piece.kind != SAME or len(piece.text) <= 2 * AROUND:
            shown.append(piece)
            continue
        head = piece.text[:AROUND] if number else ""
        tail = piece.text[-AROUND:] if number < len(pieces) - 1 else ""
        shown += [part for part in (Piece(SAME, head), Piece(SAME, "", True), Piece(SAME, tail))
                  if part.text or part.is_left_out]
    return shown


def _pieces(kind: str, left: str, right: str) -> Iterator[Piece]:
    if kind == "equal":
        yield Piece(SAME, left)
        return
    for inner, gone, new in _changes(_TOKENS.findall(left), _TOKENS.findall(right)):
        if inner == "equal":
            yield Piece(SAME, "".join(gone))
            continue
        yield Piece(GONE, "".join(gone))
        yield Piece(NEW, "".join(new))


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    head = _same(old, new)
    tail = _same(old[head:][::-1], new[head:][::-1])
    left, right = old[head:len(old) - tail], new[head:len(new) - tail]
    yield "equal", old[:head], new[:head]
    if len(left) * len(right) > MOST_PAIRS:
        yield "replace", left, right
    else:
        for kind, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
            yield kind, left[i:j], right[k:m]
    yield "equal", old[len(old) - tail:], new[len(new) - tail:]


def _same(old: Sequence[str], new: Sequence[str]) -> int:
    """How many are the same from the start."""
    return next((number for number, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
                min(len(old), len(new)))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    held: Piece | None = None
    for piece in pieces:
        if not piece.text:
            continue
        if held is not None and held.kind == piece.kind:
            held = Piece(held.kind, held.text + piece.text)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held
