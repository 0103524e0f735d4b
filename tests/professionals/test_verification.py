"""From an application to the role and back: who is verified, by whom, and what closes it again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, SQLModel

from tests import builders
from tests.builders import BY, NOW
from tests.professionals import claims
from tests.professionals.claims import NPI, PDF, RING
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid, NotFound, Refused
from webapp.core.platform import Platform
from webapp.people import service as people
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.professionals import queries, service
from webapp.professionals.jobs import delete_documents, look_up, renew_or_lapse
from webapp.professionals.models import Verification, VerificationDocument
from webapp.professionals.rules.registry import Answer, Finding
from webapp.professionals.rules.states import APPLICATIONS_A_DAY, State
from webapp.professionals.service import applying, documents

BOTH = pytest.mark.postgresql
YEAR = timedelta(days=366)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session(write=True) as opened:
        yield opened


@pytest.fixture
def doctor(session: Session) -> Account:
    return builders.account(session)


@pytest.fixture
def operator(session: Session) -> Account:
    return builders.account(session, Role.OPERATOR)


def is_hcp(account: Account) -> bool:
    return Role.HCP in account.roles


# By the register


@BOTH
def test_an_exact_match_is_verified_at_once_and_gets_the_role(session: Session, doctor: Account) -> None:
    claims.register(session)
    made = claims.apply(session, doctor)
    assert (made.state, is_hcp(doctor), made.next_due) == (State.VERIFIED, True, NOW + timedelta(days=365))
    assert claims.happened(session, made) == [("apply", "person", ""), ("verify", "registry", "")]
    assert made.evidence_kind == "nppes-file"


@BOTH
@pytest.mark.parametrize("entry", [
    {"family_name": "OTHER"}, {"given_name": "ANNA"}, {"states": "CA"}, {"states": ""}, {"is_deactivated": True},
    {"npi": 1992999999}])
def test_anything_but_an_exact_match_waits_for_a_person(
        session: Session, doctor: Account, entry: dict[str, object]) -> None:
    claims.register(session, **entry)
    assert (claims.apply(session, doctor).state, is_hcp(doctor)) == (State.PENDING, False)


def test_without_a_register_everybody_waits(session: Session, doctor: Account) -> None:
    made = claims.apply(session, doctor)
    assert (made.state, made.finding, is_hcp(doctor)) == (State.PENDING, "unavailable:not-imported", False)


@pytest.mark.parametrize("answer", sorted(set(Answer) - {Answer.MATCHED}))
def test_only_one_answer_of_a_registry_opens(session: Session, doctor: Account, answer: Answer) -> None:
    made = applying.apply(session, doctor, claims.meant(), Finding(answer, "x", "y"), None, NOW)
    assert (made.state, is_hcp(doctor)) == (State.PENDING, False)


@BOTH
@pytest.mark.parametrize("typed", ["１２３４５６７８９３", " 1234 567 893", "1234-567-893", "१२३४५६७८९३"])
def test_the_same_licence_in_other_case_spaces_and_digits_is_held(
        session: Session, doctor: Account, typed: str) -> None:
    claims.register(session)
    claims.apply(session, builders.account(session))
    second = claims.apply(session, doctor, number=typed)
    assert (second.number, second.state, second.is_held, is_hcp(doctor)) == (NPI, State.PENDING, True, False)


def test_a_number_that_only_waits_elsewhere_is_held_too(session: Session, doctor: Account) -> None:
    claims.apply(session, builders.account(session))
    claims.register(session)
    assert claims.apply(session, doctor).state == State.PENDING


def test_a_number_that_was_refused_elsewhere_is_free(session: Session, doctor: Account, operator: Account) -> None:
    first = claims.apply(session, builders.account(session))
    claims.decide(session, first, operator, "refuse:name-differs")
    claims.register(session)
    assert claims.apply(session, doctor).state == State.VERIFIED


@BOTH
def test_of_two_who_claim_a_number_at_once_one_is_verified(database: Database) -> None:
    with database.writing() as session:
        claims.register(session)
        rivals = [builders.account(session) for _ in range(4)]
    start = Barrier(len(rivals))

    def claim(account_id: int) -> str:
        start.wait()
        with database.writing() as session:
            account = session.get(Account, account_id)
            assert account is not None
            return claims.apply(session, account).state

    with ThreadPoolExecutor(len(rivals)) as pool:
        states = list(pool.map(claim, [rival.id or 0 for rival in rivals]))
    assert sorted(states) == ["pending"] * 3 + ["verified"]


@BOTH
def test_the_database_itself_lets_a_number_be_verified_once(session: Session, operator: Account) -> None:
    first, second = (claims.apply(session, builders.account(session)) for _ in range(2))
    claims.decide(session, first, operator)
    session.execute(text("UPDATE verification SET number = number || 'x' WHERE key = :key"), {"key": first.key})
    claims.decide(session, second, operator)
    with pytest.raises(DatabaseError):
        session.execute(text(f"UPDATE verification SET number = '{NPI}'"))


# By an operator


@BOTH
def test_an_operator_verifies_with_a_reason(session: Session, doctor: Account, operator: Account) -> None:
    made = claims.decide(session, claims.apply(session, doctor), operator, note="Seen\nby me")
    assert (made.state, made.decided_by, made.note, is_hcp(doctor)) == ("verified", operator.id, "Seen by me", True)
    assert claims.happened(session, made)[-1] == ("verify", "operator", "register-checked")


@pytest.mark.parametrize("answer", ["verify:", "verify:nonsense", "verify:name-differs", "refuse:register-checked",
                                    "lapse:year-over", "apply:", "renew:"])
def test_a_decision_without_a_reason_of_its_own_is_none(
        session: Session, doctor: Account, operator: Account, answer: str) -> None:
    made = claims.apply(session, doctor)
    with pytest.raises(Invalid):
        claims.decide(session, made, operator, answer)
    assert made.state == State.PENDING


def test_nobody_decides_about_themselves(session: Session, operator: Account) -> None:
    made = claims.apply(session, operator)
    with pytest.raises(Refused, match="another operator"):
        claims.decide(session, made, operator)
    assert not is_hcp(operator)


def test_of_two_operators_the_second_is_told(session: Session, doctor: Account, operator: Account) -> None:
    made = claims.apply(session, doctor)
    claims.decide(session, made, operator)
    with pytest.raises(Conflict, match="decided meanwhile"):
        claims.decide(session, made, builders.account(session, Role.OPERATOR), "refuse:name-differs")


def test_what_changed_after_it_was_looked_at_is_not_decided(
        session: Session, doctor: Account, operator: Account) -> None:
    seen = claims.apply(session, doctor)
    before = Verification(key=seen.key, round=seen.round, account_id=0, scheme="", market="", number="", given_name="",
                          family_name="", specialty="", state="", applied_at=NOW)
    claims.apply(session, doctor, family_name="Other")
    with pytest.raises(Conflict, match="changed meanwhile"):
        claims.decide(session, before, operator)


def test_an_unknown_application_is_not_found(session: Session, doctor: Account, operator: Account) -> None:
    made = claims.apply(session, doctor)
    session.expunge(made)
    made.key = "a" * 16
    with pytest.raises(NotFound):
        claims.decide(session, made, operator)


@BOTH
def test_a_held_number_is_verified_only_once_the_other_is_revoked(
        session: Session, doctor: Account, operator: Account) -> None:
    claims.register(session)
    first = claims.apply(session, builders.account(session))
    second = claims.apply(session, doctor)
    with pytest.raises(Conflict, match="Another account"):
        claims.decide(session, second, operator)
    claims.decide(session, first, operator, "revoke:wrong-person")
    assert claims.decide(session, second, operator).state == State.VERIFIED


@BOTH
def test_a_revocation_takes_the_role_in_the_same_transaction(
        database: Database, session: Session, doctor: Account, operator: Account) -> None:
    made = claims.decide(session, claims.apply(session, doctor), operator)
    session.commit()
    claims.decide(session, made, operator, "revoke:licence-ended")
    assert (made.state, is_hcp(doctor), made.next_due) == (State.REVOKED, False, None)
    session.rollback()
    with database.reading() as reader:
        kept = queries.by_key(reader, made.key)
        account = reader.get(Account, doctor.id)
        assert kept is not None and account is not None
        assert (kept.state, is_hcp(account)) == (State.VERIFIED, True)


def test_whoever_was_turned_down_is_never_verified_by_a_register_again(
        session: Session, doctor: Account, operator: Account) -> None:
    claims.register(session)
    made = claims.apply(session, doctor)
    claims.decide(session, made, operator, "revoke:wrong-person")
    again = claims.apply(session, doctor)
    assert (again.state, is_hcp(doctor)) == (State.PENDING, False)
    assert claims.decide(session, again, operator).state == State.VERIFIED


def test_a_changed_application_closes_what_was_open_until_it_is_decided(session: Session, doctor: Account) -> None:
    claims.register(session)
    claims.apply(session, doctor)
    assert claims.apply(session, doctor, family_name="Married").state == State.PENDING
    assert not is_hcp(doctor)


def test_applying_has_a_limit_a_day(session: Session, doctor: Account) -> None:
    for _ in range(APPLICATIONS_A_DAY):
        claims.apply(session, doctor)
    with pytest.raises(Conflict, match="five times"):
        claims.apply(session, doctor, now=NOW + timedelta(hours=23))
    assert claims.apply(session, doctor, now=NOW + timedelta(hours=25)).round == APPLICATIONS_A_DAY + 1


@BOTH
@pytest.mark.parametrize("change", ["UPDATE verification_event SET step = 'x'", "DELETE FROM verification_event"])
def test_what_happened_cannot_be_changed(session: Session, doctor: Account, change: str) -> None:
    claims.apply(session, doctor)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(change))


def test_events_hold_no_personal_value(session: Session, operator: Account) -> None:
    person = builders.account(session, market="cn")
    made = claims.apply(session, person)
    claims.decide(session, made, operator, "verify:document-checked", note="Doctor 王 phoned")
    rows = str([event.model_dump() for event in queries.events(session, made.id or 0)])
    assert "document:" in rows
    for value in (made.number, "王", "示例", person.email, "phoned"):
        assert value not in rows


# The clock


@BOTH
def test_after_a_year_the_register_is_asked_again_and_renews(database: Database) -> None:
    key = verified(database)
    assert renew_or_lapse(database, NOW + timedelta(days=364)) is None
    assert renew_or_lapse(database, NOW + YEAR) == 1
    with database.reading() as session:
        made = queries.by_key(session, key)
        assert made is not None
        assert (made.state, made.next_due) == (State.VERIFIED, NOW + YEAR + timedelta(days=365))
        assert claims.happened(session, made)[-1] == ("renew", "registry", "")
    assert renew_or_lapse(database, NOW + YEAR) is None


@BOTH
@pytest.mark.parametrize(("change", "days", "reason"), [
    ("UPDATE registry_entry SET family_name = 'MARRIED'", 366, "register-differs"),
    ("UPDATE registry_entry SET states = 'CA'", 366, "register-differs"),
    ("DELETE FROM registry_entry", 366, "year-over"),
    ("UPDATE registry_entry SET is_deactivated = TRUE", 1, "not-active"),
    ("UPDATE account SET name = 'Ann Married'", 1, "name-changed"),
    ("UPDATE account SET market = 'gb'", 1, "market-changed")])
def test_what_changed_lapses_and_closes(database: Database, change: str, days: int, reason: str) -> None:
    key = verified(database)
    with database.writing() as session:
        session.execute(text(change))
    assert renew_or_lapse(database, NOW + timedelta(days=days)) == 1
    with database.reading() as session:
        made = queries.by_key(session, key)
        assert made is not None
        account = session.get(Account, made.account_id)
        assert account is not None
        assert (made.state, made.reason, is_hcp(account)) == (State.LAPSED, reason, False)


def test_what_a_person_verified_lapses_after_a_year_and_may_be_applied_for_again(
        database: Database, operator: Account, session: Session) -> None:
    person = builders.account(session, market="cn")
    made = claims.decide(session, claims.apply(session, person), operator, "verify:document-checked")
    session.commit()
    renew_or_lapse(database, NOW + YEAR)
    session.refresh(made)
    assert (made.state, made.reason) == (State.LAPSED, "year-over")
    assert claims.apply(session, person, now=NOW + YEAR).state == State.PENDING


def test_nothing_that_stands_is_touched(database: Database) -> None:
    verified(database)
    assert renew_or_lapse(database, NOW) is None


@BOTH
def test_an_application_that_waited_is_verified_once_a_register_is_there(database: Database) -> None:
    with database.writing() as session:
        made = claims.apply(session, builders.account(session))
    later = NOW + timedelta(hours=1)
    assert look_up(database, "", NOW) is None  # it was asked about just now
    assert look_up(database, "", later) == 0
    with database.writing() as session:
        claims.register(session)
    assert look_up(database, "", later + timedelta(hours=1)) == 1
    with database.reading() as session:
        again = queries.by_key(session, made.key)
        assert again is not None and again.state == State.VERIFIED


def test_an_application_that_only_a_person_may_decide_is_not_looked_up(
        database: Database, session: Session, operator: Account, doctor: Account) -> None:
    claims.apply(session, builders.account(session))
    claims.apply(session, doctor)  # held
    claims.apply(session, builders.account(session, market="cn"))
    turned_down = claims.apply(session, builders.account(session), number="1245319599")
    claims.decide(session, turned_down, operator, "refuse:name-differs")
    session.commit()
    with database.reading() as reader:
        assert len(queries.to_look_up(reader, NOW + timedelta(days=1), 100)) == 1


def verified(database: Database) -> str:
    with database.writing() as session:
        claims.register(session)
        return claims.apply(session, builders.account(session)).key


# Documents


@BOTH
def test_a_scheme_that_asks_for_a_document_gets_one(session: Session) -> None:
    person = builders.account(session, market="cn")
    with pytest.raises(Invalid, match="certificate"):
        applying.apply(session, person, claims.meant("cn"), Finding(Answer.NOT_ASKED), None, NOW)
    made = claims.apply(session, person)
    kept = queries.document_of(session, made.id or 0)
    assert kept is not None and (kept.media_type, kept.size_bytes) == ("application/pdf", len(PDF))
    assert b"fictional" not in kept.sealed


def test_a_correction_keeps_the_document_and_a_new_one_takes_its_place(session: Session) -> None:
    person = builders.account(session, market="cn")
    made = claims.apply(session, person)
    applying.apply(session, person, claims.meant("cn"), Finding(Answer.NOT_ASKED), None, NOW)
    first = queries.document_of(session, made.id or 0)
    claims.apply(session, person)
    second = queries.document_of(session, made.id or 0)
    assert first is not None and second is not None and first.key != second.key
    assert session.scalar(select(func.count()).select_from(VerificationDocument)) == 1


@BOTH
def test_a_document_is_deleted_thirty_days_after_the_decision(session: Session, operator: Account) -> None:
    made = claims.apply(session, builders.account(session, market="cn"))
    assert delete_documents(session, NOW + timedelta(days=999)) is None  # nobody has decided
    claims.decide(session, made, operator, "refuse:document-unreadable", now=NOW + timedelta(days=2))
    assert delete_documents(session, NOW + timedelta(days=31)) is None
    assert delete_documents(session, NOW + timedelta(days=32)) == 1
    assert queries.document_of(session, made.id or 0) is None


def test_a_document_opens_for_an_operator_and_that_is_noted(platform: Platform) -> None:
    with platform.database.writing() as session:
        made = claims.apply(session, builders.account(session, market="cn"))
        operator = builders.account(session, Role.OPERATOR)
        kept = queries.document_of(session, made.id or 0)
    assert kept is not None
    opened = documents.open_for(platform, kept.key, operator.id or 0, NOW)
    assert (opened.content, opened.media_type) == (PDF, "application/pdf") and made.number not in opened.name
    with platform.database.reading() as session:
        assert claims.happened(session, made)[-1] == ("open", "operator", "")


def test_a_document_moved_to_another_row_does_not_open(platform: Platform) -> None:
    with platform.database.writing() as session:
        made = [claims.apply(session, builders.account(session, market="cn")) for _ in range(2)]
        one, other = (queries.document_of(session, entry.id or 0) for entry in made)
        assert one is not None and other is not None
        one.sealed = other.sealed
    with pytest.raises(Exception, match="belong to something else"):
        documents.open_for(platform, one.key, 1, NOW)


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"%PDF-1.7 cut off"])
def test_a_file_that_is_not_taken_is_not_sealed(content: bytes) -> None:
    with pytest.raises(Invalid):
        documents.prepare(RING, content)


# Export and erasure


def test_all_that_is_held_is_handed_out(session: Session, operator: Account) -> None:
    person = builders.account(session, market="cn")
    claims.decide(session, claims.apply(session, person), operator, "verify:document-checked", note="a note")
    told = service.export_person(session, person.id or 0)
    assert told["verification"]["number"] == claims.CHINESE["number"] and told["verification"]["note"] == "a note"
    assert [event["step"] for event in told["events"]] == ["apply", "verify"] and told["document"]["size_bytes"]
    assert "decided_by" not in told["verification"] and "account_id" not in str(told)


def test_nothing_is_held_of_who_never_applied(session: Session, doctor: Account) -> None:
    assert (service.export_person(session, doctor.id or 0), service.erase_person(session, doctor.id or 0, NOW)) == (
        {}, [])


@BOTH
def test_erasure_empties_every_personal_column_and_takes_the_role(session: Session, operator: Account) -> None:
    person = builders.account(session, market="cn")
    made = claims.decide(session, claims.apply(session, person), operator, "verify:document-checked", note="a note")
    for _ in range(2):
        kept = service.erase_person(session, person.id or 0, NOW)
    assert len(kept) == 1 and "without name and number" in kept[0]
    assert (made.state, is_hcp(person), queries.document_of(session, made.id or 0)) == (State.LAPSED, False, None)
    held = str(made.model_dump())
    for value in (claims.CHINESE["number"], "王", "示例", "a note", person.name):
        assert value not in held
    assert claims.happened(session, made)[-1] == ("lapse", "person", "erased")


def test_an_application_that_waits_ends_with_the_person(session: Session, doctor: Account) -> None:
    made = claims.apply(session, doctor)
    service.erase_person(session, doctor.id or 0, NOW)
    assert made.state == State.REFUSED and queries.waiting(session) == 0


def test_the_number_of_an_erased_account_is_free(session: Session, doctor: Account) -> None:
    claims.register(session)
    first = builders.account(session)
    claims.apply(session, first)
    service.erase_person(session, first.id or 0, NOW)
    assert claims.apply(session, doctor).state == State.VERIFIED


PERSONAL = {"number", "given_name", "family_name", "region", "specialty", "note", "account_name", "finding"}
"""Of a verification. A new personal column is written down here, and emptied on erasure."""
OTHERS = {"id", "key", "account_id", "scheme", "market", "state", "round", "is_held", "applied_at", "looked_up_at",
          "decided_at", "decided_by", "reason", "evidence_kind", "next_due", "reminded_days"}


def test_every_column_of_a_verification_is_known_to_be_personal_or_not() -> None:
    assert set(SQLModel.metadata.tables["verification"].columns.keys()) == PERSONAL | OTHERS


# For others


def test_campaigns_and_reports_may_join_the_verified(session: Session, doctor: Account, operator: Account) -> None:
    claims.decide(session, claims.apply(session, doctor), operator)
    claims.apply(session, builders.account(session), number="1245319599")
    assert [tuple(row) for row in session.execute(queries.verified())] == [(doctor.id, "us", "207RC0000X")]


def test_taking_a_role_that_is_not_held_changes_nothing(session: Session, operator: Account) -> None:
    people.revoke(session, operator, Role.HCP, by=BY)
    assert operator.roles == [Role.OPERATOR]


def test_a_role_is_taken_within_one_company_alone(session: Session) -> None:
    mine, other = builders.company(session), builders.company(session)
    person = builders.account(session, Role.MARKETER, company=mine)
    people.grant(session, person, Role.MARKETER, other.id, by=BY)
    people.revoke(session, person, Role.MARKETER, mine.id, by=BY)
    assert person.company_ids == {other.id}
