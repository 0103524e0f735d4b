"""Staff and sponsors sign in at their own organisation, where one is set up (`provider`).

It opens only an account that is there and holds a role of staff or of a sponsor; it makes none. The first time the
address that the provider verified finds the account; once that sign-in is whole, the account is linked to what the
provider calls its owner, and from then on that alone decides (`service.linking`). It is the first factor: the second
is asked here, unless the configuration names the values of `amr` or `acr` by which the provider says that it asked for
one. To show oneself again, as a signature asks, means to do so at the provider, now: `auth_time` is compared with our
clock.

A session there and the one here end each by itself: ours lasts no longer than any other (`rules.SIGN_IN_LASTS`), asks
for nothing there while it lasts, and signing out here signs nobody out there (ASVS 5.0, 7.1.3).

The way there is a page with a link, and the way back a page with a button. A redirect after a form would be stopped by
our own policy of contents (`form-action`), what is opened by an address changes nothing here, and nobody is signed in
without having pressed something (ASVS 5.0, 7.6.2).
"""

import hmac
import logging
import time
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Flask, current_app, g, redirect, request, session
from flask_login import current_user  # type: ignore[import-untyped]
from flask_security.proxies import _security
from flask_security.utils import _get_post_action_redirect, login_user

from webapp.core.errors import N_, Conflict
from webapp.people import guards
from webapp.people.rules import needs_second_factor
from webapp.people.security import again, limits, sign_ins
from webapp.people.security.provider import SKEW_SECONDS, Provider, Shown, Started, Unreachable, Unusable
from webapp.people.security.settings import AFTER_SIGN_IN
from webapp.people.service import linking

log = logging.getLogger("materia.security")
blueprint = Blueprint("organisation", __name__)
BACK = "/sign-in/organisation/back"
ANSWER_WITHIN_SECONDS = 600
"""How long somebody may take at their organisation: our choice."""
STARTED = "organisation_asked"
NEXT_LENGTH = 500
"""Characters that are kept of where one wanted to go: a cookie holds 4,096 in all."""
REFUSED = N_("Your organisation's answer could not be used here. Try again, sign in another way, or ask your "
             "administrator whether you have an account.")
SILENT = N_("Your organisation's sign-in does not answer. Try again in a while, or sign in another way.")


def set_up(app: Flask, provider: Provider) -> None:
    """Adds the routes."""
    app.extensions["organisation"] = provider
    app.register_blueprint(blueprint)


@blueprint.get("/sign-in/organisation")
@guards.public
def choose() -> Any:
    """Says what happens next."""
    return _draw("organisation")


@blueprint.post("/sign-in/organisation")
@guards.public
@limits.limited("organisation")
def start() -> Any:
    """Leads to the organisation."""
    return _start(is_again=False)


@blueprint.get("/account/again/organisation")
@guards.any_account
def choose_again() -> Any:
    """Says that it must be shown anew."""
    return _draw("organisation-again")


@blueprint.post("/account/again/organisation")
@guards.any_account
@limits.limited("organisation")
def start_again() -> Any:
    """Leads to the organisation, which must ask anew."""
    return _start(is_again=True)


@blueprint.get(BACK)
@guards.public
def back() -> Any:
    """Where the organisation sends the browser. Changes nothing: the button does."""
    if "code" not in request.args:
        return _refuse(Unusable("the provider refused"))
    answer = tuple((name, request.args.get(name, "")) for name in ("code", "state"))
    return _draw("organisation-back", hidden=answer)


@blueprint.post(BACK)
@guards.public
@limits.limited("organisation")
def finish() -> Any:
    """Signs in, or notes that it was shown again."""
    asked = session.pop(STARTED, None)
    try:
        shown = _answer(asked)
        return _show_again(shown, asked) if asked["is_again"] else _sign_in(shown, asked)
    except Unusable as error:
        return _refuse(error)
    except Conflict as error:
        return _refuse(Unusable("the account is linked to another subject"), str(error))


def _start(*, is_again: bool) -> Any:
    provider: Provider = current_app.extensions["organisation"]
    try:
        started = provider.start(is_again=is_again)
    except Unusable as error:
        return _refuse(error)
    session[STARTED] = {**_kept(started), "at": time.time(), "is_again": is_again,
                        "next": request.form.get("next", "")[:NEXT_LENGTH]}
    return _draw("organisation-go", onward=started.url)


def _kept(started: Started) -> dict[str, str]:
    return {name: value for name, value in asdict(started).items() if name != "url"}


def _answer(asked: dict[str, Any] | None) -> Shown:
    """What the provider says to the code that came back, if it came to the browser that asked."""
    if asked is None or not hmac.compare_digest(str(asked["state"]).encode(), request.form.get("state", "").encode()):
        raise Unusable("no question with this state was asked from here")
    if not 0 <= time.time() - asked["at"] < ANSWER_WITHIN_SECONDS:
        raise Unusable("the answer came too late")
    provider: Provider = current_app.extensions["organisation"]
    return provider.finish(request.form.get("code", ""), nonce=asked["nonce"], verifier=asked["verifier"])


def _sign_in(shown: Shown, asked: dict[str, Any]) -> Any:
    if current_user.is_authenticated:
        return redirect(AFTER_SIGN_IN)
    person: Any = linking.account_for(
        g.reader, issuer=shown.issuer, subject=shown.subject, email=shown.email)
    if person is None or not person.active or person.confirmed_at is None or not needs_second_factor(person.roles):
        raise Unusable("no account of staff or of a sponsor")
    sign_ins.note_organisation(person, shown.issuer, shown.subject)
    way_on = asked["next"] or AFTER_SIGN_IN
    if not shown.is_strong:
        return _security.two_factor_plugins.tf_enter(person, False, "organisation", next_loc=way_on)
    login_user(person, authn_via=["organisation"])
    return redirect(_get_post_action_redirect("SECURITY_POST_LOGIN_VIEW", {"next": way_on}))


def _show_again(shown: Shown, asked: dict[str, Any]) -> Any:
    if not current_user.is_authenticated or not linking.is_own(
            g.reader, current_user.id, issuer=shown.issuer, subject=shown.subject):
        raise Unusable("somebody else answered")
    if not needs_second_factor(current_user.roles):
        raise Unusable("no account of staff or of a sponsor")
    if shown.auth_time is None or not (
            asked["at"] - SKEW_SECONDS <= shown.auth_time <= time.time() + SKEW_SECONDS):
        raise Unusable("they did not show themselves anew")
    if not shown.is_strong:
        if not again.has_second(guards.account()):
            raise Unusable("no second factor")
        return again.show_first(asked["next"])
    again.show_whole()
    return redirect(_get_post_action_redirect("SECURITY_POST_VERIFY_VIEW", {"next": asked["next"]}))


def _refuse(error: Unusable, problem: str = REFUSED) -> Any:
    """A plain page that says what to do, and one line that says why; nobody is signed in by it."""
    log.warning("refused an organisation's answer: %s", error)
    is_silent = isinstance(error, Unreachable)
    return _draw("organisation-refused", problem=SILENT if is_silent else problem), 503 if is_silent else 403


def _draw(page: str, **context: Any) -> Any:
    return _security.render_template(page, **context)
