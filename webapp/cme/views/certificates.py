"""Certificates: the public page that says whether one holds, and the file for whoever it was issued to."""

from typing import Any

from flask import Blueprint, Response, g, request

from webapp.cme.guards import refuse_sponsors
from webapp.cme.queries import certificates as certificate_queries
from webapp.cme.service import certifying, showing_certificate
from webapp.core.errors import N_, NotFound
from webapp.core.languages import Language, preferred
from webapp.people.frames import show
from webapp.people.guards import account, any_account, chosen_language, public

blueprint = Blueprint("cme_certificates", __name__)
blueprint.before_request(refuse_sponsors)


@blueprint.get("/certificates/<code>")
@public
def one(code: str) -> Any:
    """What the record says of a code: the minimum, and no more of a code that is none of ours."""
    language, found = _language(), showing_certificate.page(g.reader, code, _language())
    page = show("cme/certificate.html", N_("Certificate"), language, found=found, code=code if found else "")
    return page if found else (page, 404)


@blueprint.get("/account/cme/certificates/<code>.pdf")
@any_account
def file(code: str) -> Response:
    """The bytes as they were issued."""
    stored = certificate_queries.own_certificate(g.reader, account().id or 0, code)
    if stored is None:
        raise NotFound(certifying.UNKNOWN)
    return Response(stored, content_type="application/pdf", headers={
        "Content-Disposition": f'attachment; filename="certificate-{code}.pdf"', "Cache-Control": "private, no-store"})


def _language() -> Language:
    return chosen_language() or preferred(request.accept_languages)
