"""The report of one's credit to the accreditor, on a phone and at a desk, in both languages: no barrier, and put right
by keyboard."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import builders
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, serving, sign_in
from tests.browser.test_education import press, to
from tests.cme import activities, certified
from webapp.cme.service import pars, reporting
from webapp.cme.service.pars import Kind, Record, State
from webapp.core import clock
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.render import Renderer
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role

SIZES = ({"width": 360, "height": 740}, {"width": 1280, "height": 900})
TYPED = {"pars_agrees": "yes", "pars_given": "Ann", "pars_family": "Exmaple", "pars_state": "NY",
         "pars_licence": "123456", "pars_month": "2", "pars_day": "29"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, renderer: Renderer) -> Iterator[Site]:
    """A site with an activity that somebody answers for."""
    with serving(tmp_path_factory.mktemp("site"), migrated_file, renderer) as site:
        with site.platform.database.writing() as session:
            certified.publish_reviewed(session, clock.now())
        yield site


def rejected(site: Site) -> tuple[Account, str]:
    """A physician whose record was not taken, and the address of its page."""
    now = clock.now()
    with site.platform.database.writing() as session:
        person = builders.account(session, Role.HCP, kind=AccountKind.HCP, now=now)
        held = certified.ready(session, now, account=person)
        certified.certify(session, held, now, amounts={"ama-pra-1": "0.5"}, provider=activities.ACCREDITED,
                          is_verified=True)
        reporting.consent(session, site.platform.ring, activities.again(session, held), TYPED, now)

    def carry(record: Record) -> tuple[State, str]:
        return (State.ACCEPTED if record.kind is Kind.ACTIVITY else State.REJECTED), "http-422"

    pars.run(site.platform.database, site.platform.ring, activities.ACCREDITED, date(now.year, 1, 1), now.date(), carry,
             By(COMMAND_LINE, datetime.now(UTC)))
    return person, f"{site.base}/account/cme/reports/{held.key}"


def check(page: Page, address: str) -> None:
    """In both languages at both sizes nothing hangs over the edge, and axe finds nothing."""
    for language in ("en", "zh-Hans"):
        page.goto(f"{address}?language={language}")
        for size in SIZES:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            found = find_barriers(page)
            assert found.violations_count == 0, found.generate_report()


def test_a_record_that_was_not_taken_is_put_right_by_keyboard(site: Site, new_page: NewPage) -> None:
    page = new_page()
    person, address = rejected(site)
    sign_in(page, site, person.email)
    check(page, address)
    page.goto(f"{address}?language=en")
    to(page, "#pars_family")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Example")
    press(page)
    expect(page.locator("#pars_family")).to_have_value("Example")
    assert "next report" in page.inner_text(".notice")
    check(page, address)
