"""What is wrong in content is told by file, line and remedy, all of it at once, and keeps nothing else out."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.articles.two_topics import (
    FRONT,
    PAGE,
    REPOSITORY,
    SVG,
    TOPIC,
    document,
    edit,
    problems_of,
    write_topic,
    write_two_topics,
)
from webapp.articles.service.folder import decode
from webapp.articles.service.library import check, read
from webapp.core.markdown import MarkdownRefused, render

HEALTH_TEXT = REPOSITORY.parent / "shared" / "data" / "01_health_text"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_two_topics(tmp_path / "content")


BAD_TEXT = [
    ("title: asthma", "titel: asthma", "unknown-key"),
    ("markets: [us, gb]", "markets: [us, gb, cn]", "market-outside-topic"),
    ("(p.svg)", "(q.svg)", "missing-image"),
    ("![Alt]", "![]", "image-alt"),
    ("First[@b-2]", "First[@zz]", "unknown-reference"),
    ("topic:diseases/other", "topic:diseases/nowhere", "broken-link"),
    ("topic:diseases/other#treatment", "../x", "broken-link"),
    ("topic:diseases/other#treatment", "#nowhere", "broken-link"),
    ("topic:diseases/other", "https://x.example/", "external-link"),
    ("First", "<script>alert(1)</script>", "raw-html"),
    ("First", "a <b onclick=x>", "raw-html"),
    ("First", "a\x07", "control-character"),
    ("First", "Call {emergency} [@b-2].", "cited-number"),
    ("First", "Call {emergency}[@b-2].", "cited-number"),
    ("{unit:glucose", "{unit:sugar", "unknown-slot"),
    ("/// market | us", "/// market | mars", "unknown-market"),
    ("## Treatment", "## Cures", "heading-unknown"),
    ("## In short", "# Asthma\n\n## In short", "start"),
    ("First", "/// nonsense | x\ny\n///", "unknown-block"),
    ("First", "::: warning\ny\n:::", "unknown-block"),
    ("First", ":::emergency\ny\n:::", "unknown-block"),
    ("First", "[" * 100, "open-brackets"),
    ("First", "> " * 40, "too-deep"),
    ("First", "[x]: https://a.example\n\nFirst", "link-definition"),
    ("First", "[w](patient:)", "broken-link"),
    ("Call {emergency} first.", "x" * 300, "summary-length"),
    ("title: asthma", "title: " + "x" * 200, "bad-value"),
]


@pytest.mark.parametrize(("old", "new", "code"), BAD_TEXT)
def test_a_fault_is_told_with_file_and_line(content: Path, old: str, new: str, code: str) -> None:
    line = edit(content, old, new)
    assert (PAGE, line, code) in problems_of(content)
    assert document(read(content), "us", "other")
    assert not [found for found in read(content).documents if found.path == PAGE]


@pytest.mark.parametrize(("gone", "line"), [("## In short\n", 22), ("## Get help\n", 13)])
def test_a_missing_heading_is_told_where_it_belongs(content: Path, gone: str, line: int) -> None:
    edit(content, gone, "")
    assert (PAGE, line, "heading-missing") in problems_of(content)


def test_malformed_yaml_is_told_with_its_line(content: Path) -> None:
    line = edit(content, "funding: {kind: independent}", "funding: {kind: independent")
    assert (PAGE, line + 1, "yaml") in problems_of(content)
    edit(content, "titles: {en: asthma", "titles: {en asthma", "diseases/asthma/topic.yaml")
    assert {path for path, _, code in problems_of(content) if code in ("yaml", "bad-value")} == {
        PAGE,
        "diseases/asthma/topic.yaml",
    }


def test_a_reference_that_nothing_cites_is_told(content: Path) -> None:
    edit(content, ", then[@a-1]", "")
    line = edit(content, "{key: a-1", "{key: a-1")
    assert (PAGE, line, "unused-reference") in problems_of(content)


def test_all_problems_of_a_run_are_told_together(content: Path) -> None:
    edit(content, "First", "<b> {nonsense} [@zz]")
    edit(content, "(p.svg)", "(q.svg)", "diseases/other/patient.en.md")
    codes = {code for _, _, code in problems_of(content)}
    assert {"raw-html", "unknown-slot", "unknown-reference", "missing-image"} <= codes


def test_bytes_that_are_not_utf8_are_located(content: Path) -> None:
    path = content / PAGE
    path.write_bytes(path.read_bytes().replace(b"First", b"\xff\xfeirst"))
    line = path.read_bytes()[: path.read_bytes().index(b"\xff")].count(b"\n") + 1
    assert (PAGE, line, "encoding") in problems_of(content)


def test_a_five_megabyte_article_is_refused_by_name(content: Path) -> None:
    with (content / PAGE).open("ab") as file:
        file.write(b"word " * 1_000_000)
    assert (PAGE, 1, "too-large") in problems_of(content)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("patient.fr.md", "unknown-language"),
        ("nurse.en.md", "unknown-audience"),
        ("notes.txt", "picture-type"),
        ("bild\udcff.svg", "not-a-file"),
    ],
)
def test_a_file_that_belongs_nowhere_is_told_by_name(content: Path, name: str, code: str) -> None:
    (content / "diseases" / "asthma" / name).write_text("x", encoding="utf-8")
    shown = name.encode("utf-8", "replace").decode()
    assert (f"diseases/asthma/{shown}", 1, code) in problems_of(content)


def test_a_link_to_a_file_outside_is_not_followed(content: Path) -> None:
    os.symlink("/etc/hosts", content / "diseases" / "asthma" / "q.svg")
    assert ("diseases/asthma/q.svg", 1, "not-a-file") in problems_of(content)


def test_a_picture_with_script_is_refused(content: Path) -> None:
    (content / "diseases/asthma/p.svg").write_text(SVG.replace("<path", "<script>1</script><path"), encoding="utf-8")
    line = edit(content, "](p.svg)", "](p.svg)")
    assert (PAGE, line, "picture-svg") in problems_of(content)


def test_a_picture_that_no_page_shows_is_a_warning_only(content: Path) -> None:
    (content / "diseases/asthma/z.svg").write_text(SVG, encoding="utf-8")
    library = read(content)
    assert [problem.code for problem in library.problems] == ["unused-picture"] and library.errors == ()


def test_one_name_belongs_to_one_topic(content: Path) -> None:
    write_topic(content, "asthma", kind="drugs", related="diseases/other")
    assert ("drugs/asthma/topic.yaml", 1, "duplicate-slug") in problems_of(content)


def test_names_that_differ_by_case_only_are_refused(content: Path) -> None:
    write_topic(content, "Asthma", related="diseases/other")
    codes = {code for path, _, code in problems_of(content) if path.lower() == "diseases/asthma/topic.yaml"}
    assert {"duplicate-slug", "slug"} <= codes


def test_a_related_topic_that_does_not_exist_is_located(content: Path) -> None:
    line = edit(content, "diseases/other", "diseases/nowhere", "diseases/asthma/topic.yaml")
    assert ("diseases/asthma/topic.yaml", line, "broken-related") in problems_of(content)
    assert {found.slug for found in read(content).documents} == {"other"}


def test_a_folder_without_its_topic_file_is_told(content: Path) -> None:
    (content / "diseases/asthma/topic.yaml").unlink()
    assert ("diseases/asthma/topic.yaml", 1, "no-topic-file") in problems_of(content)


def test_a_market_without_its_file_is_told(content: Path) -> None:
    (content / "markets" / "gb.yaml").unlink()
    assert (PAGE, 6, "no-market-file") in problems_of(content)


def test_no_content_at_all_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    assert {problem.code for problem in read(tmp_path / "nowhere").problems} == {"no-folder"}


def test_check_names_files_as_they_were_given(content: Path) -> None:
    edit(content, "(p.svg)", "(q.svg)")
    assert f"{content}/{PAGE}" in {problem.path for problem in check(content).problems}


def real_pages() -> Iterator[Path]:
    yield from sorted(HEALTH_TEXT.rglob("*.md"))


WITH_REAL_PAGES = pytest.mark.skipif(
    not HEALTH_TEXT.is_dir(), reason="the folder of public health pages is not beside this repository"
)


@WITH_REAL_PAGES
def test_real_pages_are_rendered_or_refused_with_a_line() -> None:
    refused = 0
    for page in real_pages():
        source = decode(page.read_bytes())
        assert isinstance(source, str)
        try:
            assert render(source, link=lambda _: None, image=lambda _: None, reference_numbers={}).html
        except MarkdownRefused as refusal:
            refused += 1
            assert 1 <= refusal.refusal.line <= source.count("\n") + 1
    assert refused < 20


@WITH_REAL_PAGES
def test_real_pages_of_other_houses_crash_nothing_and_every_refusal_is_located(content: Path) -> None:
    pages = list(real_pages())
    assert len(pages) > 100
    names: dict[str, Path] = {}
    for number, page in enumerate(pages):
        folder = content / "diseases" / f"real-{number}"
        folder.mkdir()
        (folder / "topic.yaml").write_text(TOPIC.format(slug="real", related=""), encoding="utf-8")
        (folder / "patient.en.md").write_bytes(page.read_bytes())
        (folder / "patient.zh-Hans.md").write_bytes(FRONT.format(slug="real").encode() + page.read_bytes())
        names |= {f"diseases/real-{number}/{name}": page for name in ("patient.en.md", "patient.zh-Hans.md")}
    library = read(content)
    refused = {problem.path for problem in library.errors if problem.path in names}
    lengths = {name: page.read_bytes().count(b"\n") + FRONT.count("\n") + 1 for name, page in names.items()}
    unplaced = {str(problem) for problem in library.errors if problem.line is None
                or not 1 <= problem.line <= lengths.get(problem.path, problem.line)}
    assert unplaced == set()
    assert refused == set(names)
    assert document(library, "us")


def test_a_text_that_its_slots_make_too_long_is_refused_on_its_line(content: Path) -> None:
    with_slots = "{poison} " * 1_300
    line = edit(content, "{unit:", f"{with_slots}{{unit:")
    assert len(with_slots) < 12_000 and (PAGE, line, "block-too-long") in problems_of(content)
