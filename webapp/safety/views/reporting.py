"""Telling of a side effect: the form, and its receipt. Open to everybody, with or without an account."""

from typing import Any

from flask import Blueprint, current_app, g, redirect, request

from webapp.core.clock import now
from webapp.core.errors import N_, Invalid
from webapp.core.languages import MARKETS, Language, by_tag, preferred
from webapp.people.frames import show
from webapp.people.guards import chosen_language, public, signed_in
from webapp.safety.rules import reports
from webapp.safety.service import receiving, telling
from webapp.safety.service.sources import Sources
from webapp.safety.service.telling import PATH, Asked, Typed

blueprint = Blueprint("reporting", __name__)
LONGEST_SLUG = 100


@blueprint.get(PATH)
@public
def ask() -> str:
    """The form; where nobody takes what it would bring, who does."""
    return _page(_asked())


@blueprint.post(PATH)
@public
def tell() -> Any:
    """Keeps a report. Answered once it is committed; with a fault, all that was typed comes back."""
    asked, criteria, person = _asked(), tuple(request.form.getlist("criteria")), signed_in()
    try:
        report = reports.read(request.form, criteria)
        heard = telling.hearing(g.reader, report, asked, submission=request.form.get("submission", ""),
                                account_id=person.id if person else None, now=now())
        given = receiving.receive(g.db, g.platform.ring, report, heard)
    except Invalid as fault:
        return _page(asked, Typed(request.form, criteria, str(fault))), fault.status
    return redirect(f"{PATH}/receipt/{given.code}?language={asked.language.tag}", 303)


@blueprint.get(f"{PATH}/receipt/<code>")
@public
def receipt(code: str) -> str:
    """What happens next; for a day, also what was sent."""
    found = telling.find(g.reader, code)
    case, language = found[1], chosen_language() or by_tag(found[1].language)
    place = telling.place(g.reader, _sources(), Asked(language, case.market))
    return show("safety/receipt.html", N_("We have your report"), language, frame={"emergency": place["emergency"]},
                **place, **telling.receipt(g.reader, g.platform.ring, found, now()))


def _page(asked: Asked, typed: Typed | None = None) -> str:
    shown = telling.form(g.reader, _sources(), asked, typed)
    return show("safety/report.html", N_("Report a side effect"), asked.language, **shown,
                is_signed_in=signed_in() is not None, frame={"emergency": shown["emergency"]})


def _sources() -> Sources:
    found: Sources = current_app.extensions["safety_sources"]
    return found


def _asked() -> Asked:
    """The market that the address names, else the account's, else the language's home."""
    person, market = signed_in(), request.args.get("market", "")
    language = _language()
    if market not in MARKETS:
        market = person.market if person else g.platform.homes[language.url]
    return Asked(language, market, request.args.get("medicine", "")[:LONGEST_SLUG])


def _language() -> Language:
    person = signed_in()
    return chosen_language() or (by_tag(person.language) if person else preferred(request.accept_languages))
