"""`materia library`: the sources that claims are anchored to."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from webapp.core import clock
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.errors import Invalid
from webapp.library import queries
from webapp.library.rules.files import FAULTS, MOST_BYTES, Fault
from webapp.library.service import adding
from webapp.library.service.adding import About

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
MOST_LISTED = 1000


@click.group()
def library() -> None:
    """Bring sources into the reference library, and list them."""


@library.command("import")
@click.argument("file", type=FILE)
@click.option("--name", required=True, help="What claims call it, such as trial-2024; one that is here: next version.")
@click.option("--title", required=True, help="Its title.")
@click.option("--issuer", required=True, help="Who issued it.")
@click.option("--date", "issued", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Day it was issued, or saved.")
@click.option("--url", default="", help="Where it was found.")
@click.option("--licence", required=True, help="By what right it is kept here, in words.")
@click.option("--for-readers", "is_for_readers", is_flag=True,
              help="Its licence lets readers be shown it; else it stays in the house.")
@click.pass_obj
def import_(context: Any, file: Path, issued: datetime, **about: Any) -> None:
    """Bring in FILE: a PDF with text, a saved page (HTML) or a plain text. Bringing it in again changes nothing."""
    if file.stat().st_size > MOST_BYTES:
        raise Invalid(FAULTS[Fault.LARGE])
    prepared = adding.prepare(file.read_bytes())
    told = About(issued_on=issued.date(), **about)
    with context.platform.database.writing() as session:
        document, is_new = adding.add(session, prepared, told, By(COMMAND_LINE, clock.now()))
        click.echo(f"{document.name}, version {document.version}, {document.page_count} pages: "
                   f"{'came in' if is_new else 'is here already'}.")


@library.command("list")
@click.pass_obj
def list_(context: Any) -> None:
    """List the newest version of every document."""
    with context.platform.database.reading() as session:
        found = queries.current(session, "", offset=0, limit=MOST_LISTED)
        for document in found:
            reach = "may be shown to readers" if document.is_for_readers else "in the house only"
            click.echo(f"{document.name} · version {document.version} of {document.issued_on} · {document.title} · "
                       f"{document.issuer} · {document.page_count} pages · {document.licence} ({reach})")
    click.echo(f"{len(found)} documents.")
