"""The front door, and the way in after signing in."""

from flask import Blueprint, Response, g, redirect, request

from webapp.people.guards import account, public, requires
from webapp.people.rules import SIGNED_IN, SPONSOR_ROLES

blueprint = Blueprint("site", __name__)

CHINESE_TAGS = ("zh", "zh-CN", "zh-Hans", "zh-Hans-CN", "zh-SG", "zh-TW", "zh-HK")


@blueprint.get("/")
@public
def front_door() -> Response:
    """Sends on to the home page in the reader's language."""
    best = request.accept_languages.best_match(["en", *CHINESE_TAGS], "en")
    answer = Response(status=302, headers={"Location": "/zh/" if best.startswith("zh") else "/en/",
                                           "Vary": "Accept-Language", "Cache-Control": "private, no-store"})
    return answer


@blueprint.get("/after-sign-in")
@requires(*SIGNED_IN)
def after_sign_in() -> Response:
    """Where an account's work is."""
    person = account()
    home = "/zh/" if person.language.startswith("zh") else "/en/"
    answer = redirect("/sponsor/" if SPONSOR_ROLES & set(person.roles) else home)
    assert isinstance(answer, Response)
    return answer


@blueprint.get("/health")
@public
def health() -> Response:
    """Answers while the process can read its database."""
    g.reader.connection()
    return Response("ok\n", content_type="text/plain; charset=utf-8")
