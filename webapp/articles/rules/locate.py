"""Where in a file something is wrong, and how a person is told."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

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
        return f"{place}: {mark}{self.message}. {self.remedy}."


class _Loader(yaml.CSafeLoader):
    """YAML whose plain words mean what they look like: `on` and `no` are words, `1:30` and `010` are no numbers."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (so PyYAML declares it)


for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]{0,17})", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", list("-0123456789")),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", list("0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


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
            if found is None:
                break
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


def read_yaml(text: str, first_line: int = 1) -> Yaml | Finding:
    """Reads a YAML mapping of plain values; every refusal has its line.

    Refused besides what YAML refuses: aliases (they can blow up), a key given twice (PyYAML would keep the last),
    more than 64 kB and deep nesting (our choice; the largest real front matter is a tenth of that).
    """
    if len(text) > MAX_YAML_CHARACTERS or _nesting(text) > MAX_YAML_NESTING or _INDENTED.search(text):
        return Finding(first_line, "yaml-too-large", "the YAML part is too long or nested too deeply",
                       f"Keep it under {MAX_YAML_CHARACTERS:,} characters and {MAX_YAML_NESTING} levels")
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, MappingNode):
            return Finding(first_line, "yaml-shape", "expected `key: value` lines", "See the content guide")
        found = next(_oddities(node, set()), None)
        if found:
            return Finding(first_line + found[0].start_mark.line, "yaml-key", found[1], found[2])
        return _construct(loader, node, first_line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Finding(first_line + (mark.line if mark else 0), "yaml", f"malformed YAML: {error.problem}",
                       "Put quotes around text that holds a colon, a brace or a leading mark, and check the indent")
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, max(text.find(chr(error.character)), 0)) if isinstance(error.character, int) else 0
        return Finding(first_line + line, "yaml", f"a character that YAML does not allow: {error.reason}", "Remove it")
    finally:
        loader.dispose()


def _nesting(text: str) -> int:
    """The most brackets that stand open at any point."""
    depth = most = 0
    for match in _BRACKET.finditer(text):
        depth = depth + 1 if match.group(0) in "[{" else max(0, depth - 1)
        most = max(most, depth)
    return most


def _oddities(node: Node, seen: set[int]) -> Iterator[tuple[Node, str, str]]:
    """Aliases and keys that stand twice, as (node, message, remedy)."""
    if id(node) in seen:
        yield node, "YAML aliases (`&name`, `*name`) are not read", "Write the value out"
        return
    seen.add(id(node))
    if isinstance(node, ScalarNode):
        return
    keys: set[str] = set()
    for item in node.value:
        key, value = item if isinstance(node, MappingNode) else (None, item)
        if key is not None and not isinstance(key, ScalarNode):
            yield key, "a key that is not a plain word", "Use plain words as keys"
        elif key is not None and key.value in keys:
            yield key, f"the key `{key.value}` stands twice", "Keep one of them"
        elif key is not None:
            keys.add(key.value)
        yield from _oddities(value, seen)


# What PyYAML's constructors let through for a value that its explicit tag does not fit, such as `!!int` of nothing.
_BAD_VALUE = (ValueError, TypeError, OverflowError, LookupError, AttributeError)


def _construct(loader: _Loader, node: MappingNode, first_line: int) -> Yaml | Finding:
    try:
        return Yaml(loader.construct_document(node), node, first_line)
    except _BAD_VALUE as error:
        bad = next((leaf for leaf in _leaves(node) if not _is_constructible(leaf)), node)
        return Finding(first_line + bad.start_mark.line, "yaml-value", f"a value that cannot be read: {error}",
                       "Write a date as 2026-11-23, and text in quotes")


def _leaves(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
        return
    for item in node.value:
        for child in item if isinstance(item, tuple) else (item,):
            yield from _leaves(child)


def _is_constructible(leaf: ScalarNode) -> bool:
    try:
        SafeConstructor().construct_object(leaf)
    except _BAD_VALUE:
        return False
    return True
