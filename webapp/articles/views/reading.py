"""Readers' addresses that the edge does not answer itself: gated and withdrawn pages, and pictures."""

import logging
from datetime import date
from urllib.parse import quote

from flask import Blueprint, Response, abort, g, request
from flask_security import current_user

from webapp.articles import queries
from webapp.articles.rules.pictures import MEDIA_TYPES
from webapp.articles.service.admitting import admit
from webapp.core import pages
from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.core.frame import frame_at
from webapp.core.languages import Place, place_of
from webapp.core.models import StoredPage
from webapp.core.render import translations
from webapp.people.guards import account, own_links, public
from webapp.policy import rules as policy

blueprint = Blueprint("articles", __name__)
security_log = logging.getLogger("materia.security")

PICTURE_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
"""A picture opened by itself may style itself and do nothing else."""

VERIFICATION_URL = "/account/verification"
GATE_TITLES = {policy.Opening.VERIFICATION: N_("For verified health professionals"),
               policy.Opening.SIGN_IN: N_("Sign in to read this page"),
               None: N_("This page is not open to you")}


@blueprint.get("/media/<sha256>.<ending>")
@public
def picture(sha256: str, ending: str) -> Response:
    """A picture of an article, by the digest of its bytes."""
    found = queries.asset(g.reader, sha256)
    if found is None or MEDIA_TYPES.get(f".{ending}") != found.media_type:
        abort(404)
    return Response(found.content, content_type=found.media_type, headers=PICTURE_HEADERS)


@blueprint.get("/<place:head>/<path:rest>")
@blueprint.get("/<place:head>/")
@public
def stored(head: str, rest: str = "") -> Response:
    """A stored page that is not everybody's: shown to those whom policy lets through, else only the reason."""
    page, place = pages.find(g.reader, request.path), place_of(head, g.platform.homes)
    if page is None or place is None:
        return _spelled_as_stored()
    if page.access == "gone":
        abort(410)
    today = now().date()
    admission = admit(g.reader, page, place, rest, _reader(), today)
    return _bytes_of(page) if admission.is_admitted else _gate(place, rest, admission.ruling, today)


def _reader() -> policy.Reader:
    """Who is asking, as policy sees it: an account by its own market, anybody else by the address's."""
    return policy.reader_of(account().market, account().roles) if current_user.is_authenticated else policy.STRANGER


def _gate(place: Place, rest: str, ruling: policy.Ruling, today: date) -> Response:
    """Says why the page stays closed and what opens it. Holds nothing of the page: neither title nor address."""
    security_log.warning("gate kept closed on %s", request.endpoint)
    edition = "pro" if rest.startswith("pro/") else "patient"
    frame = frame_at(place, g.platform.homes, edition, noindex=True, is_sample=g.platform.is_demo,
                     title=translations(place.language).gettext(GATE_TITLES[ruling.opens]),
                     own=own_links(place.language))
    html = g.platform.renderer.render(
        "articles/gate.html", place.language, page=frame, why=policy.reason(ruling, place.language.tag, today),
        opens=ruling.opens, is_signed_in=current_user.is_authenticated, verification_url=VERIFICATION_URL)
    return Response(html, status=403, headers={"Cache-Control": "private, no-store",
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
