"""The same HTML from Python-Markdown, sooner: steps that find nothing to do are not taken."""

import re
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.treeprocessors import InlineProcessor
from markdown.util import STX, AtomicString

from webapp.core.markdown.writing import Prettify, Unescape, to_html

_MARKS: Mapping[str, tuple[str, str]] = {
    "backtick": ("`", "`"), "escape": ("\\", "\\"), "citation": ("[@", "[@"), "footnote": ("[^", "[^"),
    "link": ("[", "["), "image_link": ("![", "!["), "autolink": ("<", "<"), "linebreak": ("  \n", "  \n"),
    "shifted": ("~", "^"), "em_strong": ("*", "_")}
"""Pattern -> the one or the other mark without which it finds nothing."""
_ANY_MARK = re.compile(rf"[`\\\[!<~^*_{STX}]|  \n")
"""Begins any of them, or what a step before put into a text."""
_BLOCK_MARKS: Mapping[str, tuple[str, ...]] = {
    "indent": ("    ",), "defindent": ("    ",), "code": ("    ",), "table": ("|",), "hashheader": ("#",),
    "setextheader": ("\n=", "\n-"), "hr": ("-", "_", "*"), "deflist": (": ",), "quote": (">",), "footnote": ("[^",)}
"""Processor of blocks -> its marks, up to three: a block that holds none of them it leaves to the next."""
_Found = list[tuple[Element, list[str]]]
"""Elements, each with an account of what is around it, which nobody keeps here."""
_Steps = list[tuple[Any, str, str, str]]


class _Inline(InlineProcessor):
    """Looks for a pattern only in text that holds a mark of it, and into no text that holds none. No pattern of ours
    asks what is around a text, so nobody keeps account of that."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.inlinePatterns = list(md.inlinePatterns)  # a Registry is slow at each look
        place = {md.inlinePatterns.get_index_for_name(name): marks for name, marks in _MARKS.items()
                 if name in md.inlinePatterns}
        self._marks = [place[number] for number in range(len(self.inlinePatterns))]

    def run(self, tree: Element, ancestors: list[str] | None = None) -> Element:
        self.stashed_nodes: dict[str, Element | str] = {}
        waiting = deque([tree])
        while waiting:
            parent, put_in = waiting.popleft(), list[tuple[Element, _Found]]()
            for child in parent:  # what is put in behind a child comes next
                if child.text and not isinstance(child.text, AtomicString) and _ANY_MARK.search(child.text):
                    text, child.text = child.text, None
                    put_in.append((child, self._found(text, child)))
                    waiting += (node for node, _ in put_in[-1][1])
                if child.tail and _ANY_MARK.search(child.tail):
                    before = Element("before")
                    place, found = list(parent).index(child) + 1, self._found(child.tail, before, is_text=False)
                    child.tail = before.tail
                    for node, _ in reversed(found):
                        parent.insert(place, node)
                if len(child):
                    waiting.append(child)
            for child, found in put_in:
                for place, (node, _) in enumerate(found):
                    child.insert(place, node)
        return tree

    def _found(self, text: str, parent: Element, *, is_text: bool = True) -> _Found:
        """The elements in a text of an element's, or behind it; what stands before the first of them is its own."""
        found: _Found = self._InlineProcessor__processPlaceholders(
            self._InlineProcessor__handleInline(text), parent, is_text)
        return found

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
    md.treeprocessors.register(Prettify(md), "prettify", 10)
    md.treeprocessors.register(Unescape(md), "unescape", 0)
    md.serializer = to_html
