"""Reads SPL XML (HL7 Structured Product Labeling) into a label and its sections, or says why it is none.

No document type is taken, and with it no entity: neither an outer file nor a bomb can be asked for. Highlights
(`excerpt`) are left out: they repeat the sections in other words. Pictures are left out as well.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

MAX_BYTES = 10_000_000
"""Our choice: some thirty times a long label."""
MAX_DEPTH, MAX_SECTIONS_DEEP = 100, 12
"""Elements, and sections, within each other: our choice, some three times what real labels nest."""
DOCUMENT_TYPES: Mapping[str, str] = {
    "34390-5": "Human OTC Drug Label", "34391-3": "Human Prescription Drug Label", "53404-0": "Vaccine Label",
    "53405-7": "Non-Standardized Allergenic Label", "53406-5": "Licensed Vaccine Bulk Intermediate Label",
    "53408-1": "Licensed Minimally Manipulated Cells Label", "60682-2": "Standardized Allergenic",
    "60683-0": "Plasma Derivative", "60684-8": "Cellular Therapy", "75031-5": "Human Compounded Drug Label"}
"""LOINC document types of labels of human medicines (HL7's FHIR guide on SPL, "Submit a Drug Label"). What is only an
ingredient, and what is for animals, is left out."""
UNCLASSIFIED = "42229-5"
"""LOINC's "SPL unclassified section": a subsection without a name of its own."""
PRODUCT_DATA = "48780-1"
_HL7 = "urn:hl7-org:v3 "
_LOINC = "2.16.840.1.113883.6.1"
_UNII = "2.16.840.1.113883.4.9"
_ACTIVE = ("ACTIB", "ACTIM", "ACTIR")
_BLOCKS = ("paragraph", "list", "table", "thead", "tbody", "tfoot")
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,63}")
_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")


class LabelRefused(Exception):
    """Why a file is not taken: one sentence with its remedy."""


@dataclass(frozen=True)
class Section:
    """A part of a label. `text` holds what stands in it and in its subsections, a line for each paragraph, item (begun
    by `- `) or table row (cells parted by ` | `); `depth` is 1 for the parts that a label consists of."""

    code: str
    title: str
    depth: int
    text: str

    @property
    def digest(self) -> str:
        """Of title and text."""
        return hashlib.sha256(f"{self.title}\n{self.text}".encode()).hexdigest()


@dataclass(frozen=True)
class Label:
    """One version of a label. `ingredients` are the active ones, as (name, UNII)."""

    set_id: str
    version: int
    effective_on: date
    title: str
    product: str
    document_type: str
    manufacturer: str
    marketing_category: str
    ingredients: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def read_label(content: bytes) -> Label:
    """The label in a file. Raises LabelRefused, and nothing else, for whatever else is in it."""
    if len(content) > MAX_BYTES:
        raise LabelRefused(f"the file has {len(content):,} bytes; at most {MAX_BYTES:,} are read")
    root = _tree(content)
    if root.tag != "document":
        raise LabelRefused("not an SPL document: its outermost element is not HL7's `document`. Take the XML file that "
                           "DailyMed offers for a label")
    code = root.find("code")
    kind = "" if code is None else code.get("code", "")
    if kind not in DOCUMENT_TYPES or code is None or code.get("codeSystem") != _LOINC:
        name = "" if code is None else _plain(code.get("displayName", ""))[:80]
        raise LabelRefused(f"not a product label but {name or 'a document of no named type'} ({kind[:20] or '-'}). "
                           "Take the label's own file")
    sections = tuple(_sections(root))
    if not sections:
        raise LabelRefused("a label without a section that has text. Take the whole file")
    return Label(
        set_id=_named(root, "setId", "root"), version=_version(root), effective_on=_day(root),
        title=_inline(root.find("title"))[:500], product=_products(root), document_type=kind,
        manufacturer=_inline(root.find("author/assignedEntity/representedOrganization/name"))[:200],
        marketing_category=_categories(root), ingredients=tuple(_ingredients(root)), sections=sections)


def _tree(content: bytes) -> Element:
    """The document's elements: HL7's by their plain name. Raises LabelRefused."""
    builder, parser, open_ = TreeBuilder(), expat.ParserCreate(namespace_separator=" "), [0]

    def start(name: str, attributes: dict[str, str]) -> None:
        open_[0] += 1
        if open_[0] > MAX_DEPTH:
            raise LabelRefused(f"elements nested more than {MAX_DEPTH} deep. Take the file as DailyMed offers it")
        builder.start(name.removeprefix(_HL7), attributes)

    def end(name: str) -> None:
        open_[0] -= 1
        builder.end(name.removeprefix(_HL7))

    def doctype(*_: object) -> None:
        raise LabelRefused("a document type declaration, which could name entities and other files: SPL has none. "
                           "Take the file as DailyMed offers it")

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise LabelRefused(f"line {error.lineno}: malformed XML: {expat.ErrorString(error.code)}. Fetch the file "
                           "again") from None
    except (ValueError, LookupError):
        raise LabelRefused("an encoding that cannot be read. Save the file as UTF-8") from None
    return builder.close()


def _sections(root: Element) -> Iterator[Section]:
    """Every section that has text and a LOINC code of its own: what a label consists of, each followed by its parts."""
    for section in root.iterfind("component/structuredBody/component/section"):
        yield from _section(section, 1)


def _section(section: Element, depth: int) -> Iterator[Section]:
    if depth > MAX_SECTIONS_DEEP:
        raise LabelRefused(f"sections nested more than {MAX_SECTIONS_DEEP} deep. Take the file as DailyMed offers it")
    code = section.find("code")
    name = "" if code is None or code.get("codeSystem") != _LOINC else code.get("code", "")[:20]
    text = "\n".join(_text(section))
    if text and name and name != PRODUCT_DATA and (depth == 1 or name != UNCLASSIFIED):
        yield Section(name, _inline(section.find("title"))[:500], depth, text)
    for inner in section.iterfind("component/section"):
        yield from _section(inner, depth + 1)


def _text(section: Element) -> Iterator[str]:
    """The lines of a section, those of its subsections below their titles."""
    text = section.find("text")
    if text is not None:
        yield from _lines(text)
    for inner in section.iterfind("component/section"):
        title = _inline(inner.find("title"))
        yield from [title] if title else []
        yield from _text(inner)


class _Lines:
    """Collects text into lines without empty ones."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._parts: list[str] = []

    def add(self, text: str | None) -> None:
        self._parts.append(text or "")

    def end(self) -> None:
        line = _plain("".join(self._parts))
        if line == "-":  # an item's mark waits for the item's first paragraph
            return
        if line:
            self.lines.append(line)
        self._parts.clear()


def _lines(element: Element) -> list[str]:
    written = _Lines()
    _write(element, written)
    written.end()
    return [line for line in written.lines if line != "-"]


def _write(element: Element, written: _Lines) -> None:
    """Adds what an element holds, the tails of its children included."""
    is_block = element.tag in _BLOCKS
    if element.tag in ("br", "item", "tr") or is_block:
        written.end()
    if element.tag == "tr":
        written.add(" | ".join(" ".join(_lines(cell)) for cell in element))
        written.end()
        return
    written.add("- " if element.tag == "item" else "")
    written.add(element.text)
    for child in element:
        _write(child, written)
        if element.tag == "table" or (child.tag == "caption" and element.tag != "item"):
            written.end()
        written.add(child.tail)
    if is_block or element.tag == "item":
        written.end()


def _inline(element: Element | None) -> str:
    """What an element holds, on one line."""
    return "" if element is None else _plain(" ".join(_lines(element)))


def _plain(text: str) -> str:
    """One line, composed (NFC), with single spaces."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _named(root: Element, element: str, attribute: str) -> str:
    found = root.find(element)
    value = "" if found is None else found.get(attribute, "").strip().lower()
    if not _NAME.fullmatch(value):
        raise LabelRefused(f"no usable `{element}`. Take the file as DailyMed offers it")
    return value


def _version(root: Element) -> int:
    found = root.find("versionNumber")
    value = "" if found is None else found.get("value", "")
    if not (value.isascii() and value.isdigit() and int(value[:9]) > 0 and len(value) < 9):
        raise LabelRefused("no usable `versionNumber`. Take the file as DailyMed offers it")
    return int(value)


def _day(root: Element) -> date:
    found = root.find("effectiveTime")
    match = _DAY.match("" if found is None else found.get("value", ""))
    try:
        return date(*map(int, match.groups())) if match else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> date:
    raise LabelRefused("no usable `effectiveTime`. Take the file as DailyMed offers it")


def _products(root: Element) -> str:
    """The names of the products, each once."""
    names = (_inline(product.find("name")) for product in root.iter("manufacturedProduct"))
    return ", ".join(dict.fromkeys(name for name in names if name))[:200]


def _categories(root: Element) -> str:
    codes = (approval.find("code") for approval in root.iter("approval"))
    names = (_plain(code.get("displayName", "")) for code in codes if code is not None)
    return ", ".join(dict.fromkeys(name for name in names if name))[:200]


def _ingredients(root: Element) -> Iterator[tuple[str, str]]:
    """Active ingredients, each once."""
    seen = set()
    for ingredient in root.iter("ingredient"):
        substance = ingredient.find("ingredientSubstance")
        if ingredient.get("classCode") not in _ACTIVE or substance is None:
            continue
        code = substance.find("code")
        unii = code.get("code", "") if code is not None and code.get("codeSystem") == _UNII else ""
        name = _inline(substance.find("name"))
        if name and (name, unii) not in seen:
            seen.add((name, unii))
            yield name, unii
