"""Slots and market blocks."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.articles.rules.frontmatter import MarketFile, validate
from webapp.articles.rules.locate import Yaml, read_yaml
from webapp.articles.rules.slots import MOST_FINDINGS, Filled, fill, fill_phrase

MARKETS = Path(__file__).resolve().parents[2] / "content" / "markets"


def market(name: str) -> MarketFile:
    read = read_yaml((MARKETS / f"{name}.yaml").read_text(encoding="utf-8"))
    assert isinstance(read, Yaml)
    file = validate(MarketFile, read)
    assert isinstance(file, MarketFile)
    return file


FILES = {name: market(name) for name in ("us", "gb", "eu", "cn")}


def filled(text: str, name: str = "us", language: str = "en", first_line: int = 1) -> Filled:
    return fill(text, FILES[name], name, language, first_line=first_line)


@pytest.mark.parametrize(("name", "number"), [("us", "911"), ("gb", "999"), ("eu", "112"), ("cn", "120")])
def test_the_emergency_number_is_the_market_s(name: str, number: str) -> None:
    assert filled("Call {emergency} now", name).text == f"Call {number} now"


@pytest.mark.parametrize(
    ("name", "language", "slot", "text"),
    [
        ("us", "en", "{drug:salbutamol}", "albuterol"),
        ("gb", "en", "{Drug:salbutamol}", "Salbutamol"),
        ("us", "zh-Hans", "{drug:paracetamol}", "对乙酰氨基酚"),
        ("us", "en", "{word:tumor}", "tumor"),
        ("gb", "en", "{Word:tumor}", "Tumour"),
        ("eu", "en", "{word:diarrhea}", "diarrhoea"),
        ("gb", "zh-Hans", "{word:tumor}", "肿瘤"),
        ("us", "en", "{unit:glucose 126|7.0}", "126\xa0mg/dL"),
        ("gb", "en", "{unit:glucose 126|7.0}", "7.0\xa0mmol/L"),
        ("us", "en", "{unit:hba1c 7|53}", "7%"),
        ("eu", "en", "{unit:hba1c 7|53}", "7% (53\xa0mmol/mol)"),
        ("eu", "zh-Hans", "{unit:hba1c 7|53}", "7%（53\xa0mmol/mol）"),
        ("cn", "en", "{unit:hba1c 7|53}", "7%"),
        ("cn", "en", "{unit:acr 30|3}", "30\xa0mg/g"),
        ("cn", "en", "{unit:glucose 100-125|5.6-6.9}", "5.6-6.9\xa0mmol/L"),
        ("us", "en", "{unit:temperature 100.4|38}", "100.4\xa0°F"),
    ],
)
def test_a_slot_is_filled_for_market_and_language(name: str, language: str, slot: str, text: str) -> None:
    result = filled(f"a {slot} b", name, language)
    assert (result.text, result.findings) == (f"a {text} b", ())


@pytest.mark.parametrize(
    "slot",
    [
        "{emergncy}",
        "{}",
        "{{config}}",
        "{drug:aspirin}",
        "{word:aspirin}",
        "{unit:glucose 126}",
        "{unit:sugar 1|2}",
        "{unit:glucose a|b}",
        "{open",
    ],
)
def test_an_unknown_slot_is_located_and_left_as_it_stands(slot: str) -> None:
    result = filled(f"first\nsecond {slot}", first_line=20)
    assert result.text == f"first\nsecond {slot}"
    assert {(finding.line, finding.code) for finding in result.findings} == {(21, "unknown-slot")}


def test_of_pasted_code_not_every_brace_is_told() -> None:
    code = '{"a": {"b": 1}}\n' * MOST_FINDINGS
    result = filled(code)
    assert (result.text, len(result.findings)) == (code, MOST_FINDINGS)


def test_an_unknown_slot_s_remedy_names_the_known_ones() -> None:
    finding = filled("{emergncy}").findings[0]
    assert "{emergency}" in finding.remedy and "\\{" in finding.remedy


def test_a_literal_brace_is_left_to_markdown_and_plain_in_a_title() -> None:
    assert filled("a \\{b}").text == "a \\{b}"
    assert fill_phrase("a \\{b\\} {emergency}", FILES["us"], "en", line=2)[0] == "a {b} 911"


BLOCKS = """one

/// market | us
only us
///
/// market | gb eu
only europe
///
end"""


def test_a_market_block_is_kept_for_its_markets_only() -> None:
    assert filled(BLOCKS, "us").text == "one\n\nonly us\n\nend"
    assert filled(BLOCKS, "eu").text == "one\n\nonly europe\n\nend"
    assert filled(BLOCKS, "cn").text == "one\n\nend"


def test_lines_of_the_filled_text_know_their_line_in_the_file() -> None:
    result = filled(BLOCKS, "eu", first_line=10)
    lines = dict(zip(result.text.split("\n"), result.lines, strict=True))
    assert (lines["one"], lines["only europe"], lines["end"]) == (10, 16, 18)


def test_a_market_block_within_a_list_or_table_does_not_break_it() -> None:
    text = "- a\n/// market | us\n- b\n///\n- c\n\n| x |\n|---|\n| 1 |\n/// market | cn\n| 2 |\n///\n| 3 |"
    assert filled(text, "us").text == "- a\n- b\n- c\n\n| x |\n|---|\n| 1 |\n| 3 |"


def test_other_boxes_pass_through_and_may_stand_inside_a_market_block() -> None:
    text = "//// market | us\n/// warning | W\nx\n///\n////\n\n/// key\ny {emergency}\n///"
    assert filled(text, "us").text == "/// warning | W\nx\n///\n\n/// key\ny 911\n///"
    assert filled(text, "cn").text == "/// key\ny 120\n///"


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("a\n/// market | us\nb", 2, "block-open"),
        ("/// warning | x\nb", 1, "block-open"),
        ("a\n///", 2, "block-close"),
        ("/// market | us mars\n///", 1, "unknown-market"),
        ("/// market\n///", 1, "unknown-market"),
        ("/// key\n/// warning\n///\n///", 2, "block-slashes"),
        ("/// market | cn\n## H\n///", 2, "market-heading"),
        ("//// key\n/// warning\n////", 2, "block-open"),
    ],
)
def test_a_faulty_block_is_located(text: str, line: int, code: str) -> None:
    assert (line, code) in {(finding.line, finding.code) for finding in filled(text).findings}


def test_slashes_in_code_are_not_blocks() -> None:
    text = "```\n/// market | us\n```"
    assert filled(text, "cn") == Filled(text, (1, 2, 3), ())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(
                [
                    "\n",
                    "/// market | us\n",
                    "/// market | cn\n",
                    "///\n",
                    "////\n",
                    "/// key\n",
                    "{emergency}",
                    "{",
                    "}",
                    "- a\n",
                    "\\{",
                ]
            ),
        ),
        max_size=40,
    ).map("".join),
    st.sampled_from(sorted(FILES)),
    st.sampled_from(["en", "zh-Hans"]),
)
def test_no_text_breaks_the_filling(text: str, name: str, language: str) -> None:
    result = fill(text, FILES[name], name, language, first_line=5)
    last = 5 + text.count("\n")
    kept = result.text.split("\n") if result.lines else []
    assert len(kept) == len(result.lines) and all(5 <= line <= last for line in result.lines)
    assert list(result.lines) == sorted(result.lines)
    assert all(finding.line is not None and 5 <= finding.line <= last for finding in result.findings)
