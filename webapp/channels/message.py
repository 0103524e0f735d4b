"""Mails as bytes: a letter is compiled once per campaign and language, and each message is then one join.

A letter's text holds *blanks*, made by `blank("name")`, where each recipient's own values go. Compiling encodes
everything between the blanks and ends the encoded line around each of them, so that a value of any length can be put
in without encoding the rest again. Bodies are quoted-printable (no relay needs to re-encode them, which would break
the signature) and already in DKIM's relaxed form: no doubled or trailing blanks, no tabs.
"""

import base64
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from enum import Enum

from webapp.core.errors import Invalid


class UnmailableError(Invalid):
    """This cannot become a mail; the message says why and what to change, and names no person."""


_OPEN, _CLOSE = "\ue000", "\ue001"  # private-use characters: Jinja leaves them alone and no author types them
_NAME = r"[a-z][a-z0-9_-]*"
_BLANK = re.compile(f"{_OPEN}({_NAME}){_CLOSE}")
_URL_VALUE = re.compile(r"[A-Za-z0-9._~-]{1,200}")
_PLAIN_VALUE = re.compile(r"[!-<>-~]{1,70}")
_LOCAL_PART = re.compile(r"(?=.{1,64}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
_LIST_ID = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_FEEDBACK_ID = re.compile(r"[A-Za-z0-9._-]*(?::[A-Za-z0-9._-]*){2}:[A-Za-z0-9._-]{5,15}")
_LINE_LIMIT = 75  # RFC 2045 6.7 allows 76 with the soft break's "="
_SOFT_BREAK = b"=\r\n"


def blank(name: str) -> str:
    """A marker for the value called `name` (lower-case letters, digits, _ and -); pass it through Jinja once."""
    if not re.fullmatch(_NAME, name):
        raise ValueError(f"{name!r} is no name for a blank; use lower-case letters, digits, _ and -")
    return f"{_OPEN}{name}{_CLOSE}"


def mailable_address(address: str) -> str:
    """`address` as it stands in an envelope or a header: ASCII, the domain of an international one in IDNA form.

    Refuses whatever could break out of a header or an SMTP command, quoted local parts among it.
    """
    local, at, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    if not at or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(ascii_domain):
        raise UnmailableError("The address is not of the form local@domain in plain characters; correct the account.")
    return f"{local}@{ascii_domain}"


def message_id(delivery_key: str, domain: str) -> str:
    """The Message-ID of a delivery: the same at every attempt, and telling nothing of the key."""
    drawn = hashlib.sha256(b"message-id\0" + delivery_key.encode()).digest()[:15]
    return f"<{base64.b32encode(drawn).decode().lower()}@{domain}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """All that is the same for everybody who gets it. `text`, `html` and `unsubscribe_url` may hold blanks.

    With an `unsubscribe_url` (one HTTPS URI, RFC 8058; HTTP on a demo machine) it is bulk mail and needs a `list_id`
    (RFC 2919, such as "asthma.news.example.org"). Without one it is an answer to what one person did, such as a
    sign-in mail, and says so (RFC 3834). `feedback_id` is "campaign:sponsor:kind:sender", as mailbox providers count
    complaints by; it may name no person.
    """

    sender_name: str
    sender_address: str
    subject: str
    text: str
    html: str | None = None
    unsubscribe_url: str | None = None
    list_name: str = ""
    list_id: str | None = None
    feedback_id: str | None = None
    reply_to: str | None = None


class _Place(Enum):
    HEADER = "header"
    TEXT = "text"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    place: _Place


_TO, _DATE, _MESSAGE_ID = (_Slot(f"({name})", _Place.HEADER) for name in ("to", "date", "message-id"))


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled letter: literal bytes with slots between them. Safe to share between threads."""

    sender_domain: str
    pieces: tuple[bytes | _Slot, ...]
    slots: frozenset[_Slot]
    blanks: frozenset[str]

    def fill(self, *, to: str, delivery_key: str, now: datetime, values: Mapping[str, str]) -> bytes:
        """The whole message for one recipient: CRLF lines, ASCII only, unsigned.

        `values` gives at least `blanks`; control characters are refused anywhere, and in a header everything but URL
        characters. `now` (aware) becomes the Date; the Message-ID depends on `delivery_key` alone.
        """
        if missing := self.blanks - values.keys():
            raise UnmailableError(
                f"The letter has blanks without a value: {', '.join(sorted(missing))}. Give each a value."
            )
        filled = {
            _TO: mailable_address(to).encode(),
            _DATE: format_datetime(now).encode(),
            _MESSAGE_ID: message_id(delivery_key, self.sender_domain).encode(),
        }
        for slot in self.slots - filled.keys():
            filled[slot] = _encoded_value(slot, values[slot.name])
        return b"".join([piece if isinstance(piece, bytes) else filled[piece] for piece in self.pieces])


def compile_template(letter: Letter) -> Template:
    """Encode `letter` once. Raises `UnmailableError` naming the header or field that cannot be sent."""
    sender = mailable_address(letter.sender_address)
    pieces = _merged([*_headers(letter, sender), *_content(letter)])
    slots = frozenset(piece for piece in pieces if isinstance(piece, _Slot))
    blanks = frozenset(slot.name for slot in slots - {_TO, _DATE, _MESSAGE_ID})
    return Template(sender_domain=sender.rpartition("@")[2], pieces=pieces, slots=slots, blanks=blanks)


def _merged(pieces: list[bytes | _Slot]) -> tuple[bytes | _Slot, ...]:
    merged: list[bytes | _Slot] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            merged[-1] = last + piece
        else:
            merged.append(piece)
    return tuple(merged)


def _headers(letter: Letter, sender: str) -> Iterator[bytes | _Slot]:
    yield b"From: " + _mailbox("sender_name", letter.sender_name, sender)
    yield from (b"\r\nTo: ", _TO)
    yield b"\r\nSubject: " + _unstructured("subject", letter.subject)
    yield from (b"\r\nDate: ", _DATE, b"\r\nMessage-ID: ", _MESSAGE_ID)
    if letter.reply_to is not None:
        yield b"\r\nReply-To: " + mailable_address(letter.reply_to).encode()
    yield from _list_headers(letter) if letter.unsubscribe_url else (b"\r\nAuto-Submitted: auto-generated",)
    if letter.feedback_id is not None:
        if not _FEEDBACK_ID.fullmatch(letter.feedback_id):
            raise UnmailableError("feedback_id must be three parts and a sender of 5 to 15 characters: a:b:c:sender.")
        yield b"\r\nFeedback-ID: " + letter.feedback_id.encode()
    yield b"\r\nMIME-Version: 1.0\r\n"


def _list_headers(letter: Letter) -> Iterator[bytes | _Slot]:
    url = letter.unsubscribe_url or ""
    visible = _BLANK.sub("", url)
    if not re.fullmatch(r"https?://[!-;=?-~]+", visible):
        raise UnmailableError("unsubscribe_url must be one absolute http(s) address in plain characters.")
    if letter.list_id is None or not _LIST_ID.fullmatch(letter.list_id):
        raise UnmailableError("A letter with an unsubscribe_url needs a list_id such as news.example.org.")
    yield b"\r\nList-Unsubscribe: <"
    yield from _split(url, _Place.HEADER)
    yield b">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Id: "
    yield _phrase("list_name", letter.list_name) + f"<{letter.list_id}>".encode()
    # Vacation responders keep quiet on either header; "Auto-Submitted" would be untrue of a letter that people wrote.
    yield b"\r\nPrecedence: bulk"


def _split(source: str, place: _Place) -> Iterator[bytes | _Slot]:
    for index, part in enumerate(_BLANK.split(source)):
        if index % 2:
            yield _Slot(part, place)
        elif part:
            yield part.encode("ascii")


def _content(letter: Letter) -> Iterator[bytes | _Slot]:
    if letter.html is None:
        yield from _part("text/plain", letter.text, _Place.TEXT)
        return
    seed = f"{letter.subject}\0{letter.text}\0{letter.html}".encode("utf-8", "surrogatepass")
    # "=_" cannot occur in quoted-printable, so no body can hold the boundary.
    boundary = b"=_" + hashlib.sha256(seed).hexdigest()[:24].encode()
    yield b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n--' + boundary + b"\r\n"
    yield from _part("text/plain", letter.text, _Place.TEXT)
    yield b"--" + boundary + b"\r\n"
    yield from _part("text/html", letter.html, _Place.HTML)
    yield b"--" + boundary + b"--\r\n"


def _part(media_type: str, source: str, place: _Place) -> Iterator[bytes | _Slot]:
    yield f"Content-Type: {media_type}; charset=utf-8\r\n".encode()
    yield b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    lines = source.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    parts = _BLANK.split(lines)
    for index, part in enumerate(parts):
        if index % 2:
            yield from (_Slot(part, place), _SOFT_BREAK)
        else:
            yield quoted_printable(part)
            if index + 1 < len(parts):
                yield _SOFT_BREAK
    yield b"\r\n"


def quoted_printable(text: str) -> bytes:
    """`text` (LF lines) in quoted-printable with CRLF lines of at most 75 bytes; a soft break may follow."""
    try:
        lines = text.encode().split(b"\n")
    except UnicodeEncodeError:
        raise UnmailableError("The text holds half a character (a lone surrogate); type it again.") from None
    return b"\r\n".join(_wrapped(_atoms(line)) for line in lines)


def _atoms(line: bytes) -> Iterator[bytes]:
    last = len(line) - 1
    for index, byte in enumerate(line):
        is_single_space = byte == 0x20 and 0 < index < last and line[index - 1] != 0x20
        if is_single_space or (0x21 <= byte <= 0x7E and byte != 0x3D):
            yield bytes((byte,))
        else:
            yield b"=%02X" % byte


def _wrapped(atoms: Iterator[bytes]) -> bytes:
    line = bytearray()
    length = 0
    for atom in atoms:
        if length + len(atom) > _LINE_LIMIT:
            line += _SOFT_BREAK
            length = 0
        line += atom
        length += len(atom)
    return bytes(line)


def _encoded_value(slot: _Slot, value: str) -> bytes:
    _refuse_controls(slot.name, value)
    if slot.place is _Place.HEADER:
        if not _URL_VALUE.fullmatch(value):
            raise UnmailableError(f"The value of {slot.name} stands in a header and may hold URL characters only.")
        return value.encode()
    shown = html.escape(value) if slot.place is _Place.HTML else value
    return shown.encode() if _PLAIN_VALUE.fullmatch(shown) else quoted_printable(shown)


def _refuse_controls(name: str, value: str) -> None:
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs") for character in value):
        raise UnmailableError(f"{name} holds a line break or another control character; remove it.")


def _unstructured(name: str, value: str) -> bytes:
    _refuse_controls(name, value)
    if _OPEN in value:
        raise UnmailableError(f"{name} holds a blank; a header is the same for every recipient.")
    charset = "us-ascii" if _is_plain(value) else "utf-8"
    return Header(value, charset, header_name=name).encode(linesep="\r\n").encode("ascii")


def _is_plain(value: str) -> bool:
    """Whether a header can hold `value` as it is: foldable ASCII that nobody reads as an encoded word."""
    return value.isascii() and "=?" not in value and all(len(word) <= 60 for word in value.split())


def _phrase(name: str, value: str) -> bytes:
    """A display name with the space after it: an atom, a quoted string or encoded words; nothing for an empty one."""
    _refuse_controls(name, value)
    if not value:
        return b""
    if not _is_plain(value) or len(value) > _LINE_LIMIT:
        return Header(value, "utf-8", header_name=name).encode(linesep="\r\n").encode() + b" "
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return b'"' + escaped.encode() + b'" '


def _mailbox(name: str, display: str, address: str) -> bytes:
    return _phrase(name, display) + b"<" + address.encode() + b">"
