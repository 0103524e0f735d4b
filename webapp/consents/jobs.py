"""Timed work: let the ledger's old lines die."""

from datetime import datetime

from webapp.consents import service
from webapp.consents.rules.purposes import KEPT
from webapp.core import jobs
from webapp.core.db import Database


def forget_lines(database: Database, now: datetime) -> int | None:
    """Once an hour: see `service.forget`. Returns how many lines died, None if none did."""
    return jobs.forget(database, lambda session, limit: service.forget(session, now - KEPT, limit))
