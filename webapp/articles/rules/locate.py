"""Where in a file something is wrong, and how a person is told."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from webapp.articles.rules import parsers
from webapp.core.errors import N_, said

MAX_YAML_CHARACTERS = 65_536
MAX_YAML_NESTING = 20
_INDENTED = re.compile(r"^[ ]{60}|^[ \t]*(?:[-?:][ \t]+){20}", re.MULTILINE)
_BRACKET = re.compile(r"[\[\]{}]")


class Severity(StrEnum):
    """An error stops an import of its file, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a text whose file the finder does not know. Lines count from 1, which stands for the whole."""

    line: int
    code: str
    message: str
    remedy: str
    severity: Severity = Severity.ERROR

    def at(self, path: str) -> "Problem":
        """The finding, in its file."""
        return Problem(path, self.line, self.code, self.message, self.remedy, self.severity)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file of content, or with `line` None in a folder. `message` and `remedy` have no final stop;
    `str()` adds it."""

    path: str
    line: int | None
    code: str
    message: str
    remedy: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        mark = "warning: " if self.severity is Severity.WARNING else ""
        return f"{place}: {mark}{self.message}. {self.remedy}. [{self.code}]"


class _Loader(yaml.CSafeLoader):
    """YAML whose plain words mean what they look like: `on` and `no` are words, `1:30` and `010` are no numbers."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (so PyYAML declares it)


_TAG = "tag:yaml.org,2002:"
for _name, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]{0,17})", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", list("-0123456789")),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", list("0123456789")),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), _first)

_SCALARS: Mapping[str, Callable[[str], object]] = {
    f"{_TAG}str": str, f"{_TAG}int": int, f"{_TAG}float": float, f"{_TAG}timestamp": date.fromisoformat,
    f"{_TAG}bool": {"true": True, "false": False}.__getitem__, f"{_TAG}null": lambda _: None}
"""Tag -> what reads a value of it; every other is refused. PyYAML's own constructors would take three times as long."""


class _Odd(Exception):
    """A node that is not taken, with the finding's code, message and remedy."""

    def __init__(self, node: Node, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.line: int = node.start_mark.line
        self.told = (code, message, remedy)


@dataclass(frozen=True)
class Yaml:
    """A YAML mapping as read: its values, and its nodes for finding lines. `first_line` is that of the text's first."""

    values: Mapping[str, object]
    node: MappingNode
    first_line: int

    def line(self, place: tuple[object, ...]) -> int:
        """The line of a value by its place, such as `("references", 2, "year")`; of its parent where it is missing."""
        node: Node = self.node
        line = node.start_mark.line
        for step in place:
            found = _step(node, step)
            if found is None:  # missing, or no step of the file's: which of several models it was read as
                continue
            line, node = found
        return line + self.first_line


def _step(node: Node, step: object) -> tuple[int, Node] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == str(step):
                return key.start_mark.line, value
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line, node.value[step]
    return None


def read_yaml(text: str, first_line: int = 1, most: int = MAX_YAML_CHARACTERS) -> Yaml | Finding:
    """Reads a YAML mapping of plain values; every refusal has its line.

    Refused besides what YAML refuses: aliases (they can blow up), a key given twice (PyYAML would keep the last),
    more than `most` characters and deep nesting (our choice; the largest real front matter is a tenth of 64 kB).
    """
    if len(text) > most or _nesting(text) > MAX_YAML_NESTING or _INDENTED.search(text):
        return Finding(first_line, "yaml-too-large", N_("the YAML part is too long or nested too deeply"),
                       said("Keep it under %(max_yaml_characters)s characters and %(max_yaml_nesting)s levels",
                            max_yaml_characters=f"{most:,}", max_yaml_nesting=MAX_YAML_NESTING))
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, MappingNode) or node.tag != f"{_TAG}map":
            return Finding(first_line, "yaml-shape", N_("expected `key: value` lines"), N_("See the content guide"))
        return Yaml(_mapping(node, set()), node, first_line)
    except _Odd as odd:
        return Finding(first_line + odd.line, *odd.told)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Finding(first_line + (mark.line if mark else 0), "yaml",
                       said("malformed YAML: %(problem)s", problem=parsers.of_yaml(error.problem)),
                       N_("Put quotes around text that holds a colon, a brace or a leading mark, and check the "
                          "indent"))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, max(text.find(chr(error.character)), 0)) if isinstance(error.character, int) else 0
        return Finding(first_line + line, "yaml",
                       said("a character that YAML does not allow: %(character)s", character=_called(error.character)),
                       N_("Remove it"))
    finally:
        loader.dispose()


def _called(character: object) -> str:
    """How a character that cannot be shown is called: U+0007."""
    return f"U+{character:04X}" if isinstance(character, int) else str(character)


def _nesting(text: str) -> int:
    """The most brackets that stand open at any point."""
    depth = most = 0
    for match in _BRACKET.finditer(text):
        depth = depth + 1 if match.group(0) in "[{" else max(0, depth - 1)
        most = max(most, depth)
    return most


def _value(node: Node, seen: set[int]) -> object:
    """What a node stands for. Raises _Odd at the first that is not taken."""
    if id(node) in seen:
        raise _Odd(node, "yaml-key", N_("YAML aliases (`&name`, `*name`) are not read"), N_("Write the value out"))
    seen.add(id(node))
    if isinstance(node, ScalarNode):
        return _scalar(node)
    if isinstance(node, MappingNode) and node.tag == f"{_TAG}map":
        return _mapping(node, seen)
    if isinstance(node, SequenceNode) and node.tag == f"{_TAG}seq":
        return [_value(item, seen) for item in node.value]
    raise _unread(node)


def _mapping(node: MappingNode, seen: set[int]) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode) or key.tag != f"{_TAG}str":
            raise _Odd(key, "yaml-key", N_("a key that is not a plain word"), N_("Use plain words as keys"))
        if key.value in values:
            raise _Odd(key, "yaml-key", said("the key `%(value)s` stands twice", value=key.value),
                       N_("Keep one of them"))
        values[key.value] = _value(value, seen)
    return values


def _scalar(node: ScalarNode) -> object:
    read = _SCALARS.get(node.tag)
    if read is None:
        raise _unread(node)
    try:
        return read(node.value)
    except (ValueError, KeyError):
        raise _Odd(node, "yaml-value", said("a day that no calendar has: %(value)s", value=node.value[:40]),
                   N_("Write a date as 2026-11-23, and text in quotes")) from None


def _unread(node: Node) -> _Odd:
    return _Odd(node, "yaml", said("malformed YAML: a tag `%(tag)s` that is not read", tag=node.tag[:60]),
                N_("Write the plain value"))
