"""The page of a reporter who is asked more."""

from typing import Any

from flask import Blueprint, g, redirect, request

from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.languages import by_tag
from webapp.people.frames import show
from webapp.people.guards import chosen_language, public
from webapp.safety.rules import reports
from webapp.safety.service import asking

blueprint = Blueprint("safety_asking", __name__, url_prefix="/side-effect")


@blueprint.get("/more/<code>")
@public
def more(code: str) -> str:
    """What is asked, and where it is answered; after the answer, that it came."""
    return _page(code)


@blueprint.post("/more/<code>")
@public
def answer(code: str) -> Any:
    """Takes the answer; what cannot be taken comes back as it was typed."""
    asking.page(g.reader, g.platform.ring, code)
    try:
        told = reports.read({"what": request.form.get("what", "")}, ())
    except Invalid as error:
        return _page(code, str(error), request.form.get("what", "")), error.status
    asking.answer(g.db, g.platform.ring, code, told, now())
    return redirect(f"/side-effect/more/{code}", 303)


def _page(code: str, fault: str = "", typed: str = "") -> str:
    found = asking.page(g.reader, g.platform.ring, code)
    language = chosen_language() or by_tag(found["language_tag"])
    return show("safety/more.html", found["number"], language, is_words=False, fault=fault, what=typed, **found)
