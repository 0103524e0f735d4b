"""`materia cme`: check activities."""

import sys
from pathlib import Path

import click

from webapp.cme.service import exchanging, folder
from webapp.cme.service.exchanging import SUFFIXES, Format
from webapp.core.languages import LANGUAGES
from webapp.core.process import give_way

directory_argument = click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path),
                                    envvar="MATERIA_CONTENT_DIR", default="content")
language_option = click.option("--language", type=click.Choice([language.tag for language in LANGUAGES]), default="en",
                               show_default=True, help="The language of the questions.")


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


@cme.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice([form.value for form in Format]),
              help="Without it, the file's name tells: .xml, .gift or .txt.")
@click.option("--into", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="The assessment file to write; it must not be there yet.")
@language_option
def bring_in(file: Path, form: str | None, into: Path, language: str) -> None:
    """Write the questions of FILE, GIFT or Moodle XML, as an assessment, and report what could not be carried over."""
    known = Format(form) if form else SUFFIXES.get(file.suffix.lower())
    if known is None:
        raise click.UsageError("The name of FILE does not tell its format: add --format gift or --format moodle-xml.")
    brought = exchanging.bring_in(file, into, known, language)
    for problem in (*brought.losses, *brought.to_add):
        click.echo(str(problem))
    click.echo(f"{brought.questions} questions written to {into}; {len(brought.losses)} remarks on what was not "
               f"carried over, {len(brought.to_add)} places to complete.")


@cme.command()
@click.argument("slug")
@directory_argument
@language_option
def export(slug: str, directory: Path, language: str) -> None:
    """Print the questions of the activity DIRECTORY/cme/SLUG as GIFT, with their answers.

    Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    click.echo(exchanging.gift_of(directory, slug, language), nl=False)
