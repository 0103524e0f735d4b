"""The load: requests over keep-alive connections, from a process of its own.

    closed loop   every connection sends its next request when its last is answered: how many a second?
    open loop     requests are due at fixed times, whatever is answered: how late is each answer, from when it was due?

As a program it reads a `Plan` as JSON, loads, and prints a `Load` as JSON. It imports nothing of the project, so that
it starts at once.
"""

import itertools
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

PATIENCE_SECONDS = 30.0
AHEAD_SECONDS = 0.2


@dataclass(frozen=True)
class Plan:
    """What to send. `MARK` in `body` becomes 32 fresh hexadecimal digits in each request."""

    port: int
    path: str
    seconds: float
    connections: int
    body: str = ""
    per_second: float = 0.0
    """0: closed loop."""
    media: str = "text/plain;charset=UTF-8"
    """What `body` is."""
    turns: tuple[tuple[str, str], ...] = ()
    """(path, cookie) of one request after the other, again and again, in place of `path`."""


MARK = "{view}"


@dataclass
class Load:
    """What came of it. `statuses` counts answers by status; latencies in milliseconds, of every answer."""

    seconds: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    """Open loop: how late each request was sent, in milliseconds; what the client itself adds to the latency."""

    def answered(self, status: int) -> int:
        return self.statuses.get(str(status), 0)

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.seconds


def run(plan: Plan) -> Load:
    """Loads a server from another process. Fails if any request goes without an answer."""
    done = subprocess.run([sys.executable, "-m", __name__], input=json.dumps(asdict(plan)).encode(),
                          capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the load broke off: {done.stderr.decode()[-2000:]}")
    return Load(**json.loads(done.stdout))


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Client:
    """Sends a plan's requests."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._load = Load()
        self._selector = selectors.SelectSelector()  # waits in microseconds, where epoll rounds up to milliseconds
        self._idle = deque(self._connect() for _ in range(plan.connections))
        self._due: dict[socket.socket, float] = {}
        self._got: dict[socket.socket, bytes] = {}
        self._heads = itertools.cycle([self._head(path, cookie) for path, cookie in plan.turns or [(plan.path, "")]])

    def _head(self, path: str, cookie: str) -> str:
        plan = self._plan
        length = len(plan.body.replace(MARK, "0" * 32))
        host = f"127.0.0.1:{plan.port}"
        posted = (f"Content-Type: {plan.media}\r\nContent-Length: {length}\r\nOrigin: http://{host}\r\n"
                  "Sec-Fetch-Site: same-origin\r\n")
        return (f"{'POST' if plan.body else 'GET'} {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n"
                f"User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n{f'Cookie: {cookie}' if cookie else 'DNT: 0'}\r\n"
                f"{posted if plan.body else ''}\r\n")

    def load(self) -> Load:
        """Sends for the plan's time, then waits for the last answers."""
        start = time.perf_counter()
        if self._plan.per_second:
            self._open_loop(start)
        else:
            self._closed_loop(start + self._plan.seconds)
        self._load.seconds = time.perf_counter() - start
        for connection in [key.fileobj for key in self._selector.get_map().values()]:
            connection.close()  # type: ignore[union-attr]
        self._selector.close()
        return self._load

    def _closed_loop(self, end: float) -> None:
        while self._idle:
            self._send(self._idle.popleft(), time.perf_counter())
        while self._due:
            for connection in self._answered(PATIENCE_SECONDS):
                now = time.perf_counter()
                if now < end:
                    self._send(connection, now)

    def _open_loop(self, start: float) -> None:
        times = deque(self._times(start + AHEAD_SECONDS))
        while times or self._due:
            now = time.perf_counter()
            while times and times[0] <= now and self._idle:
                due = times.popleft()
                self._load.lags.append(1000 * (now - due))
                self._send(self._idle.popleft(), due)
            wait = max(0.0, times[0] - now) if times and self._idle else PATIENCE_SECONDS
            self._idle += self._answered(wait)

    def _times(self, start: float) -> Iterator[float]:
        plan = self._plan
        return (start + number / plan.per_second for number in range(int(plan.seconds * plan.per_second)))

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._plan.port), PATIENCE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(connection, selectors.EVENT_READ)
        return connection

    def _send(self, connection: socket.socket, due: float) -> None:
        self._due[connection], self._got[connection] = due, b""
        connection.sendall((next(self._heads) + self._plan.body.replace(MARK, os.urandom(16).hex())).encode())

    def _answered(self, wait: float) -> list[socket.socket]:
        """The connections whose answer is complete, after waiting for `wait` seconds at most."""
        ready = self._selector.select(wait)
        if not ready and wait == PATIENCE_SECONDS:
            raise TimeoutError(f"{len(self._due)} requests went without an answer for {PATIENCE_SECONDS} s")
        return [key.fileobj for key, _ in ready if self._receive(key.fileobj)]  # type: ignore[arg-type, misc]

    def _receive(self, connection: socket.socket) -> bool:
        more = connection.recv(262_144)
        if not more:
            self._replace(connection)
            return False
        got = self._got[connection] = self._got[connection] + more
        head, gap, body = got.partition(b"\r\n\r\n")
        if not gap or len(body) < _length(head):
            return False
        self._load.latencies.append(1000 * (time.perf_counter() - self._due.pop(connection)))
        status = head[9:12].decode()
        self._load.statuses[status] = self._load.statuses.get(status, 0) + 1
        return True

    def _replace(self, connection: socket.socket) -> None:
        """A server shows out whoever says nothing for long: an idle connection is opened again, as a browser does."""
        if connection in self._due:
            raise ConnectionError("the server closed a connection")
        self._selector.unregister(connection)
        connection.close()
        self._idle[self._idle.index(connection)] = self._connect()


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


if __name__ == "__main__":
    print(json.dumps(asdict(Client(Plan(**json.load(sys.stdin))).load())))
