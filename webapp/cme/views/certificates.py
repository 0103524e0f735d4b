"""The public page that says whether a certificate holds.

Whoever has a code got it from the learner, and sees the least that tells whether it holds. So the page is the same for
everybody, for a person with a seat at a sponsor too: to refuse them would hide nothing from whom signing out lets in,
and would fail an employer who is handed a certificate. What is a learner's own refuses them (`refuse_sponsors`).
"""

from typing import Any

from flask import Blueprint, g, redirect, request

from webapp.cme.rules.certificates import code_in
from webapp.cme.service import showing_certificate
from webapp.core.errors import N_
from webapp.core.languages import Language, preferred
from webapp.people.frames import show
from webapp.people.guards import chosen_language, public

blueprint = Blueprint("cme_certificates", __name__)


@blueprint.get("/certificates/")
@public
def check() -> Any:
    """Takes a code that is read off a paper, and leads to its page."""
    typed = request.args.get("code", "")
    code = code_in(typed)
    if not code:
        return _form()
    if showing_certificate.page(g.reader, code, _language()) is None:
        return _form(typed, is_unknown=True), 404
    chosen = chosen_language()
    return redirect(f"/certificates/{code}" + (f"?language={chosen.tag}" if chosen else ""), 303)


@blueprint.get("/certificates/<code>")
@public
def one(code: str) -> Any:
    """What the record says of a code: the minimum, and no more of a code that is none of ours."""
    code = code_in(code)
    found = showing_certificate.page(g.reader, code, _language())
    if found is None:
        return _form(is_unknown=True), 404
    return show("cme/certificate.html", N_("Certificate"), _language(), found=found, code=code)


def _form(typed: str = "", *, is_unknown: bool = False) -> str:
    return show("cme/certificate_check.html", N_("Check a certificate"), _language(), typed=typed,
                is_unknown=is_unknown)


def _language() -> Language:
    return chosen_language() or preferred(request.accept_languages)
