"""The file: PDF/UA-1 and PDF/A-2a in one, in both languages, with a code that a camera reads."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import page as validator
import pytest
import vl_convert
import zxingcpp
from fontTools.cffLib import CFFFontSet
from fontTools.pens.basePen import NullPen
from PIL import Image
from pypdf import PdfReader

from tests.cme import activities
from webapp.cme.rules.activity import ActivityFile
from webapp.cme.rules.certificates import Claimed, Facts, Issuer, Kind, facts_of
from webapp.cme.service.drawing import certificate_pdf
from webapp.core import qr

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
CODE = "abcdefghijklmnopqrstuvwxyz"
URL = f"https://cme.example/certificates/{CODE}"
LONG = "Prof. Dr. Maximiliana Konstantina Freifrau von Hohenstein-Schwarzenberg y Fernández de Córdoba"
WIDTHS = ("PDFUA1-FONT-GLYPH-WIDTH-001", "PDFA2A-TRUETYPE-GLYPH-WIDTH-001")
"""The validator reads a width of 0 in fonts of several dictionaries, as ours for Chinese is. What the rule asks for is
looked at here with another reader."""


def facts(language: str = "en", *, is_sample: bool = False) -> Facts:
    about = ActivityFile.model_validate(activities.about(**({} if is_sample else {
        "drafted": None, "reviewed": {"person": "Kim Example", "role": "MD", "on": "2025-11-02"}})))
    claimed = [Claimed("ama-pra-1", Decimal("0.5"), not is_sample), Claimed("hours", Decimal("0.5"), not is_sample)]
    return facts_of(about, claimed, Issuer("Accredited Example (fictional)", {"ama-pra-1"}), version=3,
                    language=language, completed_on=date(2026, 11, 26))


def made(name: str = "Dr. Ann Example", language: str = "en", **how: bool) -> bytes:
    return certificate_pdf(Kind.CREDIT, name, facts(language, **how), code=CODE, url=URL, now=NOW)


@pytest.mark.parametrize("name", ["Dr. Ann Example", "欧阳示例", LONG, "Ann 😀 Example"])
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("profile", ["ua1", "pdfa2a"])
def test_a_validator_finds_it_sound(name: str, language: str, profile: str) -> None:
    report = validator.validate_pdf_bytes(made(name, language), profile=profile)
    assert report.rules.total > 100
    assert [found.message for found in report.failures if found.rule_id not in WIDTHS] == []


def test_each_sign_is_as_wide_in_its_font_as_the_file_says() -> None:
    """What the rule of `WIDTHS` asks for."""
    fonts = [font["/DescendantFonts"][0] for sheet in PdfReader(BytesIO(made())).pages
             for font in sheet["/Resources"]["/Font"].values()]
    assert len(fonts) >= 2
    for font in fonts:
        told, held = widths_told(font["/W"]), widths_held(font["/FontDescriptor"]["/FontFile3"].get_data())
        assert told and [(sign, told[sign], held[sign]) for sign in told if abs(told[sign] - held[sign]) > 1] == []


def widths_told(array: Any) -> dict[int, float]:
    """Of a font's `W`: first, last and width, or a first and a list (PDF 1.7, 9.7.4.3)."""
    told: dict[int, float] = {}
    parts = [part.get_object() for part in array]
    while parts:
        first, second = parts.pop(0), parts.pop(0)
        each = second if isinstance(second, list) else [parts.pop(0)] * (int(second) - int(first) + 1)
        told |= {int(first) + number: float(width) for number, width in enumerate(each)}
    return told


def widths_held(file: bytes) -> list[float]:
    """Of each sign of an embedded font, in its order."""
    font = CFFFontSet()
    font.decompile(BytesIO(file), None)
    signs = font[0].CharStrings
    for name in signs.keys():  # noqa: SIM118
        signs[name].draw(NullPen())
    return [signs[name].width for name in signs.keys()]  # noqa: SIM118


def test_it_claims_both_standards_and_says_what_programs_read_out() -> None:
    read = PdfReader(BytesIO(made()))
    root = read.trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == (
        True, "en", True)
    assert "/StructTreeRoot" in root and root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    claims = root["/Metadata"].get_data().decode()
    for claim in ("<pdfuaid:part>1<", "<pdfaid:part>2<", "<pdfaid:conformance>A<"):
        assert claim in claims
    assert read.metadata is not None and read.metadata.title == "Certificate of credit · 学分证书"
    assert spoken_of(root["/StructTreeRoot"]) == ["QR code of the address beside it"]


def spoken_of(node: Any) -> list[str]:
    """The texts that stand for pictures, in a tree of structure."""
    node = node.get_object()
    if not isinstance(node, dict):
        return []
    kids = node.get("/K", [])
    below = [text for kid in (kids if isinstance(kids, list) else [kids]) for text in spoken_of(kid)]
    return [*([node["/Alt"]] if "/Alt" in node else []), *below]


def said_in(file: bytes) -> str:
    """All its words, without spaces and lines."""
    return "".join("".join(sheet.extract_text().split()) for sheet in PdfReader(BytesIO(file)).pages)


@pytest.mark.parametrize("words", [
    "CertificateofCredit", "学分证书", "兹证明", "Dr.AnnExample", "Exemplitis:thefirststeps", "（虚构）",
    "designatesthisenduringmaterialforamaximumof0.5AMAPRACategory1Credit(s)™", "accreditedbytheAccreditationCouncil",
    "0.5credits", "0.5学分", "November26,2026(UTC)", "2026年11月26日(UTC)", "第3版", CODE, URL])
def test_it_says_in_both_languages_what_was_earned(words: str) -> None:
    assert words.lower() in said_in(made()).lower()


@pytest.mark.parametrize("name", [
    'Ann"));#panic("', "Ann\\", "Ann\\u{41}", "#set page()", "$x$*y*_z_", "Ann\nB", "\x7f\u2028Ann"])
def test_no_name_is_read_as_markup(name: str) -> None:
    assert "".join(name.split()) in said_in(made(name))


def test_a_sample_says_that_it_is_one_and_carries_no_statement() -> None:
    said = said_in(made(is_sample=True))
    assert "0credits:sample" in said and "0学分：示例" in said and "Sample:anexercise" in said
    assert "designates" not in said and "ACCME" not in said and "Sample" not in said_in(made())


@pytest.mark.parametrize(("language", "first", "second"), [
    ("en", "Certificateofcredit", "学分证书"), ("zh-Hans", "学分证书", "Certificateofcredit")])
def test_the_learners_language_comes_first(language: str, first: str, second: str) -> None:
    said = said_in(made(language=language))
    assert said.index(first) < said.index(second)


def test_it_fits_on_one_page_however_long_the_name() -> None:
    assert [len(PdfReader(BytesIO(made(name))).pages) for name in ("Dr. Ann Example", LONG)] == [1, 1]


def test_the_same_is_drawn_the_same() -> None:
    assert made() == made()


def test_a_camera_reads_the_address() -> None:
    picture = Image.open(BytesIO(vl_convert.svg_to_png(qr.drawn(URL), scale=4)))
    read, = zxingcpp.read_barcodes(picture.convert("L"))
    assert read.text == URL
