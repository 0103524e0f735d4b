"""What this package holds of a person: which reports they took away."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.core.errors import N_
from webapp.reports import queries

KEPT_EXPORTS = N_("That you took reports away as files, by number and day, as long as the reports: to show that fixed "
                  "tables alone were taken.")


def export_person(session: Session, account_id: int) -> dict[str, Any]:
    """Every report that the account took away, ready for JSON."""
    return {"reports_taken": [entry.model_dump(mode="json", include={"period", "at"})
                              for entry in queries.exports_by(session, account_id)]}


def erase_person(session: Session, account_id: int, now: datetime) -> list[str]:
    """Nothing goes: the log is append-only and holds a number alone. Returns what is kept."""
    return [KEPT_EXPORTS] if queries.exports_by(session, account_id) else []
