"""My account in a browser: a phone without scripts downloads everything, then erases the account."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import builders
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, sign_in

PHONE = {"width": 360, "height": 740}
PAGES = ("/account/", "/account/profile", "/account/kept", "/account/keep?page=/en/diseases/sampleitis",
         "/account/data")


def is_clean(page: Page) -> bool:
    """Whether nothing hangs over the phone's edge."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_person_downloads_all_data_and_erases_the_account(site: Site, new_page: NewPage, tmp_path: Path) -> None:
    builders.published_document(site.platform, tmp_path / "content")
    site.look_again()
    with site.platform.database.writing() as session:
        person = builders.account(session)
    phone = sign_in(new_page(viewport=PHONE, java_script_enabled=False), site, person.email)
    phone.goto(f"{site.base}/en/diseases/sampleitis")
    phone.click("text=Save or follow")
    phone.click("text=Save the page")
    phone.click(".own-nav a")
    phone.click(".ops-pages a[href='/account/data']")
    with phone.expect_download() as download:
        phone.click("main a[href='/account/data.json']")
    held = json.loads(Path(download.value.path()).read_text())
    assert held["people"]["account"]["email"] == person.email
    assert held["articles"]["pages_saved"][0]["title"] == "Sampleitis"
    phone.goto(f"{site.base}/account/erasure")
    phone.fill("input[name=password]", builders.PASSWORD)
    phone.click("form.form button")
    expect(phone.locator("main")).to_contain_text("An empty account without name")
    phone.check("input[name=confirm]")
    phone.click("form.form button")
    expect(phone.locator("h1")).to_contain_text("Your account was erased")
    phone.goto(f"{site.base}/account/")
    assert "/sign-in" in phone.url


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_my_account_is_clean_on_a_phone(site: Site, new_page: NewPage, tmp_path: Path, language: str) -> None:
    builders.published_document(site.platform, tmp_path / "content")
    with site.platform.database.writing() as session:
        person = builders.account(session, language=language)
    phone = sign_in(new_page(viewport=PHONE), site, person.email)
    for path in PAGES:
        phone.goto(f"{site.base}{path}")
        found = find_barriers(phone)
        assert found.violations_count == 0 and is_clean(phone), (path, found.generate_report())
