"""The page behind a desk's link: its code alone opens it, a press alone acknowledges, and once is enough."""

import json
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select, text
from werkzeug.test import Client

from tests import builders
from tests.builders import NOW, sign_in
from tests.pdf_text import text_of
from tests.safety.handing import TOLD, hand_overs, ledger
from webapp.core.models import AuditEntry
from webapp.core.platform import Platform
from webapp.people.rules import Role
from webapp.safety import queries
from webapp.safety.models import SafetyReport
from webapp.safety.rules.reports import Report
from webapp.safety.service import handing_over
from webapp.safety.service.sealing import sealed

FILES = ("cioms.pdf", "e2b.json", "source.txt")


@pytest.fixture
def path(platform: Platform) -> str:
    """Of the page of a case."""
    with platform.database.writing() as session:
        builders.desk(session)
        builders.adverse_event(session, TOLD)
    handing_over.make(platform, NOW)
    return f"/handed-over/{hand_overs(platform)[0].code}"


def rows(platform: Platform) -> list[int]:
    """How many rows the tables have that an act would change, and what the hand-over says."""
    with platform.database.reading() as session:
        counts = [session.scalar(text(f"SELECT count(*) FROM {table}"))
                  for table in ("safety_hand_over_event", "audit_entry", "outgoing", "safety_report")]
    return [*counts, *(row.state for row in hand_overs(platform))]


def test_the_page_shows_number_clocks_the_whole_source_and_the_files(client: Client, path: str) -> None:
    answer = client.get(path)
    page = BeautifulSoup(answer.text, "html.parser").get_text(" ")
    for words in ("AE-2026-000001", "Exemplora", "Mar 2, 2026, 09:30 UTC", "By Mar 3, 2026, 09:30 UTC", TOLD.what,
                  "Exemplora 10 mg", "B-77", "A.B.", "54", "Female", "Ann Benton", "ann@home.example",
                  "Hospital, or a longer stay there", "21 CFR 314.80"):
        assert words in page, words
    assert [button["formaction"] for button in BeautifulSoup(answer.text, "html.parser").select(".files button")] == [
        f"{path}/{name}" for name in FILES]


def test_it_is_kept_nowhere_and_found_by_no_search_engine(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "private, no-store" and "Set-Cookie" not in answer.headers
    assert '<meta name="robots" content="noindex' in answer.text
    for name in FILES:
        headers = client.post(f"{path}/{name}").headers
        assert (headers["Cache-Control"], headers["X-Robots-Tag"]) == ("private, no-store", "noindex")
        assert headers["Content-Disposition"] == f'attachment; filename="AE-2026-000001-{name}"'


def test_the_files_are_the_case(client: Client, path: str) -> None:
    pdf, elements, source = (client.post(f"{path}/{name}").data for name in FILES)
    assert "Mylipsswelled" in text_of(pdf) and TOLD.what in source.decode("utf-8-sig")
    assert json.loads(elements)["e2b"]["D.1"] == "A.B."


def test_to_look_changes_nothing(client: Client, platform: Platform, path: str) -> None:
    before = rows(platform)
    assert client.get(path).status_code == client.head(path).status_code == 200
    assert {client.get(f"{path}/{name}").status_code for name in FILES} == {405}
    assert rows(platform) == before


@pytest.mark.postgresql
def test_each_file_that_is_taken_away_is_an_entry_of_the_audit(client: Client, platform: Platform, path: str) -> None:
    for name in FILES:
        assert client.post(f"{path}/{name}").status_code == 200
    assert client.post(f"{path}/report.pdf").status_code == 404
    made, = hand_overs(platform)
    with platform.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "safety-file-taken")).all()  # type: ignore[arg-type]
    assert [(one.actor, one.subject_kind, one.subject_id, one.detail) for one in entries] == [
        ("safety desk", "safety-case", made.case_id, f"hand-over:{made.key} file:{name}") for name in FILES]
    assert all(path.rpartition("/")[2] not in one.detail for one in entries), "the link itself opens the case"


def test_a_press_with_a_name_acknowledges_and_the_page_says_so(client: Client, platform: Platform, path: str) -> None:
    answer = client.post(path, data={"name": " Dana Désk "})
    assert (answer.status_code, answer.location) == (303, path)
    assert (hand_overs(platform)[0].state, ledger(platform)) == ("acknowledged", ["queued", "acknowledged by-person"])
    page = client.get(path).text
    assert "Contract with the company" not in page and "21 CFR 314.80" in page
    assert "Dana Désk" in page and "<form class=\"form\"" not in page and "We will not write about this again" in page


def test_the_name_is_kept_sealed(client: Client, platform: Platform, path: str) -> None:
    client.post(path, data={"name": "Dana Desk"})
    with platform.database.reading() as session:
        made, = hand_overs(platform)
        *_, last = queries.events(session, made.id or 0)
    assert last.sealed is not None and b"Dana" not in last.sealed and "Dana" not in last.detail


def test_to_acknowledge_twice_is_harmless(client: Client, platform: Platform, path: str) -> None:
    client.post(path, data={"name": "Dana Desk"})
    before = hand_overs(platform)[0].acknowledged_at, rows(platform)
    assert client.post(path, data={"name": "Dan Desk"}).status_code == 303
    assert (hand_overs(platform)[0].acknowledged_at, rows(platform)) == before


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "two\nlines", "nul\0"])
def test_without_a_name_nothing_is_acknowledged_and_the_page_says_what_to_do(
        client: Client, platform: Platform, path: str, name: str) -> None:
    answer = client.post(path, data={"name": name})
    assert (answer.status_code, hand_overs(platform)[0].state) == (422, "queued")
    assert "Write your name" in answer.text and TOLD.what in answer.text


def test_a_press_that_another_site_started_is_refused(client: Client, platform: Platform, path: str) -> None:
    before = rows(platform)
    for address in (path, *(f"{path}/{name}" for name in FILES)):
        answer = client.post(address, data={"name": "Dana"}, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403
    assert rows(platform) == before


def test_other_codes_and_files_open_nothing(client: Client, path: str) -> None:
    for address in ("/handed-over/" + "a" * 26, path + "a", path[:-1]):
        assert client.get(address).status_code == 404, address
        assert client.post(address, data={"name": "Dana"}).status_code == 404, address
    for address in (f"/handed-over/{'a' * 26}/cioms.pdf", f"{path}/report.pdf"):
        assert client.post(address).status_code == 404, address


def test_the_code_of_a_desk_that_closed_opens_nothing(client: Client, platform: Platform, path: str) -> None:
    with platform.database.writing() as session:
        for desk in queries.desks(session):
            desk.is_open = False
    for name in FILES:
        assert client.post(f"{path}/{name}").status_code == 404
    assert client.get(path).status_code == 404
    assert (client.post(path, data={"name": "Dana"}).status_code, hand_overs(platform)[0].state) == (404, "queued")


def test_the_code_opens_nothing_once_the_case_is_another_companys(
        client: Client, platform: Platform, path: str) -> None:
    with platform.database.writing() as session:
        case = queries.case_numbered(session, hand_overs(platform)[0].case_id)
        case.desk_id = builders.desk(session, product="other").id
    assert client.get(path).status_code == 404


def test_each_hand_over_shows_what_was_told_by_then(client: Client, platform: Platform, path: str) -> None:
    with platform.database.writing() as session:
        case = queries.case_numbered(session, hand_overs(platform)[0].case_id)
        session.add(SafetyReport(case_id=case.id or 0, kind="follow-up", at=NOW + timedelta(hours=2),
                                 sealed=sealed(platform.ring, case, Report("It came back"))))
    handing_over.make(platform, NOW + timedelta(hours=3))
    first, second = (client.get(f"/handed-over/{row.code}").text for row in hand_overs(platform))
    assert "It came back" not in first and "It came back" in second and TOLD.what in second


@pytest.mark.parametrize("role", [Role.MARKETER, Role.SPONSOR_ADMIN])
def test_a_sponsors_people_reach_none_of_it(client: Client, platform: Platform, path: str, role: Role) -> None:
    """They have no code, and a case's or a hand-over's own name opens nothing."""
    with platform.database.writing() as session:
        company = session.get_one(builders.Company, queries.desks(session)[0].company_id)
        person = builders.account(session, role, company=company)
        made, = hand_overs(platform)
        case = queries.case_numbered(session, made.case_id)
    sign_in(client, person.email)
    for name in (made.key, case.key, str(made.id), "AE-2026-000001"):
        assert client.get(f"/handed-over/{name}").status_code == 404
        for rest in ("", *(f"/{file}" for file in FILES)):
            assert client.post(f"/handed-over/{name}{rest}", data={"name": "Max"}).status_code == 404
    shown = [client.get(address).text for address in ("/sponsor/", "/account/")]
    assert not any(made.code in page or "Benton" in page for page in shown)


def test_the_page_reads_in_chinese(client: Client, path: str) -> None:
    page = client.get(path, headers={"Accept-Language": "zh-CN"}).text
    assert "确认收到" in page and "首次收到（第0天）" in page and TOLD.what in page


def test_what_strangers_wrote_is_text(client: Client, platform: Platform) -> None:
    with platform.database.writing() as session:
        builders.desk(session)
        builders.adverse_event(session, Report("<script>alert(1)</script>", medicine="<b>x</b>"))
    handing_over.make(platform, NOW)
    page = client.get(f"/handed-over/{hand_overs(platform)[0].code}").text
    assert "<script>alert" not in page and "<b>x</b>" not in page and "&lt;script&gt;" in page


def test_nothing_about_the_report_stands_in_the_audit(client: Client, platform: Platform, path: str) -> None:
    client.post(path, data={"name": "Dana Desk"})
    with platform.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry).where(
            AuditEntry.detail.contains("Dana"))) == 0  # type: ignore[attr-defined]
