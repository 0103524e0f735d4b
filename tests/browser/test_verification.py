"""A doctor applies and an operator decides: in a browser, on a phone, without scripts."""

from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from tests import builders
from tests.browser.barriers import find_barriers
from tests.browser.conftest import NewPage, Site, sign_in
from tests.professionals import claims
from tests.professionals.claims import PDF
from webapp.core import clock
from webapp.people.rules import AccountKind, Role
from webapp.professionals.rules.states import VALID_FOR

PHONE = {"width": 360, "height": 740}


def is_clean(page: Page) -> bool:
    """Whether axe finds nothing and nothing hangs over the phone's edge."""
    found = find_barriers(page)
    assert found.violations_count == 0, found.generate_report()
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_doctor_applies_an_operator_decides_and_the_person_is_told(
        site: Site, new_page: NewPage, tmp_path: Path) -> None:
    with site.platform.database.writing() as session:
        doctor = builders.account(session, kind=AccountKind.HCP, market="cn", language="zh-Hans")
        operator = builders.account(session, Role.OPERATOR)
    certificate = tmp_path / "certificate.pdf"
    certificate.write_bytes(PDF)
    phone = sign_in(new_page(viewport=PHONE, locale="zh-CN"), site, doctor.email)
    phone.goto(f"{site.base}/account/verification")
    assert is_clean(phone)
    phone.fill("#number", "１１０４３０１２２０００１２３")
    phone.fill("#family_name", "王")
    phone.fill("#given_name", "示例")
    phone.select_option("#specialty", "207RC0000X")
    phone.click("form.form button")
    expect(phone.locator("#document-fault")).to_be_visible()
    assert phone.input_value("#family_name") == "王"
    assert is_clean(phone)
    phone.set_input_files("#document", certificate)
    phone.click("form.form button")
    expect(phone.locator("#standing")).to_contain_text("正在核实")

    desk = sign_in(new_page(java_script_enabled=False), site, operator.email)
    desk.goto(f"{site.base}/ops/verification/")
    desk.click("table a")
    with desk.expect_download() as download:
        desk.click("text=Save the document")
    assert Path(download.value.path()).read_bytes() == PDF
    desk.check("input[value='verify:document-checked']")
    desk.click("text=Record the decision")
    expect(desk.locator(".page-head")).to_contain_text("Verified")
    assert "Document opened" in desk.inner_text(".events")

    phone.reload()
    assert "您已通过认证" in phone.inner_text("#standing") and is_clean(phone)


def test_what_an_operator_decides_stands_on_the_persons_page_at_once(site: Site, new_page: NewPage) -> None:
    with site.platform.database.writing() as session:
        doctor = builders.account(session, kind=AccountKind.HCP)
        operator = builders.account(session, Role.OPERATOR)
    page = sign_in(new_page(), site, doctor.email)
    page.goto(f"{site.base}/account/verification")
    for name, value in (("number", "1234567893"), ("given_name", "Ann"), ("family_name", "Example"), ("region", "ny")):
        page.fill(f"#{name}", value)
    page.select_option("#specialty", "207RC0000X")
    page.click("form.form button")
    expect(page.locator("#standing")).to_contain_text("checking your application")
    desk = sign_in(new_page(viewport=PHONE), site, operator.email)
    for answer, told in (("verify:register-checked", "You are verified"), ("revoke:licence-ended", "was revoked")):
        desk.goto(f"{site.base}/ops/verification/")
        assert is_clean(desk)
        desk.click("table a")
        assert is_clean(desk)
        desk.check(f"input[value='{answer}']")
        desk.click("text=Record the decision")
        page.reload()
        assert told in page.inner_text("#standing")


def test_a_doctor_renews_on_a_phone_and_the_way_to_a_mistake_is_one_link(site: Site, new_page: NewPage) -> None:
    began = clock.now() - VALID_FOR + timedelta(days=30)
    with site.platform.database.writing() as session:
        doctor = builders.account(session, kind=AccountKind.HCP, language="zh-Hans")
        made = claims.apply(session, doctor, number="1245319599", now=began)
        claims.decide(session, made, builders.account(session, Role.OPERATOR), now=began)
    phone = sign_in(new_page(viewport=PHONE, locale="zh-CN"), site, doctor.email)
    phone.goto(f"{site.base}/account/verification")
    assert is_clean(phone)
    phone.fill("#number", "1245319590")
    phone.click("text=续期我的认证")
    phone.click("#faults a")
    assert phone.url.endswith("#number") and is_clean(phone)
    phone.fill("#number", "1245319599")
    phone.click("text=续期我的认证")
    expect(phone.locator("#standing")).to_contain_text("正在核实您的续期申请")
    assert is_clean(phone)
