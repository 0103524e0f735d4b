"""ASVS 5.0, level 2, for authentication (V6), sessions (V7) and authorization (V8): every item is shown by a test that
names it, written down where it asks for that, or does not apply, with the reason.

A test names items in its own name (`test_asvs_6_2_1_...`) or in its docstring (`ASVS 6.2.1, 6.2.4`). Items: OWASP,
`5.0/en/0x15-V6-Authentication.md`, `0x16-V7-Session-Management.md`, `0x17-V8-Authorization.md`.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import webapp

ITEMS = [f"{section}.{number}" for section, numbers in {
    "6.1": (1, 2, 3), "6.2": range(1, 13), "6.3": range(1, 5), "6.4": range(1, 5), "6.5": range(1, 6),
    "6.6": (1, 2, 3), "6.8": range(1, 5), "7.1": (1, 2, 3), "7.2": range(1, 5), "7.3": (1, 2), "7.4": range(1, 6),
    "7.5": (1, 2), "7.6": (1, 2), "8.1": (1, 2), "8.2": (1, 2, 3), "8.3": (1,), "8.4": (1,)}.items()
    for number in numbers]
"""Of levels 1 and 2. 6.7 is of level 3 alone."""
WRITTEN = {
    "6.1.1": "people/security/limits.py", "6.1.2": "people/rules.py", "6.1.3": "people/security/__init__.py",
    "7.1.1": "people/rules.py", "7.1.2": "people/rules.py", "7.1.3": "people/security/organisation.py",
    "8.1.1": "people/guards.py", "8.1.2": "people/guards.py",
}
"""Items that ask for something to be documented, and the module that says it and names the item."""
NOT_APPLICABLE = {
    "6.6.1": "No code goes by telephone.",
    "6.6.2": "No code goes out of band: a mail's link confirms an address or sets a password, and is no factor.",
    "6.6.3": "No code goes out of band.",
    "6.8.1": "One provider can be configured, so none can speak for another.",
    "6.8.3": "SAML is not spoken. An answer by OpenID Connect is good once, which is tested.",
}
TESTS = Path(__file__).parent.parent
IN_NAME = re.compile(r"asvs((?:_\d+_\d+_\d+)+)_")
IN_DOCSTRING = re.compile(r"ASVS ((?:\d+\.\d+\.\d+(?:, (?=\d))?)+)")


def named_by(source: str) -> Iterator[str]:
    """Items that the tests of a module name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found = IN_NAME.search(node.name)
            yield from (".".join(item) for item in re.findall(r"_(\d+)_(\d+)_(\d+)", found[1] if found else ""))
            for listed in IN_DOCSTRING.findall(ast.get_docstring(node) or ""):
                yield from listed.split(", ")


@cache
def shown() -> set[str]:
    """Items that any test names."""
    return {item for path in sorted(TESTS.rglob("test_*.py")) for item in named_by(path.read_text("utf-8"))}


def missing(items: Iterable[str], *answers: Iterable[str]) -> list[str]:
    """Items that nothing answers."""
    return sorted(set(items).difference(*answers))


def test_every_item_is_shown_written_down_or_does_not_apply() -> None:
    assert missing(ITEMS, shown(), WRITTEN, NOT_APPLICABLE) == []


def test_an_item_that_a_test_names_is_one_of_the_list() -> None:
    """A number that was mistyped shows nothing."""
    assert sorted(item for item in shown() - set(ITEMS) if item[0] in "678") == []


@pytest.mark.parametrize(("item", "module"), WRITTEN.items())
def test_what_is_to_be_written_down_is_where_it_is_said_to_be(item: str, module: str) -> None:
    assert item in (Path(webapp.__file__).parent / module).read_text("utf-8")


def test_there_are_as_many_items_as_the_chapters_have() -> None:
    assert len(ITEMS) == len(set(ITEMS)) == 60


@pytest.mark.parametrize(("source", "items"), [
    ("def test_asvs_6_2_1_a_thing() -> None: pass", ["6.2.1"]),
    ("def test_asvs_6_2_1_6_2_4_things() -> None: pass", ["6.2.1", "6.2.4"]),
    ('def test_a_thing() -> None:\n    """ASVS 6.2.1, 6.2.4."""', ["6.2.1", "6.2.4"]),
    ('def helper() -> None:\n    """ASVS 6.2.1."""', []), ("def test_asvs_6_2_a_thing() -> None: pass", []),
])
def test_items_are_read_from_names_and_docstrings(source: str, items: list[str]) -> None:
    assert list(named_by(source)) == items


def test_an_item_without_an_answer_is_found() -> None:
    assert missing(["6.2.1", "6.2.2"], {"6.2.1"}, {}) == ["6.2.2"]
