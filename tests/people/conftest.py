"""Hashes at the smallest cost there is: these tests make many, and look at which and how many, not at how long."""

import argon2
import pytest

SMALLEST = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is hashed through Flask-Security and by ourselves; comparing takes its cost from the hash."""
    real = argon2.low_level.hash_secret

    def cheap(secret: bytes, salt: bytes, **named: object) -> bytes:
        return real(secret, salt, **{**named, **SMALLEST})  # type: ignore[arg-type]

    monkeypatch.setattr(argon2.low_level, "hash_secret", cheap)
    monkeypatch.setattr("argon2._password_hasher.hash_secret", cheap)
