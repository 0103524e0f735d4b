"""Keeps a node's index like the database. Whatever is in it can be found out again, so a process that dies while it
writes loses nothing: the next look writes what is still missing."""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from webapp.articles.queries import searching
from webapp.articles.queries.searching import Findable
from webapp.core import pages
from webapp.core.db import Database
from webapp.core.process import AlreadyHeld, hold
from webapp.medicines import queries as medicines
from webapp.search.rules.reading import text_of
from webapp.search.service.index import BROKEN, FOLDER, META, Store

FORMAT = 2
"""Rises when pages are read into the index in another way: then all come in anew."""
SLICE = 100
"""Pages whose bodies are held at once: our choice, some 4 MB."""
NOTHING = "0 pages, 0 taken out"
Progress = Callable[[int, int], None]
"""Told how many pages are in, of how many."""


def _quietly(done: int, total: int) -> None:
    """Tells nobody."""


class Keeper:
    """The index of one data directory; of several processes one writes it at a time."""

    def __init__(self, database: Database, data_dir: Path) -> None:
        self._database = database
        self._data_dir, self._folder = data_dir, data_dir / FOLDER
        self._seen: tuple[int, int] | None = None

    def keep(self, now: datetime) -> str | None:
        """Brings the index up to what is published; what was done, or None if there was nothing to do. Asks no more
        than two numbers while nothing was published. While another process writes it leaves that alone."""
        with self._database.reading() as session:
            seen = pages.version(session), medicines.last_import(session)
        if seen == self._seen and (self._folder / META).exists() and not (self._folder / BROKEN).exists():
            return None
        try:
            with hold(self._data_dir, FOLDER, now, "search"):
                done = self._write(Store(self._folder), _quietly)
        except AlreadyHeld:
            return None
        self._seen = seen
        return done

    def rebuild(self, now: datetime, progress: Progress = _quietly) -> str:
        """Makes the index anew from nothing; until it is whole readers are answered from the one before. Raises
        AlreadyHeld while another process writes it."""
        new, old = (self._folder.with_suffix(ending) for ending in (".new", ".old"))
        with hold(self._data_dir, FOLDER, now, "search rebuild"):
            for left in (new, old):
                shutil.rmtree(left, ignore_errors=True)
            done = self._write(Store(new), progress)
            if self._folder.exists():
                self._folder.rename(old)
            new.rename(self._folder)
            shutil.rmtree(old, ignore_errors=True)
        return done or NOTHING

    def _write(self, store: Store, progress: Progress) -> str | None:
        with self._database.reading() as session:
            wanted = {page.document_id: (page, _stamp(page)) for page in searching.findable(session)}
            gone = store.stamps.keys() - wanted.keys()
            changed = [(page, stamp) for number, (page, stamp) in wanted.items() if store.stamps.get(number) != stamp]
            if not gone and not changed:
                return None
            store.replace(gone, _with_texts(session, changed, progress))
        return f"{len(changed)} pages, {len(gone)} taken out"


def _with_texts(session: Session, changed: Sequence[tuple[Findable, int]],
                progress: Progress) -> Iterator[tuple[Findable, int, str]]:
    for start in range(0, len(changed), SLICE):
        part = changed[start:start + SLICE]
        bodies = searching.texts(session, {page.revision_id for page, _ in part})
        yield from ((page, stamp, text_of(bodies[page.revision_id])) for page, stamp in part)
        progress(start + len(part), len(changed))


def _stamp(page: Findable) -> int:
    """Changes with all that the index says of a page."""
    return int.from_bytes(hashlib.sha256(repr((FORMAT, page)).encode()).digest()[:7])
