"""A learner's transcript: their own alone, with what they completed here and what they added, on page, paper and in a
file for spreadsheets."""

import csv
import io
from datetime import UTC, datetime
from io import BytesIO

import page as validator
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from sqlalchemy import select
from sqlmodel import Session
from werkzeug.test import Client, TestResponse

from tests import builders, copies
from tests.builders import BASE_URL, sign_in
from tests.cme import activities, certified
from webapp.cme.models import CmeCertificate, CmeExternalCredit
from webapp.cme.service import certifying
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.platform import Platform
from webapp.people.models import Account

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BOTH = pytest.mark.postgresql
FORM = {"title": "=A course", "provider": "A school", "system": "cn-credits", "amount": "2.5", "on": "2026-03-01"}
HEADER = ["Completed on", "Activity", "Provider", "Credit system", "Amount", "What it is", "Status",
          "Code of the certificate"]


@pytest.fixture
def completed(platform: Platform) -> tuple[Account, CmeCertificate]:
    """A learner, and half an hour, which counts: somebody answers for the activity."""
    return copies.filled(platform.database, (__name__,), complete)


def complete(session: Session) -> tuple[Account, CmeCertificate]:
    person = builders.account(session, now=NOW)
    certified.publish_reviewed(session, NOW)
    return person, certified.completed(session, NOW, account=person)


@pytest.fixture
def learner(completed: tuple[Account, CmeCertificate]) -> Account:
    return completed[0]


@pytest.fixture
def issued(completed: tuple[Account, CmeCertificate]) -> CmeCertificate:
    return completed[1]


@pytest.fixture
def own(client: Client, issued: CmeCertificate, learner: Account) -> Client:
    """The learner, signed in."""
    sign_in(client, learner.email)
    return client


def get(client: Client, path: str = "", **asked: str) -> TestResponse:
    answer = client.get(f"/account/cme{path}", base_url=BASE_URL, query_string=asked)
    assert answer.status_code == 200
    return answer


def rows(client: Client, section: str = "activities", **asked: str) -> list[str]:
    shown = BeautifulSoup(get(client, **asked).text, "html.parser")
    return [" ".join(row.get_text(" ").split()) for row in shown.select(f"section[aria-labelledby={section}] tbody tr")]


def add(client: Client, path: str = "", **changed: str) -> TestResponse:
    return client.post(f"/account/cme/external{path}", base_url=BASE_URL, data={**FORM, **changed})


def stored(platform: Platform) -> list[CmeExternalCredit]:
    with platform.database.reading() as session:
        return list(session.scalars(select(CmeExternalCredit)))


def lines(client: Client, **asked: str) -> list[list[str]]:
    text = get(client, "/transcript.csv", **asked).data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_what_was_completed_stands_with_its_credit_and_its_file(own: Client, issued: CmeCertificate) -> None:
    line, = rows(own)
    assert line.startswith("Exemplitis: the first steps Sample Education Office (fictional) November 26, 2026")
    assert "Hours of learning: 0.5" in line and "Certificate of credit" in line
    assert f"/account/cme/certificates/{issued.code}.pdf" in get(own).text


@BOTH
def test_an_external_credit_is_marked_and_counts_toward_the_year(own: Client) -> None:
    assert add(own).location == "/account/cme"
    assert [("Added by the learner" in row, "Certificate of credit" in row) for row in rows(own)] == [
        (False, True), (True, False)]
    assert rows(own, "totals") == ["Continuing medical education credits (China) 2.5 2.5 25 22.5",
                                   "Hours of learning 0.5 0.5 – –"]


def test_what_cannot_be_added_comes_back_as_it_was_typed(own: Client, platform: Platform) -> None:
    answer = add(own, amount="many", title="My course")
    assert answer.status_code == 422 and 'value="many"' in answer.text and 'value="My course"' in answer.text
    assert stored(platform) == []


def test_an_external_credit_is_corrected_and_deleted(own: Client, platform: Platform) -> None:
    add(own)
    key = stored(platform)[0].key
    assert 'value="2.50"' in get(own, f"/external/{key}").text
    assert add(own, f"/{key}", amount="3", is_self_study="yes").status_code == 303
    assert [(str(one.amount), one.is_self_study) for one in stored(platform)] == [("3.00", True)]
    own.post(f"/account/cme/external/{key}/delete", base_url=BASE_URL)
    assert stored(platform) == []


def test_another_persons_credit_is_not_found_and_not_changed(own: Client, platform: Platform) -> None:
    add(own)
    key = stored(platform)[0].key
    with platform.database.writing() as session:
        other = builders.account(session)
    own.delete_cookie("materia", domain="localhost")
    sign_in(own, other.email)
    paths = [("GET", ""), ("POST", ""), ("POST", "/delete")]
    assert [own.open(f"/account/cme/external/{key}{path}", method=method, base_url=BASE_URL, data=FORM).status_code
            for method, path in paths] == [404] * 3
    assert rows(own) == [] and len(stored(platform)) == 1


def test_days_and_systems_choose_the_lines_of_page_and_files(own: Client) -> None:
    add(own)
    chosen = {"from": "2026-03-01", "to": "2026-03-01"}
    assert [len(rows(own, **asked)) for asked in ({}, chosen, {"system": "hours"}, {"from": "2026-12-01"})] == [
        2, 1, 1, 0]
    assert [line[0] for line in lines(own, **chosen)] == ["Completed on", "2026-03-01"]
    assert "2026-03-01" in BeautifulSoup(get(own, **chosen).text, "html.parser").select_one(
        ".form-links a[href*=csv]")["href"]  # type: ignore[index]


def test_the_year_is_that_of_the_last_day_asked_for(own: Client) -> None:
    add(own, on="2025-06-01")
    assert "25 22.5" in rows(own, "totals", to="2025-12-31")[0] and "0 25 25" in rows(own, "totals")[0]


def test_the_file_for_spreadsheets_holds_no_formula(own: Client, issued: CmeCertificate) -> None:
    add(own)
    assert lines(own) == [
        HEADER,
        ["2026-11-26", "Exemplitis: the first steps", activities.PROVIDER.name, "Hours of learning", "0.5",
         "Certificate of credit", "Valid", issued.code],
        ["2026-03-01", "'=A course", "A school", "Continuing medical education credits (China)", "2.5",
         "Added by the learner", "", ""]]


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("Transcriptofeducation", "Exemplitis", "Addedbythelearner", "notcheckedhere")),
    ("zh-Hans", ("继续教育学习记录", "（虚构）Exemplitis", "学员自行添加", "未经本站核实"))])
def test_on_paper_it_is_tagged_and_in_ones_language(own: Client, language: str, words: tuple[str, ...]) -> None:
    add(own)
    made = get(own, "/transcript.pdf", language=language).data
    said = "".join("".join(sheet.extract_text().split()) for sheet in PdfReader(BytesIO(made)).pages)
    assert [word for word in words if word not in said] == []
    failures = validator.validate_pdf_bytes(made, profile="ua1").failures
    assert [one.message for one in failures if one.rule_id != "PDFUA1-FONT-GLYPH-WIDTH-001"] == []


def test_a_corrected_certificate_stands_once_and_a_revoked_one_counts_no_more(
        own: Client, platform: Platform, issued: CmeCertificate) -> None:
    by = By(COMMAND_LINE, NOW, "As the learner asked")
    drawn = certifying.draw_again(issued, name="Another Name", base_url=BASE_URL, now=NOW)
    with platform.database.writing() as session:
        newer = certifying.reissue(session, issued.code, drawn, by)
    assert len(rows(own)) == 1 and newer.code in get(own).text and issued.code not in get(own).text
    with platform.database.writing() as session:
        certifying.revoke(session, newer.code, by)
    assert "Revoked" in rows(own)[0] and rows(own, "totals") == []


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get("/account/cme", base_url=BASE_URL).location.startswith("/sign-in")
