"""Claims that no page may make, or none that sells: by market and language, from a file that names its sources."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from webapp.articles.rules.lint.passages import Passage
from webapp.core.errors import N_

FILE = Path(__file__).with_name("forbidden.yaml")
DIGEST = hashlib.sha256(FILE.read_bytes()).digest()
"""Pages are judged anew when the file changes."""
REASONS: Mapping[str, str] = {
    "guaranteed": N_("A promise that a medicine works, or harms nobody, is untrue of every medicine"),
    "no-side-effects": N_("To say that there are no side effects hides the risk that a reader must weigh"),
    "cure": N_("A page that sells may not claim recovery"),
    "root-cure": N_("A lasting cure of a chronic disease is the promise that Chinese patients are "
                    "defrauded with; only a denial of it may stand, or surgery that aims at it"),
    "superlative": N_("Superlatives and comparisons need evidence that a label carries; a reviewer who has "
                      "it words the claim by the label"),
    "rate": N_("In China advertising of medicines states no rates of cure or effect"),
    "endorsement": N_("A recommendation by professionals or well-known people may not sell a medicine")}
"""Why each claim of the file is forbidden; without a full stop, which the finding it stands in ends with."""
_SENTENCE = re.compile(r"[^.!?。！？；;]+[.!?。！？；;]?")


class Claim(BaseModel):
    """One entry: words by language, what excuses them, where it holds and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    classes: Literal["all", "promotional"]
    markets: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    unless: Mapping[str, tuple[str, ...]]
    source: str

    @property
    def why(self) -> str:
        """Why it is forbidden, for the catalogue."""
        return REASONS[self.id]


Sought = tuple[Claim, re.Pattern[str], re.Pattern[str] | None]
"""A claim, its words, and what excuses them."""
_START = re.compile(r"(?:\\b)?([\w #]*)(?![?*{|])")
"""A letter before a repeat need not be there."""
_DOTS = str.maketrans({"\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}": "i", "\N{LATIN SMALL LETTER DOTLESS I}": "i"})
"""Patterns that ignore case take both for an i."""


class Wanted(NamedTuple):
    """What is looked for: claims, and for a first look all their words: what each begins with, and its pattern."""

    claims: tuple[Claim, ...]
    words: tuple[tuple[str, re.Pattern[str]], ...]

    def may_stand_in(self, text: str) -> bool:
        """False only where none of the words stands. Word by word, in small letters and without regard to where a word
        begins; and by what it begins with, which is found much faster than a pattern and is mostly not there."""
        small = fold(text)
        return any(start in small and pattern.search(small) for start, pattern in self.words)


def fold(text: str) -> str:
    """In small letters, so that whatever a pattern of small letters finds ignoring case, it finds in this."""
    return text.translate(_DOTS).casefold() if not text.isascii() else text.lower()


CLAIMS: tuple[Claim, ...] = TypeAdapter(tuple[Claim, ...]).validate_python(
    yaml.load(FILE.read_text("utf-8"), yaml.CSafeLoader))


def made(passages: Iterable[Passage], text: str, *, market: str, language: str,
         sells: bool) -> Iterator[tuple[Passage, Claim, str]]:
    """The forbidden claims of a page's passages: where, which, and in which words. `text` is the whole of them, and
    mostly free of any such word; `sells`: a page that is promotional or that a company paid for."""
    wanted = _wanted(market, language, sells)
    join = "" if language.startswith("zh") else " "  # a line's end within a passage is no end of words
    if wanted is None or not wanted.may_stand_in(_plain(text, join)):
        return
    every, claims = _patterns(market, language, sells)
    for passage in passages:
        words = _plain(passage.text, join)
        if every.search(words):
            yield from ((passage, claim, said) for claim, said in _in(words, claims))


def _plain(text: str, join: str) -> str:
    """In one line, without the marks of emphasis, behind which words would hide."""
    return text.replace("\n", join).replace("*", "").replace("_", "")


def _in(text: str, claims: Iterable[Sought]) -> Iterator[tuple[Claim, str]]:
    for sentence in _SENTENCE.findall(text):
        for claim, words, excuse in claims:
            found = words.search(sentence)
            if found and not (excuse and excuse.search(sentence[:found.start()])):
                yield claim, found.group(0)


@cache
def _wanted(market: str, language: str, sells: bool) -> Wanted | None:
    holding = [claim for claim in CLAIMS if market in claim.markets and (sells or claim.classes == "all")
               and claim.words.get(language)]
    if not holding:
        return None
    return Wanted(tuple(holding), tuple(
        (start_of(word), _loose(word)) for claim in holding for word in claim.words[language]))


@cache
def _patterns(market: str, language: str, sells: bool) -> tuple[re.Pattern[str], tuple[Sought, ...]]:
    """All words as one pattern, and each claim's own two: made once they are needed, which by most pages is never."""
    wanted = _wanted(market, language, sells)
    claims = wanted.claims if wanted else ()
    return _one(word for claim in claims for word in claim.words[language]), tuple(
        (claim, _one(claim.words[language]), _one(claim.unless[language]) if claim.unless.get(language) else None)
        for claim in claims)


def start_of(word: str) -> str:
    """The plain letters that all begin with which a pattern finds."""
    found = _START.match(word)
    return found.group(1) if found else ""


def _loose(word: str) -> re.Pattern[str]:
    if word != word.lower():
        raise ValueError(f"{FILE.name}: write `{word}` in small letters")
    return re.compile(word.removeprefix(r"\b"))


def _one(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{word})" for word in words), re.IGNORECASE)
