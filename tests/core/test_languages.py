"""An address names one place, and every place has one address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.languages import (
    CHINESE,
    ENGLISH,
    LANGUAGES,
    MARKETS,
    Place,
    all_places,
    by_tag,
    place_of,
    preferred,
    prefix,
    sort_key,
)

HOMES = {"en": "us", "zh": "cn"}


@pytest.mark.parametrize(("language", "market", "segment"), [
    (ENGLISH, "us", "en"), (ENGLISH, "gb", "en-gb"), (ENGLISH, "eu", "en-eu"), (ENGLISH, "cn", "en-cn"),
    (CHINESE, "cn", "zh"), (CHINESE, "us", "zh-us")])
def test_a_place_has_this_address(language: object, market: str, segment: str) -> None:
    assert prefix(Place(language, market), HOMES) == segment  # type: ignore[arg-type]


@pytest.mark.parametrize("homes", [HOMES, {"en": "gb", "zh": "us"}, {"en": "eu", "zh": "cn"}])
def test_every_place_is_found_again_by_its_address(homes: dict[str, str]) -> None:
    segments = {prefix(place, homes): place for place in all_places()}
    assert len(segments) == 2 * len(MARKETS)
    assert {segment: place_of(segment, homes) for segment in segments} == segments


@pytest.mark.parametrize("segment", ["en-us", "zh-cn", "EN", "en-GB", "en-fr", "fr", "en-", "-us", "", "en-gb-gb",
                                     "zh-Hans", "static", "en_gb"])
def test_a_segment_that_is_no_address_names_no_place(segment: str) -> None:
    assert place_of(segment, HOMES) is None


@given(st.text(max_size=12))
def test_no_place_has_two_addresses(segment: str) -> None:
    place = place_of(segment, HOMES)
    assert place is None or prefix(place, HOMES) == segment


def test_a_language_is_known_by_its_tag() -> None:
    assert (by_tag("zh-Hans"), by_tag("en")) == (CHINESE, ENGLISH)
    with pytest.raises(KeyError):
        by_tag("zh")


@pytest.mark.parametrize("tag", ["zh", "zh-CN", "zh-Hans", "zh-Hans-CN", "zh-SG", "zh-TW", "zh-HK", "zh-MO", "ZH-tw",
                                 "zh-Hant-TW", "zh-Hans-SG", "zh_CN"])
def test_every_chinese_is_chinese(tag: str) -> None:
    assert preferred([(tag, 1), ("en", 0.5)]) is CHINESE


@pytest.mark.parametrize(("accepted", "language"), [
    ([], ENGLISH), ([("fr", 1)], ENGLISH), ([("*", 1)], ENGLISH), ([("zhx", 1)], ENGLISH), ([("", 1)], ENGLISH),
    ([("fr", 1), ("zh", 0.1)], CHINESE), ([("en-GB", 1), ("zh", 0.9)], ENGLISH), ([("zh", 0.5), ("en", 0.9)], ENGLISH),
    ([("zh", 1), ("en", 1)], CHINESE), ([("en", 1), ("zh", 1)], ENGLISH), ([("zh", 0)], ENGLISH),
    ([("zh", 0), ("fr", 1)], ENGLISH), ([("zh", 0.5), ("*", 0.5)], CHINESE), ([("zh", 0.5), ("*", 0.9)], ENGLISH)])
def test_a_reader_is_shown_the_language_they_like_best_of_those_there_are(
        accepted: list[tuple[str, float]], language: object) -> None:
    assert preferred(accepted) is language


@given(st.lists(st.tuples(st.text(max_size=8), st.floats(0, 1))))
def test_whatever_is_asked_for_there_is_a_language(accepted: list[tuple[str, float]]) -> None:
    assert preferred(accepted) in LANGUAGES


def test_titles_stand_by_letter_and_chinese_ones_by_sound() -> None:
    titles = ["高血压", "支气管哮喘", "Type 2 diabetes", "2型糖尿病", "阿托伐他汀", "asthma", "乳腺癌", "慢性肾脏病"]
    assert sorted(titles, key=sort_key) == [
        "2型糖尿病", "asthma", "Type 2 diabetes", "阿托伐他汀", "高血压", "慢性肾脏病", "乳腺癌", "支气管哮喘"]
