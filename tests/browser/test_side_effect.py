"""Telling of a side effect on a phone: a step at a time, by keyboard, without scripts, when a connection fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy import func, select

from tests import builders
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, serving
from webapp.core import clock
from webapp.core.render import Renderer
from webapp.safety.models import SafetyCase, SafetyDesk, SafetyReceipt

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
FORM = "/side-effect?language=en&market=us"
CHINESE = "/side-effect?language=zh-Hans&market=us"
STEPS = 4


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, renderer: Renderer) -> Iterator[Site]:
    """A site where a company takes cases in the US."""
    with serving(tmp_path_factory.mktemp("site"), migrated_file, renderer) as site:
        with site.platform.database.writing() as session:
            company = builders.company(session, "Northwind (fictional)")
            session.add(SafetyDesk(company_id=company.id or 0, product="samplin", market="us", channel="email",
                                   address="safety@northwind.example", opened_at=clock.now()))
        yield site


def counts(site: Site) -> tuple[int, int]:
    """Cases and receipts."""
    with site.platform.database.reading() as session:
        found = [session.scalar(select(func.count()).select_from(table)) or 0 for table in (SafetyCase, SafetyReceipt)]
    return found[0], found[1]


def is_clean(page: Page) -> bool:
    """Whether axe finds nothing and nothing hangs over the window's edge."""
    found = find_barriers(page)
    assert found.violations_count == 0, found.generate_report()
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def kept(page: Page) -> int:
    return int(page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('materia-side-effect')).length"))


def go_on(page: Page, times: int = 1) -> None:
    for _ in range(times):
        page.click("[data-next]")


def write(page: Page, words: str = "A rash after the tablet") -> Page:
    page.fill("#what", words)
    return page


@pytest.mark.parametrize(("address", "names", "heading", "size"), [
    (FORM, ("Next", "Send the report"), "We have your report", PHONE),
    (CHINESE, ("下一步", "发送报告"), "我们已收到您的报告", PHONE),
    (CHINESE, ("下一步", "发送报告"), "我们已收到您的报告", DESK)])
def test_one_tells_a_step_at_a_time_and_gets_a_receipt(
        site: Site, new_page: NewPage, address: str, names: tuple[str, str], heading: str, size: ViewportSize) -> None:
    page = new_page(viewport=size)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(site.base + address)
    assert page.locator("[data-step]:visible").count() == 1
    write(page)
    page.fill("#medicine", "samplin")
    for number in range(1, STEPS):
        assert str(number) in page.inner_text("[data-progress]") and is_clean(page)
        page.get_by_role("button", name=names[0]).click()
        expect(page.locator(f"#step-{number + 1}")).to_be_focused()
    assert is_clean(page)
    page.get_by_role("button", name=names[1]).click()
    expect(page.locator("h1")).to_have_text(heading)
    assert is_clean(page) and "AE-" in page.inner_text(".receipt")
    assert (kept(page), complaints) == (0, [])


def test_the_whole_way_goes_by_keyboard_and_enter_sends_nothing_before_the_last_step(
        site: Site, new_page: NewPage) -> None:
    before, page = counts(site), new_page(viewport=PHONE)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(site.base + FORM)
    page.focus("#what")
    page.keyboard.type("A rash")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for number in range(2, STEPS):
        expect(page.locator(f"#step-{number}")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    expect(page.locator(f"#step-{STEPS}")).to_be_focused()
    assert (sent, counts(site)) == ([], before)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("We have your report")


def test_the_first_question_is_asked_for_before_one_goes_on_and_one_can_go_back(
        site: Site, new_page: NewPage) -> None:
    page = new_page(viewport=PHONE)
    page.goto(site.base + FORM)
    go_on(page)
    expect(page.locator("#what")).to_be_focused()
    expect(page.locator("#what-fault")).to_have_text("Write a few words about what happened. All else may stay empty.")
    assert is_clean(page)
    write(page)
    expect(page.locator("#what-fault")).to_be_hidden()
    page.fill("#batch", "x" * 201)
    go_on(page)
    expect(page.locator("#batch-fault")).to_contain_text("The batch number has more than 200")
    page.fill("#batch", "L1")
    expect(page.locator("#batch-fault")).to_be_hidden()
    go_on(page)
    page.click("[data-back]")
    assert page.input_value("#what") == "A rash after the tablet"


def test_what_is_typed_is_there_after_the_page_was_closed_and_can_be_deleted(site: Site, new_page: NewPage) -> None:
    page = new_page(viewport=PHONE)
    page.goto(site.base + FORM)
    write(page)
    go_on(page)
    page.check("input[value=female]")
    name = page.locator("[name=submission]").input_value()
    page.goto("about:blank")
    page.goto(site.base + FORM)
    assert page.locator("#step-2").is_visible() and page.is_checked("input[value=female]")
    assert (page.input_value("#what"), page.locator("[name=submission]").input_value()) == (
        "A rash after the tablet", name)
    assert page.locator("[data-kept]").is_visible() and is_clean(page)
    page.click("[data-forget]")
    page.wait_for_load_state()
    expect(page.locator("#step-1")).to_be_visible()
    assert (page.input_value("#what"), kept(page)) == ("", 0)
    assert page.locator("[name=submission]").input_value() != name


def test_what_is_kept_is_gone_after_seven_days(site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.goto(site.base + FORM)
    write(page)
    page.evaluate("""for (const [name, text] of Object.entries(localStorage)) localStorage.setItem(name,
      JSON.stringify({ ...JSON.parse(text), at: Date.now() - 7 * 24 * 3600 * 1000 - 1 }))""")
    page.reload()
    assert (page.input_value("#what"), kept(page)) == ("", 0)


def test_a_lost_connection_is_said_loses_nothing_and_makes_no_second_case(site: Site, new_page: NewPage) -> None:
    cases, receipts = counts(site)
    page = new_page(viewport=PHONE)
    page.goto(site.base + FORM)
    write(page)
    go_on(page, STEPS - 1)
    page.context.set_offline(True)
    page.click("text=Send the report")
    expect(page.locator("[data-trouble]")).to_contain_text("All that you wrote is kept on this device")
    assert (counts(site), kept(page)) == ((cases, receipts), 1)
    page.context.set_offline(False)
    page.route("**/side-effect?*", lambda route: (route.fetch(max_redirects=0), route.abort())[1])  # the answer is lost
    page.click("text=Send the report")
    expect(page.locator("[data-trouble]")).to_be_visible()
    expect(page.get_by_role("button", name="Send the report")).not_to_have_attribute("aria-disabled", "true")
    page.unroute("**/side-effect?*")
    page.reload()
    page.click("text=Send the report")
    expect(page.locator("h1")).to_have_text("We have your report")
    assert (counts(site), kept(page)) == ((cases + 1, receipts + 2), 0)


@pytest.mark.parametrize(("address", "remedy"), [
    (FORM, "Shorten what happened"), (CHINESE, "请把经过缩短到20,000字以内")])
def test_too_much_is_said_loses_nothing_and_makes_no_case(
        site: Site, new_page: NewPage, address: str, remedy: str) -> None:
    before, page = counts(site), new_page(viewport=PHONE)
    page.goto(site.base + address)
    write(page)
    go_on(page, STEPS - 1)
    story = "A rash after the tablet. " * 100_000  # put where it is not drawn: that takes a browser minutes
    page.evaluate("story => { document.querySelector('#what').value = story; }", story)
    page.click("[type=submit]")
    expect(page.locator("[data-trouble]")).to_contain_text(remedy)
    assert counts(site) == before and is_clean(page)
    assert page.evaluate("document.querySelector('#what').value.length") == len(story)
    page.evaluate("document.querySelector('#what').value = 'A rash after the tablet'")
    page.click("[type=submit]")
    expect(page.locator(".receipt")).to_be_visible()
    assert counts(site) == (before[0] + 1, before[1] + 1)


def test_a_fault_leads_to_its_step_with_all_that_was_typed(site: Site, new_page: NewPage) -> None:
    """What the script lets pass, such as an earlier one, the server says, at the top and by the field."""
    page = new_page(viewport=PHONE)
    page.goto(site.base + FORM)
    write(page)
    go_on(page, STEPS - 1)
    page.evaluate("for (const name of ['batch', 'initials']) document.getElementById(name).value = 'x'.repeat(201)")
    page.click("text=Send the report")
    expect(page.locator("[role=alert]").first).to_contain_text("The batch number has more than 200")
    expect(page.locator("#batch-fault")).to_contain_text("The batch number has more than 200")
    assert page.locator("#batch").is_visible() and is_clean(page)
    page.click("[role=alert] a[href='#initials']")
    expect(page.locator("#initials")).to_be_focused()
    page.fill("#initials", "A.B.")
    page.click("[role=alert] a[href='#batch']")
    page.fill("#batch", "L1")
    go_on(page, STEPS - 1)
    page.click("text=Send the report")
    expect(page.locator("h1")).to_have_text("We have your report")


def test_without_scripts_the_form_is_one_page(site: Site, new_page: NewPage) -> None:
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto(site.base + FORM)
    assert page.locator("[data-step]:visible").count() == STEPS
    assert not page.locator("[data-next]").is_visible() and not page.locator("[data-forget]").is_visible()
    write(page).click("text=Send the report")
    assert page.inner_text("h1") == "We have your report"


def test_without_scripts_a_fault_stands_by_its_field_too(site: Site, new_page: NewPage) -> None:
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto(site.base + FORM)
    write(page)
    page.fill("#batch", "x" * 201)
    page.click("text=Send the report")
    expect(page.locator("#batch-fault")).to_contain_text("The batch number has more than 200")
    page.click("[role=alert] a[href='#batch']")
    expect(page.locator("#batch")).to_be_in_viewport()
    assert page.locator(".field-fault:visible").count() == 1


def test_where_nobody_takes_reports_the_authority_is_named_on_a_phone(site: Site, new_page: NewPage) -> None:
    page = new_page(viewport=PHONE)
    page.goto(f"{site.base}/side-effect?language=zh-Hans&market=gb")
    assert is_clean(page) and page.locator("form").count() == 0 and "监管机构" in page.inner_text(".nobody")


def test_the_copy_is_left_on_paper_and_the_way_around_it_is_not(site: Site, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(site.base + FORM)
    write(page).click("text=Send the report")
    page.emulate_media(media="print")
    assert page.locator(".copy").is_visible() and page.locator(".receipt").is_visible()
    assert not page.locator(".footer-nav").is_visible()
