"""The signed copy of an agreement on support is brought in once, stays as it was, and goes into the activity's file."""

import json
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from sqlmodel import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import Client, TestResponse, encode_multipart

from tests import builders
from tests.builders import BASE_URL
from tests.cme import activities
from webapp.cme.models import CmeAgreement
from webapp.cme.service import activity_file, agreements
from webapp.core import audit, clock
from webapp.core.languages import ENGLISH
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.people.models import Account
from webapp.people.rules import Role

HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
PLACE = f"/cme/provider/{activities.SLUG}"
GIVER = "Giver Ltd (fictional)"
SIGNED = b"%PDF-1.7\nsigned by both\n%%EOF\n"


@pytest.fixture
def provider(platform: Platform, client: Client, casey: Account) -> Client:
    """Casey, and a version that somebody supports."""
    with platform.database.writing() as session:
        activities.publish(session, clock.now(), support=[{
            "company": GIVER, "kind": "money", "agreement_on": "2025-08-01",
            "nature": {"en": "A grant", "zh-Hans": "资助"}}])
    builders.sign_in(client, casey.email)
    return client


def send(client: Client, content: bytes = SIGNED, company: str = GIVER) -> TestResponse:
    # Encoded here: the test client keeps what is large in a file that it leaves open.
    boundary, body = encode_multipart({"company": company, "file": FileStorage(BytesIO(content), "x.pdf")})
    return client.post(f"{PLACE}/agreements", **HERE, data=body,
                       content_type=f"multipart/form-data; boundary={boundary}")


def file_of(platform: Platform) -> tuple[dict[str, bytes], dict[str, Any]]:
    with platform.database.reading() as session:
        made = activity_file.of_activity(session, activities.SLUG, ENGLISH, activities.PROVIDER, clock.now())
    return made, json.loads(made["index.json"])


def test_what_lacks_is_told_until_the_signed_copy_is_there_and_then_it_is_in_the_file(
        provider: Client, platform: Platform) -> None:
    assert f"no signed copy of the agreement with {GIVER}" in provider.get(f"{PLACE}/money", base_url=BASE_URL).text
    assert file_of(platform)[1]["agreements_lacking"] == [GIVER]
    assert send(provider).status_code == 303
    page = provider.get(f"{PLACE}/money", base_url=BASE_URL).text
    made, index = file_of(platform)
    name, = [name for name in made if name.startswith("agreements/")]
    assert "no signed copy" not in page and made[name] == SIGNED
    assert index["agreements"][0]["sha256"] == sha256(SIGNED).hexdigest()
    assert index["agreements_lacking"] == []
    assert {one["path"]: one["sha256"] for one in index["files"]}[name] == sha256(SIGNED).hexdigest()


def test_it_is_looked_at_again_as_it_came_and_who_brought_it_in_is_audited(provider: Client, platform: Platform,
                                                                          casey: Account) -> None:
    send(provider)
    with platform.database.reading() as session:
        held = session.scalars(select(CmeAgreement)).one()
        entry = next(entry for entry, _ in audit.about(session, Subject("cme-version", held.activity_id))
                     if entry.action == "cme-agreement-brought-in")
    assert entry.account_id == casey.id and held.sha256 in entry.detail and GIVER not in entry.detail
    answer = provider.get(f"{PLACE}/agreements/{held.key}.pdf", base_url=BASE_URL)
    assert (answer.data, answer.headers["Cache-Control"]) == (SIGNED, "private, no-store")
    assert provider.get(f"/cme/provider/another/agreements/{held.key}.pdf", base_url=BASE_URL).status_code == 404


@pytest.mark.parametrize(("content", "company", "status", "said"), [
    (b"", GIVER, 422, "not a whole PDF"), (b"GIF89a", GIVER, 422, "not a whole PDF"),
    (b"%PDF-1.7 cut", GIVER, 422, "not a whole PDF"), (SIGNED, "Another Ltd", 422, "Choose a company"),
    (b"%PDF-" + b"x" * agreements.MOST_BYTES + b"%%EOF", GIVER, 422, "larger than 5 MB")])
def test_what_is_no_signed_copy_is_refused_and_not_kept(provider: Client, platform: Platform, content: bytes,
                                                        company: str, status: int, said: str) -> None:
    answer = send(provider, content, company)
    assert answer.status_code == status and said in answer.text and 'role="alert"' in answer.text
    with platform.database.reading() as session:
        assert session.scalars(select(CmeAgreement)).all() == []


def test_the_same_file_comes_in_once_and_a_later_one_stands_beside_it(provider: Client, platform: Platform) -> None:
    later = SIGNED.replace(b"both", b"all of them")
    assert [send(provider, content).status_code for content in (SIGNED, SIGNED, later)] == [303, 409, 303]
    assert len([name for name in file_of(platform)[0] if name.startswith("agreements/")]) == 2


def test_nobody_of_the_supporter_brings_one_in_or_sees_one(provider: Client, platform: Platform) -> None:
    send(provider)
    with platform.database.writing() as session:
        key = session.scalars(select(CmeAgreement.key)).one()
        person = builders.account(session, Role.SPONSOR_ADMIN, company=builders.company(session, GIVER))
    other = Client(provider.application)
    builders.sign_in(other, person.email)
    assert other.get(f"{PLACE}/agreements/{key}.pdf", base_url=BASE_URL).status_code == 403
    assert send(other).status_code == 403


def test_an_activity_that_nobody_supports_asks_for_none(client: Client, casey: Account) -> None:
    builders.sign_in(client, casey.email)
    assert "Signed agreements" not in client.get(f"{PLACE}/money", base_url=BASE_URL).text
    assert send(client).status_code == 422
