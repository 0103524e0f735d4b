"""Tells those whose verification falls due that they may renew it, each of a few times once."""

from datetime import datetime

from sqlmodel import Session

from webapp.core.db import Database
from webapp.people.rules import MailName
from webapp.professionals import queries
from webapp.professionals.models import Verification
from webapp.professionals.rules.states import State, reminder_due
from webapp.professionals.service.recording import tell

AT_ONCE = 20
"""Mails that one run writes: each is a transaction of a millisecond or two, and runs come by the minute."""


def remind(database: Database, now: datetime) -> int | None:
    """Writes the mails that are due. Returns how many, None if there were none."""
    with database.reading() as session:
        due = queries.to_remind(session, now, AT_ONCE)
    done = 0
    for number in due:
        with database.writing() as session:
            done += remind_one(session, number, now)
    return done or None


def remind_one(session: Session, number: int, now: datetime) -> bool:
    """Writes the mail, and notes in the same transaction that it did; told whether it was still to be written."""
    verification = session.get(Verification, number, with_for_update=True)
    if verification is None or verification.state != State.VERIFIED or verification.next_due is None:
        return False
    days = reminder_due(verification.next_due, now, verification.reminded_days)
    if days is None:
        return False
    verification.reminded_days = days
    tell(session, verification, MailName.DUE, "", now)
    return True
