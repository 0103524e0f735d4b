"""A report becomes one case, whatever happens on the way; what was told is sealed and stays as it was told."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, select

from tests import builders
from tests.builders import NOW, SECRET
from webapp.core.db import Database
from webapp.core.errors import Invalid
from webapp.core.models import AuditEntry
from webapp.core.sealing import CannotOpen
from webapp.core.tokens import KeyRing
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyReceipt
from webapp.safety.rules import reports
from webapp.safety.rules.reports import Report
from webapp.safety.service import personal
from webapp.safety.service.sealing import opened

BOTH = pytest.mark.postgresql
RING = KeyRing((SECRET,))
TOLD = Report("My lips swelled an hour after the tablet 😟", medicine="Exemplora", initials="A.B.", age="54",
              sex="female", criteria=("hospitalisation",), reporter="patient", name="Ann Benton",
              contact="ann@home.example", may_contact=True)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session(write=True) as opened_session:
        yield opened_session


def receive(session: Session, report: Report = TOLD, **changed: Any) -> SafetyCase:
    return builders.adverse_event(session, report, **changed)


@BOTH
def test_what_was_told_is_read_again_sign_for_sign(session: Session) -> None:
    case = receive(session)
    row, = queries.reports(session, case.id or 0)
    assert opened(RING, case, row) == TOLD


@BOTH
def test_a_form_that_is_sent_twice_is_one_case_with_two_receipts(session: Session) -> None:
    first, second = receive(session), receive(session, Report("Said anew"), now=NOW + timedelta(minutes=1))
    codes = session.scalars(select(SafetyReceipt.code)).all()
    assert (first.id, first.received_at, len(set(codes))) == (second.id, NOW, 2)
    assert len(queries.reports(session, first.id or 0)) == 1


@BOTH
def test_a_form_that_is_sent_ten_times_in_the_same_moment_is_one_case(database: Database) -> None:
    start = threading.Barrier(10)

    def send() -> None:
        start.wait()
        with database.writing() as session:
            receive(session)

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        codes, cases = (session.scalars(select(column)).all() for column in (SafetyReceipt.code, SafetyCase.id))
        assert (len(set(codes)), len(cases)) == (10, 1)


@BOTH
@pytest.mark.parametrize("change", [
    "UPDATE safety_case SET received_at = '2020-01-01 00:00:00'", "DELETE FROM safety_case",
    "UPDATE safety_report SET kind = 'follow-up'", "DELETE FROM safety_report", "DELETE FROM safety_receipt"])
def test_day_zero_and_what_was_told_cannot_be_changed(session: Session, change: str) -> None:
    receive(session)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(change))


@BOTH
def test_what_officers_find_out_may_be_changed(session: Session) -> None:
    case = receive(session)
    case.expectedness = "expected"
    session.flush()
    assert session.scalar(select(SafetyCase.expectedness)) == "expected"


def test_nothing_of_the_reporter_or_the_patient_stands_in_the_file(database: Database) -> None:
    with database.writing() as session:
        receive(session)
    file = Path(str(database.url.database))
    dump = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert b"exemplora" in dump
    assert [word for word in ("Benton", "ann@home", "A.B.", "swelled", "Exemplora") if word.encode() in dump] == []


def test_a_report_opens_after_the_key_was_changed_and_not_in_another_case(session: Session) -> None:
    one, other = receive(session), receive(session, submission="form-2")
    row, = queries.reports(session, one.id or 0)
    assert opened(KeyRing(("another secret of 32 characters or more", SECRET)), one, row) == TOLD
    with pytest.raises(CannotOpen):
        opened(RING, other, row)


@pytest.mark.parametrize(("report", "is_valid"), [
    (TOLD, True), (Report("A rash", medicine="Exemplora", age="54", reporter="carer"), True),
    (Report("A rash", medicine="Exemplora", age="54"), False), (Report("A rash"), False)])
def test_a_case_is_valid_once_all_four_elements_are_there(session: Session, report: Report, is_valid: bool) -> None:
    case = receive(session, report)
    assert case.valid_at == (NOW if is_valid else None)


def test_the_audit_says_that_a_report_came_in_and_not_from_whom(database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, email="ann@home.example")
        receive(session, account_id=person.id)
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "safety-received")).one()
        assert (entry.account_id, entry.actor, entry.detail) == (None, "reporter", "source:form product:exemplora")


# What a form may send


@pytest.mark.parametrize("form", [{}, {"what": "  \n"}, {"what": "\x00\x07"}, {"what": "\u200b"}])
def test_some_words_about_what_happened_are_asked_for(form: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="Write a few words"):
        reports.read(form, ())


@pytest.mark.parametrize("name", ["medicine", "batch", "when", "initials", "age", "name", "contact"])
def test_a_field_that_is_too_long_is_named(name: str) -> None:
    assert reports.read({"what": "A rash", name: "x" * 200}, ())
    with pytest.raises(Invalid, match="more than 200 characters"):
        reports.read({"what": "A rash", name: "x" * 201}, ())


def test_a_story_is_never_cut() -> None:
    assert len(reports.read({"what": "x" * 20_000}, ()).what) == 20_000
    with pytest.raises(Invalid, match="20,000"):
        reports.read({"what": "x" * 20_001}, ())


def test_unknown_choices_count_as_not_answered() -> None:
    read = reports.read({"what": "A rash", "sex": "x", "outcome": "well", "reporter": "king"}, ("death", "bad"))
    assert (read.sex, read.outcome, read.reporter, read.criteria) == ("", "", "", ("death",))


# Whose it was


@BOTH
def test_a_download_holds_what_was_told_and_an_erasure_keeps_the_case(session: Session) -> None:
    person = builders.account(session)
    case = receive(session, account_id=person.id)
    told, = personal.export_person(session, RING, person.id or 0)["side_effects"]
    assert (told["what"], told["number"]) == (TOLD.what, f"AE-{NOW.year}-000001")
    assert personal.erase_person(session, person.id or 0) == [personal.KEPT]
    assert (case.account_id, opened(RING, case, queries.reports(session, case.id or 0)[0])) == (None, TOLD)
    assert personal.erase_person(session, person.id or 0) == []
