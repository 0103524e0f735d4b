"""The desk's list calls topics by their titles, in the language of whoever looks."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from tests import builders
from tests.articles.desk.conftest import PAGE, AtDesk, Desk
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.service.desk import board
from webapp.core.platform import Platform

DRUG = "drugs/samplin/patient.en.md"
NEW = {"kind": "disease", "slug": "newitis", "audience": "patient", "language": "en", "markets": "us",
       "title-en": "Amazing newitis", "title-zh-Hans": "新发病"}


def shown(desk: Desk, query: str = "", section: str = "drafts") -> list[str]:
    page = BeautifulSoup(desk.get(f"/desk/?{query}").text, "html.parser")
    return [name.text for name in page.select(f"[aria-labelledby={section}] li p:first-child bdi")]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A disease and a medicine, each called otherwise in Chinese."""
    folder = tmp_path / "content"
    builders.write_topic(folder, markets=("us", "gb"))
    builders.write_topic(folder, kind=Kind.DRUG, slug="samplin", content_class="drug-education")
    file = folder / "drugs/samplin/topic.yaml"
    file.write_text(file.read_text().replace("en: Samplin", "en: A medicine").replace("示例病", "样品药"))
    return folder


def test_drafts_are_called_by_their_topics_titles_in_the_language_of_whoever_looks(at_desk: AtDesk) -> None:
    wanda, wen = at_desk(), at_desk(name="Wen", language="zh-Hans")
    for path in (PAGE, DRUG):
        wanda.open(path)
    assert sorted(shown(wanda)) == ["A medicine", "Sampleitis"] and sorted(shown(wen)) == ["样品药", "示例病"]
    assert sorted(shown(wen, section="pages")) == ["样品药", "示例病"]


def test_a_topic_that_the_library_does_not_have_yet_has_its_drafted_title_or_its_name(
        desk: Desk, platform: Platform) -> None:
    desk.post("/desk/new-topic", **NEW)
    assert set(shown(desk)) == {"Amazing newitis"}
    with platform.database.reading() as session:
        whole = board.show(session, board.Asked(), "fr")
        path = whole["drafts"][0][0].path
        assert whole["title_of"](path) == "Amazing newitis", "another language's, where there is none"
    key = desk.open("diseases/newitis/topic.yaml")
    desk.save(key, "titles: [")
    assert set(shown(desk)) == {"newitis"}


@pytest.mark.postgresql
def test_they_are_found_by_title_in_any_language_and_put_in_order_by_it(
        app: Flask, platform: Platform, content: Path, at_desk: AtDesk) -> None:
    desk = at_desk()
    for path in (DRUG, PAGE):
        desk.open(path)
    desk.post("/desk/new-topic", **NEW)
    for words, found in (("MEDICINE", {"A medicine"}), ("样品", {"A medicine"}), ("新发", {"Amazing newitis"}),
                         ("samplin", {"A medicine"}), ("%", set())):
        assert set(shown(desk, f"words={words.replace('%', '%25')}")) == found, words
    assert shown(desk, "words=样品", "pages") == ["A medicine"]
    assert shown(desk, "order=title") == ["A medicine", "Amazing newitis", "Amazing newitis", "Sampleitis"]
    assert shown(desk, "order=title", "pages") == ["A medicine", "Sampleitis"]
    assert shown(desk)[0] == "Amazing newitis", "else the last saved stands first"
