"""The last pass over a rendered tree: anchors, links, pictures, tables, figures, footnotes."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AMP_SUBSTITUTE
from pymdownx.slugs import slugify

from webapp.core.markdown.boxes import BLOCK_NAMES
from webapp.core.markdown.terms import Terms
from webapp.core.markdown.values import Citation, Heading, Image, Labels

_HEADINGS = {"h1": 2, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_slug = slugify(case="lower")
_DASHES = re.compile(r"-{2,}")
_WIDE = 4
"""Columns, our choice: from this number on a phone shows each row as a card, its cells under their column's name."""
_TAKEN = re.compile(rf"main|references|related|(?:ref|cite|{'|'.join(BLOCK_NAMES)})(?:-\d+)+")
"""Anchors that the page around a body, its references and its boxes have."""
_ALIGNED = re.compile(r"text-align: (left|right|center)")


@dataclass
class Task:
    """What one rendering was asked for, and what the pass found on its way."""

    link: Callable[[str], str | None]
    image: Callable[[str], Image | None]
    labels: Labels
    terms: Terms | None = None
    explained: tuple[str, ...] = ()
    headings: list[Heading] = field(default_factory=list)
    anchors: dict[str, list[str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    table_names: set[str] = field(default_factory=set)

    def citations(self) -> tuple[Citation, ...]:
        """The keys cited in the body, by number."""
        return tuple(Citation(key, self.numbers[key], tuple(anchors))
                     for key, anchors in sorted(self.anchors.items(), key=lambda pair: self.numbers[pair[0]]))

    def anchor(self, heading: str) -> str:
        """An anchor for a heading, which no other of this body has."""
        return unique(heading_id(heading), self.ids)


class Finisher(Treeprocessor):
    """Walks the tree once, in reading order, and puts every element into the shape that pages rely on."""

    task: Task

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self._shapes: Mapping[str, Callable[[Element, Element], None]] = {
            **dict.fromkeys(_HEADINGS, self._heading), "a": self._link, "img": self._image, "table": self._table,
            "figure": _open_paragraph, "div": self._footnotes}

    def run(self, root: Element) -> None:
        for child in list(root):
            shape = self._shapes.get(child.tag)
            if shape is not None:
                shape(root, child)
            if len(child):
                self.run(child)

    def _heading(self, _: Element, heading: Element) -> None:
        if heading.get("class") == "care-title":
            return  # named by its box
        level = _HEADINGS[heading.tag]
        text = " ".join("".join(_words(heading)).split())
        heading.tag = f"h{level}"
        heading.set("id", self.task.anchor(text))
        self.task.headings.append(Heading(level, heading.get("id", ""), text))

    def _link(self, _: Element, link: Element) -> None:
        key = link.attrib.pop("data-key", None)
        if key is not None:
            self._citation(link, key)
        elif link.get("class") == "footnote-backref":
            link.attrib.pop("title", None)
            link.set("aria-label", self.task.labels.back_to_text)
        elif link.get("class") != "footnote-ref":
            href = link.get("href", "")
            target = href if href.startswith("#") else self.task.link(html.unescape(href.replace(AMP_SUBSTITUTE, "&")))
            link.attrib.clear()
            if target is None:
                link.tag = "span"
            else:
                link.set("href", target)

    def _citation(self, link: Element, key: str) -> None:
        number = self.task.numbers[key] = int(link.text or 0)
        anchors = self.task.anchors.setdefault(key, [])
        anchors.append(f"cite-{number}-{len(anchors) + 1}")
        link.set("id", anchors[-1])
        link.set("aria-label", self.task.labels.reference.replace("{number}", str(number)))

    def _image(self, _: Element, picture: Element) -> None:
        image, alt = self.task.image(picture.get("src", "")), picture.get("alt", "")
        picture.attrib.clear()
        if image is None:
            picture.tag, picture.text = "span", alt
            picture.set("class", "missing-picture")
            return
        picture.attrib.update({"src": image.src, "alt": alt, "loading": "lazy"})
        picture.attrib.update({name: str(size) for name, size in (("width", image.width), ("height", image.height))
                               if size})

    def _table(self, parent: Element, table: Element) -> None:
        for cell in table.iter():
            if cell.tag in ("th", "td"):
                _cell(cell)
        before = self.task.headings[-1].text if self.task.headings else "1"
        name = unique(before, self.task.table_names, " ")
        is_wide = _name_cells(table) >= _WIDE
        kind = "table-scroll is-wide" if is_wide else "table-scroll"
        region = Element("div", {"class": kind, "role": "region", "tabindex": "0", "aria-label": name})
        region.tail, table.tail = table.tail, None
        parent[list(parent).index(table)] = region
        region.append(table)

    def _footnotes(self, _: Element, notes: Element) -> None:
        if notes.get("class") != "footnote":
            return
        notes.tag = "section"
        notes.attrib.update({"class": "footnotes", "aria-label": self.task.labels.footnotes})
        for rule in notes.findall("hr"):
            notes.remove(rule)


def unique(name: str, taken: set[str], gap: str = "-") -> str:
    """The name, or with a number added if it is taken; it is from now on."""
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name}{gap}{count}"
    taken.add(candidate)
    return candidate


def heading_id(text: str) -> str:
    """The anchor of a heading; Chinese is kept. A second heading of the same text gets `-2` added."""
    name = _DASHES.sub("-", _slug(text, "-")).strip("-") or "section"
    return f"section-{name}" if _TAKEN.fullmatch(name) else name


def _words(element: Element) -> Iterator[str]:
    """The text of an element, its raised marks left out."""
    yield html.unescape((element.text or "").replace(AMP_SUBSTITUTE, "&"))
    for child in element:
        if child.get("class") != "cite":
            yield from _words(child)
        yield html.unescape((child.tail or "").replace(AMP_SUBSTITUTE, "&"))


def _cell(cell: Element) -> None:
    aligned = _ALIGNED.search(cell.attrib.pop("style", ""))
    if aligned and aligned.group(1) != "left":
        cell.set("class", f"is-{aligned.group(1)}")
    if cell.tag == "th":
        if (cell.text or "").strip() or len(cell):
            cell.set("scope", "col")
        else:
            cell.tag = "td"


def _name_cells(table: Element) -> int:
    """Gives each cell its column's name, for where columns do not fit; answers with the number of columns."""
    head = table.find("thead/tr")
    names = [" ".join("".join(_words(cell)).split()) for cell in ([] if head is None else head)]
    for row in table.iterfind("tbody/tr"):
        for cell, name in zip(row, names, strict=False):
            if name and len(names) >= _WIDE:
                cell.set("data-column", name)
    return len(names)


def _open_paragraph(_: Element, figure: Element) -> None:
    """A picture stands in its figure without the paragraph that Markdown puts around it."""
    first = figure[0] if len(figure) else None
    if first is not None and first.tag == "p" and not (first.text or "").strip() and len(first) == 1:
        figure[0] = first[0]
        figure[0].tail = None


class FinishExtension(Extension):
    """Registers the pass after all of Markdown's own."""

    def extendMarkdown(self, md: Markdown) -> None:
        self.finisher = Finisher(md)
        md.treeprocessors.register(self.finisher, "finish", -10)
