"""The editor shows what the lint finds and what readers would see, and runs nothing that stands in a draft."""

import json
import re
import time
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests import builders
from tests.articles.desk.conftest import PAGE, AtDesk, Desk
from webapp.articles.rules.drafting import REVIEW_OF_BEFORE
from webapp.articles.rules.grammar import MARKS
from webapp.articles.service import library as content_library
from webapp.core.clock import now
from webapp.core.markdown import BLOCK_NAMES
from webapp.core.platform import Platform

HAN = re.compile(r"[\u4e00-\u9fff]")
NASTY = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)", "![x](javascript:alert(1))", "<a href='jav&#x61;script:alert(1)'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "{{ config }} {{ 7 * 7 }} {% raw %}",
    "</textarea><script>alert(1)</script>", "<form action=https://evil.example><input name=password>", "\u202ereversed",
    "`<script>`", "|a|\n|-|\n|<script>|", "'\"><script>alert(1)</script>", "\x00\x07", "﷽" * 50, "Ω≈ç√∫˜µ≤≥÷"]
"""After the big list of naughty strings (blns) and mutation-XSS of DOMPurify's tests."""
ALLOWED = {"href", "id", "class", "src", "alt", "width", "height", "loading", "role", "tabindex", "aria-label",
           "aria-labelledby", "start", "scope", "data-column", "lang", "data-line"}


def preview(desk: Desk, key: str, text: str, market: str = "") -> BeautifulSoup:
    answer = desk.post(f"/desk/{key}/preview", text=text, market=market)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.json["look"], "html.parser")  # type: ignore[index]


def codes(shown: BeautifulSoup) -> set[str]:
    return {str(code.text) for code in shown.select(".finding code")}


def test_what_is_typed_is_shown_as_readers_will_see_it_and_is_not_saved(desk: Desk) -> None:
    key = desk.open()
    shown = preview(desk, key, desk.text(key).replace("It heals by itself", "It **heals** slowly", 1))
    assert shown.select_one(".sheet .body strong").text == "heals"  # type: ignore[union-attr]
    assert shown.select_one(".sheet-title").text == "Sampleitis"  # type: ignore[union-attr]
    assert desk.version(key) == 0


def test_each_market_is_shown_with_its_own_words(desk: Desk) -> None:
    key = desk.open()
    text = desk.text(key).replace("It heals by itself", "Call {emergency}", 1)
    assert "Call 911" in preview(desk, key, text).text
    assert "Call 999" in preview(desk, key, text, "gb").text
    assert "Call 911" in preview(desk, key, text, "nowhere").text


def test_the_lint_is_the_one_of_content_check(desk: Desk, library: Path) -> None:
    key = desk.open()
    text = (desk.text(key).replace("[@one]", "[@two]", 1).replace("It heals by itself", "See [x](topic:drugs/none)", 1)
            .replace("summary:", "sumary:") + "\n![](none.png)\n")
    for typed in (text, text.replace("sumary:", "summary:"), "", "---\n", "no front matter"):
        (library / PAGE).write_text(typed)
        expected = {problem.code for problem in content_library.check(library).problems if problem.path.endswith(PAGE)}
        assert codes(preview(desk, key, typed)) - {REVIEW_OF_BEFORE} == expected and expected, typed


def test_a_finding_names_its_line_and_the_remedy(desk: Desk) -> None:
    key = desk.open()
    text = desk.text(key).replace("It heals by itself", "{nowhere}", 1)
    found = preview(desk, key, text).select_one(".finding.is-error[data-line]")
    assert found is not None
    line = int(str(found["data-line"]))
    assert "{nowhere}" in text.split("\n")[line - 1] and f"Line {line}" in found.text
    assert "known slots" in found.text.lower()


def test_findings_are_told_in_the_language_of_whoever_writes(at_desk: AtDesk) -> None:
    desk = at_desk(language="zh-Hans")
    key = desk.open()
    wrong = "A miracle. {nowhere} <b> [x](http://x.example) {unit:x} {drug:y}"
    text = (desk.text(key).replace("It heals by itself", wrong, 1)
            .replace("[@one]", "[@two]", 1).replace("summary:", "year: 1\nsummary:").replace("next_review", "next"))
    sound_head = text.replace("year: 1\n", "").replace("next:", "next_review:")
    told = [line for typed in (text, sound_head, "", "---\na: [\n---")
            for line in preview(desk, key, typed).select(".finding p:last-child")]
    assert len(told) > 8 and any("保证药物有效" in line.text for line in told)
    for line in told:
        assert all(HAN.search(part.text) and part.text.endswith("。") for part in line.select("bdi")), line.text


def test_a_changed_text_that_names_the_review_of_the_one_before_is_told_so(desk: Desk) -> None:
    key = desk.open()
    text, changed = desk.text(key), desk.text(key).replace("It heals by itself", "It heals slowly")
    assert "review-of-before" not in codes(preview(desk, key, text))
    found = preview(desk, key, changed).select_one(".finding.is-warning")
    assert found is not None and "review-of-before" in found.text
    assert changed.split("\n")[int(str(found["data-line"])) - 1] == "reviewed:"
    assert "review-of-before" not in codes(preview(desk, key, changed.replace("2026-01-02", "2026-03-02")))


def test_a_draft_with_errors_is_shown_all_the_same(desk: Desk) -> None:
    key = desk.open()
    shown = preview(desk, key, desk.text(key).replace("## In short", "## Quite short"))
    assert "heading-unknown" in codes(shown) and "Quite short" in shown.select_one(".sheet").text  # type: ignore[union-attr]


def test_what_can_be_written_stands_beside_the_text_and_names_every_block(desk: Desk) -> None:
    panel = BeautifulSoup(desk.get(f"/desk/{desk.open()}").text, "html.parser").select_one(".desk-marks")
    assert panel is not None
    assert not [name for name in BLOCK_NAMES if not re.search(rf"\b{name}\b", panel.text)]
    assert all(sign in panel.text for sign in ("[@key]", "{claim: id}", "/// market | us gb", "{emergency}"))


def test_every_sample_of_what_can_be_written_is_understood(desk: Desk) -> None:
    key = desk.open()
    text = desk.text(key)
    samples = "\n\n".join(mark.sample.replace("key]", "one]") for mark in MARKS if "claim" not in mark.sample)
    after = codes(preview(desk, key, f"{text}\n{samples}\n"))
    assert not after & {"unknown-block", "block-open", "block-close", "unknown-slot", "unknown-market", "raw-html"}


def test_front_matter_that_is_not_understood_shows_nothing_but_why(desk: Desk) -> None:
    shown = preview(desk, desk.open(), "---\ntitle: [\n---\n## In short\n")
    assert shown.select_one(".sheet") is None and "yaml" in codes(shown)


@pytest.mark.parametrize("nasty", NASTY)
def test_a_naughty_text_is_inert_wherever_it_stands(desk: Desk, nasty: str) -> None:
    key = desk.open()
    clean = desk.text(key)
    for text in (nasty, clean.replace("It heals by itself", nasty, 1), f"{clean}\n\n{nasty}\n",
                 clean.replace("title: Sampleitis", f"title: {json.dumps(nasty)}")):
        assert_inert(preview(desk, key, text))
        desk.save(key, text)
        page = BeautifulSoup(desk.get(f"/desk/{key}").text, "html.parser")
        look = page.select_one("[data-look]")
        assert look is not None
        assert_inert(look)
        scripts = [script.get("src") for script in page.select("script")]
        assert len(scripts) == 1 and "desk" in str(scripts[0])
        assert not page.select("main [onerror], main [onload]")


def assert_inert(shown: BeautifulSoup) -> None:
    assert not shown.select("script, style, svg, math, form, input, iframe, object, embed, base, meta, link")
    for tag in shown.select("*"):
        assert set(tag.attrs) <= ALLOWED, tag
        for name in ("href", "src"):
            assert str(tag.get(name, "/")).lower().startswith(("/", "#", "https://", "http://")), tag


@pytest.mark.parametrize("hostile", ["[" * 200_000, "> " * 90_000, "*a " * 60_000, "/// warning\n" * 9_000,
                                     "/// market | us\n" * 9_000, "{x}" * 60_000],
                         ids=["brackets", "quotes", "stars", "boxes", "markets", "slots"])
def test_a_hostile_text_is_answered_within_two_seconds(desk: Desk, hostile: str) -> None:
    key = desk.open()
    began = time.process_time()
    preview(desk, key, desk.text(key) + "\n" + hostile)
    assert time.process_time() - began < 2


def test_a_link_to_another_topic_leads_to_its_page(desk: Desk) -> None:
    key = desk.open()
    text = desk.text(key).replace("It heals by itself", "See [it](topic:drugs/samplin)", 1)
    link = preview(desk, key, text).select_one(".body a[href='/en/drugs/samplin']")
    assert link is not None and link.text == "it"


def test_two_versions_are_compared_by_words_and_as_read(desk: Desk) -> None:
    key = desk.open()
    desk.write(key, "It heals by itself", "It heals slowly")
    page = BeautifulSoup(desk.get(f"/desk/{key}/compare?before=0&after=1").text, "html.parser")
    assert {" ".join(one.text.split()) for one in page.select(".hunk del")} == {"[removed:] by itself [end]"}
    assert {" ".join(one.text.split()) for one in page.select("ins")} == {"[added:] slowly [end]"}
    before, after = page.select(".sheet .body")
    assert "It heals by itself" in before.text and "It heals slowly" in after.text
    history = desk.get(f"/desk/{key}/history").text
    assert "Wanda Writer" in history and 'value="1"' in history


def test_the_shipped_pages_are_as_clean_at_the_desk_as_by_command(desk: Desk, platform: Platform) -> None:
    shipped = Path(__file__).parents[3] / "content"
    builders.import_content(platform, shipped, now())
    for path in ("diseases/asthma/patient.en.md", "drugs/metformin/hcp.en.md", "diseases/asthma/topic.yaml"):
        page = BeautifulSoup(desk.get(f"/desk/{desk.open(path)}").text, "html.parser")
        assert not page.select(".finding.is-error"), path
