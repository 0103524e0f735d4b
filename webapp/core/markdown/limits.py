"""What is not rendered at all, because a parser that grows with the square of its input would stand still over it.

All limits are our choice: several times what the largest real page needs (measured on public health pages in English
and Chinese), and small enough that the worst text found by trial takes about a second.
"""

import re
from collections.abc import Iterator

from webapp.core.markdown.values import Refusal

MAX_CHARACTERS = 2_000_000
MAX_LINES = 5_000
MAX_BLOCK_LINES = 400
MAX_BLOCK_CHARACTERS = 12_000
MAX_NESTING = 8
MAX_INDENT = 36
MAX_OPEN_BRACKETS = 24
MAX_BOXES = 200

_MARKERS = re.compile(r"(?:\s{0,3}(?:>|[-*+](?=\s|$)|\d{1,9}[.)](?=\s|$)))+")
_MARKER = re.compile(r">|[-*+]|\d+[.)]")
_BOX = re.compile(r"\s*/{3,}\s*[\w-]")
_BRACKETS = re.compile(r"\\.|[\[\]()]", re.DOTALL)
_RULE = re.compile(r"\s*([-*])(?:\s*\1){2,}\s*$")


def refusal(source: str) -> Refusal | None:
    """The first reason not to render `source`, with its line; None when it will be rendered. Linear in the source."""
    if len(source) > MAX_CHARACTERS:
        return Refusal(1, "too-long", f"the text has {len(source):,} characters",
                       f"Split it: at most {MAX_CHARACTERS:,} are taken")
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
            yield Refusal(number, "too-long", f"the text has more than {MAX_LINES:,} written lines", "Split the page")
        boxes += stripped.startswith("///") and bool(_BOX.match(line))
        if boxes > MAX_BOXES:
            yield Refusal(number, "too-many-boxes", f"the text opens more than {MAX_BOXES} boxes", "Use fewer")
        if _depth(line, stripped) > MAX_NESTING:
            yield Refusal(number, "too-deep", f"quotes or lists are nested more than {MAX_NESTING} deep",
                          "Flatten them; literal code goes between lines of three backticks")
    for start, block in _blocks(lines):
        yield from _block_refusals(start, block)


def _depth(line: str, stripped: str) -> int:
    if line.startswith(" " * 4) or "\t" in line:
        indent = len(line.expandtabs(4)) - len(stripped)
        if indent > MAX_INDENT:
            return MAX_NESTING + 1
    if stripped[0] not in ">-*+0123456789" or _RULE.match(line):
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
        yield Refusal(start, "block-too-long", f"a block runs over {len(block):,} lines and {len(text):,} characters",
                      f"Break it with blank lines: at most {MAX_BLOCK_LINES} lines and {MAX_BLOCK_CHARACTERS:,} "
                      "characters each")
    elif text.count("[") + text.count("(") > MAX_OPEN_BRACKETS and _open_brackets(text) > MAX_OPEN_BRACKETS:
        yield Refusal(start, "open-brackets", f"a block opens more than {MAX_OPEN_BRACKETS} brackets without closing",
                      "Close them, or write a literal one as \\[")


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
