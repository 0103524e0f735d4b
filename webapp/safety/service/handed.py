"""What officers see of handing a case over: to whom, step by step, and whether the desk has it."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.core.errors import N_
from webapp.core.languages import Language
from webapp.core.render import translations
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyDesk, SafetyHandOver
from webapp.safety.rules.clocks import Pace, hand_over
from webapp.safety.rules.hand_over import STEPS, WEBHOOK, Step
from webapp.sponsors import queries as sponsors

OFFICERS_STEPS = {**STEPS, Step.QUEUED: N_("Prepared for the desk")}


def over(session: Session, row: SafetyCase, language: Language, now: datetime) -> list[dict[str, Any]]:
    """Each hand-over of a case, oldest first, with its lines of the ledger and how its clock stands. Who acknowledged
    it the desk alone sees."""
    words = translations(language).gettext
    received = {report.id: report.at for report in queries.reports(session, row.id or 0)}
    made: dict[str, dict[str, Any]] = {}
    for event, about, _, desk in queries.ledger(session, case_id=row.id):
        if about.key not in made:
            pace = Pace.RUNNING if about.acknowledged_at else hand_over(received[about.report_id]).pace(now)
            made[about.key] = {**_head(session, about, desk), "pace": str(pace)}
        made[about.key]["steps"].append((words(OFFICERS_STEPS[Step(event.step)]), event.at))
    return list(made.values())


def _head(session: Session, row: SafetyHandOver, desk: SafetyDesk) -> dict[str, Any]:
    return {"company": sponsors.company(session, desk.company_id).name, "address": desk.address,
            "is_webhook": desk.channel == WEBHOOK, "is_follow_up": queries.is_handed_over_before(session, row),
            "acknowledged_at": row.acknowledged_at, "steps": []}
