"""The public page that says whether a certificate holds.

Whoever has a code got it from the learner, and sees the least that tells whether it holds. So the page is the same for
everybody, for a person with a seat at a sponsor too: to refuse them would hide nothing from whom signing out lets in,
and would fail an employer who is handed a certificate. What is a learner's own refuses them (`refuse_sponsors`).
"""

from typing import Any

from flask import Blueprint, g, request

from webapp.cme.service import showing_certificate
from webapp.core.errors import N_
from webapp.core.languages import Language, preferred
from webapp.people.frames import show
from webapp.people.guards import chosen_language, public

blueprint = Blueprint("cme_certificates", __name__)


@blueprint.get("/certificates/<code>")
@public
def one(code: str) -> Any:
    """What the record says of a code: the minimum, and no more of a code that is none of ours."""
    language, found = _language(), showing_certificate.page(g.reader, code, _language())
    page = show("cme/certificate.html", N_("Certificate"), language, found=found, code=code if found else "")
    return page if found else (page, 404)


def _language() -> Language:
    return chosen_language() or preferred(request.accept_languages)
