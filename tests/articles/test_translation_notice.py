"""A translation whose source was changed for readers says so, in its own language, until it was brought up to date."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests import builders
from tests.articles.publishing import everything_stored, withdraw
from tests.builders import NOW
from webapp.articles.jobs import restore_frames
from webapp.articles.rules.shelf import Entry
from webapp.articles.service.translations import record
from webapp.core.errors import NotFound
from webapp.core.platform import Platform

ENGLISH, CHINESE = "/en/diseases/sampleitis", "/zh-us/diseases/sampleitis"
NAME = "diseases/sampleitis/patient.zh-Hans.md"
LATER = NOW + timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def translated(platform: Platform, content: Path) -> Path:
    """An English page and its Chinese translation, which records it; both published."""
    for language in ("zh-Hans", "en"):
        builders.write_topic(content, language=language)
    assert record(content) == [NAME]
    publish(platform, bring_in(platform, content), NOW)
    return content


def bring_in(platform: Platform, content: Path, now: datetime = NOW) -> list[Entry]:
    return builders.import_content(platform, content, now)


def publish(platform: Platform, entries: list[Entry], now: datetime = LATER) -> None:
    builders.clear(platform, entries, now)
    builders.publish_entries(platform, entries, now=now)


def change(content: Path, language: str = "en", text: str = "It heals soon") -> None:
    page = content / "diseases" / "sampleitis" / f"patient.{language}.md"
    page.write_text(page.read_text().replace("It heals by itself", text))


def notice(platform: Platform, path: str = CHINESE) -> str:
    found = BeautifulSoup(everything_stored(platform)[path], "html.parser").select_one(".translation-behind")
    return "" if found is None else re.sub(r"\s+", " ", found.get_text(" "))


def test_it_says_so_once_readers_see_the_changed_page(platform: Platform, translated: Path) -> None:
    assert notice(platform) == ""
    change(translated)
    entries = bring_in(platform, translated, LATER)
    assert notice(platform) == "", "the change waits"
    publish(platform, entries)
    assert notice(platform) == "英文页面已于2026年3月3日修改，本译文正在更新。 English"
    assert f'href="{ENGLISH}" hreflang="en"' in everything_stored(platform)[CHINESE]
    assert notice(platform, ENGLISH) == ""


def test_it_goes_on_saying_so_while_a_further_change_waits_and_whatever_is_renewed(platform: Platform,
                                                                                 translated: Path) -> None:
    change(translated)
    publish(platform, bring_in(platform, translated, LATER))
    change(translated, text="It heals at once")
    bring_in(platform, translated, LATER)
    restore_frames(platform, (), LATER)
    assert "2026年3月3日" in notice(platform)


def test_it_stops_once_the_translation_follows(platform: Platform, translated: Path) -> None:
    change(translated)
    publish(platform, bring_in(platform, translated, LATER))
    change(translated, "zh-Hans", "好得快")
    record(translated, [NAME])
    entries = bring_in(platform, translated, LATER)
    assert [entry.language for entry in entries] == ["zh-Hans"]
    assert notice(platform) != "", "what readers see follows the old text still"
    publish(platform, entries)
    assert notice(platform) == ""


def test_a_translation_of_a_text_that_is_not_published_yet_is_not_behind(platform: Platform,
                                                                         translated: Path) -> None:
    change(translated)
    record(translated, [NAME])
    waiting = bring_in(platform, translated, LATER)
    publish(platform, [entry for entry in waiting if entry.language == "zh-Hans"])
    assert notice(platform) == ""


def test_a_source_that_was_taken_down_leaves_no_notice(platform: Platform, translated: Path) -> None:
    change(translated)
    entries = bring_in(platform, translated, LATER)
    publish(platform, entries)
    withdraw(platform, entries)
    assert notice(platform) == ""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_recording_adds_one_line_and_keeps_the_rest(content: Path, ending: str) -> None:
    for language in ("en", "zh-Hans"):
        builders.write_topic(content, language=language)
    page = content / NAME
    page.write_bytes(page.read_bytes().replace(b"\n", ending.encode()))
    before = page.read_bytes().split(ending.encode())
    assert record(content) == [NAME] and record(content) == [], "what is recorded stays"
    after = page.read_bytes().split(ending.encode())
    assert [line for line in after if line not in before] == [line for line in after if b"translation: {of: en" in line]
    assert len(after) == len(before) + 1
    with pytest.raises(NotFound, match="is no page with one in en beside it"):
        record(content, ["diseases/sampleitis/patient.en.md"])
