"""What tests of handing over stand on: a mailbox or a webhook that is there or away, and the job at an hour of the day.
"""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import time_machine
from sqlalchemy import select

from tests import peer as peers
from tests.builders import MAIL_FROM, NOW
from webapp.channels.service.pace import Pace
from webapp.channels.service.sending import Post, Sender
from webapp.channels.smtp import SmtpConnection
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.people.security.letters import AccountLetters
from webapp.people.service import MAIL_SUBJECT
from webapp.safety import jobs
from webapp.safety.models import SafetyHandOver, SafetyHandOverEvent
from webapp.safety.rules.reports import Report
from webapp.safety.service.courier import Opener
from webapp.safety.service.letters import HAND_OVER, HandOverLetters

URL = "https://desk.example/reports?from=materia"
TOLD = Report("My lips swelled an hour after the tablet", medicine="Exemplora 10 mg", batch="B-77", when="2026-03-01",
              initials="A.B.", age="54", sex="female", outcome="recovering", criteria=("hospitalisation",),
              reporter="patient", name="Ann Benton", contact="ann@home.example", may_contact=True)


@contextmanager
def at(hours: float) -> Iterator[None]:
    """So many hours after the first receipt."""
    with time_machine.travel(NOW + timedelta(hours=hours)):
        yield


def work(platform: Platform, opener: Opener | None = None) -> str | None:
    """The job, once, now."""
    return jobs.hand_over(platform, clock.now(), *([opener] if opener else []))


def post(platform: Platform, port: int) -> None:
    """Sends what is due, and notes what became of it."""
    rechecks = {HAND_OVER: HandOverLetters(platform, MAIL_FROM).recheck,
                MAIL_SUBJECT: AccountLetters(platform, MAIL_FROM).recheck}
    with SmtpConnection(peers.relay(port)) as connection:
        Sender(Post(platform.database, platform.writer, peers.relay(port), rechecks, "worker", Pace(1000)), connection,
               threading.Event()).send_batch()


def hand_overs(platform: Platform) -> list[SafetyHandOver]:
    """All, oldest first."""
    with platform.database.reading() as session:
        return list(session.scalars(select(SafetyHandOver).order_by(SafetyHandOver.id)))  # type: ignore[arg-type]


def ledger(platform: Platform) -> list[str]:
    """Its lines, oldest first: step and detail."""
    with platform.database.reading() as session:
        rows = session.scalars(select(SafetyHandOverEvent).order_by(SafetyHandOverEvent.id))  # type: ignore[arg-type]
        return [f"{row.step} {row.detail}".rstrip() for row in rows]


class Desk:
    """A webhook: keeps what it was sent, and answers with `status`."""

    def __init__(self) -> None:
        self.status = 204
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        self.before_answer: Callable[[], None] = lambda: None
        self.port = 0

    def opener(self, _host: str, _port: int, seconds: float) -> http.client.HTTPConnection:
        """Reaches it without TLS and on this machine, whatever the address."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)


@contextmanager
def webhook() -> Iterator[Desk]:
    """A running one."""
    desk = Desk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            desk.taken.append((self.path, dict(self.headers), body))
            desk.before_answer()
            self.send_response(desk.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        desk.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield desk
        finally:
            server.shutdown()
            thread.join()
