"""A person reads; the sponsor sees it, and nobody learns who it was."""

import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Request
from sqlalchemy import select

from tests import builders
from tests.browser.conftest import NewPage, Site
from webapp.articles.rules.shelf import Entry
from webapp.campaigns.models import Campaign
from webapp.engagement import jobs
from webapp.engagement.models import Reading
from webapp.people.rules import Role
from webapp.reports import views as report_views

PATH = "/en/diseases/sampleitis"
OTHERS = 12
"""With the one in the browser more than the ten below which a report says nothing."""
PATIENCE_SECONDS = 30
IS_AT_END = "scrollY + innerHeight >= document.scrollingElement.scrollHeight - 1"
SENDER = "sponsor@northwind.example"


def publish(site: Site, *, text: str = "It heals by itself", now: datetime) -> Entry:
    builders.write_topic(site.folder / "content", text=text)
    entries = builders.import_content(site.platform, site.folder / "content", now)
    builders.clear(site.platform, entries, now)
    published = builders.publish_entries(site.platform, entries, now=now)
    site.look_again()
    return published[0]


def sponsored(site: Site, now: datetime) -> Campaign:
    """A campaign for the page, released this minute, and somebody who may read its report."""
    with site.platform.database.writing() as session:
        company = builders.company(session)
        builders.account(session, Role.SPONSOR_ADMIN, company=company, email=SENDER)
    campaign = builders.campaign(site.platform, company, local_time=now.replace(tzinfo=None), now=now)
    builders.clear_campaign(site.platform, campaign, now)
    builders.schedule_campaign(site.platform, campaign, now)
    return campaign


def readings(site: Site) -> list[Reading]:
    with site.platform.database.reading() as session:
        return list(session.scalars(select(Reading)))


def stop_the_clock(page: Page) -> None:
    """From here on the page's time, and that of pages it goes to, passes by `page.clock.run_for` alone: what is counted
    is exact then, however busy this machine is."""
    now = datetime.now(UTC)
    page.clock.install(time=now - timedelta(minutes=5))
    page.clock.pause_at(now)


def read_to_the_end(page: Page, seconds: float) -> None:
    """Scrolls down bit by bit and keeps the hand on the mouse, so long by the page's clock."""
    for step in range(round(seconds * 4)):
        page.mouse.move(200 + step % 20, 300)
        page.mouse.wheel(0, 2000 if step > 4 else 200)
        page.clock.run_for(250)
    assert eventually(page, lambda: bool(page.evaluate(IS_AT_END)))
    page.mouse.move(300, 300)


def leave(page: Page) -> None:
    """Goes elsewhere: what was read is told when the page is hidden."""
    page.goto("about:blank")


def eventually(page: Page, is_so: Callable[[], bool]) -> bool:
    for _ in range(PATIENCE_SECONDS * 20):
        if is_so():
            return True
        page.wait_for_timeout(50)
    return False


def others_read(site: Site, page: Page) -> None:
    """Twelve other browsers tell of the page what this one would."""
    page.goto(site.base + PATH)
    token = page.locator("[data-beacon-token]").get_attribute("data-beacon-token")
    day = datetime.now(UTC).date().isoformat()
    for number in range(OTHERS):
        body = f'{{"t": "{token}", "v": "{number:032x}", "d": "{day}", "e": 60, "s": 70, "p": 100}}'
        request = urllib.request.Request(f"{site.base}/e", body.encode(), {"User-Agent": f"Mozilla/5.0 (No {number})"})
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            assert answer.status == 204


def test_what_is_read_to_the_end_stands_in_the_sponsors_report(
        site: Site, new_page: NewPage, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    entry = publish(site, now=now)
    campaign = sponsored(site, now)
    page = new_page(viewport={"width": 800, "height": 600})
    stop_the_clock(page)
    page.goto(site.base + PATH)
    read_to_the_end(page, entry.expected_seconds / 2 + 1.5)
    leave(page)
    assert eventually(page, lambda: any(one.is_complete for one in readings(site)))
    reading, = readings(site)
    assert (reading.depth, reading.is_robot) == (100, False)
    assert entry.expected_seconds / 2 <= reading.engaged_seconds <= reading.visible_seconds + 1

    others_read(site, new_page(java_script_enabled=False))
    jobs.roll_up_dirty(site.platform.database, now)
    monkeypatch.setattr(report_views, "now", lambda: datetime.now(UTC) + timedelta(days=9))
    sponsor = new_page()
    sponsor.goto(f"{site.base}/sponsor/")
    sponsor.fill("[name=email]", SENDER)
    sponsor.fill("[name=password]", builders.PASSWORD)
    sponsor.click("form button[type=submit]")
    builders.type_code_in_browser(sponsor)
    sponsor.goto(f"{site.base}/sponsor/campaigns/{campaign.key}")

    everybody = sponsor.locator("section", has=sponsor.get_by_role("heading", name="All readers of the article"))
    total = everybody.locator("table").first.locator("tbody tr").last
    assert total.locator("td").first.inner_text() == str(OTHERS + 1)


@pytest.mark.parametrize("way", ["by a link", "by closing"])
def test_the_last_seconds_are_told_when_the_page_is_left(site: Site, new_page: NewPage, way: str) -> None:
    publish(site, now=datetime.now(UTC))
    page, waiting = new_page(), new_page()
    stop_the_clock(page)
    page.goto(site.base + PATH)
    page.bring_to_front()
    read_to_the_end(page, 4)
    if way == "by a link":
        page.locator(".logo").click()
    else:
        page.close()

    assert eventually(waiting, lambda: any(reading.engaged_seconds == 4 for reading in readings(site)))
    assert len(readings(site)) == 1


def test_reading_leaves_no_cookie_nothing_stored_and_asks_nobody_else(site: Site, new_page: NewPage) -> None:
    publish(site, now=datetime.now(UTC))
    page = new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/e")):
        page.goto(site.base + PATH)

    assert len(asked) > 3
    assert {request.url for request in asked if not request.url.startswith(f"{site.base}/")} == set()
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert not any("cookie" in request.headers for request in asked)


def beacons(page: Page) -> list[Any]:
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/e") else None)
    return sent


def test_whoever_says_no_is_not_counted_on_this_page_or_the_next(site: Site, new_page: NewPage) -> None:
    publish(site, now=datetime.now(UTC))
    page = new_page()
    stop_the_clock(page)
    sent = beacons(page)
    page.goto(site.base + PATH)
    page.get_by_role("button", name="Do not count me").click()
    read_to_the_end(page, 16)
    leave(page)
    page.goto(site.base + PATH)
    read_to_the_end(page, 16)
    leave(page)

    assert sent == [] and readings(site) == []


def test_whoever_changes_their_mind_is_counted_again(site: Site, new_page: NewPage) -> None:
    publish(site, now=datetime.now(UTC))
    page = new_page()
    stop_the_clock(page)
    page.goto(site.base + PATH)
    page.get_by_role("button", name="Do not count me").click()
    page.get_by_role("button", name="Count me again").click()
    sent = beacons(page)
    page.goto(site.base + PATH)
    read_to_the_end(page, 3)

    assert sent and eventually(page, lambda: bool(readings(site)))


def test_whoever_changes_their_mind_is_counted_on_the_page_they_are_on(site: Site, new_page: NewPage) -> None:
    publish(site, now=datetime.now(UTC))
    page, waiting = new_page(), new_page()
    stop_the_clock(page)
    page.goto(site.base + PATH)
    page.bring_to_front()
    page.get_by_role("button", name="Do not count me").click()
    page.reload()
    sent = beacons(page)
    read_to_the_end(page, 4)
    assert sent == []
    page.get_by_role("button", name="Count me again").click()
    page.clock.run_for(1_500)
    leave(page)

    assert eventually(waiting, lambda: bool(readings(site)))
    assert [reading.engaged_seconds for reading in readings(site)] == [1.5], "no more than since the change of mind"


def test_what_could_not_be_stored_is_sent_again_though_nothing_more_is_read(site: Site, new_page: NewPage) -> None:
    publish(site, now=datetime.now(UTC))
    page = new_page()
    page.clock.install()
    page.route("**/e", lambda route: route.fulfill(status=503), times=1)
    page.goto(site.base + PATH)
    page.evaluate("Object.defineProperty(document, 'visibilityState', { value: 'hidden' })")
    with page.expect_response("**/e") as refused:
        page.clock.run_for(2_500)
    assert (refused.value.status, readings(site)) == (503, [])

    def is_told() -> bool:
        page.clock.run_for(15_000)
        return len(readings(site)) == 1

    assert eventually(page, is_told)


def test_a_mark_leaves_the_address_of_a_reader_who_is_not_counted(site: Site, new_page: NewPage) -> None:
    publish(site, now=datetime.now(UTC))
    page = new_page()
    page.goto(site.base + PATH)
    page.get_by_role("button", name="Do not count me").click()
    page.goto("about:blank")
    page.goto(f"{site.base}{PATH}#m=mark")

    assert eventually(page, lambda: page.url == site.base + PATH)


def test_a_browser_without_a_window_is_a_robot(site: Site, new_page: NewPage) -> None:
    publish(site, now=datetime.now(UTC))
    page = new_page(user_agent="Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/142.0.0.0 Safari/537.36")
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/e")):
        page.goto(site.base + PATH)

    assert [reading.is_robot for reading in readings(site)] == [True]


def test_a_campaigns_mark_leaves_the_address_and_reaches_the_reading(site: Site, new_page: NewPage) -> None:
    publish(site, now=datetime.now(UTC))
    mark = site.platform.ring.sign("source", {"c": "the-campaign", "o": "1"})
    page = new_page()
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/e")):
        page.goto(f"{site.base}{PATH}#m={mark}")

    assert page.url == site.base + PATH
    assert [reading.source for reading in readings(site)] == ["the-campaign"]


