"""Loads CMS's NPPES file into the registry's table: streaming, in slices, going on where an earlier start was cut off.

Each slice is a transaction of its own, and the next is read before the lock is taken again, so that writers get in
between. How far it came is written with the slice.
"""

import csv
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO

from sqlalchemy import Connection

from webapp.core.checkpoints import Checkpointer
from webapp.core.db import Database
from webapp.core.errors import Invalid
from webapp.professionals import queries
from webapp.professionals.models import RegistryImport
from webapp.professionals.rules.registry import COLUMNS, Fault, Row, row_reader

SLICE = 1000
"""Rows that one transaction writes: on two busy cores they held the lock for 11 to 22 ms, and 2,000 for 28."""
PAUSE_SECONDS = 0.012
"""From one slice's commit to the next one's lock at least; reading the next takes most of it."""
SHOWN = 20
"""Bad rows that are told one by one."""
FINGERPRINT_BYTES = 65_536

_INTO = f"INSERT INTO registry_entry ({', '.join(COLUMNS)})"
_SQLITE = f"{_INTO} VALUES ({', '.join('?' * len(COLUMNS))})"
_POSTGRESQL = (f"{_INTO} SELECT * FROM unnest(%s::bigint[], {', '.join(['%s::text[]'] * 6)}, %s::boolean[])")
_OLD, _NEW = (", ".join(f"{table}.{name}" for name in COLUMNS[1:]) for table in ("registry_entry", "excluded"))
_OVERWRITE = (f"ON CONFLICT (npi) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS[1:])} "
              f"WHERE ({_OLD}) <> ({_NEW})")
_MARK = "ON CONFLICT (npi) DO UPDATE SET is_deactivated = excluded.is_deactivated"
"""A number that ended comes without a name: the one that is there stays."""


@dataclass
class Progress:
    """How far an import is; `offset`, `resumed_at` and `size` are bytes of the file."""

    size: int
    offset: int = 0
    resumed_at: int = 0
    individuals: int = 0
    organisations: int = 0
    bad: int = 0
    faults: list[str] = field(default_factory=list)
    """The first bad rows, each with its line."""


@dataclass
class _Lines:
    """The lines of a file, and how far they were handed out. A row may span several."""

    file: IO[bytes]
    offset: int = 0
    number: int = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.file:
            self.offset += len(line)
            self.number += 1
            yield line.decode("utf-8", "replace").replace("\0", "")

    def go_on_at(self, earlier: RegistryImport) -> None:
        """Goes on where an earlier import was cut off."""
        self.file.seek(earlier.offset)
        self.offset, self.number = earlier.offset, earlier.lines


def import_nppes(database: Database, path: Path, now: datetime, show: Callable[[Progress], object]) -> Progress:
    """Writes every individual of the file, marks the numbers that ended, leaves organisations out; bad rows are
    counted and located. A file whose import was cut off is gone on with; importing one again, or a newer one, is
    harmless. Invalid if it is no such file. `show` is called after each slice.
    """
    name, progress = _fingerprint(path), Progress(path.stat().st_size)
    with database.reading() as session:
        earlier = queries.registry_import(session, name)
    checkpointer = Checkpointer(database)
    checkpointer.start()
    try:
        with path.open("rb") as file:
            lines = _Lines(file)
            read = _read_header(lines, path)
            if earlier is not None and not earlier.is_done:
                lines.go_on_at(earlier)
                progress.resumed_at = earlier.offset
            _import(database, name, lines, _rows(lines, read, progress), progress, now, show)
    finally:
        checkpointer.stop()
    return progress


def _import(database: Database, name: str, lines: _Lines, rows: Iterator[Row], progress: Progress, now: datetime,
            show: Callable[[Progress], object]) -> None:
    released_at = -PAUSE_SECONDS
    is_done = False
    while not is_done:
        some = list(islice(rows, SLICE))
        is_done = len(some) < SLICE
        time.sleep(max(0.0, released_at + PAUSE_SECONDS - time.monotonic()))
        # where a power cut takes slices, it takes their marks too; the last waits for the disk, and so for all
        with database.writing() if is_done else database.writing_again() as session:
            write(session.connection(), some)
            session.merge(RegistryImport(file=name, offset=lines.offset, lines=lines.number, changed_at=now,
                                         is_done=is_done))
        released_at = time.monotonic()
        progress.offset = lines.offset
        progress.individuals += len(some)
        show(progress)


def _fingerprint(path: Path) -> str:
    about = path.stat()
    with path.open("rb") as file:
        beginning = hashlib.sha256(file.read(FINGERPRINT_BYTES))
    beginning.update(f"{about.st_size} {about.st_mtime_ns}".encode())
    return beginning.hexdigest()


def _read_header(lines: _Lines, path: Path) -> Callable[[list[str]], Row | None]:
    try:
        return row_reader(next(csv.reader(lines), []))
    except (ValueError, csv.Error) as error:
        raise Invalid(f"{path} cannot be imported. {error}") from None


def _rows(lines: _Lines, read: Callable[[list[str]], Row | None], progress: Progress) -> Iterator[Row]:
    reader = csv.reader(lines)
    is_over = False
    while not is_over:
        try:
            for fields in reader:
                row = read(fields) if fields else None
                if row is not None:
                    yield row
                elif fields:
                    progress.organisations += 1
            is_over = True
        except (Fault, csv.Error) as fault:
            progress.bad += 1
            if progress.bad <= SHOWN:
                progress.faults.append(f"line {lines.number} {fault}")


def write(connection: Connection, rows: list[Row]) -> None:
    """Writes rows in two statements at most. Of rows with one number the last counts."""
    named = {row[0]: row for row in rows if row[1]}
    ended = {row[0]: row for row in rows if not row[1]}
    for chosen, on_conflict in ((named, _OVERWRITE), (ended, _MARK)):
        if chosen and connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"{_SQLITE} {on_conflict}", list(chosen.values()))
        elif chosen:
            columns = tuple(map(list, zip(*chosen.values(), strict=True)))
            connection.exec_driver_sql(f"{_POSTGRESQL} {on_conflict}", columns)
