"""Slow headers, slow bodies: clients that send theirs a byte at a time, or nothing, do not stop those who read."""

import os
import selectors
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask

from tests import builders
from tests.builders import SECRET
from tests.flows import starting
from tests.ports import free_port
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.wsgi import HEADER_SECONDS

START_SECONDS = 240
ANSWER_SECONDS = 5.0
CLIENTS = 150
"""Of each kind, which is more than the server has threads."""
BETWEEN_BYTES = 0.2
PATHS = ("/en/diseases/sampleitis", "/health", "/sign-in")
"""Stored, by the application, and by the application with a form."""
HEADERS = b"GET /en/diseases/sampleitis HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Slow: "
BODY = b"POST /e HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n\r\n"


@dataclass
class Dawdlers:
    """Connections whose request never ends. Those that speak send a byte of it now and then."""

    port: int
    waiting: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    speaking: list[socket.socket] = field(default_factory=list)

    def come(self, count: int, begun: bytes = b"") -> None:
        """Opens so many connections; they speak if they have begun a request."""
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", self.port))
            client.setblocking(False)
            self.waiting.register(client, selectors.EVENT_READ)
            if begun:
                client.send(begun % self.port)
                self.speaking.append(client)

    @property
    def count(self) -> int:
        """How many the server still listens to."""
        return len(self.waiting.get_map())

    def dawdle(self) -> None:
        """One more byte from each that speaks; those whom the server has shown out go."""
        for client in self.speaking:
            with suppress(ConnectionError):  # shown out a moment ago; the next look at it says so
                client.send(b"a")
        for key, _ in self.waiting.select(BETWEEN_BYTES):
            assert isinstance(key.fileobj, socket.socket)
            self._listen(key.fileobj)

    def leave(self) -> None:
        """Closes what is open."""
        for key in list(self.waiting.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            self._close(key.fileobj)

    def _listen(self, client: socket.socket) -> None:
        try:
            is_over = not client.recv(4096)
        except ConnectionResetError:
            is_over = True
        if is_over:
            self._close(client)

    def _close(self, client: socket.socket) -> None:
        self.waiting.unregister(client)
        client.close()
        if client in self.speaking:
            self.speaking.remove(client)


def ask(port: int, path: str, body: bytes | None = None) -> int:
    """The status of an answer to somebody who does not dawdle."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", body, timeout=ANSWER_SECONDS) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refused:
        return refused.code


def answers(port: int) -> bool:
    try:
        return ask(port, "/health") == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def dawdling(port: int) -> Iterator[Dawdlers]:
    """Dawdlers, gone at the end."""
    dawdlers = Dawdlers(port)
    try:
        yield dawdlers
    finally:
        dawdlers.leave()


@pytest.fixture
def port(platform: Platform, app: Flask, tmp_path: Path) -> Iterator[int]:
    """Of a real server with a page. (`app`: pages hold addresses.)"""
    builders.released_campaign(platform, tmp_path / "content", 1, now=clock.now())
    port, log = free_port(), tmp_path / "log"
    environment = {"PATH": os.environ["PATH"], "MATERIA_SECRET_KEY": SECRET, "MATERIA_DATA_DIR": str(tmp_path / "var"),
                   "MATERIA_BASE_URL": f"http://127.0.0.1:{port}", "MATERIA_DATABASE_URL": str(platform.database.url)}
    server = starting.program(environment, log, "serve", "--port", str(port))
    with ExitStack() as stack:
        stack.callback(server.join, 20)
        stack.callback(server.terminate)
        until = time.monotonic() + START_SECONDS
        while not answers(port):
            assert server.is_alive() and time.monotonic() < until, log.read_text()[-2000:]
            time.sleep(0.1)
        yield port


def test_slow_headers_stop_nobody_and_are_shown_out(port: int) -> None:
    with dawdling(port) as dawdlers:
        dawdlers.come(CLIENTS, HEADERS)
        dawdlers.come(CLIENTS)
        dawdlers.dawdle()
        assert dawdlers.count == 2 * CLIENTS
        for path in PATHS:
            assert ask(port, path) == 200
        until = time.monotonic() + 2 * HEADER_SECONDS
        while dawdlers.count and time.monotonic() < until:
            dawdlers.dawdle()
        assert dawdlers.count == 0
        assert ask(port, "/health") == 200


def test_slow_bodies_stop_no_reader_and_others_are_told_at_once(port: int) -> None:
    with dawdling(port) as dawdlers:
        dawdlers.come(CLIENTS, BODY)
        for _ in range(5):
            dawdlers.dawdle()
        for path in PATHS:
            assert ask(port, path) == 200
        assert ask(port, "/e", b"a beacon") == 503
    until = time.monotonic() + START_SECONDS
    while ask(port, "/e", b"a beacon") == 503:
        assert time.monotonic() < until
        time.sleep(0.1)
