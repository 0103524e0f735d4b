"""Sheets become a workbook that holds their words and numbers, and no formula."""

import zipfile
from io import BytesIO
from xml.etree import ElementTree

from webapp.core.workbook import MAIN, Shape, Sheet, workbook

NAMED = {"m": MAIN}
COLUMNS = (("Name", Shape.PLAIN), ("Share", Shape.SHARE))


def parts(made: bytes) -> dict[str, ElementTree.Element]:
    with zipfile.ZipFile(BytesIO(made)) as file:
        return {name: ElementTree.fromstring(file.read(name)) for name in file.namelist()}


def cells(made: bytes, number: int = 1) -> dict[str | None, str]:
    found = parts(made)[f"xl/worksheets/sheet{number}.xml"]
    return {cell.get("r"): "".join(cell.itertext()) for cell in found.iterfind(".//m:c", NAMED)}


def test_words_and_numbers_stand_where_they_were_put() -> None:
    made = workbook([Sheet("One", COLUMNS, [("A & <b>", 0.25), ("B", None)])])
    assert cells(made) == {"A1": "Name", "B1": "Share", "A2": "A & <b>", "B2": "0.25", "A3": "B"}


def test_what_begins_like_a_formula_is_words() -> None:
    made = workbook([Sheet("One", COLUMNS, [("=1+1", 1)])])
    sheet = parts(made)["xl/worksheets/sheet1.xml"]
    assert not sheet.findall(".//m:f", NAMED)
    assert [cell.get("t") for cell in sheet.iterfind(".//m:c", NAMED)] == ["inlineStr"] * 3 + [None]


def test_signs_that_xml_does_not_know_are_left_out() -> None:
    assert cells(workbook([Sheet("One", COLUMNS, [("a\x00\x0bb", 1)])]))["A2"] == "ab"


def test_names_of_sheets_are_allowed_ones_and_each_its_own() -> None:
    made = workbook([Sheet(name, COLUMNS, []) for name in ("A/B: what learners said of it all, twice", "a" * 40,
                                                           "A" * 40)])
    names = [str(sheet.get("name")) for sheet in parts(made)["xl/workbook.xml"].iterfind(".//m:sheet", NAMED)]
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)
    assert len({name.lower() for name in names}) == 3


def test_column_twenty_seven_is_called_aa_and_the_same_sheets_are_the_same_bytes() -> None:
    sheet = Sheet("Wide", [(str(n), Shape.COUNT) for n in range(27)], [])
    assert "AA1" in cells(workbook([sheet])) and workbook([sheet]) == workbook([sheet])
