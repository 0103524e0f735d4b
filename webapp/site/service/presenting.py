"""What the pages of my account show, in the reader's language."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.core.errors import N_
from webapp.core.languages import LANGUAGES, Language
from webapp.core.render import show_zone, translations
from webapp.people.guards import OWN_SEATS_URL
from webapp.people.queries import Account, Grant
from webapp.people.rules import KIND_NAMES, MARKET_NAMES, TIME_ZONES, AccountKind, Role, is_age_asked, open_kinds
from webapp.people.service.personal import Profile
from webapp.site.service import telling
from webapp.sponsors.queries import company

EVERYBODY = frozenset(AccountKind)
OWN_PAGES = (
    ("/account/profile", N_("Profile"), N_("Your name, country, language and time zone."), EVERYBODY),
    ("/account/security", N_("Your sign-in"),
     N_("Password, e-mail address, second factor, and where you are signed in."), EVERYBODY),
    ("/account/verification", N_("Verification"), N_("Opens what is written for health professionals alone."),
     frozenset({AccountKind.HCP})),
    ("/account/cme", N_("Education and credits"),
     N_("What you completed, your certificates, and what your year still needs."), frozenset({AccountKind.HCP})),
    (OWN_SEATS_URL, N_("Companies you work for"), N_("Your seats in them, and how to give one up."), EVERYBODY),
    ("/account/kept", N_("Topics and saved pages"), N_("What you follow and what you saved."), EVERYBODY),
    ("/account/consents", N_("What you agreed to"), N_("Each purpose by itself, and how to take it back."), EVERYBODY),
    ("/account/history", N_("Pages you have read"), N_("Kept only if you agreed to it; yours alone."), EVERYBODY),
    ("/account/data", N_("Your data"), N_("Download all that we hold of you."), EVERYBODY),
    ("/account/erasure", N_("Erase your account"), N_("Says first what goes at once and what must be kept."),
     EVERYBODY),
)
"""What my account leads to: address, title, what it is, and whom it is shown. Each package adds its own line; that of
seats is shown to whoever has one."""


def overview(person: Account, counts: tuple[int, int], language: Language) -> list[dict[str, str]]:
    """The pages of one's own; `counts` are topics followed and pages saved."""
    words = translations(language)
    found = [{"url": url, "title": words.gettext(title), "text": words.gettext(text)}
             for url, title, text, kinds in OWN_PAGES
             if person.kind in kinds and (url != OWN_SEATS_URL or person.company_ids)]
    followed, saved = counts
    told = [words.ngettext("%(count)s topic", "%(count)s topics", followed) % {"count": followed} if followed else "",
            words.ngettext("%(count)s saved page", "%(count)s saved pages", saved) % {"count": saved} if saved else ""]
    for entry in found:
        if entry["url"] == "/account/kept" and any(told):
            entry["text"] = " · ".join(filter(None, told))
    return found


def profile_of(person: Account) -> Profile:
    """What the account says of itself."""
    return Profile(person.name, person.kind, person.language, person.market, person.time_zone)


def profile_form(person: Account, meant: Profile, language: Language) -> dict[str, Any]:
    """The form with what was filled in, and its choices."""
    words = translations(language).gettext
    kinds, zones = open_kinds(person.kind, person.roles), dict.fromkeys([*TIME_ZONES, person.time_zone])
    return {
        "meant": meant, "is_verified": Role.HCP in person.roles, "may_sign": person.identity_verified_at is not None,
        "kinds": [(kind, words(KIND_NAMES[kind])) for kind in kinds] if len(kinds) > 1 else [],
        "markets": [(market, words(name)) for market, name in MARKET_NAMES.items()],
        "languages": [(each.tag, each.name) for each in LANGUAGES],
        "zones": [(zone, show_zone(zone, language)) for zone in zones],
        "is_age_asked": meant.market in MARKET_NAMES and is_age_asked(person.market, meant.market)}


def hindrances(session: Session, grants: Sequence[Grant], language: Language) -> list[str]:
    """What must be handed over before the account can be erased."""
    words = translations(language).gettext
    return [words("You are the last operator. Give another person the role first.") if grant.company_id is None else
            words("You are the last administrator of %(company)s. Invite another one first.")
            % {"company": company(session, grant.company_id).name} for grant in grants]


def as_json(held: Mapping[str, Any]) -> str:
    """The download for programs."""
    return json.dumps(held, ensure_ascii=False, indent=2) + "\n"


def as_page(held: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The download to be read."""
    return {"sections": telling.sections(held, language), "made_at": datetime.fromisoformat(held["made_at"])}
