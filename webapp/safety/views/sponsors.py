"""What a sponsor's people see of side effects: closed months in counts, which their administrator signs."""

from typing import Any

from flask import Blueprint, g, redirect

from webapp.core.clock import now
from webapp.core.errors import N_, Conflict, Refused
from webapp.core.render import show_month
from webapp.people import queries as people
from webapp.people.frames import show
from webapp.people.guards import account, again, is_shown_again, own_language, requires
from webapp.people.rules import SPONSOR_ROLES, Role
from webapp.safety.rules.months import Side
from webapp.safety.service import month_release, months

blueprint = Blueprint("safety_sponsors", __name__, url_prefix="/sponsor/side-effects")
SPONSORS = {"edition": "sponsor"}
"""What differs in the frame of a sponsor's page."""


@blueprint.get("")
@requires(*SPONSOR_ROLES)
def index() -> str:
    """Closed months of the companies that one has a seat in."""
    return show("safety/sponsor_months.html", N_("Side effects"), frame=SPONSORS,
                **month_release.page(g.reader, account().company_ids))


@blueprint.get("/<company>/<month>")
@requires(*SPONSOR_ROLES)
def one(company: str, month: str) -> str:
    """One month, in counts."""
    return _page(company, month)


@blueprint.post("/<company>/<month>/sign")
@requires(Role.SPONSOR_ADMIN)
def sign(company: str, month: str) -> Any:
    """Signs it for the sponsor, once it was shown again who signs."""
    place = f"/sponsor/side-effects/{company}/{month}"
    month_release.own(g.reader, company, month, _administered())
    if not is_shown_again():
        return redirect(again(place), 303)
    try:
        months.sign(g.db, company, month, Side.SPONSOR, account(), now())
    except (Conflict, Refused) as fault:
        g.db.rollback()  # a page is made without the lock
        return _page(company, month, str(fault)), fault.status
    return redirect(f"{place}?notice=done", 303)


def _administered() -> set[int]:
    return people.companies_held(g.reader, account().id or 0, Role.SPONSOR_ADMIN)


def _page(company: str, month: str, fault: str = "") -> str:
    language = own_language()
    company_id, rows = month_release.own(g.reader, company, month, account().company_ids)
    return show("safety/sponsor_month.html", show_month(rows[0].month, language), language, is_words=False,
                frame=SPONSORS, fault=fault, own=str(Side.SPONSOR) if company_id in _administered() else "",
                may_sign=is_shown_again(), again_url=again(f"/sponsor/side-effects/{company}/{month}"),
                **month_release.one(g.reader, company_id, rows, language))
