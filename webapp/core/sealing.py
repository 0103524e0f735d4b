"""Seals bytes that only the program may read again: AES-256-GCM under keys of the ring, derived for this purpose alone.

A sealed value names the key it was made with, so that it opens as long as that secret stands anywhere in the ring. It
is bound to what it is about: moved to another row, it does not open.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webapp.core.errors import MateriaError
from webapp.core.tokens import KeyRing

VERSION = b"\x01"
NAME_BYTES, NONCE_BYTES = 8, 12
"""A random 96-bit nonce is safe for 2**32 values under one key (NIST SP 800-38D, 8.3), far more than uploads here."""


class CannotOpen(MateriaError):
    """The bytes were changed, are about something else, or their key has left the ring."""


def seal(ring: KeyRing, plain: bytes, *, about: str) -> bytes:
    """The bytes, readable only by `unseal` with a ring that holds the present secret, and the same `about`."""
    name, key = _key(ring.secrets[0])
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + name + nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def unseal(ring: KeyRing, sealed: bytes, *, about: str) -> bytes:
    """What was sealed about this. CannotOpen says whether the key or the bytes are at fault."""
    start = len(VERSION) + NAME_BYTES
    name, nonce, body = sealed[len(VERSION):start], sealed[start:start + NONCE_BYTES], sealed[start + NONCE_BYTES:]
    keys = dict(map(_key, ring.secrets))
    if sealed[:len(VERSION)] != VERSION or name not in keys:
        raise CannotOpen("This was sealed with a key that is not in the ring. Put the earlier secret back into "
                         "MATERIA_OLD_SECRET_KEYS.")
    try:
        return AESGCM(keys[name]).decrypt(nonce, body, about.encode())
    except (InvalidTag, ValueError):  # the latter: cut off within its nonce
        raise CannotOpen("The sealed bytes were changed or belong to something else. Restore them from a backup."
                         ) from None


def _key(secret: str) -> tuple[bytes, bytes]:
    """A name that tells nothing of the key, and the key."""
    made = HKDF(hashes.SHA256(), NAME_BYTES + 32, salt=None, info=b"materia.seal").derive(secret.encode())
    return made[:NAME_BYTES], made[NAME_BYTES:]
