"""Consents to mail from before are kept with their codes, and their lines stay what they were."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from webapp import schema
from webapp.core import clock
from webapp.core.db import Database

BEFORE = (
    "INSERT INTO company (id, key, name, is_fictional) VALUES (1, 'c', 'Company', TRUE)",
    "INSERT INTO account (id, key, email, password, fs_uniquifier, active, name, kind, language, market, time_zone,"
    " is_fictional, created_at) VALUES (1, 'a', 'a@x.example', '', 'u', TRUE, '', 'hcp', 'en', 'us', 'UTC', FALSE,"
    " :now), (2, 'b', 'b@x.example', '', 'v', TRUE, '', 'hcp', 'en', 'us', 'UTC', TRUE, :now)",
    "INSERT INTO consent (account_id, purpose, channel, company_id, is_granted, code, changed_at)"
    " VALUES (1, 'company-mail', 'email', 1, TRUE, 'secret', :now)",
    "INSERT INTO consent_entry (account_id, purpose, channel, company_id, is_granted, wording, language, place, at)"
    " VALUES (1, 'company-mail', 'email', 1, TRUE, '2026-11', 'en', 'demo', :now)")
AFTER = (
    "INSERT INTO consent (account_id, purpose, channel, company_id, is_granted, code, changed_at)"
    " VALUES (1, 'analytics', 'site', 0, TRUE, 'other', :now)",
    "INSERT INTO consent_entry (account_id, purpose, channel, company_id, is_granted, wording, language, place, at)"
    " VALUES (1, 'analytics', 'site', 0, TRUE, '1', 'en', 'account', :now)")


def run(database: Database, statements: tuple[str, ...]) -> None:
    at = clock.now()  # and not years ago: what is old may be deleted
    now = at.strftime("%Y-%m-%d %H:%M:%S.%f") if database.is_sqlite else at
    with database.writing() as session:
        for statement in statements:
            session.execute(text(statement), {"now": now} if ":now" in statement else {})


def kept(session: Session) -> list[object]:
    return [tuple(session.execute(text(query)).one()) for query in (
        "SELECT account_id, purpose, company_id, code FROM consent",
        "SELECT account_id, purpose, company_id, wording, place FROM consent_entry")]


@pytest.mark.postgresql
def test_no_row_is_lost_on_the_way_up_and_down(empty_database: Database) -> None:
    schema.upgrade(empty_database, "0007")
    run(empty_database, BEFORE)
    with empty_database.reading() as session:
        before = kept(session)
    schema.upgrade(empty_database, "0008")
    with empty_database.reading() as session:
        assert kept(session) == before
        assert session.execute(text("SELECT is_adult FROM account ORDER BY id")).scalars().all() == [False, True]
        assert session.scalar(text("SELECT digest FROM consent_entry")) == ""
    run(empty_database, AFTER)
    schema.downgrade(empty_database, "0007")
    with empty_database.reading() as session:
        assert kept(session) == before, "what the schema before has no place for is gone, and no more"


@pytest.mark.postgresql
@pytest.mark.parametrize("revision", ["0008", "0007"])
def test_the_ledger_is_append_only_on_either_side(empty_database: Database, revision: str) -> None:
    schema.upgrade(empty_database, "0008")
    schema.downgrade(empty_database, revision)
    run(empty_database, BEFORE)
    with pytest.raises(DatabaseError, match="append-only"):
        run(empty_database, ("DELETE FROM consent_entry",))
