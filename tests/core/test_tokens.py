"""Signatures hold for their purpose and keys; nothing else does."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.core.tokens import KeyRing

RING = KeyRing(("new " * 10, "old " * 10))
OLD = KeyRing(("old " * 10,))
STRANGER = KeyRing(("stranger " * 5,))


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans()))
def test_what_was_signed_is_read_back(payload: dict[str, int | str | bool]) -> None:
    assert RING.read("link", RING.sign("link", payload)) == payload


def test_the_same_payload_gives_the_same_token() -> None:
    assert RING.sign("link", {"a": 1}) == RING.sign("link", {"a": 1})


def test_a_token_of_another_purpose_is_not_read() -> None:
    assert RING.read("session", RING.sign("link", {"a": 1})) is None


def test_an_old_key_still_verifies() -> None:
    assert RING.read("link", OLD.sign("link", {"a": 1})) == {"a": 1}


def test_new_tokens_take_the_current_key() -> None:
    assert OLD.read("link", RING.sign("link", {"a": 1})) is None


def test_a_strangers_key_does_not_verify() -> None:
    assert RING.read("link", STRANGER.sign("link", {"a": 1})) is None


@given(st.text(st.characters(exclude_categories=())))
def test_garbage_is_not_read(token: str) -> None:
    assert RING.read("link", token) is None


def test_half_a_surrogate_pair_is_not_read() -> None:
    for token in ("\ud800", "a.\udfff", RING.sign("link", {"a": 1}) + "\ud800"):
        assert RING.read("link", token) is None


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_token_with_one_character_changed_is_not_read(place: int, character: str) -> None:
    token = RING.sign("link", {"campaign": "abcdefgh", "occurrence": "1"})
    place %= len(token)
    changed = token[:place] + character + token[place + 1:]
    read = RING.read("link", changed)
    assert read is None or read == RING.read("link", token)


def test_a_signed_list_is_not_a_payload() -> None:
    token = RING._serializer("link").dumps([1, 2])
    assert RING.read("link", token) is None


def test_a_token_may_stand_in_an_address() -> None:
    token = RING.sign("link", {"title": "Ünï/cödé ?&#"})
    assert all(character.isalnum() or character in "-_." for character in token)


def test_the_secret_is_not_shown() -> None:
    assert "new" not in repr(RING)


def test_a_pseudonym_is_the_same_for_the_same_person_and_day() -> None:
    assert RING.pseudonym("visitor", b"salt", "192.0.2.1", "agent") == RING.pseudonym(
        "visitor", b"salt", "192.0.2.1", "agent")


def test_a_pseudonym_changes_with_purpose_salt_parts_and_key() -> None:
    made = [ring.pseudonym(purpose, salt, *parts) for ring, purpose, salt, parts in (
        (RING, "visitor", b"salt", ("a", "b")), (RING, "other", b"salt", ("a", "b")),
        (RING, "visitor", b"tomorrow", ("a", "b")), (RING, "visitor", b"salt", ("ab", "")),
        (RING, "visitor", b"salt", ("a", "c")), (STRANGER, "visitor", b"salt", ("a", "b")))]
    assert len(set(made)) == len(made)
