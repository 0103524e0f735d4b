"""`materia audit`: whether the audit is whole; takes out words that may not be kept."""

from typing import Any

import click

from webapp.core import audit as trail
from webapp.core import clock


@click.group()
def audit() -> None:
    """Verify the audit, or take out the words of a reason."""


class Kept(click.ParamType):
    """Number and digest of an entry."""

    name = "NUMBER:DIGEST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, str]:
        number, _, digest = value.partition(":")
        if not (number.isascii() and number.isdigit() and digest):
            self.fail(f"{value!r} is not what an earlier run printed, such as 12:9f86d0.", param, ctx)
        return int(number), digest


@audit.command()
@click.option("--expect", type=Kept(), help="What an earlier run printed: it must still stand in the audit.")
@click.pass_obj
def verify(context: Any, expect: tuple[int, str] | None) -> None:
    """Say whether the audit is whole, or name the first entry that does not hold; exit 1 then."""
    with context.platform.database.reading() as session:
        verdict = trail.verify(session, expect)
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
