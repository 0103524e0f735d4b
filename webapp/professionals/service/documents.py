"""Uploaded evidence: sealed before the transaction that stores it, opened for operators alone, deleted in time."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.ids import new_key
from webapp.core.platform import Platform
from webapp.core.sealing import seal, unseal
from webapp.core.tokens import KeyRing
from webapp.professionals import queries
from webapp.professionals.models import Verification, VerificationDocument
from webapp.professionals.rules import evidence
from webapp.professionals.rules.states import Decider
from webapp.professionals.service.recording import By, add_event, document_name

OPENED = "open"
DELETE_AT_ONCE = 100
"""Documents that one run of the job deletes."""


@dataclass(frozen=True)
class Upload:
    """A document, sealed and ready to be stored."""

    key: str
    media_type: str
    size_bytes: int
    sha256: str
    sealed: bytes


@dataclass(frozen=True)
class Opened:
    """A document as it was sent, with a name to save it by that says nothing of the person."""

    name: str
    media_type: str
    content: bytes


def prepare(ring: KeyRing, content: bytes) -> Upload:
    """Seals what was uploaded; Invalid, saying why, where it is not taken. Call it before the transaction."""
    refusal, kind = evidence.refusal(content), evidence.kind_of(content)
    if refusal is not None or kind is None:
        raise Invalid(refusal or "")
    key = new_key()
    return Upload(key, kind.media_type, len(content), hashlib.sha256(content).hexdigest(),
                  seal(ring, content, about=_about(key)))


def store(session: Session, verification: Verification, upload: Upload, now: datetime) -> VerificationDocument:
    """Keeps the document with its verification; it takes the place of an earlier one."""
    assert verification.id is not None
    session.execute(delete(VerificationDocument).where(
        col(VerificationDocument.verification_id) == verification.id))
    document = VerificationDocument(
        key=upload.key, verification_id=verification.id, media_type=upload.media_type, size_bytes=upload.size_bytes,
        sha256=upload.sha256, sealed=upload.sealed, uploaded_at=now)
    session.add(document)
    session.flush()
    return document


def open_for(platform: Platform, key: str, operator_id: int, now: datetime) -> Opened:
    """A document, for an operator. That it was opened, and by whom, is an event."""
    with platform.database.reading() as session:
        document = queries.document_by_key(session, key)
    if document is None:
        raise NotFound(N_("There is no such document. It is deleted 30 days after the decision."))
    content = unseal(platform.ring, document.sealed, about=_about(document.key))
    with platform.database.writing() as session:
        verification = session.get(Verification, document.verification_id)
        assert verification is not None
        add_event(session, verification, OPENED,
                  By(Decider.OPERATOR, operator_id, evidence=document_name(document)), now)
    ending = evidence.BY_MEDIA_TYPE[document.media_type].ending
    return Opened(f"evidence-{document.key}.{ending}", document.media_type, content)


def delete_due(session: Session, now: datetime) -> int | None:
    """Deletes documents 30 days after their decision. Returns how many, None if there were none."""
    due = queries.documents_to_delete(session, now, DELETE_AT_ONCE)
    session.execute(delete(VerificationDocument).where(col(VerificationDocument.id).in_(due)))
    return len(due) or None


def _about(key: str) -> str:
    return f"verification-document:{key}"
