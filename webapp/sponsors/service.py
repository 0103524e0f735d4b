"""Verbs on companies and brands."""

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid
from webapp.core.subject import Subject
from webapp.sponsors import queries
from webapp.sponsors.models import Brand, Company

NAME_LENGTH = 200


def add_company(session: Session, name: str, *, is_fictional: bool = False) -> Company:
    """The company of that name, made if it is not there yet."""
    found = queries.company_named(session, name)
    if found is None:
        found = Company(name=name, is_fictional=is_fictional)
        session.add(found)
        session.flush()
    return found


def register_company(session: Session, name: str, by: By) -> Company:
    """A new company, for an operator. Invalid for a name that is none, Conflict for one that is taken, be it in other
    letters of the same."""
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
        raise Invalid(N_("Write the company's name, in at most 200 characters. Nothing was changed."))
    if queries.company_like(session, name) is not None:
        raise Conflict(N_("There is a company of this name already. Nothing was changed."))
    made = Company(name=name)
    session.add(made)
    session.flush()
    audit.record(session, by, "company-added", Subject("company", made.id or 0))
    return made


def add_brand(session: Session, company: Company, name: str, generic_name: str) -> Brand:
    """The company's brand of that name, made if it is not there yet."""
    found = queries.brand_named(session, name)
    if found is None:
        assert company.id is not None
        found = Brand(company_id=company.id, name=name, generic_name=generic_name)
        session.add(found)
        session.flush()
    return found
