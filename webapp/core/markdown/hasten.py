"""The same HTML from Python-Markdown, sooner: steps that find nothing to do are not taken."""

from collections.abc import Mapping

from markdown import Markdown
from markdown.treeprocessors import InlineProcessor, UnescapeTreeprocessor
from markdown.util import STX, AtomicString

_MARKS: Mapping[str, tuple[str, str]] = {
    "backtick": ("`", "`"), "escape": ("\\", "\\"), "citation": ("[@", "[@"), "footnote": ("[^", "[^"),
    "link": ("[", "["), "image_link": ("![", "!["), "autolink": ("<", "<"), "linebreak": ("  \n", "  \n"),
    "shifted": ("~", "^"), "em_strong": ("*", "_")}
"""Pattern -> the one or the other mark without which it finds nothing."""
_ALWAYS = ("", "")


class _Inline(InlineProcessor):
    """Looks for a pattern only in text that holds a mark of it."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.inlinePatterns = list(md.inlinePatterns)  # a Registry is slow at each look
        place = {md.inlinePatterns.get_index_for_name(name): marks for name, marks in _MARKS.items()
                 if name in md.inlinePatterns}
        self._marks = [place.get(number, _ALWAYS) for number in range(len(self.inlinePatterns))]

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


def hasten(md: Markdown) -> None:
    """Puts the quicker steps in. The converter must be complete: patterns registered later are not seen."""
    md.block_level_elements = frozenset(md.block_level_elements)
    md.treeprocessors.register(_Inline(md), "inline", 20)
    md.treeprocessors.register(_Unescape(md), "unescape", 0)
