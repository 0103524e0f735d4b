"""A local mail server that keeps what it gets, and the mailbox read back from it."""

import asyncio
import itertools
import socket
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

SHOWN = 50


class Keeper:
    """Writes each mail to a file of its own; the name is the time it came."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        name = f"{time.time_ns():020d}-{next(self._numbers):06d}"
        part = self._folder / f"{name}.part"
        part.write_bytes(envelope.content)
        part.rename(self._folder / f"{name}.eml")
        return "250 2.0.0 Kept"


class MailServer(Controller):
    """Listens on this machine only, at a port that is its own from the moment it is made."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(Keeper(folder), hostname="127.0.0.1", port=self._socket.getsockname()[1])

    def _create_server(self) -> Coroutine[Any, Any, asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket)

    def factory(self) -> SMTP:
        """A session's server; it greets as the demo's host."""
        return SMTP(self.handler, hostname="mail.materia.example", enable_SMTPUTF8=False)


@dataclass(frozen=True)
class Mail:
    """One mail of the mailbox."""

    key: str
    subject: str
    sender: str
    to: str
    sent_at: datetime
    message: EmailMessage

    @property
    def url(self) -> str:
        """Its page."""
        return f"/demo/mailbox/{self.key}"

    def part(self, kind: str) -> str:
        """The text of its `plain` or `html` part; empty if it has none."""
        found = self.message.get_body((kind,))
        return "" if found is None else str(found.get_content())


def newest(folder: Path) -> tuple[list[Mail], int]:
    """The newest mails, newest first, and how many there are in all."""
    names = sorted((path.stem for path in folder.glob("*.eml")), reverse=True)
    return [read(folder, name) for name in names[:SHOWN]], len(names)


def read(folder: Path, key: str) -> Mail:
    """The mail of that key; FileNotFoundError if there is none."""
    if not key.replace("-", "").isdigit():
        raise FileNotFoundError(key)
    parser: BytesParser[EmailMessage] = BytesParser(policy=policy.default)
    message = parser.parsebytes((folder / f"{key}.eml").read_bytes())
    sent_at = datetime.fromtimestamp(int(key.split("-")[0]) / 1e9, UTC)
    return Mail(key, str(message["Subject"]), str(message["From"]), str(message["To"]), sent_at, message)
