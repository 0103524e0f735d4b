"""A question as another house has it, whatever format it came in."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from webapp.articles.rules.locate import Finding

FULL = Decimal(100)
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(?:[eE][+-]?[0-9]{1,2})?")
"""No longer than any quantity is: what is written out of an exponent would otherwise have no bound."""


def decimal_of(words: str) -> Decimal | None:
    """The number that words write; None where they write none."""
    return Decimal(words.strip()) if _DECIMAL.fullmatch(words.strip()) else None


class Kind(StrEnum):
    """What is asked for, or that nothing is."""

    CHOICE = "choice"
    TRUE_FALSE = "true-false"
    SHORT = "short answer"
    NUMBER = "number"
    MATCHING = "matching"
    ORDERING = "ordering"
    ESSAY = "essay"
    DESCRIPTION = "description"
    CATEGORY = "category"
    OTHER = "other"


class Form(StrEnum):
    """The markup of a text; `moodle` is plain text that may hold some HTML."""

    MOODLE = "moodle"
    PLAIN = "plain"
    HTML = "html"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Text:
    """Words in a markup. A blank one is `NOTHING`."""

    words: str = ""
    form: Form = Form.MOODLE

    def __bool__(self) -> bool:
        return bool(self.words)


NOTHING = Text()


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer, the share of the mark in per cent that it earns (or costs), and what is said to it."""

    text: Text
    share: Decimal
    feedback: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Number:
    """A number and how far off it may be. An `answer` of None stands for every other one."""

    answer: Decimal | None
    tolerance: Decimal
    share: Decimal
    feedback: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Pair:
    """Two that belong together. A pair without a left side is a right side that fits none."""

    left: Text
    right: str


@dataclass(frozen=True, slots=True)
class Item:
    """One question. Only what its kind has is filled; `general` is said whatever the answer.

    `is_single`: a choice of one answer. `on_right`, `on_wrong`: what is said to the answer "true" or "false".
    `label`: what the source calls a kind that is none of these. `left`: names of its parts that are not read.
    """

    line: int
    kind: Kind
    name: str = ""
    stem: Text = NOTHING
    general: Text = NOTHING
    is_single: bool = True
    choices: tuple[Choice, ...] = ()
    numbers: tuple[Number, ...] = ()
    pairs: tuple[Pair, ...] = ()
    steps: tuple[Text, ...] = ()
    is_true: bool | None = None
    on_right: Text = NOTHING
    on_wrong: Text = NOTHING
    unit: str = ""
    label: str = ""
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds, and what of it could not be read, by line and reason."""

    items: tuple[Item, ...]
    losses: tuple[Finding, ...]
