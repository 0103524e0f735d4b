"""How often a thing may be tried. Counted by each process for itself, by network address or by the account whose
second factor is being shown. A password never locks an account: nobody can shut its owner out."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Flask, abort, current_app, request, session
from flask_login import current_user  # type: ignore[import-untyped]
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
PASSWORDS = parse_many("10 per minute; 60 per hour")
MAILS = parse_many("10 per minute; 30 per hour")
CODES = parse_many("5 per minute; 20 per hour")
"""A code of six digits, of which three are good, is then found in two years of trying on average."""
MAILS_TO_ONE = parse_many("4 per hour")
"""All our choice."""
BY_ADDRESS: Mapping[str, list[RateLimitItem]] = {
    "login": PASSWORDS, "wan_signin_response": PASSWORDS, "register": MAILS, "send_confirmation": MAILS,
    "forgot_password": MAILS, "reset_password": PASSWORDS}
BY_ACCOUNT: Mapping[str, list[RateLimitItem]] = {
    "two_factor_token_validation": CODES, "mf_recovery": CODES, "verify": CODES, "change_password": CODES,
    "change_email": MAILS}


def apply(app: Flask) -> None:
    """Sets the limits on Flask-Security's views, and has them read forms alone."""
    app.extensions["limits"] = FixedWindowRateLimiter(MemoryStorage())
    for endpoint, view in list(app.view_functions.items()):
        head, _, name = endpoint.partition(".")
        if head == "security":
            app.view_functions[endpoint] = _limited(name, view)


def may_write(address: str) -> bool:
    """Whether one more mail may go to this address."""
    return _hit(MAILS_TO_ONE, "mail", address.lower())


def _hit(limits: list[RateLimitItem], *key: str) -> bool:
    limiter: FixedWindowRateLimiter = current_app.extensions["limits"]
    return all(tuple(limiter.hit(limit, *key) for limit in limits))  # each counts, even after one refuses


def _whose() -> str:
    """The account that tries: signed in, or past its password and on the way in."""
    return str(current_user.get_id() if current_user.is_authenticated else session.get("tf_user_id", ""))


def _limited(name: str, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def limited(*args: Any, **kwargs: Any) -> Any:
        if request.content_length and request.mimetype not in FORMS:
            abort(415)
        if request.method == "POST" and not (
                _hit(BY_ADDRESS.get(name, []), name, request.remote_addr or "")
                and _hit(BY_ACCOUNT.get(name, []), name, _whose())):
            abort(429)
        answer = view(*args, **kwargs)
        if session.pop("fs_cc", None) and not session:  # a mark for form tokens, which we have none of
            session.modified = False  # so that a form sets no cookie for a stranger
        return answer
    return limited
