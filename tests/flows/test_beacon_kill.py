"""`kill -9` of the server, all of it, while beacons come in: whatever was answered becomes a reading."""

import http.client
import json
import os
import random
import re
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlmodel import col, select

from tests import builders
from tests.builders import SECRET
from tests.flows import starting
from tests.ports import free_port
from tests.waiting import until
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.core.process import AlreadyHeld, hold
from webapp.engagement.models import Reading

KILLS, READERS = 3, 6
PATH = "/en/diseases/sampleitis"


@dataclass
class World:
    """A server, and the views whose beacons it answered."""

    platform: Platform
    folder: Path
    port: int = field(default_factory=free_port)
    answered: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def log(self) -> Path:
        """What the servers say."""
        return self.folder / "log"

    @contextmanager
    def serving(self) -> Iterator[BaseProcess]:
        """A server that answers; killed at the end, all of it."""
        process = starting.program({
            "PATH": os.environ["PATH"], "MATERIA_SECRET_KEY": SECRET, "MATERIA_DATA_DIR": str(self.folder),
            "MATERIA_BASE_URL": f"http://127.0.0.1:{self.port}",
            "MATERIA_DATABASE_URL": str(self.platform.database.url)}, self.log, "serve", "--port", str(self.port))
        try:
            self.wait(lambda: bool(self.page()))
            yield process
        finally:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            answering = children.read_text().split() if process.is_alive() else []
            process.kill()  # first, so that it starts no other in their place
            for each in answering:
                os.kill(int(each), signal.SIGKILL)
            process.join()
            self.wait(self._is_given_up)

    def _is_given_up(self) -> bool:
        """Whether the server's directory is free: a killed process may take a moment to be gone."""
        with suppress(AlreadyHeld):
            hold(self.folder, "serve", clock.now()).close()
            return True
        return False

    def read(self, token: str) -> None:
        """Readers come one after the other, whatever becomes of the server, until it is over."""
        while not self.is_over.is_set():
            with suppress(OSError, http.client.HTTPException), closing(
                    http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
                while not self.is_over.is_set():
                    view = uuid4().hex
                    connection.request("POST", "/e", json.dumps({
                        "t": token, "v": view, "d": clock.now().date().isoformat(), "e": 3, "s": 4, "p": 50}),
                        {"Content-Type": "text/plain;charset=UTF-8"})
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status == 204:
                        self.answered.append(view)
            time.sleep(0.02)

    def page(self) -> str:
        """The page, or nothing while nobody answers."""
        with suppress(OSError, http.client.HTTPException), urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{PATH}", timeout=20) as answer:
            return str(answer.read().decode())
        return ""

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Until it is so."""
        assert until(is_so), self.log.read_text()[-2000:]

    def readings(self) -> set[str]:
        """The views that are readings."""
        with self.platform.database.reading() as session:
            return set(session.scalars(select(col(Reading.view_id))))

    def missing(self) -> set[str]:
        """The views that are none, though a beacon of theirs was answered."""
        return set(self.answered) - self.readings()


@pytest.fixture
def world(platform: Platform, app: Flask, tmp_path: Path) -> Iterator[World]:
    """(`app`: pages hold addresses.)"""
    builders.landing_page(platform, tmp_path / "content", now=clock.now())
    made = World(platform, tmp_path)
    yield made
    made.is_over.set()


def test_each_beacon_that_was_answered_is_a_reading_whatever_is_killed(world: World) -> None:
    with world.serving():
        token = re.search(r'data-beacon-token="([^"]+)"', world.page())
    assert token is not None
    threads = [threading.Thread(target=world.read, args=token.groups()) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    chance, caught = random.Random(7), 0
    for _ in range(KILLS):
        with world.serving():
            goal = len(world.answered) + chance.randrange(50, 150)
            world.wait(lambda goal=goal: len(world.answered) >= goal)  # type: ignore[misc]
        caught += len(world.missing())
    world.is_over.set()
    for thread in threads:
        thread.join()

    assert caught, "no kill came between an answer and its reading: it showed nothing"
    with world.serving():
        world.wait(lambda: not world.missing())
    assert len(world.readings()) <= len(world.answered) + READERS * KILLS, "readings that nobody sent"
