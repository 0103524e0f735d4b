"""`materia campaign`: what is planned and what was sent."""

from datetime import UTC, datetime
from typing import Any

import click
from sqlmodel import Session

from webapp.campaigns import queries
from webapp.campaigns.queries import Campaign
from webapp.campaigns.service import planning, submitting
from webapp.campaigns.service.planning import company_name, subject
from webapp.channels import queries as channels
from webapp.channels.rules import TRANSITIONS, DeliveryState
from webapp.channels.service import outbox
from webapp.core import clock
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.errors import NotFound

REASON = click.option("--reason", default="", help="Why, for the audit.")
FATES = sorted(state.value for state in TRANSITIONS[DeliveryState.UNKNOWN])
"""What an unknown delivery may become, as it is typed: of an enum, click would take the names."""


@click.group()
def campaign() -> None:
    """Look at campaigns, give them another time, call them off, settle deliveries whose fate is unknown."""


@campaign.command("list")
@click.pass_obj
def list_(context: Any) -> None:
    """Every campaign: key, time, state and name; sponsor, and its deliveries by state; what blocks it."""
    with context.platform.database.reading() as session:
        for entry in queries.all_campaigns(session):
            states = channels.states(session, subject(entry.id or 0))
            told = ", ".join(f"{state} {count}" for state, count in sorted(states.items())) or "no deliveries"
            click.echo(f"{entry.key}  {entry.send_at:%Y-%m-%d %H:%M} UTC  {entry.state}  {entry.name}")
            click.echo(f"  {company_name(session, entry)}: {told}")
            if entry.blocked_because:
                click.echo(f"  {entry.state}: {entry.blocked_because}")


@campaign.command()
@click.argument("key")
@REASON
@click.pass_obj
def cancel(context: Any, key: str, reason: str) -> None:
    """Call off campaign KEY. Of a released one, the mail that has not left."""
    with context.platform.database.writing() as session:
        planning.cancel(session, _of_key(session, key).id or 0, By(COMMAND_LINE, clock.now(), reason))
    click.echo(f"{key} is cancelled. No more of its mail is sent.")


class Moment(click.ParamType):
    """A time with its zone."""

    name = "ISO time with zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(f"{value!r} is no time with a zone. Write one such as 2026-03-02T10:00+01:00.", param, ctx)
        return moment.astimezone(UTC)


@campaign.command()
@click.argument("key")
@click.argument("when", type=Moment())
@click.pass_obj
def reschedule(context: Any, key: str, when: datetime) -> None:
    """Give campaign KEY, scheduled or blocked, another time (ISO with zone, e.g. 2026-03-02T10:00+01:00). Another time
    is another campaign to review, which is asked anew."""
    with context.platform.database.writing() as session:
        is_cleared = submitting.reschedule(session, _of_key(session, key).id or 0, when, context.platform,
                                           context.settings.postal_address, clock.now())
    then = "" if is_cleared else " Review must clear it anew before that, or it will be blocked."
    click.echo(f"{key} goes at {when:%Y-%m-%d %H:%M} UTC.{then}")


def _of_key(session: Session, key: str) -> Campaign:
    found = queries.by_key(session, key)
    if found is None:
        raise NotFound(f"There is no campaign {key}. `materia campaign list` shows the keys.")
    return found


@campaign.command()
@click.argument("key")
@click.pass_obj
def unknown(context: Any, key: str) -> None:
    """The deliveries of campaign KEY whose last answer was lost: by their key, and since when."""
    with context.platform.database.reading() as session:
        for delivery in channels.unknown(session, subject(_of_key(session, key).id or 0)):
            click.echo(f"{delivery.key}  {delivery.changed_at:%Y-%m-%d %H:%M} UTC")


@campaign.command()
@click.argument("delivery")
@click.argument("state", type=click.Choice(FATES))
@REASON
@click.pass_obj
def resolve(context: Any, delivery: str, state: str, reason: str) -> None:
    """Settle an unknown DELIVERY by what the mail server's log says: `queued` sends it again, if its campaign is not
    older than three days."""
    with context.platform.database.writing() as session:
        outbox.resolve_unknown(session, delivery, DeliveryState(state), By(COMMAND_LINE, clock.now(), reason))
    click.echo(f"{delivery} is {state}.")
