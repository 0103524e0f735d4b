"""The gate and the operators' policy pages in a browser: without barriers, on a phone, in the dark, without scripts."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests import builders
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, serving, sign_in
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.core.render import Renderer
from webapp.people.rules import AccountKind, Role

DOCTOR, READER = "doctor@clinic.example", "reader@clinic.example"
GATED = "/en-gb/pro/drugs/zyxwonderol"
PHONE = {"width": 360, "height": 740}
SECRET = "Ask for it by name"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_file: object, renderer: Renderer) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("site"), migrated_file, renderer) as site:  # type: ignore[arg-type]
        builders.published_document(
            site.platform, site.folder / "content", now=datetime.now(UTC), kind=Kind.DRUG, slug="zyxwonderol",
            audience=Audience.HCP, markets=("gb",), content_class="promotional", text=SECRET,
            funding={"kind": "sponsored", "company": "Northwind", "influence": "All of it."})
        site.look_again()
        with site.platform.database.writing() as session:
            builders.account(session, Role.HCP, email=DOCTOR, market="gb", kind=AccountKind.HCP)
            builders.account(session, Role.READER, email=READER, market="gb")
        yield site


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scripts", [True, False])
def test_the_gate_has_no_barrier_and_fits_a_phone(site: Site, new_page: NewPage, theme: str, scripts: bool) -> None:
    page = new_page(viewport=PHONE, color_scheme=theme, java_script_enabled=scripts)
    answer = page.goto(f"{site.base}{GATED}")
    assert answer is not None and answer.status == 403
    assert page.get_by_role("link", name="Have your profession verified").is_visible()
    assert SECRET not in page.content()
    if scripts:
        assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
        found = find_barriers(page)
        assert found.violations_count == 0, found.generate_report()


def test_after_a_doctor_read_it_and_signed_out_the_same_browser_is_at_the_gate(site: Site, new_page: NewPage) -> None:
    """By address, by reloading, and by going back: nothing kept the page."""
    page = new_page()
    sign_in(page, site, DOCTOR)
    page.goto(f"{site.base}{GATED}")
    assert SECRET in page.content()
    page.context.clear_cookies()
    page.goto(f"{site.base}{GATED}")
    assert SECRET not in page.content()
    page.reload()
    assert SECRET not in page.content()
    page.go_back()
    assert SECRET not in page.content()


def test_somebody_unverified_is_told_so(site: Site, new_page: NewPage) -> None:
    page = new_page()
    sign_in(page, site, READER)
    page.goto(f"{site.base}{GATED}")
    assert SECRET not in page.content()
    assert page.get_by_text("Your account is not verified yet").is_visible()
