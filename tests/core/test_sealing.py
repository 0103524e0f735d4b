"""What is sealed opens for the same purpose with a key of the ring, old ones included, and for nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.sealing import CannotOpen, seal, unseal
from webapp.core.tokens import KeyRing

OLD = KeyRing(("old " * 10,))
RING = KeyRing(("new " * 10, "old " * 10))
STRANGER = KeyRing(("stranger " * 5,))


@given(st.binary(max_size=2000), st.text(max_size=20))
def test_what_was_sealed_is_opened(plain: bytes, about: str) -> None:
    assert unseal(RING, seal(RING, plain, about=about), about=about) == plain


def test_what_an_old_key_sealed_still_opens() -> None:
    assert unseal(RING, seal(OLD, b"a certificate", about="x"), about="x") == b"a certificate"


def test_the_present_key_seals() -> None:
    with pytest.raises(CannotOpen, match="MATERIA_OLD_SECRET_KEYS"):
        unseal(OLD, seal(RING, b"a certificate", about="x"), about="x")


def test_a_strangers_ring_opens_nothing() -> None:
    with pytest.raises(CannotOpen, match="not in the ring"):
        unseal(STRANGER, seal(RING, b"a certificate", about="x"), about="x")


def test_what_is_about_something_else_does_not_open() -> None:
    with pytest.raises(CannotOpen, match="belong to something else"):
        unseal(RING, seal(RING, b"a certificate", about="evidence:1"), about="evidence:2")


@given(st.integers(min_value=0), st.integers(1, 255))
def test_one_changed_bit_anywhere_and_it_does_not_open(place: int, change: int) -> None:
    sealed = bytearray(seal(RING, b"a certificate", about="x"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(CannotOpen):
        unseal(RING, bytes(sealed), about="x")


@pytest.mark.parametrize("length", [0, 1, 9, 15, 21, 36])
def test_what_was_cut_off_does_not_open(length: int) -> None:
    with pytest.raises(CannotOpen):
        unseal(RING, seal(RING, b"a certificate", about="x")[:length], about="x")


def test_the_same_bytes_never_look_the_same_and_never_show() -> None:
    sealed = {seal(RING, b"a certificate", about="x") for _ in range(20)}
    assert len(sealed) == 20 and not any(b"certificate" in one for one in sealed)
