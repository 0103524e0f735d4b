"""The desk in a browser: what is written is shown at once, and is not lost with the connection or the sign-in."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from tests import builders
from tests.articles.words import entry, write_block, write_glossary
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, sign_in
from webapp.articles.service.desk import drafts
from webapp.core import clock
from webapp.people.models import Account, SignIn
from webapp.people.rules import AccountKind, Role

PAGE = "diseases/sampleitis/patient.en.md"
SECONDS = 30
PHONE = {"width": 360, "height": 740}
PATHS = ("/desk/", "/desk/{key}", "/desk/{key}/blocks", "/desk/{key}/history", "/desk/{key}/compare?before=0&after=1",
         "/desk/new", "/desk/translations")


@pytest.fixture
def key(site: Site, tmp_path: Path) -> str:
    """A draft of a page in two markets, beside a word that it says and a block that fits it."""
    builders.write_topic(tmp_path / "content", markets=("us", "gb"))
    write_glossary(tmp_path / "content", entry("heal", "heals"))
    write_block(tmp_path / "content")
    builders.import_content(site.platform, tmp_path / "content", clock.now())
    with site.platform.database.writing() as session:
        return drafts.begin(session, PAGE, clock.now()).key


def writer(site: Site, language: str = "en") -> Account:
    with site.platform.database.writing() as session:
        return builders.account(session, Role.WRITER, kind=AccountKind.STAFF, language=language)


def saved_text(site: Site, key: str) -> str:
    with site.platform.database.reading() as session:
        return drafts.text(session, drafts.find(session, key)).decode()


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


def append(page: Page, words: str) -> None:
    page.locator("#desk-text").focus()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(words)


def test_what_is_written_without_a_connection_or_a_sign_in_is_saved_later(
        site: Site, new_page: NewPage, key: str) -> None:
    person = writer(site)
    page = new_page()
    sign_in(page, site, person.email)
    page.goto(f"{site.base}/desk/{key}")
    append(page, "\nFirst **words** [@one].\n")
    expect(page.locator(".sheet .body strong")).to_have_text("words")
    wait_for(lambda: "First **words**" in saved_text(site, key))
    page.context.set_offline(True)
    append(page, "\nWritten on a train [@one].\n")
    expect(page.locator("[data-state]")).to_contain_text("no connection")
    assert "train" not in saved_text(site, key)
    whole = page.locator("#desk-text").input_value()
    page.close()
    page = page.context.new_page()
    page.context.set_offline(False)
    page.goto(f"{site.base}/desk/{key}")
    expect(page.locator("#desk-text")).to_have_value(whole)
    wait_for(lambda: "train" in saved_text(site, key))
    with site.platform.database.writing() as session:
        session.execute(delete(SignIn))
    append(page, "\nWritten overnight [@one].\n")
    expect(page.locator("[data-state]")).to_contain_text("signed out")
    other = page.context.new_page()
    sign_in(other, site, person.email)
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    wait_for(lambda: "overnight" in saved_text(site, key))
    expect(page.locator("[data-state]")).to_contain_text("Saved.")
    assert page.evaluate("Object.keys(localStorage)") == []


def test_two_writers_at_once_see_both_texts_and_lose_none(site: Site, new_page: NewPage, key: str) -> None:
    one, other = new_page(), new_page()
    for page in (one, other):
        sign_in(page, site, writer(site).email)
        page.goto(f"{site.base}/desk/{key}")
    append(other, "\nFrom the other [@one].\n")
    wait_for(lambda: "From the other" in saved_text(site, key))
    append(one, "\nFrom the one [@one].\n")
    expect(one.locator("[data-state]")).to_contain_text("Somebody else saved")
    one.click("button[type=submit]")
    expect(one.locator("h1")).to_have_text("Somebody else saved")
    assert "From the other" in one.locator("#desk-theirs").input_value()
    append(one, "\nFrom the other [@one].\n")
    one.click("text=Save mine over theirs")
    expect(one.locator(".notice-done")).to_have_text("Saved.")
    text = saved_text(site, key)
    assert "From the one" in text and "From the other" in text
    assert one.evaluate("Object.keys(localStorage)") == []


def test_the_words_of_a_text_stay_in_sight_while_it_is_written(site: Site, new_page: NewPage, key: str) -> None:
    page = new_page()
    sign_in(page, site, writer(site).email)
    page.goto(f"{site.base}/desk/{key}")
    page.click(".term-base summary")
    append(page, "\nFirst **words** [@one].\n")
    expect(page.locator(".sheet .body strong")).to_have_text("words")
    expect(page.locator(".term-base dt")).to_be_visible()


def test_a_finding_leads_to_its_line(site: Site, new_page: NewPage, key: str) -> None:
    page = new_page()
    sign_in(page, site, writer(site).email)
    page.goto(f"{site.base}/desk/{key}")
    append(page, "\nA word {nowhere}.\n")
    page.locator(".finding.is-error", has_text="nowhere").click()
    chosen = page.evaluate("(() => { const t = document.querySelector('#desk-text');"
                           " return t.value.slice(t.selectionStart, t.selectionEnd) })()")
    assert chosen == "A word {nowhere}."


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_desk_is_clean_on_a_phone_and_works_without_scripts(
        site: Site, new_page: NewPage, key: str, language: str) -> None:
    person = writer(site, language)
    with site.platform.database.writing() as session:
        drafts.save(session, key, drafts.text(session, drafts.find(session, key)).replace(b"by itself", b"{x}"),
                    seen=0, account_id=person.id or 0, now=clock.now())
    phone = new_page(viewport=PHONE)
    sign_in(phone, site, person.email)
    for path in PATHS:
        phone.goto(f"{site.base}{path.format(key=key)}")
        found = find_barriers(phone)
        assert found.violations_count == 0, (path, found.generate_report())
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    phone = new_page(viewport=PHONE, java_script_enabled=False)
    sign_in(phone, site, person.email)
    phone.goto(f"{site.base}/desk/{key}")
    phone.fill("#desk-text", saved_text(site, key).replace("{x}", "in time"))
    phone.click(".desk-write button")
    expect(phone.locator(".notice-done")).to_be_visible()
    assert "in time" in saved_text(site, key)
