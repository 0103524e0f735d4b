"""One lasting SMTP connection that always tells at which stage a mail was refused or lost."""

import smtplib
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

from webapp.channels.message import mailable_address
from webapp.channels.rules import Reply, Stage


class Security(StrEnum):
    """`none` is for a relay on this machine only; `starttls` fails where the relay does not offer it."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The mail server we hand mail to, and how long we wait for it.

    `timeout_seconds`: connecting, and each answer before the final dot. `answer_timeout_seconds`: the answer to the
    final dot. RFC 5321 4.5.3.2.6 asks for ten minutes there, because giving up early doubles mails; here it cannot (a
    missing answer becomes `unknown`), so two minutes is our choice.
    `idle_seconds`: a connection unused for longer is opened anew, since relays drop idle ones.
    """

    host: str
    port: int
    security: Security = Security.NONE
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    hello_name: str = "localhost"
    timeout_seconds: float = 30.0
    answer_timeout_seconds: float = 120.0
    idle_seconds: float = 60.0
    tls_context: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def longest_seconds(self) -> float:
        """How long one mail may take when each answer comes just in time. (A server that sends an answer byte by byte
        can take longer; its mail then becomes `unknown`.)"""
        return WAITS * self.timeout_seconds + self.answer_timeout_seconds


WAITS = sum((
    1,  # MAIL on a connection that turns out to be dead
    2,  # connecting, by IPv6 and by IPv4
    5,  # greeting, EHLO, HELO, STARTTLS, handshake
    2,  # EHLO and HELO once more
    6,  # signing in by each of smtplib's ways: CRAM-MD5 and LOGIN take two and three steps, PLAIN one
    5,  # MAIL, RCPT, DATA, handing the message over, RSET after a refusal
))
"""Times that one mail may wait for `timeout_seconds`, besides the answer to its final dot."""


class _Refused(Exception):
    """The server answered, and not with what the next step needs."""

    def __init__(self, code: int, text: bytes) -> None:
        super().__init__(code)
        self.code, self.text = code, text


_LOST = (OSError, smtplib.SMTPServerDisconnected)


class SmtpConnection:
    """A connection that opens on the first mail and is used again for the next. One thread at a time."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._smtp: smtplib.SMTP | None = None
        self._stage = Stage.CONNECT
        self._used_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def send(self, envelope_from: str, to: str, message: bytes) -> Reply:
        """Offer `message` (ASCII, CRLF lines) to the relay and return the answer that ended the conversation.

        Never raises for what the network or the relay does. The reply's stage is `final_dot` only once the whole
        message, final dot included, was handed to the network; with no answer then, nobody can know whether the mail
        was taken. A connection found dead before this mail was spoken of is opened anew, once. Raises `UnmailableError`
        for an address and `ValueError` for a message that could break the protocol.
        """
        sender, recipient, wire = mailable_address(envelope_from), mailable_address(to), _wire_form(message)
        if time.monotonic() - self._used_at > self._relay.idle_seconds:
            self.close()
        was_open = self._smtp is not None
        reply = self._converse(sender, recipient, wire)
        if was_open and reply.stage in (Stage.CONNECT, Stage.MAIL) and reply.code in (None, 421):
            reply = self._converse(sender, recipient, wire)
        self._used_at = time.monotonic()
        return reply

    def close(self) -> None:
        """Say goodbye and hang up, without waiting for an answer. The next `send` opens a new connection."""
        if self._smtp is not None:
            with suppress(*_LOST):
                self._smtp.putcmd("QUIT")
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _converse(self, sender: str, recipient: str, wire: bytes) -> Reply:
        self._stage = Stage.CONNECT
        text: bytes | str
        try:
            smtp = self._opened()
            self._ask(smtp, Stage.MAIL, f"MAIL FROM:<{sender}>", needed=2)
            self._ask(smtp, Stage.RCPT, f"RCPT TO:<{recipient}>", needed=2)
            self._ask(smtp, Stage.DATA, "DATA", needed=3)
            code, text = self._hand_over(smtp, wire)
        except _Refused as refused:
            code, text = refused.code, refused.text
            self._recover(code)
        except smtplib.SMTPResponseException as refused:
            code, text = refused.smtp_code, refused.smtp_error
        except (OSError, smtplib.SMTPException) as lost:
            self._drop()
            return Reply(self._stage, None, str(lost))
        return Reply(self._stage, code, text if isinstance(text, str) else text.decode("ascii", "replace"))

    def _opened(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = _connect(self._relay)
        return self._smtp

    def _ask(self, smtp: smtplib.SMTP, stage: Stage, command: str, *, needed: int) -> None:
        self._stage = stage
        code, text = smtp.docmd(command)
        if code // 100 != needed:
            raise _Refused(code, text)

    def _hand_over(self, smtp: smtplib.SMTP, wire: bytes) -> tuple[int, bytes]:
        """Write the message and wait for the answer; the stage moves on when the last byte has been taken."""
        connection = smtp.sock
        if connection is None:
            raise smtplib.SMTPServerDisconnected("the connection was closed meanwhile")
        unsent = memoryview(wire)
        while unsent:
            unsent = unsent[connection.send(unsent) :]
        self._stage = Stage.FINAL_DOT
        connection.settimeout(self._relay.answer_timeout_seconds)
        code, text = smtp.getreply()
        connection.settimeout(self._relay.timeout_seconds)
        if code // 100 != 2:
            raise _Refused(code, text)
        return code, text

    def _recover(self, code: int) -> None:
        """After a refusal, clear the server's mind for the next mail, or hang up where that fails or is no use."""
        try:
            if code == 421 or self._smtp is None or self._smtp.rset()[0] != 250:
                self._drop()
        except _LOST:
            self._drop()


def _connect(relay: Relay) -> smtplib.SMTP:
    """A greeted, secured and signed-in connection, or the exception of the step that failed; nothing stays open."""
    context = relay.tls_context or (ssl.create_default_context() if relay.security is not Security.NONE else None)
    where, seconds = (relay.host, relay.port, relay.hello_name), relay.timeout_seconds
    try:
        if relay.security is Security.TLS:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=seconds, context=context)
        else:
            smtp = smtplib.SMTP(*where, timeout=seconds)
    except UnicodeError:  # no host name to look up; to our callers a host that cannot be reached
        raise OSError("the relay's name is no host name") from None
    try:
        _introduce(smtp, relay, context)
    except Exception:
        smtp.close()
        raise
    return smtp


def _introduce(smtp: smtplib.SMTP, relay: Relay, context: ssl.SSLContext | None) -> None:
    if smtp.sock is not None:
        # Without it the last short segment of a mail waits for an acknowledgement that the peer delays.
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    smtp.ehlo_or_helo_if_needed()
    if relay.security is Security.STARTTLS:
        smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
    if relay.username is not None:
        smtp.login(relay.username, relay.password or "")


def _wire_form(message: bytes) -> bytes:
    """`message` with its dots stuffed and the final dot added; refused where a line end could be read in two ways."""
    line_ends = message.count(b"\r\n")
    if not message.isascii() or message.count(b"\r") != line_ends or message.count(b"\n") != line_ends:
        raise ValueError("The message holds a byte beyond ASCII or a bare CR or LF; encode it and end lines in CRLF.")
    if not message.endswith(b"\r\n"):
        raise ValueError("The message does not end with a line end; add CRLF.")
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"
