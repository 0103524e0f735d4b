"""`materia content`: check, synchronise, export, publish and withdraw."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from webapp.articles import queries
from webapp.articles.rules.locate import Problem
from webapp.articles.service import export as exporting
from webapp.articles.service import library, sync
from webapp.articles.service import publish as publishing
from webapp.core import clock
from webapp.core.errors import NotFound
from webapp.core.process import give_way

directory_argument = click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path),
                                    envvar="MATERIA_CONTENT_DIR", default="content")
"""From the variable itself, as the settings read it: checking content needs no other of them, and no secret."""


@click.group()
def content() -> None:
    """Check, synchronise and export the Markdown that pages are made from; publish and withdraw them."""
    give_way()


@content.command()
@directory_argument
def check(directory: Path) -> None:
    """Report every problem below DIRECTORY, by file and line; exit 1 if any is an error.

    Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    problems = library.check(directory)
    _show(problems)
    errors = sum(problem.severity == "error" for problem in problems)
    click.echo(f"{errors} errors, {len(problems) - errors} warnings.")
    sys.exit(1 if errors else 0)


@content.command("sync")
@directory_argument
@click.option("--keep-going", is_flag=True, help="Import what is good and report the rest; else it is all or nothing.")
@click.pass_obj
def sync_(context: Any, directory: Path, keep_going: bool) -> None:
    """Make revisions of what changed below DIRECTORY. Publishes nothing, and withdraws nothing.

    What was written at the desk stays, where DIRECTORY still has the file that it took the place of.

    Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    platform = context.platform
    with platform.database.reading() as session:
        known, written = queries.fingerprints(session), exporting.written(session)
    try:
        prepared = sync.prepare(directory, known, keep_going=keep_going, written=written,
                                style=platform.renderer.static.text("css/article.css").encode(),
                                on=clock.now().date())
    except sync.SyncRefused as refused:
        _show(refused.problems)
        raise click.ClickException(f"{refused}. Mend them, or import the rest with --keep-going.") from None
    done = sync.bring_in(platform.database, prepared, clock.now())
    _show(done.problems)
    for path in done.behind:
        click.echo(f"{path}: the desk's is newer and stays. `materia content export` writes it out.", err=True)
    click.echo(f"{done.revisions} new revisions, {done.unchanged_files} files unchanged, "
               f"{len(done.problems)} errors.")
    sys.exit(1 if done.problems else 0)


@content.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.pass_obj
def export(context: Any, directory: Path) -> None:
    """Write the whole library into DIRECTORY, which must be empty: it comes in again as the same revisions."""
    with context.platform.database.reading() as session:
        written = exporting.export(session, directory)
    click.echo(f"{written} files written to {directory}.")


@content.command()
@click.option("--again", metavar="ADDRESS", multiple=True, help="Bring back what was withdrawn at ADDRESS, too.")
@click.pass_obj
def publish(context: Any, again: tuple[str, ...]) -> None:
    """Publish every new revision that review has cleared and policy allows; say why the others wait."""
    platform = context.platform
    with platform.database.reading() as session:
        ready, held = publishing.sort_out(platform, session, clock.now(), again)
        planned = publishing.plan(platform, session, ready, overviews=context.overviews, now=clock.now())
    with platform.database.writing() as session:
        publishing.carry_out(session, planned, clock.now())
    context.renew_pages()  # a market's file may have changed with the pages
    for why in held:
        click.echo(why, err=True)
    click.echo(f"{len(ready)} pages published, {len(held)} wait.")


@content.command()
@click.argument("address")
@click.option("--reason", default="", help="Why, for the audit.")
@click.pass_obj
def withdraw(context: Any, address: str, reason: str) -> None:
    """Take down every page of ADDRESS (such as diseases/asthma): it answers 410 from then on, and the log says so."""
    platform = context.platform
    with platform.database.reading() as session:
        gone = [entry.document_id for entry in queries.live(session) if entry.address == address]
        if not gone:
            raise NotFound(f"Nothing is published at {address}. Write an address such as diseases/asthma.")
        planned = publishing.plan_withdrawal(platform, session, gone, overviews=context.overviews, now=clock.now())
    with platform.database.writing() as session:
        publishing.carry_out(session, planned, clock.now(), reason)
    click.echo(f"{len(gone)} pages of {address} withdrawn.")


def _show(problems: Sequence[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)
