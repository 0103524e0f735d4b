"""A page for some readers is named to them alone: not in lists, switches, links or refusals."""

from pathlib import Path

import pytest
from werkzeug.test import Client

from tests import builders
from tests.articles.publishing import PROMOTIONAL, everything_stored, links
from webapp.app import OVERVIEWS
from webapp.articles.rules.frontmatter import Kind
from webapp.core.platform import Platform
from webapp.people.rules import AccountKind, Role

SECRET_TITLE = "Branditis"


@pytest.fixture
def gated(platform: Platform, content: Path, client: Client) -> str:
    """Address of a page for Britain's doctors only, on a site with open pages about it and a related topic."""
    builders.write_topic(content, kind=Kind.DRUG, slug="branditis", content_class="drug-education",
                         markets=("us", "gb"))
    builders.write_topic(content, **PROMOTIONAL, markets=("us", "gb", "eu"))
    builders.write_topic(content, markets=("us", "gb"))
    topic = content / "drugs" / "branditis" / "topic.yaml"
    topic.write_text(topic.read_text().replace("en: Branditis", "en: A drug"))
    page = content / "drugs" / "branditis" / "patient.en.md"
    page.write_text(page.read_text().replace("Branditis", "A drug"))
    neighbour = content / "diseases" / "sampleitis" / "topic.yaml"
    neighbour.write_text(neighbour.read_text().replace("related: []", "related: [drugs/branditis]"))
    builders.published_folder(platform, content, OVERVIEWS)
    return "/en-gb/pro/drugs/branditis"


def sign_in_as(client: Client, platform: Platform, role: Role, kind: AccountKind) -> None:
    with platform.database.writing() as session:
        person = builders.account(session, role, kind=kind)
    builders.sign_in(client, person.email)


def test_a_gated_page_is_shown_to_doctors_and_kept_by_nobody(gated: str, client: Client, platform: Platform) -> None:
    sign_in_as(client, platform, Role.HCP, AccountKind.HCP)
    answer = client.get(gated)

    assert answer.status_code == 200 and SECRET_TITLE in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer.headers


def test_a_doctor_of_a_market_that_bans_promotion_learns_no_more(gated: str, client: Client,
                                                                 platform: Platform) -> None:
    with platform.database.writing() as session:
        person = builders.account(session, Role.HCP, kind=AccountKind.HCP, market="cn")
    builders.sign_in(client, person.email)
    answer = client.get(gated)

    assert answer.status_code == 403 and SECRET_TITLE not in answer.text


def test_a_stranger_learns_the_reason_and_not_the_title(gated: str, client: Client) -> None:
    answer = client.get(gated)

    assert answer.status_code == 403 and "verified health professionals" in answer.text
    assert SECRET_TITLE not in answer.text and answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("role", [Role.READER, Role.MARKETER, Role.WRITER, Role.OPERATOR])
def test_other_accounts_learn_no_more(gated: str, client: Client, platform: Platform, role: Role) -> None:
    sign_in_as(client, platform, role, AccountKind.PATIENT)
    answer = client.get(gated)

    assert answer.status_code == 403 and SECRET_TITLE not in answer.text


def test_the_other_language_of_a_gated_page_is_not_offered(gated: str, client: Client) -> None:
    assert client.get("/zh/").status_code == 200
    answer = client.get(gated.replace("/en-gb/", "/zh-gb/"))
    assert answer.status_code == 404 and gated not in answer.text, "and no offer of what is closed to them"


def test_no_open_page_names_or_links_what_is_gated(gated: str, platform: Platform) -> None:
    stored = everything_stored(platform)
    us = "/en/pro/drugs/branditis"

    assert set(everything_stored(platform, "gated")) == {gated, "/en-eu/pro/drugs/branditis"}
    assert us in stored and SECRET_TITLE in stored[us]
    for path, html in stored.items():
        assert gated not in links(html, "body"), path
        assert path == us or SECRET_TITLE not in html, path


def test_gated_pages_lead_to_each_other(gated: str, platform: Platform) -> None:
    assert "/en-eu/pro/drugs/branditis" in links(everything_stored(platform, "gated")[gated], ".menu")


def test_promotion_is_listed_nowhere_even_where_it_is_open(gated: str, platform: Platform) -> None:
    stored = everything_stored(platform)
    lists = [path for path in stored if path.endswith("/")]

    assert len(lists) > 20
    assert not any("/pro/drugs/branditis" in link for path in lists for link in links(stored[path], "main"))
