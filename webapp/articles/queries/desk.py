"""Every SELECT of the writers' desk: files of the library, drafts of them, and what the lists show."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from webapp.articles.models import Document, Draft, DraftPicture, DraftSave, Revision, SourceFile, SourceText, Topic
from webapp.articles.rules.frontmatter import Kind
from webapp.core.languages import LANGUAGES


def file_digest(session: Session, path: str) -> str:
    """The digest of a file of the library; empty where there is none."""
    return session.scalar(select(col(SourceFile.sha256)).where(col(SourceFile.path) == path)) or ""


def source_text(session: Session, digest: str) -> bytes | None:
    """The bytes of this digest."""
    return session.scalar(select(col(SourceText.content)).where(col(SourceText.sha256) == digest))


def _contents(session: Session, *which: ColumnElement[bool]) -> dict[str, bytes]:
    rows = session.execute(select(col(SourceFile.path), col(SourceText.content))
                           .join(SourceText, col(SourceText.sha256) == col(SourceFile.sha256)).where(*which))
    return dict(rows.all())


def files_below(session: Session, address: str) -> dict[str, bytes]:
    """Path -> bytes of a topic's files."""
    return _contents(session, col(SourceFile.path).startswith(f"{address}/", autoescape=True))


def texts_below(session: Session, addresses: Collection[str]) -> dict[str, bytes]:
    """Path -> bytes of the pages of some topics, and of what says what they are."""
    if not addresses:
        return {}
    return _contents(session, col(SourceFile.fingerprint) != "", or_(
        *(col(SourceFile.path).startswith(f"{address}/", autoescape=True) for address in sorted(addresses))))


def files_of_all(session: Session) -> dict[str, bytes]:
    """Path -> bytes of what belongs to no topic: every page may depend on it."""
    return _contents(session, *(~col(SourceFile.path).startswith(f"{kind.folder}/") for kind in Kind))


def draft(session: Session, key: str) -> Draft | None:
    """The draft of that key."""
    return session.scalar(select(Draft).where(col(Draft.key) == key))


def draft_at(session: Session, path: str) -> Draft | None:
    """The draft of that file."""
    return session.scalar(select(Draft).where(col(Draft.path) == path))


def saved(session: Session, draft_id: int, version: int) -> bytes | None:
    """What a draft said in a version."""
    return session.scalar(select(col(DraftSave.content)).where(col(DraftSave.draft_id) == draft_id,
                                                              col(DraftSave.version) == version))


def last_save(session: Session, draft_id: int) -> DraftSave | None:
    """The newest saving of a draft."""
    return session.scalar(select(DraftSave).where(col(DraftSave.draft_id) == draft_id)
                          .order_by(col(DraftSave.version).desc()).limit(1))


def drafted_text(session: Session, path: str) -> dict[str, bytes]:
    """Path -> what a draft of it says; empty without one."""
    rows = session.execute(select(col(Draft.path), col(DraftSave.content)).join(DraftSave, and_(
        col(DraftSave.draft_id) == col(Draft.id), col(DraftSave.version) == col(Draft.version)))
        .where(col(Draft.path) == path))
    return dict(rows.all())


def draft_pictures(session: Session, address: str) -> dict[str, bytes]:
    """Path -> bytes of the pictures that were sent to a topic and are not in the library yet."""
    rows = session.execute(select(col(DraftPicture.path), col(DraftPicture.content))
                           .where(col(DraftPicture.path).startswith(f"{address}/", autoescape=True)))
    return dict(rows.all())


def topic_about(session: Session, kind: str, slug: str) -> dict[str, Any] | None:
    """What a topic's file says."""
    return session.scalar(select(col(Topic.about)).where(col(Topic.kind) == kind, col(Topic.slug) == slug))


def is_topic_name_taken(session: Session, slug: str) -> bool:
    """Whether a topic of any kind, written or drafted, has this name."""
    paths = [f"{kind.folder}/{slug}/topic.yaml" for kind in Kind]
    found = [session.scalar(select(func.count()).where(path.in_(paths)))
             for path in (col(SourceFile.path), col(Draft.path))]
    return any(found)


def replaced(session: Session, paths: Collection[str]) -> dict[str, str]:
    """Path -> digest of the file that a folder has of it, as far as is known: what the desk replaced, else its own."""
    rows = session.execute(select(col(SourceFile.path), func.coalesce(col(SourceFile.replaced), col(SourceFile.sha256)))
                           .where(col(SourceFile.path).in_(list(paths))))
    return {path: digest or "" for path, digest in rows}


def authors(session: Session, draft_ids: Collection[int], pictures: Collection[str]) -> list[int]:
    """Everybody who saved a version of these drafts or sent one of these pictures."""
    wrote = session.scalars(select(col(DraftSave.account_id)).where(col(DraftSave.draft_id).in_(list(draft_ids))))
    drew = session.scalars(select(col(DraftPicture.account_id)).where(col(DraftPicture.path).in_(list(pictures))))
    return sorted({*wrote, *drew})


def documents_of(session: Session, topics: Collection[tuple[str, str]]) -> list[int]:
    """The documents of some topics, each as (kind, slug)."""
    if not topics:
        return []
    is_one = or_(*(and_(col(Topic.kind) == kind, col(Topic.slug) == slug) for kind, slug in sorted(topics)))
    return list(session.scalars(select(col(Document.id)).join(Topic, col(Topic.id) == col(Document.topic_id))
                                .where(is_one).order_by(col(Document.id))))


def live_sources(session: Session, language: str, audience: str, markets: Collection[str],
                 words: str) -> list[tuple[int, str]]:
    """(document id, source) of what these readers see that holds some words."""
    rows = session.execute(
        select(col(Document.id), col(Revision.source))
        .join(Revision, col(Revision.id) == col(Document.live_revision_id))
        .where(col(Document.language) == language, col(Document.audience) == audience,
               col(Document.market).in_(list(markets)), col(Revision.source).contains(words, autoescape=True)))
    return [(number, source) for number, source in rows]


def picture(session: Session, path: str) -> bytes | None:
    """The bytes of a picture that was sent, or is in the library."""
    sent = session.scalar(select(col(DraftPicture.content)).where(col(DraftPicture.path) == path))
    return sent if sent is not None else _contents(session, col(SourceFile.path) == path).get(path)


def picture_names(session: Session, address: str) -> list[str]:
    """Names of the pictures beside a topic's pages, sent or in the library."""
    sent = session.scalars(select(col(DraftPicture.path))
                           .where(col(DraftPicture.path).startswith(f"{address}/", autoescape=True)))
    held = session.scalars(select(col(SourceFile.path)).where(
        col(SourceFile.path).startswith(f"{address}/", autoescape=True), col(SourceFile.fingerprint) == ""))
    return sorted({path.rpartition("/")[2] for path in (*sent, *held)})


def saves(session: Session, draft_id: int) -> list[DraftSave]:
    """A draft's kept versions, the newest first, without what they say."""
    return list(session.scalars(select(DraftSave).options(defer(DraftSave.content))  # type: ignore[arg-type]
                                .where(col(DraftSave.draft_id) == draft_id).order_by(col(DraftSave.version).desc())))


def saved_by(session: Session, account_id: int) -> list[tuple[str, int, datetime]]:
    """(path, version, when) of what an account saved, the oldest first."""
    rows = session.execute(select(col(Draft.path), col(DraftSave.version), col(DraftSave.at))
                           .join(Draft, col(Draft.id) == col(DraftSave.draft_id))
                           .where(col(DraftSave.account_id) == account_id).order_by(col(DraftSave.at)))
    return list(rows.all())


def sent_by(session: Session, account_id: int) -> list[tuple[str, datetime]]:
    """(path, when) of the pictures that an account sent and that wait."""
    rows = session.execute(select(col(DraftPicture.path), col(DraftPicture.at))
                           .where(col(DraftPicture.account_id) == account_id).order_by(col(DraftPicture.at)))
    return list(rows.all())


def _named(words: str) -> ColumnElement[bool]:
    """Whether a topic's name, or its title in any language, holds some words."""
    titles = (col(Topic.about)[("titles", language.tag)].as_string() for language in LANGUAGES)
    return or_(col(Topic.slug).contains(words, autoescape=True),
               *(title.icontains(words, autoescape=True) for title in titles))


def topics_named(session: Session, words: str, *, limit: int) -> list[str]:
    """Addresses of topics whose title, in any language, holds some words."""
    rows = session.execute(select(col(Topic.kind), col(Topic.slug)).where(_named(words)).order_by(col(Topic.id))
                           .limit(limit))
    return [f"{Kind(kind).folder}/{slug}" for kind, slug in rows]


def titles_of(session: Session, topics: Collection[tuple[str, str]]) -> dict[tuple[str, str], dict[str, str]]:
    """(kind, slug) -> titles by language, of these topics as far as the library has them."""
    rows = session.execute(select(col(Topic.kind), col(Topic.slug), col(Topic.about)["titles"])
                           .where(col(Topic.slug).in_({slug for _, slug in topics})))
    return {(kind, slug): titles for kind, slug, titles in rows if (kind, slug) in topics}


def new_topics(session: Session, *, limit: int) -> dict[str, bytes]:
    """Path -> what the draft says, of the files of topics that the library does not have yet."""
    rows = session.execute(
        select(col(Draft.path), col(DraftSave.content))
        .join(DraftSave, and_(col(DraftSave.draft_id) == col(Draft.id), col(DraftSave.version) == col(Draft.version)))
        .where(col(Draft.path).endswith("/topic.yaml"), ~exists().where(col(SourceFile.path) == col(Draft.path)))
        .order_by(col(Draft.id).desc()).limit(limit))
    return dict(rows.all())


def drafts(session: Session, *, state: str = "", words: str = "", topics: Collection[str] = (), language: str = "",
           account_id: int | None = None, offset: int = 0, limit: int) -> list[Draft]:
    """Drafts, the last saved first. `words`: part of the path, unless it belongs to one of the `topics`, by address;
    `account_id`: who saved a version."""
    asked = select(Draft).order_by(col(Draft.saved_at).desc(), col(Draft.id)).offset(offset).limit(limit)
    if state:
        asked = asked.where(col(Draft.state) == state)
    if words:
        asked = asked.where(or_(col(Draft.path).contains(words, autoescape=True), *(
            col(Draft.path).startswith(f"{address}/", autoescape=True) for address in sorted(topics))))
    if language:
        asked = asked.where(col(Draft.path).endswith(f".{language}.md", autoescape=True))
    if account_id is not None:
        asked = asked.where(exists().where(col(DraftSave.draft_id) == col(Draft.id),
                                           col(DraftSave.account_id) == account_id))
    return list(session.scalars(asked))


def written_pages(session: Session, *, words: str = "", language: str = "", due_by: date | None = None,
                  titles_in: str = "", offset: int, limit: int) -> list[Row[Any]]:
    """(kind, slug, title, audience, language, next_review) of each page of the library, by the day it is due, or with
    `titles_in` a language by its topic's title in that."""
    due = func.min(col(Revision.next_review))
    title = func.min(func.lower(col(Topic.about)[("titles", titles_in)].as_string()))
    order = (title,) if titles_in else (due,)
    asked = (select(col(Topic.kind), col(Topic.slug), func.max(col(Revision.title)).label("title"),
                    col(Document.audience), col(Document.language), due.label("next_review"))
             .select_from(Document).join(Topic, col(Topic.id) == col(Document.topic_id))
             .join(Revision, col(Revision.id) == col(Document.newest_revision_id))
             .group_by(col(Topic.kind), col(Topic.slug), col(Document.audience), col(Document.language))
             .order_by(*order, col(Topic.slug), col(Document.audience), col(Document.language))
             .offset(offset).limit(limit))
    if words:
        asked = asked.where(or_(_named(words), col(Revision.title).icontains(words, autoescape=True)))
    if language:
        asked = asked.where(col(Document.language) == language)
    if due_by is not None:
        asked = asked.where(col(Revision.next_review) <= due_by)
    return list(session.execute(asked))


def editions(session: Session, *, offset: int,
             limit: int) -> list[tuple[Topic, dict[tuple[str, str], Mapping[str, str] | None]]]:
    """Topics by their names, each with what its pages' heads record of a translation, by (audience, language)."""
    topics = list(session.scalars(select(Topic).order_by(col(Topic.kind), col(Topic.slug)).offset(offset)
                                  .limit(limit)))
    rows = session.execute(
        select(col(Document.topic_id), col(Document.audience), col(Document.language), col(Revision.front_matter))
        .join(Revision, col(Revision.id) == col(Document.newest_revision_id))
        .where(col(Document.topic_id).in_([topic.id for topic in topics])).order_by(col(Revision.id)))
    found: dict[int, dict[tuple[str, str], Mapping[str, str] | None]] = {}
    for topic_id, audience, language, front in rows:
        found.setdefault(topic_id, {})[audience, language] = front.get("translation")
    return [(topic, found.get(topic.id or 0, {})) for topic in topics]


def drafted(session: Session, paths: Collection[str]) -> dict[str, str]:
    """Path -> key of the drafts of these files."""
    rows = session.execute(select(col(Draft.path), col(Draft.key)).where(col(Draft.path).in_(list(paths))))
    return dict(rows.all())


def topics(session: Session) -> list[tuple[str, str, dict[str, str]]]:
    """(kind, slug, titles) of every topic, by name."""
    rows = session.execute(select(col(Topic.kind), col(Topic.slug), col(Topic.about)["titles"])
                           .order_by(col(Topic.kind), col(Topic.slug)))
    return list(rows.all())
