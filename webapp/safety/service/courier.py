"""Carries a case to a desk's webhook: one POST over HTTPS, signed, of which only the answer's status is read.

The address is an operator's word, so it may be one of their own network. No redirect is followed.
"""

import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from webapp.core.tokens import KeyRing
from webapp.safety.models import SafetyDesk

SECONDS = 10.0
"""For the whole of it: our choice."""
SIGNATURE = "Materia-Signature"
_PURPOSE = "safety-webhook"
Opener = Callable[[str, int, float], http.client.HTTPConnection]
"""(host, port, seconds) -> a connection, not necessarily opened yet."""


@dataclass(frozen=True)
class Parcel:
    """What is carried: the JSON, and the name by which a desk knows that it has it already."""

    url: str
    body: bytes
    key: str
    signature: str


def over_tls(host: str, port: int, seconds: float) -> http.client.HTTPConnection:
    """A connection whose certificate is checked."""
    return http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())


def carry(parcel: Parcel, opener: Opener = over_tls, seconds: float = SECONDS) -> str:
    """Posts it. Returns `http-` and the status, or the name of what went wrong: a code, of nobody."""
    try:
        return f"http-{_post(parcel, opener, seconds)}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"error-{type(error).__name__}"


def is_taken(outcome: str) -> bool:
    """Whether what `carry` returned means that the desk has it."""
    return outcome.startswith("http-2")


def sign(ring: KeyRing, desk: SafetyDesk, body: bytes, now: datetime) -> str:
    """`t=<seconds>`, then a `v1=<hex>` for each secret of the ring: HMAC-SHA256 of `<seconds>.<body>`. A desk takes it
    if one of them is right, so that a change of secrets stops nothing."""
    stamp = int(now.timestamp())
    made = [hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
            for key in signing_keys(ring, desk)]
    return ",".join([f"t={stamp}", *(f"v1={one}" for one in made)])


def signing_keys(ring: KeyRing, desk: SafetyDesk) -> list[str]:
    """The desk's own keys, the present one first: an operator hands the company the first."""
    return [ring.derive(f"{_PURPOSE}:{desk.key}", secret) for secret in ring.secrets]


def _post(parcel: Parcel, opener: Opener, seconds: float) -> int:
    parts = urlsplit(parcel.url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("not https")
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    with closing(opener(parts.hostname, parts.port or 443, seconds)) as connection:
        connection.connect()
        alarm = threading.Timer(seconds, _cut, [connection.sock])  # a socket's own time-out begins anew with each byte
        alarm.start()
        try:
            connection.request("POST", target, parcel.body, {
                "Content-Type": "application/json", SIGNATURE: parcel.signature, "Idempotency-Key": parcel.key,
                "Connection": "close"})
            return connection.getresponse().status
        finally:
            alarm.cancel()


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended by itself
        return
