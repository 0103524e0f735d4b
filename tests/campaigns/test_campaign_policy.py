"""What policy says of a campaign: of the mail itself and of the page it leads to, on the day that it goes."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests import builders
from tests.builders import NOW
from tests.policy import tables
from webapp.campaigns.models import Campaign
from webapp.campaigns.service import planning
from webapp.core.errors import Refused
from webapp.core.platform import Platform
from webapp.people.rules import AccountKind
from webapp.sponsors.models import Company


@pytest.fixture
def sponsor(platform: Platform) -> Company:
    with platform.database.writing() as session:
        return builders.company(session, "Northwind")


def refusal(platform: Platform, campaign: Campaign, days: int = 0) -> str | None:
    with platform.database.reading() as session:
        return planning.policy_refusal(session, campaign, NOW + timedelta(days=days))


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("kind", [AccountKind.HCP, AccountKind.PATIENT])
def test_a_campaign_that_leads_to_an_accredited_activity_is_refused(
        platform: Platform, sponsor: Company, tmp_path: Path, kind: AccountKind) -> None:
    builders.published_document(platform, tmp_path / "content", content_class="cme")
    made = builders.campaign(platform, sponsor, kind=kind)
    builders.clear_campaign(platform, made)
    with pytest.raises(Refused, match="lead the campaign's audience to its landing article"):
        builders.schedule_campaign(platform, made)


@pytest.mark.usefixtures("app")
def test_professionals_may_be_led_to_what_is_gated_for_the_public(
        platform: Platform, sponsor: Company, tmp_path: Path) -> None:
    builders.published_document(
        platform, tmp_path / "content", markets=("gb",), content_class="promotional",
        funding={"kind": "sponsored", "company": "Northwind", "influence": "All of it."})
    assert refusal(platform, builders.campaign(platform, sponsor, market="gb", kind=AccountKind.HCP)) is None
    patients = refusal(platform, builders.campaign(platform, sponsor, market="gb", kind=AccountKind.PATIENT))
    assert patients is not None and "write to the campaign's audience" in patients


def test_a_row_of_tomorrow_stops_a_campaign_tomorrow(
        platform: Platform, app: Flask, sponsor: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.landing_page(platform, tmp_path / "content")
    made = builders.campaign(platform, sponsor)
    tables.put(monkeypatch, tables.row(NOW.date() + timedelta(days=1)))
    assert refusal(platform, made) is None
    assert refusal(platform, made, days=1) == (
        "Policy does not let a sponsor write to the campaign's audience in its market.")


def test_a_row_of_tomorrow_for_the_landing_page_stops_a_campaign_tomorrow(
        platform: Platform, app: Flask, sponsor: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.landing_page(platform, tmp_path / "content")
    made = builders.campaign(platform, sponsor)
    tables.put(monkeypatch, tables.row(NOW.date() + timedelta(days=1), classes=("disease-education",),
                                       fundings=("independent",), verdict="gate", opens="verification"))
    later = refusal(platform, made, days=1)
    assert refusal(platform, made) is None and later is not None and "to its landing article" in later
