"""`materia safety`: where companies take cases of side effects, and what was handed over to them."""

import codecs
import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from webapp.core import audit, clock
from webapp.core.audit import COMMAND_LINE, By, reason_of
from webapp.core.errors import NotFound
from webapp.core.spreadsheet import cell
from webapp.core.subject import Subject
from webapp.safety import queries
from webapp.safety.queries import coding
from webapp.safety.rules import number_read
from webapp.safety.rules.coding import LANGUAGES, checked_release
from webapp.safety.service import desks, dictionaries
from webapp.safety.service.courier import signing_keys
from webapp.safety.service.desks import NewDesk, Way
from webapp.safety.service.receiving import CASE, number_of
from webapp.sponsors import queries as sponsors

DAY = click.DateTime(["%Y-%m-%d"])
COLUMNS = ("At (UTC)", "Case", "Product", "Market", "Hand-over", "Channel", "Step", "Detail")
REASON = click.option("--reason", required=True, help="Why, for the audit: 3 to 500 characters, no health details.")


@click.group()
def safety() -> None:
    """Say where companies take cases of side effects, and see what was handed over to them."""


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
        desks.open_desk(session, meant, by)
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


@safety.group("terms")
def terms_() -> None:
    """Bring in a release of MedDRA that you hold a licence for, and list what is here."""


@terms_.command("import")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--version", help="Its version, such as 27.1, where the folder has no meddra_release.asc.")
@click.option("--language", type=click.Choice(list(LANGUAGES.values())), help="Its language, in that case.")
@click.option("--encoding", default=dictionaries.ENCODING, show_default=True, callback=lambda _, __, name: _codec(name),
              help="What the files are written in.")
@click.pass_obj
def import_terms(context: Any, folder: Path, version: str | None, language: str | None, encoding: str) -> None:
    """Bring in the lowest level terms of the MedDRA distribution in FOLDER, the one with llt.asc and pt.asc (a file in
    it will do). Officers are offered them beside our own list; nothing of it leaves the platform but the term of a
    case."""
    if bool(version) != bool(language):
        raise click.UsageError("Name both of --version and --language, or neither.")
    place = folder if folder.is_dir() else folder.parent
    try:
        release = checked_release(version, language) if version and language else dictionaries.release_in(
            place, encoding)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    count = dictionaries.bring_in(context.platform.database, place, release, clock.now(), encoding)
    click.echo(f"MedDRA {release.version} in {release.language}: {count:,} terms are offered to safety officers.")


@terms_.command("list")
@click.pass_obj
def list_terms(context: Any) -> None:
    """Every release that is here."""
    with context.platform.database.reading() as session:
        lines = [f"MedDRA {row.version} · {row.language} · {coding.count_terms(session, row.id or 0):,} terms · "
                 f"since {row.loaded_at:%Y-%m-%d}" for row in coding.dictionaries(session)]
    click.echo("\n".join(lines) or "No release is here: officers are offered our own list. "
               "`materia safety terms import --help` says how one is brought in.")


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise click.BadParameter(f"{name} is no encoding, such as utf-8 or gb18030.") from error


@safety.command()
@click.option("--case", "number", help="One case, such as AE-2026-000123.")
@click.option("--from", "first", type=DAY, help="From this day on (UTC).")
@click.option("--to", "last", type=DAY, help="To this day, the day included (UTC).")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the ledger to FILE.")
@click.pass_obj
def ledger(context: Any, number: str | None, first: datetime | None, last: datetime | None, file: Path | None) -> None:
    """Show what was handed over to desks, when, and acknowledged when. It names nobody.

    Who has it as a file leaves an entry in the audit.
    """
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
    with context.platform.database.writing() as session:
        audit.record(session, By(COMMAND_LINE, clock.now()), "safety-ledger-exported",
                     Subject(CASE, case.id or 0 if case else 0), f"lines:{len(rows)}")
    click.echo(f"{len(rows):,} lines written to {file}.")


@safety.command("signing-key")
@click.argument("product")
@click.argument("market")
@click.pass_obj
def signing_key(context: Any, product: str, market: str) -> None:
    """Show the key that signs what goes to the webhook of PRODUCT's desk in MARKET, for the company to check it with:
    the header Materia-Signature has t=SECONDS and v1=HEX, an HMAC-SHA256 of SECONDS, a dot and the body."""
    with context.platform.database.reading() as session:
        found = queries.desk(session, product, market)
    if found is None:
        raise NotFound(f"No desk is open for {product} in {market}.")
    click.echo(signing_keys(context.platform.ring, found)[0])
