"""`materia audit`: whether the audit is whole; hands it out; takes out words that may not be kept. `materia review`:
what the record of reviews gives."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from webapp.core import audit as trail
from webapp.core import clock
from webapp.core.errors import NotFound
from webapp.core.languages import LANGUAGES, by_tag
from webapp.core.subject import Subject
from webapp.ops import rules
from webapp.ops.service import exporting, filing, handing_over, timing
from webapp.review import queries as dossiers
from webapp.review.rules import form_2253
from webapp.review.service import certifying

FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])
OURS_ALONE = 0o600
"""Mode of a file that names people."""


@click.group()
def audit() -> None:
    """Verify the audit, hand it out, or take out the words of a reason."""


class Kept(click.ParamType):
    """Number and digest of an entry."""

    name = "NUMBER:DIGEST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, str]:
        number, _, digest = value.partition(":")
        if not (number.isascii() and number.isdigit() and digest):
            self.fail(f"{value!r} is not what an earlier run printed, such as 12:9f86d0.", param, ctx)
        return int(number), digest


class Named(click.ParamType):
    """A subject of the audit."""

    name = "KIND:ID"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Subject:
        kind, _, number = value.partition(":")
        if not (kind and number.isascii() and number.isdigit() and len(number) < 10):
            self.fail(f"{value!r} names no subject of the audit, such as article:12.", param, ctx)
        return Subject(kind, int(number))


language_option = click.option("--language", type=click.Choice([language.tag for language in LANGUAGES]), default="en",
                               show_default=True, help="Of a PDF.")


@audit.command()
@click.option("--expect", type=Kept(), help="What an earlier run printed: it must still stand in the audit.")
@click.pass_obj
def verify(context: Any, expect: tuple[int, str] | None) -> None:
    """Say whether the audit is whole, or name the first entry that does not hold; exit 1 then."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with (context.platform.database.reading() as session,
          Progress(*columns, console=console, disable=not console.is_terminal) as bar):
        task = bar.add_task("Entries", total=trail.count(session))
        verdict = trail.verify(session, expect, lambda number: bar.update(task, completed=number))
        bar.update(task, completed=verdict.entries)
    if verdict.fault:
        raise click.ClickException(f"{verdict.fault} {verdict.entries} entries before it hold.")
    click.echo(f"The audit is whole: {verdict.entries} entries.")
    if verdict.entries:
        click.echo(f"Keep this elsewhere for the next time: --expect {verdict.entries}:{verdict.digest}")


@audit.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Why, without what was taken out.")
@click.pass_obj
def redact(context: Any, number: int, reason: str) -> None:
    """Take out the words of the reason of entry NUMBER; the audit stays whole and says that it was done."""
    with context.platform.database.writing() as session:
        trail.redact(session, number, trail.By(trail.COMMAND_LINE, clock.now(), trail.reason_of(reason)))
    click.echo(f"The words of entry {number} are gone.")


@audit.command()
@click.option("--subject", type=Named(), help="Of one thing alone, such as article:12.")
@click.option("--from", "first", type=DAY, help="From this day (UTC).")
@click.option("--to", "last", type=DAY, help="To the end of this day (UTC).")
@click.option("--format", "kind", type=click.Choice(["csv", "pdf"]), required=True, help="CSV has no limit of length.")
@language_option
@click.argument("file", type=FILE)
@click.pass_obj
def export(context: Any, subject: Subject | None, first: datetime | None, last: datetime | None, kind: str,
           language: str, file: Path) -> None:
    """Write the audit of a subject, of a period or of both to FILE, which only its owner may read.

    It names people. That it was written is an entry of the audit itself.
    """
    if subject is None and first is None and last is None:
        raise click.UsageError("Say what of: --subject KIND:ID, --from DATE, --to DATE.")
    if first and last and first > last:
        raise click.UsageError("The first day comes after the last. Exchange them.")
    wanted = exporting.Wanted(subject, first.date() if first else None, last.date() if last else None)
    with context.platform.database.reading() as session, _written(file) as out:
        if kind == "csv":
            with open(out.fileno(), "w", encoding="utf-8-sig", newline="", closefd=False) as text:
                count = exporting.write_csv(session, wanted, text)
        else:
            made, count = exporting.as_pdf(session, wanted, by_tag(language), clock.now())
            out.write(made)
    with context.platform.database.writing() as session:
        trail.record(session, trail.By(trail.COMMAND_LINE, clock.now()), "audit-exported",
                     subject or Subject(trail.ENTRY, 0), f"{kind} {str(wanted).replace(' ', ',')} entries:{count}")
    click.echo(f"{count} entries written to {file}.")


@audit.command()
@click.option("--subject", type=Named(), required=True, help="The piece, such as article:12 or campaign:3.")
@click.option("--digest", default="", help="Of these bytes, by their digest or how it begins; else of the newest.")
@language_option
@click.argument("file", type=FILE)
@click.pass_obj
def certificate(context: Any, subject: Subject, digest: str, language: str, file: Path) -> None:
    """Write the certificate of a reviewed piece to FILE, as PDF: its digest, its signatures, its audit trail."""
    with context.platform.database.reading() as session:
        dossier = dossiers.newest_of(session, subject, digest)
        if dossier is None:
            raise NotFound(f"Nothing of {subject.kind}:{subject.id} was handed in for review with this digest.")
        told = certifying.certificate_of(session, dossier, clock.now())
    with _written(file) as out:
        out.write(certifying.as_pdf(told, by_tag(language), clock.now(), rules.ACTIONS))
    click.echo(f"Certificate of version {told.version} written to {file}.")


@click.group()
def review() -> None:
    """Records of review: what goes to FDA under form 2253, and how long each step takes."""


@review.command("2253")
@click.option("--from", "first", type=DAY, required=True, help="First disseminated on this day (UTC) or later.")
@click.option("--to", "last", type=DAY, required=True, help="To the end of this day (UTC).")
@click.option("--given", multiple=True, metavar="ITEM=TEXT", help=f"What goes into an item of the form: "
              f"{', '.join(form_2253.GIVEN)}. May be given several times.")
@click.option("--out", type=click.Path(path_type=Path), help="New or empty folder for CSV, PDF, pieces and digests.")
@click.pass_obj
def form(context: Any, first: datetime, last: datetime, given: tuple[str, ...], out: Path | None) -> None:
    """Promotional pieces about US prescription medicines that were first disseminated in a period.

    Says what FDA's form 2253 asks of each, and which items nothing here knows. With --out: the same as files, with each
    piece as it was disseminated.
    """
    values = dict(_pair(entry) for entry in given)
    with context.platform.database.reading() as session:
        found = filing.collect(context.platform, session, first.date(), last.date(), values)
        made = handing_over.files(context.platform, session, found, clock.now()) if out else {}
    for line in handing_over.lines(found):
        click.echo(line)
    if out:
        handing_over.write(made, out)
        click.echo(f"{len(made)} files written to {out}. Check them with: sha256sum --check {handing_over.DIGESTS}")


@review.command()
@click.option("--from", "first", type=DAY, required=True, help="Steps that ended on this day (UTC) or later.")
@click.option("--to", "last", type=DAY, required=True, help="To the end of this day (UTC).")
@click.option("--csv", "file", type=FILE, help="Write the figures to this file instead.")
@click.pass_obj
def times(context: Any, first: datetime, last: datetime, file: Path | None) -> None:
    """How long cases stayed in each step of review, by route and discipline; of no person.

    A length is told of five cases or more, a 90th percentile of ten or more, and only where at least two people stand
    behind them. What had not ended by the last day is counted apart.
    """
    with context.platform.database.reading() as session:
        found = timing.measure(session, first.date(), last.date())
    if file:
        file.write_text(timing.as_csv(found), encoding="utf-8-sig", newline="")
        click.echo(f"{len(found)} figures written to {file}.")
        return
    table = Table("Route", "Discipline", "Step", *(Column(name, justify="right") for name in (
        "Ended", "Median, days", "90th percentile, days", "Not ended")))
    for row in found:
        lengths = ("-" if length is None else f"{timing.days(length)}" for length in (row.median, row.tail))
        table.add_row(row.route, row.role or "", row.step, str(row.count), *lengths, str(row.waiting))
    Console().print(table if found else "Nothing was in review in this period.")


def _pair(entry: str) -> tuple[str, str]:
    name, sign, text = entry.partition("=")
    if not sign:
        raise click.UsageError(f"{entry!r} names no item. Write it as ITEM=TEXT, such as telephone=\"+1 555 0100\".")
    return name.strip(), text.strip()


@contextmanager
def _written(file: Path) -> Iterator[BinaryIO]:
    """FILE, written beside its place and moved there when it is whole."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OURS_ALONE), "wb") as out:
            yield out
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
