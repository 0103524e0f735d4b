"""One row for each browser that is signed in. The cookie names it; without it the cookie opens nothing."""

from datetime import datetime
from typing import Any

from flask import Flask, g, request, session
from flask_security.utils import set_request_attr

from webapp.core.clock import now
from webapp.core.ids import new_code
from webapp.people import queries, service
from webapp.people.guards import FIRST_SHOWN
from webapp.people.models import Account, SignIn
from webapp.people.rules import SEEN_EVERY, Browser, device_name, needs_second_factor
from webapp.people.service import linking

KEY = "sign_in"
ORGANISATION = "by_organisation"
"""Set where the first factor was an organisation's word: who is asked again is then asked there."""
LINKING = "organisation_link"
"""Account, issuer and `sub` of an organisation's word, until the sign-in is whole and they are linked."""
FIRST = "shown_first"
"""When the first factor was shown again, by somebody whose second is still to come: see `again`."""


def keep(login_manager: Any) -> None:
    """Makes the login manager ask for the account and its row at once, in place of the account alone."""
    def load(user_id: str) -> Account | None:
        at = now()
        found = queries.signed_in(g.reader, str(user_id), str(session.get(KEY, "")), at)
        if found is None:
            return None
        account, browser = found
        g.sign_in = browser
        set_request_attr("fs_authn_via", "session")  # as Flask-Security's own loader does
        set_request_attr("fs_paa", session.get("fs_paa", 0))
        _note(browser, at)
        return account

    login_manager.user_loader(load)


def _note(row: Browser, at: datetime) -> None:
    if at - row.seen_at >= SEEN_EVERY:
        g.platform.writer.submit(service.note_seen, (row.id, at))


def begin(_: Flask, user: Account, authn_via: list[str] | None = None, **__: Any) -> None:
    """After a sign-in: a row and a new name in the cookie, so that one planted before is worth nothing.

    Flask-Security names no way where a second factor completed the sign-in. A passkey by itself is two factors where
    its device asked for a finger or a code, which is all it takes of people who need two. An organisation's word is
    enough by itself only where it said that it asked for both. A change of password goes on from the sign-in that it
    was made in.
    """
    before = getattr(g, "sign_in", None)
    is_strong = authn_via in (None, ["organisation"]) or (
        authn_via == ["webauthn"] and needs_second_factor(user.roles))
    if authn_via == ["change"]:
        is_strong = before is not None and before.is_strong
    row = SignIn(account_id=user.id or 0, device=device_name(request.user_agent.string), is_strong=is_strong,
                 created_at=now(), seen_at=now())
    g.db.add(row)
    g.db.flush()
    session[KEY] = row.key
    session[FIRST_SHOWN] = session.get("fs_paa")
    g.sign_in = row
    session.pop(FIRST, None)
    _link(user, session.pop(LINKING, None))
    if authn_via not in (None, ["organisation"], ["change"]):
        session.pop(ORGANISATION, None)


def note_organisation(account: Account, issuer: str, subject: str) -> None:
    """Notes an organisation's word as the first factor."""
    session[ORGANISATION] = True
    session[LINKING] = [account.id, issuer, subject]


def forget_organisation() -> None:
    """Another first factor takes its place."""
    for name in (ORGANISATION, LINKING):
        session.pop(name, None)


def _link(user: Account, said: list[Any] | None) -> None:
    """Links the account once both factors were shown: whoever has the address there alone takes no account over."""
    if said is not None and said[0] == user.id and session.get(ORGANISATION):
        linking.link(g.db, user.id or 0, issuer=said[1], subject=said[2], now=now())


def renew() -> None:
    """After somebody showed again that it is them: a new name for the same row (ASVS 5.0, 7.2.4)."""
    row = g.db.get_one(SignIn, g.sign_in.id)
    row.key = session[KEY] = new_code()
    g.db.flush()
    g.sign_in = row


def end_this(_: Flask, user: Account, **__: Any) -> None:
    """After signing out."""
    key = session.pop(KEY, None)
    for name in (ORGANISATION, LINKING, FIRST):
        session.pop(name, None)
    if key and user.id is not None:
        service.end_sign_ins(g.db, user.id, only=key)


def end_others(_: Flask, user: Account, **__: Any) -> None:
    """After a change of password: all but this one."""
    service.end_sign_ins(g.db, user.id or 0, but=session[KEY])


def end_all(_: Flask, user: Account, **__: Any) -> None:
    """After a password was set anew by mail."""
    service.end_sign_ins(g.db, user.id or 0)
