"""What policy says of a campaign: of the mail itself and of the page it leads to, on the day that it goes."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests import builders
from tests.builders import NOW
from tests.policy import tables
from webapp.campaigns import queries
from webapp.campaigns.models import Campaign
from webapp.campaigns.rules import StopReason
from webapp.campaigns.service import planning, submitting
from webapp.campaigns.service.composing import Composer, Sender
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


# What policy makes a mail say

TEXTS = {"en": ["Paid for by Northwind.",
                "Read the Important Safety Information on the page linked below."],
         "zh-Hans": ["本邮件由Northwind出资。", "请阅读下方链接所指页面中的重要安全性信息。"]}

SIGNED_WITHOUT = "ff9157c85485bebc7526ea411858384549344ffde38dda1be9512213ecf0a692"
"""The digest of `scheduled` as it was before messages kept policy's words: golden, it stands under signatures."""


def parts(platform: Platform, campaign: Campaign, language: str) -> tuple[str, str]:
    """The text and the HTML of its mail."""
    with platform.database.reading() as session:
        letter = Composer(platform, Sender(builders.MAIL_FROM, builders.POSTAL_ADDRESS)).specimen(
            session, campaign, language, NOW)
    return letter.text, letter.html or ""


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("market", "kind"), [
    ("us", AccountKind.HCP), ("us", AccountKind.PATIENT), ("gb", AccountKind.HCP), ("eu", AccountKind.HCP)])
def test_both_parts_of_a_mail_say_what_policy_asks_of_them_above_the_link_to_the_page(
        platform: Platform, sponsor: Company, tmp_path: Path, market: str, kind: AccountKind) -> None:
    languages = ("en", "zh-Hans")
    builders.landing_page(platform, tmp_path / "content", languages=languages, market=market)
    made = builders.campaign(platform, sponsor, languages=languages, market=market, kind=kind)
    for language in languages:
        for part in parts(platform, made, language):
            below = part
            for told in (*TEXTS[language], f"{builders.BASE_URL}/c/specimen"):
                _, found, below = below.partition(told)
                assert found, (language, told)


@pytest.fixture
def scheduled(platform: Platform, app: Flask, sponsor: Company, tmp_path: Path) -> Campaign:
    builders.landing_page(platform, tmp_path / "content")
    made = builders.campaign(platform, sponsor)
    builders.clear_campaign(platform, made)
    builders.schedule_campaign(platform, made)
    return made


def hindrances(platform: Platform, campaign: Campaign) -> list[StopReason]:
    with platform.database.reading() as session:
        return [found.reason for found in planning.hindrances(
            session, queries.campaign(session, campaign.id or 0), builders.POSTAL_ADDRESS, NOW)]


def test_other_words_of_policy_on_the_day_that_it_goes_are_signed_anew(
        platform: Platform, scheduled: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    tables.put(monkeypatch, tables.text(NOW.date() + timedelta(days=1), "Northwind pays, says {company}."))
    assert hindrances(platform, scheduled) == [], "they count from the day after on"
    tables.put(monkeypatch, tables.text(NOW.date(), "All of it was paid for by {company}."))
    assert hindrances(platform, scheduled) == [StopReason.STATEMENTS]
    with platform.database.writing() as session:
        is_cleared = submitting.reschedule(session, scheduled.id or 0, scheduled.send_at, platform,
                                           builders.POSTAL_ADDRESS, NOW)
        assert is_cleared is False
    assert hindrances(platform, scheduled) == [StopReason.NOT_CLEARED]
    assert "All of it was paid for by Northwind." in parts(platform, scheduled, "en")[0]


def test_a_message_that_was_signed_without_policys_words_keeps_its_digest_and_does_not_go(
        platform: Platform, scheduled: Campaign) -> None:
    with platform.database.writing() as session:
        queries.messages(session, scheduled.id or 0)[0].mandatory_texts = None
    with platform.database.reading() as session:
        found = planning.digest(session, queries.campaign(session, scheduled.id or 0))
    assert found == SIGNED_WITHOUT
    assert StopReason.STATEMENTS in hindrances(platform, scheduled)
