"""Tables: reports as they were first shown, and the log of exports, append-only."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from webapp.core.db import moment


class ReportSnapshot(SQLModel, table=True):
    """One campaign's released figures of one week, as they were when first asked for; never made again, so that no
    later state can be subtracted from an earlier one. Nothing personal, and nothing that was withheld."""

    __tablename__ = "report_snapshot"
    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True)
    period: str = Field(primary_key=True)
    content: dict[str, Any] = Field(sa_type=JSON)
    made_at: datetime = moment()


class ExportEntry(SQLModel, table=True):
    """Who took which report away, and when. Purpose: to show that fixed tables only were taken."""

    __tablename__ = "export_entry"
    id: int | None = Field(default=None, primary_key=True)
    account_id: int
    campaign_id: int
    period: str
    at: datetime = moment()
