"""The same HTML from Python-Markdown, sooner: steps that find nothing to do are not taken."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.treeprocessors import InlineProcessor, UnescapeTreeprocessor
from markdown.util import STX, AtomicString

_MARKS: Mapping[str, tuple[str, str]] = {
    "backtick": ("`", "`"), "escape": ("\\", "\\"), "citation": ("[@", "[@"), "footnote": ("[^", "[^"),
    "link": ("[", "["), "image_link": ("![", "!["), "autolink": ("<", "<"), "linebreak": ("  \n", "  \n"),
    "shifted": ("~", "^"), "em_strong": ("*", "_")}
"""Pattern -> the one or the other mark without which it finds nothing."""
_ALWAYS = ("", "")
_BLOCK_MARKS: Mapping[str, tuple[str, ...]] = {
    "indent": ("    ",), "defindent": ("    ",), "code": ("    ",), "table": ("|",), "hashheader": ("#",),
    "setextheader": ("\n=", "\n-"), "hr": ("-", "_", "*"), "deflist": (": ",), "quote": (">",), "footnote": ("[^",)}
"""Processor of blocks -> its marks, up to three: a block that holds none of them it leaves to the next."""
_Steps = list[tuple[Any, str, str, str]]


class _Inline(InlineProcessor):
    """Looks for a pattern only in text that holds a mark of it."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.inlinePatterns = list(md.inlinePatterns)  # a Registry is slow at each look
        place = {md.inlinePatterns.get_index_for_name(name): marks for name, marks in _MARKS.items()
                 if name in md.inlinePatterns}
        self._marks = [place.get(number, _ALWAYS) for number in range(len(self.inlinePatterns))]

    def _InlineProcessor__processPlaceholders(self, data: str | None, parent: Element, isText: bool = True) -> Any:
        if not data or STX in data:
            return super()._InlineProcessor__processPlaceholders(data, parent, isText)
        if isText:
            parent.text = parent.text + data if parent.text else data
        else:
            parent.tail = parent.tail + data if parent.tail else data
        return []

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:
        if isinstance(data, AtomicString):
            return data
        for number in range(patternIndex, len(self._marks)):
            one, other = self._marks[number]
            start, is_found = 0, one in data or other in data
            while is_found:
                data, is_found, start = self._InlineProcessor__applyPattern(
                    self.inlinePatterns[number], data, number, start)
        return data


class _Unescape(UnescapeTreeprocessor):
    def unescape(self, text: str) -> str:
        return super().unescape(text) if STX in text else text


def _parse_blocks(steps: _Steps, parent: Element, blocks: list[str]) -> None:
    """As the parser's own, but asks a processor only about blocks that hold a mark of it."""
    while blocks:
        for processor, one, two, three in steps:
            block = blocks[0]
            if (one in block or two in block or three in block) and processor.test(parent, block) \
                    and processor.run(parent, blocks) is not False:
                break


def _steps(parser: BlockParser) -> _Steps:
    registry = parser.blockprocessors
    marks = {registry.get_index_for_name(name): marks for name, marks in _BLOCK_MARKS.items() if name in registry}
    return [(processor, *(marks.get(number, ("",)) * 3)[:3]) for number, processor in enumerate(registry)]


def hasten(md: Markdown) -> None:
    """Puts the quicker steps in. The converter must be complete: patterns registered later are not seen."""
    md.block_level_elements = frozenset(md.block_level_elements)
    md.parser.parseBlocks = partial(_parse_blocks, _steps(md.parser))
    md.treeprocessors.register(_Inline(md), "inline", 20)
    md.treeprocessors.register(_Unescape(md), "unescape", 0)
