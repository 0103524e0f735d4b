"""Workbooks (Office Open XML, ECMA-376): sheets of words and numbers, as bytes. Pure; the same sheets, the same bytes.

Words are written as words, so that no spreadsheet takes them for a formula, whatever they begin with.
"""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

NAME_LENGTH = 31
"""Characters of a sheet's name at most, which Excel sets."""
NOT_IN_NAMES = frozenset("[]:*?/\\")
LONGEST = 32_767
"""Characters of a cell at most, which Excel sets."""
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WHEN = (1980, 1, 1, 0, 0, 0)

Value = str | int | float | None


class Shape(StrEnum):
    """How a column's numbers are written."""

    PLAIN = "0"
    COUNT = "#,##0"
    SHARE = "0.0%"
    POINTS = "0.0"
    FIGURE = "0.00"


SHAPES = tuple(Shape)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `columns`: the name of each and the shape of its numbers; a row holds a value or None for each."""

    name: str
    columns: Sequence[tuple[str, Shape]]
    rows: Sequence[Sequence[Value]]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as an .xlsx file."""
    names = _names(sheets)
    parts = {"[Content_Types].xml": _types(len(sheets)), "_rels/.rels": _relations([("officeDocument",
                                                                                    "xl/workbook.xml")]),
             "xl/workbook.xml": _book(names), "xl/styles.xml": _styles(),
             "xl/_rels/workbook.xml.rels": _relations([
                 *(("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)),
                 ("styles", "styles.xml")])}
    parts |= {f"xl/worksheets/sheet{number}.xml": _sheet(sheet) for number, sheet in enumerate(sheets, 1)}
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, HEAD + text)
    return out.getvalue()


def _names(sheets: Iterable[Sheet]) -> list[str]:
    """Names that are allowed, each once."""
    made: list[str] = []
    for sheet in sheets:
        plain = "".join(sign for sign in sheet.name if sign not in NOT_IN_NAMES).strip("'") or "Sheet"
        name, number = plain[:NAME_LENGTH], 2
        while name.lower() in {one.lower() for one in made}:
            name, number = f"{plain[:NAME_LENGTH - 4]} {number}", number + 1
        made.append(name)
    return made


def _types(count: int) -> str:
    kind = f"{SPREADSHEET}.worksheet+xml"
    sheets = "".join(f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{kind}"/>'
                     for number in range(1, count + 1))
    return (f'<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{SPREADSHEET}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{SPREADSHEET}.styles+xml"/>{sheets}</Types>')


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    lines = "".join(f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
                    for number, (kind, target) in enumerate(targets, 1))
    return f'<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def _book(names: Sequence[str]) -> str:
    sheets = "".join(f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
                     for number, name in enumerate(names, 1))
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'


def _styles() -> str:
    """Style 0 is plain, 1 a column's name, then one for each shape."""
    formats = "".join(f'<numFmt numFmtId="{164 + place}" formatCode={quoteattr(shape)}/>'
                      for place, shape in enumerate(SHAPES))
    shapes = "".join(f'<xf numFmtId="{164 + place}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
                     for place in range(len(SHAPES)))
    font = '<font>{}<sz val="11"/><name val="Calibri"/></font>'
    return (f'<styleSheet xmlns="{MAIN}"><numFmts count="{len(SHAPES)}">{formats}</numFmts>'
            f'<fonts count="2">{font.format("")}{font.format("<b/>")}</fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
            '</fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            f'<cellXfs count="{2 + len(SHAPES)}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
            '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
            f'{shapes}</cellXfs></styleSheet>')


def _sheet(sheet: Sheet) -> str:
    styles = [2 + SHAPES.index(shape) for _, shape in sheet.columns]
    lines = [_row(1, [name for name, _ in sheet.columns], [1] * len(sheet.columns))]
    lines += [_row(number, row, styles) for number, row in enumerate(sheet.rows, 2)]
    widths = "".join(f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
                     for number, width in enumerate(_widths(sheet), 1))
    return (f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
            'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols>{widths}</cols><sheetData>{"".join(lines)}</sheetData></worksheet>')


def _widths(sheet: Sheet) -> list[int]:
    """Of each column, in signs: what its words need, between 10 and 60."""
    columns = zip([name for name, _ in sheet.columns], *sheet.rows, strict=True)
    return [min(60, max(10, *(len(str(value)) + 2 for value in column))) for column in columns]


def _row(number: int, values: Sequence[Value], styles: Sequence[int]) -> str:
    cells = "".join(_cell(f"{_letters(place)}{number}", value, style)
                    for place, (value, style) in enumerate(zip(values, styles, strict=True)) if value is not None)
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: str | int | float, style: int) -> str:
    if isinstance(value, str):
        words = escape("".join(sign for sign in value[:LONGEST] if sign >= " " or sign in "\t\n"))
        own = style if style == 1 else 0
        return f'<c r="{place}" s="{own}" t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'
    return f'<c r="{place}" s="{style}"><v>{value!r}</v></c>'


def _letters(place: int) -> str:
    """The name of a column, from 0 on: A, ..., Z, AA."""
    rest, letter = divmod(place, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("A") + letter)
