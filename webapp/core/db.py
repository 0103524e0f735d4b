"""The database: two engines, two kinds of session, and the column types that SQLite needs help with.

Reading sessions are deferred and cannot write. Writing sessions take SQLite's write lock when they begin: its default,
a deferred transaction that becomes a writer later, loses updates without an error (93 of 200 increments survived;
with BEGIN IMMEDIATE all 200). PostgreSQL needs a row lock (`with_for_update`) or a version column instead.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from pydantic_core import from_json, to_json
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Select,
    TypeDecorator,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.orm import class_mapper, make_transient_to_detached
from sqlmodel import Field, Session, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.model_config["defer_build"] = True  # rows are not validated, and eighty validators take a tenth of the start

Row = TypeVar("Row", bound=SQLModel)
CONNECTIONS = 22
"""Each process's to read by, and as many to write by: a web server and a worker together stay below the hundred that
PostgreSQL allows by default, with one or two more for what is done again if need be. Whoever finds none free waits."""
BUSY_SECONDS = 10.0
"""How long a SQLite writer waits for the lock before it gives up: our choice, far above the 20 ms a writer may hold."""
TRY_SECONDS = 0.001
"""How often it tries. SQLite's own wait sleeps up to 100 ms at a time, and beside a busy writer misses every gap."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive values; SQLite drops zones, so they are put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; hand in an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def moment(**options: Any) -> Any:
    """A SQLModel field for a moment in UTC."""
    return Field(sa_type=UtcDateTime, **options)


class Database:
    """The engines of one database address and the sessions opened on them."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writer, self.reader, self.unhurried = (_engine(url) for _ in range(3))
        if self.is_sqlite:
            take_lock = partial(_take_lock, Lock())
            _prepare_sqlite(self.writer, take_lock, query_only=False)
            _prepare_sqlite(self.unhurried, take_lock, query_only=False, synchronous="NORMAL")
            _prepare_sqlite(self.reader, _begin, query_only=True)
        else:
            _prepare_postgresql(self.unhurried)
            self.reader = self.reader.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")

    def make_folder(self) -> None:
        """Makes the folder of an SQLite file where there is none: SQLite makes the file alone. OSError if it cannot."""
        if self.is_sqlite and self.url.database and not self.url.database.startswith("file:"):
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)

    def session(self, *, write: bool) -> Session:
        """A session that begins at its first statement; the caller commits and closes."""
        return Session(self.writer if write else self.reader, expire_on_commit=False, autoflush=write)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view of the data; cannot write."""
        with self.session(write=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back whole on an error. Render and parse before it."""
        with self.session(write=True) as session:
            yield session
            session.commit()

    @contextmanager
    def writing_again(self) -> Iterator[Session]:
        """The same for what is simply done again if a power cut takes it: the commit does not wait for the disk, which
        would take longer than a slice of a long work does, with the lock held. The next commit of anybody that waits
        takes it to the disk too, since both engines write one log: a later one never outlives it."""
        with Session(self.unhurried, expire_on_commit=False) as session:
            yield session
            session.commit()

    def close(self) -> None:
        """Closes all pooled connections."""
        for engine in (self.writer, self.reader, self.unhurried):
            engine.dispose()


class Prepared:
    """A SELECT of columns for the few rows that each request reads, or for very many: made ready once for each kind of
    database, then handed to the driver itself. What SQLAlchemy does around a statement, or around each row, takes up to
    four times what the database does.

    Its parameters are all named and have no default. A driver's error is left to SQLAlchemy, which is asked the same
    again: it raises an error of its own, and gives up a connection that was lost."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._ready: dict[str, _Ready] = {}

    def rows(self, session: Session, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """The rows, of the values that SQLAlchemy would have made of what the driver gives."""
        connection = session.connection()
        dialect = connection.dialect
        ready = self._ready.get(dialect.name) or self._ready.setdefault(dialect.name, _Ready(self._statement, dialect))
        driver: Any = connection.connection.driver_connection
        try:
            found = driver.execute(ready.sql, ready.parameters(values)).fetchall()
        except dialect.loaded_dbapi.Error:
            return [tuple(row) for row in connection.execute(self._statement, values)]
        return [ready.row(row) for row in found] if ready.outs else found


class _Ready:
    """A statement in the words of one kind of database, and how its values go in and out."""

    def __init__(self, statement: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self._order = compiled.positiontup
        self._into = {name: _same if (into := parameter.type.dialect_impl(dialect).bind_processor(dialect)) is None
                      else into for name, parameter in compiled.binds.items()}
        outs = [column.type.dialect_impl(dialect).result_processor(dialect, None)
                for column in statement.selected_columns]
        self.outs = [(place, out) for place, out in enumerate(outs) if out is not None]

    def parameters(self, values: Mapping[str, object]) -> Any:
        given = {name: into(values[name]) for name, into in self._into.items()}
        return given if self._order is None else [given[name] for name in self._order]

    def row(self, given: tuple[Any, ...]) -> tuple[Any, ...]:
        made = list(given)
        for place, out in self.outs:
            made[place] = out(made[place])
        return tuple(made)


def _same(value: object) -> object:
    return value


def as_read(session: Session, table: type[Row], columns: dict[str, Any]) -> Row:
    """The object of a row that was read in this session by its columns, as the session would have made it; the one
    that is there, if there is one. `columns`: every one of the table's, by the names of the attributes.

    For the few rows that each request reads: the session's own reading by classes takes three times as long."""
    mapper = class_mapper(table)
    identity = mapper.identity_key_from_primary_key(tuple(columns[column.name] for column in mapper.primary_key))
    held: Row | None = session.identity_map.get(identity)
    if held is not None:
        return held
    made: Row = mapper.class_manager.new_instance()
    made.__dict__.update(columns)
    make_transient_to_detached(made)
    session.add(made)
    return made


def _engine(url: str) -> Engine:
    return create_engine(url, pool_size=CONNECTIONS, max_overflow=0, json_serializer=_json, json_deserializer=from_json)


def _json(value: object) -> str:
    """As JSON, by pydantic's writer: a sync of many articles writes while it holds the lock."""
    return to_json(value).decode()


def _prepare_sqlite(engine: Engine, begin: Callable[[Connection], None], *, query_only: bool,
                    synchronous: str = "FULL") -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN is deferred; ours is below
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"synchronous={synchronous}",
                       "wal_autocheckpoint=0",  # see `checkpoints`; the last connection to close does what is left
                       f"busy_timeout={int(1000 * BUSY_SECONDS) if query_only else 0}",  # the other waits in _take_lock
                       f"query_only={'ON' if query_only else 'OFF'}"):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "begin", begin)


def _prepare_postgresql(unhurried: Engine) -> None:
    @event.listens_for(unhurried, "connect")
    def on_connect(connection: Any, _: object) -> None:
        connection.execute("SET synchronous_commit = off")
        connection.commit()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _take_lock(turn: Lock, connection: Connection) -> None:
    """Begins with the write lock. Raises OperationalError when it cannot be had within `BUSY_SECONDS`. Of a process's
    threads one tries, and the others wait for their turn: twenty who try take the processor from the one who writes."""
    driver: Any = connection.connection.dbapi_connection
    until = time.monotonic() + BUSY_SECONDS
    if turn.acquire(timeout=BUSY_SECONDS):
        try:
            if _tried(driver, until):
                return
        finally:
            turn.release()
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, so that SQLAlchemy raises the error


def _tried(driver: Any, until: float) -> bool:
    while time.monotonic() < until:
        try:
            driver.execute("BEGIN IMMEDIATE")
            return True
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
        time.sleep(TRY_SECONDS)
    return False
