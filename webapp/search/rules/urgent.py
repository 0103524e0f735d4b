"""Whether a query sounds like somebody who needs help now."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from webapp.safety.rules.spelling import fold
from webapp.search.rules.words import stem_of, words_of

FILE = Path(__file__).with_name("urgent.yaml")


class Help(StrEnum):
    """What is shown above the results: the emergency number, or besides it who is there for people in despair."""

    EMERGENCY = "emergency"
    CRISIS = "crisis"


class Wordings(BaseModel):
    """Words by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    english: tuple[str, ...] = Field(alias="en", min_length=1)
    chinese: tuple[str, ...] = Field(alias="zh-Hans", min_length=1)


def needed(words: str) -> Help | None:
    """The help that a query sounds like, in any language; despair goes first."""
    typed = fold(words)
    stems = _stems(words)
    for kind in (Help.CRISIS, Help.EMERGENCY):
        phrases, signs = _wordings()[kind]
        if any(sign in typed for sign in signs) or any(_holds(stems, phrase) for phrase in phrases):
            return kind
    return None


def _stems(words: str) -> tuple[str, ...]:
    return tuple(stem_of(word.text) for word in words_of(words) if not word.is_han)


def _holds(stems: Sequence[str], phrase: Sequence[str]) -> bool:
    return any(stems[place:place + len(phrase)] == phrase for place in range(len(stems) - len(phrase) + 1))


@cache
def _wordings() -> dict[Help, tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]]:
    """Kind -> (phrases of stems, words in Chinese)."""
    return dict(_read())


def _read() -> Iterator[tuple[Help, tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]]]:
    told = yaml.load(FILE.read_text("utf-8"), yaml.CSafeLoader)
    for kind in Help:
        words = Wordings.model_validate(told[kind])
        yield kind, (tuple(map(_stems, words.english)), words.chinese)
