"""What review keeps of one person."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col

from webapp.core.errors import N_
from webapp.review import queries
from webapp.review.models import Assignment, Look

KEPT_SIGNATURES = N_("Your signatures with your printed name, role, day and meaning, as long as what you signed is "
                     "kept: the law asks that every copy shows who signed (21 CFR 11.50).")
KEPT_AUTHORSHIP = N_("That you wrote what was handed in for review, by number, as long as it is kept: authors may not "
                     "sign their own work.")
KEPT_COMMENTS = N_("Your comments, answers, checklists, invitations and requests for changes in reviews, by number, as "
                   "long as what was reviewed is kept: they are part of its record.")


def export_person(session: Session, account_id: int) -> dict[str, Any]:
    """Everything that the account signed, wrote or worked on, ready for JSON."""
    return {
        "signatures": [{"title": title, **signature.model_dump(mode="json", include={
            "printed_name", "role", "meaning", "reason", "digest", "at"})}
            for title, signature in queries.signed_by(session, account_id)],
        "dossiers_written": [dossier.model_dump(mode="json", include={"title", "digest", "submitted_at"})
                             for dossier in queries.written_by(session, account_id)],
        "comments": [comment.model_dump(mode="json", include={"kind", "words", "quote", "at", "answer", "answered_at",
                                                              "closed_at"})
                     for comment in queries.commented_by(session, account_id)],
        "requests_for_changes": [row.model_dump(mode="json", include={"role", "words", "at"})
                                 for row in queries.requested_by(session, account_id)],
        "checklists": [{"answers": ", ".join(f"{item}: {answer}" for item, answer in row.answers.items()),
                        "at": row.at.isoformat()} for row in queries.ticked_by(session, account_id)],
        "guests_invited": [row.model_dump(mode="json", include={"name", "created_at", "expires_at"})
                           for row in queries.invited_by(session, account_id)],
        "tasks": [row.model_dump(mode="json", include={"role", "due_at", "at"})
                  for row in queries.tasks_of(session, account_id)],
        "looked_at": [row.model_dump(mode="json", include={"since", "until"})
                      for row in queries.looks_of(session, account_id)]}


def erase_person(session: Session, account_id: int, now: datetime) -> list[str]:
    """Tasks and looks go. Dossiers and signatures are append-only, and a signature shows who signed. Returns what is
    kept."""
    session.execute(delete(Assignment).where(col(Assignment.account_id) == account_id))
    session.execute(update(Assignment).where(col(Assignment.delegated_from) == account_id).values(delegated_from=None))
    session.execute(delete(Look).where(col(Look.account_id) == account_id))
    kept = [KEPT_SIGNATURES] if queries.signed_by(session, account_id) else []
    kept += [KEPT_AUTHORSHIP] if queries.written_by(session, account_id) else []
    took_part = (queries.commented_by, queries.requested_by, queries.invited_by, queries.ticked_by)
    return kept + ([KEPT_COMMENTS] if any(asked(session, account_id) for asked in took_part) else [])
