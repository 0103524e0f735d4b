"""A copy runs accredited education alone; no campaign leads to it."""

import dataclasses
import re
from datetime import datetime
from pathlib import Path

import pytest
from werkzeug.test import Client

import webapp
from tests import builders
from tests.builders import BASE_URL, NOW, SECRET
from webapp import config
from webapp.app import create_edge
from webapp.campaigns.service import planning
from webapp.campaigns.service.planning import Words
from webapp.config import MissingSetting, Settings
from webapp.core.errors import Invalid
from webapp.core.platform import ROOMS, Platform
from webapp.people.rules import AccountKind, Role
from webapp.schedule import Schedule


@pytest.fixture
def alone(settings: Settings, platform: Platform) -> Client:
    return Client(create_edge(settings, dataclasses.replace(platform, rooms=frozenset({"cme"}))))


@pytest.mark.parametrize("path", ["/en/", "/zh/diseases/", "/sponsor/", "/desk/", "/b"])
def test_a_copy_for_education_has_no_other_rooms(alone: Client, platform: Platform, path: str) -> None:
    with platform.database.writing() as session:
        person = builders.account(session, Role.WRITER, kind=AccountKind.STAFF)
    builders.sign_in(alone, person.email)
    assert alone.get(path, base_url=BASE_URL).status_code == 404


def test_a_copy_without_education_leads_to_none(settings: Settings, platform: Platform) -> None:
    without = Client(create_edge(settings, dataclasses.replace(platform, rooms=frozenset(ROOMS) - {"cme"})))
    with platform.database.writing() as session:
        person = builders.account(session, Role.HCP, kind=AccountKind.HCP)
    builders.sign_in(without, person.email)
    page = without.get("/account/", base_url=BASE_URL)
    assert page.status_code == 200 and "/cme" not in page.text
    assert without.get("/cme/", base_url=BASE_URL).status_code == 404


def test_it_opens_at_its_activities_and_shows_no_way_to_what_it_lacks(alone: Client, platform: Platform) -> None:
    assert alone.get("/", base_url=BASE_URL).headers["Location"] == "/cme/"
    with platform.database.writing() as session:
        person = builders.account(session, Role.OPERATOR, kind=AccountKind.STAFF)
    builders.sign_in(alone, person.email)
    page = alone.get("/cme/", base_url=BASE_URL)
    assert page.status_code == 200
    for gone in ("/en/", "/desk/", "/sponsor/", "/privacy"):
        assert f'href="{gone}' not in page.text
    assert 'href="/ops/"' in page.text


def test_no_timed_work_of_a_room_it_lacks_is_done(settings: Settings, platform: Platform) -> None:
    work = Schedule(dataclasses.replace(platform, rooms=frozenset({"cme"})), settings).names
    assert "people.forget_sign_ins" in work and "safety.hand_over" in work
    assert not [name for name in work if name.partition(".")[0] in set(ROOMS) - {"cme"}]


def test_rooms_are_read_as_words_and_unknown_ones_are_refused() -> None:
    assert config.load(secret_key=SECRET, rooms="cme, articles").rooms == ("cme", "articles")
    with pytest.raises(MissingSetting, match="MATERIA_ROOMS"):
        config.load(secret_key=SECRET, rooms="cme,cellar")


@pytest.mark.parametrize("where", [
    "/cme/", "https://learn.example/cme/exemplitis", "https://x.example/certificates/a",
    "https://learn.example/%63me/exemplitis", "https://learn.example&#47;cme/exemplitis"])
def test_a_campaign_that_names_an_activity_is_refused(platform: Platform, client: Client, tmp_path: Path,
                                                      where: str) -> None:
    builders.published_document(platform, tmp_path / "content")
    words = Words("A subject", f"[Read](landing:) and {where}")
    with platform.database.writing() as session:
        sponsor = builders.company(session)
        with pytest.raises(Invalid, match="accredited education"):
            planning.plan(session, planning.NewCampaign(
                company_id=sponsor.id or 0, name="x", account_kind=AccountKind.HCP, market="us", words={"en": words},
                landing=("disease", "sampleitis", "patient"), local_time=datetime(2026, 3, 2, 10), zone="UTC"),
                platform, NOW)


@pytest.mark.parametrize("package", ["campaigns", "engagement", "channels", "people", "consents", "reports"])
def test_nothing_that_finds_or_counts_an_audience_reads_what_learners_did(package: str) -> None:
    """A table of education is named nowhere in it, and no module of education is imported."""
    files = sorted((Path(webapp.__file__).parent / package).rglob("*.py"))
    found = [path.name for path in files if re.search(r"webapp\.cme|\bcme_[a-z]|\bCme[A-Z]", path.read_text())]
    assert files and found == []
