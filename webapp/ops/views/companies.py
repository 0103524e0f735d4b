"""Sponsors and seats."""

from typing import Any

from flask import g, request

from webapp.core.errors import N_
from webapp.ops.service import seats
from webapp.ops.views.pages import blueprint, by, done, page_number
from webapp.people.frames import show
from webapp.people.guards import own_language, requires
from webapp.people.rules import Role
from webapp.sponsors.service import register_company


@blueprint.get("/companies")
@requires(Role.OPERATOR)
def companies() -> str:
    """All companies."""
    return show("ops/companies.html", N_("Sponsors and seats"), **seats.companies(g.reader, page_number()))


@blueprint.post("/companies")
@requires(Role.OPERATOR)
def add_company() -> Any:
    """Adds a company."""
    made = register_company(g.db, request.form.get("name", ""), by())
    return done(f"/ops/companies/{made.key}")


@blueprint.get("/companies/<key>")
@requires(Role.OPERATOR)
def company(key: str) -> str:
    """One company and its seats."""
    return show("ops/company.html", N_("One company"), **seats.one(g.reader, key))


@blueprint.post("/companies/<key>/invite")
@requires(Role.OPERATOR)
def invite_admin(key: str) -> Any:
    """Invites an administrator of the company, by mail."""
    seats.invite_admin(g.db, g.platform.ring, key, request.form.get("email", ""), own_language().tag, by())
    return done(f"/ops/companies/{key}")


@blueprint.post("/companies/<key>/remove")
@requires(Role.OPERATOR)
def remove_from_company(key: str) -> Any:
    """Takes somebody's seat away."""
    seats.remove(g.db, key, request.form.get("person", ""), by())
    return done(f"/ops/companies/{key}")
