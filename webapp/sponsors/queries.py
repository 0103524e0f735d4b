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


def company_by_key(session: Session, key: str) -> Company | None:
    """The company of that public name."""
    return session.scalar(select(Company).where(col(Company.key) == key))


def companies(session: Session, *, offset: int = 0, limit: int) -> list[Company]:
    """Companies, by name."""
    return list(session.scalars(select(Company).order_by(col(Company.name), col(Company.id))
                                .offset(offset).limit(limit)))


def brands(session: Session, company_id: int) -> list[Brand]:
    """A company's brands, by name."""
    return list(session.scalars(select(Brand).where(col(Brand.company_id) == company_id).order_by(col(Brand.name))))


def brand_named(session: Session, name: str) -> Brand | None:
    """The brand of that exact name."""
    return session.scalar(select(Brand).where(col(Brand.name) == name))
