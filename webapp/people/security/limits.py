"""How often a thing may be tried: what defends against guessing and filling in stolen passwords (ASVS 5.0, 6.1.1).

Counted by each process for itself, by network address or by the account whose second factor is being shown; nothing
here is configured. A wrong password locks no account, so nobody can shut its owner out: whoever guesses is shut out
where they guess from. An account that is guessed at from many places gives each place few tries, and its owner, from
elsewhere, still gets in at the first; a new password by mail and passkeys are not touched by it.

One password that is tried on many accounts, each time from a new address, is held back: whoever types it has to come
back to the same account from the same place after a while, and is then let try. That costs a sprayer every address
again, and an owner whose password it happens to be one wait. Passwords are told apart by a keyed hash; its key is drawn
at the start and, like the counts, stands in this process alone.
"""

import hashlib
import secrets
import time
import unicodedata
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Flask, abort, current_app, request, session
from flask_login import current_user  # type: ignore[import-untyped]
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from webapp.people.rules import PASSWORD_LENGTH, normal_address

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
PASSWORDS = parse_many("10 per minute; 60 per hour")
WRONG_ONES = parse_many("30 per hour")
"""Wrong passwords of one account, from wherever they come, until it counts as guessed at."""
WHEN_GUESSED_AT = parse_many("3 per hour")
"""Passwords that are then looked at from one network address."""
SPRAYED = parse_many("20 per hour")
"""Accounts that one password is wrong for, before it is held back: more than share one slip of the fingers."""
ONCE = parse_many("1 per hour")
HELD_BACK_SECONDS = 600
"""Before a password that is sprayed is looked at for one account from one network address."""
MAILS = parse_many("10 per minute; 30 per hour")
CODES = parse_many("5 per minute; 20 per hour")
"""A code of six digits, of which three are good, is then found in two years of trying on average."""
MAILS_TO_ONE = parse_many("4 per hour")
INVITATIONS = parse_many("20 per hour; 50 per day")
"""By a company, to anybody: a new team, and not a list of addresses. All our choice."""
BY_ADDRESS: Mapping[str, list[RateLimitItem]] = {
    "login": PASSWORDS, "wan_signin_response": PASSWORDS, "register": MAILS, "send_confirmation": MAILS,
    "forgot_password": MAILS, "reset_password": PASSWORDS, "organisation": PASSWORDS}
BY_ACCOUNT: Mapping[str, list[RateLimitItem]] = {
    "two_factor_token_validation": CODES, "mf_recovery": CODES, "verify": CODES, "change_password": CODES,
    "change_email": MAILS}


def apply(app: Flask) -> None:
    """Sets the limits on Flask-Security's views, and has them read forms alone."""
    app.extensions["limits"] = FixedWindowRateLimiter(MemoryStorage())
    app.extensions["limits_key"] = secrets.token_bytes(32)
    for endpoint, view in list(app.view_functions.items()):
        head, _, name = endpoint.partition(".")
        if head == "security":
            app.view_functions[endpoint] = limited(name)(view)


def may_write(address: str) -> bool:
    """Whether one more mail may go to this address."""
    return _hit(MAILS_TO_ONE, "mail", address.lower())


def may_invite(company_id: int, address: str) -> bool:
    """Whether a company may invite somebody more, at this address."""
    return _hit(INVITATIONS, "invitation", str(company_id)) and may_write(address.strip())


def _hit(limits: list[RateLimitItem], *key: str) -> bool:
    limiter: FixedWindowRateLimiter = current_app.extensions["limits"]
    return all(tuple(limiter.hit(limit, *key) for limit in limits))  # each counts, even after one refuses


def _may_guess(name: str) -> bool:
    """Whether a password for this account is looked at from here: known or not, by the address that was typed."""
    limiter: FixedWindowRateLimiter = current_app.extensions["limits"]
    typed = _typed()
    return name != "login" or limiter.test(WRONG_ONES[0], "wrong", typed) or _hit(
        WHEN_GUESSED_AT, "guessed at", typed, request.remote_addr or "")


def _is_held_back(name: str) -> bool:
    """Whether the password is sprayed, and was not typed for this account from here some time ago."""
    limiter: FixedWindowRateLimiter = current_app.extensions["limits"]
    if name != "login" or limiter.test(SPRAYED[0], "sprayed", _mark()):
        return False
    key = ("held back", _mark(), _typed(), request.remote_addr or "")
    if _hit(ONCE, *key):
        return True
    began = limiter.get_window_stats(ONCE[0], *key).reset_time - ONCE[0].get_expiry()
    return time.time() - began < HELD_BACK_SECONDS


def _note_wrong() -> None:
    """Counts a wrong password of an account, and of a password the accounts that it was wrong for."""
    _hit(WRONG_ONES, "wrong", _typed())
    if _hit(ONCE, "tried", _mark(), _typed()):
        _hit(SPRAYED, "sprayed", _mark())


def _mark() -> str:
    """What tells the typed password from others, here and now alone."""
    password = unicodedata.normalize("NFKC", request.form.get("password", "")[:PASSWORD_LENGTH + 1])
    return hashlib.blake2b(password.encode("utf-8", "replace"), digest_size=16,
                           key=current_app.extensions["limits_key"]).hexdigest()


def _typed() -> str:
    return normal_address(request.form.get("email", ""))[:254]


def _whose() -> str:
    """The account that tries: signed in, or past its password and on the way in."""
    return str(current_user.get_id() if current_user.is_authenticated else session.get("tf_user_id", ""))


def limited(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Sets the limits of that name on a view, which takes forms alone."""
    def limit(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def within(*args: Any, **kwargs: Any) -> Any:
            if request.content_length and request.mimetype not in FORMS:
                abort(415)
            if request.method == "POST" and not (
                    _hit(BY_ADDRESS.get(name, []), name, request.remote_addr or "")
                    and _hit(BY_ACCOUNT.get(name, []), name, _whose())
                    and _may_guess(name) and not _is_held_back(name)):
                abort(429)
            answer = view(*args, **kwargs)
            if name == "login" and request.method == "POST" and isinstance(answer, str):  # the form again: it was wrong
                _note_wrong()
            if session.pop("fs_cc", None) and not session:  # a mark for form tokens, which we have none of
                session.modified = False  # so that a form sets no cookie for a stranger
            return answer
        return within
    return limit
