"""The list of forbidden claims: what is said plainly is found, whichever words it is said in."""

import re
from collections.abc import Iterator
from itertools import product
from re import _constants as signs  # type: ignore[attr-defined]
from re import _parser as patterns  # type: ignore[attr-defined]
from typing import Any

import pytest

from webapp.articles.rules.lint import forbidden
from webapp.articles.rules.lint.forbidden import CLAIMS, Claim
from webapp.articles.rules.lint.passages import Passage

PLAINLY = {"en": "This tablet {} today.", "zh-Hans": "这种药{}。"}


def phrases(pattern: str) -> list[str]:
    """All that a pattern of the list stands for; what may repeat, as rarely and as often as it may."""
    return ["".join(parts) for parts in _all_of(patterns.parse(pattern))]


def _all_of(items: Any) -> Iterator[tuple[str, ...]]:
    return product(*(list(_one_of(sign, value)) for sign, value in items))


def _one_of(sign: Any, value: Any) -> Iterator[str]:
    if sign is signs.LITERAL:
        yield chr(value)
    elif sign is signs.ANY:
        yield "某"
    elif sign is signs.AT:
        yield ""
    elif sign is signs.IN:
        yield from (chr(each) for _, each in value)
    elif sign is signs.BRANCH:
        yield from ("".join(parts) for branch in value[1] for parts in _all_of(branch))
    elif sign is signs.SUBPATTERN:
        yield from map("".join, _all_of(value[3]))
    elif sign is signs.MAX_REPEAT:
        least, most, inner = value
        yield from ("".join(parts) * times for parts in _all_of(inner) for times in (least, most))
    else:
        raise AssertionError(f"The list holds a pattern that this test cannot say: {sign}")


LISTED = [(claim, language, words) for claim in CLAIMS for language in claim.words for words in claim.words[language]]


def ids_in(text: str, claim: Claim, language: str, market: str) -> set[str]:
    """The kinds of claim that a page makes that sells, where this one holds."""
    found = forbidden.made([Passage(1, text, "", "")], text, market=market, language=language, sells=True)
    return {made.id for _, made, _ in found}


@pytest.mark.parametrize(("claim", "language", "words"), LISTED, ids=[f"{one.id}-{words}" for one, _, words in LISTED])
def test_no_phrase_of_the_list_passes_where_it_is_said_plainly(claim: Claim, language: str, words: str) -> None:
    said = phrases(words)
    assert said and all(re.fullmatch(words.replace(r"\b", ""), phrase) for phrase in said)
    passed = [(phrase, market) for phrase in said for market in claim.markets
              if claim.id not in ids_in(PLAINLY[language].format(phrase), claim, language, market)]
    assert passed == []


@pytest.mark.parametrize(("language", "plain", "denied"), [
    ("en", "It never fails.", "No tablet is known that never fails."),
    ("en", "It cannot fail.", "It is not true that it cannot fail."),
    ("en", "Relief is guaranteed.", "Relief isn’t guaranteed."),
    ("en", "Relief is guaranteed.", "Relief isn't guaranteed."),
    ("zh-Hans", "永不复发。", "没有药能做到永不复发。"),
    ("zh-Hans", "保证不复发。", "医生不能保证不复发。"),
])
def test_a_phrase_is_excused_by_a_denial_before_it_alone(
        language: str, plain: str, denied: str) -> None:
    guaranteed = next(claim for claim in CLAIMS if claim.id == "guaranteed")
    assert [ids_in(text, guaranteed, language, "cn") for text in (plain, denied)] == [{"guaranteed"}, set()]
