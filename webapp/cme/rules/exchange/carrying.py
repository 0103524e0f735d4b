"""Makes questions of ours from another house's, and tells what could not be carried over.

What an import lacks of ours (objectives, citations, mostly reasons) is written empty, so that the check of the written
file names each place where a writer has to add it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import yaml

from webapp.articles.rules.locate import Finding, Severity, read_yaml
from webapp.cme.rules.exchange.item import FULL, Choice, Form, Imported, Item, Kind, Text
from webapp.core.errors import N_, said
from webapp.core.later import Later

if TYPE_CHECKING:
    import bs4
else:
    bs4 = Later("bs4")

MAX_KEY = 60
"""Our choice: long enough to tell questions apart."""
_MARKUP = re.compile(r"</[a-z]\w*\s*>|<br\b", re.IGNORECASE)
_BLOCKS = ("p", "div", "li", "tr", "pre", "blockquote", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6")
_UNSHOWN = ("img", "table", "video", "audio", "iframe", "object", "svg", "math")
_KINDS: Mapping[Kind, tuple[str, str]] = {
    Kind.SHORT: (N_("a question that is answered in words is not carried over"), N_("Make it a choice, or a number")),
    Kind.ESSAY: (N_("a question that is answered by an essay is not carried over"), N_("Make it a choice")),
    Kind.DESCRIPTION: (N_("a text without a question is not carried over"),
                       N_("If it tells a case, add it to `cases`")),
    Kind.CATEGORY: (N_("a category is not carried over"), N_("Questions are sorted by objective here"))}
"""What of kinds that we do not have is told, and what can be done."""

Words = dict[str, str]
Question = dict[str, object]


@dataclass(frozen=True, slots=True)
class Carried:
    """The questions as `assessment.yaml` says them, and what could not be carried over, by line of the source."""

    questions: tuple[Question, ...]
    losses: tuple[Finding, ...]


def carry(imported: Imported, language: str) -> Carried:
    """Everything that can be carried over into our kinds, its texts in that language."""
    carrier = _Carrier(language, list(imported.losses))
    questions = tuple(question for item in imported.items if (question := carrier.question(item)))
    return Carried(questions, tuple(sorted(carrier.losses, key=lambda loss: loss.line)))


def assessment_text(carried: Carried) -> str:
    """The questions as the text of `assessment.yaml`."""
    return str(yaml.dump({"questions": list(carried.questions)}, Dumper=_Dumper, allow_unicode=True, sort_keys=False,
                         width=110))


def to_add(carried: Carried, text: str, most: int) -> tuple[Finding, ...]:
    """What a writer must still add to each question, by its line in that text, which has at most so many characters."""
    read = read_yaml(text, 1, most)
    if isinstance(read, Finding):
        return (read,)
    return tuple(
        Finding(read.line(("questions", place)), "incomplete",
                said("`%(key)s` still needs: %(names)s", key=question["key"], names=", ".join(dict.fromkeys(names))),
                N_("Add it; `materia cme check` names each place"), Severity.WARNING)
        for place, question in enumerate(carried.questions) if (names := tuple(_empty(question))))


def _empty(part: object, name: str = "") -> Iterator[str]:
    """The name of everything in a question that is there and empty."""
    if part in ("", {}, []):
        yield name
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _empty(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from _empty(value, name)


class _Carrier:
    """Goes from item to item and remembers keys given and things lost."""

    def __init__(self, language: str, losses: list[Finding]) -> None:
        self.language, self.losses = language, losses
        self.keys: set[str] = set()
        self.line = 1

    def question(self, item: Item) -> Question | None:
        """The item as a question of ours; None where it cannot be one, which is told."""
        self.line = item.line
        if item.kind is Kind.OTHER:
            what = said("a question of the kind `%(kind)s` is not carried over", kind=item.label[:40])
            self._lost("other-kind", what, N_("Write it as one of our kinds"))
            return None
        if item.kind in _KINDS:
            self._lost("other-kind", *_KINDS[item.kind])
            return None
        parts = self._parts(item)
        if parts is None:
            return None
        kind, own = parts
        if item.left:
            self._lost("left-out", said("not read of it: %(names)s", names=", ".join(f"`{one}`" for one in item.left)),
                       N_("Add by hand what matters"))
        return {"key": self._key(item.name), "kind": kind, "objective": "", "stem": self._said(item.stem), **own}

    def _parts(self, item: Item) -> tuple[str, Question] | None:
        """Our kind, and what a question of it has beside its stem."""
        match item.kind:
            case Kind.CHOICE:
                return self._choice(item)
            case Kind.TRUE_FALSE:
                said_to = {item.is_true: item.on_right, not item.is_true: item.on_wrong}
                self._spare(item, *said_to.values())
                return "true-false", {"is_true": item.is_true, "if_true": self._why(said_to[True], item),
                                      "if_false": self._why(said_to[False], item)}
            case Kind.MATCHING:
                pairs = [{"left": self._said(pair.left), "right": self._words(pair.right), **self._why(item.general)}
                         for pair in item.pairs if pair.left]
                extras = [self._words(pair.right) for pair in item.pairs if not pair.left]
                return "matching", {"pairs": pairs, **({"extras": extras} if extras else {})}
            case Kind.ORDERING:
                return "ordering", {"steps": [self._said(step) for step in item.steps],
                                    "feedback": self._why(item.general)}
            case _:
                return self._number(item)

    def _choice(self, item: Item) -> tuple[str, Question] | None:
        right = [choice for choice in item.choices if (choice.share == FULL if item.is_single else choice.share > 0)]
        if not right or len(right) == len(item.choices):
            self._lost("no-key", N_("a choice without a right and a wrong answer is not carried over"),
                       N_("Write it anew"))
            return None
        if item.is_single and len(right) > 1:
            self._lost("any-of", N_("any one of several right answers was enough; here all of them must be chosen"),
                       N_("Leave one right answer, or ask for all"))
        if item.is_single and any(0 < choice.share < FULL for choice in item.choices):
            self._lost("part-marks", N_("an answer that earns a part of the mark counts as wrong"),
                       N_("Make sure that one answer is the best"))
        self._spare(item, *(choice.feedback for choice in item.choices))
        options = [self._option(chr(ord("a") + place) if place < 26 else f"o{place + 1}", choice, item,
                                is_right=choice in right) for place, choice in enumerate(item.choices)]
        return "single" if item.is_single and len(right) == 1 else "several", {"options": options}

    def _option(self, key: str, choice: Choice, item: Item, *, is_right: bool) -> Question:
        marked: Question = {"is_right": True} if is_right else {}
        return {"key": key, "text": self._said(choice.text), **marked, **self._why(choice.feedback, item)}

    def _number(self, item: Item) -> tuple[str, Question] | None:
        whole = [number for number in item.numbers if number.share == FULL and number.answer is not None]
        if not whole:
            self._lost("no-key", N_("a number without a right answer is not carried over"), N_("Write it anew"))
            return None
        if len(item.numbers) > 1:
            self._lost("other-numbers", N_("further numbers, and what is said to them, are not carried over"),
                       N_("One number and its tolerance are asked for here"))
        kept = whole[0]
        self._spare(item, kept.feedback)
        return "numeric", {"answer": kept.answer, "tolerance": kept.tolerance, "unit": self._words(item.unit),
                           "feedback": self._why(kept.feedback, item)}

    def _spare(self, item: Item, *feedbacks: Text) -> None:
        """Tells that what is said whatever the answer has no place, where each answer has its own."""
        if item.general and all(feedbacks):
            self._lost("general-feedback", N_("what is said whatever the answer is not carried over"),
                       N_("Add it to an answer's `why`"))

    def _why(self, feedback: Text, item: Item | None = None) -> Question:
        shown = feedback or (item.general if item else feedback)
        return {"why": self._said(shown) if shown else {}, "cites": []}

    def _said(self, text: Text) -> Words:
        is_html = text.form is Form.HTML or (text.form is Form.MOODLE and _MARKUP.search(text.words))
        if not is_html:
            return self._words(text.words)
        soup = bs4.BeautifulSoup(text.words, "html.parser")
        unshown = sorted({tag.name for tag in soup(_UNSHOWN)})
        if unshown:
            names = ", ".join(f"<{name}>" for name in unshown)
            self._lost("left-out", said("not shown of a text: %(names)s", names=names), N_("Say it in words"))
        return self._words(_plain(soup))

    def _words(self, words: str) -> Words:
        return {self.language: words} if words else {}

    def _key(self, name: str) -> str:
        """A key made of the name, each but once."""
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        stem = "-".join(re.findall("[a-z0-9]+", plain))[:MAX_KEY].strip("-") or f"question-{len(self.keys) + 1}"
        key = next(key for key in _numbered(stem) if key not in self.keys)
        self.keys.add(key)
        return key

    def _lost(self, code: str, message: str, remedy: str) -> None:
        self.losses.append(Finding(self.line, code, message, remedy, Severity.WARNING))


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1


def _plain(soup: "bs4.BeautifulSoup") -> str:
    """The words of HTML, a line for each of its blocks."""
    for tag in soup("br"):
        tag.replace_with("\ue000")
    for tag in soup(_BLOCKS):
        tag.insert_before("\ue000")
        tag.insert_after("\ue000")
    lines = (" ".join(line.split()) for line in soup.get_text().split("\ue000"))
    return "\n".join(line for line in lines if line)


class _Dumper(yaml.SafeDumper):
    """Writes a value out each time it comes, since aliases are not read; texts of several lines as such."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _number(dumper: _Dumper, number: Decimal) -> yaml.Node:
    plain = f"{number.normalize():f}"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in plain else 'int'}", plain)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _number)
