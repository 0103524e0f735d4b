"""`materia report`: one campaign's report."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table as Grid

from webapp.campaigns import queries as campaigns
from webapp.campaigns.rules import CampaignState
from webapp.core import clock
from webapp.core.errors import NotFound
from webapp.core.privacy import WITHHELD
from webapp.reports.rules import with_one_decimal
from webapp.reports.service import building, exporting
from webapp.reports.service.building import Report


@click.command()
@click.argument("campaign")
@click.option("--week", help="An ISO week such as 2026-W45; the newest that is open by default.")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the tables to FILE.")
@click.pass_obj
def report(context: Any, campaign: str, week: str | None, file: Path | None) -> None:
    """Show the report of CAMPAIGN (its key, see `materia campaign list`). Small counts are withheld here too."""
    with context.platform.database.reading() as session:
        found = campaigns.by_key(session, campaign)
        if found is None:
            raise NotFound(f"There is no campaign {campaign}. `materia campaign list` shows the keys.")
    if found.state == CampaignState.DRAFT:
        raise NotFound(f"{campaign} is a draft, and has no report. It gets one once it was scheduled and sent.")
    now = clock.now()
    built = building.build(context.platform, found, week, now)
    if file is None:
        _show(built)
    else:
        text = exporting.as_csv(built)
        exporting.log_export(context.platform, built, exporting.COMMAND_LINE, now)
        file.write_text(text, encoding="utf-8-sig", newline="")
        click.echo(f"Written to {file}.")


def _show(built: Report) -> None:
    console = Console()
    simulated = " (simulated data)" if built.is_simulated else ""
    week = built.week.name if built.week else "nothing was sent" if built.is_unsent else "no week is open yet"
    console.print(f"{built.campaign.name}: {built.article.title}, {week}{simulated}")
    for table in built.figures.tables:
        grid = Grid(table.dimension, "Reader-days", "Readings", "Median engaged s", "Completed",
                    title=f"{table.population}, by {table.dimension}")
        for line in table.lines:
            grid.add_row(line.category or "total", _count(line.readers), _count(line.readings),
                         "" if line.median_engaged_seconds is None else with_one_decimal(line.median_engaged_seconds),
                         "" if line.completion is None else f"{line.completion:.0%}")
        console.print(grid)
    if built.figures.mail:
        mail = Grid("Mail", "People")
        for name, count in built.figures.mail:
            mail.add_row(name, _count(count))
        console.print(mail)


def _count(value: int | None) -> str:
    return WITHHELD if value is None else str(value)
