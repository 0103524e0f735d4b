"""An activity on a phone: the whole path by keyboard alone, each page looked at by axe, a connection that is lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, select

from tests import builders
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, serving, sign_in
from tests.builders import PASSWORD
from tests.cme import activities
from webapp.cme import queries
from webapp.cme.models import CmeAnswer, CmeAttempt, CmeEvaluation, CmeParticipation
from webapp.cme.rules import scoring
from webapp.cme.rules.assessment import Question
from webapp.cme.service import versions
from webapp.core import clock
from webapp.core.render import Renderer
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role

PHONE = {"width": 360, "height": 740}
QUESTION = "form[data-answer]"
MOST_TABS = 80


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_file: object, renderer: Renderer) -> Iterator[Site]:
    """A site with one activity."""
    with serving(tmp_path_factory.mktemp("site"), migrated_file, renderer) as site:  # type: ignore[arg-type]
        with site.platform.database.writing() as session:
            activities.publish(session, clock.now())
        yield site


def learner(site: Site) -> Account:
    with site.platform.database.writing() as session:
        return builders.account(session, Role.READER, kind=AccountKind.PATIENT, now=clock.now())


def begun(site: Site, person: Account, language: str = "en") -> str:
    with site.platform.database.writing() as session:
        return f"/cme/learn/{activities.learner(session, clock.now(), account=person, language=language).key}"


def is_clean(page: Page) -> bool:
    """Whether axe finds nothing and nothing hangs over the phone's edge."""
    found = find_barriers(page)
    assert found.violations_count == 0, found.generate_report()
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def to(page: Page, selector: str) -> None:
    """Goes on with the tabulator until what is meant has the focus."""
    for _ in range(MOST_TABS):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not come to {selector} on {page.url}")


def press(page: Page, selector: str = "main form button") -> None:
    """Presses a button or follows a link, and waits for the page behind it."""
    to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def fill_in(page: Page, person: Account) -> None:
    """Signs in on the page that asks for it."""
    to(page, "[name=email]")
    page.keyboard.type(person.email)
    to(page, "[name=password]")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def open_test(session: Session, person: Account) -> CmeAttempt:
    return session.scalars(select(CmeAttempt).join(CmeParticipation).where(
        CmeParticipation.account_id == person.id, CmeAttempt.submitted_at.is_(None))).one()  # type: ignore[union-attr]


def rights(site: Site, person: Account) -> list[tuple[str, list[str]]]:
    """(kind, what a form sends) of the open test's questions, by somebody who knows."""
    with site.platform.database.reading() as session:
        return [(question.kind, activities.right_answer(question, item))
                for question, item in items_of(session, open_test(session, person))]


def items_of(session: Session, attempt: CmeAttempt) -> list[tuple[Question, scoring.Item]]:
    """What a test asks, in its order."""
    held = session.get_one(CmeParticipation, attempt.participation_id)
    file = versions.assessment(queries.version(session, held.version_id))
    return [(scoring.question_of(file, item.question), item) for item in scoring.items_of(attempt.items)]


def answer(page: Page, kind: str, values: list[str]) -> None:
    """Answers the question shown, by keyboard."""
    if kind == "numeric":
        to(page, "#n")
        page.keyboard.type(values[0])
    elif kind in ("matching", "ordering"):
        for number, value in enumerate(values, 1):
            to(page, f"#{kind[0]}-{number}")
            for _ in range(int(value) + 1):
                page.keyboard.press("ArrowDown")
    elif kind == "several":
        for value in values:
            to(page, f"[name=answer][value='{value}']")
            page.keyboard.press("Space")
    else:
        to(page, "[name=answer]")
        page.keyboard.press("Space")
        place = ["true", "false"].index(values[0]) if kind == "true-false" else int(values[0])
        for _ in range(place):
            page.keyboard.press("ArrowDown")


def take_test(page: Page, site: Site, person: Account, seen: set[str]) -> None:
    """Begins a test, answers everything rightly, and hands it in; axe looks at each kind of question once."""
    press(page)
    for kind, values in rights(site, person):
        answer(page, kind, values)
        expect(page.locator("[data-status]")).to_have_text("Answer saved.")
        if kind not in seen:
            assert is_clean(page)
            seen.add(kind)
        press(page, f"{QUESTION} button")
    assert is_clean(page)
    press(page)


def test_a_learner_comes_from_the_list_to_the_certificate_by_keyboard_alone(site: Site, new_page: NewPage) -> None:
    page, person = new_page(viewport=PHONE), learner(site)
    page.goto(f"{site.base}/sign-in?language=en")
    fill_in(page, person)
    page.goto(f"{site.base}/cme/")
    assert is_clean(page)
    press(page, f"a[href='/cme/{activities.SLUG}']")
    assert is_clean(page)
    to(page, "#profession")
    page.keyboard.type("Nurse")
    press(page, ".cme-begin button")
    assert is_clean(page)
    press(page)
    assert is_clean(page)
    expect(page.get_by_text("There is no clock.")).to_contain_text("saved as you give it")
    seen: set[str] = set()
    take_test(page, site, person, seen)
    for number in range(1, 6):
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Part {number}")
        assert number > 1 or is_clean(page)
        press(page)
    take_test(page, site, person, seen)
    assert seen >= {"single", "several", "true-false", "matching", "ordering"}
    expect(page.get_by_role("heading", level=1)).to_have_text("Passed")
    assert is_clean(page)
    press(page, "main a.button")
    assert is_clean(page)
    for name in (*(f"met-{key}" for key in activities.OBJECTIVES), "overall", "biased", "change"):
        to(page, f"[name='{name}']")
        page.keyboard.press("Space")
    press(page)
    assert is_clean(page)
    to(page, "#c-hours")
    page.keyboard.type("0.5")
    press(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Activity completed")
    assert is_clean(page)


def test_a_lost_connection_loses_no_answer(site: Site, new_page: NewPage) -> None:
    page, person = new_page(viewport=PHONE), learner(site)
    sign_in(page, site, person.email)
    way = begun(site, person)
    page.goto(site.base + way)
    press(page)
    press(page)
    question = page.url
    kind, values = rights(site, person)[0]
    page.context.set_offline(True)
    answer(page, kind, values)
    expect(page.locator("[data-status]")).to_contain_text("kept on this device")
    page.locator(f"{QUESTION} button").click()
    expect(page).to_have_url(question)
    page.context.set_offline(False)
    expect(page.locator("[data-status]")).to_have_text("Answer saved.")
    with site.platform.database.reading() as session:
        assert session.get(CmeAnswer, (open_test(session, person).id, 0)) is not None
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_a_sign_in_that_runs_out_loses_no_answer(site: Site, new_page: NewPage) -> None:
    page, person = new_page(viewport=PHONE), learner(site)
    sign_in(page, site, person.email)
    way = begun(site, person)
    page.goto(site.base + way)
    press(page)
    press(page)
    kind, values = rights(site, person)[0]
    page.context.clear_cookies()
    answer(page, kind, values)
    expect(page.locator("[data-status]")).to_contain_text("no longer signed in")
    press(page, f"{QUESTION} button")
    fill_in(page, person)
    expect(page.get_by_role("heading", level=1)).to_have_text("Question 1 of 5")
    press(page, f"{QUESTION} button")
    with site.platform.database.reading() as session:
        attempt = open_test(session, person)
        question, item = items_of(session, attempt)[0]
        kept = session.get_one(CmeAnswer, (attempt.id, 0))
        assert scoring.is_right(question, item, kept.given)
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_a_view_that_cannot_be_sent_is_kept_until_it_can(site: Site, new_page: NewPage) -> None:
    page, person = new_page(viewport=PHONE), learner(site)
    with site.platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person)
        activities.up_to_evaluation(session, held, clock.now())
    place = f"{site.base}/cme/learn/{held.key}/evaluation"
    sign_in(page, site, person.email)
    page.goto(place)
    for name in (*(f"met-{key}" for key in activities.OBJECTIVES), "overall", "biased", "change"):
        page.locator(f"[name='{name}']").first.check()
    page.locator("[name=comment]").fill("More cases, please.")
    page.context.set_offline(True)
    page.locator("main form button").click()
    expect(page.locator("[data-status]")).to_contain_text("kept in this tab")
    page.context.set_offline(False)
    page.context.clear_cookies()
    press(page)
    fill_in(page, person)
    expect(page).to_have_url(place)
    press(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Credit")
    assert page.evaluate("Object.keys(sessionStorage).length") == 0
    with site.platform.database.reading() as session:
        assert session.get_one(CmeEvaluation, held.id).words == {"comment": "More cases, please."}


def test_another_device_goes_on_where_one_stopped(site: Site, new_page: NewPage) -> None:
    person = learner(site)
    phone, desk = new_page(viewport=PHONE), new_page()
    way = begun(site, person)
    sign_in(phone, site, person.email)
    phone.goto(site.base + way)
    press(phone)
    press(phone)
    answer(phone, *rights(site, person)[0])
    press(phone, f"{QUESTION} button")
    sign_in(desk, site, person.email)
    desk.goto(f"{site.base}{way}/test/pre")
    press(desk)
    expect(desk.get_by_role("heading", level=1)).to_have_text("Question 2 of 5")


def test_in_chinese_axe_finds_nothing_either(site: Site, new_page: NewPage) -> None:
    page, person = new_page(viewport=PHONE, locale="zh-CN"), learner(site)
    sign_in(page, site, person.email)
    way = begun(site, person, "zh-Hans")
    page.goto(f"{site.base}{way}/disclosures")
    assert page.locator("html").get_attribute("lang") == "zh-Hans" and is_clean(page)
