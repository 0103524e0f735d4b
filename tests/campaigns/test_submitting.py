"""What reviewers get of a campaign: the letters as they will be read, and what is signed besides the words."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests import builders
from tests.builders import BASE_URL, MAIL_FROM, NOW, POSTAL_ADDRESS
from webapp.campaigns.models import Campaign
from webapp.campaigns.service import planning, submitting
from webapp.core.platform import Platform
from webapp.review import queries as dossiers
from webapp.review import service as review
from webapp.review.models import Dossier

PAGE = f"{BASE_URL}/en/diseases/sampleitis"


@pytest.fixture
def sender(platform: Platform) -> Platform:
    """The platform of an operator who sends mail."""
    return replace(platform, mail_from=MAIL_FROM, postal_address=POSTAL_ADDRESS)


@pytest.fixture
def draft(platform: Platform, app: Flask, tmp_path: Path) -> Campaign:
    languages = ("en", "zh-Hans")
    builders.landing_page(platform, tmp_path / "content", languages=languages)
    with platform.database.writing() as session:
        company = builders.company(session, "Smith & <Sons>")
    return builders.campaign(platform, company, languages=languages, zone="America/New_York")


def submit(platform: Platform, campaign: Campaign) -> Dossier:
    with platform.database.writing() as session:
        return submitting.submit(session, campaign, [1], platform, NOW)


def test_reviewers_get_each_letter_as_it_will_be_read(sender: Platform, draft: Campaign) -> None:
    made = submit(sender, draft)
    with sender.database.reading() as session:
        material = review.material_id(session, planning.subject(draft.id or 0))
    english, chinese = made.body_html.split("<h3>")[1:]
    for told in ("A page for you</strong>", "Advertisement</strong>", "Paid for by Smith &amp; &lt;Sons&gt;",
                 "<strong>read</strong>", "Read the Important Safety Information", POSTAL_ADDRESS,
                 "Stop mails from Smith", "because you agreed", "Materia &lt;news@materia.example&gt;",
                 f"{material}, version {made.digest[:8]}", "As plain text"):
        assert told in english, told
    for told in ("给您的一页</strong>", "广告</strong>", "请阅读", "本邮件由Materia代", "纯文本版本"):
        assert told in chinese, told


def test_the_links_of_a_letter_in_review_lead_to_the_page_and_unsubscribe_nobody(sender: Platform,
                                                                                 draft: Campaign) -> None:
    body = submit(sender, draft).body_html
    assert f'href="{PAGE}"' in body and 'href="/zh' not in body
    assert "/c/specimen" not in body and 'href="http://localhost/u' not in body


def test_a_letter_in_review_holds_nothing_that_runs_or_is_fetched(sender: Platform, draft: Campaign) -> None:
    body = submit(sender, draft).body_html
    assert not any(sign in body for sign in ("<script", "<style", "<img", "<table", "style=", "src=", "<body"))


def test_what_is_signed_besides_the_words_is_told(sender: Platform, draft: Campaign) -> None:
    made = submit(sender, draft)
    assert made.facts == [
        ["Company", "Smith & <Sons>"], ["Languages", "English · 中文"],
        ["Goes out", "2026-03-02 10:00 America/New_York · 2026-03-02 15:00 UTC"], ["From", MAIL_FROM],
        ["Leads to", f"{PAGE} · {BASE_URL}/zh-us/diseases/sampleitis"]]
    assert made.link == ""


def test_another_time_shows_in_the_version_that_is_handed_in_for_it(sender: Platform, draft: Campaign) -> None:
    builders.clear_campaign(sender, draft)
    builders.schedule_campaign(sender, draft)
    with sender.database.writing() as session:
        submitting.reschedule(session, draft.id or 0, draft.send_at + timedelta(days=1), sender, POSTAL_ADDRESS, NOW)
    with sender.database.reading() as session:
        newest = dossiers.newest(session, planning.subject(draft.id or 0))
    assert newest is not None and newest.version == 2
    time = "2026-03-03 10:00 America/New_York · 2026-03-03 15:00 UTC"
    assert ["Goes out", time] in (newest.facts or []) and f"Goes out: {time}" in newest.source
