"""The file of the table: each row is accounted for, a mistake stops the program, nothing else knows a law."""

import ast
import re
from collections.abc import Collection
from datetime import date
from pathlib import Path

import pytest

import webapp
from tests.policy.tables import row, table_with, text
from webapp.core.languages import CHINESE, ENGLISH, LANGUAGES, MARKETS
from webapp.policy import rules as policy
from webapp.policy.rules import Table, read_table

ROOT = Path(webapp.__file__).parent
LAW = re.compile(r"\bCFR\b|Directive 20|第20\S+号指令|Regulations 20|ABPI|ACCME|广告|Our choice|本平台自行决定")
GOOD = """
[[row]]
markets = ["us"]
classes = ["promotional"]
audiences = ["public"]
fundings = ["sponsored"]
verdict = "deny"
why = "why"
source.en = "A law"
source.zh-Hans = "法规"
effective = 2026-01-01
[[text]]
id = "why"
language = "en"
words = "It is so."
effective = 2026-01-01
[[text]]
id = "why"
language = "zh-Hans"
words = "如此。"
effective = 2026-01-01
"""


@pytest.mark.parametrize("entry", policy.TABLE.rows, ids=lambda entry: str(entry.number))
def test_every_row_names_a_law_or_our_choice_and_its_day(entry: policy.Row) -> None:
    for language in LANGUAGES:
        assert LAW.search(entry.source_in(language.tag)), entry.source
    assert date(2001, 1, 1) <= entry.effective <= date.today()


@pytest.mark.parametrize("entry", policy.TABLE.rows, ids=lambda entry: str(entry.number))
def test_every_row_gives_its_reasons_in_chinese(entry: policy.Row) -> None:
    for said in (entry.source_in, entry.condition_in):
        in_chinese = said(CHINESE.tag)
        assert bool(said(ENGLISH.tag)) is bool(in_chinese) is bool(re.search(r"[\u4e00-\u9fff]", in_chinese))


def test_every_row_rules_something_today() -> None:
    cells = [(market, kind, audience, funding) for market in MARKETS for kind in policy.ContentClass
             for audience in policy.Audience for funding in policy.FundingKind]
    in_use = {ruling.row.number for cell in cells if (ruling := policy.decide(*cell, date(2026, 3, 2))).row}
    assert in_use == {entry.number for entry in policy.TABLE.rows}


def test_every_wording_is_of_a_sentence_that_some_row_asks_for() -> None:
    asked = {name for entry in policy.TABLE.rows for name in (*entry.texts, entry.why)} | {policy.DENIED.why}
    assert {entry.id for entry in policy.TABLE.texts} == asked - {""}


def test_a_small_table_is_read(tmp_path: Path) -> None:
    table = read(tmp_path, GOOD)
    assert table.decide("us", "promotional", "public", "sponsored", date(2026, 1, 1)).row is not None


@pytest.mark.parametrize(("good", "bad", "complaint"), [
    ('"us"', '"fr"', "row 1.*unknown market `fr`"),
    ('"promotional"', '"advert"', "row 1.*classes"),
    ('"public"', '"patient"', "row 1.*audiences"),
    ('"sponsored"', '"free"', "row 1.*fundings"),
    ('"deny"', '"maybe"', "row 1.*verdict"),
    ('"deny"', '"gate"', "row 1.*what opens it"),
    ('why = "why"\n', "", "row 1.*says why"),
    ('source.en = "A law"', 'source.en = ""', "row 1.*source"),
    ('source.en = "A law"\n', "", "row 1.*source.*said in each of en, zh-Hans"),
    ('source.en = "A law"\nsource.zh-Hans = "法规"', 'source = "A law"', "row 1.*source"),
    ('source.en = "A law"', 'condition.en = "See to it."\nsource.en = "A law"', "row 1.*condition"),
    ('["us"]', "[]", "row 1.*markets"),
    ("2026-01-01\n[[text]]", '"soon"\n[[text]]', "row 1.*effective"),
    ('source.en = "A law"', 'source.en = "A law"\nnote = "x"', "row 1.*note"),
    ('"zh-Hans"', '"de"', "text 2.*unknown language"),
    ('"zh-Hans"', '"en"', "two wordings"),
    ('words = "如此。"\neffective = 2026-01-01', 'words = "如此。"\neffective = 2026-01-02', "row 1.*no words for why"),
    ("[[row]]", "[[rows]]", "unknown tables rows"),
    ('why = "why"', 'why = "why-not"', "row 1.*no words for why-not"),
])
def test_a_mistake_in_the_file_is_named_with_its_row(tmp_path: Path, good: str, bad: str, complaint: str) -> None:
    assert good in GOOD
    with pytest.raises(ValueError, match=f"(?s){complaint}"):
        read(tmp_path, GOOD.replace(good, bad, 1))


def read(folder: Path, source: str) -> Table:
    file = folder / "table.toml"
    file.write_text(source)
    return read_table(file)


def test_two_rows_for_one_cell_and_day_are_refused() -> None:
    with pytest.raises(ValueError, match=r"rows 98 and 99 both rule us, promotional, public, sponsored"):
        table_with(row(date(2026, 5, 1), number=98), row(date(2026, 5, 1), number=99))


def test_two_wordings_for_one_day_are_refused() -> None:
    with pytest.raises(ValueError, match="two wordings in en"):
        table_with(text(date(2026, 5, 1), "a"), text(date(2026, 5, 1), "b"))


# Nothing else knows


KINDS = (*policy.ContentClass, *policy.FundingKind)
MAY_ASK_FOR_A_KIND = {
    "articles/rules/frontmatter.py": "which pages have laid-down headings, and that who paid is named",
    "articles/rules/shelf.py": "promotional pages are found by their address alone: our manners; and are signed even "
                               "in demo mode: review's rule",
    "articles/rules/lint/judging.py": "by which rules of writing a page is judged",
    "articles/rules/drafting.py": "which route of review a draft takes, and which headings it begins with",
    "cme/service/versions.py": "that support is a grant, for policy to decide on",
    "demo/service/reading.py": "which pages the simulated readers read",
    "demo/service/world.py": "which pages the demo's reviewers sign",
    "policy/rules.py": "the place that knows",
}
"""Modules that ask for a content class or a funding without asking who may read, and why. For a market none may."""


def comparisons(tree: ast.AST, words: Collection[str]) -> list[int]:
    """Lines that compare something with one of these words, or with the constant of an enum that stands for it."""
    names = {word.upper().replace("-", "_") for word in words}
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Compare | ast.MatchValue)
            for part in ast.walk(node)
            if (isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value in words)
            or (isinstance(part, ast.Attribute) and part.attr in names)]


def asking(words: Collection[str]) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py")
            if comparisons(ast.parse(path.read_text()), words)}


def test_no_module_asks_for_a_market() -> None:
    assert asking(MARKETS) == set()


def test_few_modules_ask_for_a_content_class_or_a_funding() -> None:
    assert asking(KINDS) <= set(MAY_ASK_FOR_A_KIND)


def test_no_template_asks_for_a_market() -> None:
    markets = "|".join(MARKETS)
    for path in ROOT.rglob("*.html"):
        assert not re.search(rf"market\w*\s*(==|!=|in)\s*[\[(]?[\"']({markets})", path.read_text()), path


@pytest.mark.parametrize("planted", ["market == 'cn'", "'us' in markets", "kind in ('promotional', 'cme')",
                                     "entry.funding != 'sponsored'", "kind is ContentClass.CME"])
def test_a_planted_law_is_found(planted: str) -> None:
    assert comparisons(ast.parse(f"if {planted}: pass"), (*MARKETS, *KINDS))
