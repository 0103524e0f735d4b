"""`materia content`: import, check, synchronise, export, publish and withdraw."""

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from webapp.articles import queries
from webapp.articles.rules.foreign.files import READERS
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.lint.rules import RULES
from webapp.articles.rules.locate import Problem
from webapp.articles.rules.orders import OBSTACLES, Obstacle
from webapp.articles.service import export as exporting
from webapp.articles.service import leaning, library, measuring, orders, sync, translations
from webapp.articles.service import publish as publishing
from webapp.articles.service.importing import Terms, bring_in
from webapp.core import clock
from webapp.core.audit import COMMAND_LINE, By, reason_of
from webapp.core.errors import NotFound
from webapp.core.languages import MARKETS
from webapp.policy.rules import FundingKind

directory_argument = click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path),
                                    envvar="MATERIA_CONTENT_DIR", default="content")
"""From the variable itself, as the settings read it: checking content needs no other of them, and no secret."""

MOST_LISTED = 1000
"""Orders that one look shows."""


def _one_of(names: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([name.value for name in names])


@click.group()
def content() -> None:
    """Check, synchronise and export the Markdown that pages are made from; publish and withdraw them."""


@content.command()
@directory_argument
def check(directory: Path) -> None:
    """Report every problem below DIRECTORY, by file and line; exit 1 if any is an error.

    Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    found = library.check(directory)
    _show(found.problems)
    click.echo(f"{found.errors} errors, {len(found.problems) - found.errors} warnings.")
    if found.passages:
        click.echo(f"Not looked up: {found.passages} passages that claims are anchored to. A check needs no database; "
                   "`materia content sync` and the desk look them up, and refuse one that is not where it should be.")
    sys.exit(1 if found.errors else 0)


@content.command()
def rules() -> None:
    """List every rule that content is checked by: its id, whether it stops an import, and why it is there."""
    for rule in RULES:
        click.echo(f"{rule.id:<20} {rule.severity:<8} {rule.reason}")


@content.command()
@directory_argument
def readability(directory: Path) -> None:
    """Measure how hard the pages below DIRECTORY are to read, and what share of promotional ones is risk.

    Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    for measure in measuring.measure(directory):
        click.echo(measure)


@content.command("translations")
@directory_argument
@click.option("--record", "is_recording", is_flag=True, help="Write into every page that names no source, and has an "
              "English page beside it, that it was translated from that as it stands.")
@click.option("--again", "names", multiple=True, metavar="PAGE", help="Record anew in PAGE, such as diseases/asthma/"
              "patient.zh-Hans.md, once it was brought up to date. May be given several times.")
def translations_(directory: Path, is_recording: bool, names: tuple[str, ...]) -> None:
    """List the pages below DIRECTORY, by topic: the digest of each, and whether it follows what it was translated from.

    With --record or --again: first write down what they were translated from. Record only what you have compared.

    Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    written = translations.record(directory) if is_recording else []
    written += translations.record(directory, names) if names else []
    for path in written:
        click.echo(f"recorded  {path}")
    for page in translations.overview(directory):
        click.echo(str(page))


@content.command("import")
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(sorted(READERS)), required=True, help="What the files are.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="Folder of content to write to, such as `content`.")
@click.option("--kind", type=_one_of(Kind), default="disease", show_default=True, help="What the pages are about.")
@click.option("--audience", type=_one_of(Audience), default="patient", show_default=True, help="Who reads them.")
@click.option("--market", "markets", type=click.Choice(MARKETS), multiple=True, required=True,
              help="A market that the pages are for; may be given several times.")
@click.option("--funding", type=_one_of(FundingKind), required=True, help="Who paid for the pages.")
@click.option("--company", default="", help="The company that paid, unless they are independent.")
@click.option("--influence", default="", help="What say it had.")
@click.option("--by", required=True, help="Who wrote the pages; shown to readers.")
@click.option("--ai/--no-ai", "is_ai", required=True, help="Whether they were written by AI.")
@click.option("--source", "address", default="", help="Address (https) of the pages, where a file does not name its.")
@click.option("--issuer", default="", help="Who published them, where a file does not say.")
def import_(source: Path, into: Path, form: str, markets: tuple[str, ...], funding: str, company: str, influence: str,
            kind: str, audience: str, **rest: Any) -> None:
    """Make topic folders of the pages below SOURCE, and tell what came in, what was changed and what was refused.

    Writes files and nothing else: look at them, then `materia content check` and `materia content sync`.
    """
    paid = {key: value for key, value in (("kind", funding), ("company", company), ("influence", influence)) if value}
    terms = Terms(Kind(kind), Audience(audience), markets, funding=paid, today=clock.now().date(), **rest)
    counts = Counter[str]()
    for outcome in bring_in(source, into, form, terms):
        counts["refused" if outcome.refused else "came in"] += 1
        click.echo(f"refused  {outcome.path}: {outcome.refused}." if outcome.refused
                   else f"came in  {outcome.path} as {outcome.page}")
        for note in outcome.notes:
            click.echo(f"  changed or left out: {note}")
    click.echo(f"{counts['came in']} came in, {counts['refused']} refused.")
    sys.exit(1 if counts["refused"] or not counts else 0)


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
                                on=clock.now().date(), look_up=leaning.look_up_in(platform.database),
                                data_dir=context.settings.data_dir)
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
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@click.option("--again", metavar="ADDRESS", multiple=True, help="Bring back what was withdrawn at ADDRESS, too.")
@click.option("--at", type=click.DateTime(["%Y-%m-%d %H:%M"]), help="Not before this time, on the clocks of --zone.")
@click.option("--zone", help="A time zone such as Europe/London.")
@click.option("--on-approval", is_flag=True, help="As soon as review has cleared it.")
@click.pass_obj
def publish(context: Any, addresses: tuple[str, ...], again: tuple[str, ...], at: datetime | None, zone: str | None,
            on_approval: bool) -> None:
    """Publish every new revision that review has cleared and policy allows; say why the others wait.

    With ADDRESS (such as diseases/asthma): of that alone. With --at and --zone, or --on-approval: order it for later.
    """
    if (at is None) != (zone is None) or (at and on_approval) or ((at or on_approval) and (again or not addresses)):
        raise click.UsageError("Give --at with --zone, or --on-approval, and the addresses that it is for.")
    if at or on_approval:
        _order(context, addresses, orders.When(at, zone or ""))
        return
    platform = context.platform
    with platform.database.reading() as session:
        ready, held = publishing.sort_out(platform, session, clock.now(), again,
                                           {*addresses, *again} if addresses else None)
        planned = publishing.plan(platform, session, ready, overviews=context.overviews, now=clock.now())
    with platform.database.writing() as session:
        publishing.carry_out(session, planned, clock.now())
    context.renew_pages()  # a market's file may have changed with the pages
    for why in held:
        click.echo(why, err=True)
    click.echo(f"{len(ready)} pages published, {len(held)} wait.")


def _order(context: Any, addresses: tuple[str, ...], when: orders.When) -> None:
    with context.platform.database.writing() as session:
        waiting = [entry for entry in queries.waiting(session) if entry.address in addresses]
        for address in set(addresses) - {entry.address for entry in waiting}:
            raise NotFound(f"Nothing new waits at {address}. Write an address such as diseases/asthma; bring back what "
                           "was withdrawn with --again.")
        placed = orders.place(session, waiting, when, By(COMMAND_LINE, clock.now()))
    due_at = placed[0].due_at
    click.echo(f"{len(placed)} pages are ordered for {due_at:%Y-%m-%d %H:%M} UTC." if due_at else
               f"{len(placed)} pages are ordered for when review has cleared them.")


@content.command("orders")
@click.pass_obj
def orders_(context: Any) -> None:
    """List the orders to publish later, and why some are not carried out."""
    with context.platform.database.reading() as session:
        for order, entry in reversed(queries.orders(session, is_open=True, limit=MOST_LISTED)):
            when = f"at {order.local_time} {order.zone}" if order.due_at else "on approval"
            why = f": {OBSTACLES[Obstacle(order.obstacle)]}" if order.obstacle else ""
            click.echo(f"{order.key}  {entry.name}, {order.digest[:8]}, {when}, {order.state}{why}")


@content.command()
@click.argument("key")
@click.option("--reason", required=True, help="Why, for the audit.")
@click.pass_obj
def cancel(context: Any, key: str, reason: str) -> None:
    """Call off the order KEY, as `materia content orders` names it."""
    with context.platform.database.writing() as session:
        orders.cancel(session, key, By(COMMAND_LINE, clock.now(), reason_of(reason)))
    click.echo("The order is cancelled.")


@content.command()
@click.argument("address")
@click.option("--reason", required=True, help="Why, for the audit.")
@click.pass_obj
def withdraw(context: Any, address: str, reason: str) -> None:
    """Take down every page of ADDRESS (such as diseases/asthma): it answers 410 from then on, and the log says so."""
    platform, why = context.platform, reason_of(reason)
    with platform.database.reading() as session:
        gone = [entry.document_id for entry in queries.live(session) if entry.address == address]
        if not gone:
            raise NotFound(f"Nothing is published at {address}. Write an address such as diseases/asthma.")
        planned = publishing.plan_withdrawal(platform, session, gone, overviews=context.overviews, now=clock.now())
    with platform.database.writing() as session:
        publishing.carry_out(session, planned, clock.now(), why)
    click.echo(f"{len(gone)} pages of {address} withdrawn.")


def _show(problems: Sequence[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)
