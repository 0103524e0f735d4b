"""Every SELECT on bodies, their renderings and style sheets."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from webapp.articles.models import (
    Document,
    Rendering,
    RenderingBatch,
    Revision,
    StyleSheet,
    Topic,
)


class Body(NamedTuple):
    """What readers see of a revision's body: as it came in, or as it was rendered anew since and accepted."""

    html: str
    contents: list[dict[str, Any]]
    references: list[dict[str, Any]]
    style_sha256: str | None


def bodies(session: Session, numbers: Collection[int], at: datetime | None = None) -> dict[int, Body]:
    """Revision id -> the body that readers see, or saw at that moment."""
    found: dict[int, Body] = {}
    for part in _parts(numbers):
        own = select(col(Revision.id), col(Revision.body_html), col(Revision.contents), col(Revision.references),
                     col(StyleSheet.sha256)).outerjoin(
            StyleSheet, col(StyleSheet.rendering_digest) == col(Revision.rendering_digest))
        anew = select(col(Rendering.revision_id), col(Rendering.body_html), col(Rendering.contents),
                      col(Rendering.references), col(StyleSheet.sha256)).outerjoin(
            StyleSheet, col(StyleSheet.rendering_digest) == col(Rendering.rendering_digest)).outerjoin(
            RenderingBatch, col(RenderingBatch.id) == col(Rendering.batch_id)).where(
            or_(col(Rendering.batch_id).is_(None), col(RenderingBatch.accepted_at).is_not(None)),
            *([] if at is None else [func.coalesce(col(RenderingBatch.accepted_at), col(Rendering.made_at)) <= at]))
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
