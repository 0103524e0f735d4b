"""Random names for what stands in addresses and tokens."""

import base64
import secrets


def new_key() -> str:
    """16 lower-case base32 characters, 80 random bits: the public name of a row."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


def new_code() -> str:
    """26 lower-case base32 characters, 128 random bits: for stored values that alone open something, such as an
    unsubscribe link. They are looked up, not verified, so that no key rotation ends them."""
    return base64.b32encode(secrets.token_bytes(16)).decode().lower().rstrip("=")
