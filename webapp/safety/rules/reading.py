"""A text as tokens, each at its place, and the words around what is sought, from a file.

The files are read when something is screened first: most processes that import this screen nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from webapp.safety.rules.phrases import ASKED, GAP, PAUSE, STOP, expand, token_pattern
from webapp.safety.rules.spelling import JOINER, Speller, fold, stem

FILE = Path(__file__).with_name("words.yaml")
MEDICINES = Path(__file__).with_name("medicines.yaml")
Words = Mapping[Literal["en", "zh-Hans"], tuple[str, ...]]
"""Words and phrases by language."""


class Vocabulary(BaseModel):
    """The file's entries; what each is for stands there."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    fillers: Words
    medicine: Words
    cues: Words
    concerns: Mapping[str, Words]
    marks: Mapping[str, Words]
    circumstances: Mapping[str, Words]
    harmless: Words
    ordinary: tuple[str, ...]


class Medicines(BaseModel):
    """What is known of medicines that are none of the site's products."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kinds: Words
    names: Words
    endings: tuple[str, ...]
    unlike: tuple[str, ...]


def every(words: Words) -> tuple[str, ...]:
    """All wordings, of either language."""
    return tuple(wording for phrases in words.values() for phrase in phrases for wording in expand(phrase))


@cache
def vocabulary() -> Vocabulary:
    """The file, read once."""
    return Vocabulary.model_validate(loaded(FILE))


@cache
def medicines() -> Medicines:
    """The file of medicines, read once."""
    return Medicines.model_validate(loaded(MEDICINES))


def loaded(file: Path) -> Any:
    """What a file of ours says, by libyaml, which takes a tenth of the time."""
    return yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)


@cache
def fillers() -> frozenset[str]:
    """Tokens that no phrase is sought with."""
    return frozenset(map(stem, every(vocabulary().fillers)))


@cache
def _pattern() -> re.Pattern[str]:
    return token_pattern(word for word in vocabulary().fillers["zh-Hans"] if len(word) > 1)


_WORD, _NUMBER, _SIGNS, _SIGN, _END, _PAUSE = 1, 2, 3, 4, 5, 6


@dataclass(slots=True)
class Tokens:
    """Of a text: stems (or "" for a word unknown), and where each begins."""

    stems: list[str]
    starts: list[int]
    lengths: dict[int, int]
    """Which tokens have more signs than one, and how many."""
    stops: list[int]
    """Which tokens end a sentence."""

    def end(self, token: int) -> int:
        """Where a token ends."""
        return self.starts[token] + self.lengths.get(token, 1)


def read(text: str, speller: Speller) -> Tokens:
    """All tokens of a text, as they stand in it."""
    stem_of = speller.stem_of
    stems: list[str] = []
    starts, lengths, stops = list[int](), dict[int, int](), list[int]()
    for match in _pattern().finditer(fold(text)):
        kind, token, start = match.lastindex, match[0], match.start()
        if kind == _SIGNS:
            stems += token
            starts += range(start, start + len(token))
            continue
        if len(token) > 1:
            lengths[len(stems)] = len(token)
        if kind == _END:
            stops.append(len(stems))
            token = ASKED if "?" in token else STOP
        elif kind == _PAUSE:
            token = PAUSE
        elif kind == _WORD:
            token = stem_of(token.replace(JOINER, "") if JOINER in token else token)
        elif kind == _NUMBER:
            token = _number(len(token))
        stems.append(token)
        starts.append(start)
    return Tokens(stems, starts, lengths, stops)


def _number(digits: int) -> str:
    return "9" if digits == 1 else "99"


def words_of(phrase: str) -> tuple[str, ...]:
    """The words of a phrase of ours in letters, as a speller learns them."""
    return tuple(match.group() for match in _pattern().finditer(fold(phrase)) if match.lastindex == _WORD)


def tokens_of(phrase: str, *, with_fillers: bool = False) -> tuple[str, ...]:
    """A phrase of ours as it is sought: stems, gaps, and no small words unless they are asked for."""
    found: list[str] = []
    for part in phrase.split():
        found += [GAP] if part == GAP else _stems(part)
    return tuple(token for token in found if with_fillers or token not in fillers())


def _stems(part: str) -> list[str]:
    found: list[str] = []
    for match in _pattern().finditer(fold(part)):
        kind, told = match.lastindex, match.group()
        if kind == _SIGNS:
            found += told
        elif kind in (_WORD, _NUMBER, _SIGN):
            found.append(stem(told) if kind == _WORD else _number(len(told)) if kind == _NUMBER else told)
    return found
