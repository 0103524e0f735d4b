"""The outbox: one row per person whatever is repeated, leases that exclude, tokens that fence."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from tests import builders, copies
from tests.builders import BY, NOW
from webapp.channels import queries
from webapp.channels.jobs import forget_deliveries, release_leases
from webapp.channels.models import Outgoing
from webapp.channels.rules import KEPT, DeliveryState
from webapp.channels.service import outbox
from webapp.channels.service.outbox import LEASE, Move
from webapp.consents import queries as consents
from webapp.core import jobs
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid
from webapp.core.subject import Subject
from webapp.people.rules import AccountKind
from webapp.sponsors.models import Company

ABOUT = Subject("campaign", 7)

both_engines = pytest.mark.postgresql


@pytest.fixture
def sponsor(database: Database) -> Company:
    """A company that twelve people agreed to hear from."""
    return copies.filled(database, (__name__,), with_twelve)


def with_twelve(session: Session) -> Company:
    made = builders.company(session)
    for _ in range(12):
        builders.consent(session, builders.account(session), made)
    return made


def add(session: Session, sponsor: Company, *, occurrence: str = "1", not_before: datetime = NOW) -> int:
    audience = consents.contactable(sponsor.id or 0, kind=AccountKind.PATIENT, languages=["en"], market="us")
    return outbox.add_from(session, audience, subject=ABOUT, occurrence=occurrence, channel="email",
                           not_before=not_before, now=NOW)


def lease(database: Database, holder: str = "one", *, limit: int = 20, now: datetime = NOW) -> list[Outgoing]:
    with database.writing() as session:
        return outbox.lease(session, holder, limit=limit, now=now)


def move(database: Database, row: Outgoing, before: DeliveryState, after: DeliveryState, *, token: str | None = None,
         **more: Any) -> bool:
    step = Move(row.id or 0, row.token if token is None else token, before, after, NOW, **more)
    with database.writer.begin() as connection:
        outbox.make_moves(connection, [[step]])
    return step.is_done


def states(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return queries.states(session, ABOUT)


@both_engines
def test_each_person_gets_one_row_however_often_it_is_added(database: Database, sponsor: Company) -> None:
    added = []
    for _ in range(3):
        with database.writing() as session:
            added.append(add(session, sponsor))
    assert (added, states(database)) == ([12, 0, 0], {"queued": 12})


@both_engines
def test_threads_that_add_at_once_add_each_row_once(database: Database, sponsor: Company) -> None:
    start = threading.Barrier(8)

    def once(_: int) -> int:
        start.wait()
        with database.writing() as session:
            return add(session, sponsor)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(once, range(8))) == 12


def test_another_occurrence_is_another_delivery(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        assert (add(session, sponsor), add(session, sponsor, occurrence="2")) == (12, 12)


def test_keys_of_deliveries_differ_and_cannot_be_counted_up(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    keys = {row.key for row in lease(database)}
    assert len(keys) == 12
    assert len({key[-16:] for key in keys}) == 12
    assert all(len(key) == 24 for key in keys)


def test_a_row_holds_no_address_and_no_code(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    assert {(row.address, str(row.values)) for row in lease(database)} == {("", "{}")}


@both_engines
def test_the_last_account_tells_where_a_release_goes_on(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        assert queries.last_account_id(session, ABOUT, "1", "email") == 0
        add(session, sponsor)
        last = queries.last_account_id(session, ABOUT, "1", "email")
    assert last == max(row.account_id for row in lease(database)) > 0


def test_what_is_not_due_is_not_leased(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor, not_before=NOW + timedelta(seconds=1))
    assert not lease(database)
    assert len(lease(database, now=NOW + timedelta(seconds=1))) == 12


@both_engines
def test_senders_that_lease_at_once_never_hold_the_same_row(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    start = threading.Barrier(6)

    def lease_two(number: int) -> list[Outgoing]:
        start.wait()
        return lease(database, str(number), limit=2)

    with ThreadPoolExecutor(6) as pool:
        batches = list(pool.map(lease_two, range(6)))
    held = [row.id for batch in batches for row in batch]
    assert len(held) == len(set(held)) > 0
    assert states(database).get("leased") == len(held)


def test_a_batch_takes_those_to_be_tried_again_first_and_no_more_than_its_limit(database: Database,
                                                                                sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    again = lease(database, limit=1)[0]
    move(database, again, DeliveryState.LEASED, DeliveryState.SENDING)
    move(database, again, DeliveryState.SENDING, DeliveryState.RETRY, not_before=NOW)
    batch = lease(database, limit=3)
    assert (len(batch), batch[0].id) == (3, again.id)


@pytest.mark.parametrize("token", ["", "of-an-earlier-lease"])
def test_an_old_token_moves_nothing(database: Database, sponsor: Company, token: str) -> None:
    with database.writing() as session:
        add(session, sponsor)
    row = lease(database)[0]
    assert not move(database, row, DeliveryState.LEASED, DeliveryState.SENDING, token=token)
    assert states(database) == {"leased": 12}


@both_engines
def test_a_sender_that_lost_its_lease_cannot_send_what_another_holds(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    slow = lease(database, "slow")[0]
    late = NOW + LEASE + timedelta(seconds=1)
    with database.writing() as session:
        outbox.release(session, late)
    quick = next(row for row in lease(database, "quick", now=late) if row.id == slow.id)
    assert not move(database, slow, DeliveryState.LEASED, DeliveryState.SENDING)
    assert move(database, quick, DeliveryState.LEASED, DeliveryState.SENDING)


def test_a_step_from_another_state_is_left_undone(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    row = lease(database)[0]
    assert not move(database, row, DeliveryState.SENDING, DeliveryState.SENT)


@both_engines
def test_leases_that_ran_out_are_given_up_leased_to_the_queue_and_sending_to_unknown(database: Database,
                                                                                     sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    row = lease(database)[0]
    move(database, row, DeliveryState.LEASED, DeliveryState.SENDING)
    with database.writing() as session:
        assert outbox.release(session, NOW + LEASE - timedelta(seconds=1)) == (0, 0)
        assert outbox.release(session, NOW + LEASE + timedelta(seconds=1)) == (11, 1)
    assert states(database) == {"queued": 11, "unknown": 1}


def test_a_dead_holders_rows_are_given_up_at_once_and_nobody_elses(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    lease(database, "dead", limit=5)
    lease(database, "alive", limit=3)
    with database.writing() as session:
        assert outbox.release(session, NOW, holder="dead") == (5, 0)
    assert states(database) == {"queued": 9, "leased": 3}


def test_sent_rows_are_never_given_up(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    row = lease(database, "dead")[0]
    move(database, row, DeliveryState.LEASED, DeliveryState.SENDING)
    move(database, row, DeliveryState.SENDING, DeliveryState.SENT)
    with database.writing() as session:
        outbox.release(session, NOW + 2 * LEASE)
        outbox.release(session, NOW + 2 * LEASE, holder="dead")
    assert states(database) == {"queued": 11, "sent": 1}


@both_engines
def test_a_retry_waits_for_its_time(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    row = lease(database)[0]
    move(database, row, DeliveryState.LEASED, DeliveryState.SENDING, attempts=1)
    move(database, row, DeliveryState.SENDING, DeliveryState.RETRY, not_before=NOW + timedelta(seconds=60))
    assert not lease(database, now=NOW + timedelta(seconds=59))
    assert [(entry.id, entry.attempts) for entry in lease(database, now=NOW + timedelta(seconds=60))] == [(row.id, 1)]


@both_engines
def test_a_bad_address_is_suppressed_however_it_is_written(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    row = lease(database)[0]
    move(database, row, DeliveryState.LEASED, DeliveryState.SENDING)
    for _ in range(2):
        move(database, row, DeliveryState.SENDING, DeliveryState.FAILED, suppress="Gone@Clinic.example")
    with database.reading() as session:
        assert queries.is_suppressed(session, " gone@clinic.EXAMPLE")
        assert not queries.is_suppressed(session, "here@clinic.example")


def unknown_key(database: Database, sponsor: Company) -> str:
    with database.writing() as session:
        add(session, sponsor)
    row = lease(database)[0]
    move(database, row, DeliveryState.LEASED, DeliveryState.SENDING)
    move(database, row, DeliveryState.SENDING, DeliveryState.UNKNOWN)
    return row.key


@pytest.mark.parametrize("word", ["sent", "failed", "queued", "cancelled"])
def test_a_person_resolves_an_unknown_delivery_once(database: Database, sponsor: Company, word: str) -> None:
    key = unknown_key(database, sponsor)
    with database.writing() as session:
        outbox.resolve_unknown(session, key, DeliveryState(word), BY)
    with database.writing() as session, pytest.raises(Conflict):
        outbox.resolve_unknown(session, key, DeliveryState.QUEUED, BY)
    assert states(database) == {"leased": 11, word: 1}


@pytest.mark.parametrize("state", [DeliveryState.SENDING, DeliveryState.LEASED, DeliveryState.RETRY])
def test_an_unknown_delivery_cannot_be_declared_under_way(database: Database, sponsor: Company,
                                                          state: DeliveryState) -> None:
    key = unknown_key(database, sponsor)
    with database.writing() as session, pytest.raises(Invalid):
        outbox.resolve_unknown(session, key, state, BY)


def test_an_unknown_delivery_is_never_leased_by_itself(database: Database, sponsor: Company) -> None:
    unknown_key(database, sponsor)
    far = NOW + timedelta(days=400)
    with database.writing() as session:
        outbox.release(session, far)
    assert len(lease(database, now=far)) == 11
    assert states(database)["unknown"] == 1


@both_engines
def test_only_deliveries_in_a_final_state_are_forgotten_after_thirteen_months_a_slice_at_a_time(
        database: Database, sponsor: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "FORGET_SLICE", 2)
    monkeypatch.setattr(jobs, "FORGET_SLICES", 4)
    with database.writing() as session:
        add(session, sponsor)
        add(session, sponsor, occurrence="2", not_before=NOW + timedelta(days=10))
        for number, state in enumerate([*DeliveryState, "sent", "sent", "sent", "sent"]):
            session.execute(update(Outgoing).where(col(Outgoing.id) == number + 1).values(state=str(state)))
        session.execute(update(Outgoing).where(col(Outgoing.occurrence) == "2").values(state="sent"))
    later = NOW + KEPT + timedelta(days=1)
    assert [forget_deliveries(database, later) for _ in range(3)] == [6, 1, None]
    with database.reading() as session:
        left = set(session.scalars(select(col(Outgoing.state)).where(col(Outgoing.occurrence) == "1")))
    assert left == {"queued", "leased", "sending", "retry", "unknown"}
    assert states(database)["sent"] == 12


def test_leases_that_ran_out_are_told(database: Database, sponsor: Company) -> None:
    with database.writing() as session:
        add(session, sponsor)
    lease(database, limit=2)
    with database.writing() as session:
        assert release_leases(session, NOW + LEASE) is None
        assert release_leases(session, NOW + LEASE + timedelta(seconds=1)) == "2 queued, 0 unknown"
