"""Registries that can be asked for a number: the imported table, and a look-up service over HTTPS.

Whatever goes wrong is `Unavailable`: the application then waits for a person, and nothing opens.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from pydantic_core import from_json
from sqlmodel import Session

from webapp.professionals import queries
from webapp.professionals.models import RegistryEntry
from webapp.professionals.rules.application import Application
from webapp.professionals.rules.names import Name
from webapp.professionals.rules.registry import Answer, Entry, Finding, compare

SECONDS = 5.0
"""For a whole look-up, its connection included: our choice."""
MOST_BYTES = 256 * 1024
"""Of an answer: one person's entry has about four thousand."""


class Unavailable(Exception):
    """The registry could not say: absent, late, or not understood."""


class Registry(Protocol):
    """Something that knows numbers."""

    name: str

    def find(self, number: str) -> Entry | None:
        """The entry of a number in its normal form, None if there is none. Raises Unavailable."""


Opener = Callable[[str, int, float], http.client.HTTPConnection]
"""(host, port, seconds) -> a connection, not necessarily opened yet."""


def ask(registry: Registry, application: Application) -> Finding:
    """What the registry says to an application; `unavailable` where it cannot say."""
    try:
        entry = registry.find(application.number)
    except Unavailable as error:
        return Finding(Answer.UNAVAILABLE, str(error), registry.name)
    return compare(application, entry, registry.name)


class TableRegistry:
    """The register that `materia registry import` filled."""

    name = "nppes-file"

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, number: str) -> Entry | None:
        """See `Registry`. Unavailable while nothing was imported."""
        row = queries.registry_entry(self._session, int(number))
        if row is None and not queries.has_registry(self._session):
            raise Unavailable("not-imported")
        return None if row is None else entry_of(row)


def entry_of(row: RegistryEntry) -> Entry:
    """An imported row as rules see it."""
    name = Name(" ".join(filter(None, (row.given_name, row.middle_name))), row.family_name, row.suffix)
    return Entry(str(row.npi), name, tuple(row.states.split()), row.taxonomy, not row.is_deactivated)


class HttpRegistry:
    """A service that answers like CMS's NPI registry, API version 2.1. No redirect is followed."""

    name = "npi-service"

    def __init__(self, url: str, opener: Opener | None = None, seconds: float = SECONDS) -> None:
        """ValueError for an address that is not https or that names a port or user of its own kind."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.username is not None:
            raise ValueError(f"A registry is asked over https alone; {url!r} is no such address.")
        self._host, self._port, self._path = parts.hostname, parts.port or 443, parts.path or "/"
        self._open = opener or _open_publicly
        self._seconds = seconds

    def find(self, number: str) -> Entry | None:
        """See `Registry`."""
        try:
            return _entry(from_json(self._get(number)), number)
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError, AttributeError) as error:
            raise Unavailable(type(error).__name__) from None

    def _get(self, number: str) -> bytes:
        with closing(self._open(self._host, self._port, self._seconds)) as connection:
            connection.connect()
            alarm = threading.Timer(self._seconds, _cut, [connection.sock])  # a socket's own time-out begins anew
            alarm.start()  # with each byte that drips in
            try:
                target = f"{self._path}?{urlencode({'version': '2.1', 'number': number})}"
                connection.request("GET", target, headers={"Accept": "application/json", "Connection": "close"})
                answer = connection.getresponse()
                body = answer.read(MOST_BYTES + 1)
            finally:
                alarm.cancel()
        if answer.status != 200 or len(body) > MOST_BYTES:
            raise ValueError("not an answer")
        return body


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended by itself
        return


def _entry(answer: Any, number: str) -> Entry | None:
    """One person out of an answer. ValueError, LookupError or TypeError where it has another shape."""
    if answer["result_count"] == 0 and answer["results"] == []:
        return None
    (found,) = answer["results"]
    if str(found["number"]) != number:
        raise ValueError("another number")
    if found["enumeration_type"] != "NPI-1":  # an organisation
        return None
    basic, taxonomies = found["basic"], found["taxonomies"]
    practice = [place["state"] for place in found["addresses"] if place["address_purpose"] == "LOCATION"]
    primary: dict[str, Any] = next((entry for entry in taxonomies if entry.get("primary")), {})
    name = Name(_text(basic, "first_name", "middle_name"), _text(basic, "last_name"), _text(basic, "name_suffix"))
    states = (*practice, *(entry.get("state") for entry in taxonomies))
    return Entry(number, name, tuple(state for state in states if isinstance(state, str)),
                 str(primary.get("code", "")), basic["status"] == "A")


def _text(basic: dict[str, Any], *names: str) -> str:
    values = [basic.get(name) or "" for name in names]
    if not all(isinstance(value, str) for value in values):
        raise TypeError("not a name")
    return " ".join(value for value in values if value not in ("", "--"))


class _Pinned(http.client.HTTPSConnection):
    """Connects to an address that was looked at, whatever the name leads to a moment later."""

    def __init__(self, host: str, port: int, seconds: float, address: str) -> None:
        super().__init__(host, port, timeout=seconds, context=ssl.create_default_context())
        self._address = address

    def connect(self) -> None:
        """As https does, the certificate checked against the name."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


def _open_publicly(host: str, port: int, seconds: float) -> http.client.HTTPConnection:
    """A connection to a public address; OSError where the name leads to any that is not."""
    found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    if not found or not all(is_public(address) for address in found):
        raise OSError("not a public address")
    return _Pinned(host, port, seconds, sorted(found)[0])


def is_public(address: str) -> bool:
    """Whether an address is one of the internet, and not of this machine or its network, even inside an IPv6 one."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    teredo = getattr(parsed, "teredo", None)
    return parsed.is_global and not parsed.is_multicast and (inner is None or inner.is_global) and teredo is None
