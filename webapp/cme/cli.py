"""`materia cme`: check activities."""

import sys
from pathlib import Path

import click

from webapp.cme.service import folder
from webapp.core.process import give_way

directory_argument = click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path),
                                    envvar="MATERIA_CONTENT_DIR", default="content")


@click.group()
def cme() -> None:
    """Check accredited activities, and bring them in."""
    give_way()


@cme.command()
@directory_argument
def check(directory: Path) -> None:
    """Report every problem in the activities below DIRECTORY/cme, by file and line; exit 1 if there is any.

    Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    readings = folder.read_all(directory)
    for reading in readings:
        for problem in reading.problems:
            click.echo(str(problem))
    count = sum(len(reading.problems) for reading in readings)
    click.echo(f"{len(readings)} activities, {count} errors.")
    sys.exit(1 if count else 0)
