"""Signatures as another's verifier (dkimpy) sees them."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.channels.dkim import Signer, canonical_body

Verifier = Callable[[bytes], bool]
same_signer = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def signed(message: bytes, signer: Signer, now: datetime) -> bytes:
    return signer.sign(message, now=now)


def signed_names(message: bytes) -> list[bytes]:
    header = re.search(rb"h=([^;]+);", message)
    assert header
    return re.sub(rb"\s", b"", header.group(1)).split(b":")


def test_a_signed_mail_is_accepted_by_another_implementation(signed: bytes, is_verified: Verifier):
    assert is_verified(signed)


def test_the_signature_covers_every_header_that_a_reader_or_a_mailbox_trusts(signed: bytes):
    must = b"from to subject date message-id mime-version content-type list-unsubscribe list-unsubscribe-post".split()
    assert set(must) <= set(signed_names(signed))


@pytest.mark.parametrize(
    "added",
    [
        b"From: mallory@example.com",
        b"Subject: other",
        b"To: bob@example.com",
        b"List-Unsubscribe: <https://x.example/>",
    ],
)
def test_a_header_added_on_the_way_breaks_the_signature(signed: bytes, is_verified: Verifier, added: bytes):
    assert not is_verified(added + b"\r\n" + signed)


@pytest.mark.parametrize("change", [(b"Dear", b"dear"), (b"/u/uuu", b"/u/vvv"), (b"inhaler", b"Inhaler")])
def test_a_changed_byte_in_body_or_header_breaks_the_signature(signed, is_verified: Verifier, change):
    assert change[0] in signed
    assert not is_verified(signed.replace(*change))


def test_folding_and_spacing_changed_on_the_way_do_no_harm(signed: bytes, is_verified: Verifier):
    refolded = signed.replace(b"\r\nSubject: Asthma: using", b"\r\nSUBJECT:  Asthma:\r\n\tusing")
    assert refolded != signed
    assert is_verified(refolded)


def test_no_line_of_the_signature_is_longer_than_78_characters(signed: bytes):
    head = signed.partition(b"\r\nFrom:")[0]
    assert head.startswith(b"DKIM-Signature:")
    assert max(map(len, head.split(b"\r\n"))) <= 78


def test_bodies_that_we_write_need_no_rewriting_before_they_are_hashed(message: bytes):
    body = message.partition(b"\r\n\r\n")[2]
    assert canonical_body(body) is body


@same_signer
@given(
    body=st.lists(st.sampled_from([b" ", b"\t", b"a", b"b.", b"\r\n", b"\r\n\r\n", b"=", b"\r\n.\r\n"]), max_size=20)
)
def test_any_body_is_canonicalised_as_the_verifier_does(signer, is_verified: Verifier, now, body: list[bytes]):
    message = b"From: a@news.example.org\r\nSubject: x \t y\r\n\r\n" + b"".join(body) + b"\r\n"
    assert is_verified(signer.sign(message, now=now))


def test_a_mail_without_sender_or_without_body_is_refused(signer: Signer, now: datetime):
    with pytest.raises(ValueError, match="no From"):
        signer.sign(b"To: a@example.org\r\n\r\nx\r\n", now=now)
    with pytest.raises(ValueError, match="empty line"):
        signer.sign(b"From: a@example.org\n\nx\r\n", now=now)
    with pytest.raises(ValueError, match="last line end"):
        signer.sign(b"From: a@example.org\r\n\r\nx", now=now)


def pem(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_a_short_rsa_key_is_refused_with_the_remedy():
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with pytest.raises(ValueError, match="1024 bits; make one of at least 2048"):
        Signer.from_pem(pem(key), domain="example.org", selector="s1")


def test_a_key_of_another_kind_or_no_key_is_refused():
    with pytest.raises(ValueError, match="neither RSA nor Ed25519"):
        Signer.from_pem(pem(ec.generate_private_key(ec.SECP256R1())), domain="example.org", selector="s1")
    with pytest.raises(ValueError, match="no unencrypted PEM"):
        Signer.from_pem(b"secret", domain="example.org", selector="s1")


@pytest.mark.parametrize("domain", ["example.org\r\nBcc: x", "Example.org", "", "a;b.org"])
def test_a_domain_that_could_break_out_of_the_header_is_refused(domain: str):
    with pytest.raises(ValueError, match="no DNS name"):
        Signer.from_pem(b"", domain=domain, selector="s1")


def test_a_signer_does_not_show_its_key(signer: Signer):
    assert "PrivateKey" not in repr(signer)
