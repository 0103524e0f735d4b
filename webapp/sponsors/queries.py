"""Every SELECT on companies and brands."""

from collections.abc import Iterable

from sqlalchemy import exists, select
from sqlmodel import Session, col

from webapp.sponsors.models import Brand, Company
from webapp.sponsors.rules import compared


def company(session: Session, company_id: int) -> Company:
    """The company; it is there, because other tables refer to it by foreign key."""
    found = session.get(Company, company_id)
    assert found is not None
    return found


def company_named(session: Session, name: str) -> Company | None:
    """The company of that exact name."""
    return session.scalar(select(Company).where(col(Company.name) == name))


def company_like(session: Session, name: str) -> Company | None:
    """A company whose name is that one but for letter case, spaces and wide forms. Looks through all of them: databases
    fold letters each in its own way, and there are few."""
    wanted = compared(name)
    return next((found for found in session.scalars(select(Company).order_by(col(Company.id)))
                 if compared(found.name) == wanted), None)


def company_by_key(session: Session, key: str) -> Company | None:
    """The company of that public name."""
    return session.scalar(select(Company).where(col(Company.key) == key))


def companies(session: Session, numbers: Iterable[int]) -> dict[int, Company]:
    """The companies of these numbers."""
    rows = session.scalars(select(Company).where(col(Company.id).in_(list(numbers))))
    return {row.id: row for row in rows if row.id is not None}


def with_brands(session: Session) -> list[Company]:
    """Companies that have a brand here, and so something to write about, by name."""
    return list(session.scalars(select(Company).where(
        exists().where(col(Brand.company_id) == col(Company.id))).order_by(col(Company.name))))


def page_of_companies(session: Session, *, offset: int = 0, limit: int) -> list[Company]:
    """Companies, by name."""
    return list(session.scalars(select(Company).order_by(col(Company.name), col(Company.id))
                                .offset(offset).limit(limit)))


def brands(session: Session, company_id: int) -> list[Brand]:
    """A company's brands, by name."""
    return list(session.scalars(select(Brand).where(col(Brand.company_id) == company_id).order_by(col(Brand.name))))


def brand_named(session: Session, name: str) -> Brand | None:
    """The brand of that exact name."""
    return session.scalar(select(Brand).where(col(Brand.name) == name))
