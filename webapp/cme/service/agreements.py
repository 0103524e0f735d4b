"""The signed copies of agreements on support: the provider's alone, and part of the activity's file."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeActivity, CmeAgreement
from webapp.cme.queries import activity_file as file_queries
from webapp.cme.queries import provider as provider_queries
from webapp.cme.service import readiness, versions
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.core.subject import Subject

MOST_BYTES = 5 * 1024 * 1024
"""Of one file: our choice; a scan of twenty pages fits."""
NO_PDF = N_("The file is not a whole PDF. Send the signed agreement as one.")
TOO_LARGE = N_("The file is larger than 5 MB. Send a smaller scan.")
NO_SUPPORTER = N_("Choose a company that supports this activity, as activity.yaml names it.")


def page(session: Session, activity_id: int) -> dict[str, Any]:
    """Those that are there, and who supports the activity in any version."""
    return {"agreements": file_queries.agreements(session, activity_id),
            "supporters": supporters(session, activity_id), "lacking": lacking(session, activity_id)}


def supporters(session: Session, activity_id: int) -> list[str]:
    """Companies that support the activity, in any of its versions."""
    return sorted({one.company for version in provider_queries.versions_of(session, activity_id)
                   for one in versions.about(version).support})


def lacking(session: Session, activity_id: int) -> list[str]:
    """Supporters of the newest version with whom no signed agreement is there."""
    newest = queries.newest(session, activity_id)
    return readiness.unsigned(session, activity_id, versions.about(newest)) if newest else []


def bring_in(session: Session, slug: str, company: str, content: bytes, by: By) -> CmeAgreement:
    """Keeps a signed agreement, for good. NotFound; Invalid for what is no PDF or of no supporter; Conflict for a file
    that is there."""
    activity = _activity(session, slug)
    _check(session, activity, company, content)
    digest = sha256(content).hexdigest()
    if any(one.sha256 == digest for one in file_queries.agreements(session, activity.id or 0)):
        raise Conflict(N_("This very file is there already."))
    made = CmeAgreement(activity_id=activity.id or 0, company=company, sha256=digest, pdf=content, at=by.at)
    session.add(made)
    session.flush()
    audit.record(session, by, "cme-agreement-brought-in", Subject(versions.SUBJECT, activity.id or 0),
                 f"agreement:{made.key} sha256:{digest}")
    return made


def _check(session: Session, activity: CmeActivity, company: str, content: bytes) -> None:
    if company not in supporters(session, activity.id or 0):
        raise Invalid(NO_SUPPORTER)
    if len(content) > MOST_BYTES:
        raise Invalid(TOO_LARGE)
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        raise Invalid(NO_PDF)


def find(session: Session, slug: str, key: str) -> CmeAgreement:
    """One of an activity's. NotFound."""
    found = file_queries.agreement(session, _activity(session, slug).id or 0, key)
    if found is None:
        raise NotFound
    return found


def files(held: Sequence[CmeAgreement]) -> dict[str, bytes]:
    """By their name in the activity's file, in the order in which they came in."""
    return {f"agreements/{number:02}-{one.key}.pdf": one.pdf for number, one in enumerate(held, 1)}


def _activity(session: Session, slug: str) -> CmeActivity:
    activity = queries.activity(session, slug)
    if activity is None:
        raise NotFound(N_("There is no such activity."))
    return activity
