"""People: find one, look, act. Whatever is typed to find somebody is sent by POST, so that it stands in no address."""

from typing import Any

from flask import g, redirect, request

from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.ops import queries
from webapp.ops.service import persons
from webapp.ops.views.pages import blueprint, by, done, page_number
from webapp.people import service
from webapp.people.frames import show
from webapp.people.guards import account, requires
from webapp.people.rules import Role


@blueprint.route("/people", methods=["GET", "POST"])
@requires(Role.OPERATOR)
def people() -> str:
    """Finds accounts. Changes nothing."""
    form = request.form
    found = persons.search(g.reader, form.get("words", ""), form.get("role", ""), page_number())
    return show("ops/people.html", N_("Accounts"), **found)


@blueprint.get("/people/<key>")
@requires(Role.OPERATOR)
def person(key: str) -> str:
    """One account: its state, roles, sign-ins, and what was done to it."""
    return show("ops/person.html", N_("One person"),
                **persons.one(g.reader, key, account().id or 0, now(), page_number()))


@blueprint.post("/people/<key>/grant")
@requires(Role.OPERATOR)
def grant(key: str) -> Any:
    """Gives a role."""
    persons.grant(g.db, key, request.form.get("role", ""), request.form.get("company", ""), by())
    return done(f"/ops/people/{key}")


@blueprint.post("/people/<key>/revoke")
@requires(Role.OPERATOR)
def revoke(key: str) -> Any:
    """Takes a role away."""
    persons.revoke(g.db, key, request.form.get("held", ""), by())
    return done(f"/ops/people/{key}")


@blueprint.post("/people/<key>/disable")
@requires(Role.OPERATOR)
def disable(key: str) -> Any:
    """Puts the account out of use."""
    persons.set_active(g.db, key, False, by())
    return done(f"/ops/people/{key}")


@blueprint.post("/people/<key>/enable")
@requires(Role.OPERATOR)
def enable(key: str) -> Any:
    """Puts the account back into use."""
    persons.set_active(g.db, key, True, by())
    return done(f"/ops/people/{key}")


@blueprint.post("/people/<key>/sign-out")
@requires(Role.OPERATOR)
def sign_out(key: str) -> Any:
    """Ends one sign-in, or all."""
    persons.sign_out(g.db, key, request.form.get("sign_in", ""), by())
    return done(f"/ops/people/{key}")


@blueprint.post("/people/<key>/second-factor")
@requires(Role.OPERATOR)
def reset_second_factor(key: str) -> Any:
    """Takes away the second factor of a device that was lost; the owner is told by mail."""
    service.reset_second_factor(g.db, g.platform.ring, persons.held(g.db, key), by=by())
    return done(f"/ops/people/{key}")


@blueprint.post("/people/<key>/identity")
@requires(Role.OPERATOR)
def verify_identity(key: str) -> Any:
    """Records that somebody saw proof of identity."""
    persons.verify_identity(g.db, key, request.form.get("witness", ""), by())
    return done(f"/ops/people/{key}")


@blueprint.post("/people/<key>/training")
@requires(Role.OPERATOR)
def record_training(key: str) -> Any:
    """Records a completed training."""
    persons.record_training(g.db, key, request.form.get("training", ""), by())
    return done(f"/ops/people/{key}")


@blueprint.post("/people/<key>/unlink")
@requires(Role.OPERATOR)
def unlink(key: str) -> Any:
    """Takes away the link to an organisation's sign-in: the next one there links anew."""
    persons.unlink(g.db, key, by())
    return done(f"/ops/people/{key}")


@blueprint.get("/people/<key>/consents")
@requires(Role.OPERATOR)
def consents(key: str) -> str:
    """What one person agreed to."""
    return show("ops/consents.html", N_("Consents"), **persons.consents(g.reader, key))


@blueprint.route("/consents", methods=["GET", "POST"])
@requires(Role.OPERATOR)
def find_consents() -> Any:
    """Finds whose consents are meant, by e-mail address or key."""
    typed = request.form.get("account", "")
    found = queries.account_named(g.reader, typed) if typed.strip() else None
    if found is not None:
        return redirect(f"/ops/people/{found.key}/consents", 303)
    return show("ops/consents.html", N_("Consents"), account=None, lines=[], is_missing=bool(typed.strip()))
