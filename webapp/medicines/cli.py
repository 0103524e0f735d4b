"""`materia labels`: product labels that claims lean on."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from webapp.core import clock
from webapp.medicines import queries, service
from webapp.medicines.rules.spl import DOCUMENT_TYPES
from webapp.medicines.service import Outcome

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def labels() -> None:
    """Bring in product labels (SPL), and list them."""


@labels.command("import")
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE.xml...")
@click.pass_obj
def import_(context: Any, files: tuple[Path, ...]) -> None:
    """Bring in the label in each FILE, then flag the pages whose cited sections a newer version changed.

    A file comes in whole or not at all, and may be brought in again. Exit 1 if one was refused.
    """
    counted: Counter[Outcome] = Counter()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=len(files) == 1) as bar:
        for path in bar.track(files, description="Labels"):
            report = service.import_file(context.platform.database, path, clock.now())
            counted[report.outcome] += 1
            click.echo(f"{path}: {report.outcome}: {report.about}", err=report.outcome is Outcome.REFUSED)
    flagged = context.follow_labels()
    click.echo(f"{counted[Outcome.NEW] + counted[Outcome.OLDER]} new, {counted[Outcome.KNOWN]} known, "
               f"{counted[Outcome.REFUSED]} refused. {flagged} flags for another look.")
    sys.exit(1 if counted[Outcome.REFUSED] else 0)


@labels.command("list")
@click.pass_obj
def list_(context: Any) -> None:
    """List every label that came in; `*` marks the current version of each."""
    with context.platform.database.reading() as session:
        found = queries.listed(session)
        newest = queries.current(session, {label.set_id for label, _ in found})
        for label, count in found:
            mark = "*" if newest[label.set_id].version == label.version else " "
            click.echo(f"{mark} {label.product or '-'} · {label.set_id} · version {label.version} of "
                       f"{label.effective_on} · {label.manufacturer} · {DOCUMENT_TYPES[label.document_type]} · "
                       f"{label.marketing_category} · {count} sections")
    click.echo(f"{len(found)} labels.")
