"""Brings Markdown into the database: all of it or, on any error, nothing.

Parsing and rendering run first, on all cores; then the revisions are stored a few at a time, seen by nobody, so that
whoever else writes never waits long; one short transaction at the end points to them all.
"""

import gc
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlmodel import Session, col

from webapp.articles import queries
from webapp.articles.models import Asset, Document, MarketFacts, Revision, SourceFile, SourceText, Topic
from webapp.articles.queries import renderings as renderings_queries
from webapp.articles.rules.digest import rendering_digest
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.rules.locate import Problem
from webapp.articles.service import library as reading
from webapp.articles.service import rerendering
from webapp.articles.service.build import Built, build
from webapp.articles.service.folder import page_name
from webapp.articles.service.library import Document as Draft
from webapp.articles.service.library import Library
from webapp.articles.service.made import Made
from webapp.articles.service.stacks import LookUp
from webapp.articles.service.trees import Tree, Written, compare, sha256
from webapp.core import pages
from webapp.core.db import Database
from webapp.core.ids import new_key
from webapp.core.process import LOCKLESS, end_with_parent, give_way
from webapp.policy import rules as policy

WORTH_A_POOL = 40
"""Files from which starting worker processes pays for itself: our measurement, about 0.3 s against 14 ms a render."""

Placed = tuple[int, Made]
"""A document's number and its new revision."""
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
    """A library with its bodies rendered, ready to be stored: `revisions` has one for each of its documents, which have
    given up their texts for it.

    `digests` are those of the files whose bytes may be new. `is_whole`: what is not in it was deleted. `behind` and
    `caught_up`: see `trees.Compared`.
    """

    library: Library
    revisions: list[Made]
    known: Mapping[str, str]
    style: bytes
    digests: Mapping[str, str]
    is_whole: bool = True
    behind: Mapping[str, Written] = field(default_factory=dict)
    caught_up: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Synced:
    """What a sync did: how many revisions are new, how many files were as before, and in which the folder is behind
    the desk. `problems` were refused under keep-going."""

    revisions: int
    unchanged_files: int
    problems: list[Problem]
    behind: list[str]


def prepare(content: Path, known: Mapping[str, str], *, style: bytes, on: date, keep_going: bool = False,
            look_up: LookUp | None = None, written: Mapping[str, Written] | None = None) -> Prepared:
    """Reads and renders what changed below `content`. Raises SyncRefused on any error, unless `keep_going`.

    `style` is the bodies' style sheet: it is part of the rendering digest. `on` is the day whose policy says which
    texts are mandatory. `look_up` finds what claims lean on (`leaning.look_up_in`):
    without it, a page whose claim leans on one that came in gets another digest. `written` is what came in from the
    desk (`queries.written`): a folder that has not got it yet takes nothing back.
    """
    compared = compare(content, written or {})
    prepared = read_and_render(compared.tree, known, style=style, on=on, keep_going=keep_going, look_up=look_up)
    return replace(prepared, behind=compared.behind, caught_up=compared.caught_up)


def read_and_render(tree: Tree, known: Mapping[str, str], *, style: bytes, on: date, keep_going: bool = False,
                    is_whole: bool = True, look_up: LookUp | None = None) -> Prepared:
    """The same of any tree; of a part of the library, if it is not whole. Fingerprints that are `known` and that it
    lacks are of deleted files in either case."""
    with _uncollected(), _workers() as each:
        library = reading.read(tree, known, each=each, ruled_by=made_by(style, on), look_up=look_up)
        if library.errors and not keep_going:
            raise SyncRefused(library.errors)
        revisions = list(each(partial(_revise, style=style, on=on), library.documents))
        digests = {path: sha256(content) for path, content in library.good_files.items()
                   if path not in library.unchanged}
        library = replace(library, documents=tuple(map(_without_text, library.documents)))
    return Prepared(library, revisions, known, style, digests, is_whole)


def _without_text(draft: Draft) -> Draft:
    return replace(draft, source="", lines=(), references=(), claims=())


def made_by(style: bytes, on: date) -> bytes:
    """What every file's reading depends on besides files: the policy of a day, the renderer and the style sheet."""
    return policy.table_digest(on) + rendering_digest(style).encode()


def _revise(draft: Draft, style: bytes, on: date) -> Made:
    """Renders one document into its revision; what policy makes it say is part of what is signed."""
    front = draft.front_matter
    ruling = policy.decide(draft.market, front.content_class, policy.Audience.PUBLIC, front.funding.kind, on)
    texts = policy.mandatory_texts(ruling, draft.language, front.funding.company or "", on)
    return Made.of(_row(draft, build(draft, mandatory_texts=texts, style=style), texts))


def _row(draft: Draft, built: Built, mandatory_texts: Sequence[str]) -> dict[str, Any]:
    citations = {citation.key: citation for citation in built.citations}
    return {
        "digest": built.digest, "rendering_digest": built.rendering_digest,
        "title": draft.title, "summary": draft.summary, "content_class": str(draft.front_matter.content_class),
        "front_matter": draft.front_matter.model_dump(mode="json", exclude={"references"}),
        "topic": draft.topic.model_dump(mode="json"), "claims": [claim.kept() for claim in draft.claims] or None,
        "mandatory_texts": list(mandatory_texts),
        "references": [{**reference.model_dump(mode="json"), "number": citations[reference.key].number,
                        "back_links": [{"id": anchor} for anchor in citations[reference.key].anchors]}
                       for reference in draft.references],
        "contents": [{"id": heading.id, "text": heading.text} for heading in built.contents],
        "source": draft.source, "body_html": built.html, "text_digest": draft.text_digest,
        "expected_seconds": built.expected_seconds, "next_review": draft.front_matter.next_review}


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


@contextmanager
def _workers() -> Iterator[Any]:
    count = os.cpu_count() or 1
    if count == 1:
        yield map
        return
    # Forked, so that a worker need not import everything again. The caller may run threads, such as a progress bar's,
    # which do not come along: so a worker takes no lock that one of them may hold (`_begin_worker`).
    with ProcessPoolExecutor(count, mp_context=get_context("fork"), initializer=_begin_worker,
                             initargs=(os.getpid(),)) as pool:
        yield partial(_in_pool, pool)


def _begin_worker(parent: int) -> None:
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (flushed at the end; the parent's may be locked)
    end_with_parent(parent)
    give_way(LOCKLESS)


def _in_pool(pool: ProcessPoolExecutor, work: Any, items: Sequence[Any]) -> Any:
    if len(items) < WORTH_A_POOL:  # the pool starts its processes at the first call, so an unchanged tree pays nothing
        return map(work, items)
    return pool.map(work, items, chunksize=8)


def bring_in(database: Database, prepared: Prepared, now: datetime) -> Synced:
    """Stores what `prepare` made, in transactions of its own; readers and writers see all of it at once or nothing.

    Cut off before the last one, it leaves revisions that no document points to. The next import meets them again.
    """
    made = _stage(database, prepared, now) if len(prepared.revisions) > AT_ONCE else 0
    with database.writing() as session:
        done = store(session, prepared, now)
    return replace(done, revisions=made + done.revisions)


def _stage(database: Database, prepared: Prepared, now: datetime) -> int:
    library = prepared.library
    with database.writing() as session:
        pages.lock(session)
        topics = _add_topics(session, _topics_of(library))
        documents = _store_documents(session, library.documents, topics)
        _store_assets(session, library.documents)
    made, texts = 0, _slices(list(prepared.digests), AT_ONCE)
    for part in _slices(_placed(prepared, documents, topics), AT_ONCE):
        rows = _rows(part, now)
        with database.writing() as session:
            pages.lock(session)
            made += _add_revisions(session, rows, now)
            _add_texts(session, prepared, next(texts, ()))
        time.sleep(PAUSE_SECONDS)
    return made


def store(session: Session, prepared: Prepared, now: datetime) -> Synced:
    """Inserts what `prepare` made, in the caller's transaction. A revision that is there already stays as it is.

    A document whose file or market is gone waits for publication no longer; what readers see of it stays.
    """
    library = prepared.library
    pages.lock(session)
    with _uncollected():
        _store_markets(session, library)
        topics = _store_topics(session, library)
        documents = _store_documents(session, library.documents, topics)
        _store_assets(session, library.documents)
        _let_go(session, prepared, documents, topics)
        placed = _placed(prepared, documents, topics)
        rerendering.keep_style(session, rendering_digest(prepared.style), prepared.style)
        made = _add_revisions(session, _rows(_wanting(session, placed), now), now)
        _point_to(session, placed)
        _store_files(session, prepared)
    return Synced(made, len(library.unchanged), list(library.errors), sorted(prepared.behind))


def _store_markets(session: Session, library: Library) -> None:
    for market, file in library.markets.items():
        session.merge(MarketFacts(market=market, about=file.model_dump(mode="json")))
    session.flush()


def _store_topics(session: Session, library: Library) -> dict[tuple[str, str], int]:
    abouts = _topics_of(library)
    ids = _add_topics(session, abouts)
    if abouts:
        session.execute(update(Topic), [{"id": ids[spot], "about": about} for spot, about in abouts.items()])
    return ids


def _topics_of(library: Library) -> dict[tuple[str, str], dict[str, Any]]:
    """What the files that were read say of their topics."""
    files = {(draft.kind, draft.slug): draft.topic for draft in library.documents}
    files.update(((topic.kind, topic.slug), topic.file) for topic in library.topics)
    return {spot: file.model_dump(mode="json") for spot, file in files.items()}


def _add_topics(session: Session, abouts: Mapping[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], int]:
    known = queries.topic_ids(session)
    new = [{"kind": kind, "slug": slug, "about": about} for (kind, slug), about in abouts.items()
           if (kind, slug) not in known]
    if not new:
        return known
    session.execute(insert(Topic), new)
    return queries.topic_ids(session)


def _store_documents(session: Session, drafts: Sequence[Draft],
                     topics: Mapping[tuple[str, str], int]) -> dict[tuple[int, str, str, str], int]:
    known = queries.document_ids(session)
    spots = {_spot(draft, topics) for draft in drafts} - set(known)
    rows = [{"key": new_key(), "topic_id": topic, "audience": audience, "language": language, "market": market,
             "access": "open"} for topic, audience, language, market in sorted(spots)]
    if not rows:
        return known
    session.execute(insert(Document), rows)
    return queries.document_ids(session)


def _spot(draft: Draft, topics: Mapping[tuple[str, str], int]) -> tuple[int, str, str, str]:
    return topics[draft.kind, draft.slug], str(draft.audience), draft.language, draft.market


def _store_assets(session: Session, drafts: Sequence[Draft]) -> None:
    wanted = {asset.sha256: asset for draft in drafts for asset in draft.assets}
    new = set(wanted) - queries.known_assets(session) if wanted else set()
    if new:
        session.execute(insert(Asset), [{"sha256": wanted[name].sha256, "media_type": wanted[name].media_type,
                                         "content": wanted[name].content} for name in sorted(new)])


def _placed(prepared: Prepared, documents: Mapping[tuple[int, str, str, str], int],
            topics: Mapping[tuple[str, str], int]) -> list[Placed]:
    return [(documents[_spot(draft, topics)], made)
            for draft, made in zip(prepared.library.documents, prepared.revisions, strict=True)]


def _rows(placed: Iterable[Placed], now: datetime) -> list[dict[str, Any]]:
    return [{**made.row(), "document_id": document, "created_at": now} for document, made in placed]


def _wanting(session: Session, placed: Sequence[Placed]) -> list[Placed]:
    """Those that are not there yet, or not in this rendering: after the slices before, none."""
    known = queries.revision_ids(session, {document for document, _ in placed})
    rendered = renderings_queries.rendered_as(session, known.values())
    return [(document, made) for document, made in placed
            if made.rendering_digest not in rendered.get(known.get((document, made.digest), 0), ())]


def _add_revisions(session: Session, rows: Sequence[dict[str, Any]], now: datetime) -> int:
    """Stores those that are not there yet; how many. Of the others, bodies that are rendered anew are kept."""
    known = queries.revision_ids(session, {row["document_id"] for row in rows})
    rerendering.keep(session, rows, known, now)
    new = [row for row in rows if (row["document_id"], row["digest"]) not in known]
    if new:
        session.connection().execute(insert(Revision.__table__), new)  # type: ignore[attr-defined]
    return len(new)


def _point_to(session: Session, placed: Sequence[Placed]) -> None:
    """Makes these the newest revisions of their documents."""
    if not placed:
        return
    known = queries.revision_ids(session, {document for document, _ in placed})
    session.connection().execute(
        update(Document.__table__).where(Document.__table__.c.id == bindparam("document"))  # type: ignore[attr-defined]
        .values(newest_revision_id=bindparam("revision")),
        [{"document": document, "revision": known[document, made.digest]} for document, made in placed])


def _let_go(session: Session, prepared: Prepared, documents: Mapping[tuple[int, str, str, str], int],
            topics: Mapping[tuple[str, str], int]) -> None:
    """Forgets the newest revision of documents that their files, read anew or gone, no longer yield."""
    library = prepared.library
    good = library.good_fingerprints
    read = {path for path, value in good.items() if prepared.known.get(path) != value}
    sources = {spot for path in read | (set(prepared.known) - set(library.fingerprints))
               if (spot := _source_of(path, topics))}
    kept = {_spot(draft, topics) for draft in library.documents}
    gone = [number for spot, number in documents.items() if spot[:3] in sources and spot not in kept]
    for part in _slices(gone, 500):
        session.execute(update(Document).where(col(Document.id).in_(part)).values(newest_revision_id=None))


def _source_of(path: str, topics: Mapping[tuple[str, str], int]) -> tuple[int, str, str] | None:
    """(topic id, audience, language) of a page's file such as `diseases/asthma/patient.en.md`."""
    folder, slug, name = path.split("/") if path.count("/") == 2 else ("", "", "")
    kind = next((kind for kind in Kind if kind.folder == folder), None)
    place = page_name(name) if name.endswith(".md") else None
    topic = topics.get((str(kind), slug))
    return (topic, str(place[0]), place[1]) if isinstance(place, tuple) and topic is not None else None


def _store_files(session: Session, prepared: Prepared) -> None:
    """Says of each file what it is now. Bytes that an earlier slice brought are met again."""
    library = prepared.library
    now_good, known, stored = library.good_fingerprints, prepared.known, queries.file_digests(session)
    gone = set(known) - set(library.fingerprints)
    if prepared.is_whole:
        gone |= set(stored) - set(library.files)
    without = {path: sha256(library.files[path]) for path in now_good
               if path not in prepared.digests and stored.get(path) is None}
    digests = {**without, **prepared.digests}
    changed = [path for path, digest in digests.items()
               if stored.get(path) != digest or known.get(path, "") != now_good.get(path, "")]
    for part in _slices(changed, 500):
        _add_texts(session, prepared, part, digests)
    for part in _slices(sorted(gone.union(changed)), 500):
        session.execute(delete(SourceFile).where(col(SourceFile.path).in_(part)))
    if changed:
        session.execute(insert(SourceFile), [
            {"path": path, "fingerprint": now_good.get(path, ""), "sha256": digests[path],
             "replaced": prepared.behind[path].replaced if path in prepared.behind else None} for path in changed])
    for part in _slices(sorted(prepared.caught_up), 500):
        session.execute(update(SourceFile).where(col(SourceFile.path).in_(part)).values(replaced=None))


def _add_texts(session: Session, prepared: Prepared, paths: Sequence[str],
               digests: Mapping[str, str] | None = None) -> None:
    """Stores the bytes of these files, each once."""
    contents = {(digests or prepared.digests)[path]: prepared.library.files[path] for path in paths}
    new = set(contents) - queries.known_texts(session, contents)
    if new:
        session.connection().execute(insert(SourceText.__table__),  # type: ignore[attr-defined]
                                     [{"sha256": name, "content": contents[name]} for name in sorted(new)])


def _slices(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start:start + size]
