"""Timed work: release campaigns whose time has come, tell of labels that changed under messages, forget old clicks."""

from datetime import datetime

from sqlalchemy.exc import OperationalError

from webapp.campaigns import queries, rules
from webapp.campaigns.service import claiming, clicking, planning
from webapp.core import jobs
from webapp.core.db import Database
from webapp.core.errors import N_
from webapp.review.service import reminding


def release_due(database: Database, postal_address: str, now: datetime) -> int | None:
    """Writes the deliveries of every campaign that is due. Takes the database and not a session: each slice of a
    release is a transaction of its own. Returns the deliveries written, None if nothing was due.

    One campaign that fails holds up no other: it is blocked, unless it was the database that could not be had. All
    failures are raised together once every campaign had its turn.
    """
    with database.reading() as session:
        due = queries.due(session, now)
    written = 0
    failures: list[Exception] = []
    for campaign_id in due:
        try:
            written += planning.release(database, campaign_id, postal_address, now)
        except OperationalError as error:  # its turn comes again
            failures.append(error)
        except Exception as error:
            failures.append(error)
            with database.writing() as session:
                planning.block(session, campaign_id, N_("Its release failed; the worker's log says why. Mend it, then "
                                                        "give it another time."))
    if failures:
        raise ExceptionGroup("campaigns were not released", failures)
    return written or None


def tell_of_changes(database: Database, now: datetime) -> int | None:
    """Tells reviewers of labels that changed under messages. Returns how many mails, or None."""
    return reminding.tell_of_changes(database, claiming.to_tell_of, now)


def forget_clicks(database: Database, now: datetime) -> int | None:
    """Deletes clicks that are older than they may be kept. Takes the database and not a session: each slice is a
    transaction of its own. Returns how many, None if none."""
    return jobs.forget(database, lambda session, limit: clicking.forget(session, now - rules.CLICKS_KEPT, limit))
