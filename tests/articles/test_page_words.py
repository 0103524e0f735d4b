"""What a page says of itself: who wrote, approved and paid, when, for whom, in which language."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests import builders
from tests.articles.publishing import PROMOTIONAL, SPONSORED, everything_stored, publish_all, wait_for
from webapp.core.platform import Platform


@pytest.mark.usefixtures("app")
def test_braces_in_content_stay_braces(platform: Platform, content: Path) -> None:
    builders.published_document(platform, content, text=r"It says \{\{config\}\} and \{% raw %\}")
    body = BeautifulSoup(everything_stored(platform)["/en/diseases/sampleitis"], "html.parser").select_one(".body")

    assert body is not None and "It says {{config}} and {% raw %}" in body.text


def strip(platform: Platform, path: str = "/en/diseases/sampleitis") -> str:
    """The provenance strip and its trail, as read."""
    found = BeautifulSoup(everything_stored(platform)[path], "html.parser").select_one(".provenance")
    assert found is not None
    return " ".join(found.get_text(" ").split())


@pytest.mark.usefixtures("app")
def test_a_page_says_who_signed_it_when_for_whom_and_which_version_it_is(platform: Platform, content: Path) -> None:
    entry = builders.published_document(platform, content)
    read = strip(platform)

    for said in ("Approved by Ann Example, medical reviewer", "Ann Example, legal reviewer, Mar 2, 2026, 09:30 UTC",
                 "Ann Example, regulatory reviewer", "Last reviewed March 2, 2026", "January 2, 2027",
                 entry.digest[:8], "United States"):
        assert said in read, said
    assert "Reviewed by Dr Example, physician, January 2, 2026" in read, "what the writers state, as they state it"
    assert "Approved by Dr Example" not in read
    assert "noindex" not in everything_stored(platform)["/en/diseases/sampleitis"]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("language", "path", "words"), [
    ("en", "/en/diseases/sampleitis", ("Material ID MAT-2026-", "Version {}", "Prepared March 2, 2026",
                                        "Approved until March 2, 2027")),
    ("zh-Hans", "/zh-us/diseases/sampleitis", ("MAT-2026-", "版本 {}", "编制于2026年3月2日",
                                               "批准有效期至2027年3月2日"))])
def test_a_page_prints_its_version_its_preparation_and_the_end_of_its_approval(
        platform: Platform, content: Path, language: str, path: str, words: tuple[str, ...]) -> None:
    entry = builders.published_document(platform, content, language=language)
    found = BeautifulSoup(everything_stored(platform)[path], "html.parser").select_one(".provenance-facts")
    assert found is not None
    shown = " ".join(found.get_text(" ").split())
    for said in words:
        assert said.format(entry.digest[:8]) in shown, said


def test_a_sample_prints_the_day_of_its_draft_and_no_end_of_an_approval(demo: Platform, content: Path) -> None:
    publish_all(demo, wait_for(demo, content, is_reviewed=False))
    assert "Prepared January 2, 2026" in strip(demo) and "Approved until" not in strip(demo)


def test_a_sample_that_was_signed_names_its_signers(demo: Platform, content: Path) -> None:
    builders.published_document(demo, content, **PROMOTIONAL, is_reviewed=False)
    read = strip(demo, "/en/pro/drugs/branditis")

    assert "Approved by Ann Example, medical reviewer" in read and "Written by AI" in read
    assert "Nobody" not in read and "Not medically reviewed" not in read


def test_a_sample_that_nobody_signed_names_nobody(demo: Platform, content: Path) -> None:
    publish_all(demo, wait_for(demo, content, is_reviewed=False))

    assert "Not medically reviewed" in strip(demo) and "Nobody" in strip(demo)


@pytest.mark.parametrize(("drafted", "is_ai"), [
    ("{by: Jane Doe, on: 2026-01-02}", True), ("{by: Jane Doe, on: 2026-01-02, is_ai: true}", True),
    ("{by: MAIN DESK (AI-free), on: 2026-01-02, is_ai: false}", False)])
def test_a_draft_is_marked_as_written_by_ai_unless_it_says_otherwise(
        demo: Platform, content: Path, drafted: str, is_ai: bool) -> None:
    builders.write_topic(content)
    page = content / "diseases" / "sampleitis" / "patient.en.md"
    page.write_text(page.read_text().replace("reviewed:\n  person: Dr Example\n  role: physician\n  'on': '2026-01-02'",
                                             f"drafted: {drafted}"))
    publish_all(demo, builders.import_content(demo, content))
    read = strip(demo)

    assert ("Written by AI" in read) is is_ai
    assert ("Written by MAIN DESK (AI-free)" in read) is not is_ai


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("language", "path", "title", "stated", "expected"), [
    ("zh-Hans", "/zh-us/diseases/sampleitis", "A trial of 3 drugs", "", "en"),
    ("zh-Hans", "/zh-us/diseases/sampleitis", "中国2型糖尿病防治指南 (Guideline)", "", None),
    ("en", "/en/diseases/sampleitis", "中国2型糖尿病防治指南", "", "zh-Hans"),
    ("en", "/en/diseases/sampleitis", "A trial", "", None),
    ("en", "/en/diseases/sampleitis", "Une étude", "language: fr", "fr"),
])
def test_a_source_in_another_language_than_the_page_says_so(
        platform: Platform, content: Path, language: str, path: str, title: str, stated: str,
        expected: str | None) -> None:
    builders.write_topic(content, language=language)
    page = content / "diseases" / "sampleitis" / f"patient.{language}.md"
    page.write_text(page.read_text().replace("title: A trial", f"title: {title}\n  {stated}".rstrip(), 1))
    waiting = builders.import_content(platform, content)
    builders.clear(platform, waiting)
    publish_all(platform, waiting)
    link = BeautifulSoup(everything_stored(platform)[path], "html.parser").select_one("#ref-1 a")
    assert link is not None and link.text == title
    told = link.select_one("[lang]")

    assert (None if told is None else told["lang"]) == expected


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("language", "path", "dated", "said"), [
    ("en", "/en/diseases/sampleitis", "accessed: 2026-01-01", "A Journal, no date, read on January 1, 2026."),
    ("zh-Hans", "/zh-us/diseases/sampleitis", "accessed: 2026-01-01", "A Journal，未注明日期，2026年1月1日查阅。"),
    ("en", "/en/diseases/sampleitis", "year: 2023", "A Journal, 2023."),
])
def test_a_source_that_shows_no_date_gives_the_day_it_was_read(
        platform: Platform, content: Path, language: str, path: str, dated: str, said: str) -> None:
    builders.write_topic(content, language=language)
    page = content / "diseases" / "sampleitis" / f"patient.{language}.md"
    page.write_text(page.read_text().replace("year: 2024", dated))
    waiting = builders.import_content(platform, content)
    builders.clear(platform, waiting)
    publish_all(platform, waiting)
    entry = BeautifulSoup(everything_stored(platform)[path], "html.parser").select_one("#ref-1 p")

    assert entry is not None and said in " ".join(entry.text.split())


@pytest.mark.usefixtures("app")
def test_a_paid_page_says_who_paid_for_what_influence(platform: Platform, content: Path) -> None:
    builders.published_document(platform, content, **PROMOTIONAL)
    html = everything_stored(platform)["/en/pro/drugs/branditis"]

    assert SPONSORED["company"] in html and SPONSORED["influence"] in html
    assert "Advertisement" in html and "Important Safety Information" in html


@pytest.mark.usefixtures("app")
def test_a_chinese_page_is_chinese_in_its_frame_too(platform: Platform, content: Path) -> None:
    builders.published_document(platform, content, language="zh-Hans", markets=("cn",), text="它会自己好")
    page = BeautifulSoup(everything_stored(platform)["/zh/diseases/sampleitis"], "html.parser")

    assert page.html is not None and page.html["lang"] == "zh-Hans"
    assert "中国" in page.text and "United States" not in page.text
