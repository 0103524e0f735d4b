"""The term base: words of the glossary beside a draft, and those that a translation left out."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from tests import builders
from tests.articles.desk.conftest import PAGE, Desk
from tests.articles.words import ENTRY, entry, write_glossary

CHINESE = PAGE.replace(".en.", ".zh-Hans.")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """An English page that says two words, a Chinese one that says none, and what both words mean."""
    folder = tmp_path / "content"
    builders.write_topic(folder, text="A biopsy, then a stent", markets=("us", "cn"))
    builders.write_topic(folder, language="zh-Hans", text="会自己好", markets=("us", "cn"))
    write_glossary(folder, ENTRY, entry("stent", "stent"), entry("ecg", "ECG"))
    write_glossary(folder, entry("biopsy", "活检", explanation="取一小块组织。"), entry("stent", "支架"),
                   entry("ecg", "心电图"), language="zh-Hans")
    return folder


def told(answer: TestResponse | str) -> list[str]:
    """Each word of the term base, as it is shown."""
    html = answer if isinstance(answer, str) else answer.text
    return [" ".join(word.text.split()) for word in BeautifulSoup(html, "html.parser").select(".term-base dt")]


def translated(text: str) -> str:
    """A page that says it was translated from the English one."""
    return text.replace("next_review:", "translation: {of: en, digest: '0000000000000000'}\nnext_review:", 1)


def test_a_draft_s_words_stand_beside_it_in_both_languages(desk: Desk) -> None:
    answer = desk.get(f"/desk/{desk.open()}")
    assert told(answer) == ["biopsy · 活检", "stent · 支架"]
    assert str(ENTRY["explanation"]) in answer.text


def test_a_translation_is_told_which_words_of_its_source_it_does_not_use(desk: Desk) -> None:
    key = desk.open(CHINESE)
    desk.save(key, translated(desk.text(key)).replace("会自己好", "要做活检", 1))
    assert told(desk.get(f"/desk/{key}")) == ["支架 · stent Not used in your text", "活检 · biopsy"]


def test_a_page_that_names_no_source_is_told_of_no_missing_word(desk: Desk) -> None:
    assert told(desk.get(f"/desk/{desk.open(CHINESE)}")) == []


def test_the_preview_tells_what_is_typed_now(desk: Desk) -> None:
    key = desk.open()
    answer = desk.post(f"/desk/{key}/preview", text=desk.text(key).replace("then a stent", "then an ECG"))
    assert told(answer.get_json()["look"])[:2] == ["biopsy · 活检", "ECG · 心电图"]


def test_words_are_told_while_the_head_is_not_understood(desk: Desk) -> None:
    key = desk.open()
    answer = desk.post(f"/desk/{key}/preview", text="no head, but a biopsy")
    assert told(answer.get_json()["look"]) == ["biopsy · 活检"]


def test_the_preview_explains_the_word_as_readers_will_see_it(desk: Desk) -> None:
    shown = BeautifulSoup(desk.get(f"/desk/{desk.open()}").text, "html.parser")
    assert [link.text for link in shown.select(".sheet a.term")] == ["biopsy", "stent"]


def test_a_word_that_the_other_glossary_alone_has_is_told_as_lacking(desk: Desk, content: Path) -> None:
    write_glossary(content, entry("biopsy", "活检"), entry("ecg", "心电图"), language="zh-Hans")
    builders.import_content(desk.platform, content)
    key = desk.open(CHINESE)
    desk.save(key, translated(desk.text(key)))
    assert told(desk.get(f"/desk/{key}")) == [
        "活检 · biopsy Not used in your text", "stent The glossary of your language lacks it"]
