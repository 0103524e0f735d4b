"""Mails to learners whose year ends before its need of credit is met, each of a few times once."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from sqlmodel import Session

from webapp.channels import queries as channels
from webapp.cme.queries import certificates as certificate_queries
from webapp.cme.rules import reminders
from webapp.cme.rules.credit import Entry
from webapp.core.db import Database
from webapp.people import queries as people
from webapp.people import service as people_service
from webapp.people.rules import MailName

AT_ONCE = 100
"""Mails that one run writes: our choice, each a row; the next run goes on."""
LOOKED_UP_AT_ONCE = 1_000
LAST_YEAR = timedelta(days=365)


def remind(database: Database, now: datetime) -> int | None:
    """Writes the mails that are due to whoever earned credit within a year. Returns how many, None if none."""
    when = reminders.due(now)
    if when is None:
        return None
    end, days = when
    occurrence = f"{MailName.CREDIT_MISSING} {end.year} {days}"
    with database.reading() as session:
        lacking = _lacking(session, now, end.year)
        due = _untold(session, lacking, occurrence)
    if not due:
        return None
    with database.writing() as session:
        return _tell(session, due, occurrence, end, now) or None


def _lacking(session: Session, now: datetime, year: int) -> list[int]:
    """Accounts that earned something within a year, and not enough of it in this one."""
    held: dict[int, list[Entry]] = {}
    for account_id, system, on, amount, is_self_study in certificate_queries.credit_entries(session, now - LAST_YEAR):
        held.setdefault(account_id, []).append(Entry(system, on, amount, is_self_study))
    return sorted(number for number, entries in held.items() if reminders.is_lacking(entries, year))


def _untold(session: Session, numbers: list[int], occurrence: str) -> list[int]:
    """The first of those who were not told and can be, looked up some at once."""
    found: list[int] = []
    rest = iter(numbers)
    while len(found) < AT_ONCE and (some := list(islice(rest, LOOKED_UP_AT_ONCE))):
        told = channels.there(session, people_service.MAIL_SUBJECT, some, {occurrence})
        open_to_mail = {number for number, account in people.accounts(session, some).items()
                        if account.active and account.confirmed_at is not None}
        found += [number for number in some if number in open_to_mail and (number, occurrence) not in told]
    return found[:AT_ONCE]


def _tell(session: Session, numbers: list[int], occurrence: str, end: date, now: datetime) -> int:
    accounts = people.accounts(session, numbers)
    for number in numbers:
        people_service.tell(session, MailName.CREDIT_MISSING, accounts[number], path="/account/cme", reason="",
                            day=datetime.combine(end, time(), UTC), now=now, occurrence=occurrence)
    return len(numbers)
