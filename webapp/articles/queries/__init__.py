"""Every SELECT on topics, documents and revisions."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, bindparam, exists, func, literal_column, or_, select
from sqlmodel import Session, col

from webapp.articles.models import (
    Asset,
    Document,
    MarketFacts,
    PublishEntry,
    PublishOrder,
    Revision,
    SourceFile,
    SourceText,
    Topic,
)
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.rules.orders import OPEN, OrderKind
from webapp.articles.rules.shelf import Entry, Spot
from webapp.core.db import Prepared

_FINGERPRINTS = Prepared(select(col(SourceFile.path), col(SourceFile.fingerprint))
                         .where(col(SourceFile.fingerprint) != literal_column("''")))
_DIGESTS = Prepared(select(col(SourceFile.path), col(SourceFile.sha256)))


def fingerprints(session: Session) -> dict[str, str]:
    """Path -> fingerprint of every file of text imported without error."""
    return dict(_FINGERPRINTS.rows(session, {}))


def file_digests(session: Session) -> dict[str, str | None]:
    """Path -> digest of the bytes of every file of content; None of one that came in before they were kept."""
    return dict(_DIGESTS.rows(session, {}))


def written(session: Session) -> dict[str, tuple[str, bytes]]:
    """Path -> (digest of what it replaced, bytes) of every file that came in from the desk and from no folder yet."""
    rows = session.execute(select(col(SourceFile.path), col(SourceFile.replaced), col(SourceText.content))
                           .join(SourceText, col(SourceText.sha256) == col(SourceFile.sha256))
                           .where(col(SourceFile.replaced).is_not(None)))
    return {path: (replaced or "", content) for path, replaced, content in rows}


def texts(session: Session, paths: Collection[str]) -> dict[str, bytes]:
    """Path -> bytes of those of these files that are kept."""
    rows = session.execute(select(col(SourceFile.path), col(SourceText.content))
                           .join(SourceText, col(SourceText.sha256) == col(SourceFile.sha256))
                           .where(col(SourceFile.path).in_(list(paths))))
    return dict(rows.all())


def first_shown(session: Session, revision_ids: Collection[int]) -> dict[int, datetime]:
    """Revision -> when readers first saw it, of those among these that they ever saw."""
    rows = session.execute(select(col(PublishEntry.revision_id), func.min(col(PublishEntry.at))).where(
        col(PublishEntry.revision_id).in_(list(revision_ids)), col(PublishEntry.action) == "publish")
        .group_by(col(PublishEntry.revision_id)))
    return dict(rows.all())


def files(session: Session, *, after: str = "", limit: int = 100) -> list[tuple[str, bytes | None]]:
    """(path, bytes) of files of content in the order of their paths; None of one that came in before bytes were
    kept."""
    rows = session.execute(select(col(SourceFile.path), col(SourceText.content))
                           .outerjoin(SourceText, col(SourceText.sha256) == col(SourceFile.sha256))
                           .where(col(SourceFile.path) > after).order_by(col(SourceFile.path)).limit(limit))
    return [(path, content) for path, content in rows]


def known_texts(session: Session, digests: Collection[str]) -> set[str]:
    """Those of the digests whose bytes are kept."""
    return set(session.scalars(select(col(SourceText.sha256)).where(col(SourceText.sha256).in_(list(digests)))))


def topic_ids(session: Session, slugs: Collection[str] | None = None) -> dict[tuple[str, str], int]:
    """(kind, slug) -> id of the topics of these names, or of all."""
    rows = session.execute(select(col(Topic.kind), col(Topic.slug), col(Topic.id))
                           .where(*([] if slugs is None else [col(Topic.slug).in_(slugs)])))
    return {(kind, slug): number for kind, slug, number in rows}


def without_topic(session: Session, addresses: Collection[str]) -> set[str]:
    """Those of the addresses, such as `diseases/asthma`, at which there is no topic."""
    topics = topic_ids(session, [address.rpartition("/")[2] for address in addresses])
    return set(addresses) - {f"{Kind(kind).folder}/{slug}" for kind, slug in topics}


def document_ids(session: Session, topics: Collection[int] | None = None) -> dict[tuple[int, str, str, str], int]:
    """(topic id, audience, language, market) -> id of the documents of these topics, or of all."""
    rows = session.execute(select(col(Document.topic_id), col(Document.audience), col(Document.language),
                                  col(Document.market), col(Document.id))
                           .where(*([] if topics is None else [col(Document.topic_id).in_(topics)])))
    return {(topic, audience, language, market): number for topic, audience, language, market, number in rows}


def revision_ids(session: Session, document_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """(document id, digest) -> id of the revisions of these documents."""
    found: dict[tuple[int, str], int] = {}
    wanted = sorted(document_ids)
    for start in range(0, len(wanted), 1000):
        rows = session.execute(select(col(Revision.document_id), col(Revision.digest), col(Revision.id))
                               .where(col(Revision.document_id).in_(wanted[start:start + 1000])))
        found.update({(document, digest): number for document, digest, number in rows})
    return found


def known_assets(session: Session) -> set[str]:
    """Digests of all pictures and style sheets that are stored."""
    return set(session.scalars(select(col(Asset.sha256))))


def asset(session: Session, sha256: str) -> Asset | None:
    """The picture or style sheet with this digest."""
    return session.get(Asset, sha256)


TAKEN_BACK = ("withdraw", "hold")
"""What the log says of a revision that comes back only when somebody asks for it."""
ENDINGS = ("withdraw", "expire")
"""What it says of a page that is taken down."""
LIGHT: tuple[Any, ...] = (
    col(Document.id).label("document_id"), col(Document.key), col(Document.audience), col(Document.language),
    col(Document.market), col(Document.access), col(Document.clearance), col(Document.published_at),
    col(Topic.kind), col(Topic.slug), col(Revision.id).label("revision_id"), col(Revision.digest),
    col(Revision.title), col(Revision.summary), col(Revision.content_class), col(Revision.front_matter),
    col(Revision.topic), col(Revision.mandatory_texts), col(Revision.expected_seconds), col(Revision.text_digest))


def live(session: Session) -> list[Entry]:
    """Every published document, without its body."""
    rows = session.execute(
        select(*LIGHT).select_from(Document).join(Topic, col(Topic.id) == col(Document.topic_id))
        .join(Revision, col(Revision.id) == col(Document.live_revision_id)).order_by(col(Document.id)))
    return [_entry(row) for row in rows]


def shows_samples(session: Session) -> bool:
    """Whether readers see anything under the clearance of samples."""
    return session.scalar(select(col(Document.id)).where(
        col(Document.live_revision_id).is_not(None), col(Document.clearance) == "sample").limit(1)) is not None


def live_documents(session: Session, document_ids: Collection[int]) -> dict[int, Entry]:
    """Document id -> the document, without its body, of those among these that are published."""
    rows = session.execute(
        select(*LIGHT).select_from(Document).join(Topic, col(Topic.id) == col(Document.topic_id))
        .join(Revision, col(Revision.id) == col(Document.live_revision_id))
        .where(col(Document.id).in_(list(document_ids))))
    return {row.document_id: _entry(row) for row in rows}


def live_at(session: Session, spot: Spot) -> Entry | None:
    """The published document on this spot, without its body."""
    address, audience, language, market = spot
    folder, _, slug = address.partition("/")
    row = session.execute(
        select(*LIGHT).select_from(Document).join(Topic, col(Topic.id) == col(Document.topic_id))
        .join(Revision, col(Revision.id) == col(Document.live_revision_id))
        .where(col(Topic.kind).in_([kind.value for kind in Kind if kind.folder == folder]),
               col(Topic.slug) == slug, col(Document.audience) == audience, col(Document.language) == language,
               col(Document.market) == market)).first()
    return None if row is None else _entry(row)


_RULED_BY = (
    select(col(Revision.content_class), col(Revision.front_matter)["funding"]["kind"].as_string())
    .select_from(Document).join(Topic, col(Topic.id) == col(Document.topic_id))
    .join(Revision, col(Revision.id) == col(Document.live_revision_id))
    .where(col(Topic.kind) == bindparam("kind"), col(Topic.slug) == bindparam("slug"),
           col(Document.audience) == bindparam("audience"), col(Document.language) == bindparam("language"),
           col(Document.market) == bindparam("market")))
"""Made once: it is asked whenever a page is served that is not everybody's."""


def ruled_by(session: Session, spot: Spot) -> tuple[str, str] | None:
    """(content class, funding) of the published document on this spot: what policy is asked about."""
    address, audience, language, market = spot
    folder, _, slug = address.partition("/")
    kind = next((kind.value for kind in Kind if kind.folder == folder), None)
    if kind is None:
        return None
    row = session.execute(_RULED_BY, {"kind": kind, "slug": slug, "audience": audience, "language": language,
                                      "market": market}).first()
    return None if row is None else (row[0], row[1])


def waiting(session: Session, document_ids: Collection[int] | None = None) -> list[Entry]:
    """Every document, or every one of these, whose newest revision is not the one readers see, as it would be if it
    were published. What was taken back is not among them."""
    return _unpublished(session, ~_is_taken_back(), *([] if document_ids is None
                                                      else [col(Document.id).in_(document_ids)]))


def taken_back(session: Session) -> list[Entry]:
    """Every document whose newest revision was withdrawn, or held by a withdrawal, and not published again since."""
    return _unpublished(session, _is_taken_back())


def newest(session: Session, document_ids: Collection[int]) -> dict[int, Entry]:
    """Document id -> the document as its newest revision has it, published or not."""
    rows = session.execute(
        select(*LIGHT).select_from(Document).join(Topic, col(Topic.id) == col(Document.topic_id))
        .join(Revision, col(Revision.id) == col(Document.newest_revision_id))
        .where(col(Document.id).in_(list(document_ids))))
    return {row.document_id: _entry(row) for row in rows}


def due_orders(session: Session, now: datetime) -> list[PublishOrder]:
    """Open orders whose time has come, and those that wait for review."""
    return list(session.scalars(select(PublishOrder).where(
        col(PublishOrder.state).in_(OPEN),
        or_(col(PublishOrder.kind) == OrderKind.ON_APPROVAL, col(PublishOrder.due_at) <= now))
        .order_by(col(PublishOrder.id))))


def embargoes(session: Session, now: datetime) -> dict[int, PublishOrder]:
    """Document id -> the order that names a time to come."""
    rows = session.scalars(select(PublishOrder).where(
        col(PublishOrder.state).in_(OPEN), col(PublishOrder.due_at) > now))
    return {row.document_id: row for row in rows}


def order(session: Session, key: str) -> PublishOrder | None:
    """The order of that key."""
    return session.scalar(select(PublishOrder).where(col(PublishOrder.key) == key))


def orders(session: Session, *, is_open: bool, offset: int = 0, limit: int = 50) -> list[tuple[PublishOrder, Entry]]:
    """Orders that are open, or that have ended, the newest first, each with the document as its newest revision is."""
    which = col(PublishOrder.state).in_(OPEN)
    found = list(session.scalars(select(PublishOrder).where(which if is_open else ~which)
                                 .order_by(col(PublishOrder.id).desc()).offset(offset).limit(limit)))
    entries = newest(session, {row.document_id for row in found})
    return [(row, entries[row.document_id]) for row in found if row.document_id in entries]


def orders_of(session: Session, account_id: int) -> list[PublishOrder]:
    """An account's orders to publish, the oldest first."""
    return list(session.scalars(select(PublishOrder).where(col(PublishOrder.account_id) == account_id)
                                .order_by(col(PublishOrder.id))))


def _unpublished(session: Session, *which: ColumnElement[bool]) -> list[Entry]:
    rows = session.execute(
        select(*LIGHT).select_from(Document).join(Topic, col(Topic.id) == col(Document.topic_id))
        .join(Revision, col(Revision.id) == col(Document.newest_revision_id))
        .where(col(Document.live_revision_id).is_distinct_from(col(Document.newest_revision_id)), *which)
        .order_by(col(Document.id)))
    return [_entry(row) for row in rows]


def _is_taken_back() -> ColumnElement[bool]:
    """Whether the last that the log says of a document's newest revision is that it must not come up by itself."""
    last = select(func.max(col(PublishEntry.id))).where(
        col(PublishEntry.document_id) == col(Document.id),
        col(PublishEntry.revision_id) == col(Document.newest_revision_id)).correlate(Document).scalar_subquery()
    return exists().where(col(PublishEntry.id) == last, col(PublishEntry.action).in_(TAKEN_BACK))


def revisions(session: Session, numbers: Collection[int]) -> dict[int, Revision]:
    """Revisions by id, bodies included."""
    found: dict[int, Revision] = {}
    wanted = sorted(numbers)
    for start in range(0, len(wanted), 500):
        rows = session.scalars(select(Revision).where(col(Revision.id).in_(wanted[start:start + 500])))
        found.update({row.id: row for row in rows if row.id is not None})
    return found


def live_document(session: Session, *, kind: str, slug: str, audience: str, language: str,
                  market: str) -> Document | None:
    """The published document of an address."""
    return session.scalar(
        select(Document).join(Topic, col(Topic.id) == col(Document.topic_id))
        .where(col(Topic.kind) == kind, col(Topic.slug) == slug, col(Document.audience) == audience,
               col(Document.language) == language, col(Document.market) == market,
               col(Document.live_revision_id).is_not(None)))


class Named(NamedTuple):
    """What a document is called, and for whom."""

    title: str
    language: str
    audience: str


def documents_about(session: Session, *, kind: str, slug: str, market: str) -> dict[int, Named]:
    """Document id -> title of a topic's documents in a market, ordered by language: as readers see or last saw them,
    else as they would be. A document that was withdrawn is among them: what readers did with it was done."""
    logged = (select(col(PublishEntry.revision_id)).where(col(PublishEntry.document_id) == col(Document.id))
              .order_by(col(PublishEntry.id).desc()).limit(1).scalar_subquery())
    rows = session.execute(
        select(col(Document.id), col(Revision.title), col(Document.language), col(Document.audience))
        .join(Topic, col(Topic.id) == col(Document.topic_id))
        .outerjoin(Revision, col(Revision.id) == func.coalesce(logged, col(Document.newest_revision_id)))
        .where(col(Topic.kind) == kind, col(Topic.slug) == slug, col(Document.market) == market)
        .order_by(col(Document.language), col(Document.id)))
    return {number: Named(title or slug, language, audience) for number, title, language, audience in rows}


def first_published(session: Session) -> dict[tuple[int, str], PublishEntry]:
    """(document id, digest) -> the log's line by which readers first saw these bytes, of all that they ever saw."""
    first = select(func.min(col(PublishEntry.id))).where(col(PublishEntry.action) == "publish").group_by(
        col(PublishEntry.document_id), col(PublishEntry.digest))
    return {(row.document_id, row.digest): row
            for row in session.scalars(select(PublishEntry).where(col(PublishEntry.id).in_(first)))}


def as_published(session: Session, lines: Iterable[PublishEntry]) -> dict[int, Entry]:
    """The log's number -> the document as that line of the log put it up, without its body; its access is the
    present."""
    by_revision = {line.revision_id: line for line in lines}
    rows = session.execute(
        select(*LIGHT).select_from(Revision).join(Document, col(Document.id) == col(Revision.document_id))
        .join(Topic, col(Topic.id) == col(Document.topic_id)).where(col(Revision.id).in_(list(by_revision))))
    return {by_revision[row.revision_id].id or 0: replace(
        _entry(row), clearance=by_revision[row.revision_id].clearance,
        published_at=by_revision[row.revision_id].at) for row in rows}


def replaced_at(session: Session, document_id: int, revision_id: int) -> datetime | None:
    """When this revision was replaced or taken down, by the log; None while it is live or was never published."""
    shown = select(func.max(col(PublishEntry.id))).where(
        col(PublishEntry.document_id) == document_id, col(PublishEntry.revision_id) == revision_id,
        col(PublishEntry.action) == "publish").scalar_subquery()
    return session.scalar(select(col(PublishEntry.at)).where(
        col(PublishEntry.document_id) == document_id, col(PublishEntry.id) > shown)
        .order_by(col(PublishEntry.id)).limit(1))


def ended(session: Session, spot: Spot) -> tuple[str, datetime] | None:
    """How and when the document on this spot was last taken down: `withdraw` or `expire`; None if it never was."""
    address, audience, language, market = spot
    folder, _, slug = address.partition("/")
    row = session.execute(
        select(col(PublishEntry.action), col(PublishEntry.at))
        .join(Document, col(Document.id) == col(PublishEntry.document_id))
        .join(Topic, col(Topic.id) == col(Document.topic_id))
        .where(col(PublishEntry.action).in_(ENDINGS), col(Topic.slug) == slug,
               col(Topic.kind).in_([kind.value for kind in Kind if kind.folder == folder]),
               col(Document.audience) == audience, col(Document.language) == language, col(Document.market) == market)
        .order_by(col(PublishEntry.id).desc()).limit(1)).first()
    return None if row is None else (row[0], row[1])


def topic_id(session: Session, kind: str, slug: str) -> int | None:
    """The topic of that name."""
    return session.scalar(select(col(Topic.id)).where(col(Topic.kind) == kind, col(Topic.slug) == slug))


def document_id(session: Session, key: str) -> int | None:
    """The number of the document of that key."""
    return session.scalar(select(col(Document.id)).where(col(Document.key) == key))


def logged_by(session: Session, account_id: int) -> list[PublishEntry]:
    """An account's lines of the publish log, the oldest first."""
    return list(session.scalars(select(PublishEntry).where(col(PublishEntry.account_id) == account_id)
                                .order_by(col(PublishEntry.id))))


def _entry(row: Row[Any]) -> Entry:
    topic, front, record = row.topic, row.front_matter, row.front_matter.get("translation") or {}
    return Entry(
        document_id=row.document_id, key=row.key, revision_id=row.revision_id, digest=row.digest, kind=row.kind,
        slug=row.slug, audience=row.audience, language=row.language, market=row.market, title=row.title,
        summary=row.summary, content_class=row.content_class, funding=front["funding"]["kind"],
        company=front["funding"].get("company") or "",
        statements=None if row.mandatory_texts is None else tuple(row.mandatory_texts),
        is_sample=front.get("reviewed") is None, expected_seconds=row.expected_seconds,
        drawing=topic.get("drawing"), related=tuple(topic.get("related", ())), access=row.access,
        clearance=row.clearance, published_at=row.published_at,
        labels=tuple(label["set_id"] for label in topic.get("labels", ()) if label["market"] == row.market),
        text_digest=row.text_digest or "", translated_of=record.get("of", ""),
        translated_digest=record.get("digest", ""))


def markets(session: Session) -> dict[str, dict[str, Any]]:
    """Market -> what its file says."""
    return {row.market: row.about for row in session.scalars(select(MarketFacts))}
