"""Sponsors and who works for them."""

from typing import Any

from sqlmodel import Session

from webapp.core.audit import By
from webapp.core.errors import N_, NotFound
from webapp.core.tokens import KeyRing
from webapp.ops import rules
from webapp.people import queries as people
from webapp.people import service
from webapp.people.rules import Role
from webapp.sponsors import queries as sponsors
from webapp.sponsors.queries import Company


def companies(session: Session, page: int) -> dict[str, Any]:
    """All companies, by name."""
    return {"companies": rules.page_of(sponsors.page_of_companies(session, **rules.window(page)), page)}


def one(session: Session, key: str) -> dict[str, Any]:
    """A company, its brands, and who has a seat in it."""
    company = _held(session, key)
    seats = [{"key": person.key, "name": person.name, "email": person.email, "active": person.active,
              "role": rules.ROLES[grant.role]}
             for person, grant in people.seats(session, [company.id or 0])]
    return {"company": company, "brands": sponsors.brands(session, company.id or 0), "seats": seats}


def invite_admin(session: Session, ring: KeyRing, key: str, email: str, language: str, by: By) -> None:
    """Invites an administrator by mail, who then invites the others."""
    company = _held(session, key)
    assert isinstance(by.actor, int)
    made = service.invite(session, email, Role.SPONSOR_ADMIN, company.id, language=language, invited_by=by.actor,
                          now=by.at, reason=by.reason)
    service.send_invitation(session, ring, made, by.at)


def remove(session: Session, key: str, person_key: str, by: By) -> None:
    """Takes all roles within the company from somebody; access ends at their next request."""
    company, person = _held(session, key), people.account_by_key(session, person_key)
    if person is None or company.id not in person.company_ids:
        raise NotFound(N_("There is no such person."))
    service.remove_seat(session, person.id or 0, company.id or 0, by=by)


def _held(session: Session, key: str) -> Company:
    company = sponsors.company_by_key(session, key)
    if company is None:
        raise NotFound(N_("There is no such company."))
    return company
