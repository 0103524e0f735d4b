"""Which questions an attempt asks, in which order, and whether an answer is right. Pure; chance is handed in.

What a page shows and sends back are places within the order that the attempt keeps, never the keys of the file: a
writer who puts the right option first gives nothing away.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from webapp.cme.rules.assessment import (
    AssessmentFile,
    Matching,
    Numeric,
    Ordering,
    Question,
    Several,
    Single,
    TrueFalse,
)
from webapp.core.errors import N_, Invalid

MOST_DIGITS = 20


@dataclass(frozen=True)
class Item:
    """A question of an attempt. `order`: the place in the file of each part, as they are shown."""

    question: str
    order: tuple[int, ...]

    def kept(self) -> dict[str, Any]:
        """As the database keeps it."""
        return {"question": self.question, "order": list(self.order)}


def items_of(kept: Sequence[Mapping[str, Any]]) -> tuple[Item, ...]:
    """Items as they were kept."""
    return tuple(Item(item["question"], tuple(item["order"])) for item in kept)


def parts(question: Question) -> int:
    """How many parts of a question have an order: options, right sides, steps; none of true or false and numbers."""
    match question:
        case Single() | Several():
            return len(question.options)
        case Matching():
            return len(question.pairs) + len(question.extras)
        case Ordering():
            return len(question.steps)
        case _:
            return 0


def draw(file: AssessmentFile, wanted: Collection[str], size: int, *, avoid: Collection[str] = (),
         is_shuffled: bool, chance: random.Random) -> tuple[Item, ...]:
    """An attempt's items: all `wanted`, then others of the pool up to `size`, those not in `avoid` first.

    Of a case, the questions before a drawn one come with it, in the order it unfolds in; they may make the attempt
    shorter by what they displace, never longer, unless the wanted ones alone are.
    """
    chosen: dict[str, None] = {}
    for key in wanted:
        chosen |= dict.fromkeys(_with_story(file, key))
    rest = [question.key for question in file.questions if question.key not in chosen]
    chance.shuffle(rest)
    for key in sorted(rest, key=lambda name: name in avoid):
        more = [name for name in _with_story(file, key) if name not in chosen]
        if len(chosen) + len(more) <= size:
            chosen |= dict.fromkeys(more)
    return tuple(_item(question, is_shuffled, chance) for question in _in_order(file, chosen, is_shuffled, chance))


def _with_story(file: AssessmentFile, key: str) -> list[str]:
    """A question's key behind those that come before it in its case."""
    case = question_of(file, key).case
    if case is None:
        return [key]
    story = [question.key for question in file.questions if question.case == case]
    return story[:story.index(key) + 1]


def _in_order(file: AssessmentFile, chosen: Collection[str], is_shuffled: bool, chance: random.Random,
              ) -> list[Question]:
    """The chosen questions; what is shuffled are whole cases and questions without one."""
    groups: dict[str, list[Question]] = {}
    for question in file.questions:
        if question.key in chosen:
            groups.setdefault(question.case or f"\0{question.key}", []).append(question)
    ordered = list(groups.values())
    if is_shuffled:
        chance.shuffle(ordered)
    return [question for group in ordered for question in group]


def _item(question: Question, is_shuffled: bool, chance: random.Random) -> Item:
    order = list(range(parts(question)))
    # The file's order is the answer of these two kinds: they are shuffled, whatever the activity asks.
    if is_shuffled or isinstance(question, Matching | Ordering):
        chance.shuffle(order)
    return Item(question.key, tuple(order))


def question_of(file: AssessmentFile, key: str) -> Question:
    """A question by its key. LookupError if there is none."""
    found = next((question for question in file.questions if question.key == key), None)
    if found is None:
        raise LookupError(key)
    return found


def read_answer(question: Question, item: Item, typed: Sequence[str]) -> list[Any]:
    """What a form sent, as it is kept: places shown, one of true and false, or a number. Empty if nothing was answered.

    Raises `Invalid` for what no form of ours sends, and for a number that is none.
    """
    given = [value.strip() for value in typed]
    if not any(given):
        return []
    match question:
        case Numeric():
            return [str(_number(given))]
        case TrueFalse():
            return [_one(given, ("true", "false"))]
        case Single():
            return [_place(_one(given), len(item.order))]
        case Several():
            return sorted({_place(value, len(item.order)) for value in given})
        case Matching():
            return _filled(given, len(question.pairs), len(item.order))
        case Ordering():
            return _filled(given, len(question.steps), len(item.order))


def _filled(given: Sequence[str], parts: int, places: int) -> list[Any]:
    if len(given) != parts:
        raise Invalid(N_("The answer does not belong to this question. Load the page again."))
    return [_place(value, places) if value else None for value in given]


def _one(given: Sequence[str], known: Collection[str] | None = None) -> str:
    if len(given) != 1 or (known is not None and given[0] not in known):
        raise Invalid(N_("The answer does not belong to this question. Load the page again."))
    return given[0]


def _place(value: str, places: int) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) <= 3 and int(value) < places):
        raise Invalid(N_("The answer does not belong to this question. Load the page again."))
    return int(value)


def _number(given: Sequence[str]) -> Decimal:
    typed = _one(given).replace(",", ".").replace("\N{MINUS SIGN}", "-")
    try:
        # With an exponent a number of few signs is too large to be compared with another.
        number = Decimal(typed) if len(typed) <= MOST_DIGITS and "e" not in typed.lower() else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Invalid(N_("Write a number, such as 4.5."))
    return number


def is_complete(question: Question, given: Sequence[Any]) -> bool:
    """Whether nothing of the question is left open."""
    return bool(given) and None not in given


def is_right(question: Question, item: Item, given: Sequence[Any]) -> bool:
    """Whether an answer is right, wholly: one point a question, none for a part (our choice: what is told to learners
    is then one number, and item statistics hold)."""
    if not is_complete(question, given):
        return False
    match question:
        case Numeric():
            return abs(Decimal(given[0]) - question.answer) <= question.tolerance
        case TrueFalse():
            return (given[0] == "true") is question.is_true
        case Single() | Several():
            chosen = {question.options[item.order[place]].key for place in given}
            return chosen == set(question.right)
        case Matching():
            return [item.order[place] for place in given] == list(range(len(question.pairs)))
        case Ordering():
            return tuple(given) == item.order  # for each step shown, the place it belongs to


def placed(item: Item, given: Sequence[int | None]) -> list[list[int]]:
    """The steps of an ordering as an answer puts them, place by place: several where they were given the same one, none
    of those that were given no place."""
    at = dict[int, list[int]]()
    for step, place in sorted(zip(item.order, given, strict=False)):
        if place is not None:
            at.setdefault(place, []).append(step)
    return [at[place] for place in sorted(at)]


def passes(right: int, asked: int, mark: int) -> bool:
    """Whether so many right of so many reach the mark, in per cent."""
    return asked > 0 and right * 100 >= mark * asked
