"""What is another company's is not found: each route of sponsors that names a thing, by each of their roles."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlmodel import Session
from werkzeug.routing import Rule
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL, NOW, sign_in
from tests.cme import activities
from webapp.campaigns.models import Campaign
from webapp.campaigns.rules import CampaignState
from webapp.cme.models import CmeRelease
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.people import guards
from webapp.people.models import Account
from webapp.people.rules import SPONSOR_ROLES, Role
from webapp.sponsors.models import Company

HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}


class Theirs:
    """What a company has, each by the address that names it."""

    def __init__(self, platform: Platform, company: Company, mate: Account, content: Path) -> None:
        self.platform, self.company, self.mate = platform, company, mate
        with platform.database.writing() as session:
            self.month = self._month(session)
            self.release = self._release(session)
        builders.landing_page(platform, content)
        self.campaign = builders.campaign(platform, company).key
        with platform.database.writing() as session:  # of a draft there is no report
            session.execute(update(Campaign).values(state=CampaignState.SCHEDULED))

    def _month(self, session: Session) -> str:
        builders.closed_month(session, company_id=self.company.id or 0)
        return "2026-03"

    def _release(self, session: Session) -> str:
        version = activities.publish(session, clock.now())
        row = CmeRelease(activity_id=version.activity_id, period="2026-Q1", companies=[self.company.name], at=NOW,
                         content={"titles": {"en": "Exemplitis"}, "learners": 20, "gain": None, "dimensions": []})
        session.add(row)
        session.flush()
        return row.key

    def address(self, endpoint: str) -> str:
        """Of the thing that the route names."""
        return {"people.remove_seat": f"/sponsor/people/{self.mate.key}/remove",
                "safety_sponsors.one": f"/sponsor/side-effects/{self.company.key}/{self.month}",
                "safety_sponsors.sign": f"/sponsor/side-effects/{self.company.key}/{self.month}/sign",
                "reports.report": f"/sponsor/campaigns/{self.campaign}",
                "reports.report_csv": f"/sponsor/campaigns/{self.campaign}.csv",
                "cme_sponsors.one": f"/sponsor/education/{self.release}",
                "cme_sponsors.file": f"/sponsor/education/{self.release}.csv"}[endpoint]


@pytest.fixture
def theirs(platform: Platform, app: Flask, tmp_path: Path) -> Theirs:
    """(`app`: pages hold addresses.)"""
    with platform.database.writing() as session:
        company = builders.company(session)
        mate = builders.account(session, Role.MARKETER, company=company)
    return Theirs(platform, company, mate, tmp_path / "content")


def naming(app: Flask) -> list[Rule]:
    """The routes of sponsors that name a thing."""
    found = []
    for rule in app.url_map.iter_rules():
        declared = guards.declaration(app, rule.endpoint)
        if rule.arguments and isinstance(declared, tuple) and SPONSOR_ROLES & set(declared):
            found.append(rule)
    return found


def ask(client: Client, theirs: Theirs, rule: Rule) -> tuple[int, str]:
    """(status, where it leads) of the route, asked for what is theirs."""
    method = "POST" if "POST" in (rule.methods or ()) else "GET"
    data = {"company": str(theirs.company.id)} if method == "POST" else None
    answer = client.open(theirs.address(rule.endpoint), method=method, data=data, **HERE)
    return answer.status_code, answer.headers.get("Location", "")


def signed_in(client: Client, platform: Platform, role: Role, company: Company | None) -> Client:
    with platform.database.writing() as session:
        own = company or builders.company(session)
        person = builders.account(session, role, company=own)
    browser = Client(client.application)
    sign_in(browser, person.email)
    return browser


@pytest.mark.parametrize("role", sorted(SPONSOR_ROLES))
def test_what_is_anothers_is_not_found_and_what_is_ones_own_is(app: Flask, client: Client, platform: Platform,
                                                               theirs: Theirs, role: Role) -> None:
    stranger = signed_in(client, platform, role, None)
    insider = signed_in(client, platform, role, theirs.company)
    for rule in sorted(naming(app), key=lambda one: one.endpoint == "people.remove_seat"):  # the last: it takes away
        may = role in guards.declaration(app, rule.endpoint)  # type: ignore[operator]
        foreign, leads = ask(stranger, theirs, rule)
        if leads.startswith("/account/again"):
            continue  # whoever signs shows first who they are, whatever they name
        assert foreign == (404 if may else 403), rule.endpoint
        assert ask(insider, theirs, rule)[0] in ((200, 302, 303) if may else (403,)), rule.endpoint
