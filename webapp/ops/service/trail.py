"""The audit as operators read it."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import Line
from webapp.core.errors import N_
from webapp.ops import rules
from webapp.people import queries as people
from webapp.people.service import MAIL_SUBJECT
from webapp.review.rules import naming
from webapp.review.service import acts
from webapp.sponsors import queries as sponsors

ACTORS = {**acts.ACTORS, "reporter": N_("reporter")}
"""Actors that are no account."""


def shown(session: Session, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Entries with the people they name, ready for a page. `reason` is None where its words were taken out."""
    numbers = {line.entry.account_id for line in lines if line.entry.account_id is not None}
    numbers |= {line.entry.subject_id for line in lines if line.entry.subject_kind == MAIL_SUBJECT}
    known = people.accounts(session, numbers)
    return [{
        "number": entry.id, "at": entry.at, "action": rules.ACTIONS.get(entry.action, entry.action),
        "actor": ACTORS.get(entry.actor, entry.actor),
        "by": known.get(entry.account_id or 0), "by_number": entry.account_id,
        "subject": f"{entry.subject_kind}:{entry.subject_id}", "reason": reason,
        "details": _details(session, entry.detail),
        "about": known.get(entry.subject_id) if entry.subject_kind == MAIL_SUBJECT else None,
    } for entry, reason in lines]


def _details(session: Session, detail: str) -> list[tuple[str, str, str]]:
    """(text, kind, number) of each part: a role is a `word` for the catalogue, so is what stands before a number; a
    company goes by its `name`, all else is a `code`."""
    return [_part(session, part) for part in detail.split()]


def _part(session: Session, part: str) -> tuple[str, str, str]:
    words = {**naming.CODES, **rules.ROLES}
    if part in words:
        return words[part], "word", ""
    kind, _, number = part.partition(":")
    if kind in naming.NUMBERED and number:
        return naming.NUMBERED[kind], "word", number
    return (sponsors.company(session, int(number)).name, "name", "") if kind == "company" else (part, "code", "")


def newest(session: Session, kind: str, page: int) -> dict[str, Any]:
    """The audit, the newest first: whole, or of what was done to subjects of a kind. An unknown kind is no kind."""
    kind = kind if kind in rules.SUBJECTS else ""
    lines = audit.newest(session, kind, **rules.window(page))
    return {"trail": rules.page_of(shown(session, lines), page), "kind": kind, "kinds": list(rules.SUBJECTS.items())}
