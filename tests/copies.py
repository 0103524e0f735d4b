"""Worlds that many tests begin with: made once in a process, then copied."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import Session

from webapp.core.db import Database

Made = TypeVar("Made")
_starts: dict[bytes, bytes] = {}
"""Files that a world is begun from: one without a row, and those that `once` made. Each is kept in memory once."""
_worlds: dict[tuple[bytes, tuple[object, ...]], tuple[bytes, Any]] = {}


def once(database: Database, name: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """Fills a database as `make` does: with it the first time in a process, with a copy of what it made from then on.
    What `make` returned, which nobody may change. All that decides what it makes stands in `name`, so whoever patches
    the program does so afterwards.

    Only a SQLite database that is empty, or as another call has left it, can be filled by a copy; any other is always
    filled by `make`.
    """
    if not database.is_sqlite:
        return make()
    path = Path(str(database.url.database))
    if not _is_at_rest(database, path):
        return make()
    before = path.read_bytes()
    if before not in _starts and not _has_no_row(path):
        return make()
    before = _starts.setdefault(before, before)
    if (before, name) in _worlds:
        after, made = _worlds[before, name]
        path.write_bytes(after)
        return made
    made = make()
    if _is_at_rest(database, path):
        after = path.read_bytes()
        after = _starts.setdefault(after, after)
        _worlds[before, name] = after, made
    return made


def _is_at_rest(database: Database, path: Path) -> bool:
    """Whether all of it is in its file and nobody else has it open, once its own connections are closed."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        database.close()
    return not log.exists()


def filled(database: Database, name: tuple[object, ...], make: Callable[[Session], Made]) -> Made:
    """`once`, for what is made in one transaction."""
    def make_all() -> Made:
        with database.writing() as session:
            return make(session)
    return once(database, name, make_all)


def _has_no_row(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as file:
        tables = file.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version'")
        rows = " UNION ALL ".join(f"SELECT 1 FROM {table}" for table, in tables)
        return not file.execute(f"SELECT EXISTS ({rows})").fetchone()[0]
