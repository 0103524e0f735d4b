"""Claims that are anchored to passages of the reference library: what is signed, what is told, what is flagged."""

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from sqlmodel import select
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.articles.leaning import CLAIM, write_claims, write_drug
from tests.builders import BASE_URL, NOW
from tests.library import documents
from tests.library.documents import PASSAGE
from webapp.articles import cli, jobs
from webapp.articles.rules.locate import Problem
from webapp.articles.service import library, passages
from webapp.articles.service.documents import Document
from webapp.articles.service.leaning import look_up_in
from webapp.channels.models import Outgoing
from webapp.core import audit, clock
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.demo.service import report
from webapp.people.rules import AccountKind, Role
from webapp.review.rules import ReviewRole

ANCHOR: dict[str, Any] = {"document": "trial-2024", "version": 1, "page": 1, "passage": PASSAGE}
SHIPPED = Path(__file__).resolve().parents[2] / "content"
FILE = "claims/samplin.yaml"


def write(content: Path, *anchors: dict[str, Any]) -> None:
    write_drug(content)
    write_claims(content, {**CLAIM, "anchors": [dict(anchor) for anchor in anchors]})


def add(platform: Platform, *pages: str, **given: Any) -> None:
    with platform.database.writing() as session:
        documents.add(session, *pages, **given)


def read(platform: Platform, content: Path) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    found = library.read(content, look_up=look_up_in(platform.database))
    return found.documents, found.problems


def test_an_anchor_and_its_document_are_part_of_what_is_signed(platform: Platform, content: Path) -> None:
    write(content)
    without, _ = read(platform, content)
    write(content, ANCHOR)
    before, _ = read(platform, content)
    add(platform)
    after, problems = read(platform, content)
    assert problems == () and len({document.digest() for document in (*without, *before, *after)}) == 3
    anchor, sha256 = after[0].claims[0].anchors[0]
    assert (anchor.passage, before[0].claims[0].anchors[0][1], len(sha256 or "")) == (PASSAGE, None, 64)


def test_a_claim_is_kept_in_the_words_of_its_page(platform: Platform, content: Path) -> None:
    write(content, ANCHOR)
    kept = read(platform, content)[0][0].claims[0].kept()
    assert kept["text"] == "Take one a day" and kept["anchors"] == [ANCHOR]


def test_a_passage_that_is_not_on_its_page_is_told_by_name_and_line(platform: Platform, content: Path) -> None:
    add(platform, "Another page", f"{PASSAGE}.")
    write(content, {**ANCHOR, "page": 2}, ANCHOR)
    _, problems = read(platform, content)
    assert [(problem.path, problem.code) for problem in problems] == [(FILE, "anchor-passage")]
    assert "the claim `once` is not on page 1 of `trial-2024`, version 1" in problems[0].message
    lines = (content / FILE).read_text().split("\n")
    assert problems[0].line == [number for number, line in enumerate(lines, 1) if "- document:" in line][1]


@pytest.mark.parametrize("changed", [{"page": 0}, {"passage": ""}, {"document": "Trial 2024"}, {"quote": "x"}])
def test_an_anchor_of_another_shape_is_refused(content: Path, changed: dict[str, Any]) -> None:
    write(content, {**ANCHOR, **changed})
    assert {problem.path for problem in library.read(content).errors} >= {FILE}


def test_a_page_is_read_anew_when_the_document_of_its_claim_comes_in(platform: Platform, content: Path) -> None:
    write(content, ANCHOR)
    look_up = look_up_in(platform.database)
    known = library.read(content, look_up=look_up).fingerprints
    assert not library.read(content, known, look_up=look_up).documents
    add(platform)
    assert [document.path for document in library.read(content, known, look_up=look_up).documents] == [
        "drugs/samplin/patient.en.md"]


@pytest.mark.postgresql
@pytest.mark.parametrize(("newer", "is_lost"), [((f"{PASSAGE}.",), False), (("13 of 100 people",), True)])
def test_a_newer_version_without_the_passage_flags_the_claim(
        platform: Platform, content: Path, client: Client, newer: tuple[str, ...], is_lost: bool) -> None:
    add(platform)
    write(content, ANCHOR)
    builders.import_content(platform, content)
    add(platform, "A preface", *newer)
    with platform.database.reading() as session:
        lost = passages.lost(session)
    assert [(one.row.claim["id"], one.standing.current.version, one.row.is_live) for one in lost] == [
        ("once", 2, False)] * is_lost


def test_the_shipped_passages_stand_in_the_report_that_the_demo_brings_in(platform: Platform) -> None:
    report.bring_in(platform, NOW)
    report.bring_in(platform, NOW)
    found = library.read(SHIPPED, look_up=look_up_in(platform.database))
    anchors = {anchor.place: sha256 for document in found.documents for claim in document.claims
               for anchor, sha256 in claim.anchors}
    assert found.errors == () and len(anchors) == 3 and all(anchors.values())


def lose(platform: Platform, content: Path) -> str:
    """Brings in a page whose claim loses its passage; the claim's name on the page of lost ones."""
    add(platform)
    write(content, ANCHOR)
    builders.import_content(platform, content)
    add(platform, "13 of 100 people")
    with platform.database.reading() as session:
        return passages.lost(session)[0].key


@pytest.fixture
def wren(platform: Platform, client: Client) -> Client:
    """A writer's browser."""
    with platform.database.writing() as session:
        builders.account(session, Role.WRITER, email="w@materia.example", kind=AccountKind.STAFF, now=clock.now())
    builders.sign_in(client, "w@materia.example")
    return client


def close(client: Client, *keys: str, reason: str = "The table says the same") -> TestResponse:
    return client.post("/desk/labels/passages", base_url=BASE_URL, headers={"Origin": BASE_URL},
                       data={"passage": list(keys), "reason": reason})


def test_the_desk_shows_the_flagged_claim_with_its_passage_and_leads_to_where_it_may_stand_now(
        platform: Platform, content: Path, wren: Client) -> None:
    lose(platform, content)
    page = BeautifulSoup(wren.get("/desk/labels", base_url=BASE_URL).text, "html.parser")
    assert "Claims whose passage is gone" in page.text and PASSAGE in page.text
    link, = page.select("a[href^='/review/library/']:not([href='/review/library/'])")
    there = wren.get(str(link["href"]), base_url=BASE_URL)
    assert there.status_code == 200 and "?q=" in str(link["href"]) and "claims/samplin.yaml" in page.text


def test_a_lost_passage_is_closed_with_a_reason_until_a_yet_newer_version_comes(
        platform: Platform, content: Path, wren: Client) -> None:
    key = lose(platform, content)
    assert close(wren, key, reason=" ").status_code == 422 and close(wren).status_code == 422
    assert close(wren, "1-none-2").status_code == 409
    assert close(wren, key).status_code == 303
    shown = wren.get("/desk/labels", base_url=BASE_URL).text
    assert "Claims whose passage is gone" not in shown and "The table says the same" in shown
    assert "passage of trial-2024, looked at in version 2" in shown
    assert close(wren, key).status_code == 409, "closed meanwhile"
    with platform.database.reading() as session:
        line, = audit.about(session, Subject("label-flag", 1))
    assert (line.entry.action, line.reason) == ("passage-looked-at", "The table says the same")
    assert "claim:once document:trial-2024 version:1 version:2" in line.entry.detail
    add(platform, "12 of 100 people")
    assert "Claims whose passage is gone" in wren.get("/desk/labels", base_url=BASE_URL).text


def test_a_claim_that_is_anchored_anew_is_told_of_no_more(platform: Platform, content: Path, wren: Client) -> None:
    key = lose(platform, content)
    write(content, {**ANCHOR, "version": 2, "passage": "13 of 100 people"})
    builders.import_content(platform, content)
    assert close(wren, key).status_code == 409
    assert "Claims whose passage is gone" not in wren.get("/desk/labels", base_url=BASE_URL).text


def test_nobody_but_writers_and_reviewers_closes_one(platform: Platform, content: Path, client: Client) -> None:
    key = lose(platform, content)
    with platform.database.writing() as session:
        builders.account(session, Role.OPERATOR, email="o@materia.example", kind=AccountKind.STAFF, now=clock.now())
    builders.sign_in(client, "o@materia.example")
    page = client.get("/desk/labels", base_url=BASE_URL).text
    assert PASSAGE in page and 'name="passage"' not in page and close(client, key).status_code == 403


def test_medical_and_regulatory_reviewers_are_told_once_by_mail(platform: Platform, content: Path,
                                                                  client: Client) -> None:
    with platform.database.writing() as session:
        signers = builders.reviewers(session)
    assert jobs.tell_of_changes(platform.database, NOW) is None
    lose(platform, content)
    assert [jobs.tell_of_changes(platform.database, NOW) for _ in range(2)] == [2, None]
    with platform.database.reading() as session:
        rows = session.scalars(select(Outgoing)).all()
    assert {(row.account_id, row.values["mail"], row.values["path"]) for row in rows} == {
        (signers[role].id, "source-changed", "/desk/labels") for role in (ReviewRole.MEDICAL, ReviewRole.REGULATORY)}


def test_a_check_says_how_many_passages_it_could_not_look_up(content: Path) -> None:
    write(content, ANCHOR)
    said = CliRunner().invoke(cli.content, ["check", str(content)])
    assert "Not looked up: 1 passages that claims are anchored to" in said.output
