"""Reading a folder of content: what is good comes out whole, and what is known is not read again."""

import pickle
import re
import shutil
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from tests.articles.two_topics import FRONT, PAGE, REPOSITORY, body, document, edit, write_two_topics
from webapp.articles.rules.frontmatter import Audience
from webapp.articles.service.build import build
from webapp.articles.service.library import read
from webapp.core.languages import MARKETS


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_two_topics(tmp_path / "content")


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


def test_line_ends_and_byte_order_marks_are_taken_cleanly(content: Path) -> None:
    plain = [(found.path, found.market, found.digest()) for found in read(content).documents]
    for path in content.rglob("*.*"):
        if path.suffix in (".md", ".yaml"):
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    library = read(content)
    assert library.problems == ()
    assert [(found.path, found.market, found.digest()) for found in library.documents] == plain


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


AREA = ("type-2-diabetes", "chronic-kidney-disease", "heart-failure", "coronary-heart-disease", "hypertension",
        "atrial-fibrillation", "high-cholesterol")
"""Diabetes, kidney and heart."""


ASKED = ((Audience.PATIENT, "en"), (Audience.PATIENT, "zh-Hans"), (Audience.HCP, "en"))
"""For whom each topic is written, and in which languages."""


def test_two_dozen_topics_are_shipped_and_those_of_the_first_area_in_all_markets() -> None:
    pages = {(each.slug, each.audience, each.language, each.market) for each in read(REPOSITORY / "content").documents}
    known = {(slug, audience, language) for slug, audience, language, _ in pages}
    whole = {slug for slug, _, _ in known if all((slug, *each) in known for each in ASKED)}
    assert len(whole) >= 24
    assert {(slug, *each, market) for slug in AREA for each in ASKED for market in MARKETS} - pages == set()


def test_chinese_readers_are_told_in_chinese_what_a_reference_supports() -> None:
    for path in (REPOSITORY / "content").glob("d[ir]*/*/*.zh-Hans.md"):
        front = yaml.load(path.read_text("utf-8").split("\n---\n")[0], yaml.CSafeLoader)
        notes = [entry[key] for entry in front["references"] for key in ("supports", "detail") if key in entry]
        assert [note for note in notes if not re.search("[\u4e00-\u9fff]", note)] == [], path


@pytest.mark.parametrize("written", ["]( p.svg)", '](p.svg "The lungs")'])
def test_a_picture_is_found_however_its_link_is_spaced(content: Path, written: str) -> None:
    edit(content, "](p.svg)", written)
    library = read(content)
    assert library.problems == ()
    assert "missing-picture" not in build(document(library, "us")).html
