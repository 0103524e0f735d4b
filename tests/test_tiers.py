"""Imports point down: between packages, within one, and outside to few. Read from the source, so none can hide."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import webapp

ROOT = Path(webapp.__file__).parent
TIERS = (
    {"demo"}, {"site"}, {"ops", "reports"}, {"campaigns", "interop", "search"}, {"cme", "trials", "coverage", "intake"},
    {"articles"}, {"review"}, {"engagement"}, {"safety"}, {"policy"}, {"medicines", "library"},
    {"professionals"}, {"consents"}, {"people"}, {"sponsors"}, {"channels"}, {"core"},
)
"""From the top down; packages of one tier do not know each other."""
RANKS = (
    {"views", "jobs", "cli"}, {"security"}, {"frames"}, {"guards"}, {"service"}, {"queries"}, {"models"},
    {"dkim", "smtp"}, {"message"}, {"rules"},
)
"""Within a package, from the top down. `security` is people's set-up of Flask-Security, which declares its routes to
the guards; `frames` is what the pages of all rooms have around them; `dkim`, `smtp` and `message` are the mail that
channels sends."""
PRIVATE = {"models", "views", "security"}
TABLES_OPEN_TO_REPORTS = {"engagement", "campaigns", "cme"}
FLASK = ("flask", "flask_babel", "flask_security", "flask_wtf", "werkzeug")
SCHEDULER = "apscheduler"
LATER = "Later"
"""What puts off loading a library, and may put off none of our modules; it stands in the one module named so."""

Import = tuple[str, str, int]
"""(module imported from, name imported or empty, line)"""


def modules(root: Path) -> Iterator[tuple[tuple[str, ...], Path]]:
    """Every module as its parts below the root: `("people", "rules")`, `("web",)`."""
    for path in sorted(root.rglob("*.py")):
        yield path.relative_to(root).with_suffix("").parts, path


def imports_of(tree: ast.AST, package: tuple[str, ...]) -> Iterator[Import]:
    """All imports anywhere in a tree, relative ones made absolute; `import a.b` and `from a import b` alike."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ("webapp", *package)[:len(package) + 2 - node.level] if node.level else ()
            module = ".".join((*above, *([node.module] if node.module else [])))
            yield from ((module, alias.name, node.lineno) for alias in node.names)


def hidden_imports(tree: ast.AST) -> Iterator[int]:
    """Lines of imports that run only when something is called, and of calls that import by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from (inner.lineno for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom))
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in {"__import__", "import_module"} or (called == LATER and not _is_of_others(node)):
                yield node.lineno


def _is_of_others(call: ast.Call) -> bool:
    name = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else "webapp"
    return str(name).split(".")[0] != "webapp"


def violations(root: Path) -> list[str]:
    """Every import that points up, sideways or out, one sentence each."""
    found = []
    for parts, path in modules(root):
        tree = ast.parse(path.read_text())
        where = "/".join(parts)
        package = parts[:-1]
        if parts != ("core", "later"):
            found += [f"{where}:{line} hides an import in a function" for line in hidden_imports(tree)]
        found += [f"{where}:{line} {why}" for module, name, line in imports_of(tree, package)
                  for why in reasons(root, parts, module, name)]
        if package and _tier(package[0]) is None:
            found.append(f"{where}:1 is in {package[0]}, which has no tier")
        elif package and package[0] != "core" and len(parts) > 1 and parts[1] != "__init__" and _rank(parts[1]) is None:
            found.append(f"{where}:1 is called {parts[1]}, which has no rank")
    return found


def reasons(root: Path, importer: tuple[str, ...], module: str, name: str) -> Iterator[str]:
    """Why this module may not import that."""
    head = module.split(".")[0]
    if head in FLASK and not may_use_flask(importer, module, name):
        yield f"imports {head}"
    if head == SCHEDULER and importer != ("schedule",):
        yield "imports APScheduler"
    if head == "webapp" and len(importer) > 1:
        target = target_of(root, module, name)
        is_within = bool(target) and target[0] == importer[0]
        yield from _within(importer, target) if is_within else _between(root, importer, target)


def target_of(root: Path, module: str, name: str) -> tuple[str, ...]:
    """The module that an import reaches, below the root: `from webapp.people import rules` reaches people/rules."""
    parts = tuple(module.split(".")[1:])
    folder = root.joinpath(*parts)
    is_module = (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()
    return (*parts, name) if name and is_module else parts


def may_use_flask(importer: tuple[str, ...], module: str, name: str) -> bool:
    """Root modules, views, frames, guards, and people's set-up; people's models take one base class."""
    if importer == ("people", "models"):
        return (module, name) == ("flask_security", "UserMixin")
    return len(importer) == 1 or importer[:2] == ("people", "security") or importer[1] in {"views", "frames", "guards"}


def _between(root: Path, importer: tuple[str, ...], target: tuple[str, ...]) -> Iterator[str]:
    if not target or _is_root_module(root, target):
        yield f"imports the root module {'/'.join(target) or 'webapp'}"
        return
    mine, theirs = _tier(importer[0]), _tier(target[0])
    if mine is not None and (theirs is None or theirs <= mine):
        yield f"imports {target[0]}, which is not below {importer[0]}"
    part = target[1] if len(target) > 1 else ""
    is_report = importer == ("reports", "queries") and target[0] in TABLES_OPEN_TO_REPORTS and part == "models"
    if target[0] != "core" and part in PRIVATE and not is_report:
        yield f"imports {target[0]}/{part}, which is private"


def _is_root_module(root: Path, target: tuple[str, ...]) -> bool:
    return len(target) == 1 and _tier(target[0]) is None and not (root / target[0]).is_dir()


def _within(importer: tuple[str, ...], target: tuple[str, ...]) -> Iterator[str]:
    if importer[0] == "core" or len(target) < 2 or importer[1] == "__init__":
        return
    mine, theirs = _rank(importer[1]), _rank(target[1])
    if mine is not None and theirs is not None and (theirs < mine or (theirs == mine and importer[1] != target[1])):
        yield f"imports {target[1]}, which is not below {importer[1]}"


def _tier(package: str) -> int | None:
    return next((number for number, tier in enumerate(TIERS) if package in tier), None)


def _rank(module: str) -> int | None:
    return next((number for number, rank in enumerate(RANKS) if module in rank), None)


def plant(root: Path, path: str, source: str) -> list[str]:
    """What is found once this module stands in a small tree of packages."""
    for package in ("core", "people", "engagement", "articles", "campaigns", "reports", "review"):
        for module in ("__init__", "rules", "models", "queries", "service", "views"):
            file = root / package / f"{module}.py"
            file.parent.mkdir(exist_ok=True)
            file.touch()
    (root / "web.py").touch()
    planted = root / path
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(source)
    return violations(root)


def test_every_import_of_the_program_points_down() -> None:
    assert violations(ROOT) == []


def test_the_whole_program_was_read() -> None:
    assert {("people", "guards"), ("articles", "service", "publish"), ("web",)} <= {parts for parts, _ in modules(ROOT)}


def test_a_small_tree_without_a_fault_is_left_alone(tmp_path: Path) -> None:
    source = "from webapp.core import rules\nfrom webapp.people import queries\n"
    assert plant(tmp_path, "people/service.py", source) == []


@pytest.mark.parametrize(("path", "source", "why"), [
    ("people/service.py", "from webapp.articles import queries", "articles, which is not below people"),
    ("people/service.py", "import webapp.articles.queries", "articles, which is not below people"),
    ("people/service.py", "from webapp import articles", "articles, which is not below people"),
    ("people/service.py", "from ..articles import queries", "articles, which is not below people"),
    ("engagement/service.py", "from webapp.articles.queries import live", "articles, which is not below engagement"),
    ("core/db.py", "from webapp.people.rules import Role", "people, which is not below core"),
    ("reports/service.py", "from webapp.site import service", "site, which is not below reports"),
])
def test_an_import_up_or_sideways_is_found(tmp_path: Path, path: str, source: str, why: str) -> None:
    assert plant(tmp_path, path, source) == [f"{path.removesuffix('.py')}:1 imports {why}"]


@pytest.mark.parametrize(("path", "source", "why"), [
    ("people/rules.py", "from webapp.people import models", "models, which is not below rules"),
    ("people/models.py", "from webapp.people.queries import account", "queries, which is not below models"),
    ("people/queries.py", "from webapp.people import service", "service, which is not below queries"),
    ("people/service.py", "from webapp.people import guards", "guards, which is not below service"),
    ("people/service.py", "from .views import page", "views, which is not below service"),
    ("people/views.py", "from webapp.people import jobs", "jobs, which is not below views"),
])
def test_an_import_up_within_a_package_is_found(tmp_path: Path, path: str, source: str, why: str) -> None:
    (tmp_path / "people").mkdir()
    for module in ("guards", "jobs"):
        (tmp_path / "people" / f"{module}.py").touch()
    assert plant(tmp_path, path, source) == [f"{path.removesuffix('.py')}:1 imports {why}"]


@pytest.mark.parametrize("name", ["models", "views"])
def test_reaching_for_a_private_module_of_another_package_is_found(tmp_path: Path, name: str) -> None:
    found = plant(tmp_path, "review/service.py", f"from webapp.people import {name}")
    assert found == [f"review/service:1 imports people/{name}, which is private"]


@pytest.mark.parametrize("package", sorted(TABLES_OPEN_TO_REPORTS))
def test_the_queries_of_reports_may_read_some_tables(tmp_path: Path, package: str) -> None:
    assert plant(tmp_path, "reports/queries.py", f"from webapp.{package}.models import Row") == []


@pytest.mark.parametrize(("path", "source"), [
    ("reports/queries.py", "from webapp.people.models import Account"),
    ("reports/service.py", "from webapp.campaigns.models import Campaign"),
    ("reports/queries.py", "from webapp.campaigns.views import click"),
])
def test_reports_may_reach_for_nothing_else_private(tmp_path: Path, path: str, source: str) -> None:
    assert len(plant(tmp_path, path, source)) == 1


@pytest.mark.parametrize(("path", "source"), [
    ("people/service.py", "import flask"), ("people/rules.py", "from flask import g"),
    ("core/render.py", "from flask_babel import gettext"), ("campaigns/cli.py", "from werkzeug import Response"),
    ("articles/service.py", "from flask_security import current_user"),
    ("people/models.py", "from flask_security import current_user"),
    ("review/queries.py", "from flask_security import UserMixin"),
])
def test_flask_outside_the_views_is_found(tmp_path: Path, path: str, source: str) -> None:
    head = source.split()[1].split(".")[0]
    assert plant(tmp_path, path, source) == [f"{path.removesuffix('.py')}:1 imports {head}"]


@pytest.mark.parametrize(("path", "source"), [
    ("web.py", "from flask import Flask"), ("people/views.py", "from flask import g"),
    ("people/guards.py", "from flask_security import current_user"), ("people/security.py", "from flask import Flask"),
    ("people/models.py", "from flask_security import UserMixin"),
])
def test_flask_where_it_belongs_is_left_alone(tmp_path: Path, path: str, source: str) -> None:
    assert plant(tmp_path, path, source) == []


@pytest.mark.parametrize("path", ["engagement/jobs.py", "web.py", "core/jobs.py"])
def test_a_scheduler_outside_the_schedule_is_found(tmp_path: Path, path: str) -> None:
    source = "from apscheduler.schedulers.background import BackgroundScheduler"
    assert plant(tmp_path, path, source) == [f"{path.removesuffix('.py')}:1 imports APScheduler"]


def test_the_schedule_may_use_the_scheduler(tmp_path: Path) -> None:
    assert plant(tmp_path, "schedule.py", "import apscheduler.schedulers") == []


@pytest.mark.parametrize("source", ["from webapp import web", "from webapp.web import render_page", "import webapp.web",
                                    "from ..web import render_page"])
def test_a_package_that_imports_a_root_module_is_found(tmp_path: Path, source: str) -> None:
    assert plant(tmp_path, "people/views.py", source) == ["people/views:1 imports the root module web"]


def test_a_package_without_a_tier_is_found(tmp_path: Path) -> None:
    assert plant(tmp_path, "helpers/rules.py", "") == ["helpers/rules:1 is in helpers, which has no tier"]


def test_a_package_without_a_tier_may_not_be_leant_on(tmp_path: Path) -> None:
    (tmp_path / "helpers").mkdir()
    assert "people/service:1 imports helpers, which is not below people" in plant(
        tmp_path, "people/service.py", "from webapp.helpers import rules")


def test_a_module_without_a_rank_is_found(tmp_path: Path) -> None:
    assert plant(tmp_path, "people/utils.py", "") == ["people/utils:1 is called utils, which has no rank"]


@pytest.mark.parametrize("source", [
    "def f():\n    import json", "async def f():\n    from json import loads",
    "class A:\n  def f(self):\n    import json",
    "import importlib\nimportlib.import_module('webapp.web')", "\n__import__('webapp.web')",
    "\nLater('webapp.web')", "\nname = 'webapp.web'\nLater(name)",
])
def test_an_import_hidden_in_a_function_is_found(tmp_path: Path, source: str) -> None:
    found = plant(tmp_path, "people/service.py", source)
    assert found and all("hides an import in a function" in entry for entry in found)


def test_a_library_may_be_loaded_later(tmp_path: Path) -> None:
    assert plant(tmp_path, "people/service.py", "from webapp.core.later import Later\nnumpy = Later('numpy')") == []
