"""A body in passages: what stands between blank lines, with its place."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from webapp.core.markdown import without_code

_HEADING = re.compile(r" {0,3}(#{2,6})\s+(.*?)\s*#*\s*$")
_OPEN = re.compile(r" {0,3}(/{3,})\s*([\w-]+)\s*(?:\|(.*))?$")
_CLOSE = re.compile(r" {0,3}(/{3,})\s*$")
_NOTE = re.compile(r"\[\^[^\]]+\]:")


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines without a blank one between them. `line` is that of the first in its file; `section` the heading of level 2
    above it, `box` the name of the innermost box around it, or empty."""

    line: int
    text: str
    section: str
    box: str

    @property
    def is_list(self) -> bool:
        """Whether it is a list or a table."""
        return bool(re.match(r"\s*(?:[-*+]\s|\d+[.)]\s|\|)", self.text))


    @property
    def is_table(self) -> bool:
        """Whether it is a table."""
        return self.text.lstrip().startswith("|")


@dataclass(frozen=True, slots=True)
class Title:
    """A heading, or the words beside a box's name (`level` 0 then)."""

    line: int
    level: int
    text: str


def split(text: str, lines: Sequence[int]) -> tuple[list[Passage], list[Title]]:
    """The passages and titles of a text whose line `i` stands on line `lines[i]` of its file; footnotes left out."""
    passages: list[Passage] = []
    titles: list[Title] = []
    section, boxes, gathered = "", list[tuple[str, str]](), list[tuple[int, str]]()

    def end() -> None:
        if gathered and not _NOTE.match(gathered[0][1]):
            words = "\n".join(line for _, line in gathered)
            passages.append(Passage(gathered[0][0], words, section, boxes[-1][1] if boxes else ""))
        gathered.clear()

    if not lines:  # all of it stands in other markets' blocks
        return passages, titles
    for number, line in zip(lines, without_code(text).split("\n"), strict=True):
        heading = _HEADING.match(line) if "#" in line else None  # the marks first: few lines have any
        opened, closed = (_OPEN.match(line), _CLOSE.match(line)) if "///" in line else (None, None)
        if heading or opened or closed or not line.strip():
            end()
        else:
            gathered.append((number, line))
        if heading:
            titles.append(Title(number, len(heading.group(1)), heading.group(2)))
            section = heading.group(2) if len(heading.group(1)) == 2 else section
        elif opened:
            boxes.append((opened.group(1), opened.group(2)))
            titles += [Title(number, 0, opened.group(3).strip())] if opened.group(3) else []
        elif closed:
            while boxes and boxes.pop()[0] != closed.group(1):
                pass
    end()
    return passages, titles


def standing_alone(texts: Iterable[tuple[int, str]]) -> list[Passage]:
    """Lines that stand outside the passages, such as titles, as passages of their own."""
    return [Passage(line, text, "", "") for line, text in texts]


def skipped_levels(titles: Sequence[Title]) -> Iterator[Title]:
    """Headings more than one level below the one before."""
    before = 1
    for title in titles:
        if title.level > before + 1:
            yield title
        before = title.level or before
