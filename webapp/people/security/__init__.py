"""Flask-Security's set-up: sign-up, sign-in, second factors, passkeys, and what an account changes about itself.

Its views and forms do the work; what they show is `pages`, rendered by our one environment. Only its sign-in signs
anybody in: it hands out no key, and none is taken from an address, a header or a body. `store` reads through the
request's reading session, so that hashing a password never holds the write lock; `sign_ins` keeps one row per browser,
so that each can be ended.

Ways in (ASVS 5.0, 6.1.3; there is no other): a password, with a second factor by whoever has or needs one (a code, a
passkey after the password, a recovery code); a passkey in the password's place, which for roles that need two factors
must have asked its owner; an organisation's word (`organisation`), for staff and sponsors, as the first factor. A
link by mail opens no account that has a password or a passkey. All of them end in `sign_ins.begin`, which alone says
whether a second factor was shown, and all are limited (`limits`).
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, g, redirect, request, url_for
from flask_login import user_logged_out  # type: ignore[import-untyped]
from flask_security import (
    Security,
    change_email_confirmed,
    password_changed,
    password_reset,
    user_authenticated,
    user_confirmed,
)
from flask_security.utils import login_user

from webapp.core.tokens import KeyRing
from webapp.people import service
from webapp.people.guards import declare
from webapp.people.models import Account, Passkey
from webapp.people.rules import SIGNED_IN, needs_second_factor
from webapp.people.security import again, forms, limits, organisation, pages, sign_ins
from webapp.people.security.factors import Authenticator, PasskeyUtil, RecoveryCodes
from webapp.people.security.mail import OutboxMail, tell_old_address
from webapp.people.security.provider import Provider
from webapp.people.security.settings import RESET_ERROR_VIEW, settings
from webapp.people.security.store import AccountStore

STRANGERS = ("login", "logout", "register", "send_confirmation", "confirm_email", "forgot_password", "reset_password",
             "two_factor_setup", "two_factor_token_validation", "tf_select", "mf_recovery", "wan_signin",
             "wan_signin_response", "change_email_confirm")
"""Flask-Security's routes that somebody meets who is not signed in, or not yet wholly."""
OWN = ("verify", "change_password", "change_email", "mf_recovery_codes", "wan_register", "wan_register_response",
       "wan_delete", "wan_verify", "wan_verify_response")
"""Those of whoever is signed in."""
CLOSED = ("two_factor_rescue", "two_factor_setup_validate")
"""Those we have no use for: a code by mail is no second factor, and what a session does needs no token."""


def set_up(app: Flask, render: Callable[..., str], ring: KeyRing, provider: Provider | None = None) -> None:
    """Adds all of it to the application. `render(template, title=..., **context)` draws a page; `provider`: the
    organisation's sign-in, where there is one."""
    app.config.update(settings())
    app.config["SECURITY_TOTP_SECRETS"] = {"unused": "see Authenticator"}

    class OurAuthenticator(Authenticator):
        wallet = staticmethod(lambda: service.totp_wallet(ring))

    security = Security(
        app, AccountStore(Passkey), render_template=pages.drawer(render), login_form=forms.SignInForm,
        register_form=forms.SignUpForm, verify_form=forms.AgainForm, reset_password_form=forms.NewPasswordForm,
        change_password_form=forms.ChangeOfPasswordForm, forgot_password_form=forms.ForgottenForm,
        send_confirmation_form=forms.ConfirmationForm,
        wan_register_form=forms.NewPasskeyForm, wan_signin_response_form=forms.PasskeyForm,
        mail_util_cls=OutboxMail, password_util_cls=forms.Passwords,
        totp_cls=OurAuthenticator, webauthn_util_cls=PasskeyUtil, mf_recovery_codes_util_cls=RecoveryCodes)
    security.want_json(lambda _: False)  # its answers in JSON can carry a key
    security.login_manager.request_loader(lambda _: None)  # nor is one taken
    security.principal.identity_loaders.clear()  # they load the account at every request; `guards` asks where it must
    security.login_manager._session_identifier_generator = lambda: ""  # a mark of the browser, which nothing here asks
    sign_ins.keep(security.login_manager)
    _listen(app)
    app.view_functions["security.confirm_email"] = _to_first_passkey(app.view_functions["security.confirm_email"])
    app.view_functions["security.reset_password"] = _tell_of_bad_link(app.view_functions["security.reset_password"])
    _press_first(app, "security.confirm_email", "confirm-email")
    _press_first(app, "security.change_email_confirm", "confirm-new-email")
    again.apply(app)
    limits.apply(app)
    if provider is not None:
        organisation.set_up(app, provider)
    for names, declared in ((STRANGERS, None), (OWN, SIGNED_IN), (CLOSED, ())):
        declare(app, {f"security.{name}": declared for name in names})


def _listen(app: Flask) -> None:
    """What follows from what Flask-Security says has happened."""
    user_authenticated.connect(sign_ins.begin, app)
    user_logged_out.connect(sign_ins.end_this, app)
    password_changed.connect(sign_ins.end_others, app)
    password_reset.connect(sign_ins.end_all, app)
    change_email_confirmed.connect(tell_old_address, app)
    user_confirmed.connect(_note_confirmed, app)


def _note_confirmed(_: Flask, user: Account, **__: Any) -> None:
    g.confirmed = user


def _to_first_passkey(view: Callable[..., Any]) -> Callable[..., Any]:
    """Signs in whoever confirms the address of an account that nobody can sign in to yet, so that they make their
    passkey: once, and never into what has a password, a passkey or a role beyond a reader's. It is no second way in
    by mail; that is the new password's, which ends every sign-in."""
    def confirm(token: str) -> Any:
        answer = view(token)
        user: Account | None = g.get("confirmed")
        if user is None or user.password or user.webauthn or needs_second_factor(user.roles):
            return answer
        login_user(user, authn_via=["confirm"])
        return redirect("/account/passkeys?notice=first-passkey")
    return confirm


def _tell_of_bad_link(view: Callable[..., Any]) -> Callable[..., Any]:
    """Says why a link for a new password leads back to asking for one. Flask-Security has a setting for it, as for the
    other links, but reads it for programs in the browser alone."""
    def reset(token: str) -> Any:
        answer = view(token)
        is_bad = getattr(answer, "location", None) == url_for("security.forgot_password")
        return redirect(RESET_ERROR_VIEW) if is_bad else answer
    return reset


def _press_first(app: Flask, endpoint: str, page: str) -> None:
    """Makes a link from a mail show a button, since mail scanners open every link; pressing it does the thing."""
    view = app.view_functions[endpoint]
    for rule in app.url_map.iter_rules(endpoint):
        if "POST" not in (rule.methods or ()):
            app.add_url_rule(rule.rule, endpoint, methods=["POST"])

    def pressed(token: str) -> Any:
        if request.method == "POST":
            return view(token)
        draw = app.extensions["security"].render_template
        return draw(page)

    app.view_functions[endpoint] = pressed


