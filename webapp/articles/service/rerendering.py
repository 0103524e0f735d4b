"""Bodies rendered anew, by another renderer or for another style sheet: kept beside what was signed, handed in for one
signature, and shown once that is given. Until then readers get the old bodies with the style sheet they came with.

Samples were signed by nobody, so they are shown anew at once.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.models import Asset, Document, Rendering, RenderingBatch, Revision, StyleSheet
from webapp.articles.queries import renderings as renderings_queries
from webapp.articles.rules.digest import Json, canonical_json
from webapp.articles.rules.shelf import is_signed
from webapp.core import audit
from webapp.core.differences import by_words, in_brief
from webapp.core.subject import Subject
from webapp.review.service import NewDossier

KIND = "rendering"
ROUTE = "rendering"
STYLE = "text/css"
SHOWN_PAGES, SHOWN_PLACES, CONTEXT = 200, 20, 60
"""How much of the differences a dossier shows: our choice; how many there are is told in full."""


def keep_style(session: Session, rendering_digest: str, style: bytes) -> None:
    """Stores the style sheet that bodies of this rendering digest are shown with."""
    if renderings_queries.style_sheet(session, rendering_digest) is not None:
        return
    sha256 = hashlib.sha256(style).hexdigest()
    if queries.asset(session, sha256) is None:
        session.add(Asset(sha256=sha256, media_type=STYLE, content=style))
        session.flush()
    session.add(StyleSheet(rendering_digest=rendering_digest, sha256=sha256))
    session.flush()


def keep(session: Session, rows: Sequence[Mapping[str, Any]], known: Mapping[tuple[int, str], int],
         now: datetime) -> int:
    """Keeps the bodies of revisions that are there already, if they are in a rendering that is not; how many. `rows`
    are revisions as a sync makes them, `known` names by (document id, digest) those there are."""
    numbers = {known[spot]: row for row in rows if (spot := (row["document_id"], row["digest"])) in known}
    stored = renderings_queries.rendered_as(session, numbers)
    new = {number: row for number, row in numbers.items() if row["rendering_digest"] not in stored[number]}
    if not new:
        return 0
    signed = [row for row in new.values() if not _is_free(row)]
    batch = _batch(session, signed[0]["rendering_digest"], now) if signed else None
    session.execute(insert(Rendering), [{
        "revision_id": number, "made_at": now, "batch_id": None if _is_free(row) or batch is None else batch.id,
        **{key: row[key] for key in ("rendering_digest", "body_html", "contents", "references")}}
        for number, row in new.items()])
    return len(new)


def _is_free(row: Mapping[str, Any]) -> bool:
    """Whether nobody signs such a revision: what is published as a sample."""
    return not is_signed(row["content_class"], row["front_matter"].get("reviewed") is None)


def _batch(session: Session, rendering_digest: str, now: datetime) -> RenderingBatch:
    batch = renderings_queries.open_batch(session, rendering_digest)
    if batch is None:
        batch = RenderingBatch(rendering_digest=rendering_digest, opened_at=now)
    batch.digest = ""  # what is signed is all of it: more of it is signed anew
    session.add(batch)
    session.flush()
    return batch


def subject(batch: RenderingBatch) -> Subject:
    """How review names a batch."""
    return Subject(KIND, batch.id or 0)


def dossier(session: Session, batch: RenderingBatch) -> NewDossier:
    """What a reviewer is handed: how many bodies differ and in what, and both style sheets' differences."""
    found = renderings_queries.in_batch(session, batch.id or 0)
    signed: Json = [[revision.digest, rendering.rendering_digest, _sha256(rendering.body_html)]
                    for rendering, revision, _, _ in found]
    changed = [entry for entry in found if entry[0].body_html != entry[1].body_html]
    parts = [f"{len(found)} bodies were rendered anew; {len(changed)} of them differ.",
             *(_told(*entry) for entry in changed[:SHOWN_PAGES]), *_style_told(session, batch, found)]
    return NewDossier(
        subject=subject(batch), digest=hashlib.sha256(canonical_json(signed)).hexdigest(),
        title=f"Pages rendered anew: {len(found)}", author_ids=(), route=ROUTE,
        markets=tuple(sorted({document.market for _, _, document, _ in found})), audience="all",
        source="\n\n".join(parts), body_html="".join(f"<pre>{escape(part)}</pre>" for part in parts), link="")


def _told(rendering: Rendering, revision: Revision, document: Document, slug: str) -> str:
    name = f"{slug} ({document.audience}, {document.language}, {document.market})"
    return "\n".join([name, *_differences(revision.body_html, rendering.body_html)])


def _style_told(session: Session, batch: RenderingBatch,
                found: Sequence[tuple[Rendering, Revision, Document, str]]) -> Iterator[str]:
    after = renderings_queries.style_sheet(session, batch.rendering_digest)
    digests = {revision.rendering_digest for _, revision, _, _ in found}
    for before in sorted({renderings_queries.style_sheet(session, digest) or "" for digest in digests}):
        if before != after:
            old, new = (queries.asset(session, sha256) if sha256 else None for sha256 in (before, after))
            texts = (sheet.content.decode() if sheet else "" for sheet in (old, new))
            yield "\n".join(["The style sheet differs.", *_differences(*texts)])


def _differences(before: str, after: str) -> Iterator[str]:
    places = in_brief(by_words(before, after), CONTEXT)
    yield from places[:SHOWN_PLACES]
    if len(places) > SHOWN_PLACES:
        yield f"and {len(places) - SHOWN_PLACES} more places"


def accept(session: Session, batch: RenderingBatch, now: datetime) -> None:
    """Shows the renderings of a batch from now on. The caller asked for clearance, and renews the stored pages."""
    batch.accepted_at = now
    session.add(batch)
    session.flush()
    audit.record(session, audit.By(audit.SCHEDULE, now), "rendering-accepted", subject(batch), batch.digest)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
