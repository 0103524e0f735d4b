"""Tables: campaigns, their messages and links, and clicks. Deliveries are rows of the one outbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from webapp.campaigns.rules import CampaignState
from webapp.core.db import moment
from webapp.core.ids import new_key


class Campaign(SQLModel, table=True):
    """One message of a sponsor to an audience at one time."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    company_id: int = Field(foreign_key="company.id", index=True)
    name: str
    account_kind: str
    market: str
    languages: list[str] = Field(sa_type=JSON)
    landing_kind: str
    landing_slug: str
    landing_audience: str
    local_time: str
    """Wall-clock time in `zone`, ISO 8601 without an offset, as it was planned."""
    zone: str
    send_at: datetime = moment(index=True)
    state: str = CampaignState.DRAFT
    blocked_because: str = ""
    released_at: datetime | None = moment(default=None)
    is_simulated: bool = False
    created_at: datetime = moment()


class CampaignMessage(SQLModel, table=True):
    """A campaign's words in one language: a subject and a body in Markdown."""

    __tablename__ = "campaign_message"
    __table_args__ = (UniqueConstraint("campaign_id", "language"),)
    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    language: str
    subject: str
    body: str
    """With the wordings of its claims filled in: what is signed and sent."""
    claims: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """The claims that it says, each with what it cites and the label section it leans on; None without any."""
    mandatory_texts: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """Policy's sentences for it on the day that it goes, as they are signed; None of messages that kept none."""


class LabelLook(SQLModel, table=True):
    """Somebody looked whether a message still holds though a newer label changed a section that it leans on. Who, and
    what they found, stands in the audit."""

    __tablename__ = "label_look"
    __table_args__ = (UniqueConstraint("message_id", "set_id", "section", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="campaign_message.id")
    set_id: str
    section: str
    version: int
    """Of the label, as it was looked at."""
    at: datetime = moment()


class CampaignLink(SQLModel, table=True):
    """Where a link of a message leads: a path of this site, stored, so that a click can lead nowhere else."""

    __tablename__ = "campaign_link"
    __table_args__ = (UniqueConstraint("campaign_id", "language", "target"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    language: str
    target: str


class Click(SQLModel, table=True):
    """One link of one mail being followed. Purpose: campaign figures. Kept for 13 months (`jobs.forget_clicks`).

    `mail_key` is drawn at random for each mail and stands in its links alone, so that a person's clicks are counted
    once and nothing stored tells whose they are.
    """

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    link_id: int = Field(foreign_key="campaign_link.id")
    mail_key: str
    kind: str
    at: datetime = moment()
