"""A real SMTP server to send to: it keeps what it took, and refuses, delays or withholds as it is told."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope

from tests.ports import free_port
from webapp.channels.smtp import Relay

Answer = Callable[[str], str | None]


class Peer(Controller):
    """Answers `answer(recipient)` to RCPT where that is not None, and takes everything else.

    While `is_withholding`, a mail is taken and its 250 never said. Taken mails count as delivered.
    """

    def __init__(self, port: int, seconds_per_mail: float) -> None:
        super().__init__(self, hostname="127.0.0.1", port=port)
        self.answer: Answer = lambda _: None
        self.is_withholding = False
        self.on_mail: Callable[[], None] = lambda: None
        self._seconds_per_mail = seconds_per_mail
        self._taken: list[bytes] = []
        self._servers: list[SMTP] = []
        self._changed = threading.Condition()

    @property
    def mails(self) -> list[EmailMessage]:
        """What was taken, in order."""
        parser: BytesParser[EmailMessage] = BytesParser(policy=policy.default)
        return [parser.parsebytes(raw) for raw in self.raw]

    @property
    def raw(self) -> list[bytes]:
        """The bytes of what was taken."""
        with self._changed:
            return list(self._taken)

    def counts(self) -> Counter[str]:
        """Message-ID -> how often it was taken."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)

    def await_mails(self, count: int, seconds: float = 30) -> bool:
        """Waits until that many were taken in all; False if it took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._taken) >= count, seconds)

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        refusal = self.answer(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:
        self.on_mail()
        await asyncio.sleep(self._seconds_per_mail)
        assert isinstance(envelope.original_content, bytes)
        with self._changed:
            self._taken.append(envelope.original_content)
            self._changed.notify_all()
        if self.is_withholding:
            await asyncio.Event().wait()
        return "250 2.0.0 taken"

    def factory(self) -> SMTP:
        server = SMTP(self.handler, hostname="peer.example")
        self._servers.append(server)
        return server

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result()
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        for server in self._servers:
            if isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
        await asyncio.sleep(0.01)  # so that the loop tells the servers of it before it ends


@contextmanager
def listening(port: int | None = None, seconds_per_mail: float = 0.0) -> Iterator[Peer]:
    """A running peer."""
    peer = Peer(port or free_port(), seconds_per_mail)
    peer.start()
    try:
        yield peer
    finally:
        peer.stop()


def relay(port: int, **options: Any) -> Relay:
    """How a sender reaches it, with short patience."""
    return Relay(host="127.0.0.1", port=port, **{"timeout_seconds": 5.0, "answer_timeout_seconds": 5.0} | options)
