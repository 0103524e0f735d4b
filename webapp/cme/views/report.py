"""The report of one's own credit to the accreditor: how it stands, and what is wrong in it put right."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, redirect, request

from webapp.cme.guards import refuse_sponsors
from webapp.cme.rules import pars
from webapp.cme.service import learning, reporting, showing
from webapp.cme.service.learning import Learning
from webapp.core.clock import now
from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.people.frames import show
from webapp.people.guards import account, any_account, own_language

blueprint = Blueprint("cme_report", __name__)
blueprint.before_request(refuse_sponsors)
PLACE = "/account/cme/reports/<key>"


@blueprint.get(PLACE)
@any_account
def own(key: str) -> str:
    """How it stands, with what it says."""
    who = reporting.report_of(g.reader, g.platform.ring, _own(key)).who
    return _page(key, pars.typed(who) if who else {})


@blueprint.post(PLACE)
@any_account
def correct(key: str) -> Any:
    """Takes what is right, or the agreement back."""
    try:
        reporting.correct(g.db, g.platform.ring, _own(key, for_update=True), request.form, now())
    except (Invalid, Conflict) as fault:
        return _page(key, request.form, str(fault)), fault.status
    return redirect(f"/account/cme/reports/{key}", 303)


def _own(key: str, *, for_update: bool = False) -> Learning:
    """One's own participation with credit that can be reported. NotFound."""
    session = g.db if for_update else g.reader
    found = learning.find(session, account().id or 0, key, for_update=for_update)
    if not reporting.is_credited(session, found):
        raise NotFound
    return found


def _page(key: str, typed: Mapping[str, str], fault: str = "") -> str:
    found, language = _own(key), own_language()
    report, tag = reporting.report_of(g.reader, g.platform.ring, found), showing.language_in(found.about, language)
    return show("cme/report.html", N_("Report to the accreditor"), key=key, fault=fault, typed=typed,
                heading=found.about.titles[tag], lang=tag, standing=report.standing, states=reporting.STANDINGS,
                on=report.at.date() if report.at else None, agreement=pars.WORDS)
