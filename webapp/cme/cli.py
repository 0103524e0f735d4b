"""`materia cme`: check activities, bring them in, let them be begun, and end them; correct and revoke certificates."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from webapp.cme import queries
from webapp.cme.queries import provider as provider_queries
from webapp.cme.service import certifying, exchanging, faculty, faculty_file, folder, pars, tallying, versions
from webapp.cme.service.claiming import Provider
from webapp.cme.service.exchanging import SUFFIXES, Format
from webapp.cme.service.folder import Reading
from webapp.core import clock
from webapp.core.audit import COMMAND_LINE, By, reason_of
from webapp.core.errors import Invalid, NotFound, Refused
from webapp.core.languages import LANGUAGES
from webapp.people import queries as people

directory_argument = click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path),
                                    envvar="MATERIA_CONTENT_DIR", default="content")
language_option = click.option("--language", type=click.Choice([language.tag for language in LANGUAGES]), default="en",
                               show_default=True, help="The language of the questions.")
slug_argument = click.argument("slug")
code_argument = click.argument("code")
reason_option = click.option("--reason", required=True, help="Why, for the audit.")
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def cme() -> None:
    """Check accredited activities, bring them in, and say which can be begun."""


def on_platform(name: str | None = None) -> Callable[[Callable[..., None]], click.Command]:
    """A command of the group that is handed settings and platform: what it takes stands below, in their order."""
    def made(work: Callable[..., None]) -> click.Command:
        return cme.command(name)(click.pass_obj(work))
    return made


@on_platform()
@directory_argument
@click.option("--decided", is_flag=True, help="Compare people with what they disclosed and was decided, in the "
                                              "database.")
def check(context: Any, directory: Path, decided: bool) -> None:
    """Report every problem in the activities below DIRECTORY/cme, by file and line; exit 1 if there is any.

    Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    readings = folder.read_all(directory)
    count = _show(directory, readings) + (_differing(context, readings) if decided else 0)
    click.echo(f"{len(readings)} activities, {count} errors.")
    sys.exit(1 if count else 0)


@on_platform()
@directory_argument
def sync(context: Any, directory: Path) -> None:
    """Make a version of every activity that changed below DIRECTORY/cme: all, or with an error anywhere none.

    Publishes nothing. Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    readings = folder.read_all(directory)
    if _show(directory, readings):
        raise click.ClickException("Nothing was brought in. Mend the problems, and run it again.")
    made = [versions.make(reading.draft) for reading in readings if reading.draft]
    with context.platform.database.writing() as session:
        new = versions.bring_in(session, made, clock.now())
    click.echo(f"{len(new)} new versions, {len(made) - len(new)} activities unchanged.")


def _differing(context: Any, readings: Sequence[Reading]) -> int:
    """Tells where activities name their people otherwise than was decided."""
    count = 0
    with context.platform.database.reading() as session:
        for draft in (reading.draft for reading in readings if reading.draft):
            activity = queries.activity(session, draft.slug)
            found = faculty.differences(session, activity, draft.activity) if activity else []
            count += len(found)
            for sentence in found:
                click.echo(f"{folder.FOLDER}/{draft.slug}/{folder.ACTIVITY_FILE}: {sentence}")
    return count


@on_platform("faculty")
@slug_argument
def faculty_(context: Any, slug: str) -> None:
    """Print the people of SLUG as activity.yaml is to name them, by what they disclosed and was decided."""
    with context.platform.database.reading() as session:
        newest, activity = _newest(session, slug), queries.activity(session, slug)
        assert activity is not None
        click.echo(faculty_file.as_yaml(session, activity, versions.about(newest)), nl=False)


@on_platform("list")
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


@on_platform()
@slug_argument
@click.option("--author", "authors", multiple=True, required=True, metavar="EMAIL",
              help="An account that wrote it, and so may not sign. May be given several times.")
def submit(context: Any, slug: str, authors: tuple[str, ...]) -> None:
    """Hand the newest version of SLUG in for review, by the route that nobody of a sponsor may be on."""
    platform = context.platform
    with platform.database.writing() as session:
        versions.hand_in(session, _newest(session, slug), author_ids=_accounts(session, authors),
                         link=f"{platform.base_url}/cme/{slug}", now=clock.now())
    click.echo("Handed in for review.")


def _accounts(session: Any, emails: Sequence[str]) -> tuple[int, ...]:
    found = {email: people.account_by_email(session, email) for email in emails}
    for email, account in found.items():
        if account is None:
            raise NotFound(f"There is no account {email}.")
    return tuple(account.id for account in found.values() if account and account.id is not None)


@on_platform()
@slug_argument
def publish(context: Any, slug: str) -> None:
    """Let learners begin the newest version of SLUG; who is in an earlier one has its grace to finish."""
    platform = context.platform
    with platform.database.writing() as session:
        try:
            is_new = versions.publish(session, _newest(session, slug), By(COMMAND_LINE, clock.now()),
                                      accepts_samples=platform.is_demo,
                                      accredited_for=frozenset(context.settings.cme_accredited))
        except Refused as why:
            raise click.ClickException(str(why)) from None
    click.echo("It can be begun." if is_new else "It could be begun already.")


@on_platform()
@slug_argument
@reason_option
def withdraw(context: Any, slug: str, reason: str) -> None:
    """Let nobody begin SLUG any more; who is in the middle has its grace to finish."""
    with context.platform.database.writing() as session:
        versions.withdraw(session, slug, By(COMMAND_LINE, clock.now(), reason_of(reason)))
    click.echo(f"{slug} cannot be begun any more.")


@on_platform()
@slug_argument
@reason_option
def end(context: Any, slug: str, reason: str) -> None:
    """End the accreditation of SLUG before its time: no credit from now on."""
    with context.platform.database.writing() as session:
        versions.end(session, slug, By(COMMAND_LINE, clock.now(), reason_of(reason)))
    click.echo(f"No credit is given for {slug} from now on.")


@on_platform("correct-certificate")
@code_argument
@click.option("--name", required=True, help="The right name, as it is to stand on the new certificate.")
@reason_option
def correct_certificate(context: Any, code: str, name: str, reason: str) -> None:
    """Put a certificate under the right name in the place of CODE. Both are kept, and the old one leads to the new."""
    platform, now = context.platform, clock.now()
    with platform.database.reading() as session:
        held, _ = certifying.find(session, code)
    drawn = certifying.draw_again(held, name=name, base_url=platform.base_url, now=now)
    with platform.database.writing() as session:
        made = certifying.reissue(session, code, drawn, By(COMMAND_LINE, now, reason))
    click.echo(certifying.address(platform.base_url, made.code))


@on_platform("revoke-certificate")
@code_argument
@reason_option
def revoke_certificate(context: Any, code: str, reason: str) -> None:
    """End the certificate CODE: its page says so from now on, and its credit counts no more."""
    with context.platform.database.writing() as session:
        certifying.revoke(session, code, By(COMMAND_LINE, clock.now(), reason))
    click.echo("It is revoked.")


@on_platform()
def recount(context: Any) -> None:
    """Count learners and answers anew from what was recorded, for reports; says how many figures had gone astray.

    Learners go on meanwhile: it takes some minutes for 100,000 of them, and the lock for a moment.
    """
    database = context.platform.database
    with database.reading() as session:
        held = [(activity.slug, version.number, version.id) for activity, version in provider_queries.versions(session)]
    for slug, number, version_id in held:
        differing = tallying.recount(database, version_id or 0)
        click.echo(f"{slug:<50} version {number}  {differing} figures were other")


@on_platform("pars")
@click.option("--from", "first", required=True, type=DAY, help="The first day of completion, in UTC.")
@click.option("--to", "last", required=True, type=DAY, help="The last day.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write the records there as files.")
@click.option("--again", is_flag=True, help="Send again what was sent and never answered, or written as a file.")
def pars_(context: Any, first: datetime, last: datetime, out: Path | None, again: bool) -> None:
    """Report credit to the accreditor's PARS: activities first, then learners who agreed.

    Without --out it goes to the service of MATERIA_PARS_URL. What was rejected or failed goes again each time, and so
    does an activity that changed; credit whose certificate was revoked since is taken back.
    """
    settings, platform = context.settings, context.platform
    if out is None and not settings.pars_url:
        raise click.UsageError("Say where to: --out DIR, or MATERIA_PARS_URL.")
    carry = pars.to_folder(out) if out else pars.to_service(settings.pars_url, settings.pars_token)
    provider = Provider(settings.cme_provider, frozenset(settings.cme_accredited))
    try:
        told = pars.run(platform.database, platform.ring, provider, first.date(), last.date(), carry,
                        By(COMMAND_LINE, clock.now()), again=again)
    except (Refused, Invalid) as why:
        raise click.ClickException(str(why)) from None
    for state, count in told.counts.items():
        if count:
            click.echo(f"{count} {state}")
    click.echo(f"{told.unknown} sent earlier and never answered, {told.held_back} held back until their activity is "
               f"accepted, {told.elsewhere} taken by another run.")


@on_platform("pars-ledger")
@click.option("--from", "first", required=True, type=DAY, help="The first day, in UTC.")
@click.option("--to", "last", required=True, type=DAY, help="The last day.")
def pars_ledger(context: Any, first: datetime, last: datetime) -> None:
    """Show what became of each record that went to PARS: sent, accepted, rejected, failed, written. It names nobody."""
    with context.platform.database.reading() as session:
        lines = pars.ledger(session, first.date(), last.date())
    click.echo("\n".join("  ".join(line).rstrip() for line in lines) or "The ledger has no such line.")


@on_platform("pars-close")
@click.argument("year", type=int)
@reason_option
def pars_close(context: Any, year: int, reason: str) -> None:
    """Close YEAR: no record of it is made any more."""
    with context.platform.database.writing() as session:
        pars.close_year(session, year, By(COMMAND_LINE, clock.now(), reason_of(reason)))
    click.echo(f"{year} is closed.")


@cme.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice([form.value for form in Format]),
              help="Without it, the file's name tells: .xml, .gift or .txt.")
@click.option("--into", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="The assessment file to write; it must not be there yet.")
@language_option
def import_(file: Path, form: str | None, into: Path, language: str) -> None:
    """Write the questions of FILE, GIFT or Moodle XML, as an assessment, and report what could not be carried over."""
    known = Format(form) if form else SUFFIXES.get(file.suffix.lower())
    if known is None:
        raise click.UsageError("The name of FILE does not tell its format: add --format gift or --format moodle-xml.")
    brought = exchanging.bring_in(file, into, known, language)
    for problem in (*brought.losses, *brought.to_add):
        click.echo(str(problem))
    click.echo(f"{brought.questions} questions written to {into}; {len(brought.losses)} remarks on what was not "
               f"carried over, {len(brought.to_add)} to complete.")


@cme.command()
@slug_argument
@directory_argument
@language_option
def export(slug: str, directory: Path, language: str) -> None:
    """Print the questions of the activity DIRECTORY/cme/SLUG as GIFT, with their answers.

    Without DIRECTORY: that of MATERIA_CONTENT_DIR, else `content`.
    """
    click.echo(exchanging.gift_of(directory, slug, language), nl=False)


def _newest(session: Any, slug: str) -> Any:
    activity = queries.activity(session, slug)
    version = queries.newest(session, activity.id or 0) if activity else None
    if version is None:
        raise NotFound(f"There is no activity {slug}. `materia cme list` names them.")
    return version


def _show(directory: Path, readings: Sequence[Reading]) -> int:
    problems = [*folder.lacking(directory), *(problem for reading in readings for problem in reading.problems)]
    for problem in problems:
        click.echo(str(problem))
    return len(problems)
