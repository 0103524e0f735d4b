"""`materia people`: invites, signs out, and records who may sign."""

from typing import Any

import click

from webapp.core import clock
from webapp.core.audit import COMMAND_LINE, By, reason_of
from webapp.core.errors import NotFound
from webapp.people import queries, service
from webapp.people.rules import SPONSOR_ROLES, Role, normal_address
from webapp.sponsors.queries import company_named

REASON = click.option("--reason", required=True, help="Why, for the audit: 3 to 500 characters, no health details.")


@click.group()
def people() -> None:
    """Invite people, sign them out, and record who may sign."""


@people.command()
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What they may do.")
@click.option("--company", help="The sponsor, by its exact name: for a sponsor's role alone.")
@click.option("--language", default="en", show_default=True, type=click.Choice(["en", "zh-Hans"]),
              help="Of the invitation.")
@click.option("--link", "is_link", is_flag=True, help="Print the link and send no mail, for where none is set up.")
@REASON
@click.pass_obj
def add(context: Any, email: str, role: str, company: str | None, language: str, is_link: bool, reason: str) -> None:
    """Invite EMAIL: a link that is good once, for seven days."""
    parts = context.platform
    with parts.database.writing() as session:
        held = company_named(session, company) if company else None
        if company and held is None:
            raise NotFound(f"There is no company {company}. Check the spelling.")
        made = service.invite(session, email, Role(role), held.id if held and role in SPONSOR_ROLES else None,
                              language=language, invited_by=None, now=clock.now(), reason=reason_of(reason))
        if not is_link:
            service.send_invitation(session, parts.ring, made, clock.now())
    link = f"{parts.base_url}{service.invitation_path(made)}"
    click.echo(link if is_link else f"An invitation goes to {made.email}.")


@people.command("sign-out")
@click.argument("email", required=False)
@click.option("--everybody", "is_everybody", is_flag=True, help="All accounts: after a leak of the keys, say.")
@REASON
@click.pass_obj
def sign_out(context: Any, email: str | None, is_everybody: bool, reason: str) -> None:
    """Sign EMAIL out on all devices at the next request; what was opened before stays open on the screen."""
    if bool(email) == is_everybody:
        raise click.UsageError("Name one address, or --everybody.")
    by = By(COMMAND_LINE, clock.now(), reason_of(reason))
    with context.platform.database.writing() as session:
        if is_everybody:
            service.end_all_sign_ins(session, by=by)
        else:
            account = queries.account_by_email(session, normal_address(email or ""))
            if account is None:
                raise NotFound(f"There is no account of {email}. Check the spelling.")
            service.sign_out(session, account, by=by)
    click.echo("Everybody is signed out." if is_everybody else f"{email} is signed out everywhere.")


@people.command("may-sign")
@click.argument("email")
@click.option("--verified-by", required=True, help="Who saw proof of identity: their printed name.")
@click.option("--training", required=True, help="The training that was completed.")
@REASON
@click.pass_obj
def may_sign(context: Any, email: str, verified_by: str, training: str, reason: str) -> None:
    """Record that EMAIL's identity was verified and the training completed (21 CFR 11.100, 11.10)."""
    why = reason_of(reason)
    with context.platform.database.writing() as session:
        account = queries.account_by_email(session, email.strip().lower())
        if account is None:
            raise NotFound(f"There is no account of {email}. Invite it with `materia people add`.")
        service.verify_identity(session, account, verified_by, clock.now(), reason=why)
        service.record_training(session, account, training, clock.now(), reason=why)
    click.echo(f"{email} may sign until a year from now.")
