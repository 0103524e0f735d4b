"""`materia safety`: what was handed over to companies' desks."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from webapp.core.errors import NotFound
from webapp.core.spreadsheet import cell
from webapp.safety import queries
from webapp.safety.rules import number_read
from webapp.safety.service.courier import signing_keys
from webapp.safety.service.receiving import number_of

DAY = click.DateTime(["%Y-%m-%d"])
COLUMNS = ("At (UTC)", "Case", "Product", "Market", "Hand-over", "Channel", "Step", "Detail")


@click.group()
def safety() -> None:
    """Look after reports of side effects."""


@safety.command()
@click.option("--case", "number", help="One case, such as AE-2026-000123.")
@click.option("--from", "first", type=DAY, help="From this day on (UTC).")
@click.option("--to", "last", type=DAY, help="To this day, the day included (UTC).")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the ledger to FILE.")
@click.pass_obj
def ledger(context: Any, number: str | None, first: datetime | None, last: datetime | None, file: Path | None) -> None:
    """Show what was handed over to desks, when, and acknowledged when. It names nobody."""
    with context.platform.database.reading() as session:
        case = queries.case_by_number(session, *number_read(number)) if number else None
        if number and case is None:
            raise NotFound(f"There is no case {number}. Numbers look like AE-2026-000123.")
        rows = [(f"{event.at:%Y-%m-%d %H:%M:%S}", number_of(about), desk.product, desk.market, row.key, desk.channel,
                 event.step, event.detail)
                for event, row, about, desk in queries.ledger(
                    session, case_id=case.id if case else None, first=first.replace(tzinfo=UTC) if first else None,
                    before=last.replace(tzinfo=UTC) + timedelta(days=1) if last else None)]
    if file is None:
        lines = ["  ".join(line).rstrip() for line in rows]
        click.echo("\n".join(lines) or "The ledger has no such line.")
        return
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *([cell(value) for value in line] for line in rows)])
    click.echo(f"{len(rows):,} lines written to {file}.")


@safety.command("signing-key")
@click.argument("product")
@click.argument("market")
@click.pass_obj
def signing_key(context: Any, product: str, market: str) -> None:
    """Show the key that signs what goes to the webhook of PRODUCT's desk in MARKET, for the company to check it with:
    the header Materia-Signature has t=SECONDS and v1=HEX, an HMAC-SHA256 of SECONDS, a dot and the body."""
    with context.platform.database.reading() as session:
        desk = queries.desk(session, product, market)
    if desk is None:
        raise NotFound(f"No desk is open for {product} in {market}.")
    click.echo(signing_keys(context.platform.ring, desk)[0])
