"""Every SELECT on whether what was told is significant."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from webapp.safety.models import SafetyJudgement, SafetyReport
from webapp.safety.rules import Kind


def is_significant() -> ColumnElement[bool]:
    """Whether a report is, by the last word on it: its own, or that of an officer."""
    judged = (select(col(SafetyJudgement.is_significant)).where(col(SafetyJudgement.report_id) == col(SafetyReport.id))
              .order_by(col(SafetyJudgement.id).desc()).limit(1).correlate(SafetyReport).scalar_subquery())
    return func.coalesce(judged, col(SafetyReport.is_significant))


def significant_of(session: Session, case_id: int) -> set[int]:
    """Of what was told of a case, the reports that are significant."""
    return set(session.scalars(select(col(SafetyReport.id)).where(
        col(SafetyReport.case_id) == case_id, is_significant())))


def followed_up_at(session: Session, case_ids: Collection[int]) -> dict[int, datetime]:
    """Case -> when the last significant follow-up of it was received; not of a case without one."""
    rows = session.execute(select(col(SafetyReport.case_id), func.max(col(SafetyReport.at))).where(
        col(SafetyReport.case_id).in_(list(case_ids)), col(SafetyReport.kind) == Kind.FOLLOW_UP, is_significant())
        .group_by(col(SafetyReport.case_id)))
    return {row[0]: row[1] for row in rows}


def judgements_by(session: Session, account_id: int) -> Sequence[SafetyJudgement]:
    """All that an officer made, oldest first."""
    return session.scalars(select(SafetyJudgement).where(col(SafetyJudgement.judged_by) == account_id)
                           .order_by(col(SafetyJudgement.id))).all()
