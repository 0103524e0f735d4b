"""The provider's queue of words that may tell of a side effect. Whose they are is not known here, and cannot be."""

from typing import Any

from sqlmodel import Session

from webapp.cme.models import CmeVersion
from webapp.cme.queries import provider as provider_queries
from webapp.cme.service import versions
from webapp.cme.service.showing import language_in
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, NotFound
from webapp.core.languages import Language
from webapp.core.subject import Subject

SUBJECT = "cme-heard"
PAGE = 50
"""Words on one page."""
AGREEMENTS = {True: N_("The learner agreed: the safety desk has these words, without a name."),
              False: N_("The learner does not want them passed on."),
              None: N_("The learner has not answered, which counts as no.")}


def page(session: Session, number: int, language: Language) -> dict[str, Any]:
    """A page of what nobody has closed yet, the oldest first. Of when it was written the day alone is told: the moment
    could be held against a list of who learned when."""
    found = provider_queries.heard_open(session, offset=(number - 1) * PAGE, limit=PAGE + 1)
    titles = {one: _title(session, one, language) for one in {row.version_id for row in found}}
    lines = [{"key": row.key, "words": row.words, "lang": row.language, "on": row.at.date(),
              "agreement": AGREEMENTS[row.may_pass_on], **titles[row.version_id]} for row in found[:PAGE]]
    return {"page_number": number, "has_more": len(found) > PAGE,
            "open_count": provider_queries.heard_count(session), "lines": lines}


def _title(session: Session, version_id: int, language: Language) -> dict[str, str]:
    file = versions.about(session.get_one(CmeVersion, version_id))
    tag = language_in(file, language)
    return {"title": file.titles[tag], "title_lang": tag}


def close(session: Session, key: str, by: By) -> None:
    """Says that the provider looked at it; why nothing more is to be done is the reason. NotFound; Conflict if it was
    closed already."""
    heard = provider_queries.heard(session, key, for_update=True)
    if heard is None:
        raise NotFound
    if heard.closed_at is not None:
        raise Conflict(N_("Somebody closed this already. Nothing was changed."))
    heard.closed_at = by.at
    audit.record(session, by, "cme-heard-closed", Subject(SUBJECT, heard.id or 0))
