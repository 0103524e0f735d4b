"""The provider's pages on certificates: found by code or by activity, corrected under the right name, revoked.

Either asks why and to be confirmed; nothing that was issued is ever changed (`service.certifying`).
"""

from typing import Any

from flask import Blueprint, g, redirect, request

from webapp.cme.guards import refuse_sponsors
from webapp.cme.rules.certificates import code_in
from webapp.cme.service import certifying, correcting
from webapp.cme.views.provider import asked_page, by_reason
from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.people.frames import show
from webapp.people.guards import own_language, requires
from webapp.people.rules import Role

blueprint = Blueprint("cme_provider_certificates", __name__, url_prefix="/cme/provider")
blueprint.before_request(refuse_sponsors)
UNCONFIRMED = N_("Nothing was changed. Tick the box to confirm it.")


@blueprint.get("/<slug>/certificates")
@requires(Role.CME_PROVIDER)
def of_activity(slug: str) -> str:
    """An activity's certificates."""
    return show("cme/certificates.html", N_("Certificates"),
                **correcting.listing(g.reader, slug, asked_page(), own_language()))


@blueprint.get("/certificates")
@requires(Role.CME_PROVIDER)
def find() -> Any:
    """Looks one up by its code."""
    code = code_in(request.args.get("code", ""))
    try:
        certifying.find(g.reader, code)
    except NotFound as fault:
        return show("cme/certificate_search.html", N_("Find a certificate"), fault=str(fault) if code else "",
                    code=code), fault.status if code else 200
    return redirect(f"/cme/provider/certificates/{code}", 303)


@blueprint.get("/certificates/<code>")
@requires(Role.CME_PROVIDER)
def one(code: str) -> str:
    """One, with what it replaced and what replaced it."""
    return _one(code)


def _one(code: str, fault: str = "") -> str:
    return show("cme/certificate_record.html", N_("Certificate"), fault=fault, typed=request.form,
                **correcting.page(g.reader, code, own_language()))


@blueprint.post("/certificates/<code>/correct")
@requires(Role.CME_PROVIDER)
def correct(code: str) -> Any:
    """Puts one under the right name in its place."""
    try:
        by = by_reason()
        _check_confirmed()
        drawn = certifying.draw_again(certifying.find(g.reader, code)[0], name=request.form.get("name", ""),
                                      base_url=g.platform.base_url, now=by.at)
        made = certifying.reissue(g.db, code, drawn, by)
    except (Conflict, Invalid) as fault:
        g.db.rollback()  # a page is made without the lock
        return _one(code, str(fault)), fault.status
    return redirect(f"/cme/provider/certificates/{made.code}?notice=done", 303)


@blueprint.post("/certificates/<code>/revoke")
@requires(Role.CME_PROVIDER)
def revoke(code: str) -> Any:
    """Ends it."""
    try:
        by = by_reason()
        _check_confirmed()
        certifying.revoke(g.db, code, by)
    except (Conflict, Invalid) as fault:
        g.db.rollback()  # a page is made without the lock
        return _one(code, str(fault)), fault.status
    return redirect(f"/cme/provider/certificates/{code}?notice=done", 303)


def _check_confirmed() -> None:
    if request.form.get("confirm") != "yes":
        raise Invalid(UNCONFIRMED)
