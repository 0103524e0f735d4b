"""A spool: rows that are safe before the answer, in a file of their own, until they stand where they belong.

SQLite has one write lock, and whoever waits for an answer waits for whatever holds it: a slice of a release, the end of
a sync, a sum. Measured on 2 cores, the 99th percentile of 600 beacons a second beside all that was 67 ms in the
database itself and is 22 ms with a spool; alone it was 10 and is 8.
"""

import logging
import threading
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table, delete, func, insert, select
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.core.checkpoints import Checkpointer
from webapp.core.db import Database
from webapp.core.errors import N_, Busy, Invalid
from webapp.core.writer import Apply, GroupWriter, Receipt

log = logging.getLogger("materia.spool")

Row = TypeVar("Row")
TOGETHER = 200
"""Rows moved in one transaction, or a group of them more: what holds the database's lock for some 10 ms."""
REST_SECONDS = 0.1
"""After a row came, so that more are moved at once."""
RETRY_SECONDS = 5.0
LIMIT = 500_000
"""Groups that may wait: some 500 MB, or half an hour without a database at 600 beacons a second. Our choice."""

NO_FAULT_OF_A_ROW, FAULT_OF_A_ROW = (DBAPIError, PoolTimeout), (IntegrityError, DataError)
"""Errors of the database, and those among them that a row brings about. Of the others some pass by themselves, and some
once somebody has mended the database: a table, say, that is not there while its schema is changed."""

_SPOOLED = Table("spooled", MetaData(), Column("id", Integer, primary_key=True),
                 Column("rows", LargeBinary, nullable=False), sqlite_autoincrement=True)  # no number is given twice
_OLDEST = select(_SPOOLED).order_by(_SPOOLED.c.id)


class Spool(Generic[Row]):
    """Hand in rows of one kind from any thread; each receipt is settled once its row is on the disk.

    A thread moves them by `apply` into the database, in the order in which they came. A move that is cut off is done
    again, also by the next process that opens the file: `apply` must bear a row twice. While the database cannot be
    had, rows wait; one that it refuses for the row's own fault is given up, and the log says so.
    """

    def __init__(self, file: Path, kind: type[Row], into: GroupWriter, apply: Apply) -> None:
        """`kind`: what rows are, which JSON can carry. Raises Invalid if the file is none of SQLite's."""
        self._one: TypeAdapter[Row] = TypeAdapter(kind)
        self._several: TypeAdapter[list[Row]] = TypeAdapter(list[kind])  # type: ignore[valid-type]
        self._into, self._apply = into, apply
        self._database = Database(f"sqlite:///{file}")
        self._came, self._stopping = threading.Event(), threading.Event()
        self._writer = GroupWriter(self._database, on_commit=self._came.set)
        self._checkpointer = Checkpointer(self._database)
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._is_full = False
        try:
            _SPOOLED.create(self._database.writer, checkfirst=True)
        except DatabaseError as error:
            self._database.close()
            raise Invalid(f"{file} cannot be used: {error.orig}. It holds what came in the last moment before the "
                          "server ended; if it cannot be mended, move it away.") from None

    def start(self) -> None:
        """Starts to move rows, first those that an earlier process left."""
        self._checkpointer.start()
        self._came.set()
        self._thread.start()

    def submit(self, row: Row) -> Receipt:
        """Hands in one row. Raises Busy while as many wait as may: nothing was stored."""
        if self._is_full:
            raise Busy(N_("Too much waits to be written. Nothing was stored; try again in a moment."))
        return self._writer.submit(_keep, self._one.dump_json(row))

    def close(self) -> None:
        """Keeps what was handed in, moves what can be moved, and closes the file."""
        self._writer.close()
        self._stopping.set()
        self._came.set()
        if self._thread.is_alive():
            self._thread.join()
        self._checkpointer.stop()
        self._database.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._came.wait()
            self._came.clear()
            self._stopping.wait(REST_SECONDS)
            try:
                while self._move():
                    pass
            except Exception as error:  # a full disk, say, or a lock that is held for long: it may be well later
                log.warning("what came waits in the spool: %s", type(error).__name__)
                self._came.set()
                self._stopping.wait(RETRY_SECONDS)

    def _move(self) -> bool:
        """Moves the rows that have waited longest; whether more wait."""
        numbers: list[int] = []
        rows: list[Row] = []
        with self._database.reader.begin() as connection:
            newest = connection.scalar(select(func.max(_SPOOLED.c.id))) or 0
            for number, group in connection.execute(_OLDEST.limit(TOGETHER)):
                numbers.append(number)
                rows += self._read(group)
                if len(rows) >= TOGETHER:
                    break
        if not numbers:
            return False
        self._is_full = newest - numbers[0] >= LIMIT
        if rows:
            self._put(rows)
        with self._database.unhurried.begin() as connection:
            connection.execute(delete(_SPOOLED).where(_SPOOLED.c.id <= numbers[-1]))
        self._is_full = newest - numbers[-1] >= LIMIT  # none that come meanwhile would say so: a full one takes none
        return newest > numbers[-1]

    def _put(self, rows: Sequence[Row]) -> None:
        """All of them into the database; row by row if not together. Raises what kept it from taking any."""
        error = self._into.submit(self._write, rows).exception()
        if isinstance(error, NO_FAULT_OF_A_ROW) and not isinstance(error, FAULT_OF_A_ROW):
            raise error
        if error is not None and len(rows) > 1:
            for row in rows:
                self._put([row])
        elif error is not None:
            log.error("a row of the spool is given up: %s", type(error).__name__)

    def _write(self, connection: Connection, groups: Sequence[Sequence[Row]]) -> None:
        self._apply(connection, list(chain.from_iterable(groups)))

    def _read(self, group: bytes) -> list[Row]:
        try:
            return self._several.validate_json(group)
        except ValidationError as error:  # of another version of the program
            log.error("rows of the spool are given up: %d fields are not as they should be", error.error_count())
            return []


def _keep(connection: Connection, rows: Sequence[bytes]) -> None:
    connection.execute(insert(_SPOOLED), {"rows": b"[%b]" % b",".join(rows)})
