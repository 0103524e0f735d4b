"""The page of somebody in control of content: theirs by the link of their mail, without signing in."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, redirect, request

from webapp.cme.guards import refuse_sponsors
from webapp.cme.rules import disclosure
from webapp.cme.service import disclosing
from webapp.cme.views.learning import provider
from webapp.core.clock import now
from webapp.core.forms import FreeText
from webapp.people.frames import show
from webapp.people.guards import chosen_language, public

blueprint = Blueprint("cme_disclose", __name__, url_prefix="/cme/disclose")
PRO = {"edition": "pro"}
OWN_WORDS = ("company-", "words-")
"""Fields that are typed freely begin like this."""


blueprint.before_request(refuse_sponsors)


@blueprint.get("/<code>")
@public
def ask(code: str) -> str:
    """The form; after the answer, what was stated."""
    return _page(code)


@blueprint.get("/<code>/correct")
@public
def correct(code: str) -> str:
    """The form with what was stated, until the provider has decided on it."""
    return _page(code, is_correcting=True)


@blueprint.post("/<code>")
@public
def state(code: str) -> Any:
    """Takes the statement, or makes room for one relationship more; what cannot be taken comes back as typed."""
    typed = {name: FreeText(value) if name.startswith(OWN_WORDS) else value for name, value in request.form.items()}
    if "add" in typed:
        return _page(code, disclosing.with_room(typed, disclosure.count_of(typed)))
    reading = disclosure.read(typed, now().date())
    if reading.faults:
        return _page(code, typed, reading.faults), 422
    disclosing.state(g.db, code, reading.ties, now())
    chosen = chosen_language()  # which no session keeps for a stranger
    return redirect(f"/cme/disclose/{code}" + (f"?language={chosen.tag}" if chosen else ""), 303)


def _page(code: str, typed: Mapping[str, str] | None = None, faults: Mapping[str, str] | None = None, *,
          is_correcting: bool = False) -> str:
    found = disclosing.page(g.reader, code, chosen_language(), now())
    filled = found.pop("before") if typed is None else typed
    is_open = is_correcting or typed is not None or found["stated"] is None
    return show("cme/disclose.html", disclosing.TITLE, found.pop("language"), frame=PRO, typed=filled,
                faults=faults or {}, count=disclosure.count_of(filled), today=now().date(),
                provider_name=provider().name, is_asking=found["may_state"] and is_open, **found)
