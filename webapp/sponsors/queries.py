"""Every SELECT on companies and brands."""

from sqlalchemy import select
from sqlmodel import Session, col

from webapp.sponsors.models import Brand, Company


def company(session: Session, company_id: int) -> Company:
    """The company; it is there, because other tables refer to it by foreign key."""
    found = session.get(Company, company_id)
    assert found is not None
    return found


def company_named(session: Session, name: str) -> Company | None:
    """The company of that exact name."""
    return session.scalar(select(Company).where(col(Company.name) == name))


def brand_named(session: Session, name: str) -> Brand | None:
    """The brand of that exact name."""
    return session.scalar(select(Brand).where(col(Brand.name) == name))
