"""The words that consents are asked for in: a version never changes, and each is there in every language."""

from dataclasses import replace
from typing import Any

import pytest

from webapp.consents.rules import wordings
from webapp.consents.rules.purposes import OF_COMPANIES, OFFERED, Purpose
from webapp.core.languages import LANGUAGES

PINNED: dict[tuple[str, str, str], str] = {
    ("analytics", "1", "en"):
        "2832357c620cd942224235df8c60e19b45b284fc6824275cc08779ad8f66fdb3",
    ("analytics", "1", "zh-Hans"):
        "d1fc5a377569232d2a6a6100af5251ced9a406d9d0a2519c53b71f933be58392",
    ("personalisation", "1", "en"):
        "dc61bff366721363498e2d53072a1cd8446407087e7e31670b135de5aa6a64b0",
    ("personalisation", "1", "zh-Hans"):
        "72fc08b5eacd81f46b52240a867a4ef0a44f9b06643f6b8c6c859afd1bdc4be4",
    ("company-mail", "1", "en"):
        "5d3e5c5f97c0696c412b5a9da5afaeb215621dd2f80e4635072bb0ac80d7446c",
    ("company-mail", "1", "zh-Hans"):
        "095bc476f277ddc2f05a48d8536759ebdd532b419867c70e45be16d977516baf",
    ("sharing", "1", "en"):
        "b85f55b32f6d4169984afb042f472641937b0a098cf425b2583e223ae5900c15",
    ("sharing", "1", "zh-Hans"):
        "3956e781ec41c5cb6c31927e279939041eb74fde0c868c90aa9c0f1169f6523c",
}
"""(purpose, version, language) -> digest. Words were changed? Give them a new version, leave the old entry, and add the
new one here: lines of the ledger name the old."""


def test_no_version_has_changed_or_gone_and_every_new_one_is_written_down_here() -> None:
    assert {key: words.digest for key, words in wordings.ALL.items()} == PINNED


@pytest.mark.parametrize("purpose", OFFERED)
def test_what_is_asked_for_has_words_in_every_language(purpose: Purpose) -> None:
    assert all(wordings.newest(purpose, language.tag).asks for language in LANGUAGES)


def test_there_are_no_words_for_what_is_not_asked_for() -> None:
    with pytest.raises(KeyError):
        wordings.newest(Purpose.WEB_PUSH, "en")


@pytest.mark.parametrize("field", ["title", "asks", "data", "seen_by", "kept", "agree", "refuse", "withdraw"])
def test_any_other_word_is_another_digest(field: str) -> None:
    words = wordings.newest(Purpose.COMPANY_MAIL, "en")
    assert replace(words, **{field: getattr(words, field) + "."}).digest != words.digest


@pytest.mark.parametrize("words", wordings.ALL.values(), ids=lambda words: f"{words.purpose}-{words.language}")
def test_a_company_is_named_where_one_asks_and_only_there(words: wordings.Wording) -> None:
    assert ("{company}" in words.title + words.asks) is (Purpose(words.purpose) in OF_COMPANIES)
    assert "{" not in str(words.of("Acme"))


@pytest.mark.parametrize("words", wordings.ALL.values(), ids=lambda words: f"{words.purpose}-{words.language}")
def test_no_button_is_much_longer_than_its_neighbour(words: wordings.Wording) -> None:
    yes, no = len(words.of("Acme").agree), len(words.of("Acme").refuse)
    assert min(yes, no) * 2 >= max(yes, no)


TEXTS = dict.fromkeys(("title", "asks", "data", "seen_by", "kept", "agree", "refuse", "withdraw"), "x")


def entry(version: str = "1", **texts: str) -> dict[str, Any]:
    return {"purpose": "analytics", "version": version, "en": {**TEXTS, **texts}, "zh-Hans": TEXTS}


def test_an_older_version_stays_readable_beside_the_newest() -> None:
    found = wordings.read({"wording": [entry(asks="old"), entry("2", asks="new")]})
    assert (found["analytics", "1", "en"].asks, found["analytics", "2", "en"].asks) == ("old", "new")


def test_a_version_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="another version"):
        wordings.read({"wording": [entry(), entry(asks="changed")]})


@pytest.mark.parametrize("broken", [{**entry(), "purpose": "tracking"}, {**entry(), "en": {**TEXTS, "more": "x"}},
                                    {key: value for key, value in entry().items() if key != "zh-Hans"}])
def test_words_that_are_not_whole_are_refused(broken: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        wordings.read({"wording": [broken]})
