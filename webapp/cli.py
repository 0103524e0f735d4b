"""The `materia` command."""

import logging
import re
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import click
from alembic.util import CommandError
from sqlalchemy.exc import DatabaseError, OperationalError

from webapp import config, schema, wsgi
from webapp.app import OVERVIEWS
from webapp.articles.cli import content
from webapp.articles.jobs import flag_labels
from webapp.articles.queries import shows_samples
from webapp.articles.service.pages import OverviewMaker
from webapp.articles.service.sync import SyncRefused
from webapp.campaigns.cli import campaign
from webapp.cme.cli import cme
from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import MateriaError
from webapp.core.platform import Platform
from webapp.core.process import FULL, AlreadyHeld, check_port, end_with_parent, hold
from webapp.library.cli import library
from webapp.medicines.cli import labels
from webapp.ops.cli import audit, review
from webapp.people.cli import people
from webapp.professionals.cli import registry
from webapp.reports.cli import report
from webapp.safety.cli import safety
from webapp.search.cli import search
from webapp.supervisor import Demo
from webapp.worker import Worker

SAMPLES = ("Readers see samples here, which are shown in demo mode alone: no page was renewed or taken down. The demo "
           "renews them when it starts; to do so now, set MATERIA_DEMO=1 and run the command again.")
MISSING = re.compile("no such (table|column)|has no column|(relation|column) .* does not exist|transaction is aborted")
"""As SQLite and PostgreSQL say it; the last is the answer to asking again, as `core.db.Prepared` does."""
NO_SPACE = re.compile("disk is full|[Nn]o space left")
NO_ROOM = "No space is left on the disk of {place}. Make room there, then start again."
PLACES = "the data directory, of the database or of temporary files"
PORT = click.IntRange(0, 65_535)
RUNNING = ("demo", "serve", "worker")
"""What works on the database for as long as it runs, by the roles it holds."""


@dataclass
class Context:
    """What commands are handed: settings and platform, made when first asked for."""

    @cached_property
    def settings(self) -> Settings:
        """From the environment."""
        return config.load()

    @cached_property
    def platform(self) -> Platform:
        """Built from the settings."""
        return config.platform(self.settings)

    def close(self) -> None:
        """Closes what was made."""
        if "platform" in self.__dict__:
            self.platform.close()

    @property
    def overviews(self) -> tuple[OverviewMaker, ...]:
        """Pages that change with every publication."""
        return OVERVIEWS

    def renew_pages(self) -> None:
        """Takes down what may no longer be shown, and renews the frame around the rest. A demo's pages are left to the
        demo, and it says so: outside demo mode its samples may not be shown, and each of them would go."""
        if not self.platform.is_demo and self._shows_samples():
            click.echo(SAMPLES, err=True)
            return
        wsgi.renew_pages(self.platform)

    def _shows_samples(self) -> bool:
        with self.platform.database.reading() as session:
            return shows_samples(session)

    def follow_labels(self) -> int:
        """Flags the pages that labels which came in call into question, and shows the labels beside pages. How many
        flags; those the worker would make as well, within a minute."""
        with self.platform.database.writing() as session:
            flagged = flag_labels(session, clock.now()) or 0
        self.renew_pages()
        return flagged


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Materia: disease and drug education, its readers, and campaigns.

    `materia demo` needs nothing; all other commands read their settings from variables that begin with MATERIA_.
    """
    context.call_on_close(context.ensure_object(Context).close)


cli.add_command(content)
cli.add_command(campaign)
cli.add_command(report)
cli.add_command(registry)
cli.add_command(people)
cli.add_command(audit)
cli.add_command(review)
cli.add_command(labels)
cli.add_command(library)
cli.add_command(safety)
cli.add_command(cme)
cli.add_command(search)


@cli.command()
@click.option("--port", type=PORT, default=8000, show_default=True, help="Port of the web server.")
@click.option("--dir", "directory", type=click.Path(file_okay=False, path_type=Path), default="var/demo",
              show_default=True, help="Where the demo keeps its database, keys and mail.")
@click.option("--reset", "is_reset", is_flag=True, help="Empty the directory first.")
@click.option("--campaign-in", "seconds", default=60, hidden=True, help="Seconds from the first start to the mails.")
def demo(port: int, directory: Path, is_reset: bool, seconds: int) -> None:
    """Run everything with a sample world: fictional accounts, simulated reading, a local mailbox."""
    Demo(directory, port, timedelta(seconds=seconds)).run(is_reset=is_reset)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="Port to listen on.")
@click.option("--parent", type=int, hidden=True, help="End when this process, the parent, does.")
@click.pass_obj
def serve(context: Context, host: str, port: int, parent: int | None) -> None:
    """Run the web server. One process answers with many threads; a second start on the same data refuses."""
    if parent is not None:
        end_with_parent(parent)
    settings = context.settings
    hold(settings.data_dir, "serve", clock.now()).close()
    check_port(host, port)
    wsgi.make_ready(context.platform)
    context.platform.close()
    wsgi.serve(host, port, settings.web_threads)


@cli.command()
@click.option("--parent", type=int, hidden=True, help="End when this process, the parent, does.")
@click.pass_obj
def worker(context: Context, parent: int | None) -> None:
    """Run timed work and send mail. One may run for each data directory; of several, one leads the schedule."""
    if parent is not None:
        end_with_parent(parent)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    Worker(context.platform, context.settings).run()


@cli.group()
def db() -> None:
    """Look after the database's schema."""


@db.command()
@click.argument("revision", default="head")
@click.pass_obj
def upgrade(context: Context, revision: str) -> None:
    """Bring the schema up to REVISION (the newest by default), and stored pages with it."""
    schema.upgrade(context.platform.database, revision)
    if revision == "head":
        context.renew_pages()
    click.echo(f"The schema is at {schema.current(context.platform.database)}.")


@db.command(context_settings={"ignore_unknown_options": True})  # or else `-1` would be one
@click.argument("revision")
@click.option("--lose-data", "may_lose", is_flag=True, help="Drop tables that hold rows, too. Nothing brings them back "
              "but a copy that you made before.")
@click.pass_obj
def downgrade(context: Context, revision: str, may_lose: bool) -> None:
    """Take the schema down to REVISION (`base`: to nothing; `-1`: one step).

    Refused while a server, a worker or a demo runs on the data directory; and where tables with rows would be dropped,
    unless --lose-data is given.
    """
    database = context.platform.database
    with ExitStack() as held:
        for role in RUNNING:
            held.enter_context(hold(context.settings.data_dir, role, clock.now(), "materia db downgrade",
                                    remedy="Stop it first: it works on the tables that would change."))
        lost = {} if may_lose else schema.losses(database, revision)
        if lost:
            raise click.ClickException(f"Nothing was changed. The schema at {revision} has no place for "
                                       f"{', '.join(f'{name} ({rows} rows)' for name, rows in lost.items())}. Copy the "
                                       "database first, then give --lose-data to lose them for good.")
        schema.downgrade(database, revision)
    click.echo(f"The schema is at {schema.current(database)}.")


@db.command()
@click.pass_obj
def check(context: Context) -> None:
    """Say whether the schema is this program's; exit 1 if it is not."""
    stands_at, head = schema.current(context.platform.database), schema.head()
    if stands_at != head:
        raise click.ClickException(f"The schema is at {stands_at}, the program needs {head}. Run `materia db upgrade`.")
    for difference in schema.drift(context.platform.database):
        raise click.ClickException(f"The database differs from the models: {difference}")
    click.echo(f"The schema is at {head} and has no drift.")


def main() -> None:
    """Entry point: errors of ours are one sentence on standard error, never a trace."""
    made = Context()
    try:
        cli(standalone_mode=True, obj=made)
    except (config.MissingSetting, MateriaError, AlreadyHeld) as error:
        _give_up(str(error))
    except SyncRefused as refused:
        _give_up("\n".join([*map(str, refused.problems), f"{refused}. Mend them and start again."]))
    except CommandError as error:
        _give_up(f"The schema cannot be changed: {error}.")
    except DatabaseError as error:
        sentence = _sentence(error, made)
        made.close()
        if not sentence:
            raise
        _give_up(sentence)
    except OSError as error:
        if error.errno in FULL:
            _give_up(NO_ROOM.format(place=error.filename or PLACES))
        if error.filename is None:  # no place that somebody typed: a fault of ours, which a trace helps to find
            raise
        _give_up(f"{error.filename} cannot be read or written: {(error.strerror or 'no reason given').lower()}. "
                 "Name another place, or give this account leave to use it.")


def _sentence(error: DatabaseError, context: Context) -> str:
    """What is wrong with the database and what helps; nothing for an error of what was asked, which is a fault of ours
    and which a trace helps to find. A schema that is not ours is told by what is missing in it: to compare it first
    would cost every command."""
    words = " ".join(str(error.orig).split())
    if MISSING.search(words):
        return schema.BEHIND if schema.current(context.platform.database) != schema.head() else ""
    if type(error) not in (DatabaseError, OperationalError):
        return ""
    remedy = "Make room on its disk, then run it again." if NO_SPACE.search(words) else "Check MATERIA_DATABASE_URL."
    return f"The database cannot be used: {words}. {remedy}"


def _give_up(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(1)
