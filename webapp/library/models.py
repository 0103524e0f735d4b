"""Tables: files, documents and their pages, append-only."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_key


class LibraryFile(SQLModel, table=True):
    """The bytes of a document, by their digest."""

    __tablename__ = "library_file"
    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True)
    content: bytes


class LibraryDocument(SQLModel, table=True):
    """One version of a source. Who brought it in stands in the audit."""

    __tablename__ = "library_document"
    __table_args__ = (UniqueConstraint("name", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    name: str
    """What anchors call it, in all versions."""
    version: int
    sha256: str = Field(foreign_key="library_file.sha256", unique=True)
    media_type: str
    size_bytes: int
    page_count: int
    title: str
    issuer: str
    url: str
    """Where it was found; empty of what is in the house alone."""
    issued_on: date
    licence: str
    """In words: by what right it is kept here."""
    is_for_readers: bool
    """Whether its licence lets readers be shown it; else it stays in the house."""
    added_at: datetime = moment()


class LibraryPage(SQLModel, table=True):
    """The text of one page, from 1 on."""

    __tablename__ = "library_page"
    __table_args__ = (UniqueConstraint("document_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="library_document.id")
    number: int
    text: str
