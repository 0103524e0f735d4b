"""Consents in a real browser: given and taken back, with and without scripts, and no wider than a phone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlmodel import select

from tests import builders
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, serving, sign_in
from webapp.consents import queries
from webapp.core.render import Renderer
from webapp.engagement.models import Reading
from webapp.engagement.service import pseudonyms
from webapp.people.models import Account
from webapp.sponsors import service as sponsors

PATH = "/en/diseases/sampleitis"
PHONE = ViewportSize(width=360, height=740)


def enter(site: Site, page: Page) -> Account:
    """Signs somebody in who was never asked anything."""
    with site.platform.database.writing() as session:
        company = builders.company(session, "Acme (fictional)")
        sponsors.add_brand(session, company, "Exemplora", "fictaglin")
        person = builders.account(session)
    sign_in(page, site, person.email)
    return person


def granted(site: Site, person: Account) -> set[str]:
    with site.platform.database.reading() as session:
        return {state.purpose for state in queries.states(session, person.id or 0) if state.is_granted}


def test_a_consent_is_given_and_taken_back_without_scripts(site: Site, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False, viewport=PHONE)
    person = enter(site, page)
    page.goto(f"{site.base}/account/consents")
    yes = page.get_by_role("button", name="Send me this mail").bounding_box()
    no = page.get_by_role("button", name="Send me no mail").bounding_box()
    assert yes and no and (yes["width"], yes["height"]) == (no["width"], no["height"]), "no is as easy as yes"
    page.get_by_role("button", name="Send me this mail").click()
    assert granted(site, person) == {"company-mail"}
    page.get_by_role("button", name="Stop this mail").click()
    assert granted(site, person) == set()


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, renderer: Renderer,
          browser: Browser) -> Iterator[Page]:
    """Somebody's who gave a consent: it opens one page after the other."""
    with serving(tmp_path_factory.mktemp("site"), migrated_file, renderer) as site:
        context = browser.new_context(viewport=PHONE, reduced_motion="reduce", base_url=site.base)
        page = context.new_page()
        person = enter(site, page)
        with site.platform.database.writing() as session:
            builders.consent(session, person, builders.company(session, "Acme (fictional)"))
        yield page
        context.close()


@pytest.mark.parametrize("path", ["/account/consents", "/account/consents/receipt", "/account/history", "/privacy"])
def test_its_pages_are_accessible_and_fit_a_phone(phone: Page, path: str) -> None:
    for language in ("en", "zh-Hans"):
        answer = phone.goto(f"{path}?language={language}")
        assert answer is not None and answer.status == 200 and path in phone.url
        assert phone.evaluate("document.scrollingElement.scrollWidth") <= 360
        found = find_barriers(phone)
        assert found.violations_count == 0, found.generate_report()


def test_the_next_beacon_obeys_what_was_just_answered(site: Site, new_page: NewPage) -> None:
    now = datetime.now(UTC)
    builders.write_topic(site.folder / "content", is_reviewed=False)
    builders.publish_entries(site.platform, builders.import_content(site.platform, site.folder / "content", now),
                             now=now)
    site.look_again()
    page = new_page()
    person = enter(site, page)
    for answer in ("Count under a code", "Take the code off"):
        page.goto(f"{site.base}/account/consents")
        page.get_by_role("button", name=answer).click()
        page.goto(site.base + PATH)
        page.wait_for_event("requestfinished", lambda request: request.url.endswith("/e"))
    with site.platform.database.reading() as session:
        rows = session.scalars(select(Reading).order_by("first_at")).all()
    assert [row.is_consented for row in rows] == [True, False]
    assert not set(pseudonyms(site.platform.ring, person.id or 0)) & {row.visitor_key for row in rows}


def test_the_count_is_stopped_on_its_page_without_scripts_and_the_beacon_obeys(site: Site, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{site.base}/privacy")
    page.get_by_role("button", name="Do not count me").click()
    expect(page.get_by_text("Reading in this browser is not counted.")).to_be_visible()
    assert [(cookie["name"], cookie["value"]) for cookie in page.context.cookies()] == [("materia-no-counting", "1")]
