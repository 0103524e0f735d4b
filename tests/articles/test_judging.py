"""What the rules say of a page's words, sources, claims and balance, and that each rule is documented."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.articles.two_topics import PAGE, REPOSITORY, edit, problems_of, write_topic, write_two_topics
from webapp.articles.cli import content as commands
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.lint import forbidden
from webapp.articles.rules.lint.balance import balance
from webapp.articles.rules.lint.judging import Written, judge
from webapp.articles.rules.lint.passages import split
from webapp.articles.rules.lint.rules import BY_ID, RULES
from webapp.policy.rules import ContentClass, FundingKind

WEBAPP = REPOSITORY / "webapp"


def found(text: str, *, language: str = "en", market: str = "us", content_class: str = "disease-education",
          kind: Kind = Kind.DISEASE, funding: str = "independent") -> list[tuple[int, str]]:
    """(line, code) of what is wrong in a text."""
    lines = range(1, text.count("\n") + 2)
    written = Written(kind, Audience.PATIENT, language, market, ContentClass(content_class), FundingKind(funding), text,
                      lines, frozenset())
    return [(finding.line, finding.code) for finding in judge(written)]


# Citing


def of_drug(text: str) -> list[tuple[int, str]]:
    return found(f"## Side effects\n\n{text}", kind=Kind.DRUG, content_class="drug-education")


@pytest.mark.parametrize("text", [
    "It can cause bleeding in one of a hundred people each year.",
    "- It can cause bleeding in some people.\n- It can harm the liver of others, rarely.",
    "/// warning | Bleeding\nIt can cause bleeding in one of a hundred people each year.\n///",
    "在一百个人当中，每年大约有一个人会发生严重的出血。",
])
def test_a_fact_about_a_medicine_without_a_source_is_an_error(text: str) -> None:
    assert [code for _, code in of_drug(text)] == ["uncited-paragraph"]


@pytest.mark.parametrize("text", [
    "It can cause bleeding in one of a hundred people each year [@label].",
    "**Tell your doctor if you** [@label]\n\n- have had a stroke or a bleed in the last month\n- plan an operation",
    "These are the most common ones that people told of in trials:\n\n- bleeding of the gums, and bruises [@label]",
    "| Reaction | What to do about it at home |\n|---|---|\n| Nausea | eat little and often |\n\nFrom the label [@l].",
    "Take the dose that your doctor wrote down. Check it against the leaflet in your pack.",
    "Do you bleed more easily than you did before you took this?",
    "What to do:",
])
def test_what_is_cited_or_states_nothing_is_none(text: str) -> None:
    assert of_drug(text) == []


def test_questions_for_the_doctor_need_no_source() -> None:
    text = "## Questions for your doctor or pharmacist\n\n- What if I have missed more than one dose of it this week\n"
    assert found(text, kind=Kind.DRUG, content_class="drug-education") == []


def test_a_disease_page_is_left_to_its_reviewers() -> None:
    assert found("## Treatment\n\nIt heals by itself in most people within a few weeks of time.") == []


# Headings, pictures


def test_a_skipped_level_and_a_picture_without_caption_are_errors() -> None:
    assert found("## A\n\n#### B\n\n![x](x.png)\n\nText.\n") == [(3, "heading-skip"), (5, "figure-caption")]
    assert found("## A\n\n### B\n\n![x](x.png)\n\n/// figure-caption\nA drawing.\n///\n") == []


# Claims


@pytest.mark.parametrize(("language", "market", "words"), [
    ("en", "us", "This medicine is guaranteed to work."), ("en", "gb", "It has no side effects."),
    ("en", "eu", "It is 100 % effective."), ("en", "us", "A miracle for you."),
    ("en", "us", "It has no side\neffects."), ("zh-Hans", "cn", "这种药无副\n作用。"),
    ("zh-Hans", "cn", "这种药无毒副作用。"), ("zh-Hans", "cn", "服用三个疗程可以根治糖尿病。"),
    ("zh-Hans", "us", "绝对安全。"), ("zh-Hans", "cn", "药到病除。"),
    ("en", "us", "It is the best cure."), ("en", "gb", "A permanent cure for asthma."),
    ("zh-Hans", "cn", "这是治疗糖尿病的特效药。"), ("zh-Hans", "gb", "神药。"),
    ("zh-Hans", "us", "最佳药物。"),
    ("en", "us", "It is 100 percent effective."), ("en", "gb", "It is absolutely safe."),
    ("en", "eu", "It works every time."), ("zh-Hans", "cn", "一用就灵。"),
    ("en", "us", "**The best** cure."), ("en", "us", "It has *no* side effects."),
    ("zh-Hans", "cn", "这种药**无**副作用。"), ("en", "us", "### A miracle drug"),
    ("en", "us", "/// warning | No side effects\nText.\n///"), ("zh-Hans", "cn", "### 根治糖尿病"),
])
def test_no_page_makes_these_claims(language: str, market: str, words: str) -> None:
    assert [code for _, code in found(f"## A\n\n{words}", language=language, market=market)] == ["forbidden-claim"]


@pytest.mark.parametrize(("language", "market", "words"), [
    ("en", "us", "No medicine is guaranteed to work."), ("en", "us", "It is not risk-free."),
    ("zh-Hans", "cn", "目前还不能根治。"), ("zh-Hans", "cn", "没有一种药是没有副作用的。"),
    ("en", "us", "Surgery can cure it when it is found early."), ("zh-Hans", "us", "手术可能根治。"),
    ("en", "us", "Ask what works best for you."), ("en", "us", "No drug is always effective."),
    ("en", "us", "There is no permanent cure."), ("zh-Hans", "cn", "没有特效药。"),
    ("zh-Hans", "cn", "最佳服药时间是早上。"),
])
def test_a_denial_or_a_fact_is_no_claim(language: str, market: str, words: str) -> None:
    assert found(f"## A\n\n{words}", language=language, market=market) == []


@pytest.mark.parametrize(("language", "market", "words"), [
    ("en", "us", "It cures high blood sugar."), ("en", "us", "The best tablet."), ("en", "gb", "Doctors recommend it."),
    ("en", "us", "Safer and more effective."), ("zh-Hans", "cn", "有效率达九成。"),
    ("zh-Hans", "us", "疗效优于同类药。"),
])
def test_a_page_that_sells_makes_fewer(language: str, market: str, words: str) -> None:
    text = f"## A\n\n{words}"
    assert "forbidden-claim" not in [code for _, code in found(text, language=language, market=market)]
    sold = found(text, language=language, market=market, content_class="promotional", funding="sponsored")
    assert (3, "forbidden-claim") in sold
    assert (3, "forbidden-claim") in found(text, language=language, market=market, funding="sponsored")


def test_every_kind_of_claim_names_its_law_and_fires_in_each_of_its_languages() -> None:
    assert all(claim.source and claim.why for claim in forbidden.CLAIMS)
    assert {language for claim in forbidden.CLAIMS for language in claim.words} == {"en", "zh-Hans"}


# Balance


PROMOTION = "## Benefit\n\n{benefit}\n\n/// isi | Important Safety Information\n{risk}\n///\n"


def test_a_promotional_page_shows_risk() -> None:
    codes = [code for _, code in found("## A\n\nIt lowers sugar.", content_class="promotional", funding="sponsored")]
    assert codes == ["no-risk"]


@pytest.mark.parametrize(("benefit", "risk", "codes"), [(60, 40, []), (90, 10, ["balance"]), (70, 30, ["balance"])])
def test_risk_is_as_prominent_as_benefit(benefit: int, risk: int, codes: list[str]) -> None:
    text = PROMOTION.format(benefit=" ".join(["good"] * benefit), risk=" ".join(["bad"] * risk))
    shown = balance(split(text, range(1, text.count("\n") + 2))[0])
    assert (shown.begins_at, shown.share) == (benefit / 100, risk / 100)
    assert [code for _, code in found(text, content_class="promotional", funding="sponsored")] == codes


# Products


@pytest.fixture
def content(tmp_path: Path) -> Path:
    made = write_two_topics(tmp_path / "content")
    write_topic(made, "fictaglin", kind="drugs")
    return made


SPONSORED = "funding: {kind: sponsored, company: Northwind, influence: It wrote it.}"


@pytest.mark.parametrize("claim", ["The best cure", "no side effects"])
@pytest.mark.parametrize("key", ["title", "summary"])
def test_a_title_and_a_summary_claim_no_more_than_a_body(content: Path, key: str, claim: str) -> None:
    page = content / PAGE
    old = next(line for line in page.read_text().split("\n") if line.startswith(f"{key}:"))
    line = edit(content, old, f"{key}: Asthma, {claim}")
    assert (PAGE, line, "forbidden-claim") in problems_of(content)


@pytest.mark.parametrize("words", ["Fictaglin helps.", "See [it](topic:drugs/fictaglin)."])
def test_a_sponsored_disease_page_names_no_product_and_links_to_none(content: Path, words: str) -> None:
    line = edit(content, "First", words)
    assert not [code for _, _, code in problems_of(content) if code == "product-named"]
    edit(content, "funding: {kind: independent}", SPONSORED)
    assert (PAGE, line, "product-named") in problems_of(content)


@pytest.mark.parametrize(("old", "new"), [
    ("title: asthma", "title: Asthma and Fictaglin"), ("Call {emergency} first.", "Fictaglin, and {emergency}."),
    ("title: Two", "title: A trial of fictaglin")])
def test_its_title_summary_and_sources_name_none_either(content: Path, old: str, new: str) -> None:
    edit(content, old, new)
    assert not [code for _, _, code in problems_of(content) if code == "product-named"]
    edit(content, "funding: {kind: independent}", SPONSORED)
    assert (PAGE, 1, "product-named") in problems_of(content)


@pytest.mark.parametrize("words", ["Fictaglin helps.", "{drug:metformin} helps.", "See [it](topic:drugs/fictaglin)."])
def test_nor_does_it_link_to_a_page_that_names_one(content: Path, words: str) -> None:
    edit(content, "funding: {kind: independent}", SPONSORED)
    line = edit(content, "First", "See [the other](topic:diseases/other)")
    assert (PAGE, line, "product-named") not in problems_of(content)
    edit(content, "First", words, path="diseases/other/patient.en.md")
    assert (PAGE, line, "product-named") in problems_of(content)


# The register of rules


def codes_in_program() -> Iterator[str]:
    """Every code that a finding, a refusal or a problem is made with."""
    makers = {"Finding": 1, "Refusal": 1, "Problem": 2, "_note": 1, "_note_folder": 1, "_Odd": 1, "_found": 1}
    for path in [*(WEBAPP / "articles" / "rules").rglob("*.py"), *(WEBAPP / "core" / "markdown").rglob("*.py"),
                 *(WEBAPP / "articles" / "service").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                place = makers.get(name)
                if place is not None and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                    yield str(node.args[place].value)


def test_every_rule_is_documented_and_each_documented_rule_is_there() -> None:
    assert len(RULES) == len(BY_ID)
    assert all(rule.reason.count("Source: ") == 1 for rule in RULES)
    assert set(codes_in_program()) == set(BY_ID)


def test_the_commands_list_rules_and_figures() -> None:
    listed = CliRunner().invoke(commands, ["rules"]).output
    assert all(rule.id in listed for rule in RULES)
    measured = CliRunner().invoke(commands, ["readability", str(REPOSITORY / "content")]).output
    assert "diseases/asthma/patient.en.md: " in measured and "without the topic's words" in measured
    assert "diseases/asthma/patient.zh-Hans.md: " in measured and "CLDC" in measured
    assert "drugs/exemplora/hcp.en.md: risk begins after" in measured


def test_the_first_look_overlooks_no_sign_that_a_pattern_takes_for_a_letter() -> None:
    signs = "".join(chr(number) for number in range(sys.maxunicode + 1))
    taken = re.findall("[a-z]", signs, re.IGNORECASE)
    assert len(taken) > 2 * 26
    assert {sign for sign in taken if not re.fullmatch("[a-z]", forbidden.fold(sign))} == set()


def test_forbidden_words_in_capitals_and_odd_signs_are_found() -> None:
    assert [code for _, code in found("## A\n\nA M\N{LATIN SMALL LETTER DOTLESS I}RACLE\nof a cure.")] == [
        "forbidden-claim"]
