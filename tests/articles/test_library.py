"""Reading a folder of content: what is good comes out whole, what is bad is told by file, line and remedy."""

import os
import pickle
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.templates import headings
from webapp.articles.service.build import build
from webapp.articles.service.documents import Document
from webapp.articles.service.folder import decode
from webapp.articles.service.library import Library, check, read
from webapp.core.markdown import MarkdownRefused, render

REPOSITORY = Path(__file__).resolve().parents[2]
HEALTH_TEXT = REPOSITORY.parent / "shared" / "data" / "01_health_text"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><path d="M0 0"/></svg>'
TOPIC = "titles: {{en: {slug}, zh-Hans: 题}}\nmarkets: [us, gb]\nrelated: [{related}]\n"
FRONT = """---
title: {slug}
summary: Call {{emergency}} first.
content_class: disease-education
funding: {{kind: independent}}
markets: [us, gb]
references:
  - {{key: a-1, title: One, issuer: Someone, year: 2024, url: "https://example.org/1"}}
  - {{key: b-2, title: Two, issuer: Someone, year: 2024, url: "https://example.org/2"}}
drafted: {{by: Desk, on: 2026-11-23}}
next_review: 2027-11-23
---
"""


def body(audience: Audience = Audience.PATIENT) -> str:
    parts = [f"## {heading}\n\nText[@b-2].\n" for heading in headings(Kind.DISEASE, audience, "en")]
    parts[0] = "## " + headings(Kind.DISEASE, audience, "en")[0] + "\n\nFirst[@b-2], then[@a-1].\n\n![Alt](p.svg)\n"
    parts[1] = parts[1].replace(
        "Text",
        "See [the other](topic:diseases/other#treatment)\n\n"
        "/// market | us\nOnly us {unit:glucose 126|7.0}.\n///\n\nText",
    )
    return "\n".join(parts)


def write_topic(content: Path, slug: str, *, related: str = "", picture: str = SVG, kind: str = "diseases") -> Path:
    folder = content / kind / slug
    folder.mkdir(parents=True)
    (folder / "topic.yaml").write_text(TOPIC.format(slug=slug, related=related), encoding="utf-8")
    (folder / "patient.en.md").write_text(FRONT.format(slug=slug) + body(), encoding="utf-8")
    (folder / "p.svg").write_text(picture, encoding="utf-8")
    return folder


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Two good topics that name each other."""
    root = tmp_path / "content"
    shutil.copytree(REPOSITORY / "content" / "markets", root / "markets")
    (root / "drugs").mkdir(parents=True)
    write_topic(root, "asthma", related="diseases/other")
    write_topic(root, "other", related="diseases/asthma")
    other = root / "diseases" / "other" / "patient.en.md"
    other.write_text(
        other.read_text(encoding="utf-8").replace("topic:diseases/other#treatment", "topic:diseases/asthma"),
        encoding="utf-8",
    )
    return root


PAGE = "diseases/asthma/patient.en.md"


def problems_of(content: Path) -> set[tuple[str, int | None, str]]:
    return {(problem.path, problem.line, problem.code) for problem in read(content).problems}


def edit(content: Path, old: str, new: str, path: str = PAGE) -> int:
    """Replaces the first `old` in a file and returns its line."""
    text = (content / path).read_text(encoding="utf-8")
    assert old in text
    (content / path).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def document(library: Library, market: str, slug: str = "asthma") -> Document:
    return next(found for found in library.documents if (found.slug, found.market) == (slug, market))


def test_good_content_has_no_problem_and_a_document_for_each_market(content: Path) -> None:
    library = read(content)
    assert library.problems == ()
    assert sorted((found.slug, found.market) for found in library.documents) == [
        ("asthma", "gb"),
        ("asthma", "us"),
        ("other", "gb"),
        ("other", "us"),
    ]
    assert sorted(topic.address for topic in library.topics) == ["diseases/asthma", "diseases/other"]
    assert document(library, "gb").summary == "Call 999 first."


def test_a_document_holds_its_cited_references_in_order_and_its_pictures(content: Path) -> None:
    found = document(read(content), "us")
    assert [reference.key for reference in found.references] == ["b-2", "a-1"]
    assert [(asset.name, asset.media_type, asset.width) for asset in found.assets] == [("p.svg", "image/svg+xml", 30)]


def test_markets_have_digests_of_their_own(content: Path) -> None:
    library = read(content)
    assert document(library, "us").digest() != document(library, "gb").digest()


def test_a_built_body_links_its_topics_pictures_and_references(content: Path) -> None:
    built = build(document(read(content), "us"))
    page = BeautifulSoup(built.html, "html.parser")
    assert page.select_one("a[href='../diseases/other#treatment']") and "126\xa0mg/dL" in page.get_text()
    image = page.img
    assert image is not None and str(image["src"]).startswith("/media/") and str(image["src"]).endswith(".svg")
    assert [(citation.key, citation.number) for citation in built.citations] == [("b-2", 1), ("a-1", 2)]
    assert all(page.find(id=anchor) for citation in built.citations for anchor in citation.anchors)
    assert len(built.contents) == 11 and built.expected_seconds > 0


def test_a_link_to_a_page_that_this_market_lacks_becomes_text(content: Path) -> None:
    edit(content, "markets: [us, gb]", "markets: [us]", "diseases/other/patient.en.md")
    library = read(content)
    assert library.errors == ()
    assert (
        "topic" not in build(document(library, "gb")).html
        and "<span>the other</span>" in build(document(library, "gb")).html
    )
    assert dict(document(library, "us").links) == {"topic:diseases/other": True}


def test_the_doctors_edition_links_the_leaflet(content: Path) -> None:
    text = FRONT.format(slug="asthma") + body(Audience.HCP).replace("First", "[leaflet](patient:) First")
    (content / "diseases/asthma/hcp.en.md").write_text(text, encoding="utf-8")
    library = read(content)
    found = next(page for page in library.documents if page.audience is Audience.HCP and page.market == "us")
    assert library.errors == () and 'href="../../diseases/asthma"' in build(found).html


def test_documents_and_bodies_travel_between_processes(content: Path) -> None:
    alone = read(content)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        library = read(content, each=partial(pool.map, chunksize=1))
        bodies = list(pool.map(build, library.documents))
    assert library.documents == alone.documents and bodies == [build(found) for found in alone.documents]
    assert pickle.loads(pickle.dumps(library.documents)) == library.documents


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
    ("{unit:glucose", "{unit:sugar", "unknown-slot"),
    ("/// market | us", "/// market | mars", "unknown-market"),
    ("## Treatment", "## Cures", "heading-unknown"),
    ("## In short", "# Asthma\n\n## In short", "start"),
    ("First", "/// nonsense | x\ny\n///", "unknown-block"),
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


@pytest.mark.parametrize(("gone", "line"), [("## In short\n", 18), ("## Get help\n", 13)])
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


def test_line_ends_and_byte_order_marks_are_taken_cleanly(content: Path) -> None:
    plain = [(found.path, found.market, found.digest()) for found in read(content).documents]
    for path in content.rglob("*.*"):
        if path.suffix in (".md", ".yaml"):
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    library = read(content)
    assert library.problems == ()
    assert [(found.path, found.market, found.digest()) for found in library.documents] == plain


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
    assert f"{content}/{PAGE}" in {problem.path for problem in check(content)}


def test_what_is_known_is_not_read_again(content: Path) -> None:
    first = read(content)
    again = read(content, first.good_fingerprints)
    assert (again.documents, again.topics, again.problems) == ((), (), ())
    assert again.unchanged == frozenset(first.fingerprints)


def test_only_the_changed_page_is_read_again(content: Path) -> None:
    known = read(content).good_fingerprints
    edit(content, "First", "Firstly")
    again = read(content, known)
    assert {found.path for found in again.documents} == {PAGE} and again.topics == ()
    assert dict(document(again, "us").links) == {"topic:diseases/other": True}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("diseases/asthma/topic.yaml", "题", "新题"),
        ("diseases/asthma/p.svg", "M0 0", "M1 1"),
        ("markets/us.yaml", "911", "912"),
        ("diseases/other/patient.en.md", "markets: [us, gb]", "markets: [us]"),
    ],
)
def test_a_page_is_read_again_when_what_it_depends_on_changed(content: Path, path: str, old: str, new: str) -> None:
    known = read(content).good_fingerprints
    edit(content, old, new, path)
    assert PAGE in {found.path for found in read(content, known).documents}


def test_a_body_edited_elsewhere_does_not_touch_pages_that_link_to_it(content: Path) -> None:
    known = read(content).good_fingerprints
    edit(content, "First", "Firstly", "diseases/other/patient.en.md")
    assert {found.slug for found in read(content, known).documents} == {"other"}


def test_removing_a_topic_breaks_the_links_of_unchanged_pages(content: Path) -> None:
    known = read(content).good_fingerprints
    shutil.rmtree(content / "diseases" / "other")
    again = read(content, known)
    assert {(problem.path, problem.code) for problem in again.errors} == {
        (PAGE, "broken-link"),
        ("diseases/asthma/topic.yaml", "broken-related"),
    }
    assert set(known) - set(again.fingerprints) == {"diseases/other/topic.yaml", "diseases/other/patient.en.md"}


def test_a_page_beside_a_bad_topic_file_is_read_once_that_is_mended(content: Path) -> None:
    known = read(content).good_fingerprints
    shutil.move(content / "diseases" / "other", content / "other")
    bad = read(content, known)
    shutil.move(content / "other", content / "diseases" / "other")
    edit(content, "topic:diseases/other#treatment", "#treatment")
    mended = read(content, bad.good_fingerprints)
    assert mended.errors == () and PAGE in {found.path for found in mended.documents}


def test_the_content_that_is_shipped_is_sound() -> None:
    assert [str(problem) for problem in read(REPOSITORY / "content").errors] == []


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


@pytest.mark.parametrize("written", ["]( p.svg)", '](p.svg "The lungs")'])
def test_a_picture_is_found_however_its_link_is_spaced(content: Path, written: str) -> None:
    edit(content, "](p.svg)", written)
    library = read(content)
    assert library.problems == ()
    assert "missing-picture" not in build(document(library, "us")).html


def test_a_text_that_its_slots_make_too_long_is_refused_on_its_line(content: Path) -> None:
    with_slots = "{poison} " * 1_300
    line = edit(content, "{unit:", f"{with_slots}{{unit:")
    assert len(with_slots) < 12_000 and (PAGE, line, "block-too-long") in problems_of(content)
