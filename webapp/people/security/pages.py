"""What each page about signing in says and asks: data for the one template that draws them all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import current_app, g, request
from flask_login import current_user  # type: ignore[import-untyped]
from markupsafe import Markup

from webapp.core.errors import N_
from webapp.core.languages import Language, preferred
from webapp.core.render import show_zone
from webapp.people import guards
from webapp.people.security import again
from webapp.people.security.forms import MailAskedMixin
from webapp.people.security.settings import BAD_LINK

N_("This field is required.")  # the form library's own
N_("Not a valid choice.")
N_("Not a valid date value.")
TEMPLATE = "people/form.html"
NOTICES = {
    "mail-sent": N_("Look into your mailbox: we have sent you a mail. If none comes, look among the unwanted ones."),
    "confirmed": N_("Your address is confirmed. Sign in."),
    "password-set": N_("The new password holds. Other devices were signed out."),
    "address-changed": N_("Your account uses the new address from now on."), "bad-link": BAD_LINK,
    "ended": N_("Signed out there."),
    "first-passkey": N_("Your address is confirmed. Make your passkey now: it is how you will sign in."),
}


@dataclass(frozen=True)
class Field:
    """One thing that a form asks."""

    name: str
    label: str
    type: str = "text"
    autocomplete: str = "off"
    hint: str = ""


@dataclass(frozen=True)
class Page:
    """One page. `forms`: names under which Flask-Security hands in the form whose fields and errors it shows."""

    title: str
    lead: str = ""
    fields: tuple[Field, ...] = ()
    button: str = ""
    form: str = ""
    action: str = ""
    """Where it is sent; empty: where it was asked for."""
    hidden: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


EMAIL = Field("email", N_("E-mail address"), "email", "username")
PASSWORD = Field("password", N_("Password"), "password", "current-password")
NEW = Field("password", N_("New password"), "password", "new-password",
            N_("12 characters or more. Several words are easy to remember."))
CODE = Field("code", N_("Code"), "text", "one-time-code", N_("The six digits that your authenticator app shows now."))
SIGN_IN_LINK = (N_("Sign in"), "/sign-in")
PAGES: Mapping[str, Page] = {
    "sign-in": Page(
        N_("Sign in"), N_("You need no account to read."), (EMAIL, PASSWORD), N_("Sign in"), "login_user_form",
        links=((N_("Sign in with a passkey"), "/sign-in/passkey"), (N_("Set a new password"), "/reset"),
               (N_("Make an account"), "/sign-up"))),
    "sign-up": Page(
        N_("Make an account"), N_("You can read everything without one. With one you can keep your place."),
        (Field("kind", N_("Who are you?"), "radio"), EMAIL, Field("way", N_("How will you sign in?"), "radio"),
         replace(NEW, label=N_("Password"), hint=N_(
             "12 characters or more. Several words are easy to remember. Leave it empty if you use a passkey.")),
         Field("birth_date", N_("Day of birth"), "date", "bday",
               N_("We look whether you are old enough, and do not keep it.")),
         Field("market", N_("Country"), "select"), Field("language", N_("Language"), "select"),
         Field("time_zone", N_("Time zone"), "select")),
        N_("Make my account"), "register_user_form",
        links=(SIGN_IN_LINK, (N_("Send me the confirmation again"), "/sign-up/confirm"))),
    "confirm-again": Page(
        N_("Confirm your address"), N_("We send you a new link."), (EMAIL,), N_("Send the link"),
        "send_confirmation_form", links=(SIGN_IN_LINK,)),
    "confirm-email": Page(N_("Confirm your address"), N_("Press the button, and you can sign in."), (),
                          N_("Confirm my address")),
    "confirm-new-email": Page(N_("Confirm your new address"),
                              N_("Press the button, and your account uses this address."), (), N_("Use this address")),
    "reset": Page(N_("Set a new password"), N_("We send you a link. It is good for a day, and once."), (EMAIL,),
                  N_("Send the link"), "forgot_password_form", links=(SIGN_IN_LINK,)),
    "new-password": Page(N_("Set a new password"), N_("All devices are signed out."), (NEW,), N_("Set the password"),
                         "reset_password_form"),
    "change-password": Page(
        N_("Change your password"), N_("Your other devices are signed out."),
        (replace(PASSWORD, label=N_("Present password")), replace(NEW, name="new_password")), N_("Set the password"),
        "change_password_form"),
    "change-email": Page(
        N_("Change your address"), N_("We send a link to the new address. Nothing changes until you open it."),
        (replace(EMAIL, label=N_("New e-mail address"), autocomplete="email"),), N_("Send the link"),
        "change_email_form"),
    "again": Page(N_("Show that it is you"), N_("What comes next needs your password once more."), (PASSWORD, CODE),
                  N_("Go on"), "verify_form", links=((N_("Use a passkey"), "/account/again/passkey"),)),
    "again-code": Page(N_("Show that it is you"), N_("One thing more: the code of your authenticator app."), (CODE,),
                       N_("Go on"), "verify_form"),
    "second-factor": Page(
        N_("Second factor"), N_("An app on your phone shows a code that you type after your password."), (),
        N_("Set up an authenticator app"), "two_factor_setup_form", hidden=(("setup", "authenticator"),)),
    "second-factor-scan": Page(
        N_("Second factor"), N_("Scan the picture with an authenticator app, or type the key. Then type its code."),
        (CODE,), N_("Confirm the code"), "two_factor_verify_code_form", action="/sign-in/code"),
    "code": Page(N_("Type your code"), "", (CODE,), N_("Sign in"), "two_factor_verify_code_form",
                 links=((N_("Use a recovery code"), "/sign-in/recovery-code"),)),
    "which-factor": Page(N_("How do you go on?"), "", (Field("which", N_("Second factor"), "radio"),), N_("Go on"),
                         "two_factor_select_form"),
    "recovery-code": Page(N_("Use a recovery code"), N_("Each is good once."),
                          (replace(CODE, label=N_("Recovery code"), hint=N_("Such as 1a2b-3c4d-5e6f.")),),
                          N_("Sign in"), "mf_recovery_form"),
    "recovery-codes": Page(
        N_("Recovery codes"), N_("They let you in without your phone. Making new ones ends the old ones."), (),
        N_("Make new codes"), "mf_recovery_codes_form", links=((N_("Your sign-in"), "/account/security"),)),
    "passkeys": Page(
        N_("Passkeys"), N_("A passkey is kept by your device, which asks for your finger, face or code."),
        (Field("name", N_("Name of the new passkey"), hint=N_("Such as: my phone.")),
         Field("usage", N_("Use it"), "radio")), N_("Make a passkey"), "wan_register_form",
        links=((N_("Your sign-in"), "/account/security"),)),
    "passkey-sign-in": Page(N_("Sign in with a passkey"), N_("Your device asks for your finger, face or code."), (),
                            N_("Use a passkey"), "wan_signin_form", links=((N_("Sign in another way"), "/sign-in"),)),
    "organisation": Page(
        N_("Sign in with your organisation"),
        N_("For staff and sponsors. Your organisation asks who you are, and tells us your e-mail address."), (),
        N_("Go to my organisation"), links=((N_("Sign in another way"), "/sign-in"),)),
    "organisation-again": Page(
        N_("Show that it is you"), N_("What comes next needs your organisation's sign-in once more."), (),
        N_("Go to my organisation")),
    "organisation-go": Page(N_("Sign in with your organisation"), N_("You leave this site for a moment.")),
    "organisation-back": Page(
        N_("Sign in with your organisation"), N_("Your organisation has answered. Press the button, and you go on."),
        (), N_("Go on"), action="/sign-in/organisation/back"),
    "organisation-refused": Page(
        N_("Sign in with your organisation"),
        links=((N_("Try again"), "/sign-in/organisation"), (N_("Sign in another way"), "/sign-in"))),
    "passkey-again": Page(N_("Show that it is you"), N_("Your device asks for your finger, face or code."), (),
                          N_("Use a passkey"), "wan_verify_form"),
}
FIRST_ZONES = {"us": "America/New_York", "gb": "Europe/London", "eu": "Europe/Paris", "cn": "Asia/Shanghai"}
"""What a market's form offers first."""
CHOICES = {
    "first": N_("In place of my password"), "secondary": N_("After my password"), "webauthn": N_("Passkey"),
    "authenticator": N_("Authenticator app"),
}
CEREMONIES = {"passkeys": ("create", "/account/passkeys/"), "passkey-sign-in": ("get", "/sign-in/passkey/"),
              "passkey-again": ("get", "/account/again/passkey/")}


def drawer(render: Callable[..., str]) -> Callable[..., str]:
    """What Flask-Security calls to render: its template's name is the page's."""
    def draw(name: str, **context: Any) -> str:
        if name == "second-factor" and context.get("chosen_method"):
            name = "second-factor-scan"
        if name == "again" and again.is_first_shown():
            name = "again-code"
        page = PAGES[name]
        form = context.get(page.form)
        return render(TEMPLATE, title=page.title, **shown(name, page, form, context))
    return draw


def shown(name: str, page: Page, form: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    """What the template is handed."""
    notice = _notice(form)
    codes = context.get("recovery_codes") if request.method == "POST" else None  # they are shown once
    if context.get("wan_state"):
        kind, address = CEREMONIES[name]
        ceremony = {"kind": kind, "options": context["credential_options"], "action": address + context["wan_state"]}
    else:
        ceremony = None
    return {
        "form": page, "action": page.action or request.full_path.rstrip("?"),
        "hidden": (*page.hidden, *context.get("hidden", ())), "onward": context.get("onward", ""),
        "notice": NOTICES.get(notice, ""), "is_bad_link": notice == "bad-link",
        "problems": [context["problem"]] if context.get("problem") else problems(form),
        "fields": [] if ceremony else list(asked(page, form)), "next": request.values.get("next", ""),
        "is_signed_in": current_user.is_authenticated,
        "links": links(name, page), "codes": codes, "picture": Markup(context.get("authr_qrcode") or ""),
        "key": context.get("authr_key", ""), "ceremony": ceremony,
        "passkeys": [entry["name"] for entry in context.get("registered_credentials", [])]}


def _notice(form: Any) -> str:
    """Its name: of a mail that was asked for, for every address alike; else the one that the address of the page
    holds."""
    if request.method == "POST" and isinstance(form, MailAskedMixin):
        form.tell_fault()
        return "" if form.fault else "mail-sent"
    return request.args.get("notice", "")


def links(name: str, page: Page) -> Iterable[tuple[str, str]]:
    """Ways on; a passkey is offered to whoever has one in place of the password, and an organisation where one is
    set up."""
    if name == "again" and not again.has_passkey(guards.account(), "first"):
        return ()
    if name == "sign-in" and "organisation" in current_app.extensions:
        wanted = request.values.get("next", "")
        way_there = f"/sign-in/organisation?{urlencode({'next': wanted})}" if wanted else "/sign-in/organisation"
        return (*page.links, (N_("Sign in with your organisation"), way_there))
    return page.links


def asked(page: Page, form: Any) -> Iterable[dict[str, Any]]:
    """The fields with what was filled in; secrets are not shown again."""
    for field in page.fields:
        if _is_not_asked(page, field):
            continue
        bound = form[field.name]
        value = "" if field.type == "password" or field.name == "code" else bound.raw_data[0] if bound.raw_data else ""
        choices = [(key, _choice(field.name, str(key), str(label)))
                   for key, label in getattr(bound, "choices", None) or ()
                   if not (key == "secondary" and not guards.account().password)]
        yield {"name": field.name, "label": field.label, "type": field.type, "autocomplete": field.autocomplete,
               "hint": field.hint, "value": value or _first(field.name, bound), "choices": choices,
               "is_wrong": bool(bound.errors)}


def _is_not_asked(page: Page, field: Field) -> bool:
    """What an account does not have is not asked of it."""
    if page.form == "verify_form":
        return field.name == "code" and not guards.account().tf_totp_secret
    return page.form == "change_password_form" and field.name == "password" and not guards.account().password


def _choice(name: str, key: str, label: str) -> str:
    return show_zone(key, _language()) if name == "time_zone" else CHOICES.get(key, label)


def _language() -> Language:
    """What the page itself is shown in."""
    return guards.chosen_language() or preferred(request.accept_languages)


def _first(name: str, bound: Any) -> str:
    language = _language()
    market = g.platform.homes[language.url]
    offered = {"language": language.tag, "market": market, "time_zone": FIRST_ZONES[market],
               "usage": "first", "way": "password"}
    return offered.get(name, "") if name != "email" else str(bound.data or "")


def problems(form: Any) -> list[str]:
    """What was wrong, each once, to be translated."""
    if form is None:
        return []
    found = [str(entry) for entries in form.errors.values() for entry in entries]
    return list(dict.fromkeys(found))
