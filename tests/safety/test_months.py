"""Months are closed once, as cases stand then, and both sides sign the same."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session
from werkzeug.test import Client, TestResponse

from tests import builders, copies
from tests.builders import BASE_URL, NOW, sign_in
from webapp.core.db import Database
from webapp.core.errors import Refused
from webapp.core.models import AuditEntry
from webapp.edge import Edge
from webapp.people.rules import Role
from webapp.safety.jobs import close_months
from webapp.safety.models import (
    SafetyCase,
    SafetyDesk,
    SafetyHandOver,
    SafetyHandOverEvent,
    SafetyMonth,
    SafetyMonthSignature,
)
from webapp.safety.rules import State
from webapp.safety.rules.months import Counted, Figures, Side, Standing, bounds, figures, read, standing, to_close
from webapp.safety.rules.reports import Report
from webapp.safety.service import months, receiving
from webapp.safety.service.counting import count
from webapp.safety.service.handing_over import count_late
from webapp.safety.service.month_release import released
from webapp.sponsors.models import Company

MARCH = date(2026, 3, 1)
CLOSING = datetime(2026, 4, 4, tzinfo=UTC)
LAST_MOMENT, TOO_LATE = CLOSING - timedelta(days=3, microseconds=1), CLOSING - timedelta(days=3)


def handed(session: Session, desk: SafetyDesk, case: SafetyCase, *, step: str, report_id: int = 0) -> SafetyHandOver:
    """A hand-over that came as far as that step."""
    report = report_id or session.scalar(text("SELECT min(id) FROM safety_report WHERE case_id = :id"), {"id": case.id})
    row = SafetyHandOver(case_id=case.id or 0, desk_id=desk.id or 0, report_id=report, made_at=NOW, next_at=NOW,
                         state=step)
    session.add(row)
    session.flush()
    session.add(SafetyHandOverEvent(hand_over_id=row.id or 0, step=step, at=NOW))
    session.flush()
    return row


def heard(session: Session, name: str, at: datetime = NOW) -> SafetyCase:
    return builders.adverse_event(session, Report("A rash"), submission=name, now=at)


@pytest.fixture
def company(database: Database) -> Company:
    """It has a desk, and of March one case of each standing."""
    return copies.filled(database, (__name__,), with_cases)


def with_cases(session: Session) -> Company:
    desk = builders.desk(session)
    heard(session, "waits")
    for step in ("queued", "failed", "sent", "acknowledged"):
        handed(session, desk, heard(session, step), step=step)
    return session.get_one(Company, desk.company_id)


def close(database: Database, now: datetime = CLOSING) -> str | None:
    with database.writing() as session:
        return close_months(session, now)


def rows(database: Database) -> list[tuple[date, str, int, int, int, int]]:
    with database.reading() as session:
        found = session.scalars(select(SafetyMonth).order_by(SafetyMonth.id))  # type: ignore[arg-type]
        return [(row.month, row.product, row.received, row.sent, row.acknowledged, row.open) for row in found]


# Rules


def test_a_month_is_closed_three_days_after_its_end() -> None:
    assert list(to_close(MARCH, CLOSING - timedelta(seconds=1))) == []
    assert list(to_close(MARCH, CLOSING)) == [MARCH]
    assert list(to_close(date(2025, 12, 1), CLOSING)) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), MARCH]


def test_a_month_goes_by_utc_from_its_first_moment_to_the_next_ones() -> None:
    assert bounds(date(2025, 12, 1)) == (datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(("is_sent", "is_open", "expected"), [
    (False, True, Standing.WAITS), (True, True, Standing.SENT), (True, False, Standing.ACKNOWLEDGED)])
def test_a_case_is_acknowledged_only_where_nothing_of_it_is_open(
        is_sent: bool, is_open: bool, expected: Standing) -> None:
    assert standing(is_sent=is_sent, is_open=is_open) is expected


def test_figures_add_up() -> None:
    assert figures(list(Standing)) == Figures(received=3, sent=2, acknowledged=1, open=2)


@pytest.mark.parametrize("name", ["2026-13", "2026-3", "0000-01", "2026-03-01", "", "２０２６-03", "2026-03\n"])
def test_what_names_no_month_is_none(name: str) -> None:
    assert read("2026-03") == MARCH and read(name) is None


# Closing


@pytest.mark.postgresql
def test_a_month_counts_its_cases_as_they_stand(database: Database, company: Company) -> None:
    assert close(database) == "1 months closed"
    assert rows(database) == [(MARCH, "exemplora", 5, 2, 1, 4)]


@pytest.mark.postgresql
def test_what_happens_after_it_was_closed_changes_nothing(database: Database, company: Company) -> None:
    close(database)
    before = rows(database)
    with database.writing() as session:
        session.execute(text("UPDATE safety_hand_over SET state = 'acknowledged'"))
        heard(session, "found-late")
    assert close(database, CLOSING + timedelta(days=5)) is None and rows(database) == before


@pytest.mark.postgresql
def test_months_that_nobody_closed_in_time_are_closed_one_after_the_other(database: Database, company: Company) -> None:
    assert close(database, CLOSING + timedelta(days=61)) == "3 months closed"
    assert [row[0].month for row in rows(database)] == [3, 4, 5]
    assert rows(database)[1:] == [(date(2026, month, 1), "exemplora", 0, 0, 0, 0) for month in (4, 5)]


@pytest.mark.postgresql
def test_a_case_belongs_to_the_month_it_was_received_in(database: Database) -> None:
    with database.writing() as session:
        builders.desk(session, opened_at=NOW)
        heard(session, "last", LAST_MOMENT)
        heard(session, "next", TOO_LATE)
    close(database, CLOSING + timedelta(days=30))
    assert [(row[0].month, row[2]) for row in rows(database)] == [(3, 1), (4, 1)]


def test_cases_that_are_no_event_or_no_desks_are_not_counted(database: Database, company: Company) -> None:
    with database.writing() as session:
        heard(session, "dismissed").state = State.NOT_AN_EVENT
        builders.adverse_event(session, submission="elsewhere", product="unknown")
    close(database)
    assert rows(database)[0][2] == 5


@pytest.mark.postgresql
def test_an_acknowledged_case_is_open_again_where_a_follow_up_waits(database: Database, company: Company) -> None:
    with database.writing() as session:
        case = session.scalars(select(SafetyCase).where(
            SafetyCase.submission == "acknowledged")).one()  # type: ignore[arg-type]
        session.execute(text("INSERT INTO safety_report (case_id, kind, is_significant, sealed, at)"
                             " SELECT case_id, 'follow-up', TRUE, sealed, at FROM safety_report WHERE case_id = :id"),
                        {"id": case.id})
    close(database)
    assert rows(database) == [(MARCH, "exemplora", 5, 2, 0, 5)]


def test_each_company_has_its_own(database: Database, company: Company) -> None:
    with database.writing() as session:
        builders.desk(session, product="other")
    assert close(database) == "2 months closed"
    assert [row[1:3] for row in rows(database)] == [("exemplora", 5), ("other", 0)]


@pytest.mark.postgresql
@pytest.mark.parametrize("table", ["safety_month", "safety_month_case", "safety_month_signature"])
def test_a_closed_month_is_never_changed(database: Database, table: str) -> None:
    with database.writing() as session:
        builders.closed_month(session)
    for verb in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="append-only"), database.writing() as session:
            session.execute(text(verb))


# The officers' pages


def officer(client: Client, database: Database, role: Role = Role.SAFETY, company: Company | None = None,
            place: str = "/safety/months/") -> Client:
    """Signed in, and shown once more to be who they are."""
    with database.writing() as session:
        email = builders.account(session, role, company=company).email
    sign_in(client, email)
    for code in builders.codes():
        if client.post("/account/again", base_url=BASE_URL, data={
                "password": builders.PASSWORD, "code": code, "next": place}).status_code == 302:
            return client
    raise AssertionError("no code was taken")


def signatures(database: Database) -> list[SafetyMonthSignature]:
    with database.reading() as session:
        return list(session.scalars(select(SafetyMonthSignature)))


def press(client: Client, path: str) -> TestResponse:
    return client.post(path, headers={"Origin": BASE_URL}, base_url=BASE_URL)


def words(answer: TestResponse) -> str:
    return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ").split())


def test_the_list_shows_figures_and_every_case_by_number(
        client: Client, database: Database, company: Company) -> None:
    close(database)
    officer(client, database)
    listed = words(client.get("/safety/months/"))
    assert f"March 2026 {company.name} 5 2 1 4" in listed and "Safety officer: not signed" in listed
    page = words(client.get(f"/safety/months/{company.key}/2026-03"))
    assert "Total 5 2 1 4" in page and "March 2026" in page
    read = client.get(f"/safety/months/{company.key}/2026-03?language=zh-Hans").text
    assert "<h1>2026年3月</h1>" in read and "<title>2026年3月" in read
    with database.reading() as session:
        numbers = [receiving.number_of(case) for case in session.scalars(select(SafetyCase))]
    assert len(numbers) == 5 and all(number in page for number in numbers)
    assert page.count("Not sent") == 3 and page.count("Sent, not acknowledged") == 1


def test_the_file_has_a_row_for_each_case(client: Client, database: Database, company: Company) -> None:
    close(database)
    officer(client, database)
    answer = press(client, f"/safety/months/{company.key}/2026-03.csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="cases-{company.key}-2026-03.csv"'
    lines = answer.data.decode("utf-8-sig").split("\r\n")
    assert lines[0] == "sponsor,month,case,product,market,received_at,standing" and len(lines) == 7
    assert lines[5].endswith(",exemplora,us,2026-03-02T09:30:00+00:00,acknowledged")


def test_who_takes_the_file_away_is_in_the_audit(client: Client, database: Database, company: Company) -> None:
    close(database)
    officer(client, database)
    path = f"/safety/months/{company.key}/2026-03.csv"
    assert client.get(path).status_code == 404, "a look takes nothing away"
    press(client, path)
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(
            AuditEntry.action == "safety-month-exported")).one()  # type: ignore[arg-type]
    assert entry.account_id is not None
    assert (entry.subject_kind, entry.subject_id, entry.detail) == ("company", company.id, "2026-03 cases:5")


def test_an_officer_signs_once_with_name_time_and_digest(client: Client, database: Database, company: Company) -> None:
    close(database)
    officer(client, database)
    path = f"/safety/months/{company.key}/2026-03"
    assert press(client, f"{path}/sign").location == f"{path}?notice=done"
    one, = signatures(database)
    assert (one.side, one.printed_name, one.month, len(one.digest)) == ("officer", "Ann Example", MARCH, 64)
    again = press(client, f"{path}/sign")
    assert again.status_code == 409 and "signed already" in words(again) and len(signatures(database)) == 1
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(
            AuditEntry.action == "safety-month-signed")).one()  # type: ignore[arg-type]
    assert one.digest in entry.detail and "Ann" not in entry.detail


def test_nobody_signs_without_showing_again_who_they_are(client: Client, database: Database, company: Company) -> None:
    close(database)
    with database.writing() as session:
        email = builders.account(session, Role.SAFETY).email
    sign_in(client, email)
    path = f"/safety/months/{company.key}/2026-03"
    assert press(client, f"{path}/sign").location.startswith("/account/again?next=") and signatures(database) == []
    assert "Show that it is you" in words(client.get(path))


def test_a_case_whose_sponsor_was_found_too_late_is_shown_beside_the_list(
        client: Client, database: Database, company: Company) -> None:
    close(database)
    with database.writing() as session:
        late = receiving.number_of(heard(session, "late"))
    officer(client, database)
    page = words(client.get(f"/safety/months/{company.key}/2026-03"))
    assert late in page.split("No figure counts them")[1] and "Total 5 2 1 4" in page


@pytest.mark.parametrize("month", ["2026-04", "2026-99", "march"])
def test_a_month_that_is_not_closed_is_not_found(
        client: Client, database: Database, company: Company, month: str) -> None:
    close(database)
    officer(client, database)
    for path in (f"/safety/months/{company.key}/{month}", f"/safety/months/nobody/{month}"):
        assert client.get(path).status_code == 404, path
    for path in (f"/safety/months/{company.key}/{month}.csv", f"/safety/months/{company.key}/{month}/sign"):
        assert press(client, path).status_code == 404, path


def test_to_look_closes_and_signs_nothing(client: Client, database: Database, company: Company) -> None:
    officer(client, database)
    with time_machine.travel(CLOSING, tick=False):
        client.get("/safety/months/")
    assert rows(database) == [] and signatures(database) == []


# The sponsor's pages


def test_no_count_of_one_to_ten_is_shown_or_can_be_subtracted() -> None:
    rows = [Counted("a", "us", Figures(100, 97, 90, 10)), Counted("a", "gb", Figures(40, 40, 40, 0))]
    lines, whole = released(rows, Figures(140, 137, 130, 10))
    assert lines[0]["received"] == 100 and lines[1]["received"] == 40 and whole["received"] == 140
    assert [line[name] for line in (lines[0], whole) for name in ("sent", "acknowledged", "open")] == [None] * 6


def test_large_counts_and_noughts_are_shown() -> None:
    plain = Figures(100, 80, 60, 40)
    assert released([Counted("a", "us", plain)], plain) == ([vars(plain)], vars(plain))
    nought = Figures(0, 0, 0, 0)
    assert released([Counted("a", "us", nought)], nought) == ([vars(nought)], vars(nought))


def test_a_sponsor_sees_withheld_counts_and_never_a_case(client: Client, database: Database, company: Company) -> None:
    close(database)
    officer(client, database, Role.MARKETER, company, "/sponsor/side-effects")
    path = f"/sponsor/side-effects/{company.key}/2026-03"
    assert f'href="{path}"' in client.get("/sponsor/side-effects").text
    page = words(client.get(path))
    assert "Exemplora · United States <11* <11* <11* <11* Total <11* <11* <11* <11*" in page
    assert "AE-2026" not in page and "A rash" not in page and "Show that it is you" not in page
    assert press(client, f"{path}/sign").status_code == 403 and signatures(database) == []


def test_the_administrator_signs_the_same_as_the_officer(client: Client, database: Database, company: Company,
                                                         edge: Edge) -> None:
    close(database)
    press(officer(client, database), f"/safety/months/{company.key}/2026-03/sign")
    path = f"/sponsor/side-effects/{company.key}/2026-03"
    admin = officer(Client(edge), database, Role.SPONSOR_ADMIN, company, "/sponsor/side-effects")
    assert press(admin, f"{path}/sign").location == f"{path}?notice=done"
    first, second = signatures(database)
    assert (first.side, second.side) == ("officer", "sponsor") and first.digest == second.digest
    page = admin.get(path)
    assert first.digest not in page.text and words(page).count("Ann Example ·") == 2


def test_another_companys_month_is_not_found(client: Client, database: Database, company: Company) -> None:
    close(database)
    with database.writing() as session:
        foreign = builders.company(session)
    officer(client, database, Role.SPONSOR_ADMIN, foreign, "/sponsor/side-effects")
    path = f"/sponsor/side-effects/{company.key}/2026-03"
    assert client.get(path).status_code == press(client, f"{path}/sign").status_code == 404
    assert company.name not in words(client.get("/sponsor/side-effects")) and signatures(database) == []


def test_nobody_signs_for_both_sides(database: Database, company: Company) -> None:
    close(database)
    with database.writing() as session:
        person = builders.account(session, Role.SAFETY)
        months.sign(session, company.key, "2026-03", Side.OFFICER, person, NOW)
        with pytest.raises(Refused, match="for the other side"):
            months.sign(session, company.key, "2026-03", Side.SPONSOR, person, NOW)
    assert len(signatures(database)) == 1


# What operators see


@pytest.mark.postgresql
@pytest.mark.parametrize(("hours", "late"), [(11.9, (0, 0)), (12, (4, 0)), (23.9, (4, 0)), (24, (0, 4))])
def test_operators_learn_how_many_cases_wait_past_half_and_past_their_time(
        database: Database, company: Company, hours: float, late: tuple[int, int]) -> None:
    with database.reading() as session:
        assert count_late(session, NOW + timedelta(hours=hours)) == late


@pytest.mark.postgresql
def test_operators_learn_how_many_cases_came_in_are_open_and_new(database: Database, company: Company) -> None:
    with database.writing() as session:
        for case in session.scalars(select(SafetyCase).limit(2)):
            case.state = State.TRIAGED
        builders.adverse_event(session, submission="old", now=NOW - timedelta(days=31), product="other")
        session.flush()
        found = count(session, NOW)
        everything = session.scalar(select(func.count()).select_from(SafetyCase)) or 0
    assert (found["received"], found["open"] - found["new"], found["waiting"]) == (everything - 1, 2, 4)


def test_the_health_page_says_it_in_counts_alone(client: Client, database: Database, company: Company) -> None:
    with database.writing() as session:
        email = builders.account(session, Role.OPERATOR).email
    sign_in(client, email)
    page = words(client.get("/ops/health"))
    assert ("Not acknowledged by their desk: 4. Of these, 0 are past half of their 24 hours and 4 past all of "
            "them.") in page
    assert "AE-2026" not in page and "Exemplora" not in page
