"""Every kind of page in a browser: accessible, usable by keyboard and without scripts, on a phone and on paper."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect

from tests import builders
from tests.articles.words import entry, write_glossary
from tests.browser.barriers import CONTRAST, find_barriers
from tests.browser.conftest import NewPage, Site, serving, sign_in, write_mailbox
from webapp.app import OVERVIEWS
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.core.render import Renderer
from webapp.people.rules import AccountKind, Role

SPONSOR = "sponsor@northwind.example"
TEXTS = {"en": "It heals by itself", "zh-Hans": "它会自己好"}
PAGES = (
    "/en/", "/zh/", "/en/diseases/", "/zh/drugs/", "/en/pro/", "/en/diseases/sampleitis", "/zh/diseases/sampleitis",
    "/en-gb/diseases/sampleitis", "/en/pro/diseases/sampleitis", "/en/drugs/samplin", "/zh/drugs/samplin",
    "/en/diseases/nowhere", "/zh/drugs/nowhere", "/sign-in", "/sign-in?language=zh-Hans", "/demo/", "/demo/mailbox",
    "/u/{code}", "/sponsor/", "/sponsor/campaigns/{campaign}")
DARK = ("/en/", "/en/diseases/sampleitis", "/zh/drugs/samplin", "/sign-in", "/demo/mailbox",
        "/sponsor/campaigns/{campaign}")
PHONE, DESK = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=720)
FOCUS = """() => { const style = getComputedStyle(document.activeElement);
  return [document.activeElement.tagName, style.outlineStyle, parseFloat(style.outlineWidth)]; }"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, renderer: Renderer) -> Iterator[Site]:
    """A small site with every kind of page, for all tests of this file."""
    with serving(tmp_path_factory.mktemp("site"), migrated_file, renderer) as site:
        fill(site)
        yield site


def fill(site: Site) -> None:
    content, now = site.folder / "content", datetime.now(UTC)
    for kind, slug in ((Kind.DISEASE, "sampleitis"), (Kind.DRUG, "samplin")):
        for audience, language in ((Audience.PATIENT, "en"), (Audience.HCP, "en"), (Audience.PATIENT, "zh-Hans")):
            builders.write_topic(content, kind=kind, slug=slug, audience=audience, language=language,
                                 text=TEXTS[language], content_class=f"{kind}-education",
                                 markets=("us", "gb", "cn"), is_reviewed=False)
    for language, word in (("en", "heals"), ("zh-Hans", "自己好")):
        write_glossary(content, entry("heal", word), language=language)
    builders.publish_entries(site.platform, builders.import_content(site.platform, content, now), OVERVIEWS, now)
    site.look_again()
    write_mailbox(site.folder)
    with site.platform.database.writing() as session:
        company = builders.company(session)
        builders.account(session, Role.SPONSOR_ADMIN, company=company, email=SPONSOR)
        reader = builders.account(session, Role.READER, kind=AccountKind.HCP)
        code = builders.consent(session, reader, company).code
    campaign = builders.campaign(site.platform, company, local_time=now.replace(tzinfo=None), now=now)
    (site.folder / "code").write_text(code)
    (site.folder / "campaign").write_text(campaign.key)


def address(site: Site, path: str) -> str:
    names = {name: (site.folder / name).read_text() for name in ("code", "campaign")}
    return site.base + path.format(**names)


@pytest.fixture(scope="module")
def signed_in(site: Site, kept_page: Page) -> StorageState:
    """The cookies of a sponsor who signed in once."""
    return sign_in(kept_page, site, SPONSOR).context.storage_state()


@pytest.fixture(scope="module")
def kept_page(browser: Browser) -> Iterator[Page]:
    """A page that opens one address after the other: most of a browser's work on a page is to begin anew."""
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def visitor(kept_page: Page) -> Iterator[Page]:
    """The page, at a desk in the light, of somebody who is not signed in."""
    kept_page.set_viewport_size(DESK)
    kept_page.emulate_media(media="screen", color_scheme="light")
    yield kept_page
    kept_page.context.clear_cookies()


@pytest.fixture
def complaints(visitor: Page) -> Iterator[list[str]]:
    """What a page says to the console, and what it asks for in vain."""
    found: list[str] = []
    listening: dict[str, Callable[..., None]] = {
        "pageerror": lambda error: found.append(str(error)),
        "requestfailed": lambda request: found.append(request.url),
        "console": lambda message: found.append(message.text) if message.type == "error" else None}
    for event, listener in listening.items():
        visitor.on(event, listener)  # type: ignore[call-overload]
    yield found
    for event, listener in listening.items():
        visitor.remove_listener(event, listener)


@pytest.fixture
def sponsor(visitor: Page, signed_in: StorageState) -> Page:
    """The page, of a sponsor who signed in."""
    visitor.context.add_cookies(signed_in["cookies"])  # type: ignore[arg-type]
    return visitor


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone_says_nothing_to_the_console_and_has_no_barrier_that_a_machine_can_find(
        site: Site, sponsor: Page, complaints: list[str], path: str) -> None:
    """In the dark, where it is looked at too, only colours differ."""
    sponsor.set_viewport_size(PHONE)
    sponsor.goto(address(site, path))
    assert sponsor.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
    assert [text for text in complaints if "404" not in text and not text.endswith("/e")] == []
    sponsor.set_viewport_size(DESK)
    found = [find_barriers(sponsor)]
    if path in DARK:
        sponsor.emulate_media(color_scheme="dark")
        found.append(find_barriers(sponsor, CONTRAST))

    assert [each.violations_count for each in found] == [0] * len(found), [each.generate_report() for each in found]


def test_the_search_for_barriers_finds_one(site: Site, visitor: Page) -> None:
    visitor.goto(f"{site.base}/en/")
    visitor.evaluate("document.querySelector('h1').outerHTML = '<img src=\"/x.png\"><p style=\"color:#ddd\">Pale</p>'")

    assert find_barriers(visitor).violations_count > 0


def test_the_search_in_the_dark_finds_what_is_pale_there_alone(site: Site, visitor: Page) -> None:
    visitor.goto(f"{site.base}/en/")
    visitor.evaluate("document.querySelector('h1').style.color = '#222'")
    before = find_barriers(visitor, CONTRAST).violations_count
    visitor.emulate_media(color_scheme="dark")

    assert (before, find_barriers(visitor, CONTRAST).violations_count) == (0, 1)


def test_the_first_tab_leads_past_the_frame(site: Site, visitor: Page) -> None:
    visitor.goto(f"{site.base}/en/diseases/sampleitis")
    visitor.keyboard.press("Tab")
    skip = visitor.locator(".skip-link")
    assert skip.evaluate("link => link === document.activeElement && link.getBoundingClientRect().top >= 0")
    visitor.keyboard.press("Enter")

    assert visitor.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("path", ["/en/", "/en/diseases/sampleitis", "/sign-in"])
def test_every_stop_of_the_keyboard_is_seen(site: Site, visitor: Page, path: str) -> None:
    visitor.goto(site.base + path)
    stops = 0
    while stops < 60:
        visitor.keyboard.press("Tab")
        tag, style, width = visitor.evaluate(FOCUS)
        if tag == "BODY":
            break
        stops += 1
        assert style != "none" and width >= 2, visitor.evaluate("document.activeElement.outerHTML")

    assert stops > 4


@pytest.mark.parametrize("path", ["/en/", "/zh/diseases/", "/en/diseases/sampleitis", "/sign-in", "/demo/"])
def test_every_link_that_is_seen_is_reached_by_keyboard(site: Site, visitor: Page, path: str) -> None:
    visitor.goto(site.base + path)
    links = visitor.evaluate("""[...document.querySelectorAll('a[href]')].filter(link => link.checkVisibility()
      && !link.closest('details:not([open])')).map(link => link.href)""")
    reached = set()
    for _ in range(200):
        visitor.keyboard.press("Tab")
        if visitor.evaluate("document.activeElement === document.body"):
            break
        reached.add(visitor.evaluate("document.activeElement.href"))

    assert len(links) > 3 and set(links) - reached == set()


def test_language_market_and_edition_switch_without_scripts(site: Site, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{site.base}/en/diseases/sampleitis")
    page.locator(".menu summary").click()
    page.locator(".menu-items a").first.click()
    assert page.url == f"{site.base}/en-gb/diseases/sampleitis"
    page.locator(".editions a").click()
    assert page.url == f"{site.base}/en-gb/pro/diseases/sampleitis"
    page.locator(".editions a").click()
    page.locator(".languages a").click()
    assert page.url == f"{site.base}/zh-gb/diseases/sampleitis"
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert not page.locator("[data-counting]").is_visible(), "nothing is counted, so there is nothing to stop"


def test_contents_and_references_lead_there_and_back_without_scripts(site: Site, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{site.base}/en/diseases/sampleitis")
    page.locator(".body a[href='#ref-1']").first.click()
    assert page.url.endswith("#ref-1")
    page.locator(".back-links a").first.click()

    assert page.locator(f"[id='{page.url.partition('#')[2]}']").count() == 1


def test_a_sponsor_signs_in_and_out_without_scripts(site: Site, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{site.base}/sign-in")
    page.fill("[name=email]", SPONSOR)
    page.fill("[name=password]", builders.PASSWORD)
    page.keyboard.press("Enter")
    builders.type_code_in_browser(page)
    page.wait_for_url("**/sponsor/")
    page.locator("form[action='/sign-out'] button").click()
    page.goto(f"{site.base}/sponsor/")

    assert "/sign-in" in page.url


def test_one_click_stops_the_mails_without_scripts(site: Site, new_page: NewPage) -> None:
    with site.platform.database.writing() as session:
        company = builders.company(session)
        code = builders.consent(session, builders.account(session), company).code
    page = new_page(java_script_enabled=False)
    page.goto(f"{site.base}/u/{code}")
    page.get_by_role("button", name="Stop mails from").click()

    expect(page.get_by_role("heading", name="The mails have stopped")).to_be_visible()


def test_on_paper_only_what_is_read_is_left(site: Site, visitor: Page) -> None:
    visitor.goto(f"{site.base}/en/diseases/sampleitis")
    visitor.emulate_media(media="print")

    for hidden in (".site-nav", ".places", ".footer-nav", ".contents", ".counting", ".skip-link"):
        assert visitor.locator(hidden).count() and not visitor.locator(hidden).first.is_visible(), hidden
    for shown in ("h1", ".provenance", ".body", ".references"):
        assert visitor.locator(shown).first.is_visible(), shown


@pytest.mark.parametrize(("path", "word"), [("/en/drugs/samplin", "heals"), ("/zh/drugs/samplin", "自己好")])
def test_a_word_is_explained_by_keyboard_and_by_touch_without_scripts(
        site: Site, new_page: NewPage, path: str, word: str) -> None:
    page = new_page(viewport=PHONE, java_script_enabled=False, has_touch=True)
    page.goto(site.base + path)
    term = page.locator("a.term")
    expect(term).to_have_text(word)
    term.tap()
    expect(page.locator("dt:target")).to_have_text(word)
    expect(page.locator("dt:target")).to_be_in_viewport()
    page.keyboard.press("Tab")  # from the entry: its source, then the way back
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("a.term:target")).to_be_in_viewport()
