"""Showing once more that it is you: all that you sign in with, or it does not count.

Flask-Security notes the moment of a fresh authentication (`fs_paa`) after a password alone. Here it stands only once a
second factor was shown too, by whoever has one: a code beside the password, or a passkey after it. A passkey that takes
the password's place is both, where its device asked for a finger or a code. What was shown again gives the browser a
new name (ASVS 5.0, 7.2.4).
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, redirect, request, session

from webapp.core.errors import N_, Refused
from webapp.people import guards
from webapp.people.models import Account
from webapp.people.rules import FRESH
from webapp.people.security import sign_ins

View = Callable[..., Any]
WHOLE = "fs_paa"
PASSKEY, ORGANISATION = "/account/again/passkey", "/account/again/organisation"


def apply(app: Flask) -> None:
    """Wraps Flask-Security's views that show again, and the one that would pass for it."""
    for name, wrapper in (("verify", _by_password), ("wan_verify", _passkey_page),
                          ("wan_verify_response", _by_passkey), ("change_password", _is_no_sign_in)):
        app.view_functions[f"security.{name}"] = wrapper(app.view_functions[f"security.{name}"])


def is_first_shown() -> bool:
    """Whether the first factor was shown again just now, and only the second is missing."""
    return 0 <= time.time() - float(session.get(sign_ins.FIRST, 0)) < FRESH.total_seconds()


def show_first(wanted: str) -> Any:
    """Notes the first factor of whoever has a second, and leads on to that; from there to `wanted`."""
    session[sign_ins.FIRST] = time.time()
    return redirect(_address("/account/again" if guards.account().tf_totp_secret else PASSKEY, wanted))


def show_whole() -> None:
    """Notes that all was shown again."""
    session[WHOLE] = time.time()
    session.pop(sign_ins.FIRST, None)
    sign_ins.renew()


def has_second(person: Account) -> bool:
    """Whether the account has a factor that comes after the first."""
    return bool(person.tf_totp_secret) or has_passkey(person, "secondary")


def has_passkey(person: Account, usage: str) -> bool:
    """Whether the account has a passkey of that usage."""
    return any(entry.usage == usage for entry in person.webauthn)


def _by_password(view: View) -> View:
    @wraps(view)
    def by_password(*args: Any, **kwargs: Any) -> Any:
        person, before = guards.account(), session.get(WHOLE)
        elsewhere = _other_way(person)
        if elsewhere:
            return redirect(_address(elsewhere, _wanted()))
        answer = view(*args, **kwargs)
        if session.get(WHOLE) == before:
            return answer
        if person.tf_totp_secret or not (has_second(person) or guards.is_strong()):
            show_whole()
            return answer
        _put_back(before)
        if has_second(person):
            return show_first(_wanted())
        raise Refused(N_("You have no second factor any more. Sign out, sign in again, and set one up."))
    return by_password


def _other_way(person: Account) -> str:
    """Where somebody shows themselves who does not by password; empty: by password and code."""
    if is_first_shown():
        return "" if person.tf_totp_secret else PASSKEY
    if session.get(sign_ins.ORGANISATION) and "organisation" in current_app.extensions:
        return ORGANISATION
    is_by_password = bool(person.password) and (has_second(person) or not guards.is_strong())
    return PASSKEY if not is_by_password and has_passkey(person, "first") else ""


def _passkey_page(view: View) -> View:
    @wraps(view)
    def passkey_page(*args: Any, **kwargs: Any) -> Any:
        if not (is_first_shown() or has_passkey(guards.account(), "first")):
            return redirect(_address("/account/again", _wanted()))
        return view(*args, **kwargs)
    return passkey_page


def _by_passkey(view: View) -> View:
    @wraps(view)
    def by_passkey(*args: Any, **kwargs: Any) -> Any:
        before = session.get(WHOLE)
        answer = view(*args, **kwargs)
        if session.get(WHOLE) != before:
            show_whole()
        return answer
    return by_passkey


def _is_no_sign_in(view: View) -> View:
    """A change of password signs in anew, by the old password alone: that shows nothing besides."""
    @wraps(view)
    def is_no_sign_in(*args: Any, **kwargs: Any) -> Any:
        before = session.get(WHOLE)
        answer = view(*args, **kwargs)
        _put_back(before)
        return answer
    return is_no_sign_in


def _put_back(before: float | None) -> None:
    if before is None:
        session.pop(WHOLE, None)
    else:
        session[WHOLE] = before


def _wanted() -> str:
    return request.values.get("next", "")


def _address(path: str, wanted: str) -> str:
    return f"{path}?{urlencode({'next': wanted})}" if wanted else path
