"""The provider's pages: figures of learners in sum, what they said without who they are, and who is kept out."""

import zipfile
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from flask import Flask
from pypdf import PdfReader
from sqlmodel import Session
from werkzeug.test import Client

from tests import builders, copies
from tests.builders import BASE_URL
from tests.cme import activities
from tests.cme.test_certificate_files import spoken_of
from tests.pdf_text import text_of
from webapp.cme.cli import cme
from webapp.cme.rules.evaluation import Evaluation
from webapp.cme.service import tallying
from webapp.core import audit, clock
from webapp.core.platform import Platform
from webapp.people import service as people
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role
from webapp.people.service import NewAccount

PLACE = f"/cme/provider/{activities.SLUG}/1"
TOLD = Evaluation(activities.SATISFIED.answers | {"is_biased": True}, {"comment": "The tables were too small."})


@pytest.fixture
def casey(platform: Platform) -> Account:
    """The provider's person, and an activity that two learners completed, one of whom wrote something."""
    return copies.filled(platform.database, (__name__,), two_learners)


def two_learners(session: Session) -> Account:
    activities.publish(session, clock.now())
    for told in (TOLD, activities.SATISFIED):
        held = activities.learner(session, clock.now())
        activities.up_to_claim(session, held, clock.now(), told=told)
        activities.claim(session, held, clock.now())
    return builders.account(session, Role.CME_PROVIDER, now=clock.now())


@pytest.fixture
def provider(client: Client, casey: Account) -> Client:
    builders.sign_in(client, casey.email)
    return client


def tables(page: str) -> dict[str, list[list[str]]]:
    """Heading -> the rows of the table below it."""
    read = BeautifulSoup(page, "html.parser")
    return {str(section.find("h2").get_text()): [  # type: ignore[union-attr]
        [cell.get_text(strip=True) for cell in row.select("th, td")] for row in section.select("tbody tr")]
        for section in read.select("section.outcome")}


def take(client: Client, path: str) -> Any:
    return client.post(path, base_url=BASE_URL, headers={"Origin": BASE_URL})


def test_the_list_counts_who_began_and_who_completed_each_version(provider: Client) -> None:
    page = BeautifulSoup(provider.get("/cme/provider/", base_url=BASE_URL).text, "html.parser")
    row = [cell.get_text(strip=True) for cell in page.select("tbody tr td")]
    assert row[1:] == ["2", "2"] and page.select_one(f'a[href="{PLACE}"]') is not None


def test_the_report_tells_steps_questions_gain_bias_and_levels(provider: Client) -> None:
    found = tables(provider.get(PLACE, base_url=BASE_URL).text)
    assert found["The way through"][0] == ["Began", "2", "100.0%"]
    assert found["Knowledge gained"][0][:5] == ["All questions", "2", "40.0", "100.0", "60.0"]
    assert [row[1] for row in found["Commercial bias"]] == ["1", "1"]
    assert found["Questions"][0][5].startswith("More than nine in ten had it right; A wrong answer")
    assert found["Learners by profession"] == [["Physician", "2", "100.0%"]]
    assert [row[0][0] for row in found["Outcomes by level"]] == list("112222" "3455")
    assert {row[5] for row in found["Outcomes by level"] if row[0][0] in "25"} == {"Self-reported"}


def test_the_workbook_and_the_document_hold_the_same(provider: Client) -> None:
    sheets = take(provider, f"{PLACE}.xlsx")
    with zipfile.ZipFile(BytesIO(sheets.data)) as file:
        words = "".join(ElementTree.fromstring(file.read("xl/worksheets/sheet4.xml")).itertext())
    assert "All questions" in words and sheets.headers["Cache-Control"] == "private, no-store"
    made = take(provider, f"{PLACE}.pdf").data
    document, drawn = text_of(made), spoken_of(PdfReader(BytesIO(made)).trailer["/Root"]["/StructTreeRoot"])
    assert "Outcomes:Exemplitis" in document and "Morethannineintenhaditright" in document
    assert len(drawn) >= 2 and all(len(words) > 20 for words in drawn), "charts, each said in words"


@pytest.mark.parametrize(("path", "action", "detail"), [
    (f"{PLACE}.xlsx", "cme-outcomes-taken", "version:1 xlsx"), (f"{PLACE}.pdf", "cme-outcomes-taken", "version:1 pdf"),
    (f"/cme/provider/{activities.SLUG}/file.zip", "cme-file-taken", "")])
def test_that_a_file_is_taken_is_audited_and_looking_is_not(
        provider: Client, platform: Platform, casey: Account, path: str, action: str, detail: str) -> None:
    provider.get(PLACE, base_url=BASE_URL)
    assert provider.get(path, base_url=BASE_URL).status_code == 405
    assert [take(provider, path).status_code for _ in range(2)] == [200, 200]
    with platform.database.reading() as session:
        lines = [entry for entry, _ in audit.newest(session, "cme-version") if entry.account_id == casey.id]
    assert [(one.action, one.subject_id, one.detail) for one in lines] == [(action, 1, detail)] * 2


def test_the_report_speaks_chinese(provider: Client) -> None:
    page = provider.get(f"{PLACE}?language=zh-Hans", base_url=BASE_URL).text
    assert "（虚构）Exemplitis" in page and "Knowledge gained" not in page and "目标1：（虚构）Be able to" in page


def test_what_learners_wrote_is_shown_without_who_wrote_it(provider: Client) -> None:
    page = provider.get(f"{PLACE}/comments", base_url=BASE_URL).text
    assert "The tables were too small." in page and "Ann Example" not in page


def test_a_version_that_nobody_has_begun_has_a_report_that_says_so(provider: Client, platform: Platform) -> None:
    with platform.database.writing() as session:
        activities.publish(session, clock.now(), minutes=45)
    assert "Nobody has begun this version yet." in provider.get(PLACE[:-1] + "2", base_url=BASE_URL).text
    assert take(provider, PLACE[:-1] + "2.pdf").status_code == 200
    assert provider.get(PLACE[:-1] + "3", base_url=BASE_URL).status_code == 404


def test_the_command_counts_anew(casey: Account, platform: Platform) -> None:
    ran = CliRunner().invoke(cme, ["recount"], obj=SimpleNamespace(platform=platform))
    assert "  0 figures were other" in ran.output
    with platform.database.reading() as session:
        assert tallying.standing(session, 1).counts


@pytest.mark.parametrize("role", [Role.MARKETER, Role.SPONSOR_ADMIN])
def test_nobody_of_a_sponsor_gets_an_answer_anywhere_in_education(client: Client, app: Flask, platform: Platform,
                                                                 casey: Account, role: Role) -> None:
    with platform.database.writing() as session:
        person = builders.account(session, role, company=builders.company(session))
        people.grant(session, person, Role.CME_PROVIDER, None, by=builders.BY)
    builders.sign_in(client, person.email)
    values = {"slug": activities.SLUG, "number": 1, "name": "01-part", "test": "pre"}
    with app.app_context():
        asked = [(app.url_map.bind("localhost").build(rule.endpoint, {
            name: values.get(name, "aaaaaaaaaaaaaaaa") for name in rule.arguments}), method)
            for rule in app.url_map.iter_rules() for method in sorted({"GET", "POST"} & set(rule.methods or ()))
            if rule.rule.startswith(("/cme/", "/account/cme"))]
    assert len(asked) > 20
    answers = {(path, method): client.open(path, method=method, base_url=BASE_URL,
                                           headers={"Origin": BASE_URL}).status_code for path, method in asked}
    assert set(answers.values()) == {403}, answers


def test_figures_of_simulated_learners_say_so_wherever_they_are_shown(provider: Client, platform: Platform) -> None:
    assert "Simulated data" not in provider.get("/cme/provider/", base_url=BASE_URL).text
    assert "simulated learners" not in provider.get(PLACE, base_url=BASE_URL).text
    with platform.database.writing() as session:
        nobody = people.add_account(session, NewAccount("nobody@clinic.example", "", "", AccountKind.HCP, "en", "us",
                                                        is_fictional=True), clock.now())
        activities.learner(session, clock.now(), account=nobody)
    assert "Simulated data" in provider.get("/cme/provider/", base_url=BASE_URL).text
    assert "simulated learners, not from people" in provider.get(PLACE, base_url=BASE_URL).text
    assert "simulatedlearners,notfrompeople" in text_of(take(provider, f"{PLACE}.pdf").data)
    with zipfile.ZipFile(BytesIO(take(provider, f"{PLACE}.xlsx").data)) as file:
        assert "simulated learners" in "".join(
            ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml")).itertext())
