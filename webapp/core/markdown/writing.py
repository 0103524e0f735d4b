"""From a finished tree to text: Python-Markdown's last steps to the same bytes, sooner. Trees of ours hold no comments,
no names with namespaces and no attributes without a value, so nobody looks for them."""

from collections.abc import Callable
from xml.etree.ElementTree import HTML_EMPTY, Element

from markdown import Markdown
from markdown.serializers import _escape_attrib_html, _escape_cdata
from markdown.treeprocessors import PrettifyTreeprocessor, UnescapeTreeprocessor
from markdown.util import STX


class Prettify(PrettifyTreeprocessor):
    """Breaks lines between blocks."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self._blocks = frozenset(md.block_level_elements)

    def _prettifyETree(self, elem: Element) -> None:
        if len(elem) and elem.tag != "pre":
            blocks = [child for child in elem if child.tag in self._blocks]
            if blocks and blocks[0] is elem[0] and not (elem.text and elem.text.strip()):
                elem.text = "\n"
            for block in blocks:
                self._prettifyETree(block)
        if not elem.tail or not elem.tail.strip():
            elem.tail = "\n"


class Unescape(UnescapeTreeprocessor):
    """Puts back what was written with a backslash."""

    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.text and STX in element.text and element.tag != "code":
                element.text = self.unescape(element.text)
            if element.tail and STX in element.tail:
                element.tail = self.unescape(element.tail)
            for name, value in element.attrib.items():
                if STX in value:
                    element.set(name, self.unescape(value))


def to_html(root: Element) -> str:
    """A tree as XHTML, in which an empty element ends itself."""
    parts: list[str] = []
    _write(root, parts.append)
    return "".join(parts)


def _write(element: Element, write: Callable[[str], None]) -> None:
    tag, text = element.tag, _escaped(element.text)
    start = f"<{tag}{_attributes(element.attrib)}" if element.attrib else f"<{tag}"
    if tag in HTML_EMPTY:
        write(f"{start} />")
    elif len(element):
        write(f"{start}>{text}")
        for child in element:
            _write(child, write)
        write(f"</{tag}>")
    else:
        write(f"{start}>{text}</{tag}>")
    if element.tail:
        write(_escaped(element.tail))


def _attributes(attributes: dict[str, str]) -> str:
    return "".join([f' {name}="{_escape_attrib_html(value)}"' for name, value in sorted(attributes.items())])


def _escaped(text: str | None) -> str:
    return "" if not text else _escape_cdata(text) if "&" in text or "<" in text or ">" in text else text
