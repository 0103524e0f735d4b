"""Tables: topics, documents, revisions, renderings, assets, the publish log, files of content and drafts of them, and
what readers keep."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_key

_OPEN = text("state IN ('waiting', 'refused')")


class Topic(SQLModel, table=True):
    """A disease or a drug; `about` is its `topic.yaml`."""

    __table_args__ = (UniqueConstraint("kind", "slug"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    slug: str
    about: dict[str, Any] = Field(sa_type=JSON)


class Document(SQLModel, table=True):
    """One topic for one audience, in one language, for one market. `live_revision_id` is what readers see."""

    __table_args__ = (UniqueConstraint("topic_id", "audience", "language", "market"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    topic_id: int = Field(foreign_key="topic.id")
    audience: str
    language: str
    market: str
    newest_revision_id: int | None = None
    live_revision_id: int | None = Field(default=None, index=True)
    access: str = "open"
    clearance: str | None = None
    """`sample` or `review`, of the live revision."""
    published_at: datetime | None = moment(default=None)


class Revision(SQLModel, table=True):
    """What a document said at one time. Immutable."""

    __table_args__ = (UniqueConstraint("document_id", "digest"),)
    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="document.id")
    digest: str
    rendering_digest: str
    title: str
    summary: str
    content_class: str
    front_matter: dict[str, Any] = Field(sa_type=JSON)
    topic: dict[str, Any] = Field(sa_type=JSON)
    """Titles, codes, relations and drawing as they were when the revision was made."""
    mandatory_texts: list[str] | None = Field(default=None, sa_type=JSON)
    """Policy's sentences as they were signed; None in revisions made before they were kept."""
    claims: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """The claims that it says, each with what it cites and the label section it leans on; None without any."""
    references: list[dict[str, Any]] = Field(sa_type=JSON)
    """Cited, in order of first mention, each with its number and the anchors that cite it."""
    contents: list[dict[str, Any]] = Field(sa_type=JSON)
    source: str
    body_html: str
    expected_seconds: int
    next_review: date
    text_digest: str | None = None
    """Of the text of the file it was made from: what a translation records of it. None of those made before it was
    kept."""
    created_at: datetime = moment()


class Rendering(SQLModel, table=True):
    """A revision's body as another renderer or style sheet makes it than the one it came in with.

    Readers see it once its batch is accepted. Without a batch that is at once: nobody had signed what was shown.
    """

    __table_args__ = (UniqueConstraint("revision_id", "rendering_digest"),)
    id: int | None = Field(default=None, primary_key=True)
    revision_id: int = Field(foreign_key="revision.id")
    rendering_digest: str
    body_html: str
    contents: list[dict[str, Any]] = Field(sa_type=JSON)
    references: list[dict[str, Any]] = Field(sa_type=JSON)
    batch_id: int | None = Field(default=None, foreign_key="rendering_batch.id", index=True)
    made_at: datetime = moment()


class RenderingBatch(SQLModel, table=True):
    """Renderings that one signature accepts. `digest` is what is signed: empty until the batch is handed in, and again
    when more come to it."""

    __tablename__ = "rendering_batch"
    id: int | None = Field(default=None, primary_key=True)
    rendering_digest: str
    digest: str = ""
    opened_at: datetime = moment()
    accepted_at: datetime | None = moment(default=None)


class StyleSheet(SQLModel, table=True):
    """The style sheet of bodies that belongs to a rendering digest; an asset holds its bytes."""

    __tablename__ = "style_sheet"
    rendering_digest: str = Field(primary_key=True)
    sha256: str = Field(foreign_key="asset.sha256")


class Asset(SQLModel, table=True):
    """A picture or a style sheet, by the digest of its bytes."""

    sha256: str = Field(primary_key=True)
    media_type: str
    content: bytes


class PublishEntry(SQLModel, table=True):
    """One line of the publish log, append-only: what was done, under which clearance, by whom.

    `publish`, `withdraw`, `expire`, `supersede` (a newer revision of the page took its place), or `hold`: a revision
    that waited while its page was withdrawn, and so stays down.
    """

    __tablename__ = "publish_entry"
    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    revision_id: int = Field(foreign_key="revision.id")
    digest: str
    action: str
    clearance: str
    account_id: int | None = None
    at: datetime = moment()


class SourceText(SQLModel, table=True):
    """The bytes of a file of content, by their digest."""

    __tablename__ = "source_text"
    sha256: str = Field(primary_key=True)
    content: bytes


class LabelFlag(SQLModel, table=True):
    """A revision that leans on a label section which a newer version of the label changed, or may have changed: to be
    looked at. `from_version` is the one that the revision leans on. Who closed it, and why, stands in the audit. Looks
    at passages of the reference library are kept here too, closed (`service.passages`)."""

    __tablename__ = "label_flag"
    __table_args__ = (UniqueConstraint("revision_id", "set_id", "section", "to_version"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    revision_id: int = Field(foreign_key="revision.id")
    set_id: str
    section: str
    from_version: int
    to_version: int
    flagged_at: datetime = moment()
    closed_at: datetime | None = moment(default=None)


class PublishOrder(SQLModel, table=True):
    """An order to publish one revision later, and what became of it. A document has one open order at most.

    `due_at` is the moment that `local_time` in `zone` names; both are kept as they were typed.
    """

    __tablename__ = "publish_order"
    __table_args__ = (Index("uq_publish_order_open", "document_id", unique=True, sqlite_where=_OPEN,
                            postgresql_where=_OPEN),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    revision_id: int = Field(foreign_key="revision.id")
    digest: str
    kind: str
    due_at: datetime | None = moment(default=None)
    local_time: str = ""
    zone: str = ""
    account_id: int | None = None
    ordered_at: datetime = moment()
    state: str
    obstacle: str = ""
    """Why it was refused or cancelled."""
    changed_at: datetime = moment()
    """When it came into its state."""


class SourceFile(SQLModel, table=True):
    """A file of content that came in without error, as it is now. `fingerprint` is of all that its reading depends on,
    so that an unchanged one is not read again; empty of pictures, and of what all pages depend on."""

    __tablename__ = "source_file"
    path: str = Field(primary_key=True)
    fingerprint: str
    sha256: str | None = Field(default=None, foreign_key="source_text.sha256")
    """None of a file that came in before its bytes were kept; the next sync brings them."""
    replaced: str | None = None
    """Written at the desk: the digest of the file that it took the place of, empty for a new one. A folder that still
    has that file is behind. None of what came from a folder."""


class MarketFacts(SQLModel, table=True):
    """What a market's file says that frames show: its names and its emergency number."""

    __tablename__ = "market_facts"
    market: str = Field(primary_key=True)
    about: dict[str, Any] = Field(sa_type=JSON)


class Draft(SQLModel, table=True):
    """One file of content as it is being written. `version` counts its savings: whoever saves names the one they saw.
    What it says is its newest `DraftSave`."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    path: str = Field(unique=True)
    base: str
    """The digest of the library's file that it was begun from; empty for a new one."""
    version: int
    state: str
    saved_at: datetime = moment()


class DraftSave(SQLModel, table=True):
    """A draft as somebody saved it. What one person saves within a few minutes is one row, which the newest keeps."""

    __tablename__ = "draft_save"
    draft_id: int = Field(foreign_key="draft.id", primary_key=True)
    version: int = Field(primary_key=True)
    content: bytes
    account_id: int = Field(foreign_key="account.id", index=True)
    """Purpose: an author may not sign their own work. Kept as long as the draft."""
    began_at: datetime = moment()
    at: datetime = moment()


class DraftPicture(SQLModel, table=True):
    """A picture that was sent to a topic and is in no page of the library yet. Encoded anew by us."""

    __tablename__ = "draft_picture"
    path: str = Field(primary_key=True)
    content: bytes
    account_id: int = Field(foreign_key="account.id", index=True)
    """Purpose: whoever drew it is an author. Kept until it comes into the library with a page."""
    at: datetime = moment()


class Interest(SQLModel, table=True):
    """A topic that a person follows. Purpose: to find it again, and to be written to about what one chose oneself.
    Kept until the person stops following it, or is erased."""

    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    topic_id: int = Field(foreign_key="topic.id", primary_key=True)
    at: datetime = moment()


class SavedPage(SQLModel, table=True):
    """A document that a person saved. Purpose: to find it again. Kept until the person removes it, or is erased. Holds
    no title: that is looked up each time, since the person may not see it any more."""

    __tablename__ = "saved_page"
    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    at: datetime = moment()
