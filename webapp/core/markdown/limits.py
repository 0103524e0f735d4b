"""What is not rendered at all, because a parser that grows with the square of its input would stand still over it.

All limits are our choice: several times what the largest real page needs (measured on public health pages in English
and Chinese), and small enough that the worst text found by trial takes about a second.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from webapp.core.errors import N_, said
from webapp.core.markdown.values import Refusal

MAX_CHARACTERS = 2_000_000
MAX_LINES = 5_000
MAX_BLOCK_LINES = 400
MAX_BLOCK_CHARACTERS = 12_000
MAX_NESTING = 8
MAX_INDENT = 36
MAX_OPEN_BRACKETS = 24
MAX_BOXES = 200

_NESTING = frozenset(" \t>-*+0123456789")
"""What a line begins with that is within another: few lines need a closer look."""
_MANY = re.compile(rf"[>*+\-\d.)\s]{{{MAX_NESTING + 1}}}")
"""What begins with too many markers begins with so many letters of theirs: few lines do."""
_MARKERS = re.compile(r"(?:\s{0,3}(?:>|[-*+](?=\s|$)|\d{1,9}[.)](?=\s|$)))+")
_MARKER = re.compile(r">|[-*+]|\d+[.)]")
_BOX = re.compile(r"\s*/{3,}\s*[\w-]")
_BRACKETS = re.compile(r"\\.|[\[\]()]", re.DOTALL)
_RULE = re.compile(r"\s*([-*])(?:\s*\1){2,}\s*$")


@lru_cache(maxsize=4)
def refusal(source: str) -> Refusal | None:
    """The first reason not to render `source`, with its line; None when it will be rendered. Linear in the source.

    Kept for a moment: who checks a text renders it next.
    """
    if len(source) > MAX_CHARACTERS:
        return Refusal(1, "too-long", said("the text has %(source)s characters", source=f"{len(source):,}"),
                       said("Split it: at most %(max_characters)s are taken", max_characters=f"{MAX_CHARACTERS:,}"))
    lines = source.split("\n")
    return next(_refusals(lines), None)


def _refusals(lines: list[str]) -> Iterator[Refusal]:
    boxes = written = 0
    for number, line in enumerate(lines, 1):
        stripped = line.strip(" \t")
        if not stripped:
            continue
        written += 1
        if written > MAX_LINES:
            yield Refusal(number, "too-long",
                          said("the text has more than %(max_lines)s written lines", max_lines=f"{MAX_LINES:,}"),
                          N_("Split the page"))
        boxes += stripped.startswith("///") and bool(_BOX.match(line))
        if boxes > MAX_BOXES:
            yield Refusal(number, "too-many-boxes",
                          said("the text opens more than %(max_boxes)s boxes", max_boxes=MAX_BOXES), N_("Use fewer"))
        if (line[0] in _NESTING or "\t" in line) and _depth(line, stripped) > MAX_NESTING:
            yield Refusal(number, "too-deep",
                          said("quotes or lists are nested more than %(max_nesting)s deep", max_nesting=MAX_NESTING),
                          N_("Flatten them; literal code goes between lines of three backticks"))
    for start, block in _blocks(lines):
        yield from _block_refusals(start, block)


def _depth(line: str, stripped: str) -> int:
    if line.startswith(" " * 4) or "\t" in line:
        indent = len(line.expandtabs(4)) - len(stripped)
        if indent > MAX_INDENT:
            return MAX_NESTING + 1
    if not _MANY.match(stripped) or _RULE.match(line):
        return 0
    markers = _MARKERS.match(stripped)
    return len(_MARKER.findall(markers.group(0))) if markers else 0


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Runs of written lines, each with the number of its first."""
    start = 0
    for end, line in enumerate([*lines, ""]):
        if not line.strip(" \t"):
            if end > start:
                yield start + 1, lines[start:end]
            start = end + 1


def _block_refusals(start: int, block: list[str]) -> Iterator[Refusal]:
    text = "\n".join(block)
    if len(block) > MAX_BLOCK_LINES or len(text) > MAX_BLOCK_CHARACTERS:
        yield Refusal(start, "block-too-long",
                      said("a block runs over %(block)s lines and %(text)s characters", block=f"{len(block):,}",
                           text=f"{len(text):,}"),
                      said("Break it with blank lines: at most %(max_block_lines)s lines and "
                           "%(max_block_characters)s characters each", max_block_lines=MAX_BLOCK_LINES,
                           max_block_characters=f"{MAX_BLOCK_CHARACTERS:,}"))
    elif text.count("[") + text.count("(") > MAX_OPEN_BRACKETS and _open_brackets(text) > MAX_OPEN_BRACKETS:
        yield Refusal(start, "open-brackets",
                      said("a block opens more than %(max_open_brackets)s brackets without closing",
                           max_open_brackets=MAX_OPEN_BRACKETS), N_("Close them, or write a literal one as \\["))


def _open_brackets(text: str) -> int:
    """The most brackets of one kind that stand open at any point."""
    square = round_ = most = 0
    for match in _BRACKETS.finditer(text):
        mark = match.group(0)
        if mark in "[]":
            square = max(0, square + (1 if mark == "[" else -1))
        elif mark in "()":
            round_ = max(0, round_ + (1 if mark == "(" else -1))
        most = max(most, square, round_)
    return most
