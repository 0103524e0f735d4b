"""A report as a file, and the log of who took one away."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from webapp.core.errors import N_, NotFound
from webapp.core.platform import Platform
from webapp.core.privacy import WITHHELD
from webapp.core.spreadsheet import cell
from webapp.reports.models import ExportEntry
from webapp.reports.rules import with_one_decimal
from webapp.reports.service.building import NOTHING_SENT, WRITE_SECONDS, Report

COLUMNS = ("campaign", "article", "week", "population", "dimension", "category", "reader_days", "readings",
           "median_engaged_seconds", "completion", "simulated")
COMMAND_LINE = 0
"""Stands in the log for whoever took a report at the command line; accounts are numbered from 1."""


def as_csv(report: Report) -> str:
    """The report's tables as one file, in English for all: a row per cell; withheld counts as `<11*`, and nothing
    beside them. NotFound if no week is open yet, or nothing was sent."""
    if report.is_unsent:
        raise NotFound(NOTHING_SENT)
    if report.week is None:
        raise NotFound(N_("No week of this campaign is open yet, so there is nothing to download."))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    head = [cell(report.campaign.name), cell(report.article.title), report.week.name]
    simulated = "yes" if report.is_simulated else "no"
    for table in report.figures.tables:
        for line in table.lines:
            writer.writerow([*head, table.population, table.dimension, line.category or "total", _shown(line.readers),
                             _shown(line.readings), _median(line.median_engaged_seconds),
                             _share(line.completion), simulated])
    for name, count in report.figures.mail:
        writer.writerow([*head, "mail", "state", name, _shown(count), "", "", "", simulated])
    return out.getvalue()


def _shown(count: int | None) -> str:
    return WITHHELD if count is None else str(count)


def _median(value: float | None) -> str:
    return "" if value is None else with_one_decimal(value)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def log_export(platform: Platform, report: Report, account_id: int, now: datetime) -> None:
    """Notes who takes which report away; returns once it is committed."""
    assert report.week is not None
    platform.writer.submit(_write_exports, {
        "account_id": account_id, "campaign_id": report.campaign.id, "period": report.week.name, "at": now,
    }).result(WRITE_SECONDS)


def _write_exports(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    connection.execute(insert(ExportEntry), list(rows))
