"""That files of an activity were taken away: who took which, and when, stands in the audit."""

from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeVersion
from webapp.cme.service.versions import SUBJECT
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, NotFound
from webapp.core.subject import Subject


def note_outcomes(session: Session, version: CmeVersion, form: str, by: By) -> None:
    """The outcomes of a version, as `xlsx` or `pdf`."""
    audit.record(session, by, "cme-outcomes-taken", Subject(SUBJECT, version.activity_id),
                 f"version:{version.id} {form}")


def note_file(session: Session, slug: str, by: By) -> None:
    """The whole file of an activity. NotFound."""
    activity = queries.activity(session, slug)
    if activity is None:
        raise NotFound(N_("There is no such activity."))
    audit.record(session, by, "cme-file-taken", Subject(SUBJECT, activity.id or 0))
