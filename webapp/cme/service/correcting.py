"""What the provider's pages show of certificates: an activity's, and one with all that it replaced and why."""

from datetime import date
from typing import Any

from sqlmodel import Session

from webapp.cme.models import CmeCertificate
from webapp.cme.queries import certificates as certificate_queries
from webapp.cme.rules.certificates import KINDS, STANDINGS, Kind, Standing, standing_of
from webapp.cme.service import certifying, showing_certificate
from webapp.cme.service.showing import activity_head
from webapp.core import audit
from webapp.core.languages import Language
from webapp.core.subject import Subject
from webapp.people import queries as people

PAGE = 50
"""Certificates on one page."""


def listing(session: Session, slug: str, number: int, language: Language) -> dict[str, Any]:
    """A page of an activity's certificates, the newest first. NotFound."""
    activity, head = activity_head(session, slug, language)
    found = certificate_queries.of_activity(session, activity.id or 0, offset=(number - 1) * PAGE, limit=PAGE + 1)
    return head | {"page_number": number, "has_more": len(found) > PAGE, "lines": [_line(row) for row in found[:PAGE]]}


def _line(row: Any) -> dict[str, Any]:
    standing = standing_of(is_superseded=row.is_superseded, is_revoked=row.is_revoked)
    return {"code": row.code, "name": row.name, "on": date.fromisoformat(row.facts["completed_on"]),
            "kind": KINDS[Kind(row.kind)], "standing": STANDINGS[standing]}


def page(session: Session, code: str, language: Language) -> dict[str, Any]:
    """A certificate as its public page shows it, whether it can be changed, and everything that was issued for the
    same completion, the first one first. NotFound."""
    held, standing = certifying.find(session, code)
    all_of = certificate_queries.certificates(session, [held.participation_id])
    return {"code": code, "found": showing_certificate.page(session, code, language),
            "slug": certificate_queries.activity_of(session, held.participation_id),
            "is_in_force": standing is Standing.VALID,
            "history": [_issued(session, one, code) for one in all_of]}


def _issued(session: Session, one: CmeCertificate, code: str) -> dict[str, Any]:
    standing = certifying.standing(session, one)
    return {"code": one.code, "is_this": one.code == code, "name": one.name, "at": one.at,
            "standing": STANDINGS[standing], "acts": _acts(session, one)}


def _acts(session: Session, one: CmeCertificate) -> list[dict[str, Any]]:
    """What was done to it, by whom and why, as the audit has it."""
    lines = audit.about(session, Subject(certifying.SUBJECT, one.id or 0))
    known = people.accounts(session, {entry.account_id for entry, _ in lines if entry.account_id is not None})
    return [{"at": entry.at, "by": known[entry.account_id].name if entry.account_id in known else "", "reason": reason}
            for entry, reason in reversed(lines)]
