"""The operators' pages in a browser: without barriers on a phone, and acts that need no script."""

from datetime import UTC, datetime

from tests import builders
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, sign_in
from webapp.channels.models import Outgoing, Suppression
from webapp.channels.queries import address_hash
from webapp.core import jobs
from webapp.core.models import JobRun, JobTick
from webapp.ops.views.pages import PAGES
from webapp.people.models import Account
from webapp.people.rules import Role

PHONE = {"width": 360, "height": 740}


def fill(site: Site) -> tuple[Account, Account, str]:
    """An operator, a marketer, and the key of the marketer's company; something on each page."""
    now = datetime.now(UTC)
    with site.platform.database.writing() as session:
        company = builders.company(session)
        marketer = builders.account(session, Role.MARKETER, company=company)
        builders.consent(session, marketer, company)
        session.add(Outgoing(key="a" * 16, subject_kind="campaign", subject_id=1, occurrence="1", channel="email",
                             account_id=marketer.id or 0, language="en", not_before=now, state="unknown",
                             changed_at=now))
        session.add(Suppression(address_hash=address_hash("a@b.example"), reason="bad_address", at=now))
        session.add(JobRun(job="a.job", at=now, outcome="failed: KeyError"))
        jobs.note_ticks(session, [JobTick(job="a.job", every_seconds=60, began_at=now, due_at=now)])
        return builders.account(session, Role.OPERATOR), marketer, company.key


def test_operators_pages_have_no_barrier_and_fit_a_phone_in_both_languages(site: Site, new_page: NewPage) -> None:
    operator, marketer, company = fill(site)
    page = sign_in(new_page(viewport=PHONE), site, operator.email)
    paths = [url for url, *_ in PAGES if "policy" not in url and "verification" not in url]
    for path in ("/ops/", *paths, f"/ops/people/{marketer.key}", f"/ops/people/{marketer.key}/consents",
                 f"/ops/companies/{company}"):
        for language in ("en", "zh-Hans"):
            answer = page.goto(f"{site.base}{path}?language={language}")
            assert answer is not None and answer.status == 200, path
            assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0, path
        found = find_barriers(page)
        assert found.violations_count == 0, (path, found.generate_report())


def test_an_account_is_found_and_put_out_of_use_without_scripts(site: Site, new_page: NewPage) -> None:
    """The browser itself asks for the reason; one box serves every button of the page."""
    operator, marketer, _ = fill(site)
    page = sign_in(new_page(java_script_enabled=False), site, operator.email)
    page.goto(f"{site.base}/ops/people")
    page.fill("[name=words]", marketer.email)
    page.get_by_role("button", name="Find").click()
    page.locator(f"[href='/ops/people/{marketer.key}']").click()
    page.get_by_role("button", name="Put it out of use").click()
    assert "Out of use," in page.locator("main").inner_text(), "nothing was sent without a reason"
    page.fill("[name=reason]", "Left the company")
    page.get_by_role("button", name="Put it out of use").click()
    page.wait_for_url(lambda url: "notice=done" in url)
    assert "Left the company" in page.locator(".trail").inner_text()
    with site.platform.database.reading() as session:
        assert session.get_one(Account, marketer.id).active is False
