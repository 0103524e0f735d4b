"""Every SELECT on topics, documents and revisions."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, bindparam, exists, func, or_, select
from sqlmodel import Session, col

from webapp.articles.models import (
    Asset,
    Document,
    Interest,
    LabelFlag,
    MarketFacts,
    PublishEntry,
    PublishOrder,
    Rendering,
    RenderingBatch,
    Revision,
    SavedPage,
    SourceFile,
    SourceText,
    StyleSheet,
    Topic,
)
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.rules.orders import OPEN, OrderKind
from webapp.articles.rules.shelf import LABEL_PAGE, Entry, Kept, Spot
from webapp.core.models import StoredPage


class Leaning(NamedTuple):
    """A revision that readers see, or that waits, and a section of a version of a label that its claims lean on."""

    document_id: int
    revision_id: int
    set_id: str
    section: str
    version: int

    @property
    def spot(self) -> tuple[int, str, str]:
        """What there is one open flag of."""
        return self.revision_id, self.set_id, self.section


def fingerprints(session: Session) -> dict[str, str]:
    """Path -> fingerprint of every file of text imported without error."""
    return dict(session.execute(select(col(SourceFile.path), col(SourceFile.fingerprint))
                                .where(col(SourceFile.fingerprint) != "")).all())


def file_digests(session: Session) -> dict[str, str | None]:
    """Path -> digest of the bytes of every file of content; None of one that came in before they were kept."""
    return dict(session.execute(select(col(SourceFile.path), col(SourceFile.sha256))).all())


def written(session: Session) -> dict[str, tuple[str, bytes]]:
    """Path -> (digest of what it replaced, bytes) of every file that came in from the desk and from no folder yet."""
    rows = session.execute(select(col(SourceFile.path), col(SourceFile.replaced), col(SourceText.content))
                           .join(SourceText, col(SourceText.sha256) == col(SourceFile.sha256))
                           .where(col(SourceFile.replaced).is_not(None)))
    return {path: (replaced or "", content) for path, replaced, content in rows}


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


def topic_ids(session: Session) -> dict[tuple[str, str], int]:
    """(kind, slug) -> id of all topics."""
    rows = session.execute(select(col(Topic.kind), col(Topic.slug), col(Topic.id)))
    return {(kind, slug): number for kind, slug, number in rows}


def document_ids(session: Session) -> dict[tuple[int, str, str, str], int]:
    """(topic id, audience, language, market) -> id of all documents."""
    rows = session.execute(select(col(Document.topic_id), col(Document.audience), col(Document.language),
                                  col(Document.market), col(Document.id)))
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


class Body(NamedTuple):
    """What readers see of a revision's body: as it came in, or as it was rendered anew since and accepted."""

    html: str
    contents: list[dict[str, Any]]
    references: list[dict[str, Any]]
    style_sha256: str | None


def bodies(session: Session, numbers: Collection[int]) -> dict[int, Body]:
    """Revision id -> the body that readers see."""
    found: dict[int, Body] = {}
    for part in _parts(numbers):
        own = select(col(Revision.id), col(Revision.body_html), col(Revision.contents), col(Revision.references),
                     col(StyleSheet.sha256)).outerjoin(
            StyleSheet, col(StyleSheet.rendering_digest) == col(Revision.rendering_digest))
        anew = select(col(Rendering.revision_id), col(Rendering.body_html), col(Rendering.contents),
                      col(Rendering.references), col(StyleSheet.sha256)).outerjoin(
            StyleSheet, col(StyleSheet.rendering_digest) == col(Rendering.rendering_digest)).outerjoin(
            RenderingBatch, col(RenderingBatch.id) == col(Rendering.batch_id)).where(
            or_(col(Rendering.batch_id).is_(None), col(RenderingBatch.accepted_at).is_not(None)))
        rows = [*session.execute(own.where(col(Revision.id).in_(part))),
                *session.execute(anew.where(col(Rendering.revision_id).in_(part)).order_by(col(Rendering.id)))]
        found.update({row[0]: Body(*row[1:]) for row in rows})
    return found


def rendered_as(session: Session, numbers: Collection[int]) -> dict[int, set[str]]:
    """Revision id -> the rendering digests that its body is stored in."""
    found: dict[int, set[str]] = {}
    for part in _parts(numbers):
        own = select(col(Revision.id), col(Revision.rendering_digest)).where(col(Revision.id).in_(part))
        anew = select(col(Rendering.revision_id), col(Rendering.rendering_digest)).where(
            col(Rendering.revision_id).in_(part))
        for number, digest in session.execute(own.union_all(anew)):
            found.setdefault(number, set()).add(digest)
    return found


def _parts(numbers: Collection[int]) -> Iterator[list[int]]:
    wanted = sorted(numbers)
    for start in range(0, len(wanted), 500):
        yield wanted[start:start + 500]


def style_sheet(session: Session, rendering_digest: str) -> str | None:
    """The digest of the style sheet that belongs to a rendering digest."""
    return session.scalar(select(col(StyleSheet.sha256)).where(
        col(StyleSheet.rendering_digest) == rendering_digest))


def open_batch(session: Session, rendering_digest: str | None = None) -> RenderingBatch | None:
    """The newest batch of renderings, or the newest of this rendering digest, unless it is accepted. A newer one takes
    the place of those before it."""
    asked = select(RenderingBatch).order_by(col(RenderingBatch.id).desc()).limit(1)
    if rendering_digest is not None:
        asked = asked.where(col(RenderingBatch.rendering_digest) == rendering_digest)
    newest = session.scalar(asked)
    return newest if newest is not None and newest.accepted_at is None else None


def in_batch(session: Session, batch_id: int) -> list[tuple[Rendering, Revision, Document, str]]:
    """The renderings of a batch, each with its revision, document and topic's slug, in the order they came."""
    rows = session.execute(
        select(Rendering, Revision, Document, col(Topic.slug)).join(
            Revision, col(Revision.id) == col(Rendering.revision_id))
        .join(Document, col(Document.id) == col(Revision.document_id))
        .join(Topic, col(Topic.id) == col(Document.topic_id))
        .where(col(Rendering.batch_id) == batch_id).order_by(col(Rendering.id)))
    return [(rendering, revision, document, slug) for rendering, revision, document, slug in rows]


def accepted_renderings(session: Session) -> list[int]:
    """(the last rendering that needed no signature, the last batch accepted, how many were): what pages were made from
    changes when these do."""
    free = session.scalar(select(func.max(col(Rendering.id))).where(col(Rendering.batch_id).is_(None)))
    last, count = session.execute(select(func.max(col(RenderingBatch.id)), func.count()).where(
        col(RenderingBatch.accepted_at).is_not(None))).one()
    return [free or 0, last or 0, count]


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
    col(Revision.topic), col(Revision.mandatory_texts), col(Revision.expected_seconds))


def live(session: Session) -> list[Entry]:
    """Every published document, without its body."""
    rows = session.execute(
        select(*LIGHT).select_from(Document).join(Topic, col(Topic.id) == col(Document.topic_id))
        .join(Revision, col(Revision.id) == col(Document.live_revision_id)).order_by(col(Document.id)))
    return [_entry(row) for row in rows]


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


def documents_about(session: Session, *, kind: str, slug: str, market: str) -> dict[int, str]:
    """Document id -> title of a topic's documents in a market, ordered by language: as readers see or last saw them,
    else as they would be. A document that was withdrawn is among them: what readers did with it was done."""
    logged = (select(col(PublishEntry.revision_id)).where(col(PublishEntry.document_id) == col(Document.id))
              .order_by(col(PublishEntry.id).desc()).limit(1).scalar_subquery())
    rows = session.execute(
        select(col(Document.id), col(Revision.title)).join(Topic, col(Topic.id) == col(Document.topic_id))
        .outerjoin(Revision, col(Revision.id) == func.coalesce(logged, col(Document.newest_revision_id)))
        .where(col(Topic.kind) == kind, col(Topic.slug) == slug, col(Document.market) == market)
        .order_by(col(Document.language), col(Document.id)))
    return {number: title or slug for number, title in rows}


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


_LAST_SHOWN = (select(col(PublishEntry.revision_id)).where(
    col(PublishEntry.document_id) == col(Document.id), col(PublishEntry.action) == "publish")
    .order_by(col(PublishEntry.id).desc()).limit(1).scalar_subquery())
_ENDED = (select(func.max(col(PublishEntry.at))).where(
    col(PublishEntry.document_id) == col(Document.id), col(PublishEntry.action).in_(ENDINGS))
    .scalar_subquery())


def saved_by(session: Session, account_id: int) -> list[Kept]:
    """The documents that an account saved, the newest first."""
    return _kept(session, col(SavedPage.at), (SavedPage, col(SavedPage.document_id) == col(Document.id)),
                 col(SavedPage.account_id) == account_id)


def followed_by(session: Session, account_id: int) -> list[Kept]:
    """Every document of the topics that an account follows, those followed last first."""
    return _kept(session, col(Interest.at), (Interest, col(Interest.topic_id) == col(Document.topic_id)),
                 col(Interest.account_id) == account_id)


def _kept(session: Session, at: Any, joined: tuple[Any, Any], whose: ColumnElement[bool]) -> list[Kept]:
    rows = session.execute(
        select(col(Document.key), col(Document.topic_id), col(Topic.kind), col(Topic.slug), col(Document.audience),
               col(Document.language), col(Document.market), col(Revision.title), col(Revision.topic)["titles"],
               col(Revision.content_class), col(Revision.front_matter)["funding"]["kind"].as_string(),
               col(Document.live_revision_id).is_not(None), col(Document.published_at), _ENDED, at)
        .select_from(Document).join(*joined).join(Topic, col(Topic.id) == col(Document.topic_id))
        .join(Revision, col(Revision.id) == func.coalesce(col(Document.live_revision_id), _LAST_SHOWN))
        .where(whose).order_by(at.desc(), col(Document.id)))
    return [Kept(*row) for row in rows]


def kept_counts(session: Session, account_id: int) -> tuple[int, int]:
    """How many topics an account follows, and how many pages it saved."""
    followed, saved = (session.scalar(select(func.count()).select_from(table).where(
        col(table.account_id) == account_id)) for table in (Interest, SavedPage))
    return followed or 0, saved or 0


def is_followed(session: Session, account_id: int, topic_id: int) -> bool:
    """Whether an account follows a topic."""
    return session.get(Interest, (account_id, topic_id)) is not None


def is_saved(session: Session, account_id: int, document_id: int) -> bool:
    """Whether an account saved a document."""
    return session.get(SavedPage, (account_id, document_id)) is not None


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
    topic, front = row.topic, row.front_matter
    return Entry(
        document_id=row.document_id, key=row.key, revision_id=row.revision_id, digest=row.digest, kind=row.kind,
        slug=row.slug, audience=row.audience, language=row.language, market=row.market, title=row.title,
        summary=row.summary, content_class=row.content_class, funding=front["funding"]["kind"],
        company=front["funding"].get("company") or "",
        statements=None if row.mandatory_texts is None else tuple(row.mandatory_texts),
        is_sample=front.get("reviewed") is None, expected_seconds=row.expected_seconds,
        drawing=topic.get("drawing"), related=tuple(topic.get("related", ())), access=row.access,
        clearance=row.clearance, published_at=row.published_at,
        labels=tuple(label["set_id"] for label in topic.get("labels", ()) if label["market"] == row.market))


def markets(session: Session) -> dict[str, dict[str, Any]]:
    """Market -> what its file says."""
    return {row.market: row.about for row in session.scalars(select(MarketFacts))}


# Labels


def _is_at_work() -> ColumnElement[bool]:
    """Whether a revision is what readers see, or what waits to be seen."""
    return col(Revision.id).in_((col(Document.live_revision_id), col(Document.newest_revision_id)))


def leanings(session: Session) -> list[Leaning]:
    """What the claims of revisions that readers see or that wait lean on; of one section the oldest version."""
    rows = session.execute(
        select(col(Document.id), col(Revision.id), col(Revision.claims))
        .join(Revision, col(Revision.document_id) == col(Document.id))
        .where(col(Revision.claims).is_not(None), _is_at_work()).order_by(col(Revision.id)))
    found: dict[tuple[int, str, str], Leaning] = {}
    for document, revision, claims in rows:
        for label in (claim["label"] for claim in claims if "label" in claim):
            leaning = Leaning(document, revision, label["set_id"], label["section"], label["version"])
            if leaning.spot not in found or leaning.version < found[leaning.spot].version:
                found[leaning.spot] = leaning
    return list(found.values())


def flags_of(session: Session) -> tuple[dict[tuple[int, str, str], LabelFlag], dict[tuple[int, str, str], int]]:
    """By revision, set id and section: the flags that are open, and the newest version that closed ones were about."""
    open_flags: dict[tuple[int, str, str], LabelFlag] = {}
    looked_at: dict[tuple[int, str, str], int] = {}
    for flag in session.scalars(select(LabelFlag).order_by(col(LabelFlag.to_version))):
        spot = (flag.revision_id, flag.set_id, flag.section)
        if flag.closed_at is None:
            open_flags[spot] = flag
        else:
            looked_at[spot] = flag.to_version
    return open_flags, looked_at


def flags_by_key(session: Session, keys: Collection[str]) -> list[LabelFlag]:
    """The flags of these keys."""
    return list(session.scalars(select(LabelFlag).where(col(LabelFlag.key).in_(list(keys)))
                                .order_by(col(LabelFlag.id))))


class Flagged(NamedTuple):
    """A flag, and the document that its revision is of; `is_live` says whether readers see that revision."""

    flag: LabelFlag
    title: str
    kind: str
    slug: str
    audience: str
    language: str
    market: str
    is_live: bool


def flagged(session: Session, *, is_open: bool, limit: int) -> list[Flagged]:
    """Open flags of revisions that readers see or that wait, by section; or those closed last."""
    rows = session.execute(
        select(LabelFlag, col(Revision.title), col(Topic.kind), col(Topic.slug), col(Document.audience),
               col(Document.language), col(Document.market),
               func.coalesce(col(Document.live_revision_id) == col(Revision.id), False))
        .join(Revision, col(Revision.id) == col(LabelFlag.revision_id))
        .join(Document, col(Document.id) == col(LabelFlag.document_id))
        .join(Topic, col(Topic.id) == col(Document.topic_id))
        .where(*([col(LabelFlag.closed_at).is_(None), _is_at_work()] if is_open
                 else [col(LabelFlag.closed_at).is_not(None)]))
        .order_by(*([col(LabelFlag.set_id), col(LabelFlag.section), col(LabelFlag.from_version),
                     col(LabelFlag.to_version), col(LabelFlag.id)] if is_open
                    else [col(LabelFlag.closed_at).desc(), col(LabelFlag.id)])).limit(limit))
    return [Flagged(*row) for row in rows]


def label_paths(session: Session) -> set[str]:
    """The addresses of the labels' pages that readers find."""
    return set(session.scalars(select(col(StoredPage.path)).where(
        col(StoredPage.kind) == LABEL_PAGE, col(StoredPage.access) != "gone")))
