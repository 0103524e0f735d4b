"""Verbs on companies and brands."""

from sqlmodel import Session

from webapp.sponsors import queries
from webapp.sponsors.models import Brand, Company


def add_company(session: Session, name: str, *, is_fictional: bool = False) -> Company:
    """The company of that name, made if it is not there yet."""
    found = queries.company_named(session, name)
    if found is None:
        found = Company(name=name, is_fictional=is_fictional)
        session.add(found)
        session.flush()
    return found


def add_brand(session: Session, company: Company, name: str, generic_name: str) -> Brand:
    """The company's brand of that name, made if it is not there yet."""
    found = queries.brand_named(session, name)
    if found is None:
        assert company.id is not None
        found = Brand(company_id=company.id, name=name, generic_name=generic_name)
        session.add(found)
        session.flush()
    return found
