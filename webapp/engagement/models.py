"""Tables: readings, drops, salts, and daily sums."""

from datetime import date, datetime

from sqlalchemy import JSON, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_key


class Reading(SQLModel, table=True):
    """One view of one page. Purpose: aggregate figures. Holds no name; kept for 13 months."""

    __table_args__ = (Index("ix_reading_consented", "visitor_key", sqlite_where=text("is_consented = 1"),
                            postgresql_where=text("is_consented")),)
    view_id: str = Field(primary_key=True)
    day: date = Field(index=True)
    visitor_key: str
    """Keyed hash under the day's salt; unlinkable once the salt is gone. Of a reader who agreed to it: a pseudonym, the
    same on every day, until the consent is withdrawn; then a random key of the day."""
    is_consented: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether the view was counted under a consent. It stays when that is withdrawn, so that what the page still sends
    is known and dropped."""
    address_key: str = ""
    """The same of the address alone, to tell a crowd from readers; it dies with the same salt."""
    subject_kind: str
    subject_id: int
    revision_id: int
    audience: str
    language: str
    market: str
    source: str = ""
    engaged_seconds: float
    visible_seconds: float
    depth: int
    is_complete: bool
    is_robot: bool = False
    is_simulated: bool = False
    first_at: datetime = moment()
    last_at: datetime = moment()


class ReadingHistory(SQLModel, table=True):
    """A page that an account has read. Purpose: its owner finds it again. Kept until deleted by the owner, or until the
    consent to it is withdrawn; about nobody but the owner, and no part of any figure."""

    __tablename__ = "reading_history"
    __table_args__ = (UniqueConstraint("account_id", "subject_kind", "subject_id", name="uq_reading_history_subject"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    account_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    subject_kind: str
    subject_id: int
    first_at: datetime = moment()
    last_at: datetime = moment()


class DropCount(SQLModel, table=True):
    """How many beacons each step dropped on a day."""

    __tablename__ = "drop_count"
    day: date = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    count: int


class CrowdedAddress(SQLModel, table=True):
    """A day's address (its key) that sent more than a shared one would: its readings stand in no sum. Purpose: honest
    figures. Names nobody once the day's salt is gone; kept as long as the readings."""

    __tablename__ = "crowded_address"
    day: date = Field(primary_key=True)
    address_key: str = Field(primary_key=True)


class DailySalt(SQLModel, table=True):
    """The salt of one UTC day's keys of visitors and addresses; deleted after the next day, and with it every way to
    link them."""

    __tablename__ = "daily_salt"
    day: date = Field(primary_key=True)
    salt: bytes = Field(repr=False)


class DirtyDay(SQLModel, table=True):
    """A day whose sums are older than its readings."""

    __tablename__ = "dirty_day"
    day: date = Field(primary_key=True)
    touched_at: datetime = moment()
    touch: str = ""
    """Another random value with each change, by which a roll-up knows whether its sums are still whole."""


class ReadingDay(SQLModel, table=True):
    """Sums of one day's readings by people, for one page, edition, language, market and source."""

    __tablename__ = "reading_day"
    __table_args__ = (UniqueConstraint("day", "subject_kind", "subject_id", "audience", "language", "market",
                                       "source", "is_simulated", name="uq_reading_day_cell"),)
    id: int | None = Field(default=None, primary_key=True)
    day: date
    subject_kind: str
    subject_id: int
    audience: str
    language: str
    market: str
    source: str
    is_simulated: bool
    readers: int
    readings: int
    completions: int
    engaged_histogram: dict[str, int] = Field(sa_type=JSON)
    """Five-second bucket (its lower end, in seconds) -> readings, from which medians are drawn."""
