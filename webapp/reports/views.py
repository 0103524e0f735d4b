"""The sponsors' pages."""

from flask import Blueprint, Response, g, request

from webapp.campaigns import queries as campaigns
from webapp.campaigns.queries import Campaign
from webapp.campaigns.rules import CampaignState
from webapp.core.clock import now
from webapp.core.errors import N_, NotFound
from webapp.people.frames import show
from webapp.people.guards import account, own_language, requires
from webapp.people.rules import SPONSOR_ROLES
from webapp.reports import queries
from webapp.reports.service import building, exporting, presenting
from webapp.sponsors.queries import company

blueprint = Blueprint("reports", __name__)
SPONSORS = {"edition": "sponsor"}
"""What differs in the frame of a sponsor's page."""


@blueprint.get("/sponsor/")
@requires(*SPONSOR_ROLES)
def index() -> str:
    """The campaigns of the companies one has a seat in."""
    language = own_language()
    found = queries.campaigns_of(g.reader, account().company_ids)
    cards = [{"name": entry.name, "url": f"/sponsor/campaigns/{entry.key}",
              "state": presenting.state_line(entry, language),
              **presenting.article_context(building.named_article(g.reader, entry, language), language),
              "sponsor": company(g.reader, entry.company_id).name, "is_simulated": entry.is_simulated}
             for entry in found]
    return show("reports/index.html", N_("Campaign reports"), frame=SPONSORS, campaigns=cards)


@blueprint.get("/sponsor/campaigns/<key>")
@requires(*SPONSOR_ROLES)
def report(key: str) -> str:
    """One campaign's report for a week."""
    campaign, language = _own(key), own_language()
    built = building.build(g.platform, campaign, request.args.get("week"), now(), language)
    sponsor = company(g.reader, campaign.company_id).name
    return show("reports/report.html", campaign.name, language, is_words=False, frame=SPONSORS,
                **presenting.page_context(built, sponsor, language))


@blueprint.get("/sponsor/campaigns/<key>.csv")
@requires(*SPONSOR_ROLES)
def report_csv(key: str) -> Response:
    """The same tables as a file. Every export is logged; whoever asks for the head alone takes nothing away."""
    campaign = _own(key)
    built = building.build(g.platform, campaign, request.args.get("week"), now())
    text = exporting.as_csv(built)
    if request.method == "GET":
        exporting.log_export(g.platform, built, account().id or 0, now())
    period = built.week.name if built.week else ""
    return Response("\ufeff" + text, content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="report-{campaign.key}-{period}.csv"'})


def _own(key: str) -> Campaign:
    campaign = campaigns.by_key(g.reader, key)
    if campaign is None or campaign.company_id not in account().company_ids or campaign.state == CampaignState.DRAFT:
        raise NotFound(N_("There is no such campaign."))
    return campaign
