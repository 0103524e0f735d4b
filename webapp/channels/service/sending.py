"""The senders: threads that lease deliveries, ask once more whether each may go, send it, and record what happened.

The one service that commits, through the group writer. Each sender has at most one delivery in `sending` at a time:
recording the last and beginning the next are one commit. So a process killed at any instant leaves at most one
`unknown` per sender, none sent twice and none missing.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from webapp.channels.dkim import Signer
from webapp.channels.message import UnmailableError
from webapp.channels.models import Outgoing
from webapp.channels.rules import MAX_ATTEMPTS, DeliveryState, Reply, Stage, backoff_seconds, outcome_of
from webapp.channels.service import outbox
from webapp.channels.service.outbox import Move
from webapp.channels.service.pace import Pace
from webapp.channels.smtp import Relay, SmtpConnection
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.errors import Busy
from webapp.core.writer import GroupWriter

log = logging.getLogger("materia.sending")

BATCH = 20
IDLE_SECONDS = 0.5
TROUBLE_SECONDS = 5.0
"""How long a sender rests when the relay or the database cannot be had: our choice, so that an outage spends the
attempts of few deliveries."""
RECORD_SECONDS = 60.0
"""How long a sender waits for the commit of what it did."""
LONG_TURN_SECONDS = 1.0
"""A sender that waits longer for its next turn records its last mail first, whose lease runs: our choice."""
FAULT = "fault"
"""Reason of a delivery that our own code could not prepare; the log says which error it was."""


@dataclass(frozen=True)
class Go:
    """This delivery may go out: to whom, from whom, and its bytes."""

    address: str
    envelope_from: str
    message: bytes


@dataclass(frozen=True)
class Stop:
    """This delivery may not go out (any more), and why, in a word that names no person."""

    reason: str


@dataclass(frozen=True)
class PutOff:
    """This delivery may not go out yet: why, in a word that names no person, and when to ask again."""

    reason: str
    until: datetime


Recheck = Callable[[Session, Outgoing, datetime], Go | Stop | PutOff]
"""Asked immediately before sending, by the package that owns the delivery's subject: consent, approval, address."""


@dataclass(frozen=True)
class Post:
    """What senders need."""

    database: Database
    writer: GroupWriter
    relay: Relay
    rechecks: Mapping[str, Recheck]
    """Kind of subject -> its recheck."""
    holder: str
    pace: Pace
    signer: Signer | None = None


class Senders:
    """`count` senders, each with a connection of its own."""

    def __init__(self, post: Post, count: int) -> None:
        self._post = post
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, name=f"sender-{number}", daemon=True)
                         for number in range(count)]

    def start(self) -> None:
        """Gives up what an earlier life of this holder left, then starts sending."""
        self._release()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Lets each finish the mail it is sending, then ends."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._release()

    def _release(self) -> None:
        with self._post.database.writing() as session:
            outbox.release(session, clock.now(), holder=self._post.holder)

    def _run(self) -> None:
        with SmtpConnection(self._post.relay) as connection:
            sender = Sender(self._post, connection, self._stopping)
            while not self._stopping.is_set():
                try:
                    self._stopping.wait(sender.send_batch())
                except (SQLAlchemyError, TimeoutError, Busy) as error:  # what is held is dealt with afterwards
                    log.error("sender paused: %s", type(error).__name__)
                    self._stopping.wait(TROUBLE_SECONDS)


class Sender:
    """One sender. Not for several threads."""

    def __init__(self, post: Post, connection: SmtpConnection, stopping: threading.Event) -> None:
        self._post = post
        self._connection = connection
        self._stopping = stopping
        self._unrecorded: list[Move] = []
        """What became of the last delivery: recorded together with what is done next."""
        self._held: list[Outgoing] = []
        """Leased and not dealt with, the next one last: whatever breaks a batch off, the next goes on with them."""
        self._is_relay_down = False

    def send_batch(self) -> float:
        """Leases some deliveries and deals with each. Returns the seconds to wait before the next batch."""
        if not self._held:
            self._lease()
        is_idle, self._is_relay_down = not self._held, False
        while self._held and not self._is_relay_down:
            self._await_turn()
            if self._stopping.is_set():
                break
            self._deliver(self._held[-1])
            self._held.pop()
        self._record([self._move(row, DeliveryState.LEASED, DeliveryState.QUEUED) for row in self._held])
        self._held = []
        if self._is_relay_down:
            return TROUBLE_SECONDS
        return IDLE_SECONDS if is_idle else 0.0

    def _lease(self) -> None:
        with self._post.database.writing_again() as session:  # what is sent is noted first, and that waits for the disk
            rows = outbox.lease(session, self._post.holder, limit=BATCH, now=clock.now())
        self._held = list(reversed(rows))

    def _await_turn(self) -> None:
        seconds = self._post.pace.turn()
        if seconds > LONG_TURN_SECONDS:
            self._record([])
        self._stopping.wait(seconds)

    def _deliver(self, row: Outgoing) -> None:
        answer = self._prepare(row)
        if isinstance(answer, Move):
            self._record([answer])
            return
        begin = self._move(row, DeliveryState.LEASED, DeliveryState.SENDING)
        begin.attempts = row.attempts + 1
        self._record([begin])
        if begin.is_done:
            self._unrecorded = [self._send(row, answer)]

    def _prepare(self, row: Outgoing) -> Go | Move:
        """The signed mail, or the step of a delivery that may not or cannot go."""
        try:
            with self._post.database.reading() as session:
                answer = self._post.rechecks[row.subject_kind](session, row, clock.now())
            if isinstance(answer, Go) and self._post.signer is not None:
                answer = replace(answer, message=self._post.signer.sign(answer.message, now=clock.now()))
        except UnmailableError:
            return self._move(row, DeliveryState.LEASED, DeliveryState.FAILED, "unmailable")
        except SQLAlchemyError:
            raise  # the database's trouble, not this delivery's
        except Exception as error:
            log.error("delivery %s cannot be prepared: %s", row.key, type(error).__name__)
            return self._after_fault(row, DeliveryState.LEASED, DeliveryState.QUEUED)
        if isinstance(answer, Stop):
            return self._move(row, DeliveryState.LEASED, DeliveryState.CANCELLED, answer.reason)
        if isinstance(answer, PutOff):
            later = self._move(row, DeliveryState.LEASED, DeliveryState.QUEUED, answer.reason)
            later.not_before = answer.until
            return later
        return answer

    def _after_fault(self, row: Outgoing, before: DeliveryState, after: DeliveryState) -> Move:
        """To be tried again later: a fault of ours may be mended meanwhile."""
        attempts = row.attempts + 1
        if attempts >= MAX_ATTEMPTS:
            return self._move(row, before, DeliveryState.FAILED, FAULT)
        later = self._move(row, before, after, FAULT)
        later.attempts, later.not_before = attempts, later.now + timedelta(seconds=backoff_seconds(attempts))
        return later

    def _send(self, row: Outgoing, letter: Go) -> Move:
        try:
            reply = self._connection.send(letter.envelope_from, letter.address, letter.message)
        except (UnmailableError, ValueError) as error:  # before anything was said; the recipient's address was checked
            log.error("delivery %s cannot be offered: %s", row.key, error)
            return self._after_fault(row, DeliveryState.SENDING, DeliveryState.RETRY)
        except Exception as error:  # it may have left
            log.error("delivery %s: its fate is unknown: %s", row.key, type(error).__name__)
            return self._move(row, DeliveryState.SENDING, DeliveryState.UNKNOWN, FAULT)
        return self._after(row, reply, letter.address)

    def _after(self, row: Outgoing, reply: Reply, address: str) -> Move:
        outcome = outcome_of(reply, attempt=row.attempts + 1)
        self._is_relay_down = reply.stage is Stage.CONNECT
        move = self._move(row, DeliveryState.SENDING, outcome.state, str(outcome.reason))
        if outcome.retry_in_seconds is not None:
            move.not_before = move.now + timedelta(seconds=outcome.retry_in_seconds)
        if outcome.is_address_bad:
            move.suppress = address
        return move

    def _move(self, row: Outgoing, before: DeliveryState, after: DeliveryState, reason: str = "") -> Move:
        assert row.id is not None
        return Move(row.id, row.token, before, after, clock.now(), reason)

    def _record(self, moves: list[Move]) -> None:
        group = self._unrecorded + moves
        if group:
            self._post.writer.submit(outbox.make_moves, group).result(RECORD_SECONDS)
            self._unrecorded = []
        for move in group:
            if move.before is DeliveryState.SENDING and not move.is_done:
                log.error("delivery number %s stays unknown: its lease was lost before it became %s (%s)", move.id,
                          move.after, move.reason)
