"""`materia registry`: registers that applications are compared with."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from webapp.core import clock
from webapp.professionals.service import importing

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group()
def registry() -> None:
    """Load the registers of health professionals that applications are compared with."""


@registry.command("import")
@click.argument("source", type=click.Choice(["nppes"]))
@click.argument("file", type=FILE)
@click.pass_obj
def import_(context: Any, source: str, file: Path) -> None:
    """Load FILE, the `npidata_pfile` of CMS's NPPES (SOURCE nppes), monthly or weekly: individuals alone.

    It may be stopped: started again with the same file, it goes on. Bad rows are told and left out.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), DownloadColumn(),
               TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(file.name, total=file.stat().st_size)
        done = importing.import_nppes(context.platform.database, file, clock.now(),
                                      lambda progress: bar.update(task, completed=progress.offset))
    for fault in done.faults:
        click.echo(f"{file}: {fault}; left out.", err=True)
    if done.bad > len(done.faults):
        click.echo(f"{file}: {done.bad - len(done.faults):,} more bad rows.", err=True)
    again = f" Went on at byte {done.resumed_at:,}." if done.resumed_at else ""
    click.echo(f"{done.individuals:,} individuals, {done.organisations:,} organisations left out, "
               f"{done.bad:,} bad rows.{again}")
