"""People as operators see them, and what operators may do to an account. Nobody acts as somebody else."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid, NotFound, Refused
from webapp.ops import queries, rules
from webapp.ops.service import trail
from webapp.people import queries as people
from webapp.people import service
from webapp.people.queries import Account
from webapp.people.rules import NAME_LENGTH, SPONSOR_ROLES, Role
from webapp.people.service import linking
from webapp.professionals import queries as professionals
from webapp.sponsors import queries as sponsors

NOT_OFFERED = N_("Choose one of those offered.")
SEARCH_LENGTH = 254
"""Characters of what is searched for: an address has no more."""
COMPANIES = 500
"""How many companies a list to choose from shows at most."""


# Looking


def search(session: Session, words: str, role: str, page: int) -> dict[str, Any]:
    """Accounts by name or address, and by role. Nothing asked: nobody found."""
    words = words.replace("\0", "").strip()[:SEARCH_LENGTH]
    chosen = Role(role) if role in set(Role) else None
    found: Sequence[Account] = []
    if words or chosen:
        found = people.search(session, words, chosen, **rules.window(page))
    return {"found": rules.page_of([_line(account) for account in found], page), "words": words,
            "role": chosen or "", "is_asked": bool(words or chosen), "roles": list(rules.ROLES.items())}


def held(session: Session, key: str) -> Account:
    """The account of a key. NotFound."""
    account = people.account_by_key(session, key)
    if account is None:
        raise NotFound(N_("There is no such person."))
    return account


def one(session: Session, key: str, own_id: int, now: datetime, page: int) -> dict[str, Any]:
    """All that operators see of one account: its state, roles and sign-ins, and what was done to it."""
    account = held(session, key)
    number = account.id or 0
    verification = professionals.of_account(session, number)
    lines = audit.about(session, service.subject(number), **rules.window(page))
    return {
        "account": account, "kind": rules.KINDS.get(account.kind, account.kind), "is_own": number == own_id,
        "grants": _grants(session, account), "sign_ins": people.sign_ins(session, number, now),
        "passkeys": len(account.webauthn), "codes": len(account.mf_recovery_codes or []),
        "organisations": people.organisation_links(session, number),
        "verification_key": verification.key if verification else "",
        "offered": [(role, rules.ROLES[role]) for role in rules.OFFERED],
        "companies": [(company.key, company.name) for company in sponsors.page_of_companies(session, limit=COMPANIES)],
        "trail": rules.page_of(trail.shown(session, lines), page)}


def consents(session: Session, key: str) -> dict[str, Any]:
    """What one person agreed to, when, and by which words."""
    account = held(session, key)
    lines = [{"purpose": rules.PURPOSES.get(row.purpose, row.purpose), "is_granted": row.is_granted,
              "channel": rules.CHANNELS.get(row.channel, row.channel), "company": _company(session, row.company_id),
              "wording": row.wording, "language": row.language, "place": row.place, "at": row.at}
             for row in queries.consent_ledger(session, account.id or 0)]
    return {"account": account, "lines": lines, "is_missing": False}


def _line(account: Account) -> dict[str, Any]:
    return {"key": account.key, "name": account.name, "email": account.email, "active": account.active,
            "is_confirmed": account.confirmed_at is not None, "kind": rules.KINDS.get(account.kind, account.kind),
            "roles": [rules.ROLES[role] for role in dict.fromkeys(account.roles)]}


def _grants(session: Session, account: Account) -> list[dict[str, Any]]:
    return [{"value": _name(grant.role, grant.company_id), "name": rules.ROLES[grant.role],
             "company": _company(session, grant.company_id), "is_ours": grant.role in rules.OFFERED}
            for grant in account.grants]


def _name(role: str, company_id: int | None) -> str:
    """How the page's buttons name a role that is held."""
    return f"{role}:{company_id or ''}"


def _company(session: Session, company_id: int | None) -> str:
    return sponsors.company(session, company_id).name if company_id else ""


# Acting


def grant(session: Session, key: str, role: str, company_key: str, by: By) -> None:
    """Gives a role, a sponsor's within a company. Refused to oneself; Conflict where it is held."""
    account = held(session, key)
    if account.id == by.actor:
        raise Refused(N_("Nobody gives themself a role. Ask another operator; nothing was changed."))
    if role not in rules.OFFERED:
        raise Invalid(NOT_OFFERED)
    company = sponsors.company_by_key(session, company_key) if role in SPONSOR_ROLES else None
    if role in SPONSOR_ROLES and company is None:
        raise Invalid(N_("Choose the company that the role is held within. Nothing was changed."))
    company_id = company.id if company else None
    if people.has_grant(session, account.id or 0, Role(role), company_id):
        raise Conflict(N_("The account holds this role already. Nothing was changed."))
    service.grant(session, account, Role(role), company_id, by=by)


def revoke(session: Session, key: str, held_role: str, by: By) -> None:
    """Takes a role away; `held_role` as the page names it, `marketer:3` or `operator:`."""
    account = held(session, key)
    given = next((grant for grant in account.grants if _name(grant.role, grant.company_id) == held_role), None)
    if given is None or given.role not in rules.OFFERED:
        raise Invalid(NOT_OFFERED)
    service.revoke(session, account, Role(given.role), given.company_id, by=by)


def set_active(session: Session, key: str, is_active: bool, by: By) -> None:
    """Puts an account out of use, or back into use."""
    service.set_active(session, held(session, key), is_active, by=by)


def sign_out(session: Session, key: str, only: str, by: By) -> None:
    """Ends the sign-in of a key, or without one all of them."""
    account = held(session, key)
    if only and only not in {row.key for row in people.sign_ins(session, account.id or 0, by.at)}:
        raise Conflict(N_("This sign-in has ended meanwhile. Nothing was changed."))
    service.sign_out(session, account, by=by, only=only)


def unlink(session: Session, key: str, by: By) -> None:
    """Takes away the link to an organisation's sign-in."""
    linking.unlink(session, held(session, key), by=by)


def verify_identity(session: Session, key: str, witness: str, by: By) -> None:
    """Records who saw proof of this person's identity, by printed name."""
    account = _other(session, key, by)
    service.verify_identity(session, account, _line_of(witness), by.at, by.actor, by.reason)


def record_training(session: Session, key: str, training: str, by: By) -> None:
    """Records which training this person completed."""
    account = _other(session, key, by)
    service.record_training(session, account, _line_of(training), by.at, by.actor, by.reason)


def _other(session: Session, key: str, by: By) -> Account:
    """The account of a key, which is not that of whoever acts."""
    account = held(session, key)
    if account.id == by.actor:
        raise Refused(N_("Nobody lets themself sign. Ask another operator; nothing was changed."))
    if account.erased_at is not None:
        raise Conflict(N_("Nothing was changed: the owner has erased this account. A new one can be made."))
    return account


def _line_of(words: str) -> str:
    """A name as it is kept: one line. Invalid without one, or with one that is too long."""
    line = " ".join(words.split())
    if not 0 < len(line) <= NAME_LENGTH or not line.isprintable():
        raise Invalid(N_("Write it in one line of at most 200 characters. Nothing was changed."))
    return line
