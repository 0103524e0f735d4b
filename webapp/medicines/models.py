"""Tables: what medicines are called; labels and their sections, append-only."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.core.db import moment


class Medicine(SQLModel, table=True):
    """What a medicine is called: the slug of its topic, a title by language, and other names by language."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    titles: dict[str, str] = Field(sa_type=JSON)
    synonyms: dict[str, list[str]] = Field(sa_type=JSON)


class Label(SQLModel, table=True):
    """One version of a product label, as filed. `sha256` is that of the file; `ingredients` name the active ones, each
    with its UNII."""

    __table_args__ = (UniqueConstraint("set_id", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    set_id: str
    version: int
    effective_on: date
    title: str
    product: str
    document_type: str
    manufacturer: str
    marketing_category: str
    ingredients: list[dict[str, Any]] = Field(sa_type=JSON)
    sha256: str
    imported_at: datetime = moment()


class LabelSection(SQLModel, table=True):
    """A part of a label by its LOINC code, which may stand more than once. `digest` is of title and text."""

    __tablename__ = "label_section"
    __table_args__ = (UniqueConstraint("label_id", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    label_id: int = Field(foreign_key="label.id")
    position: int
    code: str
    title: str
    depth: int
    text: str
    digest: str
