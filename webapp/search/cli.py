"""`materia search`: the index of this machine."""

from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from webapp.core import clock
from webapp.search.service.keeping import Keeper


@click.group()
def search() -> None:
    """Look after the index that the search reads."""


@search.command()
@click.pass_obj
def rebuild(context: Any) -> None:
    """Make the index of this data directory anew from the database.

    The worker keeps it by itself; this is for an index that is broken. Readers are answered from the old one until the
    new one is whole.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("Pages", total=None)
        done = Keeper(context.platform.database, context.settings.data_dir).rebuild(
            clock.now(), lambda count, total: bar.update(task, completed=count, total=total))
    click.echo(f"The index is made anew: {done}.")
