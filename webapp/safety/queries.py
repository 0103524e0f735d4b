"""Every SELECT on adverse events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CompoundSelect, Select, func, or_, select, union_all
from sqlmodel import Session, col

from webapp.safety.models import SafetyCase, SafetyDesk, SafetyDowngrade, SafetyQuestion, SafetyReceipt, SafetyReport
from webapp.safety.rules import IN_USE, Kind


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


def reports(session: Session, case_id: int) -> Sequence[SafetyReport]:
    """What was told of a case, oldest first."""
    return session.scalars(select(SafetyReport).where(col(SafetyReport.case_id) == case_id)
                           .order_by(col(SafetyReport.id))).all()


def cases_of(session: Session, account_id: int) -> Sequence[SafetyCase]:
    """The cases that an account reported, oldest first."""
    return session.scalars(select(SafetyCase).where(col(SafetyCase.account_id) == account_id)
                           .order_by(col(SafetyCase.id))).all()


# Triage


@dataclass(frozen=True)
class Asked:
    """What of the queue is wanted: states, a product's slug (None for any, empty for none yet), a market, what was
    received by then, and whether a downgrade waits."""

    states: tuple[str, ...]
    product: str | None = None
    market: str = ""
    received_until: datetime | None = None
    is_waiting: bool = False


def queue(session: Session, asked: Asked, *, offset: int, limit: int) -> list[SafetyCase]:
    """Cases, the first received first."""
    numbers = [row.id for row in session.execute(in_order(asked).offset(offset).limit(limit))]
    rows = session.scalars(select(SafetyCase).where(col(SafetyCase.id).in_(numbers)))
    return sorted(rows, key=lambda row: (row.received_at, row.id or 0))


def in_order(asked: Asked) -> CompoundSelect[int | None, datetime]:
    """Number and receipt of the cases wanted. Each state is read in an index's order, and the database merges them:
    asked for both states at once it would sort all."""
    found = union_all(*(_in_state(state, asked) for state in asked.states))
    return found.order_by("received_at", "id")


def _in_state(state: str, asked: Asked) -> Select[int | None, datetime]:
    query = select(col(SafetyCase.id), col(SafetyCase.received_at)).where(col(SafetyCase.state) == state)
    if asked.product is not None:
        query = query.where(col(SafetyCase.product) == asked.product)
    if asked.market:
        query = query.where(col(SafetyCase.market) == asked.market)
    if asked.received_until is not None:
        query = query.where(col(SafetyCase.received_at) <= asked.received_until)
    if asked.is_waiting:
        query = query.where(col(SafetyCase.id).in_(_waiting()))
    return query


def _waiting() -> Select[int]:
    return select(col(SafetyDowngrade.case_id)).where(col(SafetyDowngrade.decided_at).is_(None))


def case_of_number(session: Session, number: int, *, for_update: bool = False) -> SafetyCase | None:
    """The case of the number in its name."""
    asked = select(SafetyCase).where(col(SafetyCase.id) == number)
    return session.scalar(asked.with_for_update() if for_update else asked)


def duplicates(session: Session, case_id: int) -> Sequence[SafetyCase]:
    """The cases that are said to be this one."""
    return session.scalars(select(SafetyCase).where(col(SafetyCase.duplicate_of) == case_id)
                           .order_by(col(SafetyCase.id))).all()


def neighbours(session: Session, case: SafetyCase, since: datetime, until: datetime,
               limit: int) -> Sequence[SafetyCase]:
    """Other cases in use on the same product, received between the two moments, the newest first. A case without a
    product has none."""
    if not case.product:
        return []
    return session.scalars(select(SafetyCase).where(
        col(SafetyCase.product) == case.product, col(SafetyCase.state).in_(IN_USE),
        col(SafetyCase.received_at).between(since, until), col(SafetyCase.id) != case.id)
        .order_by(col(SafetyCase.received_at).desc()).limit(limit)).all()


def first_reports(session: Session, case_ids: Collection[int]) -> dict[int, SafetyReport]:
    """Case -> what was told of it first."""
    rows = session.scalars(select(SafetyReport).where(
        col(SafetyReport.case_id).in_(list(case_ids)), col(SafetyReport.kind) == Kind.FIRST))
    return {row.case_id: row for row in rows}


def downgrades(session: Session, case_id: int) -> Sequence[SafetyDowngrade]:
    """All of a case, oldest first."""
    return session.scalars(select(SafetyDowngrade).where(col(SafetyDowngrade.case_id) == case_id)
                           .order_by(col(SafetyDowngrade.id))).all()


def downgrades_with(session: Session, account_id: int) -> Sequence[SafetyDowngrade]:
    """All that an officer asked for or decided, oldest first."""
    return session.scalars(select(SafetyDowngrade).where(or_(
        col(SafetyDowngrade.asked_by) == account_id, col(SafetyDowngrade.decided_by) == account_id))
        .order_by(col(SafetyDowngrade.id))).all()


def waiting_of(session: Session, case_ids: Collection[int]) -> set[int]:
    """Of these cases, those of which a downgrade waits."""
    return set(session.scalars(_waiting().where(col(SafetyDowngrade.case_id).in_(list(case_ids)))))


def count_waiting(session: Session) -> int:
    """How many downgrades wait for a second officer."""
    return session.scalar(select(func.count()).select_from(_waiting().subquery())) or 0


def count_in(session: Session, states: Collection[str]) -> int:
    """How many cases are in these states."""
    return session.scalar(select(func.count()).select_from(SafetyCase).where(
        col(SafetyCase.state).in_(list(states)))) or 0


def products(session: Session) -> list[str]:
    """The products that there are cases on, by name."""
    return [product for product in session.scalars(select(col(SafetyCase.product)).distinct()
                                                   .order_by(col(SafetyCase.product))) if product]


# Questions to reporters


def question(session: Session, code: str, *, for_update: bool = False) -> tuple[SafetyQuestion, SafetyCase] | None:
    """What that link asks, and its case; `for_update` keeps others from both."""
    asked = select(SafetyQuestion, SafetyCase).join(
        SafetyCase, col(SafetyCase.id) == col(SafetyQuestion.case_id)).where(col(SafetyQuestion.code) == code)
    row = session.execute(asked.with_for_update() if for_update else asked).first()
    return None if row is None else (row[0], row[1])


def question_of_number(session: Session, number: int) -> SafetyQuestion | None:
    """The question of that number."""
    return session.get(SafetyQuestion, number)


def questions(session: Session, case_id: int) -> Sequence[SafetyQuestion]:
    """All that the reporter of a case was asked, oldest first."""
    return session.scalars(select(SafetyQuestion).where(col(SafetyQuestion.case_id) == case_id)
                           .order_by(col(SafetyQuestion.id))).all()


def questions_by(session: Session, account_id: int) -> Sequence[SafetyQuestion]:
    """All that an officer asked, oldest first."""
    return session.scalars(select(SafetyQuestion).where(col(SafetyQuestion.asked_by) == account_id)
                           .order_by(col(SafetyQuestion.id))).all()
