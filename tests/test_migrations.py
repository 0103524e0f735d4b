"""The schema goes up and down on both engines, is what the models say, and loses no row on the way."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import select

from tests import builders
from tests.builders import NOW
from tests.cme import activities, certified
from tests.cme import rows as education
from tests.library import documents
from webapp import schema
from webapp.cme.service import certifying
from webapp.core import clock
from webapp.core.append_only import protect
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.db import Database
from webapp.people.rules import Role
from webapp.safety.models import SafetyCase
from webapp.safety.rules.due import NEVER
from webapp.tables import APPEND_ONLY

BOTH = pytest.mark.postgresql
VERSION = '''
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "next", {head!r}, None, None


def upgrade() -> None:
{steps}


def downgrade() -> None:
    pass
'''
AddVersion = Callable[[str], None]


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AddVersion:
    """Adds a migration of these lines after head, in a copy of the migrations."""
    folder, head = tmp_path / "migrations", schema.head()
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(schema, "MIGRATIONS", folder)

    def add(steps: str) -> None:
        indented = "\n".join(f"    {line}" for line in steps.splitlines())
        (folder / "versions" / "next.py").write_text(VERSION.format(head=head, steps=indented))
    return add


def tables(database: Database) -> set[str]:
    return set(inspect(database.reader).get_table_names()) - {"alembic_version"}


def counts(database: Database) -> dict[str, int]:
    with database.reader.connect() as connection:
        return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in sorted(tables(database))}


def fill(database: Database) -> None:
    """A row in each table that hangs on account or company, and in each append-only one."""
    with database.writing() as session:
        company = builders.company(session)
        person = builders.account(session, Role.MARKETER, company=company)
        builders.consent(session, person, company, now=clock.now())  # old lines of the ledger may be deleted
        builders.cleared_dossier(session)
        session.execute(text(
            "INSERT INTO change_request (dossier_id, account_id, role, words, at)"
            " SELECT dossier.id, account.id, 'legal', 'w', :now FROM dossier, account LIMIT 1"), {"now": NOW})
        session.execute(text("INSERT INTO topic (kind, slug, about) VALUES ('disease', 'x', '{}')"))
        session.execute(text(
            "INSERT INTO document (key, topic_id, audience, language, market, access)"
            " SELECT 'k', id, 'patient', 'en', 'us', 'open' FROM topic"))
        session.execute(text(
            'INSERT INTO revision (document_id, digest, rendering_digest, title, summary, content_class, front_matter,'
            ' topic, "references", contents, source, body_html, expected_seconds, next_review, created_at)'
            " SELECT id, 'd', 'r', 't', 's', 'c', '{}', '{}', '[]', '[]', '', '', 1, '2027-01-01', :now"
            " FROM document"), {"now": NOW})
        session.execute(text(
            "INSERT INTO publish_entry (document_id, revision_id, digest, action, clearance, at)"
            " SELECT document_id, id, digest, 'publish', 'review', :now FROM revision"), {"now": NOW})
        session.execute(text(
            "INSERT INTO export_entry (account_id, campaign_id, period, at) VALUES (1, 1, '2026-W09', :now)"),
            {"now": NOW})
        session.execute(text(
            "INSERT INTO verification (key, account_id, scheme, market, number, given_name, family_name, region,"
            " specialty, state, round, is_held, applied_at, finding, reason, note, evidence_kind, account_name)"
            " SELECT 'k', id, 's', 'us', '1', '', '', '', '', 'pending', 1, FALSE, :now, '', '', '', '', ''"
            " FROM account LIMIT 1"), {"now": NOW})
        session.execute(text(
            "INSERT INTO verification_event (verification_id, round, step, state, decider, evidence, reason, at)"
            " SELECT id, 1, 'apply', 'pending', 'person', '', '', :now FROM verification"), {"now": NOW})
        session.execute(text(
            "INSERT INTO label (set_id, version, effective_on, title, product, document_type, manufacturer,"
            " marketing_category, ingredients, sha256, imported_at)"
            " VALUES ('s', 1, '2026-01-02', '', '', '', '', '', '[]', '', :now)"), {"now": NOW})
        session.execute(text("INSERT INTO label_section (label_id, position, code, title, depth, text, digest)"
                             " SELECT id, 0, 'c', '', 1, '', '' FROM label"))
        documents.add(session)
        session.execute(text("INSERT INTO checklist (dossier_id, account_id, answers, at)"
                             " SELECT dossier.id, account.id, '{}', :now FROM dossier, account LIMIT 1"), {"now": NOW})
        activities.publish(session, NOW)
        certifying.revoke(session, certified.completed(session, NOW).code, By(COMMAND_LINE, NOW, "Another's name"))
        builders.adverse_event(session)
        builders.handed_over(session)
        builders.closed_month(session)
        education.add(session)
        session.execute(text("INSERT INTO safety_judgement (report_id, is_significant, judged_by, at)"
                             " SELECT id, FALSE, 1, :now FROM safety_report LIMIT 1"), {"now": NOW})


@BOTH
def test_the_schema_goes_up_down_to_nothing_and_up_again(empty_database: Database) -> None:
    seen = []
    for step in (schema.upgrade, lambda database: schema.downgrade(database, "base"), schema.upgrade):
        step(empty_database)
        seen.append(tables(empty_database))
    assert seen[0] == seen[2] and "account" in seen[0] and seen[1] == set()


@BOTH
def test_going_down_leaves_no_trigger_and_no_function_in_the_way(database: Database) -> None:
    schema.downgrade(database, "base")
    query = ("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'" if database.is_sqlite
             else "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
    with database.reader.connect() as connection:
        assert connection.scalar(text(query)) == 0


@BOTH
def test_whoever_renews_goes_down_as_verified_and_holds_the_number_on_both_ways(database: Database) -> None:
    fill(database)
    with database.writing() as session:
        session.execute(text("UPDATE verification SET state = 'renewing', next_due = :now"), {"now": NOW})
        second = builders.account(session)
    schema.downgrade(database, "0011")
    for _ in range(2):
        with database.reading() as session:
            kept = session.execute(text("SELECT state, next_due FROM verification")).one()
        assert (kept[0], kept[1] is None) == ("verified", False)
        with pytest.raises(IntegrityError), database.writing() as session:
            session.execute(text(
                "INSERT INTO verification (key, account_id, scheme, market, number, given_name, family_name, region,"
                " specialty, state, round, is_held, applied_at, finding, reason, note, evidence_kind, account_name)"
                " VALUES ('l', :id, 's', 'us', '1', '', '', '', '', 'verified', 1, FALSE, :now, '', '', '', '', '')"),
                {"id": second.id, "now": NOW})
        schema.upgrade(database)


@BOTH
def test_cases_from_before_are_due_a_day_after_their_receipt_until_nothing_is_left(database: Database) -> None:
    with database.writing() as session:
        made = builders.handed_over(session)
        for number, state in enumerate(("new", "triaged", "triaged", "not-an-event")):
            case = builders.adverse_event(session, submission=f"form-{number}", product="")
            case.state, case.desk_id = state, made.desk_id if number == 2 else None
    schema.downgrade(database, "0030")
    schema.upgrade(database)
    with database.reading() as session:
        due = session.scalars(select(SafetyCase.due_at).order_by(SafetyCase.id)).all()  # type: ignore[arg-type]
    assert due == [NOW + timedelta(days=1)] * 2 + [NEVER, NOW + timedelta(days=1), NEVER]
    with pytest.raises(DatabaseError), database.writing() as session:
        session.execute(text("UPDATE safety_case SET received_at = :now"), {"now": NOW + timedelta(days=1)})


@BOTH
def test_head_is_what_the_models_say(database: Database) -> None:
    assert schema.drift(database) == []


@BOTH
def test_a_column_that_the_models_do_not_know_is_drift(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("ALTER TABLE company ADD COLUMN surprise TEXT"))
    assert any("surprise" in entry for entry in schema.drift(database))


@BOTH
def test_upgrading_what_is_at_head_changes_nothing(database: Database) -> None:
    fill(database)
    before = counts(database)
    schema.upgrade(database)
    assert (schema.current(database), counts(database)) == (schema.head(), before)


CHANGES = ("UPDATE {0} SET id = id", "DELETE FROM {0}")


@BOTH
def test_no_row_of_an_append_only_table_can_be_changed(database: Database) -> None:
    fill(database)
    held = counts(database)
    assert [table for table in APPEND_ONLY if not held[table]] == []
    assert [change for table, change in product(APPEND_ONLY, CHANGES)
            if f"rows of {table} are append-only" not in refusal(database, change.format(table))] == []


def refusal(database: Database, change: str) -> str:
    """What the database says to a change; empty if it makes it."""
    try:
        with database.writing() as session:
            session.execute(text(change))
    except DatabaseError as error:
        return str(error)
    return ""


def test_the_same_change_goes_through_where_nothing_protects_the_table(database: Database) -> None:
    fill(database)
    with database.writing() as session:
        changed = session.execute(text("UPDATE company SET id = id"))
    assert changed.rowcount == counts(database)["company"] > 0  # type: ignore[attr-defined]


ALTERED = """
with op.batch_alter_table("account") as batch:
    batch.add_column(sa.Column("nickname", sa.String(), nullable=True))
    batch.alter_column("name", type_=sa.String(200))
with op.batch_alter_table("company") as batch:
    batch.alter_column("name", type_=sa.String(200))
"""


@BOTH
def test_altering_parents_in_batch_loses_no_row_of_their_children(database: Database, next_version: AddVersion) -> None:
    fill(database)
    before = counts(database)
    next_version(ALTERED)
    schema.upgrade(database)
    assert schema.current(database) == "next"
    assert counts(database) == before
    assert before["account_grant"] and before["consent"] and before["consent_entry"]


@BOTH
def test_altering_parents_in_batch_keeps_their_foreign_keys_at_work(
        database: Database, next_version: AddVersion) -> None:
    fill(database)
    next_version(ALTERED)
    schema.upgrade(database)
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text("INSERT INTO account_grant (account_id, role) VALUES (99999, 'reader')"))


def test_foreign_keys_left_on_would_have_lost_the_children(database: Database, next_version: AddVersion) -> None:
    """The trap itself: what `webapp.schema` guards against is real."""
    with database.writing() as session:
        builders.account(session, Role.WRITER)
    next_version(ALTERED)
    with database.writer.connect() as connection:
        command.upgrade(schema.config(connection), "head")
        connection.commit()
    assert (counts(database)["account"], counts(database)["account_grant"]) == (1, 0)


def test_a_migration_that_orphans_rows_is_refused_whole(database: Database, next_version: AddVersion) -> None:
    fill(database)
    before, stood_at = counts(database), schema.current(database)
    next_version('op.execute("DELETE FROM account")')
    with pytest.raises(RuntimeError, match="rows whose parent is gone"):
        schema.upgrade(database)
    assert (schema.current(database), counts(database)) == (stood_at, before)


@BOTH
def test_foreign_keys_are_at_work_after_a_migration(database: Database) -> None:
    schema.upgrade(database)
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text("INSERT INTO account_grant (account_id, role) VALUES (99999, 'reader')"))


def test_a_batch_migration_drops_the_triggers_unless_it_makes_them_again(
        database: Database, next_version: AddVersion) -> None:
    fill(database)
    next_version('with op.batch_alter_table("dossier") as batch:\n    batch.alter_column("title", nullable=True)')
    schema.upgrade(database)
    with database.writing() as session:
        session.execute(text("UPDATE dossier SET title = title"))
        protect(session.connection(), ["dossier"])
    with pytest.raises(DatabaseError, match="append-only"), database.writing() as session:
        session.execute(text("UPDATE dossier SET title = title"))
