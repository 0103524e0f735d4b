"""Keeps, with each case, by when something is left to do with it: the queue is read in that order.

Every verb that may change it calls `keep`. A job compares what is stored with the rule, so that a verb which forgets to
loses no case."""

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice

from sqlmodel import Session

from webapp.core.db import Database
from webapp.safety import queries
from webapp.safety.models import SafetyCase
from webapp.safety.queries import follow_ups, watching
from webapp.safety.rules.due import Standing, due_at

log = logging.getLogger("materia.safety")

AT_ONCE = 1_000
"""Cases that one run corrects: our choice; the next run goes on."""
TOGETHER = 20
"""Of one transaction: our choice; they hold SQLite's lock for some ten milliseconds."""


def keep(session: Session, case_id: int) -> None:
    """Stores by when something is left to do with a case, as it stands now; keeps it from others until the commit."""
    _store(session, [case_id])


def correct(database: Database) -> int:
    """Stores it anew where it differs; returns with how many cases, and says so in the log."""
    with database.reading() as session:
        wrong = list(islice(_wrong(session), AT_ONCE))
    for start in range(0, len(wrong), TOGETHER):
        with database.writing() as session:
            _store(session, wrong[start:start + TOGETHER])
    if wrong:
        log.warning("the queue of side effects had %d cases in a wrong place: corrected", len(wrong))
    return len(wrong)


def of(session: Session, cases: Collection[SafetyCase]) -> dict[int, datetime]:
    """Case -> by when something is left to do with it, as it stands now."""
    numbers = [case.id or 0 for case in cases]
    waits, followed = queries.waits_since(session, numbers), follow_ups.followed_up_at(session, numbers)
    return {number: due_at(Standing(case.state, case.market, case.criteria, case.expectedness, case.received_at,
                                    waits.get(number), followed.get(number)))
            for number, case in zip(numbers, cases, strict=True)}


def _store(session: Session, numbers: Sequence[int]) -> None:
    session.flush()
    cases = queries.held(session, numbers)
    due = of(session, cases)
    for case in cases:
        case.due_at = due[case.id or 0]
    session.flush()


def _wrong(session: Session) -> Iterator[int]:
    for cases in watching.in_question(session):
        due = of(session, cases)
        yield from (case.id or 0 for case in cases if case.due_at != due[case.id or 0])
