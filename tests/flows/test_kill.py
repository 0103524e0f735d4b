"""`kill -9` of a real worker in the middle of a send: nobody gets a mail twice, and nobody is silently left out."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests import builders, peer
from tests.builders import BASE_URL, MAIL_FROM, POSTAL_ADDRESS, SECRET
from tests.flows import starting
from tests.peer import Peer
from webapp.channels.message import message_id
from webapp.channels.models import Outgoing
from webapp.channels.rules import DeliveryState
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.platform import Platform

SENDERS = 4
BETWEEN_KILLS = 10
"""Mails that arrive between a start and its kill."""
PATIENCE_SECONDS = 90
DONE = frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN})


@dataclass
class World:
    """A campaign in the outbox, the server it goes to, and the program that sends it."""

    database: Database
    peer: Peer
    directory: Path
    is_faulty: bool = False

    @contextmanager
    def worker(self) -> Iterator[BaseProcess]:
        """A worker as the command starts it; killed at the end if it still runs."""
        environment = {
            "PATH": os.environ["PATH"], "MATERIA_SECRET_KEY": SECRET, "MATERIA_BASE_URL": BASE_URL,
            "MATERIA_DATABASE_URL": str(self.database.url), "MATERIA_DATA_DIR": str(self.directory),
            "MATERIA_SMTP_PORT": str(self.peer.port), "MATERIA_SMTP_TLS": "none",
            "MATERIA_POSTAL_ADDRESS": POSTAL_ADDRESS, "MATERIA_MAIL_FROM": MAIL_FROM, "MATERIA_SENDERS": str(SENDERS),
            "MATERIA_MAILS_PER_SECOND": "1000"}
        process = starting.worker(environment, self.directory / "worker.log", is_faulty=self.is_faulty)
        try:
            yield process
        finally:
            process.kill()
            process.join()

    def kill_in_the_middle(self, *, is_withholding: bool) -> None:
        """Starts a worker, lets it send some, kills it while it sends; or while it waits for the last answers."""
        self.peer.is_withholding = is_withholding
        count = len(self.peer.raw) + (SENDERS if is_withholding else BETWEEN_KILLS)
        with self.worker() as process:
            arrived = self.peer.await_mails(count, PATIENCE_SECONDS)
            assert arrived and process.is_alive(), (self.directory / "worker.log").read_text()[-2000:]
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL
        self.peer.is_withholding = False

    def finish(self) -> None:
        """Lets a worker send the rest, and ends it as an operator does."""
        with self.worker() as process:
            until = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < until and not {row.state for row in self.rows()} <= DONE:
                time.sleep(0.1)
            undone = [row.state for row in self.rows() if row.state not in DONE]
            process.terminate()
            process.join(PATIENCE_SECONDS)
            assert process.exitcode == 0 and not undone, f"{undone} {self._told_by(process)}"

    def _told_by(self, process: BaseProcess) -> str:
        """How a worker ended or, if it did not, where its threads are; and what it logged."""
        if process.exitcode is None and process.pid is not None:
            os.kill(process.pid, signal.SIGUSR1)
            process.join(1)
        return f"{process.exitcode} {(self.directory / 'worker.log').read_text()[-8000:]}"

    def rows(self) -> list[Outgoing]:
        """Every delivery."""
        with self.database.reading() as session:
            return list(session.scalars(select(Outgoing)))


def broken_promises(world: World, recipients: int, kills: int) -> dict[str, int]:
    """What "never twice, never silently missing" was broken by, with how often; empty when it holds."""
    taken = world.peer.counts()
    rows = {message_id(row.key, "materia.example"): row.state for row in world.rows()}
    found = {
        "twice": sum(1 for count in taken.values() if count > 1),
        "without a row": recipients - len(rows) + len(taken.keys() - rows.keys()),
        "not done": sum(1 for state in rows.values() if state not in DONE),
        "sent but not taken": sum(1 for name, state in rows.items() if state == "sent" and name not in taken),
        "taken but neither sent nor unknown": sum(
            1 for name in taken if rows.get(name) not in (DeliveryState.SENT, DeliveryState.UNKNOWN)),
        "more unknown than senders": max(
            0, sum(1 for state in rows.values() if state == "unknown") - SENDERS * kills)}
    return {name: count for name, count in found.items() if count}


MakeWorld = Callable[[int], World]


@pytest.fixture
def make_world(platform: Platform, app: Flask, tmp_path: Path) -> Iterator[MakeWorld]:
    """Makes the world with so many recipients. (`app`: pages hold addresses.)"""
    with peer.listening(seconds_per_mail=0.01) as server:
        def make(people: int) -> World:
            builders.released_campaign(platform, tmp_path / "content", people, now=clock.now())
            (tmp_path / "var").mkdir()
            return World(platform.database, server, tmp_path / "var")
        yield make


@pytest.mark.postgresql
def test_ten_kills_double_no_mail_and_lose_none(make_world: MakeWorld) -> None:
    world = make_world(200)
    kills = 10 if world.database.is_sqlite else 4  # enough to see its SQL at work
    for number in range(kills):
        world.kill_in_the_middle(is_withholding=number % 2 == 1)
    world.finish()
    assert broken_promises(world, recipients=200, kills=kills) == {}
    states = [row.state for row in world.rows()]
    assert states.count("sent") >= 200 - SENDERS * kills
    assert states.count("unknown") >= SENDERS * kills // 2, "each withheld answer leaves one per sender"


def test_the_check_finds_a_worker_that_sends_then_marks(make_world: MakeWorld) -> None:
    world = make_world(120)
    world.is_faulty = True
    for number in range(2):
        world.kill_in_the_middle(is_withholding=number % 2 == 1)
    world.finish()
    broken = broken_promises(world, recipients=120, kills=2)
    assert broken.pop("twice") >= SENDERS
    assert not broken
