"""Readers' addresses that the edge does not answer itself: gated and withdrawn pages, and pictures."""

from urllib.parse import quote

from flask import Blueprint, Response, abort, g, request
from flask_security import current_user

from webapp.articles import queries
from webapp.articles.rules.pictures import MEDIA_TYPES
from webapp.articles.rules.shelf import spot_of
from webapp.core import pages
from webapp.core.errors import N_, Refused
from webapp.core.languages import place_of
from webapp.core.models import StoredPage
from webapp.people.guards import account, public
from webapp.people.rules import Role
from webapp.policy import rules as policy

blueprint = Blueprint("articles", __name__)

PICTURE_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
"""A picture opened by itself may style itself and do nothing else."""


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
    page = pages.find(g.reader, request.path)
    if page is None:
        return _spelled_as_stored()
    if page.access == "gone":
        abort(410)
    if page.access == "gated" and not _may_read(head, rest):
        raise Refused(N_("This page is for verified health professionals. Sign in with such an account to read it."))
    return _bytes_of(page)


def _may_read(head: str, rest: str) -> bool:
    """Whether policy lets this account, a professional's, read what strangers may not: by the account's own market."""
    place = place_of(head, g.platform.homes)
    if place is None or not current_user.is_authenticated or Role.HCP not in current_user.roles:
        return False
    entry = queries.live_at(g.reader, spot_of(place, rest))
    return entry is not None and policy.rule(account().market, entry.content_class, policy.Audience.HCP,
                                             entry.funding).verdict is not policy.Verdict.DENY


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
