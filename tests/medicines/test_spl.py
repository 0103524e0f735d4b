"""Reading SPL: every real sample where the shared data is at hand, and what is no label."""

from datetime import date

import pytest

from tests.medicines.labels import DOSING, INTERACTIONS, SAMPLES, spl
from webapp.medicines.rules import spl as reading
from webapp.medicines.rules.spl import Label, LabelRefused, read_label

needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the shared labels are not here")
REAL = {
    "lipitor-orig.xml": ("c6e131fe-e7df-4876-83f7-9156fc4e8228", 11, date(2014, 1, 13), "Lipitor",
                         "Parke-Davis Div of Pfizer Inc", "NDA", {"48A5M73Z4Q"}),
    "lipitor-repack.xml": ("17a163ef-b349-4e32-bc8c-b02bac7f65d6", 8, date(2012, 2, 29), "Lipitor",
                           "PD-Rx Pharmaceuticals, Inc.", "NDA", {"48A5M73Z4Q"}),
    "64f8040f-938d-4236-8e22-c838c9b5f8da.xml": (
        "0b0be196-0c62-461c-94f4-9a35339b4501", 20, date(2017, 11, 7), "Viagra",
        "Pfizer Laboratories Div Pfizer Inc", "NDA", {"BW9B0ZE037"}),
    "cough.xml": ("00f66f25-3469-4c16-9baf-fba21e9628bd", 1, date(2011, 4, 26),
                  "TRIAMINICChildrens Night Time Cold and Cough", "Novartis Consumer Health, Inc.",
                  "OTC monograph final", {"TC2D6JAD40", "04JA59TNSJ"}),
}
WORDS = {
    "lipitor-orig.xml": (INTERACTIONS, "7 DRUG INTERACTIONS", "especially with excessive grapefruit juice consumption "
                                                              "(>1.2 liters per day)."),
    "lipitor-repack.xml": (INTERACTIONS, "7 DRUG INTERACTIONS", "7.4 Gemfibrozil\n"),
    "64f8040f-938d-4236-8e22-c838c9b5f8da.xml": ("34067-9", "1 INDICATIONS AND USAGE",
                                                 "VIAGRA is indicated for the treatment of erectile dysfunction."),
    "cough.xml": ("50565-1", "Keep out of reach of children.", "In case of overdose, get medical help"),
}
"""(LOINC code, title, words in the text) of a section of each."""


def refusal(content: str | bytes) -> str:
    with pytest.raises(LabelRefused) as refused:
        read_label(content.encode() if isinstance(content, str) else content)
    return str(refused.value)


@needs_samples
def test_every_sample_is_either_known_here_or_no_label() -> None:
    assert {path.name for path in SAMPLES.glob("*.xml")} == {*REAL, "4ad64379-4281-4d60-bf5f-655931ceba13.xml"}


@needs_samples
@pytest.mark.parametrize("name", REAL)
def test_a_real_label_is_read(name: str) -> None:
    label = read_label((SAMPLES / name).read_bytes())

    assert (label.set_id, label.version, label.effective_on, label.product, label.manufacturer,
            label.marketing_category, {unii for _, unii in label.ingredients}) == REAL[name]


@needs_samples
@pytest.mark.parametrize("name", REAL)
def test_a_real_label_s_sections_have_their_code_title_and_words(name: str) -> None:
    label = read_label((SAMPLES / name).read_bytes())
    code, title, words = WORDS[name]

    found = [section for section in label.sections if section.code == code]
    assert [section.title for section in found] == [title] and words in found[0].text
    assert all(section.text and "  " not in section.text for section in label.sections)


@needs_samples
def test_a_document_that_is_no_label_is_refused_by_its_kind() -> None:
    said = refusal((SAMPLES / "4ad64379-4281-4d60-bf5f-655931ceba13.xml").read_bytes())
    assert said.startswith("not a product label but Indexing - Pharmacologic Class (60685-5)")


@needs_samples
def test_a_real_table_keeps_its_rows() -> None:
    label = read_label((SAMPLES / "lipitor-orig.xml").read_bytes())
    reactions = next(section for section in label.sections if section.code == "34084-4")
    assert "\nArthralgia | 6.9 | 8.9 | 11.7 | 10.6 | 4.3 | 6.5\n" in reactions.text


def test_a_label_of_ours_is_read_whole() -> None:
    label = read_label(spl(3).encode())

    assert isinstance(label, Label)
    assert (label.version, label.product, label.ingredients) == (3, "Samplin", (("SAMPLINE", "ABC123DEF4"),))
    assert next((section.code, section.text) for section in label.sections) == (DOSING, "One tablet a day.")


def test_a_section_holds_its_subsections_lists_and_line_breaks() -> None:
    inner = ("<text><list><item>first</item><item><paragraph>second<sup>2</sup></paragraph></item></list></text>"
             '<component><section><code code="42229-5" codeSystem="2.16.840.1.113883.6.1"/><title>2.1 More</title>'
             "<text>a<br/>b</text></section></component>")
    source = spl().replace("<text><paragraph>One tablet a day.</paragraph></text>", inner)

    section = read_label(source.encode()).sections[0]
    assert section.text.split("\n") == ["- first", "- second2", "2.1 More", "a", "b"]


def test_highlights_are_left_out() -> None:
    source = spl().replace("<text><paragraph>One tablet", "<excerpt><highlight><text>Short</text></highlight></excerpt>"
                                                          "<text><paragraph>One tablet")
    assert read_label(source.encode()) == read_label(spl().encode())


def test_the_digest_of_a_section_is_of_its_words_and_not_of_its_layout() -> None:
    spread = spl().replace("<paragraph>One tablet a day.", "<paragraph>\n   One   tablet\n a day.")
    changed = spl(s34068_7="Two tablets a day.")

    digests = [read_label(source.encode()).sections[0].digest for source in (spl(), spread, changed)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(("head", "body"), [
    ('<!DOCTYPE document [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
    ('<!DOCTYPE document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>', "&b;"),
    ('<!DOCTYPE document SYSTEM "http://127.0.0.1/spl.dtd">', "plain"),
])
def test_entities_and_outer_files_are_refused_before_they_are_read(head: str, body: str) -> None:
    assert "document type declaration" in refusal(spl(head=head).replace("One tablet a day.", body))


@pytest.mark.parametrize(("old", "new", "why"), [
    ("</document>", "", "malformed XML"),
    ("One tablet", "&unknown; tablet", "malformed XML: undefined entity"),
    ("One tablet", "One \x00 tablet", "malformed XML"),
    ('xmlns="urn:hl7-org:v3"', 'xmlns="urn:other"', "not an SPL document"),
    ("34391-3", "60685-5", "not a product label but A KIND (60685-5)"),
    ('<versionNumber value="1"/>', "", "no usable `versionNumber`"),
    ('<versionNumber value="1"/>', '<versionNumber value="-1"/>', "no usable `versionNumber`"),
    ('<versionNumber value="1"/>', '<versionNumber value="٣"/>', "no usable `versionNumber`"),
    ('value="20240115"', 'value="20241315"', "no usable `effectiveTime`"),
    ('<setId root="12345678-9abc-4def-8123-456789abcdef"/>', '<setId root="../x"/>', "no usable `setId`"),
    ('encoding="UTF-8"', 'encoding="x-none"', "encoding"),
])
def test_what_is_wrong_in_a_file_is_said(old: str, new: str, why: str) -> None:
    assert old in spl() and why in refusal(spl().replace(old, new))


def test_a_label_without_sections_is_refused() -> None:
    assert "without a section" in refusal(spl(s34068_7="", s34073_7="", s34088_5=""))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\xff\xfe\x00", b"<html><body>label</body></html>"])
def test_other_files_are_refused(content: bytes) -> None:
    assert refusal(content)


def test_a_bomb_of_nested_elements_is_refused() -> None:
    assert "nested" in refusal(spl().replace("One tablet", "<content>" * 5000 + "x" + "</content>" * 5000))


def test_a_bomb_of_nested_sections_is_refused() -> None:
    deep = "<component><section><text>x</text>" * 20 + "</section></component>" * 20
    assert "sections nested" in refusal(spl().replace("</text></section>", f"</text>{deep}</section>", 1))


def test_a_huge_file_is_refused_by_its_size() -> None:
    assert "at most 10,000,000 are read" in refusal(b" " * (reading.MAX_BYTES + 1))
