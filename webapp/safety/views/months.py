"""The safety officers' pages of closed months, which they sign."""

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request

from webapp.core.audit import By
from webapp.core.clock import now
from webapp.core.errors import N_, Conflict, Refused
from webapp.core.render import show_month
from webapp.people.frames import show
from webapp.people.guards import account, again, is_shown_again, own_language, requires
from webapp.people.rules import Role
from webapp.safety.rules.months import Side
from webapp.safety.service import month_list, months
from webapp.safety.service.listing import MOST_PAGES

blueprint = Blueprint("safety_months", __name__, url_prefix="/safety/months")


@blueprint.get("/")
@requires(Role.SAFETY)
def index() -> str:
    """Closed months, the newest first."""
    number = request.args.get("page", 1, type=int)
    if not 0 < number <= MOST_PAGES:
        abort(404)
    return show("safety/months.html", N_("Monthly lists"), **month_list.page(g.reader, number))


@blueprint.get("/<company>/<month>")
@requires(Role.SAFETY)
def one(company: str, month: str) -> str:
    """One month of one sponsor, with its cases."""
    return _page(company, month)


@blueprint.post("/<company>/<month>/sign")
@requires(Role.SAFETY)
def sign(company: str, month: str) -> Any:
    """Signs it, once it was shown again who signs."""
    place = f"/safety/months/{company}/{month}"
    if not is_shown_again():
        return redirect(again(place), 303)
    try:
        months.sign(g.db, company, month, Side.OFFICER, account(), now())
    except (Conflict, Refused) as fault:
        g.db.rollback()  # a page is made without the lock
        return _page(company, month, str(fault)), fault.status
    return redirect(f"{place}?notice=done", 303)


@blueprint.post("/<company>/<month>.csv")
@requires(Role.SAFETY)
def file(company: str, month: str) -> Response:
    """Its cases as a file. By POST, since who takes them away is noted."""
    text = month_list.as_csv(g.db, company, month, By(account().id or 0, now()))
    return Response("\ufeff" + text, content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="cases-{company}-{month}.csv"', "Cache-Control": "no-store"})


def _page(company: str, month: str, fault: str = "") -> str:
    language = own_language()
    told = month_list.one(g.reader, company, month, language)
    return show("safety/month.html", show_month(told["month"], language), language, is_words=False, fault=fault,
                may_sign=is_shown_again(), again_url=again(f"/safety/months/{company}/{month}"), **told)
