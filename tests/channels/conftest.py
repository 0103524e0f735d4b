"""Letters, keys and a real SMTP server for the channels' tests."""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import dkim as dkimpy
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from webapp.channels.dkim import Signer
from webapp.channels.message import Letter, blank, compile_template


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def values() -> dict[str, str]:
    return {"name": "Ann", "unsubscribe": "u" * 26, "link-1": "l" * 26}


@pytest.fixture
def letter() -> Letter:
    name, link = blank("name"), f"https://news.example.org/c/{blank('link-1')}"
    return Letter(
        sender_name="Materia health news",
        sender_address="news@news.example.org",
        subject="Asthma: using your inhaler",
        text=f"Dear {name},\n\nread more: {link}\n",
        html=f'<p>Dear {name},</p>\n<p><a href="{link}">Read more</a></p>\n',
        unsubscribe_url=f"https://news.example.org/u/{blank('unsubscribe')}",
        list_name="Asthma news",
        list_id="asthma.news.example.org",
        feedback_id="c7:acme:campaign:materia",
    )


@pytest.fixture
def message(letter: Letter, values: dict[str, str], now: datetime) -> bytes:
    """The letter as Ann gets it, unsigned."""
    return compile_template(letter).fill(to="ann@example.net", delivery_key="k1", now=now, values=values)


def _signer(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> Signer:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Signer.from_pem(key.private_bytes(*form), domain="news.example.org", selector="s1")


@pytest.fixture(scope="session", params=["rsa", "ed25519"])
def signer(request: pytest.FixtureRequest) -> Signer:
    if request.param == "rsa":
        return _signer(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    return _signer(ed25519.Ed25519PrivateKey.generate())


class _VerifyKey:
    """What dkimpy asks of PyNaCl, by `cryptography`: only the arithmetic is shared with the code under test."""

    def __init__(self, key: bytes, encoder: object) -> None:
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(key))

    def verify(self, message: bytes, signature: bytes) -> bytes:
        self._key.verify(signature, message)
        return message


@pytest.fixture(scope="session", autouse=True)
def _ed25519_for_dkimpy() -> Iterator[None]:
    exceptions = SimpleNamespace(BadSignatureError=InvalidSignature, ValueError=ValueError)
    signing, encoding = SimpleNamespace(VerifyKey=_VerifyKey), SimpleNamespace(Base64Encoder=object())
    with pytest.MonkeyPatch.context() as patch:
        nacl = SimpleNamespace(signing=signing, encoding=encoding, exceptions=exceptions)
        patch.setattr(dkimpy, "nacl", nacl, raising=False)
        yield


@pytest.fixture(scope="session")
def is_verified(signer: Signer) -> Callable[[bytes], bool]:
    """Whether another's DKIM implementation accepts a message, asking a DNS that holds only this signer's record."""
    records = {f"{signer.dns_name}.".encode(): signer.dns_record.encode()}

    def verify(message: bytes) -> bool:
        return dkimpy.verify(message, dnsfunc=lambda name, timeout=5: records.get(name))

    return verify
