"""Every SELECT on documents and their pages."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from webapp.library.models import LibraryDocument, LibraryFile, LibraryPage
from webapp.library.rules import passages
from webapp.library.rules.files import clean
from webapp.library.rules.passages import Anchor, Span


class Standing(NamedTuple):
    """How an anchor stands. `span`: where on the page `text`, None if the passage is not there. `current` is the newest
    version, and `moved_to` the page of it that has the passage, None if none has."""

    document: LibraryDocument
    text: str
    span: Span | None
    current: LibraryDocument
    moved_to: int | None

    @property
    def is_gone(self) -> bool:
        """Whether a newer version has the passage no more."""
        return self.current is not self.document and self.moved_to is None


def by_key(session: Session, key: str) -> LibraryDocument | None:
    """The document of that key."""
    return session.scalar(select(LibraryDocument).where(col(LibraryDocument.key) == key))


def by_digest(session: Session, sha256: str) -> LibraryDocument | None:
    """The document of exactly these bytes."""
    return session.scalar(select(LibraryDocument).where(col(LibraryDocument.sha256) == sha256))


def versions(session: Session, name: str) -> list[LibraryDocument]:
    """All versions of a document, the newest first."""
    return list(session.scalars(select(LibraryDocument).where(col(LibraryDocument.name) == name)
                                .order_by(col(LibraryDocument.version).desc())))


def content(session: Session, sha256: str) -> bytes:
    """The bytes of a document."""
    return session.scalars(select(col(LibraryFile.content)).where(col(LibraryFile.sha256) == sha256)).one()


def pages(session: Session, document_id: int) -> list[LibraryPage]:
    """A document's pages, in order."""
    return list(session.scalars(select(LibraryPage).where(col(LibraryPage.document_id) == document_id)
                                .order_by(col(LibraryPage.number))))


def current(session: Session, words: str, *, offset: int, limit: int) -> list[LibraryDocument]:
    """The newest version of each document, by title; of those whose title, issuer or name holds the words."""
    newest = (select(col(LibraryDocument.name), func.max(col(LibraryDocument.version)).label("version"))
              .group_by(col(LibraryDocument.name)).subquery())
    asked = select(LibraryDocument).join(newest, (col(LibraryDocument.name) == newest.c.name)
                                         & (col(LibraryDocument.version) == newest.c.version))
    if words:
        asked = asked.where(or_(*(column.icontains(words, autoescape=True) for column in (
            col(LibraryDocument.title), col(LibraryDocument.issuer), col(LibraryDocument.name)))))
    return list(session.scalars(asked.order_by(func.lower(col(LibraryDocument.title)), col(LibraryDocument.id))
                                .offset(offset).limit(limit)))


def names(session: Session) -> list[str]:
    """What documents are called."""
    return list(session.scalars(select(col(LibraryDocument.name)).distinct().order_by(col(LibraryDocument.name))))


def standings(session: Session, anchors: Collection[Anchor]) -> Mapping[Anchor, Standing]:
    """How these anchors stand; one whose version did not come in, or has no such page, is not among them."""
    wanted = {anchor.document for anchor in anchors}
    rows = session.scalars(select(LibraryDocument).where(col(LibraryDocument.name).in_(wanted))
                           .order_by(col(LibraryDocument.version)))
    documents = {(row.name, row.version): row for row in rows}
    newest = {row.name: row for row in documents.values()}
    texts: dict[int, dict[int, str]] = {}
    found = {}
    for anchor in anchors:
        document = documents.get((anchor.document, anchor.version))
        text = _texts(session, texts, document).get(anchor.page) if document else None
        if document is not None and text is not None:
            latest = newest[anchor.document]
            found[anchor] = Standing(document, text, passages.find(text, clean(anchor.passage)), latest,
                                     _page_with(_texts(session, texts, latest), anchor))
    return found


def _texts(session: Session, known: dict[int, dict[int, str]], document: LibraryDocument) -> dict[int, str]:
    number = document.id or 0
    if number not in known:
        known[number] = {page.number: page.text for page in pages(session, number)}
    return known[number]


def _page_with(texts: Mapping[int, str], anchor: Anchor) -> int | None:
    """The page that has an anchor's passage: its own, else the first."""
    wanted = clean(anchor.passage)
    order = sorted(texts, key=lambda number: (number != anchor.page, number))
    return next((number for number in order if passages.find(texts[number], wanted)), None)
