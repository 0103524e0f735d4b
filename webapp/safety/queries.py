"""Every SELECT on adverse events."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import Session, col

from webapp.safety.models import SafetyCase, SafetyDesk, SafetyReceipt, SafetyReport


def desk(session: Session, product: str, market: str) -> SafetyDesk | None:
    """The desk that takes cases on a product in a market; None where nobody must handle them."""
    return session.scalar(select(SafetyDesk).where(
        col(SafetyDesk.product) == product, col(SafetyDesk.market) == market, col(SafetyDesk.is_open)))


def has_desk(session: Session, market: str) -> bool:
    """Whether any product has one in a market."""
    return session.scalar(select(func.count()).select_from(SafetyDesk).where(
        col(SafetyDesk.market) == market, col(SafetyDesk.is_open))) != 0


def desks(session: Session) -> list[SafetyDesk]:
    """All that are open, by product and market."""
    return list(session.scalars(select(SafetyDesk).where(col(SafetyDesk.is_open))
                                .order_by(col(SafetyDesk.product), col(SafetyDesk.market))))


def case_of_submission(session: Session, submission: str) -> SafetyCase | None:
    """The case that a form made."""
    return session.scalar(select(SafetyCase).where(col(SafetyCase.submission) == submission))


def case(session: Session, key: str, *, for_update: bool = False) -> SafetyCase | None:
    """The case of that public name."""
    asked = select(SafetyCase).where(col(SafetyCase.key) == key)
    return session.scalar(asked.with_for_update() if for_update else asked)


def case_of_receipt(session: Session, code: str) -> tuple[SafetyReceipt, SafetyCase] | None:
    """A receipt and its case."""
    row = session.execute(select(SafetyReceipt, SafetyCase).join(
        SafetyCase, col(SafetyCase.id) == col(SafetyReceipt.case_id)).where(col(SafetyReceipt.code) == code)).first()
    return None if row is None else (row[0], row[1])


def first_receipt(session: Session, case_id: int) -> int:
    """The number of the receipt that a case began with."""
    return session.scalar(select(func.min(col(SafetyReceipt.id))).where(col(SafetyReceipt.case_id) == case_id)) or 0


def desk_of(session: Session, case: SafetyCase) -> SafetyDesk | None:
    """The desk that took a case when it came in, even if it has closed since; None where none did."""
    return session.get(SafetyDesk, case.desk_id) if case.desk_id else None


def had_desk(session: Session, product: str, market: str) -> bool:
    """Whether a product has a desk in a market, or had one that closed."""
    return session.scalar(select(func.count()).select_from(SafetyDesk).where(
        col(SafetyDesk.product) == product, col(SafetyDesk.market) == market)) != 0


def reports(session: Session, case_id: int) -> Sequence[SafetyReport]:
    """What was told of a case, oldest first."""
    return session.scalars(select(SafetyReport).where(col(SafetyReport.case_id) == case_id)
                           .order_by(col(SafetyReport.id))).all()


def cases_of(session: Session, account_id: int) -> Sequence[SafetyCase]:
    """The cases that an account reported, oldest first."""
    return session.scalars(select(SafetyCase).where(col(SafetyCase.account_id) == account_id)
                           .order_by(col(SafetyCase.id))).all()
