"""What all tests stand on: databases at migration head, the platform, the application, and no network.

`database` is SQLite; a test marked `postgresql` gets it on both engines, one after the other (`cluster`).
"""

import copy
import gc
import os
import shutil
import socket
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from _pytest.runner import runtestprotocol
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map
from werkzeug.routing.matcher import StateMachineMatcher
from werkzeug.test import Client

from tests import cluster
from tests.builders import BASE_URL, CHEAP_HASHING, SECRET
from tests.cluster import Cluster
from webapp import config, schema
from webapp.app import create_app, create_edge
from webapp.config import Settings
from webapp.core import db
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.core.render import Renderer
from webapp.core.tokens import KeyRing
from webapp.core.writer import GroupWriter
from webapp.edge import Edge
from webapp.people.rules import HASHING

HOMES = {"en": "us", "zh": "cn"}
BROWSER = "tests/browser/"
TOGETHER = (BROWSER, "tests/search/")
"""What one process takes whole: it has the only browser, and has brought in and indexed all that is shipped."""
LONGEST = (BROWSER, "tests/test_demo.py", "tests/reports/test_releasing.py")
WAITING = ("tests/flows/", "tests/test_cli.py", "tests/test_benchmarks.py", "tests/test_lint.py")
COMPILED_STATEMENTS = 5000
LOOKS_FOR_GARBAGE = 10_000, 10, 10
"""When Python looks for garbage of each age: ten times as seldom as by itself. A test's application, of some 50,000
objects, is garbage as a whole once the test is over, and to look for parts of it before then finds none."""


# Sockets


class OutsideSocket(AssertionError):
    """A test reached for another machine."""


def _refuse_outside(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else str(host)
    if not (name in ("", "localhost", "::1", "None") or name.startswith("127.")):
        raise OutsideSocket(f"A test reached for {name}. Tests speak to this machine only.")


@pytest.fixture(scope="session", autouse=True)
def no_outside_sockets() -> Iterator[None]:
    """Refuses connections to, datagrams to and look-ups of anything but this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for verb in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, verb, _guarded(getattr(socket.socket, verb)))
        look_up = socket.getaddrinfo

        def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
            _refuse_outside(host)
            return look_up(host, *arguments, **named)

        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


def _guarded(call: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_outside(arguments[-1][0])
        return call(self, *arguments)
    return guarded


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside() -> Iterator[None]:
    """Forgets the MATERIA_ variables of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MATERIA_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Hashes passwords as cheaply as argon2 can: as the accounts of `builders` have theirs, so none is hashed anew."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CHEAP_HASHING.items():
            patch.setitem(HASHING, name, value)
        yield


class KeptMap(Map):
    """An application's addresses: compiled when one is asked for, unless another application had the very same."""

    _kept: ClassVar[dict[Hashable, tuple[Any, Any]]] = {}

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._added: list[Any] = []
        super().__init__(*arguments, **named)

    def add(self, rulefactory: Any) -> None:
        self._added.append(rulefactory)
        self._remap = True

    def update(self) -> None:
        if not self._remap:
            return
        key = (*((rule.rule, rule.endpoint, frozenset(rule.methods), repr(rule.defaults)) for rule in self._added),
               *((name, converter.regex) for name, converter in self.converters.items()))
        if key not in self._kept:
            self._matcher, self._rules_by_endpoint = StateMachineMatcher(self.merge_slashes), {}
            for rule in self._added:
                rule.map = None
                super().add(rule)
            super().update()
            self._kept[key] = self._matcher, self._rules_by_endpoint
        self._matcher, self._rules_by_endpoint = self._kept[key]
        self._remap = False


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Every test has an application and a database of its own, with the same addresses and statements as all others:
    what werkzeug and SQLAlchemy compile for them is kept, which is a third of the time of most tests."""
    make_engine = db._engine
    caches: dict[str, LRUCache[Any, Any]] = defaultdict(lambda: LRUCache(COMPILED_STATEMENTS))

    def engine(url: str) -> Engine:
        made = make_engine(url)
        made._compiled_cache = caches[made.dialect.name]
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "url_map_class", KeptMap)
        patch.setattr(db, "_engine", engine)
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):  # a statement is kept by its dialect besides
            patch.setattr(dialect, "__eq__", lambda one, other: type(one) is type(other))
            patch.setattr(dialect, "__hash__", lambda one: hash(type(one)))
        yield


# Databases


def pytest_configure() -> None:
    """Keeps what the tests write in memory where there is plenty: a thousand small databases wait long for a disk."""
    if cluster.has_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", cluster.MEMORY)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Nothing that is imported or collected is garbage: none is looked for meanwhile, nor in it later on."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*LOOKS_FOR_GARBAGE)
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A process takes a file at a time, or all that is done together. The longest come first: begun last, they would
    keep one process busy alone. What waits for other programs is spread among the rest: side by side it would leave the
    processor to nobody."""
    pieces: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        path = item.nodeid.split("::")[0]
        pieces[next((folder for folder in TOGETHER if path.startswith(folder)), path)].append(item)
    rest = [name for name in pieces if name not in LONGEST]
    waiting = [name for name in rest if name.startswith(WAITING)]
    spread = sorted([*_spread(waiting, until=0.7), *_spread([name for name in rest if name not in waiting], until=1)])
    items.clear()
    for name in (*(name for name in LONGEST if name in pieces), *(name for _, name in spread)):
        for item in pieces[name]:
            item.add_marker(pytest.mark.xdist_group(name))
        items += pieces[name]


def _spread(names: list[str], *, until: float) -> list[tuple[float, str]]:
    """Each at its place, from 0 to `until`, with as much between one and the next."""
    return [(until * number / len(names), name) for number, name in enumerate(names)]


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Of a test that passes, the process that prints hears once, where it would hear five times: it does nothing with
    the rest, and reading it takes as long as many a test does."""
    if not hasattr(item.config, "workerinput"):
        return None
    for report in runtestprotocol(item, nextitem=nextitem, log=False):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames and metafunc.definition.get_closest_marker("postgresql"):
        metafunc.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """`sqlite`, or under the mark `postgresql` both in turn."""
    name: str = getattr(request, "param", "sqlite")
    return name


@pytest.fixture
def empty_database(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database without tables."""
    if engine == "sqlite":
        database = Database(f"sqlite:///{tmp_path}/empty.db")
        yield database
        database.close()
    else:
        yield from request.getfixturevalue("postgresql").empty()


@pytest.fixture
def database(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database at migration head, empty, for this test alone."""
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "materia.db")
        database = Database(f"sqlite:///{tmp_path}/materia.db")
        yield database
        database.close()
    else:
        yield from request.getfixturevalue("postgresql").migrated(request.getfixturevalue("migrated_template"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at migration head, to be copied."""
    path = tmp_path_factory.mktemp("template") / "materia.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """PostgreSQL from the packaged binaries; skips where they do not run."""
    with cluster.running() as started:
        yield started


@pytest.fixture(scope="session")
def migrated_template(postgresql: Cluster) -> str:
    """Name of a PostgreSQL database at migration head, to be copied."""
    with postgresql.connect() as connection:
        connection.execute("CREATE DATABASE migrated")
    database = Database(postgresql.url("migrated"))
    schema.upgrade(database)
    database.close()
    return "migrated"


# The program


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    """The one Jinja environment, with its compiled templates, for all tests of a process."""
    return Renderer(BASE_URL)


@pytest.fixture(scope="session")
def usual_settings(no_settings_from_outside: None) -> Settings:
    """Settings outside demo mode: checked once, since each test's differ in places alone."""
    return config.load(secret_key=SECRET, base_url=BASE_URL, home_markets=HOMES)


@pytest.fixture
def settings(usual_settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """Settings outside demo mode, for the test's database and a folder of its own."""
    return usual_settings.model_copy(update={
        "data_dir": tmp_path / "var", "database_url": database.url.render_as_string(hide_password=False)})


@pytest.fixture
def writer(database: Database) -> Iterator[GroupWriter]:
    """One on the test's database, apart from the platform's."""
    made = GroupWriter(database)
    yield made
    made.close()


@pytest.fixture
def platform(database: Database, renderer: Renderer) -> Iterator[Platform]:
    """What every part is handed, on the test's database."""
    made = Platform(database=database, renderer=copy.copy(renderer), ring=KeyRing((SECRET,)),
                    writer=GroupWriter(database), base_url=BASE_URL, homes=HOMES)
    yield made
    made.close()


@pytest.fixture
def app(settings: Settings, platform: Platform) -> Flask:
    """The Flask application, without the edge."""
    return create_app(settings, platform)


@pytest.fixture
def edge(settings: Settings, platform: Platform) -> Edge:
    """What a server runs. It polls nothing here: call `look_again()` once something was published."""
    return create_edge(settings, platform)


@pytest.fixture
def client(edge: Edge) -> Client:
    """A browser in front of the edge: keeps cookies, asks for the right host."""
    return Client(edge)
