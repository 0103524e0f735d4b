"""The connection against a real SMTP server that answers, refuses, hangs up or stays silent at a chosen stage."""

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from webapp.channels.dkim import Signer
from webapp.channels.message import UnmailableError
from webapp.channels.rules import DeliveryState, Reply, Stage, outcome_of
from webapp.channels.smtp import Relay, Security, SmtpConnection

SENDER, READER = "bounces@news.example.org", "ann@example.net"
HANG_UP, SILENCE = "hang up", "silence"


class ScriptedServer(SMTP):
    """A real server, save that at the stages named in its controller's script it does what stands there."""

    async def acts(self, stage: str) -> bool:
        action = self.event_handler.script.get(stage)
        if action == HANG_UP:
            self.transport.abort()
        elif action == SILENCE:
            while await self._reader.read(1000):
                pass
            self.transport.abort()
        elif action:
            await super().push(action)
        return action is not None

    async def push(self, status: str | bytes) -> None:
        is_greeting = isinstance(status, str) and status.startswith("220 ") and not self.session.host_name
        if not is_greeting or not await self.acts("connect"):
            await super().push(status)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self.acts("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self.acts("rcpt"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str | None) -> None:
        if self.event_handler.script.get("body") == HANG_UP:
            await super().push("354 go on")
            await self._reader.readexactly(1000)
            self.transport.abort()
        elif not await self.acts("data"):
            await super().smtp_DATA(arg)


class Mailbox:
    """Keeps what was accepted, and which connection brought it."""

    def __init__(self) -> None:
        self.script: dict[str, str] = {}
        self.accepted: list[Envelope] = []
        self.connections: set[tuple[str, int]] = set()
        self.servers: list[ScriptedServer] = []

    async def handle_DATA(self, server: ScriptedServer, session: Session, envelope: Envelope) -> str:
        action = self.script.get("final_dot")
        if action in (HANG_UP, SILENCE):
            await server.acts("final_dot")
        if action:
            return action
        self.accepted.append(envelope)
        self.connections.add(session.peer)
        return "250 2.0.0 taken"


class ScriptedController(Controller):
    """Keeps its servers, one a connection, so that none is left half closed when the loop stops."""

    def factory(self) -> SMTP:
        server = ScriptedServer(self.handler, **self.SMTP_kwargs)
        self.handler.servers.append(server)
        return server

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result()
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        for server in self.handler.servers:
            if server.transport is not None:
                with suppress(AttributeError):  # of asyncio's own, where encryption has ended and was closed again
                    server.transport.abort()
        await asyncio.sleep(0)  # the loop tells the servers of it in its next round


Starter = Callable[..., tuple[Mailbox, Relay]]


@pytest.fixture
def start() -> Iterator[Starter]:
    """Starts servers on loopback: `start(relay options..., server={server options})`."""
    running: list[Controller] = []

    def run(*, server: dict | None = None, **relay: object) -> tuple[Mailbox, Relay]:
        mailbox = Mailbox()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        controller = ScriptedController(mailbox, hostname="127.0.0.1", port=port, **(server or {}))
        controller.start()
        running.append(controller)
        options = {"timeout_seconds": 5.0, "answer_timeout_seconds": 5.0} | relay
        return mailbox, Relay(host="127.0.0.1", port=port, **options)

    yield run
    for controller in running:
        controller.stop()


def send_once(relay: Relay, message: bytes) -> Reply:
    with SmtpConnection(relay) as connection:
        return connection.send(SENDER, READER, message)


def test_an_accepted_mail_arrives_byte_for_byte(start: Starter, message: bytes):
    mailbox, relay = start()
    reply = send_once(relay, message)
    assert outcome_of(reply).state is DeliveryState.SENT
    assert reply == Reply(Stage.FINAL_DOT, 250, "2.0.0 taken")
    [envelope] = mailbox.accepted
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [READER])
    assert envelope.original_content == message


def test_the_signature_still_holds_where_the_mail_arrives(start: Starter, message, signer: Signer, is_verified, now):
    mailbox, relay = start()
    send_once(relay, signer.sign(message, now=now))
    assert is_verified(mailbox.accepted[0].original_content)


def test_lines_that_begin_with_dots_arrive_unchanged(start: Starter):
    mailbox, relay = start()
    dotted = b".first: x\r\n\r\n.\r\n..two\r\na.b\r\n.\r\n"
    assert outcome_of(send_once(relay, dotted)).state is DeliveryState.SENT
    assert mailbox.accepted[0].original_content == dotted


def test_two_mails_travel_on_one_connection(start: Starter, message: bytes):
    mailbox, relay = start()
    with SmtpConnection(relay) as connection:
        replies = [connection.send(SENDER, READER, message) for _ in range(2)]
    assert [reply.code for reply in replies] == [250, 250]
    assert (len(mailbox.accepted), len(mailbox.connections)) == (2, 1)


STAGES = [Stage.CONNECT, Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.FINAL_DOT]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("answer", ["421 4.3.2 closing", "451 4.7.1 grey-listed", "550 5.7.1 policy"])
def test_a_refusal_is_told_with_its_stage_and_code(start: Starter, message: bytes, stage: Stage, answer: str):
    mailbox, relay = start()
    mailbox.script[stage] = answer
    assert send_once(relay, message) == Reply(stage, int(answer[:3]), answer[4:])
    assert not mailbox.accepted


@pytest.mark.parametrize("stage", STAGES[:-1])
@pytest.mark.parametrize("trouble", [HANG_UP, SILENCE])
def test_a_mail_lost_before_its_body_was_handed_over_is_tried_again(start: Starter, message, stage, trouble):
    mailbox, relay = start(timeout_seconds=0.3)
    mailbox.script[stage] = trouble
    reply = send_once(relay, message)
    assert (reply.stage, reply.code) == (stage, None)
    assert outcome_of(reply).state is DeliveryState.RETRY


def test_a_mail_lost_in_the_middle_of_its_body_is_tried_again(start: Starter):
    mailbox, relay = start()
    mailbox.script["body"] = HANG_UP
    reply = send_once(relay, b"Subject: large\r\n\r\n" + b"x" * 78 * 400_000 + b"\r\n")
    assert (reply.stage, reply.code) == (Stage.DATA, None)
    assert outcome_of(reply).state is DeliveryState.RETRY


@pytest.mark.parametrize("trouble", [HANG_UP, SILENCE])
def test_a_mail_without_an_answer_to_its_final_dot_is_unknown(start: Starter, message: bytes, trouble: str):
    mailbox, relay = start(answer_timeout_seconds=0.3)
    mailbox.script["final_dot"] = trouble
    reply = send_once(relay, message)
    assert (reply.stage, reply.code) == (Stage.FINAL_DOT, None)
    assert outcome_of(reply).state is DeliveryState.UNKNOWN


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.FINAL_DOT])
@pytest.mark.parametrize("answer", ["421 closing", "451 later", "550 no", HANG_UP])
def test_after_any_trouble_the_next_mail_is_accepted(start: Starter, message: bytes, stage: Stage, answer: str):
    mailbox, relay = start()
    mailbox.script[stage] = answer
    with SmtpConnection(relay) as connection:
        assert connection.send(SENDER, READER, message).code != 250
        mailbox.script.clear()
        assert connection.send(SENDER, READER, message).code == 250
    assert len(mailbox.accepted) == 1


def test_a_refused_recipient_costs_no_new_connection(start: Starter, message: bytes):
    mailbox, relay = start()
    with SmtpConnection(relay) as connection:
        connection.send(SENDER, READER, message)
        mailbox.script["rcpt"] = "550 5.1.1 unknown"
        assert outcome_of(connection.send(SENDER, "bob@example.net", message)).is_address_bad
        mailbox.script.clear()
        connection.send(SENDER, READER, message)
    assert (len(mailbox.accepted), len(mailbox.connections)) == (2, 1)


def test_a_connection_that_the_relay_dropped_meanwhile_is_opened_anew_within_one_send(start: Starter, message: bytes):
    mailbox, relay = start(server={"timeout": 0.2})
    with SmtpConnection(relay) as connection:
        connection.send(SENDER, READER, message)
        # Waits for the server's own idle time-out: the file ends when the server has hung up.
        while connection._smtp.sock.recv(100):
            pass
        assert connection.send(SENDER, READER, message).code == 250
    assert (len(mailbox.accepted), len(mailbox.connections)) == (2, 2)


def test_a_connection_idle_for_too_long_is_not_trusted(start: Starter, message: bytes):
    mailbox, relay = start(idle_seconds=0.0)
    with SmtpConnection(relay) as connection:
        assert [connection.send(SENDER, READER, message).code for _ in range(2)] == [250, 250]
    assert len(mailbox.connections) == 2


def test_no_server_at_all_is_a_loss_while_connecting(start: Starter, message: bytes):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    reply = send_once(Relay(host="127.0.0.1", port=port), message)
    assert (reply.stage, reply.code) == (Stage.CONNECT, None)


@pytest.mark.parametrize("odd", [b"a\nb\r\n", b"a\rb\r\n", "é\r\n".encode(), b"a", b"a\r\n.\nb\r\n"])
def test_a_message_whose_end_could_be_read_in_two_ways_is_refused_before_it_is_offered(start: Starter, odd: bytes):
    mailbox, relay = start()
    with pytest.raises(ValueError, match="CRLF"):
        send_once(relay, odd)
    assert not mailbox.accepted


@pytest.mark.parametrize("odd", ["ann@example.net>\r\nRCPT TO:<bob@example.net", "a b@example.net", ""])
def test_an_address_that_could_add_a_command_is_refused(start: Starter, message: bytes, odd: str):
    _, relay = start()
    with SmtpConnection(relay) as connection, pytest.raises(UnmailableError):
        connection.send(SENDER, odd, message)
    with SmtpConnection(relay) as connection, pytest.raises(UnmailableError):
        connection.send(odd, READER, message)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    begin = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(secret)
    (folder / "cert.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def sign_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    is_right = data.login == b"materia" and data.password == b"right"
    return AuthResult(success=is_right, handled=is_right)


def signed_in_start(start: Starter, server_tls, certificate, password: str) -> tuple[Mailbox, Relay]:
    return start(
        server={"tls_context": server_tls, "require_starttls": True, "auth_required": True, "authenticator": sign_in},
        security=Security.STARTTLS,
        tls_context=ssl.create_default_context(cafile=certificate[0]),
        username="materia",
        password=password,
    )


def test_mail_travels_over_starttls_after_signing_in(start: Starter, message: bytes, server_tls, certificate):
    mailbox, relay = signed_in_start(start, server_tls, certificate, "right")
    assert send_once(relay, message).code == 250
    assert len(mailbox.accepted) == 1


def test_a_wrong_password_is_our_fault_and_fails_no_recipient(start: Starter, message: bytes, server_tls, certificate):
    _, relay = signed_in_start(start, server_tls, certificate, "wrong")
    reply = send_once(relay, message)
    assert (reply.stage, reply.code) == (Stage.CONNECT, 535)
    assert outcome_of(reply).state is DeliveryState.RETRY
    assert "wrong" not in repr(relay)


def test_a_certificate_of_a_stranger_ends_the_conversation_before_the_password(start, message, server_tls):
    mailbox, relay = start(
        server={"tls_context": server_tls}, security=Security.STARTTLS, username="materia", password="right"
    )
    reply = send_once(relay, message)
    assert (reply.stage, reply.code) == (Stage.CONNECT, None)
    assert not mailbox.accepted


def test_starttls_is_never_given_up_where_the_relay_does_not_offer_it(start: Starter, message: bytes):
    mailbox, relay = start(security=Security.STARTTLS)
    assert send_once(relay, message).stage is Stage.CONNECT
    assert not mailbox.accepted


def test_mail_travels_over_tls_from_the_first_byte(start: Starter, message: bytes, server_tls, certificate):
    client = ssl.create_default_context(cafile=certificate[0])
    _, relay = start(server={"ssl_context": server_tls}, security=Security.TLS, tls_context=client)
    reply = send_once(relay, message)
    assert reply.code == 250
