"""What a search of the published pages looks through."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from webapp.articles.models import Document, Revision, Topic
from webapp.articles.queries.renderings import bodies
from webapp.articles.rules.shelf import UNLISTED
from webapp.medicines import queries as medicines


class Findable(NamedTuple):
    """A published page without its text. `names`: what its topic is called in all languages, and the products whose
    labels are its own."""

    document_id: int
    revision_id: int
    kind: str
    audience: str
    language: str
    market: str
    access: str
    title: str
    summary: str
    names: tuple[str, ...]


def findable(session: Session) -> list[Findable]:
    """Every published page that lists may name to somebody: what promotes is found by its address only."""
    rows = session.execute(
        select(col(Document.id), col(Revision.id), col(Topic.kind), col(Document.audience), col(Document.language),
               col(Document.market), col(Document.access), col(Revision.title), col(Revision.summary),
               col(Revision.topic))
        .select_from(Document).join(Topic, col(Topic.id) == col(Document.topic_id))
        .join(Revision, col(Revision.id) == col(Document.live_revision_id))
        .where(col(Revision.content_class).not_in(UNLISTED)).order_by(col(Document.id))).all()
    filed = {label["set_id"] for row in rows for label in row[-1].get("labels", ())}
    products = {set_id: label.product for set_id, label in medicines.current(session, filed).items()}
    return [Findable._make([*row[:-1], _names(row[-1], products)]) for row in rows]


def texts(session: Session, revision_ids: Collection[int]) -> dict[int, str]:
    """Revision id -> the HTML of the body that readers see."""
    return {number: body.html for number, body in bodies(session, revision_ids).items()}


def _names(topic: dict[str, Any], products: dict[str, str]) -> tuple[str, ...]:
    said = [*topic["titles"].values(), *(name for names in topic.get("synonyms", {}).values() for name in names),
            *(products.get(label["set_id"], "") for label in topic.get("labels", ()))]
    return tuple(dict.fromkeys(filter(None, said)))
