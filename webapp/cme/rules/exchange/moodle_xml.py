"""Reads Moodle XML, the format that Moodle's question bank exports (question/format/xml).

Expat reads it, and a document type is refused: it could name entities and other files, and Moodle writes none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from xml.parsers import expat

from webapp.articles.rules import parsers
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
from webapp.core.errors import N_, said

MAX_DEPTH = 50
"""Our choice; Moodle nests nine deep."""
_FORMS = {"html": Form.HTML, "markdown": Form.MARKDOWN, "plain_text": Form.PLAIN, "moodle_auto_format": Form.MOODLE}
_KINDS = {"category": Kind.CATEGORY, "multichoice": Kind.CHOICE, "truefalse": Kind.TRUE_FALSE, "numerical": Kind.NUMBER,
          "shortanswer": Kind.SHORT, "matching": Kind.MATCHING, "ordering": Kind.ORDERING, "essay": Kind.ESSAY,
          "description": Kind.DESCRIPTION}
_LEFT = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback", "hint", "tags", "file", "idnumber")
"""What a question may hold that is not read, and is told where it says something."""


@dataclass(slots=True)
class _Node:
    """An element. `text` is what stands in it itself."""

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    parts: list["_Node"] = field(default_factory=list)

    def all(self, name: str) -> list["_Node"]:
        return [part for part in self.parts if part.name == name]

    def first(self, name: str) -> "_Node":
        """The first of that name; an empty one where there is none."""
        return next(iter(self.all(name)), _Node(name, {}, self.line))

    def says(self) -> bool:
        return bool(self.text.strip()) or any(part.says() for part in self.parts)

    def words(self) -> str:
        """Of an element with a `<text>` in it, what that says; else what itself says."""
        return (self.first("text") if self.all("text") else self).text.strip()

    def as_text(self, form: Form) -> Text:
        """The same in its own markup, or else in that one."""
        words = self.words()
        return Text(words, _FORMS.get(self.attributes.get("format", ""), form)) if words else NOTHING


class Unreadable(Exception):
    """The file cannot be read at all: `finding` says where, why, and what to do."""

    def __init__(self, line: int, message: str, remedy: str) -> None:
        super().__init__(message)
        self.finding = Finding(line, "unread-file", message, remedy)


class _Odd(Exception):
    """A question that cannot be read: what is wrong with it, and the remedy."""


def read(content: bytes) -> Imported:
    """Every question of a Moodle XML file, in its order. Raises Unreadable for a file that is none."""
    root = _tree(content)
    if root.name != "quiz":
        raise Unreadable(root.line, said("it begins with <%(name)s>, not with <quiz>", name=root.name[:40]),
                         N_("Export the questions again as Moodle XML"))
    items: list[Item] = []
    losses: list[Finding] = []
    for question in root.all("question"):
        try:
            items.append(_item(question))
        except _Odd as odd:
            losses.append(Finding(question.line, "unread-question", *odd.args))
    return Imported(tuple(items), tuple(losses))


def _tree(content: bytes) -> _Node:
    parser, open_ = expat.ParserCreate(), [_Node("", {}, 1)]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_) > MAX_DEPTH:
            raise Unreadable(parser.CurrentLineNumber, N_("its elements are nested too deeply"),
                             N_("Export the questions again as Moodle XML"))
        node = _Node(name, attributes, parser.CurrentLineNumber)
        open_[-1].parts.append(node)
        open_.append(node)

    def data(text: str) -> None:
        open_[-1].text += text

    def doctype(*_: object) -> None:
        raise Unreadable(parser.CurrentLineNumber, N_("it declares a document type or entities"),
                         N_("Remove the declaration"))

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, lambda _: open_.pop()
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = data, doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Unreadable(error.lineno, said("it is not well-formed XML: %(error)s",
                                            error=parsers.of_xml(error.code, expat.ErrorString(error.code))),
                         N_("Export the questions again as Moodle XML")) from None
    except (ValueError, LookupError):
        raise Unreadable(1, N_("it is in an encoding that cannot be read"), N_("Save the file as UTF-8")) from None
    return open_[0].parts[0]


def _item(question: _Node) -> Item:
    label = question.attributes.get("type", "")
    kind = _KINDS.get(label, Kind.OTHER)
    if kind is Kind.CATEGORY:
        return Item(question.line, kind, question.first("category").words())
    stem = question.first("questiontext")
    asked = Item(question.line, kind, question.first("name").words(), stem.as_text(Form.MOODLE),
                 question.first("generalfeedback").as_text(Form.MOODLE), label=label, left=tuple(_left(question)))
    match kind:
        case Kind.CHOICE:
            is_single = question.first("single").words().lower() in ("true", "1")
            return replace(asked, is_single=is_single, choices=tuple(_choices(question)))
        case Kind.SHORT:
            return replace(asked, choices=tuple(_choices(question)))
        case Kind.TRUE_FALSE:
            return _true_false(asked, question)
        case Kind.NUMBER:
            return replace(asked, numbers=tuple(map(_number, question.all("answer"))), unit=_unit(question))
        case Kind.MATCHING:
            return replace(asked, pairs=tuple(Pair(part.as_text(Form.MOODLE), part.first("answer").words())
                                              for part in question.all("subquestion")))
        case Kind.ORDERING:
            # The fraction of a step is its place.
            steps = sorted(question.all("answer"), key=_share)
            return replace(asked, steps=tuple(step.as_text(Form.MOODLE) for step in steps))
        case _:
            return asked


def _left(question: _Node) -> Iterator[str]:
    within = [part for name in ("questiontext", "generalfeedback", "answer") for part in question.all(name)]
    for name in _LEFT:
        if any(part.says() for node in (question, *within) for part in node.all(name)):
            yield name


def _choices(question: _Node) -> Iterator[Choice]:
    for answer in question.all("answer"):
        yield Choice(answer.as_text(Form.MOODLE), _share(answer), answer.first("feedback").as_text(Form.MOODLE))


def _true_false(asked: Item, question: _Node) -> Item:
    answers = {answer.words().lower(): answer for answer in question.all("answer")}
    if set(answers) != {"true", "false"} or len({_share(answer) == FULL for answer in answers.values()}) != 2:
        raise _Odd(N_("a question of true or false without one right answer"),
                   N_("Give it the answers `true` and `false`, one of them the fraction 100"))
    is_true = _share(answers["true"]) == FULL
    right, wrong = (answers["true"], answers["false"]) if is_true else (answers["false"], answers["true"])
    return replace(asked, is_true=is_true, on_right=right.first("feedback").as_text(Form.MOODLE),
                   on_wrong=wrong.first("feedback").as_text(Form.MOODLE))


def _number(answer: _Node) -> Number:
    words, feedback = answer.words(), answer.first("feedback").as_text(Form.MOODLE)
    if words == "*":
        return Number(None, Decimal(0), _share(answer), feedback)
    return Number(_decimal(words), _decimal(answer.first("tolerance").words() or "0"), _share(answer), feedback)


def _unit(question: _Node) -> str:
    """The unit that the answer itself is in; others are multiples of it."""
    units = question.first("units").all("unit")
    return next((unit.first("unit_name").words() for unit in units
                 if _decimal(unit.first("multiplier").words() or "1") == 1), "")


def _share(answer: _Node) -> Decimal:
    return _decimal(answer.attributes.get("fraction", "0"))


def _decimal(words: str) -> Decimal:
    number = decimal_of(words)
    if number is None:
        raise _Odd(said("`%(words)s` is no number", words=words[:40]), N_("Write it as 12.5"))
    return number
