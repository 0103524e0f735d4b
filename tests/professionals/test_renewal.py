"""Before a verification falls due: the person is reminded, applies again, and keeps the role until it is decided."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, select

from tests import builders
from tests.builders import NOW
from tests.professionals import claims
from tests.professionals.claims import PDF, RING
from tests.professionals.test_decision_mails import mails
from tests.professionals.test_decision_mails import text as mail_text
from webapp.channels.models import Outgoing
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid
from webapp.core.languages import CHINESE, ENGLISH, Language
from webapp.core.platform import Platform
from webapp.core.render import show_date
from webapp.people.models import Account
from webapp.people.rules import MailName, Role
from webapp.professionals import queries, service
from webapp.professionals.jobs import delete_documents, look_up, remind, renew_or_lapse
from webapp.professionals.models import Verification
from webapp.professionals.rules.states import APPLICATIONS_A_DAY, State
from webapp.professionals.service import applying, documents, reminding, renewing

BOTH = pytest.mark.postgresql
DUE = NOW + timedelta(days=365)
SOON = DUE - timedelta(days=30)
LATE = DUE + timedelta(hours=1)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session(write=True) as opened:
        yield opened


@pytest.fixture
def operator(session: Session) -> Account:
    return builders.account(session, Role.OPERATOR)


@pytest.fixture
def doctor(session: Session) -> Account:
    return builders.account(session)


@pytest.fixture
def made(session: Session, doctor: Account, operator: Account) -> Verification:
    """Verified by an operator a year before `DUE`; no register is there."""
    return claims.decide(session, claims.apply(session, doctor), operator)


def standing(verification: Verification, account: Account) -> tuple[str, bool, datetime | None]:
    return verification.state, Role.HCP in account.roles, verification.next_due


def told(session: Session) -> list[str]:
    """Names of the mails that were written, the oldest first."""
    return [row.values["mail"] for row in session.scalars(select(Outgoing).order_by(Outgoing.id))]


# Applying again


@BOTH
def test_the_same_application_in_the_last_days_keeps_the_role_until_the_due_day(
        session: Session, doctor: Account, made: Verification) -> None:
    claims.apply(session, doctor, now=SOON)
    assert standing(made, doctor) == (State.RENEWING, True, DUE)
    assert claims.happened(session, made)[-1] == ("reapply", "person", "")
    assert [entry.key for entry in queries.queue(session)] == [made.key] and queries.waiting(session) == 1
    assert [row[0] for row in session.execute(queries.verified())] == [doctor.id]
    assert queries.decided(session) == []


@pytest.mark.parametrize("changed", [{"specialty": "207R00000X"}, {"given_name": "ANN"}, {"number": "1234-567-893"},
                                     {"region": "NJ"}])
def test_what_is_no_other_person_is_a_renewal_too(
        session: Session, doctor: Account, made: Verification, changed: dict[str, str]) -> None:
    assert claims.apply(session, doctor, now=SOON, **changed).state == State.RENEWING


@BOTH
@pytest.mark.parametrize("is_renewing", [False, True])
@pytest.mark.parametrize("changed", [{"family_name": "Married"}, {"given_name": "Anna"}, {"number": "1245319599"}])
def test_a_changed_application_closes_at_once(
        session: Session, doctor: Account, made: Verification, changed: dict[str, str], is_renewing: bool) -> None:
    if is_renewing:
        claims.apply(session, doctor, now=SOON)
    claims.apply(session, doctor, now=SOON, **changed)
    assert standing(made, doctor) == (State.PENDING, False, None)


def test_an_application_for_another_market_closes_at_once(
        session: Session, doctor: Account, made: Verification) -> None:
    doctor.market = "gb"
    claims.apply(session, doctor, now=SOON, number="1234567")
    assert standing(made, doctor) == (State.PENDING, False, None)


@pytest.mark.parametrize("when", [DUE - timedelta(days=60, seconds=1), DUE])
def test_too_early_or_too_late_it_is_an_application_like_any_other(
        session: Session, doctor: Account, made: Verification, when: datetime) -> None:
    claims.apply(session, doctor, now=when)
    assert standing(made, doctor) == (State.PENDING, False, None)


def test_renewals_count_among_the_applications_of_a_day(
        session: Session, doctor: Account, made: Verification) -> None:
    for _ in range(APPLICATIONS_A_DAY):
        claims.apply(session, doctor, now=SOON)
    with pytest.raises(Conflict, match="five times"):
        claims.apply(session, doctor, now=SOON)


def test_a_renewal_needs_a_document_where_the_scheme_does_and_it_is_deleted_after_its_decision(
        session: Session, operator: Account) -> None:
    person = builders.account(session, market="cn")
    made = claims.decide(session, claims.apply(session, person), operator, "verify:document-checked")
    with pytest.raises(Invalid, match="Add your certificate"):
        applying.apply(session, person, claims.meant("cn"), applying.find(session, claims.meant("cn")), None, SOON)
    claims.apply(session, person, upload=documents.prepare(RING, PDF), now=SOON)
    renewing.look_again(session, made.id or 0, "year-over", LATE)
    kept = queries.document_of(session, made.id or 0)
    assert made.state == State.PENDING and kept is not None and kept.delete_after is None
    claims.decide(session, made, operator, "verify:document-checked", now=LATE)
    assert delete_documents(session, LATE + timedelta(days=31)) == 1


# The decision


@BOTH
def test_a_renewal_that_is_verified_counts_from_the_old_due_day(
        session: Session, doctor: Account, made: Verification, operator: Account) -> None:
    claims.apply(session, doctor, now=SOON)
    claims.decide(session, made, operator, now=SOON)
    assert standing(made, doctor) == (State.VERIFIED, True, DUE + timedelta(days=365))
    assert told(session) == [MailName.VERIFIED, MailName.RENEWED]


@BOTH
def test_a_renewal_that_is_refused_leaves_the_role_until_the_due_day(
        database: Database, session: Session, doctor: Account, made: Verification, operator: Account) -> None:
    claims.apply(session, doctor, now=SOON)
    claims.decide(session, made, operator, "refuse:document-unreadable", now=SOON)
    assert standing(made, doctor) == (State.VERIFIED, True, DUE)
    assert told(session)[-1] == MailName.NOT_RENEWED
    session.commit()
    assert renew_or_lapse(database, LATE) == 1
    session.refresh(made)
    session.expire(doctor)
    assert standing(made, doctor) == (State.LAPSED, False, None)


def test_a_number_that_is_not_theirs_is_revoked_at_once(
        session: Session, doctor: Account, made: Verification, operator: Account) -> None:
    claims.apply(session, doctor, now=SOON)
    claims.decide(session, made, operator, "revoke:wrong-person", now=SOON)
    assert standing(made, doctor) == (State.REVOKED, False, None)


@BOTH
def test_a_register_that_matches_renews_at_once(session: Session, doctor: Account, made: Verification) -> None:
    claims.register(session)
    claims.apply(session, doctor, now=SOON)
    assert standing(made, doctor) == (State.VERIFIED, True, DUE + timedelta(days=365))


def test_a_register_that_comes_later_renews_what_waits(
        database: Database, session: Session, doctor: Account, made: Verification) -> None:
    claims.apply(session, doctor, now=SOON)
    claims.register(session)
    session.commit()
    assert look_up(database, "", SOON + timedelta(hours=2)) == 1
    session.refresh(made)
    assert (made.state, made.next_due) == (State.VERIFIED, DUE + timedelta(days=365))


def test_a_register_does_not_renew_what_an_operator_refused_to(
        session: Session, doctor: Account, made: Verification, operator: Account) -> None:
    claims.apply(session, doctor, now=SOON)
    claims.decide(session, made, operator, "refuse:name-differs", now=SOON)
    claims.register(session)
    assert claims.apply(session, doctor, now=SOON).state == State.RENEWING
    renewing.look_again(session, made.id or 0, "year-over", LATE)
    assert standing(made, doctor) == (State.PENDING, False, None)


# The clock


@BOTH
def test_a_renewal_that_is_not_decided_by_the_due_day_lapses_and_its_application_waits_on(
        database: Database, session: Session, doctor: Account, made: Verification, operator: Account) -> None:
    claims.apply(session, doctor, now=SOON)
    session.commit()
    assert renew_or_lapse(database, DUE - timedelta(seconds=1)) is None
    assert renew_or_lapse(database, LATE) == 1
    session.refresh(made)
    session.expire(doctor)
    assert standing(made, doctor) == (State.PENDING, False, None)
    assert (made.reason, told(session)[-1]) == ("year-over", MailName.LAPSED_WAITING)
    assert claims.happened(session, made)[-1] == ("lapse", "clock", "year-over")
    claims.decide(session, made, operator, now=LATE)
    assert standing(made, doctor) == (State.VERIFIED, True, LATE + timedelta(days=365))


@BOTH
@pytest.mark.parametrize("change", ["name = 'Ann Married'", "market = 'gb'"])
def test_another_name_or_market_closes_while_it_renews(
        database: Database, session: Session, doctor: Account, made: Verification, change: str) -> None:
    claims.apply(session, doctor, now=SOON)
    session.execute(text(f"UPDATE account SET {change}"))
    session.commit()
    assert renew_or_lapse(database, SOON) == 1
    session.refresh(made)
    session.expire(doctor)
    assert standing(made, doctor) == (State.PENDING, False, None)


@BOTH
def test_an_operator_who_verifies_while_the_clock_lapses_leaves_the_person_verified(
        database: Database, session: Session, doctor: Account, made: Verification, operator: Account) -> None:
    claims.apply(session, doctor, now=SOON)
    session.commit()
    start, key, number = Barrier(2), made.key, operator.id

    def decide() -> None:
        start.wait()
        with database.writing() as writer:
            held, decider = queries.by_key(writer, key), writer.get(Account, number)
            assert held is not None and decider is not None
            claims.decide(writer, held, decider, now=LATE)

    def lapse() -> None:
        start.wait()
        renew_or_lapse(database, LATE)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(decide), pool.submit(lapse)]:
            done.result()
    session.refresh(made)
    session.expire(doctor)
    state, is_hcp, due = standing(made, doctor)
    assert (state, is_hcp) == (State.VERIFIED, True)
    assert due in (DUE + timedelta(days=365), LATE + timedelta(days=365))


def test_what_was_decided_since_the_clock_read_it_does_not_lapse(
        session: Session, doctor: Account, made: Verification, operator: Account) -> None:
    claims.apply(session, doctor, now=SOON)
    claims.decide(session, made, operator, now=LATE)
    renewing.look_again(session, made.id or 0, "year-over", LATE)
    assert standing(made, doctor) == (State.VERIFIED, True, DUE + timedelta(days=365))


def test_an_operator_who_is_slower_than_the_clock_cannot_revoke_what_has_lapsed(
        session: Session, doctor: Account, made: Verification, operator: Account) -> None:
    claims.apply(session, doctor, now=SOON)
    renewing.look_again(session, made.id or 0, "year-over", LATE)
    with pytest.raises(Conflict, match="decided meanwhile"):
        claims.decide(session, made, operator, "revoke:wrong-person", now=LATE)


# The number, and erasure


@BOTH
def test_a_number_that_is_renewed_stays_held_by_one_account(
        session: Session, doctor: Account, made: Verification, operator: Account) -> None:
    rival = builders.account(session)
    claims.apply(session, doctor, now=SOON)
    second = claims.apply(session, rival, now=SOON)
    with pytest.raises(Conflict, match="Another account"):
        claims.decide(session, second, operator, now=SOON)
    with pytest.raises(DatabaseError):
        session.execute(text("UPDATE verification SET state = 'verified' WHERE account_id = :id"), {"id": rival.id})


@BOTH
def test_erasure_ends_what_is_verified_and_what_waits(
        session: Session, doctor: Account, made: Verification) -> None:
    claims.apply(session, doctor, now=SOON)
    for _ in range(2):
        service.erase_person(session, doctor.id or 0, SOON)
    assert standing(made, doctor) == (State.REFUSED, False, None)
    assert claims.happened(session, made)[-2:] == [("lapse", "person", "erased"), ("refuse", "person", "erased")]
    assert queries.waiting(session) == 0 and told(session) == [MailName.VERIFIED]


# Reminders


def reminders(session: Session) -> int:
    return told(session).count(MailName.DUE)


@BOTH
def test_a_person_is_reminded_sixty_and_fourteen_days_before_and_never_twice(
        database: Database, session: Session, made: Verification) -> None:
    session.commit()
    counts = []
    for before in (61, 60, 60, 59, 15, 14, 14, 1, 0, -1):
        remind(database, DUE - timedelta(days=before))
        counts.append(reminders(session))
        session.rollback()
    assert counts == [0, 1, 1, 1, 1, 2, 2, 2, 2, 2]


def test_a_worker_that_slept_reminds_once(database: Database, session: Session, made: Verification) -> None:
    session.commit()
    assert [remind(database, DUE - timedelta(days=days)) for days in (10, 9)] == [1, None]


def test_whoever_renews_is_not_reminded_again_until_the_next_due_day(
        database: Database, session: Session, doctor: Account, made: Verification, operator: Account) -> None:
    session.commit()
    assert remind(database, DUE - timedelta(days=60)) == 1
    session.refresh(made)
    claims.apply(session, doctor, now=SOON)
    session.commit()
    assert remind(database, DUE - timedelta(days=14)) is None
    claims.decide(session, made, operator, now=DUE - timedelta(days=13))
    session.commit()
    assert [remind(database, DUE + timedelta(days=days)) for days in (-12, 304, 305)] == [None, None, 1]


@BOTH
def test_a_blocked_or_erased_account_is_not_reminded(
        database: Database, session: Session, doctor: Account, made: Verification) -> None:
    doctor.active = False
    erased = builders.account(session)
    claims.apply(session, erased, number="1245319599")
    service.erase_person(session, erased.id or 0, NOW)
    session.commit()
    assert remind(database, SOON) is None


def test_of_two_who_remind_at_once_the_second_writes_nothing(session: Session, made: Verification) -> None:
    assert [reminding.remind_one(session, made.id or 0, SOON) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(("language", "subject"), [(ENGLISH, "falls due soon"), (CHINESE, "即将到期")])
def test_a_reminder_names_the_day_in_the_persons_language(
        platform: Platform, language: Language, subject: str) -> None:
    with platform.database.writing() as session:
        person = builders.account(session, language=language.tag)
        made = claims.decide(session, claims.apply(session, person), builders.account(session, Role.OPERATOR))
        reminding.remind_one(session, made.id or 0, SOON)
    said = mail_text(mails(platform)[-1])
    assert subject in said.partition("\n")[0] and said.count(show_date(DUE, language)) == 2
    assert said.count("/account/verification") == 2 and claims.NPI not in said
