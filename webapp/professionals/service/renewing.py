"""What the clock does: asks registries again, renews and lapses."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from webapp.core.db import Database
from webapp.professionals import queries
from webapp.professionals.models import Verification
from webapp.professionals.rules.registry import Answer, Finding
from webapp.professionals.rules.schemes import NPI
from webapp.professionals.rules.states import OPEN, VALID_FOR, WAITING, Decider, Step
from webapp.professionals.service.applying import application_of, note_finding, verify_if_matched
from webapp.professionals.service.lookup import Registry, TableRegistry, ask
from webapp.professionals.service.recording import By, move

AT_ONCE = 20
"""Verifications that one run takes: each is a transaction of a millisecond or two, and runs come by the minute."""
RegistryFor = Callable[[Session], Registry]


def look_up_pending(database: Database, registry_for: RegistryFor, now: datetime) -> int | None:
    """Asks the registry about applications that wait, outside any transaction that writes, and verifies those that
    match. Returns how many were verified, None if nobody was asked about."""
    with database.reading() as session:
        waiting = queries.to_look_up(session, now, AT_ONCE)
        findings = [(entry.key, entry.round, ask(registry_for(session), application_of(entry))) for entry in waiting]
    done = 0
    for key, round_, finding in findings:
        with database.writing() as session:
            verification = queries.by_key(session, key, for_update=True)
            if verification is None or verification.round != round_ or verification.state not in WAITING:
                continue
            note_finding(verification, finding, now)
            done += verify_if_matched(session, verification, finding, now)
    return done if findings else None


def renew_or_lapse(database: Database, now: datetime) -> int | None:
    """Looks again at each verification whose year is over, and lapses those whose name, market or licence changed.
    Returns how many, None if there were none."""
    with database.reading() as session:
        due = queries.to_lapse(session, now, AT_ONCE)
    for number, why in due:
        with database.writing() as session:
            look_again(session, number, why, now)
    return len(due) or None


def lapse_if_changed(session: Session, account_id: int, now: datetime) -> bool:
    """Lapses a verification at once where its account has another name or market by now; told whether it did. The clock
    would within a minute or so: whoever changes them need not wait for it, and a closed page closes at once."""
    verification = queries.of_account(session, account_id, for_update=True)
    why = queries.changed_identity(session, account_id)
    if verification is None or verification.state not in OPEN or not why:
        return False
    move(session, verification, Step.LAPSE, By(Decider.CLOCK, reason=why), now)
    return True


def look_again(session: Session, number: int, why: str, now: datetime) -> None:
    """Lapses a verification for that reason, unless it was decided since it was read; what a register answers for
    after a year, goes on."""
    verification = session.get(Verification, number, with_for_update=True)
    if verification is None or verification.state not in OPEN:
        return
    finding = Finding(Answer.NOT_ASKED)
    if why == "year-over":
        if verification.next_due is None or verification.next_due > now:
            return
        finding = _ask_again(session, verification, since=verification.next_due - VALID_FOR)
    if finding.answer is Answer.MATCHED:
        move(session, verification, Step.RENEW, By(Decider.REGISTRY, evidence=finding.source), now)
        return
    differs = finding.answer in (Answer.DIFFERS, Answer.UNKNOWN)
    move(session, verification, Step.LAPSE, By(Decider.CLOCK, reason="register-differs" if differs else why), now)


def _ask_again(session: Session, verification: Verification, since: datetime) -> Finding:
    """The imported register may answer for a person, but not against an operator who refused to renew since then."""
    if verification.scheme != NPI.id or queries.was_turned_down(session, verification.id or 0, since):
        return Finding(Answer.NOT_ASKED)
    return ask(TableRegistry(session), application_of(verification))
