"""Sentences with values in them are English as they stand, and are said in another language where they are shown."""

import pickle

import pytest

from webapp.core.errors import MateriaError, Refused, Said, said, translated

CHINESE = {"unknown slot `%(slot)s`": "未知的占位 `%(slot)s`", "Gone": "没有了", "none": "无",
           "Known: %(known)s": "可用：%(known)s", "half of 100%": "一半"}


def gettext(message: str) -> str:
    return CHINESE.get(message, message)


@pytest.mark.parametrize(("message", "english", "chinese"), [
    (said("unknown slot `%(slot)s`", slot="{x}"), "unknown slot `{x}`", "未知的占位 `{x}`"),
    (said("Known: %(known)s", known=said("none")), "Known: none", "可用：无"),
    (said("Known: %(known)s", known="none"), "Known: none", "可用：none"),
    (said("unknown slot `%(slot)s`", slot="100%(s)"), "unknown slot `100%(s)`", "未知的占位 `100%(s)`"),
    (said("half of 100%"), "half of 100%", "一半"), ("Gone", "Gone", "没有了"), ("", "", ""),
    ("not marked, 100 %", "not marked, 100 %", "not marked, 100 %")])
def test_a_sentence_is_english_and_translated_with_its_values(message: str, english: str, chinese: str) -> None:
    assert message == english and translated(message, gettext) == chinese


@pytest.mark.parametrize("pass_on", [pickle.dumps, str, lambda message: str(Refused(message))])
def test_it_stays_translatable_from_a_process_to_another_and_in_an_error(pass_on: object) -> None:
    made = pass_on(said("unknown slot `%(slot)s`", slot="{x}"))  # type: ignore[operator]
    if isinstance(made, bytes):
        made = pickle.loads(made)
    assert isinstance(made, Said) and translated(made, gettext) == "未知的占位 `{x}`"


def test_an_error_without_words_says_nothing() -> None:
    assert translated(str(MateriaError()), gettext) == ""
