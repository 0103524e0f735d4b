"""A passkey in a real browser: made on the account's page, then signed in with, by Chromium's virtual authenticator."""

from playwright.sync_api import Page

from tests import builders
from tests.browser.conftest import NewPage, Site


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
    page.get_by_role("button", name="Remove my phone").wait_for(timeout=8000)
    page.context.clear_cookies()
    page.goto(f"{base}/sign-in/passkey")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/en/")
    page.goto(f"{base}/account/security")
    assert person.email in page.inner_text("main")
