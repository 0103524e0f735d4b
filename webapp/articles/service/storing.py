"""Inserts what a sync made, in the caller's transaction, some rows at a time: a library may be larger than memory."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.models import Asset, Document, Revision, SourceText, Topic
from webapp.articles.queries import renderings as renderings_queries
from webapp.articles.service import rerendering
from webapp.articles.service.made import Rack, Revised, Shown, Spot
from webapp.core.ids import new_key

ROWS = 500
"""Rows that one statement takes: our choice."""
Topics = Mapping[tuple[str, str], int]
Documents = Mapping[tuple[int, str, str, str], int]
Placed = tuple[int, Revised]
"""A document's number and its new revision."""
Contents = Mapping[str, bytes]
"""Digest -> bytes."""


def slices(items: Sequence[Any], size: int = ROWS) -> Iterator[Sequence[Any]]:
    """The items, some at a time."""
    for start in range(0, len(items), size):
        yield items[start:start + size]


def _some_at_a_time(items: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(items)
    while part := list(islice(left, ROWS)):
        yield part


def add_topics(session: Session, rack: Rack, slugs: Collection[str] | None = None) -> Topics:
    """Those that are not there yet; (kind, slug) -> number of those of these names, or of all."""
    known = queries.topic_ids(session, slugs)
    new = ({"kind": kind, "slug": slug, "about": about} for (kind, slug), about in rack.topics()
           if (kind, slug) not in known)
    is_new = False
    for part in _some_at_a_time(new):
        is_new = True
        session.execute(insert(Topic), part)
    return queries.topic_ids(session, slugs) if is_new else known


def store_topics(session: Session, rack: Rack, slugs: Collection[str] | None) -> Topics:
    """All that came in, as their files are now; (kind, slug) -> number of those of these names, or of all."""
    ids = add_topics(session, rack, slugs)
    for part in _some_at_a_time({"id": ids[spot], "about": about} for spot, about in rack.topics()):
        session.execute(update(Topic), part)
    return ids


def store_documents(session: Session, revised: Iterable[Revised], topics: Topics) -> Documents:
    """Those that are not there yet; (topic id, audience, language, market) -> number of all that these topics have."""
    few = topics.values() if len(topics) <= ROWS else None
    known = queries.document_ids(session, few)
    spots = {place(each.spot, topics) for each in revised} - known.keys()
    for part in _some_at_a_time(sorted(spots)):
        session.execute(insert(Document), [
            {"key": new_key(), "topic_id": topic, "audience": audience, "language": language, "market": market,
             "access": "open"} for topic, audience, language, market in part])
    return queries.document_ids(session, few) if spots else known


def place(spot: Spot, topics: Topics) -> tuple[int, str, str, str]:
    """Where a document stands among those of the database."""
    return topics[spot.kind, spot.slug], spot.audience, spot.language, spot.market


def placed(revised: Iterable[Revised], documents: Documents, topics: Topics) -> list[Placed]:
    """The revisions, with the numbers of their documents."""
    return [(documents[place(each.spot, topics)], each) for each in revised]


def new_pictures(session: Session, rack: Rack) -> list[Shown]:
    """Those that are not stored yet."""
    known = queries.known_assets(session) if rack.pictures else set()
    return [rack.pictures[name] for name in sorted(rack.pictures.keys() - known)]


def add_picture(session: Session, picture: Shown, content: bytes) -> None:
    """Stores one."""
    session.execute(insert(Asset), {"sha256": picture.sha256, "media_type": picture.media_type, "content": content})


def rows(rack: Rack, placed: Iterable[Placed], now: datetime) -> list[dict[str, Any]]:
    """Rows of revisions, ready to be inserted."""
    return [{**rack.row(revised), "document_id": document, "created_at": now} for document, revised in placed]


def wanting(session: Session, placed: Sequence[Placed]) -> list[Placed]:
    """Those that are not there yet, or not in this rendering: after the slices before, none."""
    known = queries.revision_ids(session, {document for document, _ in placed})
    rendered = renderings_queries.rendered_as(session, known.values())
    return [(document, revised) for document, revised in placed
            if revised.rendering_digest not in rendered.get(known.get((document, revised.digest), 0), ())]


def add_revisions(session: Session, rows: Sequence[dict[str, Any]], now: datetime) -> int:
    """Stores those that are not there yet; how many. Of the others, bodies that are rendered anew are kept."""
    known = queries.revision_ids(session, {row["document_id"] for row in rows})
    rerendering.keep(session, rows, known, now)
    new = [row for row in rows if (row["document_id"], row["digest"]) not in known]
    if new:
        session.connection().execute(insert(Revision.__table__), new)  # type: ignore[attr-defined]
    return len(new)


def point_to(session: Session, placed: Sequence[Placed]) -> None:
    """Makes these the newest revisions of their documents."""
    statement = (update(Document.__table__)  # type: ignore[attr-defined]
                 .where(Document.__table__.c.id == bindparam("document"))  # type: ignore[attr-defined]
                 .values(newest_revision_id=bindparam("revision")))
    for part in slices(placed):
        known = queries.revision_ids(session, {document for document, _ in part})
        session.connection().execute(statement, [{"document": document, "revision": known[document, revised.digest]}
                                                 for document, revised in part])


def add_texts(session: Session, contents: Contents) -> None:
    """Stores bytes of files, each once."""
    new = contents.keys() - queries.known_texts(session, contents)
    if new:
        session.connection().execute(insert(SourceText.__table__),  # type: ignore[attr-defined]
                                     [{"sha256": name, "content": contents[name]} for name in sorted(new)])
