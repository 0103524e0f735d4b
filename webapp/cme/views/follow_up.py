"""The page of a learner who is asked what came of it: theirs by the link of their mail, without signing in."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, request

from webapp.cme.guards import refuse_sponsors
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules import follow_up as asking
from webapp.cme.service import evaluating, following_up
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.forms import FreeText
from webapp.core.languages import by_tag
from webapp.people.frames import show
from webapp.people.guards import chosen_language, public

blueprint = Blueprint("cme_follow_up", __name__, url_prefix="/cme/follow-up")
PRO = {"edition": "pro"}


blueprint.before_request(refuse_sponsors)


@blueprint.get("/<code>")
@public
def ask(code: str) -> str:
    """The questions; after the answer, that it came, and whether words may be passed on where that is to be asked."""
    return _page(code)


@blueprint.post("/<code>")
@public
def answer(code: str) -> Any:
    """Takes the answer; what cannot be taken comes back as it was typed."""
    words = FreeText.of_learner(request.form.get("words", ""))
    try:
        told = asking.read(request.form, request.form.getlist("barriers"), words)
    except Invalid as fault:
        return _page(code, str(fault)), fault.status
    heard = following_up.answer(g.db, code, told, now())
    return _back(f"/cme/follow-up/{code}", **({"heard": heard} if heard else {}))


@blueprint.post("/<code>/heard/<heard_key>")
@public
def agree(code: str, heard_key: str) -> Any:
    """Takes whether words may be passed on, without a name."""
    following_up.find(g.db, code, now())
    evaluating.agree(g.db, g.platform.ring, heard_key, may_pass_on=request.form.get("answer") == "yes", now=now())
    return _back(f"/cme/follow-up/{code}")


@blueprint.get("/<code>/stop")
@public
def ask_to_stop(code: str) -> str:
    """Shows the button: mail scanners follow links."""
    return _page(code, is_stopping=True)


@blueprint.post("/<code>/stop")
@public
def stop(code: str) -> Any:
    """Asks no more."""
    following_up.stop(g.db, code, now())
    return _back(f"/cme/follow-up/{code}/stop", notice="done")


def _back(path: str, **told: str) -> Any:
    """To a page in the language that was chosen, which no session keeps for a stranger."""
    chosen = chosen_language()
    query = urlencode({**told, **({"language": chosen.tag} if chosen else {})})
    return redirect(f"{path}?{query}" if query else path, 303)


def _page(code: str, fault: str = "", *, is_stopping: bool = False) -> str:
    found = following_up.page(g.reader, code, now())
    heard = provider_queries.heard(g.reader, request.args.get("heard", ""))
    return show("cme/follow_up.html", following_up.TITLE, chosen_language() or by_tag(found["language_tag"]), frame=PRO,
                fault=fault, typed=request.form, chosen=request.form.getlist("barriers"), is_stopping=is_stopping,
                heard=heard if heard is not None and heard.may_pass_on is None else None, **found)
