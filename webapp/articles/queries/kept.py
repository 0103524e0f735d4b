"""Every SELECT on what readers keep."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from webapp.articles.models import (
    Document,
    Interest,
    PublishEntry,
    Revision,
    SavedPage,
    Topic,
)
from webapp.articles.queries import ENDINGS
from webapp.articles.rules.shelf import Kept

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
