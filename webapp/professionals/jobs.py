"""Timed work: ask registries about those who wait, remind, renew or lapse, delete documents."""

from datetime import datetime

from sqlmodel import Session

from webapp.core.db import Database
from webapp.professionals.service import documents, reminding, renewing
from webapp.professionals.service.lookup import HttpRegistry, TableRegistry


def look_up(database: Database, url: str, now: datetime) -> int | None:
    """Asks the look-up service at `url`, or where there is none the imported register. Takes the database and not a
    session: a look-up may take seconds, and holds no lock."""
    service = HttpRegistry(url) if url else None
    return renewing.look_up_pending(database, lambda session: service or TableRegistry(session), now)


def renew_or_lapse(database: Database, now: datetime) -> int | None:
    """See `service.renewing`; each verification is a transaction of its own."""
    return renewing.renew_or_lapse(database, now)


def remind(database: Database, now: datetime) -> int | None:
    """See `service.reminding`; each mail is a transaction of its own."""
    return reminding.remind(database, now)


def delete_documents(session: Session, now: datetime) -> int | None:
    """See `service.documents.delete_due`."""
    return documents.delete_due(session, now)
