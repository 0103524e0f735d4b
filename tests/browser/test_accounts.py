"""Accounts in a browser: signing up by the mail's link, codes, and passkeys by Chromium's virtual authenticator."""

from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import delete, update
from sqlmodel import select

from tests import builders, organisation
from tests.browser.conftest import NewPage, Site, serving
from webapp.channels.models import Outgoing
from webapp.core.db import Database
from webapp.core.render import Renderer
from webapp.people import service
from webapp.people.models import Account, SignIn
from webapp.people.rules import Role

PHONE = {"width": 360, "height": 740}
EMAIL, PASSWORD = "new@clinic.example", "four odd lamps sing"


def authenticator(page: Page) -> None:
    """A device that always shows the right finger."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True}})


def test_a_passkey_is_made_and_signed_in_with(site: Site, new_page: NewPage) -> None:
    with site.platform.database.writing() as session:
        person = builders.account(session)
    base = site.base.replace("127.0.0.1", "localhost")
    page = new_page()
    authenticator(page)
    page.goto(f"{base}/sign-in")
    page.fill("[name=email]", person.email)
    page.fill("[name=password]", builders.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/")
    page.goto(f"{base}/account/passkeys")
    page.fill("[name=name]", "my phone")
    page.check("[name=usage][value=first]")
    page.click("main form.form button[type=submit]")
    page.get_by_role("button", name="Remove my phone").wait_for()
    page.context.clear_cookies()
    page.goto(f"{base}/sign-in/passkey")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/en/")
    page.goto(f"{base}/account/security")
    expect(page.locator("main")).to_contain_text(person.email)


def named(site: Site) -> str:
    """The site by its name: passkeys are bound to names, not to numbers."""
    return site.base.replace("127.0.0.1", "localhost")


def mailed_link(site: Site) -> str:
    """Where the last mail leads."""
    with site.platform.database.reading() as session:
        rows = session.scalars(select(Outgoing).order_by(Outgoing.id)).all()  # type: ignore[arg-type]
    return named(site) + str(service.unsealed(site.platform.ring, rows[-1])["path"])


def sign_up(page: Page, site: Site, way: str, password: str = "") -> None:
    page.goto(f"{named(site)}/sign-up")
    page.check("[name=kind][value=patient]")
    page.fill("[name=email]", EMAIL)
    page.check(f"[name=way][value={way}]")
    assert page.locator("[name=password]").is_visible() is bool(password), "asked of whoever wants one"
    if password:
        page.fill("[name=password]", password)
    page.fill("[name=birth_date]", "1980-05-17")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/sign-in?notice=mail-sent")
    page.goto(mailed_link(site))
    page.click("main form button[type=submit]")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_somebody_signs_up_by_the_mails_link_and_signs_in_without_scripts(site: Site, new_page: NewPage) -> None:
    page = new_page(viewport=PHONE, java_script_enabled=False)
    sign_up(page, site, "password", PASSWORD)
    page.wait_for_url("**/sign-in?notice=confirmed")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/en/")
    page.goto(f"{named(site)}/account/security")
    expect(page.locator("main")).to_contain_text(EMAIL)


def test_somebody_signs_up_and_in_by_passkey_alone(site: Site, new_page: NewPage) -> None:
    page = new_page(viewport=PHONE)
    authenticator(page)
    sign_up(page, site, "passkey")
    page.wait_for_url("**/account/passkeys?notice=first-passkey")
    assert page.locator("[name=usage]").count() == 1 and fits(page)
    page.fill("[name=name]", "my phone")
    page.click("main form.form button[type=submit]")
    page.get_by_role("button", name="Remove my phone").wait_for()
    page.context.clear_cookies()
    page.goto(f"{named(site)}/sign-in/passkey")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/en/")
    with site.platform.database.reading() as session:
        assert session.scalars(select(Account.password)).all() == [""]
    before = names(site.platform.database)
    page.goto(f"{named(site)}/account/again?next=/account/security")
    page.click("main form.form button[type=submit]")
    page.wait_for_url("**/account/security")
    assert names(site.platform.database) != before


def test_a_passkey_opens_no_account_that_was_put_out_of_use(site: Site, new_page: NewPage) -> None:
    page = new_page()
    authenticator(page)
    sign_up(page, site, "passkey")
    page.fill("[name=name]", "my phone")
    page.click("main form.form button[type=submit]")
    page.get_by_role("button", name="Remove my phone").wait_for()
    with site.platform.database.writing() as session:
        session.execute(update(Account).values(active=False))
        session.execute(delete(SignIn))
    page.goto(f"{named(site)}/sign-in/passkey")
    with page.expect_response(lambda answer: answer.request.method == "POST" and "passkey/" in answer.url) as answered:
        page.click("main form button[type=submit]")
    assert answered.value.status == 302 and names(site.platform.database) == []


def test_a_code_is_asked_of_staff_and_a_wrong_one_is_told(site: Site, new_page: NewPage) -> None:
    with site.platform.database.writing() as session:
        person = builders.account(session, Role.OPERATOR)
    page = new_page(viewport=PHONE)
    page.goto(f"{site.base}/sign-in")
    page.fill("[name=email]", person.email)
    page.fill("[name=password]", builders.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code**")
    page.fill("[name=code]", "000000")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_contain_text("not right")
    assert fits(page)
    builders.type_code_in_browser(page)
    assert strong(site.platform.database) == [True]


def test_a_password_and_then_a_passkey_show_once_more_that_it_is_you(site: Site, new_page: NewPage) -> None:
    with site.platform.database.writing() as session:
        person = builders.account(session, Role.READER)
    page = new_page()
    authenticator(page)
    page.goto(f"{named(site)}/sign-in")
    page.fill("[name=email]", person.email)
    page.fill("[name=password]", builders.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/")
    page.goto(f"{named(site)}/account/passkeys")
    page.fill("[name=name]", "my key")
    page.check("[name=usage][value=secondary]")
    page.click("main form.form button[type=submit]")
    page.get_by_role("button", name="Remove my key").wait_for()
    page.goto(f"{named(site)}/account/again?next=/account/security")
    page.fill("[name=password]", builders.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/again/passkey**")
    before = names(site.platform.database)
    page.click("main form.form button[type=submit]")
    page.wait_for_url("**/account/security")
    assert names(site.platform.database) != before, "a new name for what was shown again"


def test_a_marketer_goes_to_their_organisation_and_comes_back(
        tmp_path: Path, migrated_file: Path, renderer: Renderer, new_page: NewPage) -> None:
    """The way there passes our own policy of contents, which stops a form that is led to another site."""
    with organisation.listening() as peer, serving(
            tmp_path, migrated_file, renderer, oidc_issuer=peer.issuer, oidc_client_id=organisation.CLIENT,
            oidc_client_secret=organisation.SECRET, oidc_domains=("sponsor.example",)) as site:
        with site.platform.database.writing() as session:
            builders.account(session, Role.MARKETER, company=builders.company(session), email=peer.email)
        page = new_page(viewport=PHONE, java_script_enabled=False)
        page.goto(f"{site.base}/sign-in")
        page.click("text=Sign in with your organisation")
        page.click("text=Go to my organisation")
        page.wait_for_url("**/sign-in/organisation/back?**")
        assert fits(page)
        page.click("main form.form button[type=submit]")
        page.wait_for_url("**/sign-in/code**")
        builders.type_code_in_browser(page)
        page.goto(f"{site.base}/sponsor/")
        assert page.url.endswith("/sponsor/") and strong(site.platform.database) == [True]


def strong(database: Database) -> list[bool]:
    with database.reading() as session:
        return list(session.scalars(select(SignIn.is_strong)))


def names(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(SignIn.key)))
