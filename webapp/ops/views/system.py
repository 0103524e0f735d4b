"""Health, timed jobs, the audit: these only read."""

from pathlib import Path

from flask import current_app, g, request

from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.ops.service import system, trail
from webapp.ops.views.pages import blueprint, page_number
from webapp.people.frames import show
from webapp.people.guards import own_language, requires
from webapp.people.rules import Role


@blueprint.get("/health")
@requires(Role.OPERATOR)
def health() -> str:
    """How the system is."""
    place = system.Place(Path(current_app.config["DATA_DIR"]), current_app.extensions["schema_head"](),
                         current_app.extensions["count_cases"])
    return show("ops/health.html", N_("System health"), checks=system.checks(g.reader, place, now(), own_language()))


@blueprint.get("/jobs")
@requires(Role.OPERATOR)
def jobs() -> str:
    """Timed jobs and their runs."""
    return show("ops/jobs.html", N_("Timed jobs"), **system.jobs(g.reader, now(), page_number()))


@blueprint.get("/audit")
@requires(Role.OPERATOR)
def audit() -> str:
    """All that was done, the newest first."""
    return show("ops/audit.html", N_("Audit"), **trail.newest(g.reader, request.args.get("of", ""), page_number()))
