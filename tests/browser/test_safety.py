"""What safety officers, a company's desk and its people see of side effects: no barrier on a phone or at a desk, in
both languages, and the ways through it by hand."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy import select

from tests import builders
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, sign_in
from webapp.core import clock
from webapp.core.audit import By
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.safety.jobs import close_months
from webapp.safety.models import SafetyCase, SafetyHandOver, SafetyQuestion
from webapp.safety.rules.reports import Report
from webapp.safety.rules.triage import Assessment
from webapp.safety.service import asking, handing_over, triage
from webapp.safety.service.receiving import number_of
from webapp.safety.service.triage import Act, stamp_of
from webapp.sponsors.models import Company

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}
MONTH = timedelta(days=40)
TOLD = Report("My lips swelled an hour after the tablet, which I took with a glass of juice. " * 5,
              medicine="Exemplora 10 mg", batch="L1", initials="A.B.", age="54", sex="female", when="2 May",
              outcome="recovered", criteria=("hospitalisation",), reporter="patient", name="Ann Benton",
              contact="ann.benton@a-long-name-of-a-post-office.example", may_contact=True)


@dataclass(frozen=True)
class World:
    """A company with a desk and a closed month. Cases: one that a question and a downgrade wait for, one that waits to
    be dismissed, and one that tells the same."""

    officer: Account
    second: Account
    sponsor: Account
    company: str
    cases: tuple[str, ...]
    hand_over: str
    """Code of the page that the desk's mail leads to."""
    question: str
    """Code of the reporter's page."""


@pytest.fixture
def world(site: Site) -> World:
    now = clock.now()
    with site.platform.database.writing() as session:
        desk = builders.desk(session, opened_at=now - MONTH)
        company = session.get_one(Company, desk.company_id)
        officer, second = (builders.account(session, Role.SAFETY) for _ in range(2))
        sponsor = builders.account(session, Role.SPONSOR_ADMIN, company=company)
        cases = [builders.adverse_event(session, TOLD, submission=f"form-{number}", now=at)
                 for number, at in enumerate((now - MONTH, now, now))]
    handing_over.make(site.platform, now)
    with site.platform.database.writing() as session:
        asked, dismissed, same = (session.get_one(SafetyCase, case.id) for case in cases)
        by = By(officer.id or 0, now, "As the pharmacy says")
        asking.ask(session, site.platform.ring, Act(asked.key, stamp_of(session, asked), by), "Which strength was it?")
        triage.assess(session, Act(asked.key, stamp_of(session, asked), by),
                      Assessment(("reporter", "reaction"), (), "unknown"), "angioedema")
        triage.dismiss(session, Act(dismissed.key, stamp_of(session, dismissed), by))
        triage.mark_duplicate(session, Act(same.key, stamp_of(session, same), by), number_of(asked))
        close_months(session, now)
        hand_over = session.scalars(select(SafetyHandOver.code)).first() or ""
        question = session.scalars(select(SafetyQuestion.code)).one()
        return World(officer, second, sponsor, company.key, (asked.key, dismissed.key, same.key), hand_over, question)


def check_page(page: Page, address: str) -> None:
    """Opens a page in both languages, looks at it in both sizes: nothing hangs over the edge, and axe finds nothing."""
    for language in ("en", "zh-Hans"):
        page.set_viewport_size(PHONE)
        answer = page.goto(f"{address}?language={language}")
        assert answer is not None and answer.status == 200, address
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0, (address, size)
        page.evaluate("document.querySelectorAll('details').forEach(piece => { piece.open = true; })")
        found = find_barriers(page)
        assert found.violations_count == 0, (address, found.generate_report())


def month_of(page: Page) -> str:
    """The address of the month that a list of them shows first."""
    found = page.locator("main a[href*='/20']").first.get_attribute("href")
    assert found is not None
    return found


def test_officers_pages_have_no_barrier_in_either_language_or_size(
        site: Site, new_page: NewPage, world: World) -> None:
    page = sign_in(new_page(), site, world.officer.email)
    for path in ("", *world.cases, "months/"):
        check_page(page, f"{site.base}/safety/{path}")
    check_page(page, site.base + month_of(page))


def test_a_sponsors_months_have_no_barrier(site: Site, new_page: NewPage, world: World) -> None:
    page = sign_in(new_page(), site, world.sponsor.email)
    check_page(page, f"{site.base}/sponsor/side-effects")
    check_page(page, site.base + month_of(page))


def test_the_desks_and_the_reporters_page_have_no_barrier_before_and_after(
        site: Site, new_page: NewPage, world: World) -> None:
    page = new_page(viewport=PHONE)
    for path, field, words in ((f"/handed-over/{world.hand_over}", "#name", "Dana Desk"),
                               (f"/side-effect/more/{world.question}", "textarea", "10 mg")):
        check_page(page, site.base + path)
        page.fill(field, words)
        page.locator("main form.form button").click()
        expect(page.locator("main form.form")).to_have_count(0)
        check_page(page, site.base + path)


def test_what_lowers_a_case_is_agreed_to_by_another_officer(site: Site, new_page: NewPage, world: World) -> None:
    path = f"{site.base}/safety/{world.cases[1]}"
    own = sign_in(new_page(viewport=PHONE, java_script_enabled=False), site, world.officer.email)
    own.goto(path)
    assert own.get_by_role("button", name="Agree").count() == 0
    page = sign_in(new_page(viewport=PHONE, java_script_enabled=False), site, world.second.email)
    page.goto(f"{site.base}/safety/")
    page.get_by_role("link", name="Show them").click()
    page.goto(path)
    page.get_by_role("button", name="Agree").click()
    assert "Not an event" in page.inner_text(".page-head")
    with site.platform.database.reading() as session:
        assert session.scalars(select(SafetyCase.state).where(SafetyCase.key == world.cases[1])).one() == "not-an-event"


def test_a_month_goes_to_the_officers_device_as_a_file(site: Site, new_page: NewPage, world: World) -> None:
    page = sign_in(new_page(viewport=PHONE), site, world.officer.email)
    page.goto(f"{site.base}/safety/months/")
    page.goto(site.base + month_of(page))
    with page.expect_download() as taken:
        page.get_by_role("button", name="Cases as a file").click()
    assert taken.value.suggested_filename.startswith(f"cases-{world.company}-")
    assert "AE-" in taken.value.path().read_text("utf-8-sig")
