"""A page from the desk through review to its reader, in browsers: the writer's, three reviewers', a guest's, a
patient's. One world; the reviewers' pages are looked at on a phone and in both languages on the way."""

import re
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect

from tests import builders
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, sign_in
from webapp.articles import jobs, queries
from webapp.articles.service import orders
from webapp.articles.service.orders import When
from webapp.core import clock
from webapp.core.audit import By
from webapp.people.rules import AccountKind, Role

PHONE = {"width": 360, "height": 740}
BESIDE_THE_STORY = ("/review/", "/review/{key}", "/review/{key}/certificate", "/ops/withdrawal")
BROKEN, MENDED = "It heals {slowly} [@one]", "It heals slowly [@one]"


def staff(site: Site, name: str, *roles: Role, language: str = "en") -> str:
    """Their address."""
    with site.platform.database.writing() as session:
        made = builders.account(session, *roles, kind=AccountKind.STAFF, language=language, now=clock.now())
        made.name = name
        session.add(made)
        return made.email


def show_again(page: Page) -> None:
    """Password and code, for the signature that was just asked for."""
    assert "/account/again" in page.url
    for code in builders.codes():  # the one that signed in is used
        page.fill("[name=password]", builders.PASSWORD)
        page.fill("[name=code]", code)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if "/account/again" not in page.url:
            return
    raise AssertionError("none of the codes that are good now was taken")


def approve(page: Page, case: str, *, is_without_scripts: bool = False) -> None:
    """Reads, asks to sign, shows once more who it is, signs. Nothing can look for barriers where no script runs."""
    page.goto(case)
    page.click(".decide a.button")
    show_again(page)
    assert "/sign" in page.url and (is_without_scripts or is_clean(page))
    page.click("main form.form button.button")
    expect(page.locator(".notice-done")).to_be_visible()


def is_clean(page: Page) -> bool:
    """Whether axe finds nothing and nothing hangs over the edge."""
    found = find_barriers(page)
    assert found.violations_count == 0, (page.url, found.generate_report())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    return True


def test_a_page_is_written_discussed_signed_by_three_and_read(
        site: Site, new_page: NewPage, tmp_path: Path) -> None:
    builders.write_topic(tmp_path / "content")
    builders.import_content(site.platform, tmp_path / "content", clock.now())
    writer = sign_in(new_page(), site, staff(site, "Wanda Writer", Role.WRITER))
    case = hand_in(writer, site)

    medic = sign_in(new_page(viewport=PHONE), site, staff(site, "Mona Medical", Role.MEDICAL_REVIEWER))
    comment_on_a_passage(medic, case)
    guest_comments(medic, new_page(viewport=PHONE, locale="zh-CN"))
    answer_and_settle(writer, medic, case)

    approve(medic, case)
    legal = sign_in(new_page(java_script_enabled=False), site, staff(site, "Leo Legal", Role.LEGAL_REVIEWER))
    approve(legal, case, is_without_scripts=True)
    regulatory = sign_in(new_page(viewport=PHONE), site, staff(
        site, "瑞塔", Role.REGULATORY_REVIEWER, language="zh-Hans"))
    approve(regulatory, case)

    publish_on_approval(site)
    certificate = legal.goto(f"{case}/certificate")
    assert certificate is not None and certificate.status == 200
    for name in ("Mona Medical", "Leo Legal", "瑞塔"):
        expect(legal.locator("[aria-labelledby=signatures]")).to_contain_text(name)
    for path in BESIDE_THE_STORY:
        for language in ("en", "zh-Hans"):
            regulatory.goto(f"{site.base}{path.format(key=case.rpartition('/')[2])}?language={language}")
            assert is_clean(regulatory)

    patient = new_page(viewport=PHONE)
    answer = patient.goto(f"{site.base}/en/diseases/sampleitis")
    assert answer is not None and answer.status == 200
    expect(patient.locator("main")).to_contain_text("It heals slowly")
    expect(patient.locator("main")).to_contain_text("Mona Medical")


def hand_in(page: Page, site: Site) -> str:
    """Writes what the lint stops, mends it, hands it in; returns the address of the case. The page is ordered to be
    published once it is approved."""
    page.goto(f"{site.base}/desk/")
    page.get_by_role("button", name="Write").click()
    text = page.locator("#desk-text").input_value()
    page.fill("#desk-text", text.replace("It heals by itself [@one]", BROKEN, 1))
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice-done")).to_have_text("Saved.")
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.locator(".form-error")).to_contain_text("{slowly}")
    page.fill("#desk-text", page.locator("#desk-text").input_value().replace(BROKEN, MENDED))
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice-done")).to_have_text("Saved.")
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.locator(".notice-done")).to_contain_text("Handed in")
    with site.platform.database.writing() as session:
        orders.place(session, queries.waiting(session), When(), By("a test", datetime.now(UTC)))
    page.goto(f"{site.base}/review/")
    page.get_by_role("link", name="Sampleitis").click()
    page.wait_for_url("**/review/*")
    return page.url


def comment_on_a_passage(page: Page, case: str) -> None:
    """The passage is taken from the text by selecting it."""
    page.goto(case)
    offer = page.get_by_role("button", name="Comment on this passage")
    expect(offer).to_be_hidden()
    page.get_by_text("It heals slowly").first.select_text()
    expect(offer).to_be_visible()
    offer.click()
    expect(page.locator("#words")).to_be_focused()
    expect(page.locator("#quote")).to_have_value(re.compile("It heals slowly"))
    page.fill("#quote", "It heals slowly")
    page.fill("#words", "How slowly?")
    page.check("[name=kind][value=must]")
    page.get_by_role("button", name="Send the comment").click()
    expect(page.locator(".paper mark")).to_have_text("It heals slowly")
    assert page.url.startswith(case)


def guest_comments(medic: Page, guest: Page) -> None:
    """Who was invited has no account, and reads Chinese."""
    medic.fill("#guest-name", "外部专家")
    medic.get_by_role("button", name="Make a link").click()
    guest.goto(medic.locator("#guests ~ .comments code").inner_text())
    assert is_clean(guest)
    guest.fill("#words", "看起来不错")
    guest.locator("main form.form button").click()
    expect(guest.locator(".notice-done")).to_be_visible()
    expect(guest.locator(".comments")).to_contain_text("看起来不错")


def answer_and_settle(writer: Page, medic: Page, case: str) -> None:
    """While the comment is open, the page says that nobody approves."""
    medic.goto(case)
    expect(medic.locator("[aria-labelledby=decisions]")).to_contain_text("must be closed before anybody approves")
    writer.goto(case)
    said = writer.locator(".comment", has_text="How slowly?")
    said.locator("summary").click()
    said.locator("textarea").fill("Over three weeks, as the source says.")
    said.get_by_role("button", name="Answer").click()
    medic.goto(case)
    said = medic.locator(".comment", has_text="How slowly?")
    expect(said).to_contain_text("Over three weeks")
    said.get_by_role("button", name="Close: it is settled").click()
    expect(medic.locator(".comment.is-closed")).to_have_count(1)


def publish_on_approval(site: Site) -> None:
    """A minute's work of the worker."""
    assert jobs.publish_due(site.platform, (), clock.now()) == 1
    site.look_again()
