"""The interface speaks Chinese throughout: every string that a template or module marks is in the catalogue.

A new string is added to `messages.po` by hand, beside its like; the failing test prints it.
"""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import webapp
from webapp.core.errors import MateriaError
from webapp.core.languages import CHINESE

PACKAGE = Path(webapp.__file__).parent
CATALOGUE = PACKAGE / "translations" / CHINESE.babel / "LC_MESSAGES" / "messages.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2), "words": None, "said": None}
"""Besides gettext's own: `words`, the name of a catalogue's `gettext` where no template is; and `said`, which puts
values into a message that is translated where it is shown."""
METHODS = [("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2"), ("**.py", "python")]
_VALUE = re.compile(r"%(?:\(\w+\))?[sd]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_TYPED_SPACE = re.compile(r"[\u4e00-\u9fff] [A-Za-z0-9%]|[A-Za-z0-9%] [\u4e00-\u9fff]")
"""Between Chinese and Latin, where the style sheet sets one (`text-autospace`)."""

Marked = str | tuple[str, ...]


def marked_in(folder: Path) -> dict[Marked, str]:
    """Strings marked for translation below a folder, each with a place where it stands."""
    found = extract_from_dir(folder, METHODS, keywords=KEYWORDS)
    return {message: f"{name}:{line}" for name, line, message, _, _ in found}


def shortcomings(marked: Iterable[Marked], catalogue: Catalog) -> dict[Marked, str]:
    """What a Chinese reader would meet in English, or garbled: the string and why."""
    faults = {message: fault(catalogue.get(message if isinstance(message, str) else message[0])) for message in marked}
    return {message: why for message, why in faults.items() if why}


def fault(entry: Message | None) -> str:
    """Why a catalogue's entry cannot be shown; empty if it can."""
    if entry is None:
        return "is not in the catalogue"
    texts = [entry.string] if isinstance(entry.string, str) else list(entry.string or [""])
    source = entry.id if isinstance(entry.id, str) else entry.id[-1]
    if entry.fuzzy:
        return "is fuzzy"
    if not all(texts):
        return "is not translated"
    if any(sorted(_VALUE.findall(text)) != sorted(_VALUE.findall(source)) for text in texts):
        return "takes other values than its source"
    if any(_TYPED_SPACE.search(text) for text in texts):
        return "has a space between Chinese and Latin"
    return "" if all(_HAN.search(text) for text in texts) else "is not Chinese"


@pytest.fixture(scope="module")
def marked() -> dict[Marked, str]:
    return marked_in(PACKAGE)


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale=CHINESE.babel)


def test_every_marked_string_is_translated(marked: dict[Marked, str], chinese: Catalog) -> None:
    faults = shortcomings(marked, chinese)
    assert not faults, "\n".join(f"{marked[message]}: {message!r} {why}" for message, why in faults.items())


def test_strings_are_found_in_templates_mails_and_modules(marked: dict[Marked, str]) -> None:
    kinds = {place.partition(":")[0].rpartition(".")[2] for place in marked.values()}
    assert {"html", "py"} <= kinds
    assert "Advertisement" in marked


def unmarked_errors(source: str) -> list[int]:
    """Lines that hand a literal to an error of ours without marking it: `web.py` would show it in English.

    A sentence that holds a value (an f-string) cannot be looked up, so it is none of these.
    """
    errors = {error.__name__ for error in (MateriaError, *MateriaError.__subclasses__())}
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    return [call.lineno for call in calls if isinstance(call.args[0], ast.Constant)
            and (call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")) in errors]


def test_every_error_that_a_page_may_show_is_marked() -> None:
    found = [f"{path.relative_to(PACKAGE)}:{line}" for path in sorted(PACKAGE.rglob("*.py"))
             for line in unmarked_errors(path.read_text("utf-8"))]
    assert found == []


def unmarked_findings(source: str) -> list[int]:
    """Lines that hand a finding of the lint words which no catalogue can look up: the desk would show them in
    English."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)
             and getattr(node.func, "id", "") in ("Finding", "Problem", "Refusal", "_Odd")]
    plain = [word for call in calls for word in call.args[-3:] if isinstance(word, ast.Constant | ast.JoinedStr)]
    return [word.lineno for word in plain if isinstance(word, ast.JoinedStr) or " " in str(word.value)]


def test_every_finding_that_the_desk_may_show_is_marked() -> None:
    found = [f"{path.relative_to(PACKAGE)}:{line}" for folder in ("articles", "core/markdown")
             for path in sorted((PACKAGE / folder).rglob("*.py"))
             for line in unmarked_findings(path.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(("source", "lines"), [
    ('Finding(1, "code", N_("no text"), N_("Write it"))', []), ('Finding(1, "code", "no text", N_("Write"))', [1]),
    ('Finding(1, "code", said("no %(x)s", x=x), f"Write {x}", Severity.WARNING)', [1])])
def test_an_unmarked_finding_is_told_apart(source: str, lines: list[int]) -> None:
    assert unmarked_findings(source) == lines


@pytest.mark.parametrize(("source", "lines"), [
    ('raise NotFound("Gone.")', [1]), ('raise errors.Busy("Wait. "\n"Try again.") from None', [1]),
    ('raise NotFound(N_("Gone."))', []), ("raise Refused(why)", []), ('raise ValueError("Gone.")', []),
])
def test_an_unmarked_error_is_told_apart(source: str, lines: list[int]) -> None:
    assert unmarked_errors(source) == lines


def test_the_catalogue_keeps_nothing_that_is_no_longer_shown(marked: dict[Marked, str], chinese: Catalog) -> None:
    known = {message if isinstance(message, str) else message[0] for message in marked}
    kept = {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in chinese if entry.id}
    assert kept <= known, f"remove from the catalogue: {sorted(kept - known)}"


@pytest.mark.parametrize(("string", "flags", "expected"), [
    ("", (), "is not translated"),
    ("登录", ("fuzzy",), "is fuzzy"),
    ("Sign in", (), "is not Chinese"),
    ("登录 %(name)s", (), "takes other values than its source"),
    ("登录 Materia", (), "has a space between Chinese and Latin"),
])
def test_a_faulty_entry_is_told_apart(string: str, flags: tuple[str, ...], expected: str) -> None:
    catalogue = Catalog(locale=CHINESE.babel)
    catalogue.add("Sign in", string, flags=flags)
    assert shortcomings(["Sign in"], catalogue) == {"Sign in": expected}


def test_a_missing_entry_is_told_apart() -> None:
    assert shortcomings(["Sign in"], Catalog(locale=CHINESE.babel)) == {"Sign in": "is not in the catalogue"}
