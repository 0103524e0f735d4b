"""Hands cases over to desks, again and with growing alarm until somebody acknowledges.

Due times and attempts stand in the database, and an attempt is marked before it leaves: a process that dies at any
instant loses none and sends none twice. What was cut off is said again at its next time, as the same hand-over.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlmodel import Session

from webapp.channels.rules import DeliveryState
from webapp.core.platform import Platform
from webapp.core.sealing import seal
from webapp.core.tokens import KeyRing
from webapp.people import queries as people
from webapp.people import service as people_service
from webapp.people.queries import Account
from webapp.people.rules import MailName, Role
from webapp.safety import queries
from webapp.safety.models import SafetyHandOver, SafetyHandOverEvent
from webapp.safety.rules.clocks import HALF, HAND_OVER
from webapp.safety.rules.hand_over import MAILBOX, REPEAT, WEBHOOK, Alarm, State, Step, alarms
from webapp.safety.service import due, letters
from webapp.safety.service.courier import Opener, Parcel, carry, is_taken, over_tls, sign
from webapp.safety.service.documents import bundle
from webapp.safety.service.receiving import number_of

log = logging.getLogger("materia.safety")

AT_ONCE = 50
"""Hand-overs that one slice of a run makes, and sends: our choice."""
TOGETHER = 5
"""Of one transaction: our choice; they hold SQLite's lock for some ten milliseconds, and wait for the disk once."""
MOST_WEBHOOKS = 5
"""That one slice asks: each may take ten seconds."""
ENDED = {DeliveryState.SENT: Step.SENT, DeliveryState.FAILED: Step.FAILED, DeliveryState.CANCELLED: Step.FAILED,
         DeliveryState.UNKNOWN: Step.FAILED}
"""What became of a mail, as the ledger has it. One whose fate is unknown is written again at its time: here twice is
better than never."""
TOLD = {Step.OFFICER_TOLD: (Role.SAFETY, MailName.CASE_WAITS),
        Step.OPERATOR_TOLD: (Role.OPERATOR, MailName.CASE_OVERDUE)}


def make(platform: Platform, now: datetime) -> int:
    """Makes the hand-overs that cases lack; returns how many."""
    with platform.database.reading() as session:
        lacking = queries.not_handed_over(session, AT_ONCE)
    made = 0
    for some in _groups(lacking):
        with platform.database.writing() as session:
            made += sum([make_one(session, case_id, now) for case_id in some])
    return made


def make_one(session: Session, case_id: int, now: datetime) -> bool:
    """Makes the hand-over that a case lacks; False where it lacks none."""
    found = queries.newest_lacking(session, case_id)
    if found is None:
        return False
    case, report_id = found
    row = SafetyHandOver(case_id=case_id, desk_id=case.desk_id or 0, report_id=report_id, made_at=now,
                         state=State.QUEUED, next_at=now)
    session.add(row)
    session.flush()
    note(session, row, Step.QUEUED, now)
    return True


def send(platform: Platform, now: datetime, opener: Opener = over_tls) -> int:
    """Says what is due, by mail or webhook; returns how many."""
    with platform.database.reading() as session:
        due = queries.to_send(session, now, AT_ONCE)
    mails = [number for number, channel in due if channel == MAILBOX]
    calls = [number for number, channel in due if channel == WEBHOOK][:MOST_WEBHOOKS]
    for some in _groups(mails):
        with platform.database.writing() as session:
            for number in some:
                _mail(session, platform, number, now)
    for number in calls:
        _call(platform, number, now, opener)
    return len(mails) + len(calls)


def _mail(session: Session, platform: Platform, number: int, now: datetime) -> None:
    row = queries.hand_over(session, number)
    if row.state in (State.ACKNOWLEDGED, State.SENDING) or row.next_at > now:
        return
    desk = queries.desk_of(session, row.desk_id)
    _begin(session, row, now)
    letters.write(session, row, desk, letters.language_of(desk.market, platform.homes), now)


def _call(platform: Platform, number: int, now: datetime, opener: Opener) -> None:
    with platform.database.writing() as session:  # marked first: see above
        row = queries.hand_over(session, number)
        if row.state == State.ACKNOWLEDGED or row.next_at > now:
            return
        if row.state == State.SENDING:
            note(session, row, Step.FAILED, now, "cut-off")
        _begin(session, row, now)
    with platform.database.reading() as session:
        desk = queries.desk_of(session, row.desk_id)
        body = bundle(session, platform, row).as_json()
    outcome = carry(Parcel(desk.address, body, row.key, sign(platform.ring, desk, body, now)), opener)
    with platform.database.writing() as session:
        _end(session, platform.ring, number, outcome, now)


def _begin(session: Session, row: SafetyHandOver, now: datetime) -> None:
    row.attempts, row.state, row.next_at = row.attempts + 1, State.SENDING, now + REPEAT
    if row.attempts > 1:
        note(session, row, Step.REPEATED, now, letters.occurrence(row))


def _end(session: Session, ring: KeyRing, number: int, outcome: str, now: datetime) -> None:
    """Notes what a webhook answered; somebody may have acknowledged on the page meanwhile."""
    row = queries.hand_over(session, number)
    note(session, row, Step.SENT if is_taken(outcome) else Step.FAILED, now, outcome)
    if row.state == State.SENDING:
        row.state = State.FAILED
        if is_taken(outcome):
            acknowledge(session, ring, row, "", now)


def settle(platform: Platform) -> int:
    """Notes what became of mails; returns of how many."""
    with platform.database.reading() as session:
        ended = [row.id or 0 for row in queries.being_mailed(session) if _ending(session, row) is not None]
    done = 0
    for some in _groups(ended):
        with platform.database.writing() as session:
            done += sum([_settle(session, queries.hand_over(session, number)) for number in some])
    return done


def _groups(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), TOGETHER):
        yield numbers[start:start + TOGETHER]


def _ending(session: Session, row: SafetyHandOver) -> tuple[Step, datetime, str] | None:
    """What became of the mail of the present attempt, when and why; None while nobody knows."""
    mail = letters.written(session, row)
    if mail is None:
        return Step.FAILED, row.next_at, "forgotten"
    step = ENDED.get(DeliveryState(mail.state))
    return None if step is None else (step, mail.changed_at, mail.reason)


def _settle(session: Session, row: SafetyHandOver) -> bool:
    ending = _ending(session, row) if row.state == State.SENDING else None
    if ending is None:
        return False
    step, at, reason = ending
    note(session, row, step, at, f"{letters.occurrence(row)} {reason}")
    row.state, row.next_at = State(step), at + REPEAT
    return True


def alarm(platform: Platform, now: datetime) -> int:
    """Tells officers and operators what nobody acknowledged; returns of how many alarms."""
    with platform.database.reading() as session:
        due = [(row.id or 0, one) for row, began_at in queries.unanswered(session, now - HALF * HAND_OVER)
               for one in alarms(began_at, now)
               if not queries.is_in_ledger(session, row.id or 0, one.step, one.detail)][:AT_ONCE]
    for number, one in due:
        with platform.database.writing() as session:
            _tell(session, number, one, now)
    return len(due)


def count_late(session: Session, now: datetime) -> tuple[int, int]:
    """How many cases nobody acknowledged past half of their time but within it, and past all of it."""
    over = queries.count_unanswered(session, now - HAND_OVER)
    return queries.count_unanswered(session, now - HALF * HAND_OVER) - over, over


def _tell(session: Session, number: int, alarm: Alarm, now: datetime) -> None:
    row = queries.hand_over(session, number)
    if row.state == State.ACKNOWLEDGED or queries.is_in_ledger(session, number, alarm.step, alarm.detail):
        return
    case, (role, mail) = queries.case_numbered(session, row.case_id), TOLD[alarm.step]
    told = holders(session, role)
    for person in told:
        people_service.tell(session, mail, person, path=f"/safety/{case.key}" if mail is MailName.CASE_WAITS else "",
                            reason=number_of(case), now=now, occurrence=f"{mail} {row.key} {alarm.day}")
    if not told:
        log.error("nobody holds the role %s: nobody was told that hand-over %s waits", role, row.key)
    note(session, row, alarm.step, now, alarm.detail)


def holders(session: Session, role: Role) -> list[Account]:
    """Who holds a role and is in use."""
    return [person for person in people.search(session, "", role, offset=0, limit=200) if person.active]


def acknowledge_by_link(session: Session, ring: KeyRing, row: SafetyHandOver, person: str, now: datetime) -> None:
    """The same of somebody at the desk who opened the mail's link: what became of that mail comes before it in the
    ledger, and a first mail that is not noted yet has arrived, or there were no link."""
    if row.state == State.SENDING and not _settle(session, row) and row.attempts == 1:
        note(session, row, Step.SENT, now, f"{letters.occurrence(row)} opened")
    acknowledge(session, ring, row, person, now)


def acknowledge(session: Session, ring: KeyRing, row: SafetyHandOver, person: str, now: datetime) -> None:
    """Notes that the desk has it, and who said so; doing so again changes nothing."""
    if row.state == State.ACKNOWLEDGED:
        return
    row.state, row.acknowledged_at = State.ACKNOWLEDGED, now
    note(session, row, Step.ACKNOWLEDGED, now, "by-person" if person else "by-webhook",
         seal(ring, person.encode(), about=about(row)) if person else None)
    due.keep(session, row.case_id)


def about(row: SafetyHandOver) -> str:
    """What a sealed name is bound to."""
    return f"safety-hand-over:{row.key}"


def note(session: Session, row: SafetyHandOver, step: Step, now: datetime, detail: str = "",
         sealed: bytes | None = None) -> None:
    """Adds a line to the ledger."""
    session.add(SafetyHandOverEvent(hand_over_id=row.id or 0, step=str(step), at=now, detail=detail, sealed=sealed))
    session.flush()
