"""A disclosure on a phone, by keyboard and without JavaScript, and the provider's decision on it, looked at by axe."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from tests import builders
from tests.browser.conftest import NewPage, Site, serving, sign_in
from tests.browser.test_education import PHONE, is_clean, press, to
from tests.cme import activities, disclosed
from webapp.cme.models import CmeDisclosure, CmeDisclosureRequest
from webapp.core import clock
from webapp.core.audit import By
from webapp.core.render import Renderer
from webapp.people.models import Account
from webapp.people.rules import Role


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_file: object, renderer: Renderer) -> Iterator[Site]:
    """A site with one activity."""
    with serving(tmp_path_factory.mktemp("site"), migrated_file, renderer) as site:  # type: ignore[arg-type]
        with site.platform.database.writing() as session:
            activities.publish(session, clock.now())
        yield site


def asked(site: Site, name: str, *, language: str = "en") -> tuple[str, CmeDisclosureRequest, Account]:
    """Somebody who was asked, with the address of their page and whoever asked."""
    with site.platform.database.writing() as session:
        casey = builders.account(session, Role.CME_PROVIDER, now=clock.now())
        row = disclosed.asked(session, By(casey.id or 0, clock.now()), name, f"{name.lower()}@home.example", language)
        return f"{site.base}/cme/disclose/{row.code}", row, casey


def ties(site: Site, row: CmeDisclosureRequest) -> list[list[str]]:
    with site.platform.database.reading() as session:
        return [[one["company"] for one in stated.ties] for stated in session.scalars(
            select(CmeDisclosure).where(CmeDisclosure.request_id == row.id))]


def fill(page: Page, number: int, company: str) -> None:
    to(page, f"#company-{number}")
    page.keyboard.type(company)
    to(page, f"#nature-{number}")
    page.keyboard.type("Speaker")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_two_relationships_are_disclosed_without_javascript(browser: Browser, site: Site, language: str) -> None:
    place, row, _ = asked(site, f"Robin-{language}", language=language)
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(place)
    page.check('[name=told][value=some]')
    page.fill("#company-1", "First Ltd")
    page.select_option("#nature-1", "speaker")
    page.click("button[name=add]")
    expect(page.locator("#company-2")).to_be_focused()
    page.fill("#company-2", "Second Ltd")
    page.click("main form button:not([name])")
    expect(page.locator("#nature-2-fault")).to_be_visible()
    assert ties(site, row) == []
    page.select_option("#nature-2", "consultant")
    page.click("main form button:not([name])")
    expect(page.locator("main li")).to_have_count(2)
    assert ties(site, row) == [["First Ltd", "Second Ltd"]]
    context.close()


def test_a_disclosure_and_its_decision_by_keyboard_alone(new_page: NewPage, site: Site) -> None:
    place, row, casey = asked(site, "Kim-by-keyboard")
    page = new_page(viewport=PHONE)
    page.goto(place)
    assert is_clean(page)
    to(page, "[name=told]")
    page.keyboard.press("ArrowDown")
    fill(page, 1, "Keyboard Ltd")
    press(page, "main form button:not([name])")
    assert is_clean(page) and ties(site, row) == [["Keyboard Ltd"]]
    sign_in(page, site, casey.email)
    page.goto(f"{site.base}/cme/provider/{activities.SLUG}/faculty")
    expect(page.locator("main tbody tr")).not_to_have_count(0)
    assert is_clean(page)
    page.goto(f"{site.base}/cme/provider/{activities.SLUG}/faculty/{row.key}")
    expect(page.locator("h1")).to_have_text("Kim-by-keyboard")
    assert is_clean(page)
    to(page, "[name=verdict]")
    page.keyboard.press("Space")
    to(page, "[name=words]")
    page.keyboard.type("Another field.")
    press(page, 'form[action$="/decide"] button')
    expect(page.locator(".said-words")).to_contain_text("Another field.")
    assert is_clean(page)
