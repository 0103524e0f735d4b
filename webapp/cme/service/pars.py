"""Reports credit to the accreditor: the activity first, then learners who agreed; every record stands in a ledger.

A record is noted as sent before it goes and as answered after, so that a crash leaves a record `sent` without an
answer: it is told, and goes again only when somebody says so. Rejected and failed ones go again with the next run, as
does an activity that changed; credit that was revoked is taken back. Of two runs at once each record goes with one. A
learner whose record was rejected is told by mail: nobody else can put it right.
"""

import http.client
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from sqlmodel import Session

from webapp.cme.models import CmeActivity, CmeReportEvent, CmeReportYear
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules import pars
from webapp.cme.rules.pars import ReportedActivity, ReportedLearner
from webapp.cme.service import reporting, versions
from webapp.cme.service.claiming import Provider
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.db import Database
from webapp.core.errors import N_, Conflict, Invalid, Refused
from webapp.core.subject import Subject
from webapp.core.tokens import KeyRing

SECONDS = 20.0
"""For one record: our choice."""
REJECTIONS = frozenset({400, 409, 422})
"""Answers about what a record says. Any other that is no success is about who hands it in, or about the service."""
SUBJECT = "cme-report"


class State(StrEnum):
    """What became of a record."""

    WRITTEN = "written"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"


DONE = frozenset({State.WRITTEN, State.ACCEPTED})
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Of a record that is compared with another: each says when it was made."""


class Kind(StrEnum):
    """What a record is of, as the path that it is posted to says it."""

    ACTIVITY = "activities"
    LEARNER = "learners"
    WITHDRAWAL = "withdrawals"


@dataclass(frozen=True)
class Record:
    """One thing to report. `participation_id` is None for an activity."""

    kind: Kind
    activity_id: int
    participation_id: int | None
    year: int
    name: str
    """Of its file."""
    body: bytes
    digest: str = ""
    """Another one where what it says has changed."""

    def is_done(self, last: CmeReportEvent | None, *, again: bool) -> bool:
        """Whether it stands there already, `last` being what became of it. What a learner's record says is never
        changed once it was accepted: the accreditor does not edit one."""
        if last is None or not self._is_same_kind(last) or last.state not in DONE:
            return False
        if last.state == State.WRITTEN and again:
            return False
        return (self.kind is Kind.LEARNER and last.state == State.ACCEPTED) or last.digest == self.digest

    def is_unknown(self, last: CmeReportEvent | None) -> bool:
        """Whether it was sent and never answered."""
        return last is not None and last.state == State.SENT and self._is_same_kind(last)

    def _is_same_kind(self, last: CmeReportEvent) -> bool:
        return last.is_withdrawal == (self.kind is Kind.WITHDRAWAL)


Carry = Callable[[Record], tuple[State, str]]
"""Takes a record where it goes: what became of it, and a code."""


@dataclass
class Told:
    """How a run ended: records by state; `unknown` were sent once and never answered; `held_back` are learners of an
    activity that was not taken; `elsewhere` went with another run meanwhile."""

    counts: dict[State, int]
    unknown: int = 0
    held_back: int = 0
    elsewhere: int = 0


def run(database: Database, ring: KeyRing, provider: Provider, first: date, last: date, carry: Carry, by: By, *,
        again: bool = False) -> Told:
    """Reports what was completed from `first` to `last` (UTC) and is not reported yet; that it was asked for is
    audited, since records name people. `again`: what was sent and not answered goes again as well, and what was
    written, since a file has no answer. Raises `Refused` for a provider that is not accredited, and for a closed year.
    """
    now, (since, until) = by.at, _moments(first, last)
    with database.reading() as session:
        check(session, provider, first, last)
        records = list(_records(session, ring, provider, since, until, now))
        stood = provider_queries.reported(session)
    with database.writing() as session:
        audit.record(session, by, "cme-credit-reported", Subject(SUBJECT, first.year), f"from:{first} to:{last}")
    told, taken = Told(dict.fromkeys(State, 0)), set()
    for record in records:
        before = stood.get((record.activity_id, record.participation_id))
        if record.is_done(before, again=again):
            taken.add(record.activity_id)
        elif record.is_unknown(before) and not again:
            told.unknown += 1
        elif record.kind is Kind.LEARNER and record.activity_id not in taken:
            told.held_back += 1
        elif not _begin(database, record, before, now):
            told.elsewhere += 1
        else:
            state = _end(database, record, *carry(record), now)
            told.counts[state] += 1
            if state in DONE:
                taken.add(record.activity_id)
    return told


def check(session: Session, provider: Provider, first: date, last: date) -> None:
    """Refused where nothing of the period may be reported."""
    if pars.SYSTEM not in provider.accredited_for:
        raise Refused(N_("The provider is not accredited for AMA PRA Category 1 Credit: there is nothing to report."))
    if first > last:
        raise Invalid(N_("The period ends before it begins."))
    closed = provider_queries.closed_years(session) & set(range(first.year, last.year + 1))
    if closed:
        raise Refused(N_("A year of the period is closed: no record of it is made any more."))


def _begin(database: Database, record: Record, last: CmeReportEvent | None, now: datetime) -> bool:
    """Notes that a record is sent; False where another run did so since this one looked."""
    with database.writing() as session:
        session.get_one(CmeActivity, record.activity_id, with_for_update=True)
        newest = provider_queries.last_report(session, record.activity_id, record.participation_id)
        if (newest and newest.id) != (last and last.id):
            return False
        session.add(_event(record, State.SENT, "", now))
        return True


def _end(database: Database, record: Record, state: State, answer: str, now: datetime) -> State:
    with database.writing() as session:
        session.add(_event(record, state, answer, now))
        if state is State.REJECTED and record.kind is Kind.LEARNER:
            reporting.tell_not_taken(session, record.participation_id or 0, record.digest, now)
    return state


def _event(record: Record, state: State, answer: str, now: datetime) -> CmeReportEvent:
    return CmeReportEvent(activity_id=record.activity_id, participation_id=record.participation_id, year=record.year,
                          state=state, answer=answer, digest=record.digest,
                          is_withdrawal=record.kind is Kind.WITHDRAWAL, at=now)


def ledger(session: Session, first: date, last: date) -> list[tuple[str, ...]]:
    """What became of records from `first` to `last` (UTC), a line each: when, of which activity and learner (by the key
    that their record has), the state, the code of the answer. It names nobody."""
    return [(f"{event.at:%Y-%m-%d %H:%M:%S}", slug, learner or "activity",
             f"withdrawal {event.state}" if event.is_withdrawal else event.state, event.answer)
            for event, slug, learner in provider_queries.report_ledger(session, *_moments(first, last))]


def _moments(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first day's beginning to the end of the last."""
    return datetime.combine(first, time(), UTC), datetime.combine(last + timedelta(days=1), time(), UTC)


def _records(session: Session, ring: KeyRing, provider: Provider, since: datetime, until: datetime,
             now: datetime) -> Iterator[Record]:
    """Each activity, then its learners, in order; last what is taken back."""
    told: set[int] = set()
    for activity, held, claim, agreed in provider_queries.reportable(session, pars.SYSTEM, since, until):
        assert held.completed_at is not None
        activity_id, on = activity.id or 0, held.completed_at.date()
        if activity_id not in told:
            told.add(activity_id)
            yield _of_activity(_activity(session, activity, provider), activity_id, on.year, now)
        learner = ReportedLearner(activity.key, held.key, reporting.identity_of(ring, agreed), on, claim.amount)
        yield Record(Kind.LEARNER, activity_id, held.id, on.year, f"learner-{held.key}.xml",
                     pars.learner_xml(learner, now), _digest(agreed.at.isoformat().encode()))
    for activity, held in provider_queries.to_withdraw(session, since, until):
        assert held.completed_at is not None
        yield Record(Kind.WITHDRAWAL, activity.id or 0, held.id, held.completed_at.year, f"withdrawal-{held.key}.xml",
                     pars.withdrawal_xml(activity.key, held.key, now))


def _of_activity(activity: ReportedActivity, activity_id: int, year: int, now: datetime) -> Record:
    return Record(Kind.ACTIVITY, activity_id, None, year, f"activity-{activity.key}.xml",
                  pars.activity_xml(activity, now), _digest(pars.activity_xml(activity, _NO_TIME)))


def _digest(said: bytes) -> str:
    return sha256(said).hexdigest()


def _activity(session: Session, activity: CmeActivity, provider: Provider) -> ReportedActivity:
    """The activity as it was published last with such credit, whichever version its learners took."""
    for version in provider_queries.published(session, activity.id or 0):
        file = versions.about(version)
        maximum = next((one.maximum for one in file.credits if one.system == pars.SYSTEM), None)
        if maximum is not None:
            return ReportedActivity(activity.key, file.titles[file.languages[0]], provider.name, file.valid.first,
                                    file.minutes, maximum, tuple(one.company for one in file.support))
    raise LookupError(f"{activity.slug} was never published with credit of {pars.SYSTEM}")


def to_folder(folder: Path) -> Carry:
    """Writes records as files, to be handed in by hand."""
    folder.mkdir(parents=True, exist_ok=True)

    def write(record: Record) -> tuple[State, str]:
        (folder / record.name).write_bytes(record.body)
        return State.WRITTEN, ""
    return write


def to_service(url: str, token: str) -> Carry:
    """Posts records below an address, over https unless it is this machine's own. No redirect is followed."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https") or (
            parts.scheme == "http" and parts.hostname != "127.0.0.1"):
        raise Invalid(N_("The reporting service's address must begin with https://."))
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection

    def post(record: Record) -> tuple[State, str]:
        try:
            with closing(kind(parts.hostname or "", parts.port, timeout=SECONDS)) as connection:
                connection.request("POST", f"{parts.path.rstrip('/')}/{record.kind}", record.body, {
                    "Content-Type": "application/xml", "Authorization": f"Bearer {token}"})
                status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return State.FAILED, f"error-{type(error).__name__}"
        if 200 <= status < 300:
            return State.ACCEPTED, f"http-{status}"
        return (State.REJECTED if status in REJECTIONS else State.FAILED), f"http-{status}"
    return post


def close_year(session: Session, year: int, by: By) -> None:
    """Takes no more records of a year. Conflict if it is closed, or not over."""
    if year >= by.at.year:
        raise Conflict(N_("The year is not over yet."))
    if year in provider_queries.closed_years(session):
        raise Conflict(N_("The year is closed already."))
    session.add(CmeReportYear(year=year, at=by.at))
    session.flush()
    audit.record(session, by, "cme-report-closed", Subject(SUBJECT, year), f"year:{year}")
