"""The product label beside a drug's page: there once it came in, and as open as the page."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from werkzeug.test import Client

from tests import builders, copies
from tests.articles.leaning import write_claims, write_drug
from tests.articles.publishing import PROMOTIONAL, publish_all, withdraw
from tests.builders import NOW
from tests.medicines.labels import SET_ID, bring_in, spl
from webapp.app import OVERVIEWS
from webapp.articles.jobs import restore_frames
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import frames
from webapp.core import pages
from webapp.core.platform import Platform
from webapp.edge import Edge

LABEL = "/en/drugs/samplin/label"


@pytest.fixture
def drug(content: Path, platform: Platform, client: Client) -> list[Entry]:
    """A drug's page in two languages and markets, published; its label did not come in."""
    for language in ("en", "zh-Hans"):
        write_drug(content, language=language, markets=("us", "gb"))
    write_claims(content)

    def make() -> list[Entry]:
        entries = builders.import_content(platform, content)
        builders.clear(platform, entries)
        publish_all(platform, entries)
        with platform.database.writing() as session:
            frames.note(session, platform)
        return entries

    return copies.once(platform.database, (__name__,), make)


def come_in(platform: Platform, tmp_path: Path, *sources: str) -> None:
    """Brings labels in and renews the pages, as the command does."""
    for source in sources:
        bring_in(platform.database, tmp_path / "labels", source)
    restore_frames(platform, OVERVIEWS, NOW)


def page(client: Client, edge: Edge, path: str = LABEL) -> BeautifulSoup:
    edge.look_again()
    answer = client.get(path)
    assert answer.status_code == 200, path
    return BeautifulSoup(answer.text, "html.parser")


def access(platform: Platform, path: str = LABEL) -> str | None:
    with platform.database.reading() as session:
        found = pages.find(session, path)
        return found and found.access


def tabs(found: BeautifulSoup) -> dict[str, str | None]:
    """Address -> whether it is the present one, of the tabs."""
    return {str(link["href"]): link.get("aria-current") for link in found.select(".tabs a")}  # type: ignore[misc]


def test_without_an_import_the_part_is_absent_and_the_claim_is_said(
        drug: list[Entry], client: Client, edge: Edge) -> None:
    found = page(client, edge, "/en/drugs/samplin")
    assert tabs(found) == {} and "Take one a day" in found.text
    assert client.get(LABEL).status_code == 404


def test_a_label_that_came_in_is_shown_with_version_and_date(
        drug: list[Entry], platform: Platform, client: Client, edge: Edge, tmp_path: Path) -> None:
    come_in(platform, tmp_path, spl(1))
    found = page(client, edge)

    facts = {item.dt.text: item.dd.text for item in found.select(".label-facts > div") if item.dt and item.dd}
    assert facts["Label version"] == "1" and facts["Effective"] == "January 15, 2024"
    assert facts["Active ingredients"] == "SAMPLINE (UNII ABC123DEF4)" and facts["Marketing category"] == "NDA"
    assert tabs(found) == {"/en/drugs/samplin": None, LABEL: "page"}
    assert tabs(page(client, edge, "/en/drugs/samplin")) == {"/en/drugs/samplin": "page", LABEL: None}


@pytest.mark.parametrize(("path", "place"), [
    ("/en/drugs/samplin", "language=en&market=us"), (LABEL, "language=en&market=us"),
    ("/en-gb/drugs/samplin", "language=en&market=gb"), ("/zh-us/drugs/samplin/label", "language=zh-Hans&market=us")])
def test_a_side_effect_is_told_from_the_label_as_from_the_page(
        drug: list[Entry], platform: Platform, client: Client, edge: Edge, tmp_path: Path, path: str,
        place: str) -> None:
    come_in(platform, tmp_path, spl(1))
    link, = page(client, edge, path).select("main .actions a[href^='/side-effect']")
    assert link["href"] == f"/side-effect?{place}&medicine=samplin"


def test_what_the_page_leans_on_comes_first_and_the_rest_is_folded(
        drug: list[Entry], platform: Platform, client: Client, edge: Edge, tmp_path: Path) -> None:
    come_in(platform, tmp_path, spl(1))
    found = page(client, edge)

    assert [heading.text for heading in found.select("h4")] == ["2 DOSAGE"]
    parts = [(part.text, part.find_parent("details").has_attr("open"))  # type: ignore[union-attr]
             for part in found.select("details.label-part > summary")]
    assert parts == [("2 DOSAGE", True), ("7 DRUG INTERACTIONS", False), ("10 OVERDOSAGE", False)]
    texts = [str(text) for text in found.find_all(string=lambda words: words.strip() in (
        "One tablet a day.", "There is no antidote."))]
    assert texts == ["One tablet a day.", "There is no antidote."]


def test_in_a_chinese_frame_the_label_s_own_words_are_marked_as_english(
        drug: list[Entry], platform: Platform, client: Client, edge: Edge, tmp_path: Path) -> None:
    come_in(platform, tmp_path, spl(1))
    found = page(client, edge, "/zh-us/drugs/samplin/label")

    assert isinstance(found.html, Tag) and found.html["lang"] == "zh-Hans" and "本页所依据的部分" in found.text
    assert all(part["lang"] == "en" for part in found.select(".label-text, .label-part > summary"))
    assert len(found.select(".label-text")) == 3


def test_a_newer_label_takes_the_older_one_s_place_and_says_what_the_page_leant_on(
        drug: list[Entry], platform: Platform, client: Client, edge: Edge, tmp_path: Path) -> None:
    come_in(platform, tmp_path, spl(1), spl(2, s34068_7="Two tablets a day."))
    found = page(client, edge)
    assert "written from version 1 of this label" in found.text and "Two tablets a day." in found.text


def test_a_market_without_a_label_has_no_part(
        drug: list[Entry], platform: Platform, client: Client, edge: Edge, tmp_path: Path) -> None:
    come_in(platform, tmp_path, spl(1))
    assert tabs(page(client, edge, "/en-gb/drugs/samplin")) == {}
    assert access(platform, "/en-gb/drugs/samplin/label") is None


def test_hostile_words_of_a_label_stay_words(
        drug: list[Entry], platform: Platform, client: Client, edge: Edge, tmp_path: Path) -> None:
    come_in(platform, tmp_path, spl(1, s34088_5="<script>alert(1)</script> {{ config }} [x](javascript:alert(1))"))
    found = page(client, edge)
    assert "<script>alert(1)</script> {{ config }}" in found.text
    assert not [script for script in found.select("script") if "alert" in script.text]


def test_a_withdrawn_page_takes_its_label_with_it(
        drug: list[Entry], platform: Platform, client: Client, edge: Edge, tmp_path: Path) -> None:
    come_in(platform, tmp_path, spl(1))
    withdraw(platform, drug)
    edge.look_again()
    assert client.get(LABEL).status_code == 410


def test_a_topic_that_names_its_label_no_more_shows_none(
        drug: list[Entry], platform: Platform, content: Path, client: Client, edge: Edge, tmp_path: Path) -> None:
    come_in(platform, tmp_path, spl(1))
    write_drug(content, has_label=False, markets=("us", "gb"))
    entries = builders.import_content(platform, content)
    builders.clear(platform, entries)
    publish_all(platform, entries)
    edge.look_again()
    assert access(platform) == "gone" and client.get(LABEL).status_code == 410
    assert tabs(page(client, edge, "/en/drugs/samplin")) == {}


def test_a_gated_page_s_label_is_gated(platform: Platform, content: Path, client: Client, edge: Edge,
                                       tmp_path: Path) -> None:
    builders.write_topic(content, markets=("gb",), **PROMOTIONAL)
    file = content / "drugs/branditis/topic.yaml"
    file.write_text(file.read_text() + f"labels: [{{market: gb, set_id: {SET_ID}}}]\n")
    bring_in(platform.database, tmp_path / "labels", spl(1))
    entries = builders.import_content(platform, content)
    builders.clear(platform, entries)
    publish_all(platform, entries)
    edge.look_again()
    answer = client.get("/en-gb/pro/drugs/branditis/label")

    assert access(platform, "/en-gb/pro/drugs/branditis/label") == "gated"
    assert answer.status_code == 403 and "antidote" not in answer.text and "Branditis" not in answer.text
