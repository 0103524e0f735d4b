"""Readers' addresses that the edge does not answer itself: gated and withdrawn pages, and pictures. And the desk's page
of flags that product labels raised."""

import logging
from datetime import date
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, g, redirect, request
from flask_security import current_user

from webapp.articles import queries
from webapp.articles.rules.pictures import MEDIA_TYPES
from webapp.articles.rules.shelf import spot_of
from webapp.articles.service import label_desk, labels, passages, rerendering
from webapp.articles.service.admitting import admit
from webapp.core import audit, pages
from webapp.core.audit import By
from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.core.forms import FreeText
from webapp.core.frame import frame_at, ways_without
from webapp.core.languages import LANGUAGES, Place, place_of
from webapp.core.models import StoredPage
from webapp.core.render import translations
from webapp.people.frames import show
from webapp.people.guards import account, own_language, own_links, public, requires, signed_in
from webapp.people.rules import Role
from webapp.policy import rules as policy

blueprint = Blueprint("articles", __name__)
security_log = logging.getLogger("materia.security")

MEDIA = {**MEDIA_TYPES, ".css": rerendering.STYLE}
PICTURE_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
"""A picture opened by itself may style itself and do nothing else."""

LABEL_CLOSERS = (Role.WRITER, Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER, Role.REGULATORY_REVIEWER)
"""Who closes the flags that labels raise; an operator looks on."""
VERIFICATION_URL = "/account/verification"
GATE_TITLES = {policy.Opening.VERIFICATION: N_("For verified health professionals"),
               policy.Opening.SIGN_IN: N_("Sign in to read this page"),
               None: N_("This page is not open to you")}
GONE_TITLES = {"withdraw": N_("This page was withdrawn"), "expire": N_("The approval of this page has ended")}


@blueprint.get("/media/<sha256>.<ending>")
@public
def picture(sha256: str, ending: str) -> Response:
    """A picture of an article, or the style sheet that its body came with, by the digest of its bytes."""
    found = queries.asset(g.reader, sha256)
    if found is None or MEDIA.get(f".{ending}") != found.media_type:
        abort(404)
    return Response(found.content, content_type=found.media_type, headers=PICTURE_HEADERS)


@blueprint.get("/desk/labels")
@requires(*LABEL_CLOSERS, Role.OPERATOR)
def label_flags() -> str:
    """Pages whose cited label sections a newer label changed, with the difference."""
    return show("articles/label_flags.html", N_("Label changes"), languages={one.tag: one.name for one in LANGUAGES},
                may_close=bool(set(LABEL_CLOSERS) & set(account().roles)),
                **label_desk.board(g.reader, g.platform.homes, own_language().tag))


@blueprint.post("/desk/labels/close")
@requires(*LABEL_CLOSERS)
def close_label_flags() -> Any:
    """Closes flags that somebody looked at."""
    by = By(account().id or 0, now(), audit.reason_of(FreeText(request.form.get("reason", ""))))
    labels.close(g.db, request.form.getlist("flag"), by)
    return redirect("/desk/labels?notice=done", 303)


@blueprint.post("/desk/labels/passages")
@requires(*LABEL_CLOSERS)
def close_passages() -> Any:
    """Says that claims were looked at whose passage is gone."""
    by = By(account().id or 0, now(), audit.reason_of(FreeText(request.form.get("reason", ""))))
    passages.close(g.db, request.form.getlist("passage"), by)
    return redirect("/desk/labels?notice=done", 303)


@blueprint.get("/<place:head>/<path:rest>")
@blueprint.get("/<place:head>/")
@public
def stored(head: str, rest: str = "") -> Response:
    """A stored page that is not everybody's: shown to those whom policy lets through, else only the reason."""
    page, place = pages.find(g.reader, request.path), place_of(head, g.platform.homes)
    if page is None or place is None:
        return _spelled_as_stored()
    if page.access == "gone":
        return _gone(place, rest)
    today = now().date()
    admission = admit(g.reader, page, place, rest, _reader(), today)
    return _bytes_of(page) if admission.is_admitted else _gate(place, rest, admission.ruling, today)


def _reader() -> policy.Reader:
    """Who is asking, as policy sees it: an account by its own market, anybody else by the address's."""
    person = signed_in()
    return policy.STRANGER if person is None else policy.reader_of(person.market, person.roles)


def _gate(place: Place, rest: str, ruling: policy.Ruling, today: date) -> Response:
    """Says why the page stays closed and what opens it. Holds nothing of the page: neither title nor address."""
    security_log.warning("gate kept closed on %s", request.endpoint)
    edition = "pro" if rest.startswith("pro/") else "patient"
    frame = frame_at(place, g.platform.homes, edition, noindex=True, is_sample=g.platform.is_demo,
                     title=translations(place.language).gettext(GATE_TITLES[ruling.opens]),
                     own=own_links(place.language), **ways_without(g.platform.rooms))
    html = g.platform.renderer.render(
        "articles/gate.html", place.language, page=frame, why=policy.reason(ruling, place.language.tag, today),
        opens=ruling.opens, is_signed_in=current_user.is_authenticated, verification_url=VERIFICATION_URL)
    return Response(html, status=403, headers={"Cache-Control": "private, no-store",
                                               "Content-Language": place.language.tag})


def _gone(place: Place, rest: str) -> Response:
    """Says that the page was taken down, when, and whether it was withdrawn or its approval ended; never by whom."""
    how, when = queries.ended(g.reader, spot_of(place, rest)) or ("withdraw", None)
    edition = "pro" if rest.startswith("pro/") else "patient"
    frame = frame_at(place, g.platform.homes, edition, noindex=True, is_sample=g.platform.is_demo,
                     title=translations(place.language).gettext(GONE_TITLES[how]), own=own_links(place.language),
                     **ways_without(g.platform.rooms))
    html = g.platform.renderer.render("articles/gone.html", place.language, page=frame, how=how, when=when)
    return Response(html, status=410, headers={"Cache-Control": "private, no-store",
                                               "Content-Language": place.language.tag})


def _spelled_as_stored() -> Response:
    """Leads an index asked for without its final slash, or an article asked for with one, to the stored address."""
    path = request.path.removesuffix("/") if request.path.endswith("/") else f"{request.path}/"
    if pages.find(g.reader, path) is None:
        abort(404)
    query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
    return Response(status=308, headers={"Location": quote(path) + query})


def _bytes_of(page: StoredPage) -> Response:
    headers = {"Cache-Control": "private, no-store", "Content-Language": page.language}
    if page.access == "open":  # the edge answers these; here only while its database look-up fails
        headers["Cache-Control"] = "no-cache"
    return Response(page.body, content_type=page.content_type, headers=headers)
