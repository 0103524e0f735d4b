"""Moves SQLite's write-ahead log into the database file, in a thread of its own.

Left to SQLite this happens inside whichever commit finds the log long, and holds that commit up: beside a large import
we measured 0.2 s, and a reader's beacon was what waited.
"""

import logging
import sqlite3
import threading
import time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from webapp.core.db import Database

log = logging.getLogger("materia.checkpoints")

EVERY_SECONDS = 1.0
LONG_LOG = 8_000
"""Pages (32 MB). While others write, a log is never wholly moved, so it cannot begin anew: from this length on writers
are held up for the little that is left. Our choice."""
TRIES = 20
TRY_SECONDS = 0.002
"""Between tries to let a long log begin anew. Each needs a moment without a reader of an earlier state. To wait for it,
as SQLite would, holds all writers up meanwhile: 9.8 s, we measured, beside a reader who took longer."""
FAR_TOO_LONG = 8
"""Times a long log. Where one reader follows the other without a gap, such a moment never comes by itself."""
PATIENCE_SECONDS = 0.05
"""For how long writers are held up then, once in a look, so that readers of a page come to their end."""


class Checkpointer:
    """Looks at the log each second until it is stopped. Does nothing on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread."""
        if self._database.is_sqlite:
            self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                checkpoint(self._database)
            except (SQLAlchemyError, sqlite3.Error) as error:  # a full disk, say: it may have room again later
                log.warning("log not moved: %s", type(error).__name__)


def checkpoint(database: Database) -> int:
    """Moves what can be moved without holding anybody up, and a long log wholly if no reader needs it. Returns the
    log's pages."""
    with database.writer.connect() as connection:  # of those whose connections wait for nobody
        driver: Any = connection.connection.dbapi_connection
        _, pages = _move(driver, "PASSIVE")
        if pages > LONG_LOG:
            _move(driver, "PASSIVE")  # what came meanwhile, and all to the disk: less is left to do under the lock
            if not _begins_anew(driver) and pages > FAR_TOO_LONG * LONG_LOG:
                _begin_with_patience(driver)
    return pages


def _begins_anew(driver: Any) -> bool:
    for _ in range(TRIES):
        is_busy, _ = _move(driver, "RESTART")
        if not is_busy:
            return True
        time.sleep(TRY_SECONDS)
    return False


def _begin_with_patience(driver: Any) -> None:
    driver.execute(f"PRAGMA busy_timeout={int(1000 * PATIENCE_SECONDS)}")
    try:
        _move(driver, "RESTART")
    finally:
        driver.execute("PRAGMA busy_timeout=0")


def _move(driver: Any, mode: str) -> tuple[bool, int]:
    """Whether something was in the way, and the log's pages."""
    is_busy, pages, _ = driver.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    return bool(is_busy), int(pages)
