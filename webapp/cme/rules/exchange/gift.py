"""Reads GIFT, Moodle's plain text for questions, as Moodle reads it (question/format/gift), and Moodle's ordering
questions in it.

Blank lines part questions, `//` begins a comment line, `::name::` names, `{}` holds the answers, and a backslash takes
the meaning from `~ = # { } :` or makes a new line of `n`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from webapp.articles.rules.locate import Finding
from webapp.cme.rules.exchange.item import (
    FULL,
    NOTHING,
    Choice,
    Form,
    Imported,
    Item,
    Kind,
    Number,
    Pair,
    Text,
    decimal_of,
)
from webapp.core.errors import N_

BLANK = "_____"
"""Stands in a stem where its answers stood."""
_ESCAPED = re.compile(r"\\([\\~=#{}:n])")
_FORM = re.compile(rf"\[({'|'.join(Form)})\]")
_CATEGORY = re.compile(r"\s*\$CATEGORY:(.*)")
_TAG = re.compile(r"\[(id|tag):[^\]]*\]")
_SHARE = re.compile(r"\s*%(-?\d+(?:\.\d+)?)%")
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a file, and the same with escaped signs blanked out, place by place, to look for marks in."""

    raw: str
    masked: str

    @staticmethod
    def of(raw: str) -> "_Part":
        return _Part(raw, re.sub(r"\\.", "\0\0", raw, flags=re.DOTALL))

    def cut(self, start: int, stop: int | None = None) -> "_Part":
        return _Part(self.raw[start:stop], self.masked[start:stop])

    def halves(self, mark: str) -> tuple["_Part", "_Part | None"]:
        """Before and behind the first mark; None where there is none."""
        place = self.masked.find(mark)
        return (self, None) if place < 0 else (self.cut(0, place), self.cut(place + len(mark)))

    @property
    def is_blank(self) -> bool:
        return not self.raw.strip()

    def words(self) -> str:
        """What it says, escapes resolved."""
        return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], self.raw.strip()).strip()

    def text(self, form: Form) -> Text:
        """The same in a markup: the one it names, or else that one."""
        part = self.cut(len(self.raw) - len(self.raw.lstrip()))
        named = _FORM.match(part.raw)
        if named:
            part, form = part.cut(named.end()), Form(named[1])
        if form is Form.MOODLE:
            part = _Part(re.sub(r"\s+", " ", part.raw), "")
        words = part.words()
        return Text(words, form) if words else NOTHING


class _Odd(Exception):
    """A question that cannot be read: what is wrong with it, and the remedy."""


def read(text: str) -> Imported:
    """Everything in a GIFT file, in its order. What cannot be read is told, and the rest is read."""
    items: list[Item] = []
    losses: list[Finding] = []
    for line, block, left in _blocks(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")):
        category = _CATEGORY.match(block)
        if category:
            items.append(Item(line, Kind.CATEGORY, category[1].strip()))
            line, block = line + 1, block[category.end():]
        if not block.strip():
            continue
        try:
            items.append(replace(_item(line, _Part.of(block)), left=left))
        except _Odd as odd:
            losses.append(Finding(line, "unread-question", *odd.args))
    return Imported(tuple(items), tuple(losses))


def _blocks(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """(line, text without comments, names of what its comments mark) of each run of lines without a blank one."""
    lines: list[str] = []
    left: dict[str, None] = {}
    first = 0
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.lstrip().startswith("//"):
            left |= dict.fromkeys(_TAG.findall(line))
        elif line.strip():
            first = first or number
            lines.append(line)
        else:
            if lines:
                yield first, "\n".join(lines), tuple(left)
            lines, left, first = [], {}, 0


def _item(line: int, block: _Part) -> Item:
    name, rest = _named(block)
    before, behind = rest.halves("{")
    if behind is None:
        if "}" in rest.masked:
            raise _Odd(N_("a brace that is closed and was not opened"), N_("Write `\\}` for a brace in a text"))
        return Item(line, Kind.DESCRIPTION, name, rest.text(Form.MOODLE))
    answers, tail = behind.halves("}")
    if tail is None:
        raise _Odd(N_("answers without their closing brace"),
                   N_("Close it before the next blank line, and write `\\{` for a brace in a text"))
    if "{" in tail.masked or "}" in tail.masked:
        raise _Odd(N_("more than one group of answers"), N_("Make a question of each"))
    whole = before if tail.is_blank else _Part(f"{before.raw.rstrip()} {BLANK} {tail.raw.lstrip()}", "")
    stem = whole.text(Form.MOODLE)
    place = answers.masked.rfind("####")
    general = NOTHING if place < 0 else answers.cut(place + 4).text(stem.form)
    asked = Item(line, Kind.ESSAY, name, stem, general)
    return _answered(asked, answers if place < 0 else answers.cut(0, place))


def _named(block: _Part) -> tuple[str, _Part]:
    block = block.cut(len(block.raw) - len(block.raw.lstrip()))
    if block.masked.startswith("::"):
        name, rest = block.cut(2).halves("::")
        if rest is not None:
            return name.words(), rest
    return "", block


def _answered(asked: Item, answers: _Part) -> Item:
    """The question with its answers, whose marks tell its kind."""
    form, marks = asked.stem.form, answers.masked.strip()
    if not marks:
        return asked
    if marks.startswith(">"):
        _, *lines = answers.raw.strip().split("\n")
        return replace(asked, kind=Kind.ORDERING, steps=tuple(
            _Part.of(line).text(form) for line in lines if line.strip()))
    if marks.startswith("#"):
        return replace(asked, kind=Kind.NUMBER, numbers=tuple(_numbers(answers.halves("#")[1], form)))
    if "~" in marks:
        return replace(asked, kind=Kind.CHOICE, is_single="=" in marks, choices=tuple(_choices(answers, form)))
    pieces = [piece for _, piece in _pieces(answers)] if "=" in marks else []
    if pieces and all("->" in piece.masked for piece in pieces):
        return replace(asked, kind=Kind.MATCHING, pairs=tuple(_pair(piece, form) for piece in pieces))
    truth, comments = answers.halves("#")
    if truth.words().upper() in _TRUTH:
        return _true_false(asked, _TRUTH[truth.words().upper()], comments)
    return replace(asked, kind=Kind.SHORT, choices=tuple(
        _choices(answers, form) if pieces else [_choice("=", answers, form)]))


def _true_false(asked: Item, is_true: bool, comments: _Part | None) -> Item:
    """Moodle's order: what is said to the wrong answer comes first."""
    wrong, right = comments.halves("#") if comments else (None, None)
    form = asked.stem.form
    return replace(asked, kind=Kind.TRUE_FALSE, is_true=is_true, on_wrong=wrong.text(form) if wrong else NOTHING,
                   on_right=right.text(form) if right else NOTHING)


def _pieces(answers: _Part) -> Iterator[tuple[str, _Part]]:
    """(mark, answer) of each answer behind an equals sign or a tilde."""
    places = [found.start() for found in re.finditer("[=~]", answers.masked)]
    if not answers.cut(0, places[0]).is_blank:
        raise _Odd(N_("words before the first answer's mark"), N_("Mark each answer with `=` or `~`"))
    for place, end in zip(places, [*places[1:], None], strict=True):
        yield answers.raw[place], answers.cut(place + 1, end)


def _choices(answers: _Part, form: Form) -> Iterator[Choice]:
    for mark, piece in _pieces(answers):
        yield _choice(mark, piece, form)


def _choice(mark: str, piece: _Part, form: Form) -> Choice:
    share, rest = _share(mark, piece)
    answer, feedback = rest.halves("#")
    return Choice(answer.text(form), share, feedback.text(form) if feedback else NOTHING)


def _share(mark: str, piece: _Part) -> tuple[Decimal, _Part]:
    named = _SHARE.match(piece.raw)
    if named:
        return Decimal(named[1]), piece.cut(named.end())
    return FULL if mark == "=" else Decimal(0), piece


def _pair(piece: _Part, form: Form) -> Pair:
    left, right = piece.halves("->")
    assert right is not None
    return Pair(left.text(form), right.words())


def _numbers(answers: _Part | None, form: Form) -> Iterator[Number]:
    assert answers is not None
    if re.search("[=~]", answers.masked):
        for mark, piece in _pieces(answers):
            share, rest = _share(mark, piece)
            yield _number(share, rest, form)
    else:
        yield _number(FULL, answers, form)


def _number(share: Decimal, piece: _Part, form: Form) -> Number:
    answer, comment = piece.halves("#")
    words, feedback = answer.words(), comment.text(form) if comment else NOTHING
    if words in ("", "*"):
        return Number(None, Decimal(0), share, feedback)
    low, dots, high = words.partition("..")
    if dots:
        bottom, top = _decimal(low), _decimal(high)
        return Number((bottom + top) / 2, abs(top - bottom) / 2, share, feedback)
    value, _, tolerance = words.partition(":")
    return Number(_decimal(value), _decimal(tolerance or "0"), share, feedback)


def _decimal(words: str) -> Decimal:
    number = decimal_of(words)
    if number is None:
        raise _Odd(N_("an answer that is no number"), N_("Write it as 12.5, 12.5:0.5 or 12..13"))
    return number
