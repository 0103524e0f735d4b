"""Blocks at the desk: which fit a draft, where they are approved, and putting one in."""

from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests import builders
from tests.articles.desk.conftest import PAGE, AtDesk, Desk
from tests.articles.words import BLOCK_TEXT, write_block
from webapp.articles.rules.frontmatter import Audience
from webapp.core.clock import now
from webapp.people.rules import Role


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A page in two markets, another that says a block in one of them, and blocks."""
    folder = tmp_path / "content"
    builders.write_topic(folder, markets=("us", "gb"))
    builders.write_topic(folder, slug="other", text=BLOCK_TEXT.removesuffix("."), markets=("us",))
    write_block(folder)
    write_block(folder, "brits", "Ask your GP.", markets="[gb]")
    write_block(folder, "chinese", "马上打电话。", language="zh-Hans")
    write_block(folder, "doctors", "Refer at once.", audience="hcp")
    write_block(folder, "elsewhere", "Nothing.", markets="[cn]")
    return folder


def page(desk: Desk, key: str) -> BeautifulSoup:
    return BeautifulSoup(desk.get(f"/desk/{key}/blocks").text, "html.parser")


def section(desk: Desk, key: str, name: str = "call") -> Tag:
    found = page(desk, key).select_one(f"section[aria-labelledby=block-{name}]")
    assert found is not None
    return found


def wordings(desk: Desk, key: str) -> dict[str, str]:
    """What is told of the block in each country."""
    names, texts = section(desk, key).select("dt"), section(desk, key).select("dd")
    return {name.text.strip(): " ".join(text.text.split()) for name, text in zip(names, texts, strict=True)}


def put_in(desk: Desk, key: str, block: str = "call", after: str = "", seen: int | None = None) -> int:
    answer = desk.post(f"/desk/{key}/blocks", block=block, after=after,
                       version=desk.version(key) if seen is None else seen)
    return answer.status_code


def test_those_of_the_draft_s_language_audience_and_markets_are_offered(desk: Desk) -> None:
    found = page(desk, desk.open()).select("section.desk-block h2")
    assert [heading.text for heading in found] == ["Block brits", "Block call"]


def test_a_block_has_a_text_to_copy_as_it_goes_into_a_draft(desk: Desk) -> None:
    box = section(desk, desk.open()).select_one("textarea[readonly]")
    assert box is not None and box.text.strip() == BLOCK_TEXT


def test_a_block_that_stands_in_no_approved_page_is_not_approved_yet(desk: Desk) -> None:
    told = wordings(desk, desk.open())
    assert told.keys() == {"United States", "United Kingdom"}
    assert "call 911 at once" in told["United States"] and "call 999 at once" in told["United Kingdom"]
    assert all("Not approved yet" in text for text in told.values())


def test_a_block_is_approved_where_an_approved_page_says_exactly_this(desk: Desk, library: Path) -> None:
    platform, at = desk.platform, now()
    waiting = [entry for entry in builders.import_content(platform, library, at) if entry.slug == "other"]
    builders.clear(platform, waiting, at)
    published, = builders.publish_entries(platform, waiting, now=at)
    told = wordings(desk, desk.open())

    until = at + timedelta(days=365)
    assert f"Approved in Other (United States), version {published.digest[:8]}, until " in told["United States"]
    assert str(until.year) in told["United States"]
    assert "Not approved yet" in told["United Kingdom"]


def test_a_block_is_put_at_the_end_of_the_section_that_is_named(desk: Desk) -> None:
    key = desk.open()
    assert put_in(desk, key, after="Get help") == 303
    section_text = desk.text(key).partition("## Get help")[2].partition("\n## ")[0]
    assert section_text.rstrip().endswith(BLOCK_TEXT)
    assert "It stands in your text." in section(desk, key).text


def test_the_page_that_follows_says_that_it_was_put_in(desk: Desk) -> None:
    key = desk.open()
    answer = desk.post(f"/desk/{key}/blocks", block="call", after="", version=desk.version(key))
    assert "The block was put in, and saved." in desk.get(answer.location).text
    assert desk.text(key).endswith(f"{BLOCK_TEXT}\n")


def test_who_did_not_see_the_newest_version_is_shown_both_texts(desk: Desk) -> None:
    key = desk.open()
    desk.write(key, "It heals", "It may heal")
    before = desk.text(key)
    assert put_in(desk, key, seen=0) == 409
    assert desk.text(key) == before


@pytest.mark.parametrize("block", ["chinese", "doctors", "none", ""])
def test_a_block_that_does_not_fit_is_not_found(desk: Desk, block: str) -> None:
    key = desk.open()
    assert put_in(desk, key, block) == 404


def test_a_passage_that_is_nearly_a_block_is_a_hint_beside_the_text_and_on_the_blocks_page(desk: Desk) -> None:
    key = desk.open()
    put_in(desk, key)
    desk.write(key, "Stay on the line.", "Stay on the phone.")
    shown = desk.get(f"/desk/{key}").text

    assert "differs a little from the block `call`" in shown and "block-differs" in shown
    assert section(desk, key).select_one(".changes") is not None
    assert desk.submit(key).status_code == 303  # a hint keeps nothing back


def test_reviewers_read_and_do_not_write(at_desk: AtDesk, desk: Desk) -> None:
    key, reviewer = desk.open(), at_desk(Role.LEGAL_REVIEWER)
    assert not page(reviewer, key).select("form[action$=blocks]")
    assert put_in(reviewer, key) == 403


def test_a_draft_that_is_not_there_and_a_topic_s_own_file_have_no_blocks(desk: Desk) -> None:
    assert desk.get("/desk/nothing/blocks").status_code == 404
    about = desk.open(PAGE.replace("patient.en.md", "topic.yaml"))
    assert desk.get(f"/desk/{about}/blocks").status_code == 404


def test_a_doctor_s_page_is_offered_doctors_blocks(desk: Desk, content: Path) -> None:
    builders.write_topic(content, audience=Audience.HCP, markets=("us", "gb"))
    builders.import_content(desk.platform, content, now())
    key = desk.open(PAGE.replace("patient", "hcp"))
    assert [heading.text for heading in page(desk, key).select("section.desk-block h2")] == ["Block doctors"]
