"""Senders against a real SMTP server: who is asked, what is said, what is recorded, and what is never said again."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update
from sqlmodel import Session, col

from tests import peer as peers
from tests.builders import NOW
from tests.peer import Peer
from tests.ports import free_port
from webapp.channels import queries
from webapp.channels.message import Letter, UnmailableError, compile_template
from webapp.channels.models import Outgoing
from webapp.channels.rules import MAX_ATTEMPTS, DeliveryState, backoff_seconds
from webapp.channels.service import outbox, sending
from webapp.channels.service.pace import Pace
from webapp.channels.service.sending import Go, Post, PutOff, Recheck, Sender, Senders, Stop
from webapp.channels.smtp import Relay, SmtpConnection
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.subject import Subject
from webapp.core.writer import GroupWriter

ABOUT = Subject("note", 1)
SENDER = "news@materia.example"
LETTER = compile_template(Letter(sender_name="Materia", sender_address=SENDER, subject="A note", text="Hello.\n"))


def go(_: Session, row: Outgoing, __: Any) -> Go:
    return Go(row.address, SENDER, LETTER.fill(to=row.address, delivery_key=row.key, now=NOW, values={}))


@pytest.fixture
def peer() -> Iterator[Peer]:
    with peers.listening() as made:
        yield made


@pytest.fixture
def post(database: Database, writer: GroupWriter, peer: Peer) -> Post:
    return Post(database, writer, peers.relay(peer.port), {"note": go}, "this worker", Pace(1000))


@pytest.fixture
def sender(post: Post) -> Iterator[Sender]:
    """One sender, driven by hand."""
    with SmtpConnection(post.relay) as connection:
        yield Sender(post, connection, threading.Event())


def with_recheck(sender: Sender, recheck: Recheck) -> None:
    sender._post.rechecks["note"] = recheck  # type: ignore[index]


def queue(database: Database, *addresses: str) -> None:
    """Deliveries to these addresses, due now."""
    with database.writing() as session:
        session.execute(insert(Outgoing), [
            {"key": f"key-{address}", "subject_kind": ABOUT.kind, "subject_id": ABOUT.id, "occurrence": "1",
             "channel": "email", "account_id": 0, "address": address, "language": "en", "values": {},
             "not_before": NOW, "state": "queued", "attempts": 0, "holder": "", "token": "", "reason": "",
             "changed_at": NOW} for address in addresses])


def rows(database: Database) -> list[Outgoing]:
    with database.reading() as session:
        return list(session.scalars(select(Outgoing).order_by(col(Outgoing.id))))


def outcomes(database: Database) -> list[tuple[str, str]]:
    return [(row.state, row.reason) for row in rows(database)]


def due_again(database: Database) -> None:
    with database.writing() as session:
        session.execute(update(Outgoing).values(not_before=NOW))


ANN, BOB, EVE = "ann@clinic.example", "bob@clinic.example", "eve@clinic.example"


def test_a_mail_that_the_server_takes_is_sent_once(database: Database, sender: Sender, peer: Peer) -> None:
    queue(database, ANN, BOB)
    while sender.send_batch() == 0:
        pass
    assert outcomes(database) == [("sent", "accepted")] * 2
    assert list(peer.counts().values()) == [1, 1]


def test_before_a_mail_leaves_a_commit_that_waits_for_the_disk_has_noted_it(database: Database, sender: Sender,
                                                                            peer: Peer) -> None:
    """And all before it: leasing does not wait."""
    queue(database, ANN)
    sent_by_then: list[int] = []
    event.listen(database.writer, "commit", lambda _: sent_by_then.append(len(peer.raw)))
    sender.send_batch()
    assert sent_by_then == [0, 1]


def test_a_message_id_belongs_to_the_delivery_whatever_the_attempt(database: Database, sender: Sender,
                                                                   peer: Peer) -> None:
    queue(database, ANN)
    for _ in range(2):
        sender.send_batch()
        with database.writing() as session:
            session.execute(update(Outgoing).values(state="queued"))
    assert list(peer.counts().values()) == [2]


def test_a_stop_cancels_with_its_reason_and_nothing_is_said(database: Database, sender: Sender, peer: Peer) -> None:
    queue(database, ANN)
    with_recheck(sender, lambda *_: Stop("consent-withdrawn"))
    sender.send_batch()
    assert (outcomes(database), peer.raw) == ([("cancelled", "consent-withdrawn")], [])


def test_each_delivery_is_asked_about_at_its_own_moment(database: Database, sender: Sender, peer: Peer) -> None:
    queue(database, ANN, BOB)
    asked: list[str] = []

    def recheck(session: Session, row: Outgoing, now: Any) -> Go | Stop:
        asked.append(row.address)
        return go(session, row, now) if len(peer.raw) == 0 else Stop("too late")

    with_recheck(sender, recheck)
    sender.send_batch()
    assert (asked, [state for state, _ in outcomes(database)]) == ([ANN, BOB], ["sent", "cancelled"])


@pytest.mark.parametrize("code", ["421 4.3.2 closing", "450 4.2.1 busy", "451 4.3.0 later"])
def test_a_4xx_is_tried_again_after_its_backoff(database: Database, sender: Sender, peer: Peer, code: str) -> None:
    peer.answer = lambda _: code
    queue(database, ANN)
    sender.send_batch()
    row = rows(database)[0]
    assert (row.state, row.reason, row.attempts) == ("retry", "busy", 1)
    assert row.not_before - row.changed_at == timedelta(seconds=backoff_seconds(1))
    peer.answer = lambda _: None
    due_again(database)
    sender.send_batch()
    assert (rows(database)[0].state, rows(database)[0].attempts) == ("sent", 2)


def test_attempts_come_to_an_end(database: Database, sender: Sender, peer: Peer) -> None:
    peer.answer = lambda _: "450 4.2.1 busy"
    queue(database, ANN)
    for _ in range(MAX_ATTEMPTS + 1):
        due_again(database)
        sender.send_batch()
    row = rows(database)[0]
    assert (row.state, row.reason, row.attempts) == ("failed", "attempts_spent", MAX_ATTEMPTS)


@pytest.mark.postgresql
def test_an_unknown_mailbox_fails_and_is_suppressed(database: Database, sender: Sender, peer: Peer) -> None:
    peer.answer = lambda address: "550 5.1.1 no such mailbox" if address == ANN else None
    queue(database, ANN, BOB)
    sender.send_batch()
    assert outcomes(database) == [("failed", "bad_address"), ("sent", "accepted")]
    with database.reading() as session:
        assert queries.is_suppressed(session, ANN)
        assert not queries.is_suppressed(session, BOB)


def test_a_refusal_that_is_not_about_the_address_suppresses_nobody(database: Database, sender: Sender,
                                                                   peer: Peer) -> None:
    peer.answer = lambda _: "550 5.7.1 policy"
    queue(database, ANN)
    sender.send_batch()
    assert outcomes(database) == [("failed", "refused")]
    with database.reading() as session:
        assert not queries.is_suppressed(session, ANN)


def test_while_the_server_is_down_rows_wait_whole_and_few_attempts_are_spent(database: Database,
                                                                             writer: GroupWriter) -> None:
    queue(database, ANN, BOB, EVE)
    port = free_port()
    post = Post(database, writer, peers.relay(port), {"note": go}, "this worker", Pace(1000))
    with SmtpConnection(post.relay) as connection:
        sender = Sender(post, connection, threading.Event())
        assert sender.send_batch() == sending.TROUBLE_SECONDS
        assert outcomes(database) == [("retry", "lost"), ("queued", ""), ("queued", "")]
        assert rows(database)[0].not_before - rows(database)[0].changed_at == timedelta(seconds=backoff_seconds(1))
        with peers.listening(port) as peer:
            due_again(database)
            sender.send_batch()
            assert len(peer.raw) == 3
    assert [state for state, _ in outcomes(database)] == ["sent"] * 3


def test_silence_after_the_final_dot_is_unknown_and_never_sent_again(database: Database, writer: GroupWriter,
                                                                     peer: Peer) -> None:
    peer.is_withholding = True
    queue(database, ANN)
    relay = peers.relay(peer.port, answer_timeout_seconds=0.3)
    post = Post(database, writer, relay, {"note": go}, "this worker", Pace(1000))
    with SmtpConnection(post.relay) as connection:
        sender = Sender(post, connection, threading.Event())
        sender.send_batch()
        assert outcomes(database) == [("unknown", "unanswered")]
        peer.is_withholding = False
        due_again(database)
        with database.writing() as session:
            outbox.release(session, clock.now() + timedelta(days=2))
        sender.send_batch()
    assert (outcomes(database), len(peer.raw)) == ([("unknown", "unanswered")], 1)


def test_an_address_that_cannot_be_written_fails_and_its_neighbours_go(database: Database, sender: Sender,
                                                                       peer: Peer) -> None:
    queue(database, "a\r\nRCPT TO:<eve@x>", BOB)
    sender.send_batch()
    assert (outcomes(database), len(peer.raw)) == ([("failed", "unmailable"), ("sent", "accepted")], 1)


def test_a_recheck_that_breaks_puts_its_delivery_off_and_its_neighbours_go(database: Database, sender: Sender,
                                                                           peer: Peer) -> None:
    def recheck(session: Session, row: Outgoing, now: Any) -> Go | Stop:
        if row.address == ANN:
            raise RuntimeError("a fault of ours")
        return go(session, row, now)

    queue(database, ANN, BOB)
    with_recheck(sender, recheck)
    sender.send_batch()
    first = rows(database)[0]
    assert outcomes(database) == [("queued", "fault"), ("sent", "accepted")]
    assert (first.attempts, first.not_before - first.changed_at) == (1, timedelta(seconds=backoff_seconds(1)))


def test_a_kind_that_nobody_answers_for_is_put_off_and_in_the_end_fails(database: Database, sender: Sender) -> None:
    queue(database, ANN)
    del sender._post.rechecks["note"]  # type: ignore[attr-defined]
    for _ in range(MAX_ATTEMPTS):
        due_again(database)
        sender.send_batch()
    assert outcomes(database) == [("failed", "fault")]


def test_a_bad_envelope_sender_is_our_fault_and_said_to_nobody(database: Database, sender: Sender, peer: Peer) -> None:
    def recheck(session: Session, row: Outgoing, now: Any) -> Go:
        return Go(row.address, "no address", go(session, row, now).message)

    queue(database, ANN)
    with_recheck(sender, recheck)
    sender.send_batch()
    row = rows(database)[0]
    assert (row.state, row.reason, row.attempts, peer.raw) == ("retry", "fault", 1, [])
    assert row.not_before - row.changed_at == timedelta(seconds=backoff_seconds(1))


def test_what_is_put_off_spends_no_attempt_and_goes_at_its_time(database: Database, sender: Sender, peer: Peer) -> None:
    until = clock.now() + timedelta(minutes=10)
    queue(database, ANN)
    with_recheck(sender, lambda *_: PutOff("no-postal-address", until))
    sender.send_batch()
    row = rows(database)[0]
    assert (row.state, row.reason, row.attempts, row.not_before, peer.raw) == (
        "queued", "no-postal-address", 0, until, [])
    with_recheck(sender, go)
    sender.send_batch()
    assert not peer.raw, "not before its time"
    due_again(database)
    sender.send_batch()
    assert outcomes(database) == [("sent", "accepted")]


def test_a_relay_whose_name_is_none_fails_nobody(database: Database, writer: GroupWriter) -> None:
    queue(database, ANN, BOB)
    post = Post(database, writer, replace(peers.relay(25), host="127..example"), {"note": go}, "one", Pace(1000))
    with SmtpConnection(post.relay) as connection:
        assert Sender(post, connection, threading.Event()).send_batch() == sending.TROUBLE_SECONDS
    assert outcomes(database) == [("retry", "lost"), ("queued", "")]


def test_an_outcome_whose_lease_was_lost_is_told_in_the_log(database: Database, sender: Sender, peer: Peer,
                                                            caplog: pytest.LogCaptureFixture) -> None:
    def lose() -> None:
        with database.writing() as session:
            outbox.release(session, clock.now() + timedelta(days=1))

    queue(database, ANN)
    peer.on_mail = lose
    sender.send_batch()
    assert outcomes(database) == [("unknown", "lease-ended")]
    assert "its lease was lost before it became sent (accepted)" in caplog.text


def test_a_lease_is_longer_than_the_longest_a_mail_can_take() -> None:
    relay = Relay(host="relay.example", port=25)
    longest = relay.longest_seconds + 2 * sending.RECORD_SECONDS + sending.LONG_TURN_SECONDS
    assert timedelta(seconds=longest) < outbox.LEASE


def test_before_a_long_wait_for_its_turn_a_sender_records_its_last_mail(database: Database, post: Post,
                                                                        peer: Peer) -> None:
    queue(database, ANN, BOB)
    stopping = threading.Event()
    slow = replace(post, pace=Pace(0.001))
    with SmtpConnection(post.relay) as connection:
        batch = threading.Thread(target=Sender(slow, connection, stopping).send_batch)
        batch.start()
        assert peer.await_mails(1)
        until = time.monotonic() + 10
        while outcomes(database)[0] != ("sent", "accepted") and time.monotonic() < until:
            time.sleep(0.01)
        is_recorded = outcomes(database)[0] == ("sent", "accepted")
        stopping.set()
        batch.join(10)
    assert is_recorded and not batch.is_alive(), "a stop ends the wait"
    assert outcomes(database)[1][0] == "queued"


def test_a_mail_that_cannot_be_composed_fails(database: Database, sender: Sender) -> None:
    def recheck(*_: Any) -> Go:
        raise UnmailableError("no")

    queue(database, ANN)
    with_recheck(sender, recheck)
    sender.send_batch()
    assert outcomes(database) == [("failed", "unmailable")]


def test_stopping_gives_back_what_was_only_leased(database: Database, post: Post, peer: Peer) -> None:
    queue(database, ANN, BOB, EVE)
    stopping = threading.Event()
    peer.on_mail = stopping.set
    with SmtpConnection(post.relay) as connection:
        Sender(post, connection, stopping).send_batch()
    assert [state for state, _ in outcomes(database)] == ["sent", "queued", "queued"]


def test_no_more_are_in_sending_at_any_time_than_there_are_senders(database: Database, post: Post,
                                                                   peer: Peer) -> None:
    count = 3
    queue(database, *(f"person-{number}@clinic.example" for number in range(60)))
    seen: list[int] = []

    def look() -> None:
        with database.reading() as session:
            seen.append(queries.states(session, ABOUT).get("sending", 0))

    peer.on_mail = look
    senders = Senders(post, count)
    senders.start()
    assert peer.await_mails(60)
    senders.stop()
    assert [state for state, _ in outcomes(database)] == ["sent"] * 60
    assert 1 <= min(seen) <= max(seen) <= count


@pytest.mark.postgresql
def test_two_workers_on_one_outbox_send_each_mail_once(database: Database, post: Post, peer: Peer) -> None:
    queue(database, *(f"person-{number}@clinic.example" for number in range(60)))
    others = Post(database, post.writer, post.relay, post.rechecks, "another worker", Pace(1000))
    workers = [Senders(post, 2), Senders(others, 2)]
    for worker in workers:
        worker.start()
    assert peer.await_mails(60)
    for worker in workers:
        worker.stop()
    assert [state for state, _ in outcomes(database)] == ["sent"] * 60
    assert set(peer.counts().values()) == {1}


def test_pausing_and_resuming_twenty_times_sends_each_mail_once(database: Database, post: Post, peer: Peer) -> None:
    queue(database, *(f"person-{number}@clinic.example" for number in range(60)))
    for round_ in range(20):
        senders = Senders(post, 2)
        senders.start()
        peer.await_mails(3 * round_ + 3)
        senders.stop()
    assert [state for state, _ in outcomes(database)] == ["sent"] * 60
    assert set(peer.counts().values()) == {1}


def test_a_restart_of_the_same_worker_gives_up_what_its_earlier_life_was_sending(database: Database, post: Post,
                                                                                 peer: Peer) -> None:
    queue(database, ANN, BOB)
    with database.writing() as session:
        left = outbox.lease(session, post.holder, limit=2, now=clock.now())
    step = outbox.Move(left[0].id or 0, left[0].token, DeliveryState.LEASED, DeliveryState.SENDING, clock.now())
    post.writer.submit(outbox.make_moves, [step]).result(5)
    senders = Senders(post, 1)
    senders.start()
    assert peer.await_mails(1)
    senders.stop()
    assert outcomes(database) == [("unknown", "lease-ended"), ("sent", "accepted")]


@pytest.mark.parametrize("fault", [TimeoutError, "busy"])
def test_a_result_that_could_not_be_recorded_is_recorded_later_and_not_sent_again(
        database: Database, sender: Sender, peer: Peer, monkeypatch: pytest.MonkeyPatch,
        fault: Any) -> None:
    queue(database, ANN)
    submit: Callable[..., Any] = sender._post.writer.submit
    calls: list[int] = []

    def once_broken(apply: Any, row: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise sending.Busy("full") if fault == "busy" else TimeoutError
        return submit(apply, row)

    monkeypatch.setattr(sender._post.writer, "submit", once_broken)
    with pytest.raises((TimeoutError, sending.Busy)):
        sender.send_batch()
    sender.send_batch()
    assert (outcomes(database), len(peer.raw)) == ([("sent", "accepted")], 1)


def test_what_is_left_of_a_batch_that_broke_off_goes_out_with_the_next(
        database: Database, sender: Sender, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(database, ANN, BOB, EVE)
    submit: Callable[..., Any] = sender._post.writer.submit
    calls: list[int] = []

    def once_broken(apply: Any, row: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise sending.Busy("full")
        return submit(apply, row)

    monkeypatch.setattr(sender._post.writer, "submit", once_broken)
    with pytest.raises(sending.Busy):
        sender.send_batch()
    assert [state for state, _ in outcomes(database)] == ["sending", "leased", "leased"]
    sender.send_batch()
    assert outcomes(database) == [("sent", "accepted")] * 3
    assert list(peer.counts().values()) == [1, 1, 1]
