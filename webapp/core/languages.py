"""Languages and markets, and how an address names them.

Market is not language: a Chinese reader in the US and one in China get different pages. `/en/` and `/zh/` stand for
the configured home markets; every other pair is written out, as in `/en-gb/` or `/zh-us/`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """One reading language: `tag` in content and `lang`, `url` in addresses, `babel` for catalogues and dates."""

    tag: str
    url: str
    babel: str
    name: str


ENGLISH = Language("en", "en", "en", "English")
CHINESE = Language("zh-Hans", "zh", "zh_Hans_CN", "中文")
LANGUAGES = (ENGLISH, CHINESE)
MARKETS = ("us", "gb", "eu", "cn")

_BY_TAG = {language.tag: language for language in LANGUAGES}
_BY_URL = {language.url: language for language in LANGUAGES}
_BY_PRIMARY = {language.tag.partition("-")[0]: language for language in LANGUAGES} | {"*": ENGLISH}


@dataclass(frozen=True)
class Place:
    """Where a reader stands: a language and a market."""

    language: Language
    market: str


def by_tag(tag: str) -> Language:
    """The language of a tag such as `zh-Hans`; KeyError for an unknown one."""
    return _BY_TAG[tag]


def preferred(accepted: Iterable[tuple[str, float]]) -> Language:
    """The language liked best by a reader who sends these (tag, weight) pairs: a parsed Accept-Language header.

    The primary subtag alone counts, so every Chinese (`zh-Hant-TW`) is Chinese. Among equal weights the first is meant;
    nothing of ours, and `*`, is English. A weight of 0 means "not this" (RFC 9110, 12.5.4).
    """
    for tag, weight in sorted(accepted, key=lambda pair: pair[1], reverse=True):
        language = _BY_PRIMARY.get(tag.replace("_", "-").partition("-")[0].lower())
        if language is not None and weight > 0:
            return language
    return ENGLISH


def prefix(place: Place, homes: Mapping[str, str]) -> str:
    """The first segment of the place's addresses: `en` in the home market, `en-gb` elsewhere.

    `homes` maps a language's URL name to its home market, e.g. `{"en": "us", "zh": "cn"}`.
    """
    url = place.language.url
    return url if homes[url] == place.market else f"{url}-{place.market}"


def place_of(segment: str, homes: Mapping[str, str]) -> Place | None:
    """The place a first segment names, or None. A home market written out (`en-us`) is no second address for it."""
    url, dash, market = segment.partition("-")
    language = _BY_URL.get(url)
    if language is None or (dash and (market not in MARKETS or market == homes[url])):
        return None
    return Place(language, market or homes[url])


def all_places() -> list[Place]:
    """Every language in every market."""
    return [Place(language, market) for language in LANGUAGES for market in MARKETS]


def sort_key(title: str) -> bytes:
    """Orders titles without regard to case, and Chinese ones by their sound.

    GB 2312 lists its 3,755 common characters by pinyin, and GB 18030 keeps its code points.
    """
    return title.lower().encode("gb18030")
