"""`materia cme`: check activities, bring them in, let them be begun, and end them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from webapp.cme import queries
from webapp.cme.service import folder, versions
from webapp.cme.service.folder import Reading
from webapp.core import clock
from webapp.core.audit import COMMAND_LINE, By, reason_of
from webapp.core.errors import NotFound, Refused
from webapp.core.process import give_way

directory_argument = click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path),
                                    envvar="MATERIA_CONTENT_DIR", default="content")
REASON = click.option("--reason", required=True, help="Why, for the audit.")


@click.group()
def cme() -> None:
    """Check accredited activities, bring them in, and say which can be begun."""
    give_way()


@cme.command()
@directory_argument
def check(directory: Path) -> None:
    """Report every problem in the activities below DIRECTORY/cme, by file and line; exit 1 if there is any.

    Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    readings = folder.read_all(directory)
    count = _show(readings)
    click.echo(f"{len(readings)} activities, {count} errors.")
    sys.exit(1 if count else 0)


@cme.command()
@directory_argument
@click.pass_obj
def sync(context: Any, directory: Path) -> None:
    """Make a version of every activity that changed below DIRECTORY/cme: all, or with an error anywhere none.

    Publishes nothing. Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    readings = folder.read_all(directory)
    if _show(readings):
        raise click.ClickException("Nothing was brought in. Mend the problems, and run it again.")
    made = [versions.make(reading.draft) for reading in readings if reading.draft]
    with context.platform.database.writing() as session:
        new = versions.bring_in(session, made, clock.now())
    click.echo(f"{len(new)} new versions, {len(made) - len(new)} activities unchanged.")


@cme.command("list")
@click.pass_obj
def list_(context: Any) -> None:
    """List every activity, its newest version, and whether it can be begun."""
    with context.platform.database.reading() as session:
        for activity in queries.all_activities(session):
            newest = queries.newest(session, activity.id or 0)
            number = newest.number if newest else 0
            state = "can be begun" if activity.live_version_id else "cannot be begun"
            if activity.live_version_id and newest and newest.id != activity.live_version_id:
                state += f", and version {number} waits"
            learners = queries.learners(session, newest.id or 0) if newest else 0
            click.echo(f"{activity.slug:<50} version {number}  {learners} learners  {state}")


@cme.command()
@click.argument("slug")
@click.pass_obj
def submit(context: Any, slug: str) -> None:
    """Hand the newest version of SLUG in for review, by the route that nobody of a sponsor may be on."""
    platform = context.platform
    with platform.database.writing() as session:
        versions.hand_in(session, _newest(session, slug), author_ids=(), link=f"{platform.base_url}/cme/{slug}",
                         now=clock.now())
    click.echo("Handed in for review.")


@cme.command()
@click.argument("slug")
@click.pass_obj
def publish(context: Any, slug: str) -> None:
    """Let learners begin the newest version of SLUG; who is in an earlier one has its grace to finish."""
    platform = context.platform
    with platform.database.writing() as session:
        try:
            is_new = versions.publish(session, _newest(session, slug), By(COMMAND_LINE, clock.now()),
                                      accepts_samples=platform.is_demo)
        except Refused as why:
            raise click.ClickException(str(why)) from None
    click.echo("It can be begun." if is_new else "It could be begun already.")


@cme.command()
@click.argument("slug")
@REASON
@click.pass_obj
def withdraw(context: Any, slug: str, reason: str) -> None:
    """Let nobody begin SLUG any more; who is in the middle has its grace to finish."""
    with context.platform.database.writing() as session:
        versions.withdraw(session, slug, By(COMMAND_LINE, clock.now(), reason_of(reason)))
    click.echo(f"{slug} cannot be begun any more.")


@cme.command()
@click.argument("slug")
@REASON
@click.pass_obj
def end(context: Any, slug: str, reason: str) -> None:
    """End the accreditation of SLUG before its time: no credit from now on."""
    with context.platform.database.writing() as session:
        versions.end(session, slug, By(COMMAND_LINE, clock.now(), reason_of(reason)))
    click.echo(f"No credit is given for {slug} from now on.")


def _newest(session: Any, slug: str) -> Any:
    activity = queries.activity(session, slug)
    version = queries.newest(session, activity.id or 0) if activity else None
    if version is None:
        raise NotFound(f"There is no activity {slug}. `materia cme list` names them.")
    return version


def _show(readings: Sequence[Reading]) -> int:
    problems = [problem for reading in readings for problem in reading.problems]
    for problem in problems:
        click.echo(str(problem))
    return len(problems)
