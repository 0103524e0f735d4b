"""`materia content`: check and synchronise Markdown."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from webapp.articles import queries
from webapp.articles.rules.locate import Problem
from webapp.articles.service import library, sync
from webapp.core import clock

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def content() -> None:
    """Check and synchronise the Markdown that pages are made from."""


@content.command()
@click.argument("directory", type=FOLDER, default="content")
def check(directory: Path) -> None:
    """Report every problem below DIRECTORY, by file and line; exit 1 if any is an error."""
    problems = library.check(directory)
    _show(problems)
    errors = sum(problem.severity == "error" for problem in problems)
    click.echo(f"{errors} errors, {len(problems) - errors} warnings.")
    sys.exit(1 if errors else 0)


@content.command("sync")
@click.argument("directory", type=FOLDER, default="content")
@click.option("--keep-going", is_flag=True, help="Import what is good and report the rest; else it is all or nothing.")
@click.pass_obj
def sync_(context: Any, directory: Path, keep_going: bool) -> None:
    """Make revisions of what changed below DIRECTORY. Publishes nothing, and withdraws nothing."""
    platform = context.platform
    with platform.database.reading() as session:
        known = queries.fingerprints(session)
    try:
        prepared = sync.prepare(directory, known, keep_going=keep_going,
                                style=platform.renderer.static.text("css/article.css").encode())
    except sync.SyncRefused as refused:
        _show(refused.problems)
        raise click.ClickException(f"{refused}. Mend them, or import the rest with --keep-going.") from None
    with platform.database.writing() as session:
        done = sync.store(session, prepared, clock.now())
    _show(done.problems)
    click.echo(f"{done.revisions} new revisions, {done.unchanged_files} files unchanged, "
               f"{len(done.problems)} errors.")
    sys.exit(1 if done.problems else 0)


def _show(problems: Sequence[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)
