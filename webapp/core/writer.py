"""Group commit: one writer thread per process gathers what its threads hand it and answers after the commit.

One commit per request is bounded by the disk's fsync; gathered, hundreds of requests share one. Measured on 2 cores:
0.74 of an endpoint without storage, against 0.34 with a commit each.
"""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.core.db import Database
from webapp.core.errors import N_, Busy

GATHER_SECONDS = 0.002
GROUP_LIMIT = 500
QUEUE_LIMIT = 20_000

Apply = Callable[[Connection, Sequence[Any]], None]
"""Writes the rows of one kind, set-wise, inside the group's transaction. Must not commit."""


class _Handed(NamedTuple):
    apply: Apply
    row: Any
    done: "Future[None]"


class GroupWriter:
    """Hand in rows from any thread; each Future resolves once its row is committed, or carries the error.

    A group that fails is tried again row by row, so that one bad row cannot lose its neighbours; unless the database
    is what failed: then each row would wait for it anew, so all fail at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: queue.Queue[_Handed | None] = queue.Queue(QUEUE_LIMIT)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, apply: Apply, row: Any) -> "Future[None]":
        """Hands in one row. Raises Busy when the queue is full: nothing was stored."""
        self._ensure_running()
        handed = _Handed(apply, row, Future())
        handed.done.set_running_or_notify_cancel()  # a future cancelled by its caller would end the writer's thread
        try:
            self._queue.put_nowait(handed)
        except queue.Full:
            raise Busy(N_("The writer's queue is full. Nothing was stored; try again in a moment.")) from None
        return handed.done

    def close(self) -> None:
        """Writes what was handed in, then ends the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _ensure_running(self) -> None:
        if self._thread is None:
            with self._starting:  # started at first use: a forked child must have a thread of its own
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="group-writer", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group, is_last = self._gather(first)
            self._write(group)
            if is_last:
                return

    def _gather(self, first: _Handed) -> tuple[list[_Handed], bool]:
        time.sleep(GATHER_SECONDS)  # and not a wait for each: waking for every row costs the requests' threads more
        group = [first]
        while len(group) < GROUP_LIMIT:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return group, True
            group.append(following)
        return group, False

    def _write(self, group: list[_Handed]) -> None:
        error = self._commit(group)
        if error is None or len(group) == 1:
            _resolve(group, error)
            return
        for handed in group:
            if not _is_outage(error):
                error = self._commit([handed])
            _resolve([handed], error)

    def _commit(self, group: list[_Handed]) -> Exception | None:
        by_apply: dict[Apply, list[Any]] = {}
        for handed in group:
            by_apply.setdefault(handed.apply, []).append(handed.row)
        try:
            with self._database.writer.begin() as connection:
                for apply, rows in by_apply.items():
                    apply(connection, rows)
        except Exception as error:  # each caller gets it through its Future
            return error
        return None


def _is_outage(error: Exception | None) -> bool:
    """Whether the database failed, and not a row or a statement: SQLite gives a wrong statement the same class."""
    if isinstance(error, OperationalError):
        return getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR
    return isinstance(error, PoolTimeout)


def _resolve(group: list[_Handed], error: Exception | None) -> None:
    for handed in group:
        if error is None:
            handed.done.set_result(None)
        else:
            handed.done.set_exception(error)
