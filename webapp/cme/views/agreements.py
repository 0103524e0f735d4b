"""Signed agreements on support: brought in, and looked at again, by the provider."""

from typing import Any

from flask import Blueprint, Response, g, redirect, request

from webapp.cme.guards import refuse_sponsors
from webapp.cme.service import agreements
from webapp.cme.views.provider import money_page
from webapp.core.audit import By
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.people.guards import account, requires
from webapp.people.rules import Role

blueprint = Blueprint("cme_agreements", __name__, url_prefix="/cme/provider")
blueprint.before_request(refuse_sponsors)
FORM_BYTES = agreements.MOST_BYTES + 64 * 1024


@blueprint.post("/<slug>/agreements")
@requires(Role.CME_PROVIDER)
def bring_in(slug: str) -> Any:
    """Keeps one."""
    request.max_content_length = FORM_BYTES
    try:
        agreements.bring_in(g.db, slug, request.form.get("company", ""), _sent(), By(account().id or 0, now()))
    except (Conflict, Invalid) as fault:
        g.db.rollback()  # a page is made without the lock
        return money_page(slug, str(fault)), fault.status
    return redirect(f"/cme/provider/{slug}/money?notice=done", 303)


@blueprint.get("/<slug>/agreements/<key>.pdf")
@requires(Role.CME_PROVIDER)
def file(slug: str, key: str) -> Response:
    """Its bytes, as they came in."""
    found = agreements.find(g.reader, slug, key)
    return Response(found.pdf, content_type="application/pdf", headers={
        "Content-Disposition": f'attachment; filename="agreement-{key}.pdf"', "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff"})


def _sent() -> bytes:
    """The file's bytes; empty without one. The temporary file that held them goes at once."""
    if "file" not in request.files:
        return b""
    with request.files["file"].stream as stream:
        content: bytes = stream.read(agreements.MOST_BYTES + 1)
    return content
