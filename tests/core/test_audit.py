"""The audit: one chain in the order of the commits; nothing is changed, taken out, put in or moved unseen."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from tests import builders
from tests.builders import BY, NOW
from webapp.core import audit
from webapp.core.append_only import protect, unprotect
from webapp.core.audit import By, Verdict
from webapp.core.db import Database
from webapp.core.errors import Invalid, NotFound
from webapp.core.subject import Subject
from webapp.people.rules import Role
from webapp.sponsors.models import Company

BOTH = pytest.mark.postgresql
WRITERS, EACH = 10, 5
COLUMNS = "at, account_id, actor, action, subject_kind, subject_id, detail, reason_digest, previous, digest"


def record(database: Database, action: str = "thing-done", subject: Subject = Subject("thing", 1),  # noqa: B008
           by: By = BY) -> None:
    with database.writing() as session:
        audit.record(session, by, action, subject)


def verdict(database: Database, expected: tuple[int, str] | None = None) -> Verdict:
    with database.reading() as session:
        return audit.verify(session, expected)


def actions(database: Database) -> list[str]:
    """The oldest first."""
    with database.reading() as session:
        return [line.entry.action for line in reversed(audit.newest(session, limit=1000))]


@pytest.fixture
def five(database: Database) -> Database:
    """A chain of five entries, the third with a reason."""
    for number in range(1, 6):
        record(database, f"step-{number}", by=By(7, NOW, "Ann lost it" if number == 3 else ""))
    return database


def tamper(database: Database, *statements: str) -> None:
    """Does what somebody does who may write the file itself: past the triggers."""
    with database.writing() as session:
        unprotect(session.connection(), ["audit_entry"])
        for statement in statements:
            session.execute(text(statement))
        protect(session.connection(), ["audit_entry"])


# What is written


@BOTH
def test_an_entry_says_who_what_when_and_why(database: Database) -> None:
    record(database, by=By(7, NOW, "A lost phone"), subject=Subject("account", 3))
    with database.reading() as session:
        ((entry, reason),) = audit.about(session, Subject("account", 3))
    assert (entry.id, entry.at, entry.account_id, entry.actor) == (1, NOW, 7, "")
    assert (entry.action, entry.previous, reason) == ("thing-done", "", "A lost phone")


def test_an_act_of_the_command_line_is_no_accounts(database: Database) -> None:
    record(database)
    with database.reading() as session:
        entry = audit.newest(session)[0].entry
    assert (entry.account_id, entry.actor) == (None, "command line")


def test_entries_hold_no_word_of_a_reason(five: Database) -> None:
    with five.reading() as session:
        rows = session.execute(text(f"SELECT {COLUMNS} FROM audit_entry")).all()
    assert len(rows) == 5 and "Ann" not in str(rows)


def test_the_same_reason_has_another_digest_each_time(database: Database) -> None:
    for _ in range(2):
        record(database, by=By(7, NOW, "A lost phone"))
    with database.reading() as session:
        assert len({line.entry.reason_digest for line in audit.newest(session)}) == 2


def test_what_is_rolled_back_leaves_no_entry(database: Database) -> None:
    with database.session(write=True) as session:
        audit.record(session, BY, "never", Subject("thing", 1))
        session.rollback()
        audit.record(session, BY, "done", Subject("thing", 1))
        session.commit()
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        audit.record(session, BY, "never", Subject("thing", 1))
        raise ZeroDivisionError
    assert (actions(database), verdict(database).fault) == (["done"], "")


def test_a_commit_that_fails_leaves_no_entry(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)unique"), database.writing() as session:
        audit.record(session, BY, "never", Subject("thing", 1))
        for _ in range(2):
            session.add(Company(name="The same"))
    assert actions(database) == []


def test_an_entry_within_a_savepoint_is_refused(database: Database) -> None:
    with database.writing() as session, session.begin_nested(), pytest.raises(RuntimeError, match="savepoint"):
        audit.record(session, BY, "never", Subject("thing", 1))


@BOTH
def test_entries_stand_in_the_order_of_the_commits(database: Database) -> None:
    """Not of their moments, nor of the calls."""
    with database.session(write=True) as first, database.session(write=True) as second:
        audit.record(first, By(1, NOW), "called-first", Subject("thing", 1))
        audit.record(second, By(2, NOW + timedelta(1)), "committed-first", Subject("thing", 1))
        second.commit()
        first.commit()
    assert actions(database) == ["committed-first", "called-first"]


@BOTH
def test_ten_parallel_writers_leave_one_unbroken_chain(database: Database) -> None:
    start, errors = threading.Barrier(WRITERS), []

    def write(number: int) -> None:
        start.wait()
        try:
            for turn in range(EACH):
                record(database, f"writer-{number}-{turn}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert (verdict(database).entries, verdict(database).fault) == (WRITERS * EACH, "")
    assert set(actions(database)) == {f"writer-{number}-{turn}" for number in range(WRITERS) for turn in range(EACH)}


BEIJING = timezone(timedelta(hours=8))
QUOTED = ("action", "actor", "detail", "previous", "reason_digest", "subject_kind")


MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1), timezones=st.sampled_from([UTC, BEIJING]))


@settings(max_examples=50)
@given(st.fixed_dictionaries({
    **dict.fromkeys(QUOTED, st.text()), "account_id": st.none() | st.integers(), "id": st.integers(1),
    "subject_id": st.integers(), "at": MOMENTS}))
def test_the_bytes_that_are_digested_are_those_of_canonical_json(row: dict[str, Any]) -> None:
    moment = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    assert audit._canonical(row) == json.dumps({**row, "at": moment, "v": 1}, sort_keys=True, ensure_ascii=False)


# What is found


@BOTH
def test_a_whole_chain_is_whole(five: Database) -> None:
    assert (verdict(five).entries, verdict(five).fault) == (5, "")


@BOTH
def test_an_empty_audit_is_whole(database: Database) -> None:
    assert verdict(database) == Verdict(0, "")


EDITS = ["action = 'x'", "actor = 'x'", "account_id = 8", "subject_kind = 'x'", "subject_id = 9", "detail = 'x'",
         "at = '2026-03-02 09:30:01.000000'", "reason_digest = 'x'", "previous = 'x'", "digest = 'x'",
         "subject_id = 'x'", "account_id = 7.5", "detail = x'00'"]
"""The last three put into a column what it is not made for; SQLite lets them."""


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_entry_is_found(five: Database, edit: str) -> None:
    tamper(five, f"UPDATE audit_entry SET {edit} WHERE id = 2")
    assert verdict(five).entries == 1 and "Entry 2" in verdict(five).fault


MEDDLINGS: list[tuple[str, list[str], int]] = [
    ("an edited one", ["UPDATE audit_entry SET action = 'x' WHERE id = 4"], 4),
    ("the first deleted", ["DELETE FROM audit_entry WHERE id = 1"], 1),
    ("one deleted", ["DELETE FROM audit_entry WHERE id = 2"], 2),
    ("one deleted, and the gap closed", ["DELETE FROM audit_entry WHERE id = 4",
                                         "UPDATE audit_entry SET id = 4 WHERE id = 5"], 4),
    ("the last deleted", ["DELETE FROM audit_entry WHERE id = 5"], 5),
    ("all deleted", ["DELETE FROM audit_reason", "DELETE FROM audit_entry"], 1),
    ("one put in at the end", [f"INSERT INTO audit_entry (id, {COLUMNS}) SELECT 6, {COLUMNS} FROM audit_entry "
                               "WHERE id = 5"], 6),
    ("one put in between", ["UPDATE audit_entry SET id = 6 WHERE id = 5",
                            f"INSERT INTO audit_entry (id, {COLUMNS}) SELECT 5, {COLUMNS} FROM audit_entry "
                            "WHERE id = 4"], 5),
    ("two reordered", ["UPDATE audit_entry SET id = 99 WHERE id = 1", "UPDATE audit_entry SET id = 1 WHERE id = 2",
                       "UPDATE audit_entry SET id = 2 WHERE id = 99"], 1),
    ("a reason's words changed", ["UPDATE audit_reason SET words = 'Ann'"], 3),
    ("a reason's words taken out in silence", ["DELETE FROM audit_reason"], 3),
    ("a reason put in", ["INSERT INTO audit_reason (entry_id, salt, words) VALUES (2, 's', 'w')"], 2),
]


@BOTH
@pytest.mark.parametrize(("statements", "number"), [case[1:] for case in MEDDLINGS], ids=[c[0] for c in MEDDLINGS])
def test_whatever_is_meddled_with_is_found_and_named(five: Database, statements: list[str], number: int) -> None:
    tamper(five, *statements)
    found = verdict(five)
    assert (found.entries, f"Entry {number}" in found.fault) == (number - 1, True), found.fault


def test_a_chain_cut_off_or_written_anew_is_found_by_what_was_kept(five: Database) -> None:
    kept = (verdict(five).entries, verdict(five).digest)
    assert verdict(five, kept).fault == ""
    record(five)
    assert verdict(five, kept).fault == "", "later entries do not matter"
    tamper(five, "DELETE FROM audit_reason", "DELETE FROM audit_entry", "DELETE FROM audit_head")
    for number in range(1, 7):
        record(five, f"forged-{number}")
    assert verdict(five).fault == ""
    assert "Entry 5 is not the one you kept" in verdict(five, kept).fault


# Reasons


@BOTH
def test_words_that_were_taken_out_leave_the_chain_whole_and_a_trace(five: Database) -> None:
    with five.writing() as session:
        audit.redact(session, 3, By(7, NOW, "Asked by the person"))
    with five.reading() as session:
        lines = audit.newest(session)
        left = session.execute(text("SELECT words FROM audit_reason")).scalars().all()
    assert verdict(five).fault == "" and left == ["Asked by the person"]
    assert [(line.entry.action, line.entry.subject_id, line.reason) for line in lines][:1] == [
        ("reason-redacted", 3, "Asked by the person")]
    assert [line.reason for line in lines if line.entry.id == 3] == [None]


def test_words_are_taken_out_once(five: Database) -> None:
    for number in (2, 99):
        with pytest.raises(NotFound), five.writing() as session:
            audit.redact(session, number, BY)
    assert verdict(five).entries == 5


def test_all_words_about_a_subject_are_taken_out_at_once(database: Database) -> None:
    for subject in (Subject("account", 1), Subject("account", 2), Subject("account", 1)):
        record(database, subject=subject, by=By(7, NOW, "Because of Ann"))
    with database.writing() as session:
        count = audit.redact_about(session, Subject("account", 1), BY)
    with database.reading() as session:
        reasons = [[line.reason for line in audit.about(session, Subject("account", number))] for number in (1, 2)]
    assert (count, reasons, verdict(database).fault) == (2, [[None, None], ["Because of Ann"]], "")


@pytest.mark.parametrize("words", ["", "ab", "  ab \n ", "x" * 501, "\0\0\0\0", "\x07ab", " " * 50])
def test_a_reason_too_short_or_too_long_is_refused(words: str) -> None:
    with pytest.raises(Invalid):
        audit.reason_of(words)


@pytest.mark.parametrize(("words", "kept"), [
    ("abc", "abc"), ("丢失了手机", "丢失了手机"), (" a\r\n lost\tphone ", "a lost phone"), ("x" * 500, "x" * 500),
    ("a\0b\x07c\x7f", "abc"), ("<b>why</b>", "<b>why</b>")])
def test_a_reason_is_one_line_without_control_characters(words: str, kept: str) -> None:
    assert audit.reason_of(words) == kept


# Looking


def test_what_was_done_is_listed_by_subject_the_newest_first_and_in_pages(database: Database) -> None:
    for number in range(6):
        record(database, f"step-{number}", Subject("account", number % 2))

    def seen(look: Callable[..., Any], *asked: Any, **window: int) -> list[str]:
        with database.reading() as session:
            return [line.entry.action for line in look(session, *asked, **window)]
    assert seen(audit.about, Subject("account", 1)) == ["step-5", "step-3", "step-1"]
    assert seen(audit.about, Subject("account", 1), offset=1, limit=1) == ["step-3"]
    assert seen(audit.newest, offset=4, limit=50) == ["step-1", "step-0"]


# What is audited elsewhere, each by the verb that does it


def done(session: Session) -> list[tuple[str, str]]:
    session.commit()
    return [(line.entry.action, line.entry.detail) for line in reversed(audit.newest(session))]


def test_an_account_made_for_tests_is_audited_as_any_other(database: Database) -> None:
    with database.session(write=True) as session:
        company = builders.company(session)
        builders.account(session, Role.MARKETER, company=company)
        assert done(session) == [("identity-verified", ""), ("training-recorded", ""),
                                 ("role-granted", f"marketer company:{company.id}")]
