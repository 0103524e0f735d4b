"""Who may call a route. Every route declares it; the guard refuses one that does not.

The rules of access (ASVS 5.0, 8.1.1, 8.1.2): a route is open to the roles that it names, some of them after a second
factor (`rules.needs_second_factor`). A role of a sponsor's is held within a company, and queries take the companies
that the caller has a seat in: what is another's is not found. Whatever is one person's own is looked up by the
signed-in account, never by a number from outside. A form takes the fields that it names and no more: roles, kinds of
verification, confirmations and companies are written by services alone, and health answers are shown to nobody.
"""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, current_app, g, redirect, request, session
from flask_security import current_user

from webapp.core.errors import N_, Refused
from webapp.core.frame import Switch
from webapp.core.languages import LANGUAGES, Language, by_tag
from webapp.core.render import translations
from webapp.people.models import Account
from webapp.people.rules import (
    FRESH,
    SIGNED_IN,
    SPONSOR_ROLES,
    AccountKind,
    AnyAccount,
    Declared,
    Role,
    may_call,
    needs_second_factor,
)

View = TypeVar("View", bound=Callable[..., Any])
FIRST_SHOWN = "first_shown"
"""Where the session keeps when the password was shown at sign-in."""
OWN_SEATS_URL = "/account/companies"
"""Where one gives up a seat: my account leads there whoever has one."""
REVIEW_ROLES = frozenset({Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER, Role.REGULATORY_REVIEWER, Role.WRITER,
                          Role.OPERATOR})
OWN_LINKS = (
    (frozenset({Role.OPERATOR}), "/ops/", N_("Operations")),
    (frozenset({Role.WRITER}), "/desk/", N_("Content desk")),
    (SPONSOR_ROLES, "/sponsor/", N_("Campaign reports")),
    (SPONSOR_ROLES, "/sponsor/side-effects", N_("Side effects")),
    (SPONSOR_ROLES, "/sponsor/education", N_("Education supported")),
    (frozenset({Role.SPONSOR_ADMIN}), "/sponsor/people", N_("Team")),
    (REVIEW_ROLES, "/review/", N_("Review")),
    (frozenset({Role.SAFETY}), "/safety/", N_("Safety")),
    (frozenset({Role.CME_PROVIDER}), "/cme/provider/", N_("Accredited education")),
)
"""Where the work of a role is: its holders are led there from every page that is not stored."""


def requires(*roles: Role) -> Callable[[View], View]:
    """Declares that a view may be called by accounts that hold any of the roles."""
    if not roles:
        raise ValueError("requires() needs a role; a route open to any account declares @any_account, to all @public")

    def mark(view: View) -> View:
        view.declared_roles = roles  # type: ignore[attr-defined]
        return view
    return mark


def any_account(view: View) -> View:
    """Declares that a view may be called by anybody who is signed in, even without a role."""
    view.declared_roles = SIGNED_IN  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Declares that a view may be called by anybody."""
    view.declared_roles = None  # type: ignore[attr-defined]
    return view


def declare(app: Flask, table: Mapping[str, Declared]) -> None:
    """Declares routes that are not ours to decorate, by endpoint."""
    for endpoint, roles in table.items():
        if endpoint in app.view_functions:
            app.view_functions[endpoint].__dict__["declared_roles"] = roles


def declaration(app: Flask, endpoint: str) -> Declared:
    """What an endpoint declared. KeyError if it declared nothing: such a route is closed and fails the tests."""
    declared: Declared = app.view_functions[endpoint].__dict__["declared_roles"]
    return declared


def guard() -> Any:
    """Runs before every view: lets through, asks to sign in, or refuses."""
    if request.endpoint is None:
        return None
    try:
        declared = declaration(current_app, request.endpoint)
    except KeyError:
        raise Refused(f"The route {request.endpoint} declares nobody who may call it.") from None
    if declared is None:
        return None
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    if not may_call(declared, current_user.roles):
        raise Refused(N_("Your account may not open this page. Ask your administrator for the role it needs."))
    if not isinstance(declared, AnyAccount) and needs_second_factor(declared) and not is_strong():
        return redirect("/account/second-factor")
    return None


def is_strong() -> bool:
    """Whether a second factor was shown at this sign-in; not inside public routes."""
    return bool(current_user.is_authenticated and g.sign_in.is_strong)


def freshly_authenticated() -> bool:
    """Whether whoever is signed in showed password and second factor (or a passkey) within the last five minutes, as
    a signature asks (21 CFR 11.200). If not, send them to `again(next)`."""
    return is_strong() and _is_recent()


def is_fresh() -> bool:
    """Whether whoever is signed in showed within the last five minutes all that they sign in with (`people.security`
    notes a password alone only for accounts that have nothing besides), and a second factor where their roles need one.
    What hands out personal data asks it."""
    return freshly_authenticated() if needs_second_factor(account().roles) else _is_recent()


def is_shown_again() -> bool:
    """The same, and once more since they signed in: what cannot be undone asks it."""
    return is_fresh() and session.get("fs_paa") != session.get(FIRST_SHOWN)


def _is_recent() -> bool:
    return 0 <= time.time() - float(session.get("fs_paa", 0)) < FRESH.total_seconds()


def again(path: str) -> str:
    """Where one shows password and second factor once more, and comes back to `path`. Whoever needs a second factor and
    signed in before they had one goes to set it up: a code alone would not make that sign-in strong."""
    if needs_second_factor(account().roles) and not is_strong():
        return "/account/second-factor"
    return f"/account/again?{urlencode({'next': path})}"


def signed_in() -> Account | None:
    """Who is signed in, for public routes that tell them from strangers; None for a stranger, of whom nothing is
    asked."""
    person = account()
    return person if person.is_authenticated else None


def account() -> Account:
    """The signed-in account; not inside public routes."""
    person: Account = current_user._get_current_object()
    return person


def chosen_language() -> Language | None:
    """What was chosen by the frame's switch: in this address, or earlier in this signed-in session."""
    tag = request.args.get("language") or session.get("language")
    return next((language for language in LANGUAGES if language.tag == tag), None)


def keep_chosen_language() -> None:
    """Keeps the choice for the session of an account; strangers have none."""
    chosen = chosen_language()
    if chosen is not None and current_user.is_authenticated:
        session["language"] = chosen.tag


def own_language() -> Language:
    """The chosen language, else the account's; not inside public routes."""
    return chosen_language() or by_tag(account().language)


def work_of(roles: Collection[Role]) -> str:
    """The address where the work of these roles is; empty without one."""
    return next((url for holders, url, _ in OWN_LINKS if holders & set(roles)), "")


def addresses() -> frozenset[str]:
    """Those of the rooms that this copy has: no page leads to others. Collected once, by the first page that asks."""
    kept = current_app.extensions
    if "addresses" not in kept:
        kept["addresses"] = frozenset(rule.rule for rule in current_app.url_map.iter_rules())
    found: frozenset[str] = kept["addresses"]
    return found


def own_links(language: Language) -> tuple[Switch, ...]:
    """What the frame of a page outside the stored ones shows whoever is signed in: their account, and what their roles
    open. Nothing to strangers."""
    person = signed_in()
    if person is None:
        return ()
    words, held, here = translations(language).gettext, set(person.roles), addresses()
    found = [(N_("My account"), "/account/")]
    if person.kind == AccountKind.HCP:
        found += [(N_("Verification"), "/account/verification"), (N_("Education for credit"), "/cme/")]
    found += [(label, url) for roles, url, label in OWN_LINKS if roles & held]
    return tuple(Switch(words(label), url, url == request.path) for label, url in found if url in here)
