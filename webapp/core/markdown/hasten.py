"""The same HTML from Python-Markdown, sooner: steps that find nothing to do are not taken."""

import re

from markdown import Markdown
from markdown.treeprocessors import InlineProcessor, UnescapeTreeprocessor
from markdown.util import STX

_MARKUP = re.compile(r"[\\`*_\[<~^!:\n\x02]")


class _Inline(InlineProcessor):
    """Looks for marks only in text that holds a character with which one can begin."""

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:
        if not _MARKUP.search(data):
            return data
        handled: str = super()._InlineProcessor__handleInline(data, patternIndex)
        return handled


class _Unescape(UnescapeTreeprocessor):
    def unescape(self, text: str) -> str:
        return super().unescape(text) if STX in text else text


def hasten(md: Markdown) -> None:
    """Puts the quicker steps in. The converter must be complete: patterns registered later are not seen."""
    inline = _Inline(md)
    inline.inlinePatterns = list(md.inlinePatterns)  # a Registry is slow at each look
    md.block_level_elements = frozenset(md.block_level_elements)
    md.treeprocessors.register(inline, "inline", 20)
    md.treeprocessors.register(_Unescape(md), "unescape", 0)
