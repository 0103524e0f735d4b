"""What this package holds of a person: handed out, or taken away."""

from typing import Any

from sqlmodel import Session

from webapp.core.errors import N_
from webapp.core.tokens import KeyRing
from webapp.safety import queries
from webapp.safety.queries import follow_ups, months
from webapp.safety.service.receiving import number_of
from webapp.safety.service.sealing import opened

KEPT = N_("Reports of side effects that you sent, as you sent them, without the link to your account: the law asks for "
          "them, and so do those who take the medicine.")
KEPT_DECISIONS = N_("That you asked a reporter of a side effect or a second officer, were the second officer, or "
                    "judged a follow-up, by number: part of the record of the case.")
KEPT_MONTHS = N_("That you signed a month's list of side effects, with your name as it was then: both sides' proof "
                 "that no case was lost.")


def export_person(session: Session, ring: KeyRing, account_id: int) -> dict[str, Any]:
    """The reports that the account sent, and as an officer the downgrades that it took part in, when it asked a
    reporter, the follow-ups that it judged and the months that it signed, ready for JSON; empty without any."""
    cases, downgrades = queries.cases_of(session, account_id), queries.downgrades_with(session, account_id)
    sent = [{"number": number_of(case), "received_at": row.at.isoformat(), **opened(ring, case, row).kept()}
            for case in cases for row in queries.reports(session, case.id or 0)]
    decided = [row.model_dump(mode="json", exclude={"id", "key", "case_id", "asked_by", "decided_by"})
               for row in downgrades]
    asked = [row.model_dump(mode="json", include={"asked_at", "answered_at"})
             for row in queries.questions_by(session, account_id)]
    judged = [row.model_dump(mode="json", include={"is_significant", "at"})
              for row in follow_ups.judgements_by(session, account_id)]
    signed = [row.model_dump(mode="json", include={"month", "side", "printed_name", "at"})
              for row in months.signatures_by(session, account_id)]
    held = {"side_effects": sent, "safety_downgrades": decided, "safety_questions": asked,
            "safety_judgements": judged, "safety_months": signed}
    return {name: rows for name, rows in held.items() if rows}


def erase_person(session: Session, account_id: int) -> list[str]:
    """Takes the account's number off its cases, and keeps them. Returns what is kept, in sentences marked for the
    catalogue; doing so again changes nothing."""
    cases = queries.cases_of(session, account_id)
    for case in cases:
        case.account_id = None
    session.flush()
    return [*([KEPT] if cases else []),
            *([KEPT_DECISIONS] if queries.downgrades_with(session, account_id)
              or queries.questions_by(session, account_id) or follow_ups.judgements_by(session, account_id) else []),
            *([KEPT_MONTHS] if months.signatures_by(session, account_id) else [])]
