"""DKIM signatures (RFC 6376, RFC 8301, RFC 8463): relaxed/relaxed, RSA-SHA256 or Ed25519-SHA256."""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SIGNED_HEADERS = (
    "from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type",
    "content-transfer-encoding", "list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id",
)  # fmt: skip
"""Signed where present. RFC 8058 asks for both List-Unsubscribe headers; RFC 6376 5.4.1 names most of the others."""

OVERSIGNED_HEADERS = ("from", "to", "subject", "date", "list-unsubscribe", "list-unsubscribe-post")
"""Named once more than they occur, so that one added on the way breaks the signature (RFC 6376 8.15)."""

LEAST_RSA_BITS = 2048
"""RFC 8301 3.2: signers should use at least 2048 bits."""

_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_SELECTOR = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_BLANKS = re.compile(rb"[ \t]+")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_CRLF = "\r\n"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs mails for one domain with one key. Safe to share between threads."""

    domain: str
    selector: str
    _key: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_pem(cls, pem: bytes, *, domain: str, selector: str) -> "Signer":
        """A signer from an unencrypted PEM key, RSA of at least 2048 bits or Ed25519.

        Raises `ValueError` naming what is wrong and the remedy, never the key.
        """
        if not _DOMAIN.fullmatch(domain) or not _SELECTOR.fullmatch(selector):
            raise ValueError(f"DKIM domain {domain!r} or selector {selector!r} is no DNS name; write it in lower case.")
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise ValueError("The DKIM key is no unencrypted PEM private key; make one of RSA or Ed25519.") from None
        if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
            raise ValueError("The DKIM key is neither RSA nor Ed25519; make one of these.")
        if isinstance(key, RSAPrivateKey) and key.key_size < LEAST_RSA_BITS:
            raise ValueError(f"The DKIM key has {key.key_size} bits; make one of at least {LEAST_RSA_BITS}.")
        return cls(domain=domain, selector=selector, _key=key)

    @property
    def dns_name(self) -> str:
        """Where the domain publishes the public key."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def dns_record(self) -> str:
        """The TXT record to publish at `dns_name`."""
        public = self._key.public_key()
        if isinstance(self._key, RSAPrivateKey):
            kind, form = "rsa", (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        else:
            kind, form = "ed25519", (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return f"v=DKIM1; k={kind}; p={_base64(public.public_bytes(*form))}"

    def sign(self, message: bytes, *, now: datetime) -> bytes:
        """`message` (CRLF lines, not yet signed) with a DKIM-Signature of the time `now` put first."""
        head, separator, body = message.partition(b"\r\n\r\n")
        if not separator or not message.endswith(b"\r\n"):
            raise ValueError("The message lacks the empty line after its headers or the last line end; use CRLF ends.")
        signed, names = _canonical_headers(head)
        algorithm = "rsa-sha256" if isinstance(self._key, RSAPrivateKey) else "ed25519-sha256"
        unsigned = (
            f"v=1; a={algorithm}; c=relaxed/relaxed;\r\n"
            f" d={self.domain}; s={self.selector};\r\n"
            f" t={int(now.timestamp())};\r\n"
            f" h={_folded(names)};\r\n"
            f" bh={_base64(hashlib.sha256(canonical_body(body)).digest())};\r\n b="
        )
        signed += b"dkim-signature:" + _relaxed_value(unsigned.encode())
        signature = _base64(self._signature(signed))
        lines = [signature[start : start + 72] for start in range(0, len(signature), 72)]
        return f"DKIM-Signature: {unsigned}{f'{_CRLF} '.join(lines)}{_CRLF}".encode() + message

    def _signature(self, signed: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(signed, PKCS1v15(), hashes.SHA256())
        # RFC 8463 3: Ed25519 signs the SHA-256 hash of the headers, not the headers.
        return self._key.sign(hashlib.sha256(signed).digest())


def canonical_body(body: bytes) -> bytes:
    """The relaxed form (RFC 6376 3.4.4) of a body of whole lines; what `message` writes is in it already."""
    if b"\t" in body or b"  " in body or b" \r\n" in body:
        body = b"\r\n".join(_BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n"))
    if body.endswith(b"\r\n\r\n"):
        body = body.rstrip(b"\r\n") + b"\r\n"
    return b"" if body == b"\r\n" else body


def _canonical_headers(head: bytes) -> tuple[bytes, list[str]]:
    """The signed headers in relaxed form and the names for `h=`, in the same order, oversigned names last."""
    fields: dict[str, list[bytes]] = {}
    for line in _FOLD.sub(b"", head).split(b"\r\n"):
        name, _, value = line.partition(b":")
        fields.setdefault(name.decode("ascii").strip().lower(), []).append(_relaxed_value(value))
    present = [name for name in SIGNED_HEADERS for _ in fields.get(name, ())]
    if "from" not in present:
        raise ValueError("The message has no From header; a signature must cover one.")
    # Of several headers of one name, the last is signed first (RFC 6376 5.4.2).
    canonical = b"".join(name.encode() + b":" + fields[name].pop() + b"\r\n" for name in present)
    return canonical, [*present, *OVERSIGNED_HEADERS]


def _relaxed_value(value: bytes) -> bytes:
    return _BLANKS.sub(b" ", _FOLD.sub(b"", value)).strip(b" \t")


def _folded(names: list[str]) -> str:
    rows = [":".join(names[start : start + 3]) for start in range(0, len(names), 3)]
    return f":{_CRLF}  ".join(rows)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
