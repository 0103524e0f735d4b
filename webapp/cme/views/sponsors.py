"""What a supporter sees of the education that it supports: tables that the provider released, and nothing else."""

from flask import Blueprint, Response, g

from webapp.cme.models import CmeRelease
from webapp.cme.service import releasing
from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.people.frames import show
from webapp.people.guards import account, own_language, requires
from webapp.people.rules import SPONSOR_ROLES
from webapp.sponsors import queries as sponsors

blueprint = Blueprint("cme_sponsors", __name__, url_prefix="/sponsor/education")
SPONSORS = {"edition": "sponsor"}


@blueprint.get("")
@requires(*SPONSOR_ROLES)
def index() -> str:
    """What was released to one's companies."""
    return show("cme/sponsor_releases.html", N_("Education supported"), frame=SPONSORS,
                lines=releasing.listed(g.reader, _companies(), own_language()))


@blueprint.get("/<key>")
@requires(*SPONSOR_ROLES)
def one(key: str) -> str:
    """One table."""
    told = releasing.one(_own(key), own_language())
    return show("cme/sponsor_release.html", told["heading"], is_words=False, frame=SPONSORS, **told)


@blueprint.post("/<key>.csv")
@requires(*SPONSOR_ROLES)
def file(key: str) -> Response:
    """It as a file; who took it is logged."""
    row = _own(key)
    text = releasing.export(g.db, row, account().id or 0, own_language(), now())
    return Response("\ufeff" + text, content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="education-{row.period}.csv"', "Cache-Control": "no-store"})


def _own(key: str) -> CmeRelease:
    return releasing.find(g.reader, key, _companies())


def _companies() -> set[str]:
    return {company.name for company in sponsors.companies(g.reader, account().company_ids).values()}
