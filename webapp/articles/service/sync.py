"""Brings Markdown into the database: all of it or, on any error, nothing.

Reading, checking and rendering run first, on all cores and a topic at a time, so that memory holds of each only what
the whole needs; then the revisions are stored a few at a time, seen by nobody, so that whoever else writes never waits
long; one short transaction at the end points to them all.
"""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col

from webapp.articles import queries
from webapp.articles.models import Document, MarketFacts, SourceFile
from webapp.articles.rules.digest import rendering_digest
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.rules.locate import Problem
from webapp.articles.service import rerendering, storing
from webapp.articles.service.cores import on_all_cores
from webapp.articles.service.folder import page_name
from webapp.articles.service.library import Content, Reader
from webapp.articles.service.made import Rack
from webapp.articles.service.making import Maker, made_by
from webapp.articles.service.seen import Seen
from webapp.articles.service.stacks import READER_VERSION, LookUp
from webapp.articles.service.trees import Tree, Written, compare
from webapp.core import pages
from webapp.core.db import Database
from webapp.medicines import service as medicines

AT_ONCE = 50
"""Revisions that one transaction stores: our choice, so that the lock is held for some 20 ms."""
PAUSE_SECONDS = 0.002
"""Between two of them: time for a writer that tries each millisecond."""


class SyncRefused(Exception):
    """Nothing was imported; `problems` says what to mend, all of it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} errors; nothing was imported")
        self.problems = list(problems)


@dataclass(frozen=True)
class Prepared:
    """A library with its bodies rendered, ready to be stored.

    `contents` reads files again and raises Conflict if they are not as they were. `is_whole`: what is not in it was
    deleted. `behind` and `caught_up`: see `trees.Compared`.
    """

    content: Content
    rack: Rack
    contents: Callable[[Sequence[str]], dict[str, bytes]]
    known: Mapping[str, str]
    style: bytes
    is_whole: bool = True
    behind: Mapping[str, Written] = field(default_factory=dict)
    caught_up: frozenset[str] = frozenset()

    @cached_property
    def read(self) -> list[str]:
        """The files whose bytes may be new."""
        return [path for path in self.content.good_files if path not in self.content.unchanged]

    @cached_property
    def gone(self) -> Set[str]:
        """Those of text that were known and stand there no longer."""
        return self.known.keys() - self.content.fingerprints.keys()

    def digest(self, path: str) -> str:
        """That of a file's bytes."""
        return self.content.files[path].hex()

    def texts(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Digest -> bytes of these files."""
        found = self.contents(paths)
        return {self.digest(path): found[path] for path in paths}


@dataclass(frozen=True)
class Synced:
    """What a sync did: how many revisions are new, how many files were as before, and in which the folder is behind
    the desk. `problems` were refused under keep-going."""

    revisions: int
    unchanged_files: int
    problems: list[Problem]
    behind: list[str]


def prepare(content: Path, known: Mapping[str, str], *, style: bytes, on: date, keep_going: bool = False,
            look_up: LookUp | None = None, written: Mapping[str, Written] | None = None,
            data_dir: Path | None = None) -> Prepared:
    """Reads and renders what changed below `content`. Raises SyncRefused on any error, unless `keep_going`.

    `style` is the bodies' style sheet: it is part of the rendering digest. `on` is the day whose policy says which
    texts are mandatory. `look_up` finds what claims lean on (`leaning.look_up_in`):
    without it, a page whose claim leans on one that came in gets another digest. `written` is what came in from the
    desk (`queries.written`): a folder that has not got it yet takes nothing back. In `data_dir` it keeps notes of what
    it read, for the next time.
    """
    compared = compare(content, written or {})
    seen = Seen(data_dir, READER_VERSION) if data_dir else None
    prepared = read_and_render(compared.tree, known, style=style, on=on, keep_going=keep_going, look_up=look_up,
                               seen=seen)
    return replace(prepared, behind=compared.behind, caught_up=compared.caught_up)


def read_and_render(tree: Tree, known: Mapping[str, str], *, style: bytes, on: date, keep_going: bool = False,
                    is_whole: bool = True, look_up: LookUp | None = None, seen: Seen | None = None) -> Prepared:
    """The same of any tree; of a part of the library, if it is not whole. Fingerprints that are `known` and that it
    lacks are of deleted files in either case."""
    rack, problems, remedies = Rack(), list[Problem](), dict[str, str]()
    with _uncollected():
        reader = Reader(tree, known, ruled_by=made_by(style, on), look_up=look_up, seen=seen)
        if seen is not None:
            seen.write()
        maker = Maker(reader, style=style, on=on, keep_going=keep_going)
        for made in on_all_cores(maker.make, reader.addresses()):
            problems += [replace(problem, remedy=remedies.setdefault(problem.remedy, problem.remedy))
                         for problem in made.problems]  # thousands have the same, each with its own copy
            rack.add(made)
        content = reader.content(problems)
        if content.errors and not keep_going:
            raise SyncRefused(content.errors)
    return Prepared(content, rack, reader.stacks.contents, known, style, is_whole)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cyclic garbage: a library makes none, and looking for it takes a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def bring_in(database: Database, prepared: Prepared, now: datetime) -> Synced:
    """Stores what `prepare` made, in transactions of its own; readers and writers see all of it at once or nothing.

    Cut off before the last one, it leaves revisions that no document points to. The next import meets them again. So
    only the last waits for the disk.
    """
    with _uncollected():
        made = _stage(database, prepared, now) if len(prepared.rack.revised) > AT_ONCE else 0
        with database.writing() as session:
            done = store(session, prepared, now)
    return replace(done, revisions=made + done.revisions)


def _stage(database: Database, prepared: Prepared, now: datetime) -> int:
    rack = prepared.rack
    with database.writing_again() as session:
        pages.lock(session)
        topics = storing.add_topics(session, rack)
        documents = storing.store_documents(session, rack.revised, topics)
        _store_pictures(session, prepared)
        stored = queries.file_digests(session)
    new = [path for path in prepared.read if stored.get(path) != prepared.digest(path)]
    made, placed = 0, storing.placed(rack.revised, documents, topics)
    paths = storing.slices(new, -(-len(new) * AT_ONCE // len(placed)) or 1)
    for part in storing.slices(placed, AT_ONCE):
        rows, texts = storing.rows(rack, part, now), prepared.texts(next(paths, ()))
        with database.writing_again() as session:
            pages.lock(session)
            made += storing.add_revisions(session, rows, now)
            storing.add_texts(session, texts)
        gc.collect(1)  # the young alone, which this slice made: to look through the rest takes a tenth of the time
        time.sleep(PAUSE_SECONDS)
    return made


def store(session: Session, prepared: Prepared, now: datetime) -> Synced:
    """Inserts what `prepare` made, in the caller's transaction. A revision that is there already stays as it is.

    A document whose file or market is gone waits for publication no longer; what readers see of it stays.
    """
    content, rack = prepared.content, prepared.rack
    pages.lock(session)
    with _uncollected():
        _store_markets(session, content)
        topics = storing.store_topics(session, rack, _touched(prepared))
        medicines.keep_names(session, {slug: about for (kind, slug), about in rack.topics() if kind == Kind.DRUG})
        documents = storing.store_documents(session, rack.revised, topics)
        _store_pictures(session, prepared)
        _let_go(session, prepared, documents, topics)
        placed = storing.placed(rack.revised, documents, topics)
        rerendering.keep_style(session, rendering_digest(prepared.style), prepared.style)
        made = sum(storing.add_revisions(session, storing.rows(rack, part, now), now)
                   for some in storing.slices(placed)
                   for part in storing.slices(storing.wanting(session, some), AT_ONCE))
        storing.point_to(session, placed)
        _store_files(session, prepared)
    return Synced(made, len(content.unchanged), list(content.errors), sorted(prepared.behind))


def _touched(prepared: Prepared) -> set[str] | None:
    """The names of the topics that may change; None where there are so many that all are looked at."""
    rack, paths = prepared.rack, [*prepared.read, *prepared.gone]
    if len(paths) > storing.ROWS:
        return None
    return {path.split("/")[1] for path in paths if path.count("/") == 2} | {slug for (_, slug), _ in rack.topics()}


def _store_markets(session: Session, content: Content) -> None:
    stored = queries.markets(session)
    for market, file in content.markets.items():
        about = file.model_dump(mode="json")
        if stored.get(market) != about:
            session.merge(MarketFacts(market=market, about=about))
    session.flush()


def _store_pictures(session: Session, prepared: Prepared) -> None:
    for picture in storing.new_pictures(session, prepared.rack):
        storing.add_picture(session, picture, prepared.contents([picture.path])[picture.path])


def _let_go(session: Session, prepared: Prepared, documents: storing.Documents,
            topics: storing.Topics) -> None:
    """Forgets the newest revision of documents that their files, read anew or gone, no longer yield."""
    content = prepared.content
    good = content.good_fingerprints
    read = {path for path, value in good.items() if prepared.known.get(path) != value}
    sources = {spot for path in read | prepared.gone if (spot := _source_of(path, topics))}
    kept = {storing.place(revised.spot, topics) for revised in prepared.rack.revised}
    gone = [number for spot, number in documents.items() if spot[:3] in sources and spot not in kept]
    for part in storing.slices(gone):
        session.execute(update(Document).where(col(Document.id).in_(part)).values(newest_revision_id=None))


def _source_of(path: str, topics: storing.Topics) -> tuple[int, str, str] | None:
    """(topic id, audience, language) of a page's file such as `diseases/asthma/patient.en.md`."""
    folder, slug, name = path.split("/") if path.count("/") == 2 else ("", "", "")
    kind = next((kind for kind in Kind if kind.folder == folder), None)
    place = page_name(name) if name.endswith(".md") else None
    topic = topics.get((str(kind), slug))
    return (topic, str(place[0]), place[1]) if isinstance(place, tuple) and topic is not None else None


def _store_files(session: Session, prepared: Prepared) -> None:
    """Says of each file what it is now. Bytes that an earlier slice brought are met again."""
    content = prepared.content
    now_good, known, stored = content.good_fingerprints, prepared.known, queries.file_digests(session)
    gone = {*prepared.gone, *(stored.keys() - content.files.keys() if prepared.is_whole else ())}
    read = dict.fromkeys(prepared.read)
    lacking = [path for path in now_good if path not in read and stored.get(path) is None]
    changed = [path for path in (*lacking, *read) if stored.get(path) != prepared.digest(path)
               or known.get(path, "") != now_good.get(path, "")]
    for part in storing.slices(sorted(gone.union(changed))):
        session.execute(delete(SourceFile).where(col(SourceFile.path).in_(part)))
    for part in storing.slices(changed):
        there = queries.known_texts(session, {prepared.digest(path) for path in part})
        storing.add_texts(session, prepared.texts([path for path in part if prepared.digest(path) not in there]))
        session.execute(insert(SourceFile), [
            {"path": path, "fingerprint": now_good.get(path, ""), "sha256": prepared.digest(path),
             "replaced": prepared.behind[path].replaced if path in prepared.behind else None} for path in part])
    for part in storing.slices(sorted(prepared.caught_up)):
        session.execute(update(SourceFile).where(col(SourceFile.path).in_(part)).values(replaced=None))
