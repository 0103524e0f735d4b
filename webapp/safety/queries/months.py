"""Every SELECT on months of adverse events that are reconciled."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import exists, func, or_, select
from sqlmodel import Session, col

from webapp.safety.models import (
    SafetyCase,
    SafetyDesk,
    SafetyHandOver,
    SafetyHandOverEvent,
    SafetyMonth,
    SafetyMonthCase,
    SafetyMonthSignature,
    SafetyReport,
)
from webapp.safety.queries import is_lacking
from webapp.safety.rules import IN_USE
from webapp.safety.rules.hand_over import OPEN, Step


def desks_ever(session: Session) -> list[SafetyDesk]:
    """All, open or closed, by company, product and market."""
    return list(session.scalars(select(SafetyDesk).order_by(
        col(SafetyDesk.company_id), col(SafetyDesk.product), col(SafetyDesk.market))))


def first_received(session: Session, desk_ids: Collection[int]) -> datetime | None:
    """When the first case in use of these desks came in."""
    return session.scalar(select(func.min(col(SafetyCase.received_at))).where(
        col(SafetyCase.desk_id).in_(list(desk_ids)), col(SafetyCase.state).in_(IN_USE)))


def last_closed(session: Session, company_id: int) -> date | None:
    """The newest month of a company that is closed."""
    return session.scalar(select(func.max(col(SafetyMonth.month))).where(col(SafetyMonth.company_id) == company_id))


def standings(session: Session, desk_ids: Collection[int], first: datetime,
              before: datetime) -> list[tuple[int, int, bool, bool]]:
    """(desk, case, whether something was sent, whether something is not acknowledged) of the cases in use that came in
    between the two moments, by number. A case that tells what no hand-over holds yet has that open."""
    handed = (col(SafetyHandOver.case_id) == col(SafetyCase.id), col(SafetyHandOver.desk_id) == col(SafetyCase.desk_id))
    is_sent = exists().where(*handed, col(SafetyHandOverEvent.hand_over_id) == col(SafetyHandOver.id),
                             col(SafetyHandOverEvent.step).in_((Step.SENT, Step.ACKNOWLEDGED)))
    is_open = or_(exists().where(*handed, col(SafetyHandOver.state).in_(OPEN)),
                  exists().where(col(SafetyReport.case_id) == col(SafetyCase.id), is_lacking()))
    rows = session.execute(
        select(col(SafetyCase.desk_id), col(SafetyCase.id), is_sent, is_open)
        .where(col(SafetyCase.desk_id).in_(list(desk_ids)), col(SafetyCase.state).in_(IN_USE),
               col(SafetyCase.received_at) >= first, col(SafetyCase.received_at) < before)
        .order_by(col(SafetyCase.id)))
    return [(desk_id or 0, case_id or 0, bool(sent), bool(waits)) for desk_id, case_id, sent, waits in rows]


def months(session: Session, company_ids: Collection[int] | None, *, offset: int,
           limit: int) -> list[tuple[int, date, int, int, int, int]]:
    """(company, month, received, sent, acknowledged, open) of closed months, the newest first; of all companies
    where none are named."""
    sums = [func.sum(column) for column in (col(SafetyMonth.received), col(SafetyMonth.sent),
                                            col(SafetyMonth.acknowledged), col(SafetyMonth.open))]
    asked = select(col(SafetyMonth.company_id), col(SafetyMonth.month), *sums)
    if company_ids is not None:
        asked = asked.where(col(SafetyMonth.company_id).in_(list(company_ids)))
    rows = session.execute(asked.group_by(col(SafetyMonth.company_id), col(SafetyMonth.month)).order_by(
        col(SafetyMonth.month).desc(), col(SafetyMonth.company_id)).offset(offset).limit(limit))
    return [(company, month, *map(int, counts)) for company, month, *counts in rows]


def month(session: Session, company_id: int, first: date) -> Sequence[SafetyMonth]:
    """A company's closed month, by product and market; nothing where it is not closed."""
    return session.scalars(select(SafetyMonth).where(
        col(SafetyMonth.company_id) == company_id, col(SafetyMonth.month) == first)
        .order_by(col(SafetyMonth.product), col(SafetyMonth.market))).all()


def month_cases(session: Session, company_id: int, first: date) -> list[tuple[SafetyCase, str]]:
    """The cases that a closed month counts, each with where it stood, by number."""
    rows = session.execute(
        select(SafetyCase, col(SafetyMonthCase.standing))
        .join(SafetyMonthCase, col(SafetyMonthCase.case_id) == col(SafetyCase.id))
        .join(SafetyMonth, col(SafetyMonth.id) == col(SafetyMonthCase.month_id))
        .where(col(SafetyMonth.company_id) == company_id, col(SafetyMonth.month) == first)
        .order_by(col(SafetyCase.id)))
    return [(case, standing) for case, standing in rows]


def signatures(session: Session, company_ids: Collection[int], firsts: Collection[date]) -> list[SafetyMonthSignature]:
    """Those of these companies' months, oldest first."""
    return list(session.scalars(select(SafetyMonthSignature).where(
        col(SafetyMonthSignature.company_id).in_(list(company_ids)),
        col(SafetyMonthSignature.month).in_(list(firsts))).order_by(col(SafetyMonthSignature.id))))


def signatures_by(session: Session, account_id: int) -> Sequence[SafetyMonthSignature]:
    """All that a person gave, oldest first."""
    return session.scalars(select(SafetyMonthSignature).where(
        col(SafetyMonthSignature.account_id) == account_id).order_by(col(SafetyMonthSignature.id))).all()


def late_cases(session: Session, company_id: int, first: datetime, before: datetime) -> Sequence[SafetyCase]:
    """Cases in use that came in between the two moments and are the company's now, and that none of its closed months
    counts, by number: an officer found out later whose they are."""
    is_counted = exists().where(
        col(SafetyMonthCase.case_id) == col(SafetyCase.id), col(SafetyMonth.id) == col(SafetyMonthCase.month_id),
        col(SafetyMonth.company_id) == company_id)
    return session.scalars(
        select(SafetyCase).join(SafetyDesk, col(SafetyDesk.id) == col(SafetyCase.desk_id))
        .where(col(SafetyDesk.company_id) == company_id, col(SafetyCase.state).in_(IN_USE), ~is_counted,
               col(SafetyCase.received_at) >= first, col(SafetyCase.received_at) < before)
        .order_by(col(SafetyCase.id))).all()
