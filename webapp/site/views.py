"""The front door, the way in after signing in, and what one has read."""

from typing import Any

from flask import Blueprint, Response, g, redirect, request

from webapp.consents import service as consents
from webapp.consents.rules.purposes import Purpose
from webapp.core import pages
from webapp.core.clock import now
from webapp.core.errors import N_, NotFound
from webapp.core.frame import frame_at, language_switch
from webapp.core.languages import Place, by_tag, preferred, prefix
from webapp.core.render import translations
from webapp.engagement import service as engagement
from webapp.people.guards import account, any_account, own_language, public
from webapp.people.rules import SPONSOR_ROLES
from webapp.site.service import pages_read

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


@blueprint.get("/account/history")
@any_account
def history() -> str:
    """The pages that one has read while one agreed to their being kept: one's own alone."""
    language, person = own_language(), account()
    page = frame_at(Place(language, g.platform.homes[language.url]), g.platform.homes, path=request.path, noindex=True,
                    title=translations(language).gettext("Pages you have read"),
                    languages=language_switch(request.path, request.args, language))
    html: str = g.platform.renderer.render(
        "site/history.html", language, page=page, is_kept=consents.may(g.reader, person, Purpose.PERSONALISATION),
        lines=pages_read(g.reader, person, g.platform.homes, now().date()))
    return html


@blueprint.post("/account/history/delete")
@any_account
def delete_history() -> Any:
    """Deletes all of it."""
    engagement.forget_history(g.db, account().id or 0)
    return redirect("/account/history", 303)


@blueprint.post("/account/history/<key>/delete")
@any_account
def delete_line(key: str) -> Any:
    """Deletes one line."""
    if not engagement.forget_history(g.db, account().id or 0, key):
        raise NotFound(N_("There is no such line in your history."))
    return redirect("/account/history", 303)
