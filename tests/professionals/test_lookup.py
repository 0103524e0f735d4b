"""The look-up service: what it may be, and that no way in which it fails opens anything."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests import builders
from tests.builders import NOW
from tests.professionals import claims
from tests.professionals.claims import NPI
from webapp.core.db import Database
from webapp.professionals import queries
from webapp.professionals.rules.names import Name
from webapp.professionals.rules.registry import Answer, Entry
from webapp.professionals.rules.states import State
from webapp.professionals.service import renewing
from webapp.professionals.service.lookup import HttpRegistry, Unavailable, ask, is_public

ADDRESS = "https://registry.example/api/"


def found(**changed: Any) -> dict[str, Any]:
    """An answer as CMS's registry gives it, API version 2.1."""
    person = {"number": NPI, "enumeration_type": "NPI-1", "other_names": [],
              "basic": {"first_name": "ANN", "last_name": "EXAMPLE", "middle_name": "B", "name_suffix": "--",
                        "credential": "M.D.", "status": "A"},
              "addresses": [{"address_purpose": "MAILING", "state": "NJ"}, {"address_purpose": "LOCATION",
                                                                            "state": "NY"}],
              "taxonomies": [{"code": "207R00000X", "primary": True, "state": "CT", "license": "000000"}]}
    return {"result_count": 1, "results": [{**person, **changed}]}


class Service(BaseHTTPRequestHandler):
    """Answers as it was told to, and keeps what it was asked."""

    asked: list[str]
    answer: Callable[["Service"], None]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        type(self).answer(self)

    def say(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Service.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def registry(server: ThreadingHTTPServer, seconds: float = 2.0) -> HttpRegistry:
    """A registry that is asked without TLS and on this machine, as the real opener refuses to."""
    return HttpRegistry(ADDRESS, lambda _host, _port, patience: http.client.HTTPConnection(
        "127.0.0.1", server.server_port, timeout=patience), seconds)


def answering(body: object, status: int = 200) -> Callable[[Service], None]:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda service: service.say(sent, status)


def test_a_person_is_found_with_name_states_and_taxonomy(server: ThreadingHTTPServer) -> None:
    Service.answer = answering(found())
    entry = registry(server).find(NPI)
    assert entry is not None
    assert (entry.name.given, entry.name.family, entry.states, entry.taxonomy, entry.is_active) == (
        "ANN B", "EXAMPLE", ("NY", "CT"), "207R00000X", True)
    assert Service.asked == [f"/api/?version=2.1&number={NPI}"]


@pytest.mark.parametrize(("answer", "expected"), [
    (found(), Answer.MATCHED),
    ({"result_count": 0, "results": []}, Answer.UNKNOWN),
    (found(enumeration_type="NPI-2"), Answer.UNKNOWN),
    (found(basic={"first_name": "ANN", "last_name": "OTHER", "status": "A"}), Answer.DIFFERS),
    (found(basic={"first_name": "ANN", "last_name": "EXAMPLE", "status": "D"}), Answer.DIFFERS),
    (found(addresses=[], taxonomies=[]), Answer.DIFFERS),
])
def test_what_it_says_is_compared(server: ThreadingHTTPServer, answer: object, expected: Answer) -> None:
    Service.answer = answering(answer)
    assert ask(registry(server), claims.meant()).answer is expected


GARBAGE = [b"", b"nonsense", b"[]", b"null", b"1", b'"matched"', b"{}", b'{"result_count": 1}', b"\xff\xfe",
           b"[" * 100_000, json.dumps(found(number="1245319599")).encode(), json.dumps(found(basic=None)).encode(),
           json.dumps(found(basic={"first_name": ["ANN"], "last_name": {}, "status": "A"})).encode(),
           json.dumps({"result_count": 2, "results": found()["results"] * 2}).encode(),
           json.dumps(found(taxonomies=None)).encode(), json.dumps(found(addresses="NY")).encode(),
           json.dumps(found(taxonomies=[1])).encode(), b" " * 1_000_000 + json.dumps(found()).encode(),
           b'{"Errors": [{"description": "CMS deactivated NPI"}]}', b"NaN"]


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_unavailable(server: ThreadingHTTPServer, body: bytes) -> None:
    Service.answer = answering(body)
    assert ask(registry(server), claims.meant()).answer is Answer.UNAVAILABLE


@pytest.mark.parametrize("status", [204, 301, 302, 404, 429, 500, 503])
def test_any_status_but_200_is_unavailable_and_no_redirect_is_followed(
        server: ThreadingHTTPServer, status: int) -> None:
    def answer(service: Service) -> None:
        service.send_response(status)
        service.send_header("Location", f"http://127.0.0.1:{server.server_port}/elsewhere")
        service.send_header("Content-Length", "0")
        service.end_headers()

    Service.answer = answer
    assert ask(registry(server), claims.meant()).answer is Answer.UNAVAILABLE
    assert len(Service.asked) == 1


WHOLE = json.dumps(found()).encode()
LATE = 30
"""Seconds after which a late service has said everything, and rightly: who waits that long finds the person."""


def _silent(service: Service) -> None:
    time.sleep(LATE)
    _drip(service, b"", b"")


def _cut_off(service: Service) -> None:
    service.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{")


def _drip_body(service: Service) -> None:
    _drip(service, b"", WHOLE)


def _drip_header(service: Service) -> None:
    _drip(service, b"X: " + b"y" * 600, b"")


def _drip(service: Service, header: bytes, body: bytes) -> None:
    """A right answer whose `header` and `body`, where there is one, come byte by byte."""
    with suppress(OSError):
        service.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for byte in header:
            service.wfile.write(bytes([byte]))
            time.sleep(LATE / len(header))
        service.wfile.write((b"\r\n" if header else b"") + b"Content-Length: %d\r\n\r\n" % len(WHOLE))
        for byte in body:
            service.wfile.write(bytes([byte]))
            time.sleep(LATE / len(body))
        service.wfile.write(WHOLE[len(body):])


@pytest.mark.parametrize("answer", [_silent, _cut_off, _drip_body, _drip_header],
                         ids=["silent", "cut off", "dripping body", "dripping header"])
def test_one_that_is_late_or_never_ends_is_unavailable_in_time(
        server: ThreadingHTTPServer, answer: Callable[[Service], None]) -> None:
    Service.answer = answer
    assert ask(registry(server, 0.4), claims.meant()).answer is Answer.UNAVAILABLE


def test_one_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    absent = HttpRegistry(ADDRESS, lambda _host, _port, patience: http.client.HTTPConnection(
        "127.0.0.1", port, timeout=patience))
    assert ask(absent, claims.meant()).answer is Answer.UNAVAILABLE


@pytest.mark.parametrize("url", ["http://registry.example/", "ftp://registry.example/", "registry.example", "",
                                 "file:///etc/passwd", "https:///x", "https://user:word@registry.example/"])
def test_only_https_is_asked(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        HttpRegistry(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.1"])
def test_this_machine_is_not_asked(host: str) -> None:
    with pytest.raises(Unavailable, match="OSError"):
        HttpRegistry(f"https://{host}/").find(NPI)


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "ff02::1",
    "2002:7f00:1::", "2001:0:53aa:64c::", "198.18.0.1", "192.0.2.1", "240.0.0.1"])
def test_an_address_that_is_not_public_is_not_connected_to(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is(address: str) -> None:
    assert is_public(address)


def test_a_name_of_which_one_address_is_private_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(Unavailable):
        HttpRegistry(ADDRESS).find(NPI)


def test_it_connects_to_the_address_it_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []

    def connect(address: Any, *_: Any, **__: Any) -> Any:
        tried.append(address)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo",
                        lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443))])
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unavailable):
        HttpRegistry(ADDRESS).find(NPI)
    assert tried == [("1.1.1.1", 443)]


# The job


@pytest.mark.parametrize(("answer", "state"), [
    (answering(found()), State.VERIFIED), (answering(b"garbage"), State.PENDING), (answering({}, 500), State.PENDING),
    (_cut_off, State.PENDING)])
def test_registry_timeout_500_and_garbage_leave_it_pending_never_open(
        database: Database, server: ThreadingHTTPServer, answer: Callable[[Service], None], state: State) -> None:
    Service.answer = answer
    with database.writing() as session:
        made = claims.apply(session, builders.account(session))
    service = registry(server, 0.5)
    renewing.look_up_pending(database, lambda _: service, NOW + timedelta(hours=2))
    with database.reading() as session:
        kept = queries.by_key(session, made.key)
        assert kept is not None and kept.state == state
        assert kept.evidence_kind == ("npi-service" if state is State.VERIFIED else "")


def test_no_lock_is_held_while_a_registry_thinks(database: Database) -> None:
    with database.writing() as session:
        claims.apply(session, builders.account(session))

    class Thinking:
        name = "thinking"

        def find(self, number: str) -> None:
            with database.writing() as session:  # would wait for ever, were the lock held
                builders.company(session)

    assert renewing.look_up_pending(database, lambda _: Thinking(), NOW + timedelta(hours=2)) == 0


def test_an_application_that_changed_while_a_registry_thought_is_not_decided(database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
        made = claims.apply(session, person)

    class Slow:
        name = "slow"

        def find(self, number: str) -> Any:
            with database.writing() as session:
                claims.apply(session, session.merge(person), family_name="Other", now=NOW + timedelta(hours=2))
            return Entry(NPI, Name("ANN", "EXAMPLE"), ("NY",), "")

    assert renewing.look_up_pending(database, lambda _: Slow(), NOW + timedelta(hours=2)) == 0
    with database.reading() as session:
        kept = queries.by_key(session, made.key)
        assert kept is not None and (kept.state, kept.family_name) == (State.PENDING, "Other")
