"""`materia safety`: where companies take cases of side effects."""

from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from webapp.core import clock
from webapp.core.audit import COMMAND_LINE, By, reason_of
from webapp.safety import queries
from webapp.safety.service import desks
from webapp.safety.service.desks import NewDesk, Way
from webapp.sponsors import queries as sponsors

REASON = click.option("--reason", required=True, help="Why, for the audit: 3 to 500 characters, no health details.")


@click.group()
def safety() -> None:
    """Say where companies take cases of side effects."""


@safety.group()
def desk() -> None:
    """Open, close and list safety desks. Readers are asked for reports only where a desk takes them."""


@desk.command("open")
@click.argument("company")
@click.argument("product")
@click.argument("market")
@click.option("--mailbox", help="Where its cases go by mail.")
@click.option("--webhook", help="Where its cases go by HTTPS.")
@REASON
@click.pass_obj
def open_(context: Any, company: str, product: str, market: str, mailbox: str | None, webhook: str | None,
          reason: str) -> None:
    """Let COMPANY take cases on PRODUCT (a drug's folder below content/drugs) in MARKET."""
    if bool(mailbox) == bool(webhook):
        raise click.UsageError("Name one of --mailbox and --webhook.")
    meant = NewDesk(company, product, market, Way.MAILBOX if mailbox else Way.WEBHOOK, mailbox or webhook or "")
    by = By(COMMAND_LINE, clock.now(), reason_of(reason))
    with context.platform.database.writing() as session:
        desks.open_desk(session, meant, by, known=context.drugs(session))
    click.echo(f"{company} takes cases on {product} in {market}, at {meant.address}.")


@desk.command()
@click.argument("product")
@click.argument("market")
@REASON
@click.pass_obj
def close(context: Any, product: str, market: str, reason: str) -> None:
    """Close the desk for PRODUCT in MARKET. What it took stays with its company; readers are sent to the authority."""
    by = By(COMMAND_LINE, clock.now(), reason_of(reason))
    with context.platform.database.writing() as session:
        desks.close_desk(session, product, market, by)
    click.echo(f"Nobody takes cases on {product} in {market} any more.")


@desk.command("list")
@click.pass_obj
def list_(context: Any) -> None:
    """Every open desk: product, market, company, and where its cases go."""
    table = Table(Column("Product", no_wrap=True), "Market", "Company", "By", Column("Address", overflow="fold"),
                  "Since (UTC)")
    with context.platform.database.reading() as session:
        found = queries.desks(session)
        companies = sponsors.companies(session, [entry.company_id for entry in found])
        for entry in found:
            table.add_row(entry.product, entry.market, companies[entry.company_id].name, entry.channel, entry.address,
                          f"{entry.opened_at:%Y-%m-%d}")
    Console().print(table if found else "No desk is open. `materia safety desk open --help` says how one is opened.")
