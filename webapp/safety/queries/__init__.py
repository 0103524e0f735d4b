"""Every SELECT on adverse events."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlmodel import Session, col

from webapp.safety.models import (
    SafetyCase,
    SafetyDesk,
    SafetyDowngrade,
    SafetyHandOver,
    SafetyHandOverEvent,
    SafetyQuestion,
    SafetyReceipt,
    SafetyReport,
)
from webapp.safety.queries.follow_ups import is_significant
from webapp.safety.rules import IN_USE, Kind
from webapp.safety.rules.hand_over import OPEN, WEBHOOK, State


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


def desk_at_receipt(session: Session, case: SafetyCase) -> SafetyDesk | None:
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


# Triage


def waiting() -> Select[int]:
    """Numbers of the cases of which a downgrade waits for a second officer."""
    return select(col(SafetyDowngrade.case_id)).where(col(SafetyDowngrade.decided_at).is_(None))


def held(session: Session, numbers: Collection[int]) -> Sequence[SafetyCase]:
    """The cases of these numbers, as they stand and kept from others until the commit."""
    return session.scalars(select(SafetyCase).where(col(SafetyCase.id).in_(list(numbers))).order_by(col(SafetyCase.id))
                           .with_for_update().execution_options(populate_existing=True)).all()


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
    return set(session.scalars(waiting().where(col(SafetyDowngrade.case_id).in_(list(case_ids)))))


def count_waiting(session: Session) -> int:
    """How many downgrades wait for a second officer."""
    return session.scalar(select(func.count()).select_from(waiting().subquery())) or 0


def count_in(session: Session, states: Collection[str]) -> int:
    """How many cases are in these states."""
    return session.scalar(select(func.count()).select_from(SafetyCase).where(
        col(SafetyCase.state).in_(list(states)))) or 0


def products(session: Session) -> list[str]:
    """The products that there are cases on, by name."""
    return [product for product in session.scalars(select(col(SafetyCase.product)).distinct()
                                                   .order_by(col(SafetyCase.product))) if product]


# Hand-overs


def desk_of(session: Session, desk_id: int) -> SafetyDesk:
    """The desk; it is there, because other tables refer to it by foreign key."""
    return session.get_one(SafetyDesk, desk_id)


def not_handed_over(session: Session, limit: int) -> list[int]:
    """Cases in use that have a desk and tell something significant that no hand-over to it holds, oldest first."""
    return list(session.scalars(
        select(col(SafetyCase.id)).join(SafetyReport, col(SafetyReport.case_id) == col(SafetyCase.id))
        .where(col(SafetyCase.desk_id).is_not(None), col(SafetyCase.state).in_(IN_USE), is_lacking())
        .group_by(col(SafetyCase.id)).order_by(col(SafetyCase.id)).limit(limit)))


def newest_lacking(session: Session, case_id: int) -> tuple[SafetyCase, int] | None:
    """The case, locked, and its newest significant report, if that is in no hand-over to its desk."""
    case = session.scalar(select(SafetyCase).where(
        col(SafetyCase.id) == case_id, col(SafetyCase.desk_id).is_not(None),
        col(SafetyCase.state).in_(IN_USE)).with_for_update())
    newest = session.scalar(
        select(func.max(col(SafetyReport.id))).join(SafetyCase, col(SafetyCase.id) == col(SafetyReport.case_id))
        .where(col(SafetyReport.case_id) == case_id, is_lacking()))
    return None if case is None or newest is None else (case, newest)


def is_lacking() -> ColumnElement[bool]:
    """Significant, and in no hand-over to the desk that its case has now."""
    return is_significant() & ~exists().where(
        col(SafetyHandOver.case_id) == col(SafetyCase.id), col(SafetyHandOver.desk_id) == col(SafetyCase.desk_id),
        col(SafetyHandOver.report_id) >= col(SafetyReport.id)).correlate(SafetyCase, SafetyReport)


def to_send(session: Session, now: datetime, limit: int) -> list[tuple[int, str]]:
    """(hand-over, channel) of those to be said, or said again: the desk is open, and of a mail it is known what became
    of the last. A webhook that was begun and not ended by then was cut off."""
    asked = (select(col(SafetyHandOver.id), col(SafetyDesk.channel)).select_from(SafetyHandOver)
             .join(SafetyDesk, col(SafetyDesk.id) == col(SafetyHandOver.desk_id))
             .where(_is_open(), col(SafetyHandOver.next_at) <= now, col(SafetyDesk.is_open),
                    (col(SafetyHandOver.state) != State.SENDING) | (col(SafetyDesk.channel) == WEBHOOK))
             .order_by(col(SafetyHandOver.next_at), col(SafetyHandOver.id)).limit(limit))
    return [(number, channel) for number, channel in session.execute(asked)]


def being_mailed(session: Session) -> list[SafetyHandOver]:
    """Hand-overs of which a mail was put into the outbox, and not yet looked at what became of it."""
    return list(session.scalars(
        select(SafetyHandOver).join(SafetyDesk, col(SafetyDesk.id) == col(SafetyHandOver.desk_id))
        .where(col(SafetyHandOver.state) == State.SENDING, col(SafetyDesk.channel) != WEBHOOK)))


def unanswered(session: Session, begun_before: datetime) -> list[tuple[SafetyHandOver, datetime]]:
    """Hand-overs that nobody acknowledged and whose clock began by then, each with when it began."""
    rows = session.execute(
        select(SafetyHandOver, col(SafetyReport.at))
        .join(SafetyReport, col(SafetyReport.id) == col(SafetyHandOver.report_id))
        .where(_is_open(), col(SafetyReport.at) <= begun_before).order_by(col(SafetyHandOver.id)))
    return [(row, began_at) for row, began_at in rows]


def taken_at(session: Session, case_ids: Collection[int]) -> dict[int, datetime]:
    """Case -> when its desk acknowledged all that is significant of it; not of a case with something open."""
    is_open = exists().where(col(SafetyReport.case_id) == col(SafetyCase.id), is_unanswered())
    rows = session.execute(
        select(col(SafetyHandOver.case_id), func.max(col(SafetyHandOver.acknowledged_at)))
        .join(SafetyCase, col(SafetyCase.id) == col(SafetyHandOver.case_id))
        .where(col(SafetyHandOver.case_id).in_(list(case_ids)), col(SafetyHandOver.state) == State.ACKNOWLEDGED,
               col(SafetyHandOver.desk_id) == col(SafetyCase.desk_id), ~is_open)
        .group_by(col(SafetyHandOver.case_id)))
    return {row[0]: row[1] for row in rows}


def waits_since(session: Session, case_ids: Collection[int]) -> dict[int, datetime]:
    """Case -> when the first was received of what its desk has not acknowledged; not of a case without such."""
    rows = session.execute(
        select(col(SafetyReport.case_id), func.min(col(SafetyReport.at)))
        .join(SafetyCase, col(SafetyCase.id) == col(SafetyReport.case_id))
        .where(col(SafetyReport.case_id).in_(list(case_ids)), col(SafetyCase.desk_id).is_not(None), is_unanswered())
        .group_by(col(SafetyReport.case_id)))
    return {row[0]: row[1] for row in rows}


def count_unanswered(session: Session, begun_before: datetime) -> int:
    """How many cases in use that a desk takes tell something significant, received by then, that the desk did not
    acknowledge or that no hand-over holds."""
    return session.scalar(select(func.count()).select_from(SafetyCase).where(
        col(SafetyCase.desk_id).is_not(None), col(SafetyCase.state).in_(IN_USE), exists().where(
            col(SafetyReport.case_id) == col(SafetyCase.id), col(SafetyReport.at) <= begun_before,
            is_unanswered()))) or 0


def is_unanswered() -> ColumnElement[bool]:
    """Significant, and in no hand-over that the desk which its case has now acknowledged; or the newest in one that
    this desk has not, of which it is told again until it does."""
    handed = (col(SafetyHandOver.case_id) == col(SafetyCase.id), col(SafetyHandOver.desk_id) == col(SafetyCase.desk_id))
    is_taken = exists().where(*handed, col(SafetyHandOver.report_id) >= col(SafetyReport.id),
                              col(SafetyHandOver.state) == State.ACKNOWLEDGED).correlate(SafetyCase, SafetyReport)
    is_open = exists().where(*handed, col(SafetyHandOver.report_id) == col(SafetyReport.id),
                             col(SafetyHandOver.state).in_(OPEN)).correlate(SafetyCase, SafetyReport)
    return is_significant() & (~is_taken | is_open)


def _is_open() -> ColumnElement[bool]:
    """Not acknowledged, of a case in use that is still this desk's."""
    return col(SafetyHandOver.state).in_(OPEN) & exists().where(
        col(SafetyCase.id) == col(SafetyHandOver.case_id), col(SafetyCase.state).in_(IN_USE),
        col(SafetyCase.desk_id) == col(SafetyHandOver.desk_id))


def hand_over(session: Session, number: int) -> SafetyHandOver:
    """One, locked until the transaction ends."""
    return session.scalars(select(SafetyHandOver).where(col(SafetyHandOver.id) == number).with_for_update()).one()


def hand_over_of_code(session: Session, code: str, *, for_update: bool = False) -> SafetyHandOver | None:
    """What a code opens: while the desk is open and the case is its."""
    asked = (select(SafetyHandOver).join(SafetyDesk, col(SafetyDesk.id) == col(SafetyHandOver.desk_id))
             .join(SafetyCase, col(SafetyCase.id) == col(SafetyHandOver.case_id))
             .where(col(SafetyHandOver.code) == code, col(SafetyDesk.is_open),
                    col(SafetyCase.desk_id) == col(SafetyHandOver.desk_id)))
    return session.scalar(asked.with_for_update(of=SafetyHandOver) if for_update else asked)


def is_handed_over_before(session: Session, row: SafetyHandOver) -> bool:
    """Whether the desk was handed an earlier state of the case, so that this is more about what it knows."""
    return session.scalar(select(col(SafetyHandOver.id)).where(
        col(SafetyHandOver.case_id) == row.case_id, col(SafetyHandOver.desk_id) == row.desk_id,
        col(SafetyHandOver.report_id) < row.report_id).limit(1)) is not None


def case_numbered(session: Session, case_id: int) -> SafetyCase:
    """The case; it is there, because other tables refer to it by foreign key."""
    return session.get_one(SafetyCase, case_id)


def case_by_number(session: Session, year: int, number: int) -> SafetyCase | None:
    """The case that print calls so."""
    found = session.get(SafetyCase, number)
    return found if found is not None and found.received_at.year == year else None


def is_in_ledger(session: Session, hand_over_id: int, step: str, detail: str) -> bool:
    """Whether the ledger has that line."""
    return session.scalar(select(col(SafetyHandOverEvent.id)).where(
        col(SafetyHandOverEvent.hand_over_id) == hand_over_id, col(SafetyHandOverEvent.step) == step,
        col(SafetyHandOverEvent.detail) == detail).limit(1)) is not None


def events(session: Session, hand_over_id: int) -> Sequence[SafetyHandOverEvent]:
    """The lines of one hand-over, oldest first."""
    return session.scalars(select(SafetyHandOverEvent).where(
        col(SafetyHandOverEvent.hand_over_id) == hand_over_id).order_by(col(SafetyHandOverEvent.id))).all()


def ledger(session: Session, *, case_id: int | None = None, first: datetime | None = None,
           before: datetime | None = None) -> list[tuple[SafetyHandOverEvent, SafetyHandOver, SafetyCase, SafetyDesk]]:
    """All lines, oldest first: of one case, or from a moment until before another."""
    asked = (select(SafetyHandOverEvent, SafetyHandOver, SafetyCase, SafetyDesk)
             .join(SafetyHandOver, col(SafetyHandOver.id) == col(SafetyHandOverEvent.hand_over_id))
             .join(SafetyCase, col(SafetyCase.id) == col(SafetyHandOver.case_id))
             .join(SafetyDesk, col(SafetyDesk.id) == col(SafetyHandOver.desk_id))
             .order_by(col(SafetyHandOverEvent.at), col(SafetyHandOverEvent.id)))
    if case_id is not None:
        asked = asked.where(col(SafetyCase.id) == case_id)
    if first is not None:
        asked = asked.where(col(SafetyHandOverEvent.at) >= first)
    if before is not None:
        asked = asked.where(col(SafetyHandOverEvent.at) < before)
    return [(event, row, case, place) for event, row, case, place in session.execute(asked)]


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
