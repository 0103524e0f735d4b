"""Reconciliation: a month is closed once, and then both sides sign what it counts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, NotFound, Refused
from webapp.core.subject import Subject
from webapp.people.queries import Account
from webapp.safety.models import SafetyCase, SafetyDesk, SafetyMonth, SafetyMonthCase, SafetyMonthSignature
from webapp.safety.queries import months as queries
from webapp.safety.rules.months import (
    Counted,
    Figures,
    Line,
    Side,
    Standing,
    bounds,
    digest,
    figures,
    month_after,
    month_of,
    name_of,
    read,
    standing,
    to_close,
)
from webapp.safety.service.receiving import number_of
from webapp.sponsors import queries as sponsors
from webapp.sponsors.queries import Company

NO_MONTH = N_("There is no such month, or it is not closed yet.")
CLOSER = "schedule"
"""Who closes months, in the audit."""


def close(session: Session, now: datetime) -> int:
    """Closes every month of every company that is due and not closed, as cases stand now; returns how many. A closed
    month is never made anew: what an officer finds out later about one of its cases does not change it."""
    desks: dict[int, list[SafetyDesk]] = defaultdict(list)
    for desk in queries.desks_ever(session):
        desks[desk.company_id].append(desk)
    return sum(_close_one(session, company_id, month, held, now)
               for company_id, held in desks.items() for month in to_close(_first(session, company_id, held), now))


def _first(session: Session, company_id: int, desks: Sequence[SafetyDesk]) -> date:
    """The first month of a company that may be open still."""
    last = queries.last_closed(session, company_id)
    if last is not None:
        return month_after(last)
    heard = queries.first_received(session, [desk.id or 0 for desk in desks])
    return min(month_of(moment) for moment in (heard, *(desk.opened_at for desk in desks)) if moment is not None)


def _close_one(session: Session, company_id: int, month: date, desks: Sequence[SafetyDesk], now: datetime) -> bool:
    first, before = bounds(month)
    stood: dict[int, list[tuple[int, Standing]]] = defaultdict(list)
    for desk_id, case_id, is_sent, is_open in queries.standings(session, [d.id or 0 for d in desks], first, before):
        stood[desk_id].append((case_id, standing(is_sent=is_sent, is_open=is_open)))
    counted = [desk for desk in desks if stood[desk.id or 0] or (desk.is_open and desk.opened_at < before)]
    for desk in counted:
        cases = stood[desk.id or 0]
        row = SafetyMonth(company_id=company_id, month=month, product=desk.product, market=desk.market, at=now,
                          **vars(figures([one for _, one in cases])))
        session.add(row)
        session.flush()
        session.add_all(SafetyMonthCase(month_id=row.id or 0, case_id=case_id, standing=str(one))
                        for case_id, one in cases)
    if counted:
        session.flush()
        audit.record(session, By(CLOSER, now), "safety-month-closed", Subject("company", company_id), name_of(month))
    return bool(counted)


def find(session: Session, company_key: str, name: str) -> tuple[Company, date, Sequence[SafetyMonth]]:
    """A company's closed month, by what an address has. NotFound without one."""
    company, month = sponsors.company_by_key(session, company_key), read(name)
    rows = queries.month(session, company.id or 0, month) if company is not None and month is not None else ()
    if company is None or month is None or not rows:
        raise NotFound(NO_MONTH)
    return company, month, rows


def counted(rows: Sequence[SafetyMonth]) -> list[Counted]:
    """What a month counts, by product and market."""
    return [Counted(row.product, row.market, Figures(row.received, row.sent, row.acknowledged, row.open))
            for row in rows]


def listed(cases: Sequence[tuple[SafetyCase, str]]) -> list[Line]:
    """The cases that it counts, by number."""
    return [Line(number_of(case), stood) for case, stood in cases]


def sign(session: Session, company_key: str, name: str, side: Side, person: Account, now: datetime) -> None:
    """Signs a closed month, whole, for a side. NotFound; Conflict where the side signed already; Refused to whoever
    signed for the other, since one person cannot agree with themselves."""
    company, month, rows = find(session, company_key, name)
    given = queries.signatures(session, [company.id or 0], [month])
    if any(one.side == side for one in given):
        raise Conflict(N_("This side has signed already. Nothing was changed."))
    if any(one.account_id == person.id for one in given):
        raise Refused(N_("You signed this month for the other side. Somebody else signs for this one."))
    made = digest(company.key, month, counted(rows), listed(queries.month_cases(session, company.id or 0, month)))
    session.add(SafetyMonthSignature(company_id=company.id or 0, month=month, side=str(side), digest=made, at=now,
                                     account_id=person.id or 0, printed_name=person.name))
    session.flush()
    audit.record(session, By(person.id or 0, now), "safety-month-signed", Subject("company", company.id or 0),
                 f"{name_of(month)} side:{side} digest:{made}")


def signed(rows: Sequence[SafetyMonthSignature]) -> dict[str, Any]:
    """Side -> its signature."""
    return {row.side: row for row in rows}
