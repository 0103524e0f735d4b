"""The mail server is down: real processes go on answering readers, and no mail is lost or given up."""

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import col

from tests import builders
from tests.builders import MAIL_FROM, POSTAL_ADDRESS, SECRET
from tests.flows import starting
from tests.ports import free_port
from tests.waiting import until
from webapp.channels.models import Outgoing
from webapp.consents.models import Consent
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.engagement.models import Reading

ANSWER_SECONDS = 5.0
"""Far below the time-outs of a mail connection, and far above what a busy machine needs."""
PEOPLE = 30


@dataclass
class Site:
    """A server and a worker at work, and the relay that is not there."""

    platform: Platform
    port: int

    def ask(self, path: str, body: bytes | None = None, content_type: str = "") -> tuple[int, str]:
        """Status and text of an answer; a body is sent by POST."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body,
                                         {"Content-Type": content_type} if body else {})
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
            return answer.status, answer.read().decode()

    def answers(self) -> bool:
        """Whether the server is up."""
        try:
            return self.ask("/health")[0] == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def deliveries(self) -> list[tuple[str, str]]:
        """State and reason of every delivery."""
        with self.platform.database.reading() as session:
            return [(row.state, row.reason) for row in session.scalars(select(Outgoing))]

    def readings(self) -> int:
        """How many there are."""
        with self.platform.database.reading() as session:
            return len(list(session.scalars(select(Reading))))

    def await_trouble(self) -> bool:
        """Waits until the worker has found the relay gone; False if it took too long."""
        return until(lambda: ("retry", "lost") in self.deliveries(), every=0.1)


@contextmanager
def running(log: Path, environment: dict[str, str], *words: str) -> Iterator[None]:
    """The program with these words; ended as an operator ends it."""
    process = starting.program(environment, log, *words)
    try:
        yield
        assert process.is_alive(), log.read_text()[-2000:]
    finally:
        process.terminate()
        process.join(20)
        process.kill()
        process.join()


@pytest.fixture
def site(platform: Platform, app: Flask, tmp_path: Path) -> Iterator[Site]:
    """(`app`: pages hold addresses.)"""
    builders.released_campaign(platform, tmp_path / "content", PEOPLE, now=clock.now())
    made, log = Site(platform, free_port()), tmp_path / "log"
    environment = {
        "PATH": os.environ["PATH"], "MATERIA_SECRET_KEY": SECRET, "MATERIA_DATA_DIR": str(tmp_path / "var"),
        "MATERIA_BASE_URL": f"http://127.0.0.1:{made.port}", "MATERIA_DATABASE_URL": str(platform.database.url),
        "MATERIA_SMTP_PORT": str(free_port()), "MATERIA_SMTP_TLS": "none", "MATERIA_MAIL_FROM": MAIL_FROM,
        "MATERIA_POSTAL_ADDRESS": POSTAL_ADDRESS}
    with ExitStack() as stack:
        stack.enter_context(running(log, environment, "serve", "--port", str(made.port)))
        stack.enter_context(running(log, environment, "worker"))
        assert until(made.answers, every=0.1), log.read_text()[-2000:]
        yield made


def test_readers_are_served_and_no_delivery_is_given_up(site: Site) -> None:
    assert site.await_trouble()

    status, page = site.ask("/en/diseases/sampleitis")
    token = re.search(r'data-beacon-token="([^"]+)"', page)
    assert status == 200 and token is not None
    beacon = {"t": token.group(1), "v": "a" * 32, "d": clock.now().date().isoformat(), "e": 30, "s": 40, "p": 95}
    assert site.ask("/e", json.dumps(beacon).encode(), "text/plain;charset=UTF-8")[0] == 204
    assert until(lambda: site.readings() == 1)
    with site.platform.database.reading() as session:
        code = session.scalars(select(col(Consent.code))).first()
    assert site.ask(f"/u/{code}", b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")[0] == 200
    with site.platform.database.reading() as session:
        assert not session.scalars(select(col(Consent.is_granted)).where(col(Consent.code) == code)).one()

    found = site.deliveries()
    assert len(found) == PEOPLE
    assert set(found) <= {("retry", "lost"), ("queued", ""), ("leased", ""), ("sending", "")}
