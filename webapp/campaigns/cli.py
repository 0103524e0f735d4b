"""`materia campaign`: what is planned and what was sent."""

from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from webapp.campaigns import queries
from webapp.campaigns.service.planning import company_name, subject
from webapp.channels import queries as channels
from webapp.channels.rules import TRANSITIONS, DeliveryState
from webapp.channels.service import outbox
from webapp.core import clock
from webapp.core.errors import NotFound


@click.group()
def campaign() -> None:
    """Look at campaigns, and settle deliveries whose fate is unknown."""


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


@campaign.command()
@click.argument("key")
@click.pass_obj
def unknown(context: Any, key: str) -> None:
    """The deliveries of campaign KEY whose last answer was lost: by their key, and since when."""
    with context.platform.database.reading() as session:
        found = queries.by_key(session, key)
        if found is None:
            raise NotFound(f"There is no campaign {key}. `materia campaign list` shows the keys.")
        for delivery in channels.unknown(session, subject(found.id or 0)):
            click.echo(f"{delivery.key}  {delivery.changed_at:%Y-%m-%d %H:%M} UTC")


@campaign.command()
@click.argument("delivery")
@click.argument("state", type=click.Choice(sorted(TRANSITIONS[DeliveryState.UNKNOWN])))
@click.pass_obj
def resolve(context: Any, delivery: str, state: str) -> None:
    """Settle an unknown DELIVERY by what the mail server's log says: `queued` sends it again."""
    with context.platform.database.writing() as session:
        outbox.resolve_unknown(session, delivery, DeliveryState(state), clock.now())
    click.echo(f"{delivery} is {state}.")
