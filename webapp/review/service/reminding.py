"""Mails that remind: of a review that is overdue, before an approval lapses, and of sources that changed under what is
approved, which those above this package find."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from sqlmodel import Session

from webapp.channels import queries as channels
from webapp.core.db import Database
from webapp.people import queries as people
from webapp.people import service as people_service
from webapp.people.queries import Account
from webapp.people.rules import MailName
from webapp.review import rules
from webapp.review.rules import ReviewRole, reminders
from webapp.review.service import standing
from webapp.review.service.queueing import Waiting, holders, waiting

AT_ONCE = 100
"""Mails that one run writes: our choice, each a row; the next run goes on."""
LOOKED_UP_AT_ONCE = 1_000
"""Reminders that one statement asks about: our choice."""


TOLD_OF_CHANGES = (ReviewRole.MEDICAL, ReviewRole.REGULATORY)
"""Our choice: whether words still hold is a question of medicine and of the label."""


class SourceChange(NamedTuple):
    """A change to tell of: what names it, so that it is told once, and where it is looked at."""

    name: str
    path: str


@dataclass(frozen=True)
class Reminder:
    """One mail: `occurrence` names the day, so that it goes once."""

    account_id: int
    mail: MailName
    occurrence: str
    path: str


def remind(database: Database, now: datetime) -> int | None:
    """Puts what is due into the outbox, each once, to those whose task it is, or to all who hold the role. Returns how
    many, None if there were none."""
    return _tell(database, lambda session: _due(session, now), now)


def tell_of_changes(database: Database, find: Callable[[Session], Iterable[SourceChange]], now: datetime) -> int | None:
    """Tells all medical and regulatory reviewers, each once, of the changes of sources that `find` finds. Returns how
    many mails, None if there were none."""
    def due(session: Session) -> Iterator[Reminder]:
        changes = list(find(session))
        told = {account.id or 0 for role in TOLD_OF_CHANGES for account in holders(session, role)} if changes else ()
        for change in changes:
            for number in sorted(told):
                yield Reminder(number, MailName.SOURCE_CHANGED, f"{MailName.SOURCE_CHANGED} {change.name}", change.path)
    return _tell(database, due, now)


def _tell(database: Database, find: Callable[[Session], Iterator[Reminder]], now: datetime) -> int | None:
    with database.reading() as session:
        due = list(islice(_untold(session, find(session)), AT_ONCE))
    if not due:
        return None
    with database.writing() as session:
        told = people.accounts(session, {reminder.account_id for reminder in due})
        for reminder in due:
            account = told.get(reminder.account_id)
            if account is not None and account.active:
                people_service.tell(session, reminder.mail, account, path=reminder.path, reason="", now=now,
                                    occurrence=reminder.occurrence)
    return len(due)


def _untold(session: Session, due: Iterator[Reminder]) -> Iterator[Reminder]:
    """Those that are not in the outbox yet, looked up some at once."""
    while some := list(islice(due, LOOKED_UP_AT_ONCE)):
        told = channels.there(session, people_service.MAIL_SUBJECT, {reminder.account_id for reminder in some},
                              {reminder.occurrence for reminder in some})
        yield from (reminder for reminder in some if (reminder.account_id, reminder.occurrence) not in told)


def _due(session: Session, now: datetime) -> Iterator[Reminder]:
    held = {role: holders(session, role) for role in ReviewRole}
    for entry in waiting(session, now):
        is_renewal = bool(rules.decisive(entry.head.route, entry.standing.decisions))
        name = reminders.occurrence(entry.due_at, now, is_renewal=is_renewal) if entry.due_at else None
        if name is not None:
            mail = MailName.REVIEW_OVERDUE if name.startswith(reminders.OVERDUE) else MailName.APPROVAL_LAPSES
            for account in _asked(entry, held):
                yield Reminder(account.id or 0, mail, f"{name} {entry.head.key}", f"/review/{entry.head.key}")


def _asked(entry: Waiting, held: dict[ReviewRole, list[Account]]) -> list[Account]:
    """Whom a dossier waits for: nobody twice, and nobody who could not sign."""
    found: dict[int, Account] = {}
    for role in entry.missing:
        task = entry.task(role)
        able = [account for account in held[role] if account.id not in entry.head.author_ids
                and standing.bar(entry.head, account) is None]
        for account in [person for person in able if task is not None and person.id == task.account_id] or able:
            found.setdefault(account.id or 0, account)
    return list(found.values())
