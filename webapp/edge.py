"""Published pages as stored bytes, answered ahead of Flask.

A thin WSGI layer: checks the host, the path and the method, looks the path up in memory, and answers open pages and
static files itself; all else goes on to Flask. Every process polls `site_version` and forgets what it held when that
rises, so a published or withdrawn page is right within a quarter of a second.
"""

import gzip
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable

from webapp.core import pages
from webapp.core.db import Database
from webapp.core.models import StoredPage
from webapp.core.static import StaticFiles

log = logging.getLogger("materia.edge")

POLL_SECONDS = 0.25
HELD_BYTES = 256 * 1024 * 1024
OPEN = "public, max-age=0, s-maxage=1, must-revalidate"
ABOUT_A_BODY = ("Content-Type", "Content-Length", "Content-Encoding", "Content-Language")
PASSED_ON = ("POST", "OPTIONS")
"""Methods besides GET and HEAD that the application has routes for."""
WORTH_PACKING = ("text/", "image/svg+xml")
PATH_LENGTH = 2000
"""Characters of the longest path that is looked up: our choice, ten times our longest address."""
BODIES = 32
"""Bodies of requests that are waited for at a time, unless told otherwise: half of the usual threads."""
ROOM_SECONDS = 0.2
"""How long a body waits for room among them: our choice, enough for a crowd of quick ones to pass."""
FOR_EVER = "public, max-age=31536000, immutable"

Environ = dict[str, Any]
Start = Callable[..., Any]
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Held:
    """One answer in memory: its bodies and the headers of each form, ready to send."""

    etag: str
    body: bytes
    gzip: bytes
    plain_headers: Headers
    gzip_headers: Headers
    is_for_strangers: bool = False
    """Whoever sends a cookie may be signed in, and is left to the application."""

    @property
    def size(self) -> int:
        """Bytes it takes, roughly."""
        return len(self.body) + len(self.gzip)


class Body:
    """The body of a request. Whoever sends one slowly holds a thread, and the server sets them no time; so where there
    is no `room` a body is waited for a moment only (503), and threads are left for those who read."""

    def __init__(self, stream: Any, room: threading.BoundedSemaphore) -> None:
        self._stream, self._room = stream, room

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as the stream gives them."""
        if not self._room.acquire(timeout=ROOM_SECONDS):
            raise ServiceUnavailable
        try:
            read: bytes = self._stream.read(size)
            return read
        finally:
            self._room.release()


class Edge:
    """WSGI application in front of Flask's."""

    def __init__(self, app: Callable[[Environ, Start], Iterable[bytes]], *, database: Database, static: StaticFiles,
                 hosts: frozenset[str], headers: dict[str, str], bodies: int = BODIES) -> None:
        self._app = app
        self._room = threading.BoundedSemaphore(bodies)
        self._database = database
        self._hosts = hosts
        self._common = list(headers.items())
        self._static = {url: self._hold_static(file.body, file.content_type) for url, file in static.by_url.items()}
        self._pages: OrderedDict[str, Held] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._version = -1
        self._stopping = threading.Event()
        self._poller: threading.Thread | None = None

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", "") not in self._hosts:
            return self._refuse(start, "400 Bad Request", "This host name is not served here.")
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if _is_no_address(path):
            return self._refuse(start, "404 Not Found", "There is no such page.")
        if method in ("GET", "HEAD"):
            held = self._pages.get(path) or self._static.get(path) or self._load(path)
            if held is not None and not (held.is_for_strangers and "HTTP_COOKIE" in environ):
                return _answer(environ, start, held, method)
        elif method not in PASSED_ON:
            return self._refuse(start, "405 Method Not Allowed", "This method is not served here.",
                                ("Allow", ", ".join(("GET", "HEAD", *PASSED_ON))))
        return self._app({**environ, "wsgi.input": Body(environ["wsgi.input"], self._room)}, start)

    def watch(self) -> None:
        """Starts polling the site version, in a thread of its own."""
        self._poller = threading.Thread(target=self._poll, name="edge-poll", daemon=True)
        self._poller.start()

    def close(self) -> None:
        """Ends the polling."""
        self._stopping.set()
        if self._poller is not None:
            self._poller.join()

    def look_again(self) -> None:
        """Forgets all held pages if the site version has risen."""
        with self._database.reading() as session:
            version = pages.version(session)
        if version != self._version:
            with self._lock:
                self._version = version
                self._pages.clear()
                self._size = 0

    def _poll(self) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            try:
                self.look_again()
            except SQLAlchemyError as error:  # what is held stays right until the database answers again
                log.warning("site version not read: %s", type(error).__name__)

    def _load(self, path: str) -> Held | None:
        version = self._version
        try:
            with self._database.reading() as session:
                row = pages.find(session, path)
        except SQLAlchemyError:
            return None
        if row is None or row.access not in ("open", pages.STRANGERS):
            return None
        held = self._hold_page(row)
        with self._lock:
            if version == self._version and path not in self._pages:  # else it may be the bytes of before
                self._pages[path] = held
                self._size += held.size
                while self._size > HELD_BYTES:
                    self._size -= self._pages.popitem(last=False)[1].size
        return held

    def _hold_page(self, row: StoredPage) -> Held:
        extra = [("Content-Type", row.content_type), ("Cache-Control", OPEN), ("Content-Language", row.language)]
        if row.is_noindex:
            extra.append(("X-Robots-Tag", "noindex"))
        return self._hold(row.etag, row.body, row.gzip, extra, is_for_strangers=row.access == pages.STRANGERS)

    def _hold_static(self, body: bytes, content_type: str) -> Held:
        packed = _packed(body) if content_type.startswith(WORTH_PACKING) else b""
        return self._hold("", body, packed, [("Content-Type", content_type), ("Cache-Control", FOR_EVER)])

    def _hold(self, etag: str, body: bytes, gzip: bytes, extra: Headers, *, is_for_strangers: bool = False) -> Held:
        varies = "Accept-Encoding, Cookie" if is_for_strangers else "Accept-Encoding"
        common = [*self._common, *extra, ("Vary", varies)]
        plain, packed = list(common), list(common)
        if etag:
            plain.append(("ETag", f'"{etag}"'))
            packed.append(("ETag", f'"{etag}-gzip"'))
        return Held(etag, body, gzip, [*plain, ("Content-Length", str(len(body)))],
                    [*packed, ("Content-Encoding", "gzip"), ("Content-Length", str(len(gzip)))],
                    is_for_strangers)

    def _refuse(self, start: Start, status: str, text: str, *headers: tuple[str, str]) -> Iterable[bytes]:
        body = text.encode()
        start(status, [*self._common, *headers, ("Content-Type", "text/plain; charset=utf-8"),
                       ("Cache-Control", "private, no-store"), ("Content-Length", str(len(body)))])
        return (body,)


@cache
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def hosts_of(base_url: str, more: Iterable[str]) -> frozenset[str]:
    """Host headers that are answered: the public address's, and those listed."""
    return frozenset({urlsplit(base_url).netloc, *more})


def _answer(environ: Environ, start: Start, held: Held, method: str) -> Iterable[bytes]:
    is_packed = bool(held.gzip) and takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
    headers, body = (held.gzip_headers, held.gzip) if is_packed else (held.plain_headers, held.body)
    asked = environ.get("HTTP_IF_NONE_MATCH")
    if asked and held.etag and is_known(held.etag, asked):
        start("304 Not Modified", [header for header in headers if header[0] not in ABOUT_A_BODY])
        return ()
    start("200 OK", headers)
    return () if method == "HEAD" else (body,)


def _is_no_address(path: str) -> bool:
    """Paths that nothing may look up: PostgreSQL takes no NUL, `//` is the same to Flask as `/`, and to browsers so
    is a backslash."""
    return "\0" in path or "\\" in path or path.startswith("//") or len(path) > PATH_LENGTH


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header takes gzip: named, or by `*`, and not with a weight of nothing."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        weights[name.strip()] = weight.replace(" ", "")
    weight = weights.get("gzip", weights.get("*", "q=0"))
    return not (weight.startswith("q=0") and not weight.strip("q=0."))


def is_known(etag: str, asked: str) -> bool:
    """Whether an If-None-Match header names these bytes in either form. Compared weakly (RFC 9110, 13.1.2)."""
    known = {f'"{etag}"', f'"{etag}-gzip"'}
    return asked.strip() == "*" or any(tag.strip().removeprefix("W/") in known for tag in asked.split(","))
