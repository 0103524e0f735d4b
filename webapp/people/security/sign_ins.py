"""One row for each browser that is signed in. The cookie names it; without it the cookie opens nothing."""

from datetime import datetime
from typing import Any

from flask import Flask, g, request, session

from webapp.core.clock import now
from webapp.people import queries, service
from webapp.people.guards import FIRST_SHOWN
from webapp.people.models import Account, SignIn
from webapp.people.rules import SEEN_EVERY, device_name, needs_second_factor

KEY = "sign_in"


def keep(login_manager: Any) -> None:
    """Makes the login manager ask for the row, besides the account."""
    find = login_manager._user_callback

    def load(user_id: str) -> Account | None:
        account: Account | None = find(user_id)
        if account is None or account.id is None:
            return None
        row = queries.live_sign_in(g.reader, account.id, str(session.get(KEY, "")), now())
        if row is None:
            return None
        g.sign_in = row
        _note(row, now())
        return account

    login_manager.user_loader(load)


def _note(row: SignIn, at: datetime) -> None:
    if at - row.seen_at >= SEEN_EVERY:
        g.platform.writer.submit(service.note_seen, (row.id, at))


def begin(_: Flask, user: Account, authn_via: list[str] | None = None, **__: Any) -> None:
    """After a sign-in: a row and a new name in the cookie, so that one planted before is worth nothing.

    Flask-Security names no way where a second factor completed the sign-in. A passkey by itself is two factors where
    its device asked for a finger or a code, which is all it takes of people who need two. A change of password goes
    on from the sign-in that it was made in.
    """
    before = getattr(g, "sign_in", None)
    is_strong = authn_via is None or (authn_via == ["webauthn"] and needs_second_factor(user.roles))
    if authn_via == ["change"]:
        is_strong = before is not None and before.is_strong
    row = SignIn(account_id=user.id or 0, device=device_name(request.user_agent.string), is_strong=is_strong,
                 created_at=now(), seen_at=now())
    g.db.add(row)
    g.db.flush()
    session[KEY] = row.key
    session[FIRST_SHOWN] = session.get("fs_paa")
    g.sign_in = row


def end_this(_: Flask, user: Account, **__: Any) -> None:
    """After signing out."""
    key = session.pop(KEY, None)
    if key and user.id is not None:
        service.end_sign_ins(g.db, user.id, only=key)


def end_others(_: Flask, user: Account, **__: Any) -> None:
    """After a change of password: all but this one."""
    service.end_sign_ins(g.db, user.id or 0, but=session[KEY])


def end_all(_: Flask, user: Account, **__: Any) -> None:
    """After a password was set anew by mail."""
    service.end_sign_ins(g.db, user.id or 0)
