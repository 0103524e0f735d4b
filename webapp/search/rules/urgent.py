"""Whether a query sounds like somebody who needs help now."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from webapp.safety.rules.spelling import fold
from webapp.search.rules.words import is_near, stem_of, words_of

FILE = Path(__file__).with_name("urgent.yaml")
GAP = 2
"""Words that may stand between the parts of a wording in English, besides small ones; our choice."""
HAN_GAP = 3
"""Chinese signs that may; our choice."""
SLIPS_FROM, SWAPS_FROM = 6, 4
"""Letters from which on a word may hold a slip, and two neighbours that changed places; our choice: fear types badly,
but shorter words are one letter away from too many others."""
ONE_WORD = {"my self": "myself", "can not": "cannot"}
_FORM = "="
_NOTHING = "\0"


class Help(StrEnum):
    """What is shown above the results: the emergency number, or besides it who is there for people in despair."""

    EMERGENCY = "emergency"
    CRISIS = "crisis"


class Wordings(BaseModel):
    """Words by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    english: tuple[str, ...] = Field(alias="en", min_length=1)
    chinese: tuple[str, ...] = Field(alias="zh-Hans", min_length=1)


class Told(BaseModel):
    """What the file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    emergency: Wordings
    crisis: Wordings
    harmless: Wordings
    between: frozenset[str]
    unlike: frozenset[str]


@dataclass(frozen=True)
class Typed:
    """A word of a query: itself with what it is a form or a slip of."""

    readings: frozenset[str]
    is_small: bool


Choice = frozenset[str]
"""Stems, or forms with the sign before them, of which one must stand there."""
Part = tuple[Choice, ...]
"""Words side by side."""
Phrase = tuple[Part, ...]
"""Parts near one another."""


@dataclass(frozen=True)
class Signs:
    """What one kind of help is heard by."""

    phrases: tuple[Phrase, ...]
    chinese: re.Pattern[str]


@dataclass(frozen=True)
class Vocabulary:
    """The file, ready to be listened with."""

    signs: dict[Help, Signs]
    harmless: tuple[tuple[str, ...], ...]
    harmless_chinese: re.Pattern[str]
    between: frozenset[str]
    unlike: frozenset[str]
    words: frozenset[str]
    """All words of the wordings as they are written: what a slip may be one of."""


def needed(words: str) -> Help | None:
    """The help that a query sounds like, in any language; despair goes first."""
    known = _vocabulary()
    plain, typed = fold(words), _typed(words, known)
    for kind in (Help.CRISIS, Help.EMERGENCY):
        if kind is Help.EMERGENCY:
            plain, typed = known.harmless_chinese.sub(_blank, plain), _without(typed, known)
        signs = known.signs[kind]
        if signs.chinese.search(plain) or any(_holds(typed, phrase) for phrase in signs.phrases):
            return kind
    return None


def _blank(match: re.Match[str]) -> str:
    return _NOTHING * len(match[0])


def _typed(words: str, known: Vocabulary) -> list[Typed]:
    plain = " ".join(word.text for word in words_of(words) if not word.is_han)
    for apart, joined in ONE_WORD.items():
        plain = re.sub(rf"\b{apart}\b", joined, plain)
    return [Typed(_readings(word, known), word in known.between) for word in plain.split()]


def _readings(word: str, known: Vocabulary) -> frozenset[str]:
    return frozenset({_FORM + word, stem_of(word), *(stem_of(other) for other in known.words
                                                     if word not in known.unlike and _is_slip(word, other))})


def _is_slip(word: str, other: str) -> bool:
    if min(len(word), len(other)) < SWAPS_FROM or not is_near(word, other):
        return False
    return len(other) >= SLIPS_FROM or sorted(word) == sorted(other)


def _without(typed: Sequence[Typed], known: Vocabulary) -> list[Typed]:
    """The words, with one that says nothing in the place of each that is harmless beside its neighbours."""
    left: list[Typed] = []
    place = 0
    while place < len(typed):
        length = max((len(stems) for stems in known.harmless if _stands(typed, place, stems)), default=0)
        left.append(Typed(frozenset(), False) if length else typed[place])
        place += length or 1
    return left


def _stands(typed: Sequence[Typed], place: int, stems: Sequence[str]) -> bool:
    there = typed[place:place + len(stems)]
    return len(there) == len(stems) and all(stem in word.readings for stem, word in zip(stems, there, strict=True))


def _holds(typed: Sequence[Typed], phrase: Phrase) -> bool:
    if len(phrase) == 1:
        return _is_told(typed, phrase[0])
    telling = [place for place, word in enumerate(typed) if not word.is_small]
    width = sum(len(part) for part in phrase) + GAP
    stretches = (telling[start:start + width] for start in range(len(telling)))
    return any(all(_is_told(typed[places[0]:places[-1] + 1], part) for part in phrase) for places in stretches)


def _is_told(typed: Sequence[Typed], part: Part) -> bool:
    return any(_follow(typed[place:], part) for place in range(len(typed)))


def _follow(typed: Sequence[Typed], part: Part) -> bool:
    """Whether the words begin with the part, with small words between its own."""
    wanted = 0
    for word in typed:
        if word.readings & part[wanted]:
            wanted += 1
            if wanted == len(part):
                return True
        elif not (wanted and word.is_small):
            return False
    return False


@cache
def _vocabulary() -> Vocabulary:
    told = Told.model_validate(yaml.load(FILE.read_text("utf-8"), yaml.CSafeLoader))
    by_kind = {Help.EMERGENCY: told.emergency, Help.CRISIS: told.crisis}
    written = " ".join(line for wordings in by_kind.values() for line in wordings.english)
    return Vocabulary(
        {kind: Signs(tuple(map(_phrase, wordings.english)), re.compile("|".join(map(_chinese, wordings.chinese))))
         for kind, wordings in by_kind.items()},
        tuple(tuple(stem_of(word) for word in line.split()) for line in told.harmless.english),
        re.compile("|".join(map(re.escape, told.harmless.chinese))), told.between, told.unlike,
        frozenset(re.findall(r"(?<![=\w])\w+", written)))


def _phrase(line: str) -> Phrase:
    return tuple(tuple(frozenset(map(_choice, words.split("|"))) for words in part.split())
                 for part in line.split(" + "))


def _choice(word: str) -> str:
    return word if word.startswith(_FORM) else stem_of(word)


def _chinese(line: str) -> str:
    """The pattern of a wording in Chinese."""
    parts = [f"(?:{'|'.join(map(re.escape, part.split('|')))})" for part in line.split(" + ")]
    return "|".join({_near(parts), _near(parts[::-1])})


def _near(parts: Iterable[str]) -> str:
    return f".{{0,{HAN_GAP}}}".join(parts)
