"""The front door, and the way in after signing in."""

from flask import Blueprint, Response, g, redirect, request

from webapp.core import pages
from webapp.core.languages import Place, by_tag, preferred, prefix
from webapp.people.guards import account, any_account, public
from webapp.people.rules import SPONSOR_ROLES

blueprint = Blueprint("site", __name__)


@blueprint.get("/")
@public
def front_door() -> Response:
    """Sends on to the home page in the reader's language."""
    home = f"/{preferred(request.accept_languages).url}/"
    return Response(status=302, headers={"Location": home, "Vary": "Accept-Language",
                                         "Cache-Control": "private, no-store"})


@blueprint.get("/after-sign-in")
@any_account
def after_sign_in() -> Response:
    """Where an account's work is, else its home page."""
    person = account()
    home = f"/{prefix(Place(by_tag(person.language), person.market), g.platform.homes)}/"
    answer = redirect("/sponsor/" if SPONSOR_ROLES & set(person.roles) else home)
    assert isinstance(answer, Response)
    return answer


@blueprint.get("/health")
@public
def health() -> Response:
    """Answers while the process can read its database: a query does, since a connection may be one that was kept."""
    pages.version(g.reader)
    return Response("ok\n", content_type="text/plain; charset=utf-8")
