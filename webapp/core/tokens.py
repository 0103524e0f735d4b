"""The key ring: one secret and its predecessors, from which a key is derived per purpose.

A signature says that we wrote the payload, not that it is fresh or secret: payloads hold nothing personal.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer


@dataclass(frozen=True)
class KeyRing:
    """Secrets, the current one first. Old ones still verify; new signatures take the current one."""

    secrets: tuple[str, ...] = field(repr=False)

    @cached_property
    def _serializers(self) -> dict[str, URLSafeSerializer]:
        return {}

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        if purpose not in self._serializers:
            self._serializers[purpose] = URLSafeSerializer(
                list(reversed(self.secrets)), salt=f"materia.{purpose}",
                signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256})
        return self._serializers[purpose]

    def sign(self, purpose: str, payload: Mapping[str, Any]) -> str:
        """The payload as a URL-safe signed token; the same payload gives the same token while the key stands."""
        return str(self._serializer(purpose).dumps(dict(payload)))

    def read(self, purpose: str, token: str) -> dict[str, Any] | None:
        """The payload of a token signed for this purpose by any key of the ring, else None."""
        try:
            payload = self._serializer(purpose).loads(token)
        except (BadSignature, UnicodeError):  # the latter of half a surrogate pair, which JSON may hold
            return None
        return payload if isinstance(payload, dict) else None

    def pseudonym(self, purpose: str, salt: bytes, *parts: str) -> str:
        """A keyed hash of the parts, 32 hexadecimal digits; without salt and secret it cannot be recomputed."""
        return _pseudonym(self.secrets[0], purpose, salt, parts)

    def pseudonyms(self, purpose: str, salt: bytes, *parts: str) -> list[str]:
        """The same under every secret of the ring: what the parts are known by now, and what they were known by."""
        return [_pseudonym(secret, purpose, salt, parts) for secret in self.secrets]

    def derive(self, purpose: str, secret: str) -> str:
        """A key of 64 hexadecimal digits that a secret of the ring gives for this purpose, for a library's own
        sealing."""
        return hmac.new(secret.encode(), f"materia.{purpose}".encode(), hashlib.sha256).hexdigest()


def _pseudonym(secret: str, purpose: str, salt: bytes, parts: Sequence[str]) -> str:
    message = salt + "\x1f".join(parts).encode()
    return hmac.new(f"materia.{purpose}.{secret}".encode(), message, hashlib.sha256).hexdigest()[:32]
