"""Blocks between lines of slashes: care boxes, other boxes, questions with a folded answer, captions.

Made with pymdownx's block interface. Options (`attrs:`) are not offered: a source sets no attributes.
"""

from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from pymdownx.blocks import BlockEntry, BlocksExtension, BlocksMgrExtension, BlocksProcessor, BlocksTreeprocessor
from pymdownx.blocks.block import Block

CARE_BOXES = ("emergency", "today", "visit")
BOXES = ("warning", "key", "boxed", "isi", "questions")
CHECK = "check"
CAPTIONS = ("figure-caption", "table-caption", "caption")
BLOCK_NAMES = (*CARE_BOXES, *BOXES, CHECK, *CAPTIONS)


class _Plain(Block):
    """A block that takes an optional title and refuses options (the block then stays text)."""

    ARGUMENT: bool | None = None

    def on_validate(self, parent: Element) -> bool:
        return not self.options["attrs"]

    def title(self, box: Element, kind: str, tag: str = "p") -> None:
        if not self.argument:
            return
        count = self.tracker["count"] = self.tracker.get("count", 0) + 1
        anchor = f"{self.NAME}-{count}"
        SubElement(box, tag, {"class": f"{kind}-title", "id": anchor}).text = self.argument
        box.set("aria-labelledby", anchor)


class _CareBox(_Plain):
    def on_create(self, parent: Element) -> Element:
        box = SubElement(parent, "section", {"class": f"care care-{self.NAME}"})
        self.title(box, "care", "h3")  # so that a screen reader jumps to it as to a heading
        return box


class _Box(_Plain):
    def on_create(self, parent: Element) -> Element:
        box = SubElement(parent, "div", {"class": f"box box-{self.NAME}"})
        self.title(box, "box")
        if box.get("aria-labelledby"):
            box.set("role", "group")
        return box


class _Check(_Plain):
    ARGUMENT = True

    def on_create(self, parent: Element) -> Element:
        details = SubElement(parent, "details", {"class": "check"})
        SubElement(details, "summary").text = self.argument
        self._answer = SubElement(details, "div", {"class": "check-answer"})
        return details

    def on_add(self, block: Element) -> Element:
        return self._answer


class _Caption(_Plain):
    """Wraps what stands before it, a picture or a table, into a figure."""

    ARGUMENT = False

    def on_create(self, parent: Element) -> Element:
        before = parent[-1] if len(parent) else None
        figure = SubElement(parent, "figure")
        if before is not None and before.tag in ("p", "table"):
            parent.remove(before)
            figure.append(before)
        self._caption = SubElement(figure, "figcaption")
        return figure

    def on_add(self, block: Element) -> Element:
        return self._caption


class _Around:
    """What is around a box, to pymdownx, which looks through all of it for lists at each part of each box: of the
    outermost boxes no list is counted, so there is nothing to be seen."""

    def __init__(self, parent: Element, stack: list[BlockEntry]) -> None:
        self._parent, self._stack = parent, stack

    def iter(self) -> Iterable[Element]:
        return self._parent.iter() if len(self._stack) > 1 else ()


class _Processor(BlocksProcessor):
    """pymdownx's, which two kinds of text break.

    It remembers a box that it found, and reads the text right before it first. A box in there, such as a list's, takes
    its place; the one that was found is then looked for without end, and the text before it is read each time. And it
    takes any word for an option's name, a number as well.
    """

    _rest: str | None = None

    def test(self, parent: Element, block: str) -> bool:
        self._rest = None
        if "///" not in block:
            return self.get_parent(parent) is not None  # more of an open box
        is_found = super().test(parent, block)
        if is_found and self.cached_block is None and self.cached_parent is None:
            start = self.start.search(block)
            assert start is not None
            self._rest = block[start.start():]
            is_found = super().test(parent, self._rest)
        return is_found

    def run(self, parent: Element, blocks: list[str]) -> None:
        if self._rest is not None:
            blocks[0], self._rest = self._rest, None
        super().run(parent, blocks)

    def parse_blocks(self, blocks: list[str], current_parent: Element) -> None:
        super().parse_blocks(blocks, _Around(current_parent, self.stack))

    def split_header(self, block: str, length: int) -> tuple[dict[str, Any] | None, str]:
        options, rest = super().split_header(block, length)
        return (options if all(isinstance(name, str) for name in options or ()) else None), rest


class _Manager(BlocksMgrExtension):
    def extendMarkdown(self, md: Markdown) -> None:
        super().extendMarkdown(md)
        self.extension = _Processor(md.parser, md)
        md.parser.blockprocessors.register(self.extension, "blocks", 89.99)  # instead of pymdownx's, in its places
        md.treeprocessors.register(BlocksTreeprocessor(md, self.extension), "blocks_on_inline_end", 19.99)


class BoxesExtension(BlocksExtension):
    """Registers all blocks of the house."""

    def register_block_mgr(self, md: Markdown) -> BlocksProcessor:
        manager = _Manager()
        manager.extendMarkdown(md)
        return manager.extension

    def extendMarkdownBlocks(self, md: Markdown, block_mgr: object) -> None:
        kinds = dict.fromkeys(CARE_BOXES, _CareBox) | dict.fromkeys(BOXES, _Box) | dict.fromkeys(CAPTIONS, _Caption)
        for name, kind in (kinds | {CHECK: _Check}).items():
            block_mgr.register(type(kind.__name__, (kind,), {"NAME": name}), {})  # type: ignore[attr-defined]
