"""An address names one place, and every place has one address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.languages import CHINESE, ENGLISH, MARKETS, Place, all_places, by_tag, place_of, prefix, sort_key

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


def test_titles_stand_by_letter_and_chinese_ones_by_sound() -> None:
    titles = ["高血压", "支气管哮喘", "Type 2 diabetes", "2型糖尿病", "阿托伐他汀", "asthma", "乳腺癌", "慢性肾脏病"]
    assert sorted(titles, key=sort_key) == [
        "2型糖尿病", "asthma", "Type 2 diabetes", "阿托伐他汀", "高血压", "慢性肾脏病", "乳腺癌", "支气管哮喘"]
