"""Timed work: release campaigns whose time has come."""

from datetime import datetime

from webapp.campaigns import queries
from webapp.campaigns.service import planning
from webapp.core.db import Database


def release_due(database: Database, postal_address: str, now: datetime) -> int | None:
    """Writes the deliveries of every campaign that is due. Takes the database and not a session: each slice of a
    release is a transaction of its own. Returns the deliveries written, None if nothing was due."""
    with database.reading() as session:
        due = queries.due(session, now)
    written = sum(planning.release(database, campaign_id, postal_address, now) for campaign_id in due)
    return written or None
