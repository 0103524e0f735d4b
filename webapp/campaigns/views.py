"""Links in campaign mail; and what newer labels mean for messages."""

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request

from webapp.campaigns.service import claiming, clicking
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.clock import now
from webapp.core.errors import N_, Busy
from webapp.core.forms import FreeText
from webapp.core.languages import LANGUAGES
from webapp.people.frames import show
from webapp.people.guards import account, public, requires
from webapp.people.rules import Role

blueprint = Blueprint("campaigns", __name__)
LABEL_CLOSERS = (Role.WRITER, Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER, Role.REGULATORY_REVIEWER)
"""Who says that a message still holds; an operator looks on, and calls campaigns off."""


@blueprint.get("/desk/labels/mail")
@requires(*LABEL_CLOSERS, Role.OPERATOR)
def label_changes() -> str:
    """Messages that lean on a label section which a newer label changed, with the difference."""
    return show("campaigns/label_changes.html", N_("Label changes in campaign mail"),
                concerns=claiming.concerns(g.reader), languages={one.tag: one.name for one in LANGUAGES},
                may_close=bool(set(LABEL_CLOSERS) & set(account().roles)))


@blueprint.post("/desk/labels/mail/close")
@requires(*LABEL_CLOSERS)
def close_label_changes() -> Any:
    """Says that messages were looked at, with what was found."""
    by = By(account().id or 0, now(), audit.reason_of(FreeText(request.form.get("reason", ""))))
    claiming.close(g.db, request.form.getlist("flag"), by)
    return redirect("/desk/labels/mail?notice=done", 303)


@blueprint.get("/c/<token>")
@public
def click(token: str) -> Response:
    """Leads to the link's stored target. Scanners fetch every link, so this counts and otherwise changes nothing."""
    followed = clicking.follow(g.reader, g.platform, token, request.headers.get("User-Agent", ""), now())
    if followed is None:
        abort(404)
    if request.method == "GET":
        with suppress(Busy):  # the reader goes on, counted or not
            g.platform.writer.submit(clicking.write_clicks, followed.row)
    answer = redirect(followed.location)
    assert isinstance(answer, Response)
    return answer
