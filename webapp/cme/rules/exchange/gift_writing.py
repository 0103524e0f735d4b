"""Writes an assessment as GIFT, so that it reads back to the same questions.

GIFT has no place for objectives and citations, for another language, and for the unit of a number, which is put
behind the question. A case is told again before each of its questions, as far as it has unfolded: Moodle shuffles.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from webapp.cme.rules.assessment import (
    AssessmentFile,
    Matching,
    Numeric,
    Option,
    Ordering,
    Question,
    Several,
    Single,
    TrueFalse,
)
from webapp.cme.rules.exchange.item import FULL, NOTHING, Choice, Form, Item, Kind, Number, Pair, Text

_SIGNS = re.compile(r"[\\~=#{}:]")
_MISTAKEN = re.compile(r"\[|%|//")
"""What at a text's beginning would be read as a markup's name, a share of the mark or a comment."""


def export_gift(file: AssessmentFile, language: str) -> str:
    """All questions of an assessment in one of its languages, with their answers. Raises KeyError for another."""
    return "\n\n".join(_written(item) for item in items_of(file, language)) + "\n"


def items_of(file: AssessmentFile, language: str) -> tuple[Item, ...]:
    """The questions as GIFT can say them."""
    return tuple(_item(question, _stem(file, question, language), language) for question in file.questions)


def _stem(file: AssessmentFile, question: Question, language: str) -> str:
    if question.case is None:
        return question.stem[language]
    told = [case.text[language] for case in file.cases if case.key == question.case]
    for other in file.questions:
        if other.case == question.case and other.unfolds:
            told.append(other.unfolds[language])
        if other is question:
            break
    return "\n\n".join([*told, question.stem[language]])


def _item(question: Question, stem: str, language: str) -> Item:
    def item(kind: Kind, stem: str = stem, general: str = "", **parts: object) -> Item:
        return Item(0, kind, question.key, _text(stem), _text(general), **parts)  # type: ignore[arg-type]

    match question:
        case Single():
            return item(Kind.CHOICE, choices=tuple(_choice(option, language, FULL, Decimal(0))
                                                   for option in question.options))
        case Several():
            share = round(FULL / len(question.right), 5).normalize()
            return item(Kind.CHOICE, is_single=False, choices=tuple(_choice(option, language, share, -FULL)
                                                                    for option in question.options))
        case TrueFalse():
            said_to = question.if_true, question.if_false
            right, wrong = said_to if question.is_true else said_to[::-1]
            return item(Kind.TRUE_FALSE, is_true=question.is_true, on_right=_text(right.why[language]),
                        on_wrong=_text(wrong.why[language]))
        case Matching():
            return item(Kind.MATCHING, general=_once(pair.why[language] for pair in question.pairs),
                        pairs=tuple(_pairs(question, language)))
        case Ordering():
            return item(Kind.ORDERING, general=question.feedback.why[language],
                        steps=tuple(_text(step[language]) for step in question.steps))
        case Numeric():
            return item(Kind.NUMBER, stem=f"{stem} ({question.unit[language]})", numbers=(
                Number(question.answer, question.tolerance, FULL, _text(question.feedback.why[language])),))


def _choice(option: Option, language: str, right: Decimal, wrong: Decimal) -> Choice:
    return Choice(_text(option.text[language]), right if option.is_right else wrong, _text(option.why[language]))


def _pairs(question: Matching, language: str) -> Iterator[Pair]:
    for pair in question.pairs:
        # The arrow parts the sides and cannot be escaped.
        yield Pair(_text(pair.left[language].replace("->", "→")), _lines(pair.right[language]))
    for extra in question.extras:
        yield Pair(NOTHING, _lines(extra[language]))


def _once(reasons: Iterator[str]) -> str:
    """GIFT says one thing whatever is matched: each reason, once."""
    return "\n".join(dict.fromkeys(reasons))


def _text(words: str) -> Text:
    return Text(_lines(words), Form.PLAIN) if words else NOTHING


def _lines(words: str) -> str:
    return words.replace("\r\n", "\n").replace("\r", "\n")


def _written(item: Item) -> str:
    general = f"\n\t####{_said(item.general)}" if item.general else ""
    opening = {Kind.NUMBER: "#", Kind.ORDERING: ">ALL VERTICAL"}.get(item.kind, "")
    answers = "".join(_answers(item))
    return f"::{item.name}::[plain]{_escaped(item.stem.words)} {{{opening}{answers}{general}\n}}"


def _answers(item: Item) -> Iterator[str]:
    """The answers, each behind a new line."""
    match item.kind:
        case Kind.TRUE_FALSE:
            yield f"{'TRUE' if item.is_true else 'FALSE'}#{_said(item.on_wrong)}#{_said(item.on_right)}"
        case Kind.MATCHING:
            yield from (f"\n\t={_said(pair.left)} -> {_escaped(pair.right)}" for pair in item.pairs)
        case Kind.ORDERING:
            yield from (f"\n\t{_said(step)}" for step in item.steps)
        case Kind.NUMBER:
            yield from (f"\n\t={_plain(one.answer)}:{_plain(one.tolerance)}#{_said(one.feedback)}"
                        for one in item.numbers)
        case _:
            yield from _choices(item.choices, item.is_single)


def _choices(choices: Sequence[Choice], is_single: bool) -> Iterator[str]:
    for choice in choices:
        mark = f"~%{_plain(choice.share)}%" if not is_single else "=" if choice.share == FULL else "~"
        yield f"\n\t{mark}{_said(choice.text)}#{_said(choice.feedback)}"


def _said(text: Text) -> str:
    return ("[plain]" if _MISTAKEN.match(text.words) else "") + _escaped(text.words)


def _escaped(words: str) -> str:
    return _SIGNS.sub(lambda sign: f"\\{sign[0]}", words).replace("\n", "\\n")


def _plain(number: Decimal | None) -> str:
    return "*" if number is None else f"{number:f}"
