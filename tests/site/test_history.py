"""What one has read: one's own alone, and deleted as one likes."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from werkzeug.test import Client

from tests import builders
from tests.builders import NOW, sign_in
from webapp.consents.rules.purposes import Purpose
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.engagement import queries
from webapp.engagement.models import ReadingHistory
from webapp.people import service as people
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role

HERE = {"Origin": "http://localhost"}


def remember(database: Database, person: Account, *documents: int) -> list[str]:
    """Lines of a person's history, by key."""
    with database.writing() as session:
        session.execute(insert(ReadingHistory), [
            {"key": f"{person.id:08d}{document:08d}", "account_id": person.id, "subject_kind": "article",
             "subject_id": document, "first_at": NOW, "last_at": NOW + timedelta(minutes=document)}
            for document in documents])
    return [f"{person.id:08d}{document:08d}" for document in documents]


def kept(database: Database, person: Account) -> list[str]:
    with database.reading() as session:
        return [line.key for line in queries.history(session, person.id or 0)]


@pytest.fixture
def person(database: Database) -> Account:
    with database.writing() as session:
        made = builders.account(session, Role.HCP, kind=AccountKind.HCP, market="gb")
        builders.consent(session, made, purpose=Purpose.PERSONALISATION)
    return made


def test_it_names_the_pages_and_leads_to_them(client: Client, platform: Platform, person: Account,
                                              tmp_path: Path) -> None:
    entry = builders.published_document(platform, tmp_path)
    remember(platform.database, person, entry.document_id, 999)
    sign_in(client, person.email)
    page = client.get("/account/history").text
    assert 'href="/en/diseases/sampleitis"' in page and "A page that is not open to you now" in page


def test_a_page_that_closed_to_the_reader_is_not_named_any_more(client: Client, platform: Platform, person: Account,
                                                                tmp_path: Path) -> None:
    entry = builders.published_document(
        platform, tmp_path, slug="promo", kind=builders.Kind.DRUG, markets=("gb",), content_class="promotional",
        funding={"kind": "sponsored", "company": "Acme (fictional)", "influence": "none"})
    remember(platform.database, person, entry.document_id)
    sign_in(client, person.email)
    assert "Promo" in client.get("/account/history").text
    with platform.database.writing() as session:
        people.revoke(session, session.merge(person), Role.HCP, by=builders.BY)
    assert "Promo" not in client.get("/account/history").text


def test_one_line_goes_or_all_and_never_anothers(client: Client, database: Database, person: Account) -> None:
    with database.writing() as session:
        other = builders.account(session)
    first, *rest = remember(database, person, 1, 2, 3)
    theirs, = remember(database, other, 1)
    sign_in(client, person.email)
    assert client.post(f"/account/history/{first}/delete", headers=HERE).status_code == 303
    assert sorted(kept(database, person)) == rest
    assert client.post(f"/account/history/{theirs}/delete", headers=HERE).status_code == 404
    client.post("/account/history/delete", headers=HERE)
    assert (kept(database, person), kept(database, other)) == ([], [theirs])


def test_looking_deletes_nothing_and_strangers_see_nothing(client: Client, database: Database,
                                                           person: Account) -> None:
    key, = remember(database, person, 1)
    assert client.get("/account/history").status_code == 302
    sign_in(client, person.email)
    assert [client.get(path).status_code for path in (
        "/account/history", "/account/history/delete", f"/account/history/{key}/delete")] == [200, 405, 405]
    assert kept(database, person) == [key]


def test_without_consent_it_says_that_nothing_is_kept(client: Client, database: Database) -> None:
    with database.writing() as session:
        stranger = builders.account(session)
    sign_in(client, stranger.email)
    assert "No list is kept" in client.get("/account/history").text
