"""`materia campaign`: what is planned and what was sent."""

from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from webapp.campaigns import queries
from webapp.campaigns.service.planning import company_name, subject
from webapp.channels import queries as channels


@click.group()
def campaign() -> None:
    """Look at campaigns."""


@campaign.command("list")
@click.pass_obj
def list_(context: Any) -> None:
    """Every campaign: key, sponsor, time, state, and its deliveries by state."""
    table = Table(Column("Key", no_wrap=True), "Sponsor", "Name", "Send at (UTC)", "State", "Deliveries")
    with context.platform.database.reading() as session:
        for entry in queries.all_campaigns(session):
            states = channels.states(session, subject(entry.id or 0))
            table.add_row(entry.key, company_name(session, entry), entry.name, f"{entry.send_at:%Y-%m-%d %H:%M}",
                          entry.state + (f": {entry.blocked_because}" if entry.blocked_because else ""),
                          ", ".join(f"{state} {count}" for state, count in sorted(states.items())) or "none")
    Console().print(table)
