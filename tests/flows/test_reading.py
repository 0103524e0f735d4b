"""Reader to report: pages are opened, beacons come as networks bring them, and the sponsor reads a fixed table."""

import csv
import json
import random
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, text
from sqlmodel import col
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from webapp.articles.rules.shelf import Entry
from webapp.campaigns.models import Campaign, CampaignLink
from webapp.campaigns.service.clicking import link_token
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.engagement import jobs
from webapp.people.rules import Role
from webapp.reports import views as report_views
from webapp.sponsors import queries as sponsors

PATH = "/en/diseases/sampleitis"
NOW = datetime.now(UTC)
READERS, SECONDS = 14, (3, 20, 45)
SPONSOR = "sponsor@northwind.example"


@pytest.fixture
def campaign(platform: Platform, edge: Edge, tmp_path: Path) -> Campaign:
    """A campaign that went out today, and somebody who may read its report."""
    campaign = builders.released_campaign(platform, tmp_path / "content", 12, now=NOW - timedelta(seconds=30))
    with platform.database.writing() as session:
        company = sponsors.company(session, campaign.company_id)
        builders.account(session, Role.SPONSOR_ADMIN, company=company, email=SPONSOR)
    edge.look_again()
    return campaign


def page_token(client: Client) -> str:
    page = BeautifulSoup(client.get(PATH, base_url=BASE_URL).text, "html.parser")
    article = page.select_one("[data-beacon-token]")
    assert article is not None
    return str(article["data-beacon-token"])


def beacons(token: str, reader: int, mark: str = "") -> list[tuple[str, dict[str, object]]]:
    """What one reader's browser sends while the page is open: (user agent, body)."""
    view = f"{reader:032x}"
    day = datetime.now(UTC).date().isoformat()
    return [(f"Mozilla/5.0 (reader {reader})",
             {"t": token, "v": view, "d": day, "e": seconds, "s": seconds + 2, "p": min(100, 2 * seconds + 20),
              **({"m": mark} if mark else {})}) for seconds in SECONDS]


def send(client: Client, sent: list[tuple[str, dict[str, object]]]) -> None:
    """Each reader's from an address of its own."""
    for agent, body in sent:
        address = str(ip_address("198.51.100.0") + int(str(body["v"]), 16))
        answer = client.post("/e", base_url=BASE_URL, data=json.dumps(body), headers={"User-Agent": agent},
                             environ_overrides={"REMOTE_ADDR": address})
        assert answer.status_code == 204


def a_week_later(client: Client, platform: Platform, monkeypatch: pytest.MonkeyPatch, campaign: Campaign,
                 email: str = SPONSOR) -> list[list[str]]:
    """The report's file as the sponsor downloads it when the week is over."""
    jobs.roll_up_dirty(platform.database, datetime.now(UTC))
    monkeypatch.setattr(report_views, "now", lambda: datetime.now(UTC) + timedelta(days=9))
    builders.sign_in(client, email)
    file = client.get(f"/sponsor/campaigns/{campaign.key}.csv", base_url=BASE_URL)
    assert file.status_code == 200
    return list(csv.reader(file.data.decode("utf-8-sig").splitlines()))


def totals(rows: list[list[str]]) -> list[list[str]]:
    return [row for row in rows if "total" in row]


def test_readings_reach_the_report_once_however_the_network_brings_them(
        campaign: Campaign, client: Client, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    token = page_token(client)
    sent = [beacon for reader in range(READERS) for beacon in beacons(token, reader)]
    shuffled = sent + sent[::3]
    random.Random(7).shuffle(shuffled)
    send(client, shuffled)
    rows = a_week_later(client, platform, monkeypatch, campaign)

    everybody = [row for row in totals(rows) if "all" in row[0] or "all" in row]
    assert everybody
    for row in everybody:
        assert row.count(str(READERS)) >= 2, f"readers and readings: {row}"


def follow_mail(client: Client, platform: Platform) -> str:
    """Opens the page by the link of one of the campaign's mails, as a browser does; the mark that it was given."""
    with platform.database.reading() as session:
        link = session.scalars(select(col(CampaignLink.key)).limit(1)).one()
    led = client.get(f"/c/{link_token(platform, link, '1', NOW)}", base_url=BASE_URL)
    target = urlsplit(led.headers["Location"])
    assert (led.status_code, target.path) == (302, PATH)
    return parse_qs(target.fragment)["m"][0]


def test_readers_whom_a_mail_brought_stand_in_the_campaigns_own_row(
        campaign: Campaign, client: Client, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    token, mark = page_token(client), follow_mail(client, platform)
    send(client, [beacon for reader in range(READERS) for beacon in beacons(token, reader, mark)])
    send(client, [beacon for reader in range(READERS, 2 * READERS + 1) for beacon in beacons(token, reader)])
    rows = a_week_later(client, platform, monkeypatch, campaign)

    own = [row for row in totals(rows) if "campaign" in row]
    assert own
    for row in own:
        assert row.count(str(READERS)) == 2, f"readers and readings: {row}"


def test_a_few_readers_are_withheld_everywhere(
        campaign: Campaign, client: Client, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    token = page_token(client)
    send(client, [beacon for reader in range(7) for beacon in beacons(token, reader)])
    rows = a_week_later(client, platform, monkeypatch, campaign)

    assert totals(rows)
    assert not any("7" in row for row in rows)


def test_another_sponsor_does_not_learn_that_there_is_a_campaign(
        campaign: Campaign, client: Client, platform: Platform) -> None:
    with platform.database.writing() as session:
        other = builders.account(session, Role.SPONSOR_ADMIN, company=builders.company(session))
    builders.sign_in(client, other.email)
    for path in (f"/sponsor/campaigns/{campaign.key}", f"/sponsor/campaigns/{campaign.key}.csv"):
        assert client.get(path, base_url=BASE_URL).status_code == 404
    assert campaign.name not in client.get("/sponsor/", base_url=BASE_URL).text


def test_nothing_that_was_stored_tells_who_read(campaign: Campaign, client: Client, platform: Platform) -> None:
    token = page_token(client)
    send(client, beacons(token, 1))
    with platform.database.reading() as session:
        stored = str(session.execute(text("SELECT * FROM reading")).all())

    assert stored.count("article") == 1
    for trace in ("Mozilla", "reader 1", "127.0.0.1"):
        assert trace not in stored


def test_reading_goes_on_counting_when_the_page_is_published_anew(
        campaign: Campaign, client: Client, platform: Platform, edge: Edge, tmp_path: Path) -> None:
    token = page_token(client)
    builders.write_topic(tmp_path / "content", text="It passes by itself")
    waiting: list[Entry] = builders.import_content(platform, tmp_path / "content", NOW)
    builders.clear(platform, waiting, NOW)
    builders.publish_entries(platform, waiting, now=NOW)
    edge.look_again()
    send(client, beacons(token, 1))

    assert page_token(client) != token
    with platform.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM reading")).scalar() == 1
