"""Searching on a phone and at a desk: by keyboard, without scripts, in both languages; going back shows the results."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests import builders
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, serving
from webapp.app import OVERVIEWS
from webapp.articles.rules.frontmatter import Kind
from webapp.core.render import Renderer
from webapp.search.service.keeping import Keeper

PHONE, DESK = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=900)
TEXTS = {"en": "It heals by itself", "zh-Hans": "它会自己好"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_file: object, renderer: Renderer) -> Iterator[Site]:
    """A disease and a medicine in two languages, with their index."""
    with serving(tmp_path_factory.mktemp("site"), migrated_file, renderer) as site:  # type: ignore[arg-type]
        content, now = site.folder / "content", datetime.now(UTC)
        for kind, slug in ((Kind.DISEASE, "sampleitis"), (Kind.DRUG, "samplin")):
            for language, text in TEXTS.items():
                builders.write_topic(content, kind=kind, slug=slug, language=language, text=text, markets=("us", "cn"),
                                     content_class=f"{kind}-education", is_reviewed=False)
        builders.publish_entries(site.platform, builders.import_content(site.platform, content, now), OVERVIEWS, now)
        Keeper(site.platform.database, site.folder).keep(now)
        site.look_again()
        yield site


def is_clean(page: Page) -> bool:
    """Whether axe finds nothing and nothing hangs over the window's edge."""
    found = find_barriers(page)
    assert found.violations_count == 0, found.generate_report()
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def tab_to(page: Page, selector: str) -> None:
    """By the Tab key alone."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by keyboard")


@pytest.mark.parametrize("width", [320, 340, 360, 390])
@pytest.mark.parametrize("path", ["/en/diseases/", "/en/drugs/", "/zh/diseases/"])
def test_the_masthead_of_a_list_stays_one_row_on_any_phone(
        site: Site, new_page: NewPage, path: str, width: int) -> None:
    page = new_page(viewport=ViewportSize(width=width, height=740))
    page.goto(site.base + path)
    assert page.locator(".masthead").bounding_box()["height"] < 70  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("start", "words", "count", "title"), [
    ("/en/drugs/samplin", "sampleitis", "1 page found", "Sampleitis"),
    ("/zh/drugs/samplin", "自己好", "找到2个页面", "Sampl")])
def test_on_a_phone_one_searches_by_keyboard_and_comes_back(site: Site, new_page: NewPage, start: str, words: str,
                                                           count: str, title: str) -> None:
    page = new_page(viewport=PHONE)
    page.goto(site.base + start)
    assert is_clean(page) and page.locator(".masthead").bounding_box()["height"] < 80  # type: ignore[index]
    tab_to(page, ".search-link")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search")
    expect(page.locator("#search-words")).to_be_focused()
    assert is_clean(page)
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search\?s="))
    expect(page.get_by_role("status")).to_contain_text(count)
    assert is_clean(page) and words not in page.url and words not in page.title()
    results = page.url
    tab_to(page, ".found a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/s*s")
    expect(page.locator("h1")).to_contain_text(title)
    assert words not in page.evaluate("document.referrer") and "?s=" not in page.evaluate("document.referrer")
    page.go_back()
    assert page.url == results
    expect(page.get_by_role("status")).to_contain_text(count)
    expect(page.locator("#search-words")).to_have_value(words)


@pytest.mark.parametrize("head", ["en", "zh"])
def test_at_a_desk_the_box_stands_in_the_masthead_and_works_without_scripts(site: Site, new_page: NewPage,
                                                                           head: str) -> None:
    page = new_page(viewport=DESK, java_script_enabled=False)
    page.goto(f"{site.base}/{head}/diseases/sampleitis")
    page.locator("header [type=search]").fill("samplin")
    page.keyboard.press("Enter")
    expect(page.locator(".found .topic-title")).to_have_text(["Samplin"])
    page.get_by_role("search").get_by_role("searchbox").fill("xyzzyqq")
    page.get_by_role("search").get_by_role("button").click()
    expect(page.locator(".ways-on a")).to_have_count(3)
    page.locator(".ways-on a").last.click()
    expect(page.locator("#search-words")).to_have_value("xyzzyqq")
    assert page.url.startswith(f"{site.base}/{'zh-us' if head == 'en' else 'en-cn'}/search?s=")


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_the_front_page_has_the_box_and_what_cannot_wait_is_accessible(site: Site, new_page: NewPage,
                                                                      size: ViewportSize) -> None:
    page = new_page(viewport=size)
    page.goto(f"{site.base}/en/")
    assert is_clean(page)
    page.get_by_role("searchbox").fill("samplin rash and chest pain")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".aid")).to_have_count(2)
    assert is_clean(page)


@pytest.mark.parametrize("path", ["/en/search", "/zh/search"])
def test_in_the_dark_it_is_as_readable(site: Site, new_page: NewPage, path: str) -> None:
    page = new_page(viewport=PHONE, color_scheme="dark")
    page.goto(site.base + path)
    page.get_by_role("searchbox").fill("胸痛 samplin" if path == "/zh/search" else "samplin chest pain")
    page.keyboard.press("Enter")
    expect(page.locator(".aid")).to_have_count(2)
    assert is_clean(page)
