"""Claims are suggested where a draft says nearly the same, and only there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests import builders
from tests.articles.desk.conftest import AtDesk, Desk
from tests.articles.leaning import CLAIM, write_claims
from tests.ending import at_once
from webapp.articles.rules import suggesting
from webapp.articles.rules.claims import Claim
from webapp.articles.rules.lint import passages
from webapp.articles.rules.suggesting import ALIKE, alike
from webapp.articles.service.folder import read_claims, read_head
from webapp.core.clock import now
from webapp.core.platform import Platform

SHIPPED = Path(__file__).resolve().parents[3] / "content"
LANGUAGES = ("en", "zh-Hans")
REWORDED = {
    "how-it-works": ("Atorvastatin belongs to the statins: it makes the liver make less cholesterol",
                     "阿托伐他汀属于他汀类药，使肝脏少合成胆固醇"),
    "onset": ("It begins to work in about 2 weeks", "约两周后开始起效"),
    "missed-dose": ("take it as soon as you remember, but not if more than 12 hours have gone by. Then wait for the "
                    "next one. Never take two at once",
                    "想起来时就服用；如果已过去12小时以上，就等下一次。不要一次吃两份"),
    "too-much": ("call your doctor or poison control right away, or go to the nearest emergency room",
                 "立即联系医生或中毒咨询机构，或去最近的急诊"),
    "grapefruit": ("A lot of grapefruit juice (more than 1.2 liters a day) raises its level",
                   "西柚汁大量饮用（每天超过1.2升）会让药变多"),
    "weaker-with-rifampin": ("{Drug:rifampicin} may make it weaker", "利福平可减弱药效"),
    "not-studied": ("Effects on heart attack, stroke, kidney failure and death have not been studied (invented)",
                    "对心肌梗死、脑卒中、肾衰竭和死亡的影响：尚无研究（虚构）")}
"""Shipped claims as a writer may put them."""


def shipped_claims() -> list[Claim]:
    files = [read_claims(path.read_bytes()) for path in sorted((SHIPPED / "claims").glob("*.yaml"))]
    return [claim for file in files if not isinstance(file, list) for claim in file.claims]


def shipped_pages(language: str) -> Iterator[tuple[Path, list[passages.Passage]]]:
    for path in sorted(SHIPPED.glob(f"d[ir]*/*/*.{language}.md")):
        head = read_head(path.read_bytes())
        assert not isinstance(head, list)
        _, _, body, first = head
        yield path, passages.split(body, range(first, first + body.count("\n") + 1))[0]


def suggested(text: str, language: str = "en", market: str = "us") -> list[tuple[str, int]]:
    """(claim, line) of each suggestion for a body, of all shipped claims."""
    found, _ = passages.split(text, range(1, text.count("\n") + 2))
    return [(hit.claim.id, hit.line) for hit in suggesting.suggestions(found, shipped_claims(), language, market)]


@pytest.mark.parametrize(("place", "language"), list(enumerate(LANGUAGES)))
def test_reworded_claims_lie_well_above_what_is_shown(place: int, language: str) -> None:
    claims = {claim.id: claim for claim in shipped_claims()}
    found = [alike(claims[name].text[language], words[place]) for name, words in REWORDED.items()]
    assert min(found) > ALIKE + 0.05


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_shipped_pages_say_otherwise_lies_well_below(language: str) -> None:
    claims = [(claim.id, claim.text[language]) for claim in shipped_claims()]
    found = [(alike(words, sentence.text), name, sentence.text) for path, page in shipped_pages(language)
             if path.parent.name != "atorvastatin"
             for passage in page if not passage.is_table for sentence in suggesting.sentences(passage)
             for name, words in claims]
    assert len(found) > 10_000 and max(found)[0] < ALIKE - 0.05, max(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_shipped_pages_get_no_suggestion_of_what_they_say_already(language: str) -> None:
    for path, page in shipped_pages(language):
        assert suggesting.suggestions(page, shipped_claims(), language, "us") == [], path


@pytest.mark.parametrize("mark", ["[", "![", "[@", "[^", "![a](", "{"])
def test_marks_that_nothing_closes_are_read_to_the_end(mark: str) -> None:
    with at_once():
        assert suggesting.plain(mark * 100_000 + " a") == mark * 100_000 + " a"


def test_a_sentence_is_found_on_its_line_among_others_and_marks() -> None:
    text = "First words.\n\n- Other words.\n- It begins to **work** in about [2 weeks](topic:drugs/x) [@one]. More.\n"
    assert suggested(text) == [("onset", 4)]


def test_a_claim_of_several_sentences_is_found_as_one() -> None:
    assert suggested(f"Before. {REWORDED['missed-dose'][0]}. After.") == [("missed-dose", 1)]


@pytest.mark.parametrize("text", [
    "{claim: onset}. It begins to work in about 2 weeks.", "```\nIt starts to work in about 2 weeks.\n```",
    "## It starts to work in about 2 weeks"])
def test_what_is_said_already_or_is_no_sentence_gets_none(text: str) -> None:
    assert suggested(text) == []


def test_a_claim_is_suggested_in_its_languages_and_markets_alone() -> None:
    words = REWORDED["missed-dose"]
    assert (suggested(words[0], market="gb"), suggested(words[1], "zh-Hans"), suggested(words[1])) == (
        [], [("missed-dose", 1)], [])


def test_other_figures_are_told() -> None:
    found, _ = passages.split("It begins to work in about 4 weeks.", [1])
    hit, = suggesting.suggestions(found, shipped_claims(), "en", "us")
    assert hit.has_other_figures and suggesting.figures("1.2 of 10,305") == {"1.2", "10,305"}


# At the desk

DRUG = "drugs/samplin/patient.en.md"


@pytest.fixture
def content(content: Path) -> Path:
    write_claims(content, {**CLAIM, "text": {"en": "Take one tablet a day with a glass of water"}, "label": None})
    return content


def preview(desk: Desk, key: str, text: str) -> BeautifulSoup:
    answer = desk.post(f"/desk/{key}/preview", text=text)
    return BeautifulSoup(answer.json["look"], "html.parser")  # type: ignore[index]


def test_the_desk_shows_what_to_write_and_that_it_is_approved_nowhere(desk: Desk) -> None:
    key = desk.open(DRUG)
    text = desk.text(key).replace("It heals by itself", "Take one tablet each day with a glass of water", 1)
    hit, = preview(desk, key, text).select(".is-suggestion")
    line = next(number for number, line in enumerate(text.split("\n"), 1) if "Take one" in line)
    assert (hit["data-line"], hit.select("code")[0].text) == (str(line), "{claim: once}")
    assert "stands in no approved page" in hit.text
    assert preview(desk, key, desk.text(key)).select(".is-suggestion") == []


def test_it_names_the_live_page_in_which_reviewers_approved_the_claim(at_desk: AtDesk, platform: Platform,
                                                                    content: Path) -> None:
    builders.write_topic(content, kind=builders.Kind.DRUG, slug="samplin", content_class="drug-education",
                         text="{claim: once}")
    waiting = [entry for entry in builders.import_content(platform, content, now()) if entry.slug == "samplin"]
    builders.clear(platform, waiting, now())
    builders.publish_entries(platform, waiting, now=now())
    desk = at_desk()
    key = desk.open(DRUG)
    text = desk.text(key).replace("{claim: once}", "Take one tablet each day with a glass of water")
    hit, = preview(desk, key, text).select(".is-suggestion")
    assert "Approved in these words, and live: Samplin, United States" in hit.text
