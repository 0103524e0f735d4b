"""`kill -9` of the web server and the worker while reports of side effects come in: whoever has a receipt has a case,
and each case is handed over once, or the ledger says that it will be said again.

`MATERIA_KILL_REPORTS=1000` sends as many reports as the promise speaks of, with kills in proportion.
"""

import http.client
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import func
from sqlmodel import SQLModel, col, select

from tests import builders, peer
from tests.builders import MAIL_FROM, NOW, POSTAL_ADDRESS, SECRET
from tests.flows import starting
from tests.peer import Peer
from tests.ports import free_port
from webapp.channels.message import message_id
from webapp.channels.models import Outgoing
from webapp.channels.rules import DeliveryState
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.safety.models import SafetyCase, SafetyHandOver, SafetyHandOverEvent, SafetyReceipt
from webapp.safety.rules.hand_over import State, Step
from webapp.safety.service import handing_over

ROOT = Path(__file__).resolve().parents[2]
REPORTS = int(os.environ.get("MATERIA_KILL_REPORTS", "150"))
WEB_KILLS, WORKER_KILLS = max(2, REPORTS // 125), max(3, REPORTS // 100)
REPORTERS, SENDERS = 8, 4
PATIENCE_SECONDS = 300  # a machine that is busy with other things takes ten times as long as a quiet one
DONE = frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN})
Row = TypeVar("Row", bound=SQLModel)


@dataclass
class World:
    """The program, a desk's mailbox, the reports that are sent, and the receipts that came back."""

    platform: Platform
    peer: Peer
    directory: Path
    port: int = field(default_factory=free_port)
    receipts: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.platform.database

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "MATERIA_SECRET_KEY": SECRET, "MATERIA_DATA_DIR": str(self.directory),
                "MATERIA_BASE_URL": f"http://127.0.0.1:{self.port}", "MATERIA_DATABASE_URL": str(self.database.url),
                "MATERIA_SMTP_PORT": str(self.peer.port), "MATERIA_SMTP_TLS": "none", "MATERIA_MAIL_FROM": MAIL_FROM,
                "MATERIA_POSTAL_ADDRESS": POSTAL_ADDRESS, "MATERIA_SENDERS": str(SENDERS),
                "MATERIA_MAILS_PER_SECOND": "1000"}

    @contextmanager
    def serving(self) -> Iterator["subprocess.Popen[bytes]"]:
        """A web server; killed at the end, if it still runs."""
        with (self.directory / "web.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", "webapp", "serve", "--port", str(self.port)],
                                       env=self.environment, cwd=ROOT, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def working(self) -> Iterator[BaseProcess]:
        """A worker; killed at the end, if it still runs."""
        process = starting.worker(self.environment, self.directory / "worker.log")
        try:
            yield process
        finally:
            process.kill()
            process.join()

    def report(self, submission: str) -> None:
        """Sends a report until there is a receipt, as a person presses the button again."""
        body = urllib.parse.urlencode({"submission": submission, "what": f"A rash, {submission}",
                                       "medicine": "Exemplora"}).encode()
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/side-effect?market=us&language=en", body,
                                            timeout=20) as answer:
                    found = re.search(r"/receipt/(\w+)", answer.url)
                    assert found is not None
                    self.receipts[submission] = found.group(1)
                    return
            except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError):
                time.sleep(0.05)

    def rows(self, table: type[Row]) -> list[Row]:
        """All of a table."""
        with self.database.reading() as session:
            return list(session.scalars(select(table)))

    def is_handed_over(self) -> bool:
        """Whether each case has its hand-over, and what became of each mail is known."""
        with self.database.reading() as session:
            made = session.scalar(select(func.count()).select_from(SafetyHandOver))
            done = session.scalar(select(func.count()).select_from(Outgoing).where(col(Outgoing.state).in_(DONE)))
        return made == done == REPORTS

    def said(self) -> str:
        """The last that web server and worker logged."""
        return "\n".join(file.read_text()[-2000:] for file in self.directory.glob("*.log"))


@pytest.fixture
def world(platform: Platform, app: Flask, tmp_path: Path) -> Iterator[World]:
    """A desk that takes cases on a medicine. (`app`: pages hold addresses.)"""
    with platform.database.writing() as session:
        builders.medicine(session, "exemplora")
        builders.desk(session, opened_at=NOW)
    (tmp_path / "var").mkdir()
    with peer.listening() as server:
        yield World(platform, server, tmp_path / "var")


def report_all(world: World, chance: random.Random) -> None:
    """Sends all reports, a few at a time, to a web server that is killed again and again: the whole of it, or only the
    process that answers, which it then starts anew."""
    waiting = [f"report-{number}" for number in range(REPORTS)]
    threads = [threading.Thread(target=_report_from, args=(world, waiting)) for _ in range(REPORTERS)]
    for thread in threads:
        thread.start()
    for kill in range(0, WEB_KILLS, 2):
        with world.serving() as process:
            _await_receipts(world, chance)
            if kill + 1 < WEB_KILLS:
                os.kill(_child_of(world, process.pid), signal.SIGKILL)
                _await_receipts(world, chance)
    with world.serving():
        _await(world, lambda: len(world.receipts) == REPORTS)
    for thread in threads:
        thread.join(PATIENCE_SECONDS)


def _report_from(world: World, waiting: list[str]) -> None:
    while True:
        try:
            submission = waiting.pop()
        except IndexError:
            return
        world.report(submission)


def _await_receipts(world: World, chance: random.Random) -> None:
    """Waits for some more, and then for no good moment to be killed at."""
    goal = min(REPORTS, len(world.receipts) + 1 + chance.randrange(2 * REPORTS // (2 * WEB_KILLS + 1)))
    _await(world, lambda: len(world.receipts) >= goal)
    time.sleep(chance.random() / 20)


def _child_of(world: World, process: int) -> int:
    """The youngest process that another has started; it has none for a moment where one is put in another's place."""
    started = Path(f"/proc/{process}/task/{process}/children")
    found: list[int] = []
    _await(world, lambda: bool(found.extend(map(int, started.read_text().split())) or found))
    return max(found)


def hand_over_all(world: World, chance: random.Random) -> None:
    """Lets workers hand over what there is: each is killed in the middle, save the last."""
    for _ in range(WORKER_KILLS):
        before = len(world.peer.raw)
        more = chance.randrange(2 * REPORTS // (2 * WORKER_KILLS + 1))
        with world.working():
            _await(world, lambda before=before, more=more: (  # type: ignore[misc]
                len(world.peer.raw) > before + more or world.is_handed_over()), pause=0.2)
            time.sleep(chance.random() / 20)
    with world.working():
        _await(world, world.is_handed_over, pause=0.5)


def _await(world: World, is_so: Callable[[], bool], *, pause: float = 0.05) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < until, f"it took too long\n{world.said()}"
        time.sleep(pause)


def test_each_receipt_is_a_case_and_each_case_is_handed_over_whatever_is_killed(world: World) -> None:
    chance = random.Random(7)
    report_all(world, chance)
    cases = {row.submission: row.id for row in world.rows(SafetyCase)}
    receipts = {row.code: row.case_id for row in world.rows(SafetyReceipt)}
    assert len(world.receipts) == len(cases) == REPORTS
    assert all(receipts[code] == cases[submission] for submission, code in world.receipts.items())

    hand_over_all(world, chance)
    handing_over.settle(world.platform)
    taken, rows = world.peer.counts(), {row.id: row for row in world.rows(SafetyHandOver)}
    mails = {row.subject_id: message_id(row.key, "materia.example") for row in world.rows(Outgoing)}
    ledger = Counter((row.hand_over_id, row.step) for row in world.rows(SafetyHandOverEvent))
    sent = {number for number in rows if ledger[number, Step.SENT]}
    assert Counter(row.case_id for row in rows.values()) == Counter(cases.values()), "one hand-over for each case"
    assert max(taken.values()) == 1, "no mail came twice"
    assert all(mails[number] in taken for number in sent), "what the ledger calls sent has arrived"
    again = {number for number in rows if ledger[number, Step.FAILED] and rows[number].state == State.FAILED}
    assert sent | again == rows.keys() and not sent & again, "all else is noted, and will be said again"
    assert len(again) <= SENDERS * WORKER_KILLS
    print(f"{REPORTS} reports, {WEB_KILLS} kills of the web server, {WORKER_KILLS} of the worker: {len(receipts)} "
          f"receipts, {len(cases)} cases, {len(sent)} sent once, {len(again)} to be said again")
