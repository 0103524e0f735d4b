"""Tells officers and operators of legal clocks that pass. Each mail is a row of the outbox, named by the case, the
clock's moment and the day, so that a job that dies or runs twice tells nobody twice."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from sqlmodel import Session

from webapp.channels import queries as channels
from webapp.core.db import Database
from webapp.people import service as people_service
from webapp.people.queries import Account
from webapp.people.rules import MailName, Role
from webapp.safety.models import SafetyCase
from webapp.safety.queries import follow_ups, watching
from webapp.safety.rules.clocks import legal
from webapp.safety.rules.watching import SHORTEST_HALF, Level, Notice, notices, watched
from webapp.safety.service.handing_over import holders
from webapp.safety.service.receiving import number_of

log = logging.getLogger("materia.safety")

AT_ONCE = 100
"""Mails that one run writes: our choice, each a row; the next run goes on."""
TOLD = {Level.HALF: (Role.SAFETY, MailName.LEGAL_HALF), Level.OUT: (Role.OPERATOR, MailName.LEGAL_OUT)}


class _Mail(NamedTuple):
    to: Account
    level: Level
    case: SafetyCase
    occurrence: str


def tell(database: Database, now: datetime) -> int:
    """Puts what is due into the outbox; returns how many mails."""
    with database.reading() as session:
        told = {level: holders(session, role) for level, (role, _) in TOLD.items()}
        due = list(islice(_due(session, told, now), AT_ONCE))
    if not due:
        return 0
    with database.writing() as session:
        for one in due:
            path = f"/safety/{one.case.key}" if one.level is Level.HALF else ""
            people_service.tell(session, TOLD[one.level][1], one.to, path=path, reason=number_of(one.case), now=now,
                                occurrence=one.occurrence)
    return len(due)


def _due(session: Session, told: Mapping[Level, Sequence[Account]], now: datetime) -> Iterator[_Mail]:
    for cases in watching.not_done(session, now - SHORTEST_HALF):
        followed = follow_ups.followed_up_at(session, [case.id or 0 for case in cases])
        found = [(case, notice) for case in cases for notice in _notices(case, followed.get(case.id or 0), now)]
        for level in {notice.level for _, notice in found if not told[notice.level]}:
            log.error("nobody holds the role %s: nobody was told of legal clocks", TOLD[level][0])
        mails = [_Mail(person, notice.level, case, f"{case.key} {notice.name}")
                 for case, notice in found for person in told[notice.level]]
        known = channels.there(session, people_service.MAIL_SUBJECT, {mail.to.id or 0 for mail in mails},
                               {mail.occurrence for mail in mails})
        yield from (mail for mail in mails if (mail.to.id, mail.occurrence) not in known)


def _notices(case: SafetyCase, followed_up_at: datetime | None, now: datetime) -> list[Notice]:
    running = legal(case.market, case.criteria, case.expectedness, case.received_at, followed_up_at)
    return notices(watched(running, followed_up_at), now)
