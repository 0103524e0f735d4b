"""Blocks between lines of slashes: care boxes, other boxes, questions with a folded answer, captions.

Made with pymdownx's block interface. Options (`attrs:`) are not offered: a source sets no attributes.
"""

from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from pymdownx.blocks import BlocksExtension
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
        return SubElement(details, "div", {"class": "check-answer"})


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


class BoxesExtension(BlocksExtension):
    """Registers all blocks of the house."""

    def extendMarkdownBlocks(self, md: Markdown, block_mgr: object) -> None:
        kinds = dict.fromkeys(CARE_BOXES, _CareBox) | dict.fromkeys(BOXES, _Box) | dict.fromkeys(CAPTIONS, _Caption)
        for name, kind in (kinds | {CHECK: _Check}).items():
            block_mgr.register(type(kind.__name__, (kind,), {"NAME": name}), {})  # type: ignore[attr-defined]
