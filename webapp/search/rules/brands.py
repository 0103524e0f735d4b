"""Brands that are typed, read as the substance that our pages are about."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from webapp.safety.rules.spelling import fold
from webapp.search.rules.words import is_near

FILE = Path(__file__).with_name("brands.yaml")
SLIPS_FROM = 7
"""Letters from which on a brand may hold a slip; our choice: shorter ones are near other words."""
_LETTERS = re.compile("[a-z]+")


def by_substance(words: str) -> str:
    """What was typed, with each brand as its substance, set apart from what it stood beside."""
    typed = fold(words)
    for brand, substance in _chinese().items():
        typed = typed.replace(brand, f" {substance} ")
    replaced = _LETTERS.sub(lambda found: _substance(found[0]), typed)
    return words if replaced == fold(words) else replaced


def _substance(word: str) -> str:
    known = _brands()
    if word in known:
        return known[word]
    return next((substance for brand, substance in known.items()
                 if len(brand) >= SLIPS_FROM and is_near(word, brand)), word)


def _chinese() -> Mapping[str, str]:
    return {brand: substance for brand, substance in _brands().items() if not brand.isascii()}


@cache
def _brands() -> Mapping[str, str]:
    """Brand -> substance."""
    told: Mapping[str, list[str]] = yaml.load(FILE.read_text("utf-8"), yaml.CSafeLoader)
    return {brand: substance for substance, brands in told.items() for brand in brands}
