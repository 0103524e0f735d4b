"""The mail queue and the suppression list. An address is typed into a form, sent by POST, and so stands in no log."""

from typing import Any

from flask import g, request

from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.ops.service import mail
from webapp.ops.views.pages import blueprint, by, done, page_number
from webapp.people.frames import show
from webapp.people.guards import requires
from webapp.people.rules import Role


@blueprint.get("/mail")
@requires(Role.OPERATOR)
def mail_queue() -> str:
    """What waits, what became of the rest, and what a person must settle."""
    return show("ops/mail.html", N_("Mail queue"), **mail.queue(g.reader, now(), page_number()))


@blueprint.post("/mail/<key>")
@requires(Role.OPERATOR)
def resolve_delivery(key: str) -> Any:
    """Settles a delivery of unknown fate."""
    mail.resolve(g.db, key, request.form.get("answer", ""), by())
    return done("/ops/mail")


@blueprint.get("/suppression")
@requires(Role.OPERATOR)
def suppression() -> str:
    """How many addresses are suppressed, since when and why."""
    return show("ops/suppression.html", N_("Suppression list"), **mail.suppression(g.reader, page_number()))


@blueprint.post("/suppression/find")
@requires(Role.OPERATOR)
def find_suppression() -> str:
    """Whether an address is on the list. Changes nothing."""
    return show("ops/suppression.html", N_("Suppression list"),
                **mail.suppression(g.reader, 1, request.form.get("address", "")))


@blueprint.post("/suppression/lift")
@requires(Role.OPERATOR)
def lift_suppression() -> Any:
    """Takes an address off the list."""
    mail.lift(g.db, request.form.get("address", ""), by())
    return done("/ops/suppression")
