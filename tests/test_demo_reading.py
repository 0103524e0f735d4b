"""Simulated reading of the demo: what led to it, and when."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import col
from werkzeug.test import Client

from tests import builders
from webapp.campaigns.models import Campaign, Click
from webapp.campaigns.service import planning
from webapp.channels.service import outbox
from webapp.core.platform import Platform
from webapp.demo.service import reading
from webapp.engagement.models import Reading, ReadingDay
from webapp.reports.service import building

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
FIRST_DAY = datetime(2026, 3, 2, tzinfo=UTC)
PEOPLE = 60


@pytest.fixture
def campaign(platform: Platform, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """The past campaign, whose mail counts as sent; its week is played, and is open. (`client`: pages hold
    addresses.)"""
    released = builders.released_campaign(platform, tmp_path / "content", PEOPLE, languages=("en", "zh-Hans"))
    live = reading.articles.live
    monkeypatch.setattr(reading.articles, "live", lambda session: [
        replace(entry, content_class="promotional") for entry in live(session)])
    monkeypatch.setattr(reading, "first_day", lambda now: FIRST_DAY)
    monkeypatch.setattr(reading, "DAYS", 7)
    return released


def play(platform: Platform, campaign: Campaign) -> None:
    reading.play(platform, campaign, NOW, lambda day: None)


def test_each_view_by_the_campaigns_link_was_clicked_by_its_reader(platform: Platform, campaign: Campaign) -> None:
    play(platform, campaign)
    with platform.database.reading() as session:
        led = list(session.scalars(select(Reading).where(col(Reading.source) == campaign.key)))
        clicks = list(session.scalars(select(Click)))
        sums = list(session.scalars(select(ReadingDay).where(col(ReadingDay.source) == campaign.key)))
    assert sorted(click.at for click in clicks) == sorted(view.first_at for view in led) != []
    assert {click.kind for click in clicks} == {"human"}
    assert min(click.at for click in clicks) >= campaign.send_at, "nobody follows a link before the mail leaves"
    people = sum(max(row.readers for row in sums if row.language == language) for language in campaign.languages)
    assert len({click.mail_key for click in clicks}) == people, "the same readers come on other days"


def test_the_report_of_the_week_counts_them(platform: Platform, campaign: Campaign) -> None:
    with platform.database.writing() as session:
        outbox.mark_simulated(session, planning.subject(campaign.id or 0), campaign.send_at)
    play(platform, campaign)
    report = building.build(platform, campaign, "2026-W10", NOW)
    mail = dict(report.figures.mail)
    assert report.is_simulated
    assert 10 < (mail["clicked-human"] or 0) <= (mail["sent"] or 0) == 2 * PEOPLE


def test_a_start_that_was_cut_off_clicks_once(platform: Platform, campaign: Campaign) -> None:
    def cut(day: int) -> None:
        if day == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        reading.play(platform, campaign, NOW, cut)
    play(platform, campaign)
    with platform.database.reading() as session:
        views = session.scalar(select(func.count()).where(col(Reading.source) == campaign.key))
        assert session.scalar(select(func.count(col(Click.id)))) == views
