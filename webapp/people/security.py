"""Flask-Security's set-up: password sign-in and sign-out.

Only its form signs anybody in. It hands out no key, and none is taken from an address, a header or a body.

Its data store reads through the request's reading session, so that hashing a password never holds the write lock, and
its `commit()` only flushes, since `web.py` commits. Its pages are rendered by our one environment.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import uuid4

from flask import Flask, abort, g, request, session
from flask_login import user_logged_out  # type: ignore[import-untyped]
from flask_security import LoginForm, Security, UserDatastore
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import update
from sqlmodel import col
from wtforms import PasswordField  # type: ignore[import-untyped]
from wtforms.validators import InputRequired, Length  # type: ignore[import-untyped]

from webapp.core.clock import now
from webapp.people.guards import declare
from webapp.people.models import Account
from webapp.people.queries import account_with_roles
from webapp.people.rules import PASSWORD_LENGTH, Role, normal_address

NEVER_ASKED_AGAIN = timedelta(-1)
"""How Flask-Security is told that no route asks for the password a second time."""
SESSION_HOURS = 12
"""A sign-in lasts a working day: our choice."""
LOGIN_LIMITS = parse_many("10 per minute; 60 per hour")
"""Tries per address (of the network) at signing in, counted by each process for itself: our choice. The account is
never locked, so that nobody can shut its owner out."""
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class SignInForm(LoginForm):
    """Flask-Security's, but a password too long to be one is refused before it is hashed, and none is remembered."""

    remember = None
    password = PasswordField(validators=[InputRequired(), Length(max=PASSWORD_LENGTH)])


class AccountStore(UserDatastore):
    """Accounts for Flask-Security; roles are a fixed table (`rules.Role`), not rows."""

    def __init__(self) -> None:
        super().__init__(Account, Role)  # type: ignore[arg-type]

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Account | None:
        """The account with this value in this column, read in the request's reading session."""
        name, value = kwargs.popitem()
        value = normal_address(value) if name == "email" else value
        return account_with_roles(g.reader, name, value)

    def find_role(self, role: str) -> Role | None:  # type: ignore[override]
        """The role of that name."""
        return Role(role) if role in set(Role) else None

    def put(self, model: Any) -> Any:
        """Adds to the request's session; committed with it."""
        return g.db.merge(model)

    def delete(self, model: Any) -> None:
        """Deletes in the request's session."""
        g.db.delete(g.db.merge(model))

    def commit(self) -> None:
        """Flushes only: there is one commit point, in `web.py`."""
        g.db.flush()


def set_up(app: Flask, render: Callable[..., str]) -> None:
    """Adds sign-in (`/sign-in`) and sign-out (`/sign-out`, POST) to the application."""
    app.config.update(
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"}, SECURITY_PASSWORD_HASH="argon2", SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_URL_PREFIX=None, SECURITY_LOGIN_URL="/sign-in", SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"], SECURITY_POST_LOGIN_VIEW="/after-sign-in", SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_LOGIN_USER_TEMPLATE="people/sign_in.html", SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_DATETIME_FACTORY=now, SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False,
                                                                     "test_environment": True},
        SECURITY_REGISTERABLE=False, SECURITY_RECOVERABLE=False, SECURITY_TRACKABLE=False,
        SECURITY_SEND_REGISTER_EMAIL=False, SECURITY_JOIN_USER_ROLES=False, SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"email": {"mapper": _address, "case_insensitive": True}}],
        SECURITY_FRESHNESS=NEVER_ASKED_AGAIN, SECURITY_FLASH_MESSAGES=False,  # a message is a cookie for a stranger
        SECURITY_STATIC_FOLDER=None, SECURITY_CACHE_CONTROL={}, SECURITY_REDIRECT_VALIDATE_MODE=["absolute"],
        SECURITY_SESSION_COOKIE_SAMESITE="Lax", PERMANENT_SESSION_LIFETIME=SESSION_HOURS * 3600)
    security = Security()
    security.init_app(app, AccountStore(), render_template=render, login_form=SignInForm)
    security.want_json(lambda _: False)  # its answers in JSON can carry a key
    security.login_manager.request_loader(lambda _: None)  # nor is one taken
    security.principal.identity_loaders.clear()  # they load the account at every request; `guards` asks where it must
    user_logged_out.connect(_end_all_sessions, app)
    app.view_functions["security.login"] = _limited(app.view_functions["security.login"])
    declare(app, {"security.login": None, "security.logout": None})


def _limited(sign_in: Callable[..., Any]) -> Callable[..., Any]:
    limiter = FixedWindowRateLimiter(MemoryStorage())

    @wraps(sign_in)
    def limited() -> Any:
        if request.content_length and request.mimetype not in FORMS:
            abort(415)
        tries = [limiter.hit(limit, request.remote_addr or "") for limit in LOGIN_LIMITS if request.method == "POST"]
        if not all(tries):
            abort(429)
        answer = sign_in()
        if session.pop("fs_cc", None) and not session:  # a mark for form tokens, which we have none of
            session.modified = False  # so that the form sets no cookie for a stranger
        return answer
    return limited


def _end_all_sessions(_: Flask, user: Account) -> None:
    """Sessions live in cookies: only another session id makes a copy of the cookie worthless."""
    g.db.execute(update(Account).where(col(Account.id) == user.id).values(fs_uniquifier=uuid4().hex))


def _address(identity: str) -> str | None:
    return identity.strip().lower() if "@" in identity and len(identity) <= 254 else None
