"""Orders to publish later, which writers look at too and operators cancel, and urgent withdrawal."""

from typing import Any

from flask import current_app, g, redirect, request

from webapp.articles.service import orders, publish, withdrawing
from webapp.core.errors import N_, Invalid, NotFound
from webapp.ops.service import publishing
from webapp.ops.views.pages import blueprint, by, done, page_number
from webapp.people.frames import show
from webapp.people.guards import account, again, is_shown_again, requires
from webapp.people.rules import Role
from webapp.review.rules import ReviewRole
from webapp.review.service import Signer

WITHDRAWAL_URL = "/ops/withdrawal"
REVIEWERS = {Role.MEDICAL_REVIEWER: ReviewRole.MEDICAL, Role.LEGAL_REVIEWER: ReviewRole.LEGAL,
             Role.REGULATORY_REVIEWER: ReviewRole.REGULATORY}


@blueprint.get("/publishing")
@requires(Role.OPERATOR, Role.WRITER)
def publish_orders() -> str:
    """What is ordered for later, why some is not published, and what has ended."""
    return show("ops/publishing.html", N_("Publishing"), may_cancel=Role.OPERATOR in account().roles,
                **publishing.orders(g.reader, page_number()))


@blueprint.post("/publishing/<key>/cancel")
@requires(Role.OPERATOR)
def cancel_order(key: str) -> Any:
    """Calls an order off."""
    orders.cancel(g.db, key, by())
    return done("/ops/publishing")


@blueprint.get("/withdrawal")
@requires(Role.OPERATOR, *REVIEWERS)
def withdrawal() -> str:
    """The form; first, whoever asks shows again that it is them."""
    return _withdrawal()


@blueprint.post("/withdrawal")
@requires(Role.OPERATOR, *REVIEWERS)
def withdraw() -> Any:
    """Takes a page down: an operator by the reason alone, a reviewer by a signature as well."""
    if not is_shown_again():
        return redirect(again(WITHDRAWAL_URL), 303)
    try:
        acts = by()
        found = withdrawing.find(g.reader, g.platform, request.form.get("path", ""),
                                 is_whole=request.form.get("scope") == "whole")
    except (Invalid, NotFound) as fault:  # said on the form: nobody types a reason twice in an emergency
        return _withdrawal(str(fault)), fault.status
    planned = withdrawing.plan(g.reader, g.platform, found, current_app.extensions["overviews"], acts)
    role = next((REVIEWERS[held] for held in REVIEWERS if held in account().roles), None)
    if role is not None:
        withdrawing.sign(g.db, planned, Signer(account().id or 0), role, f"{g.platform.base_url}{WITHDRAWAL_URL}", acts)
    publish.carry_out(g.db, planned, acts.at, acts.reason)
    return done(WITHDRAWAL_URL)


def _withdrawal(fault: str = "") -> str:
    return show("ops/withdrawal.html", N_("Urgent withdrawal"), may_withdraw=is_shown_again(),
                again_url=again(WITHDRAWAL_URL), is_operator=Role.OPERATOR in account().roles,
                fault=fault, typed=request.form)
