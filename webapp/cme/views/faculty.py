"""The provider's pages of an activity's people: who is asked to disclose, and what is decided. Nobody of a sponsor gets
in."""

from typing import Any

from flask import Blueprint, g, redirect, request

from webapp.cme.guards import refuse_sponsors
from webapp.cme.service import deciding, inviting
from webapp.cme.views.learning import provider
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.clock import now
from webapp.core.errors import N_, Conflict, Invalid
from webapp.core.forms import FreeText
from webapp.people.frames import show
from webapp.people.guards import account, own_language, requires
from webapp.people.rules import Role

blueprint = Blueprint("cme_faculty", __name__, url_prefix="/cme/provider/<slug>/faculty")
blueprint.before_request(refuse_sponsors)


@blueprint.get("")
@requires(Role.CME_PROVIDER)
def people(slug: str) -> str:
    """Everybody, and what stands in the way of publication."""
    return _people(slug)


def _people(slug: str, fault: str = "") -> str:
    return show("cme/faculty.html", N_("People and their disclosures"), fault=fault, typed=request.form,
                chosen=request.form.getlist("parts"),
                **deciding.listing(g.reader, slug, own_language(), provider(), now()))


@blueprint.post("")
@requires(Role.CME_PROVIDER)
def invite(slug: str) -> Any:
    """Asks somebody to disclose."""
    try:
        inviting.invite(g.db, slug, request.form, request.form.getlist("parts"),
                        FreeText(request.form.get("name", "")), By(account().id or 0, now()))
    except (Conflict, Invalid) as fault:
        g.db.rollback()  # a page is made without the lock
        return _people(slug, str(fault)), fault.status
    return redirect(f"/cme/provider/{slug}/faculty?notice=done", 303)


@blueprint.get("/<key>")
@requires(Role.CME_PROVIDER)
def person(slug: str, key: str) -> str:
    """What one person stated, and what is decided on it."""
    return _person(slug, key)


def _person(slug: str, key: str, fault: str = "", at: str = "") -> str:
    told = deciding.one(g.reader, slug, key, own_language(), now())
    return show("cme/faculty_person.html", told["person"]["name"], is_words=False, fault=fault, at=at,
                typed=request.form, chosen=request.form.getlist("means"), **told)


@blueprint.post("/<key>/decide")
@requires(Role.CME_PROVIDER)
def decide(slug: str, key: str) -> Any:
    """Decides on one relationship."""
    try:
        deciding.decide(g.db, slug, key, request.form, request.form.getlist("means"),
                        FreeText(request.form.get("words", "")), By(account().id or 0, now()))
    except (Conflict, Invalid) as fault:
        g.db.rollback()  # a page is made without the lock
        return _person(slug, key, str(fault), request.form.get("place", "")), fault.status
    return redirect(f"/cme/provider/{slug}/faculty/{key}?notice=done", 303)


@blueprint.post("/<key>/again")
@requires(Role.CME_PROVIDER)
def again(slug: str, key: str) -> Any:
    """Asks the person anew."""
    try:
        inviting.again(g.db, slug, key, request.form.get("email", ""), By(account().id or 0, now()))
    except (Conflict, Invalid) as fault:
        g.db.rollback()  # a page is made without the lock
        return _person(slug, key, str(fault), "again"), fault.status
    return redirect(f"/cme/provider/{slug}/faculty/{key}?notice=done", 303)


@blueprint.post("/<key>/call-off")
@requires(Role.CME_PROVIDER)
def call_off(slug: str, key: str) -> Any:
    """Asks the person no more."""
    try:
        by = By(account().id or 0, now(), audit.reason_of(FreeText(request.form.get("reason", ""))))
        inviting.call_off(g.db, slug, key, by)
    except (Conflict, Invalid) as fault:
        g.db.rollback()  # a page is made without the lock
        return _person(slug, key, str(fault), "call-off"), fault.status
    return redirect(f"/cme/provider/{slug}/faculty?notice=done", 303)
