"""Claims that are anchored to passages of the reference library: what is signed, what is told, what is flagged."""

from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from tests import builders
from tests.articles.leaning import CLAIM, write_claims, write_drug
from tests.builders import BASE_URL, NOW
from tests.library import documents
from tests.library.documents import PASSAGE
from webapp.articles.rules.locate import Problem
from webapp.articles.service import label_desk, library
from webapp.articles.service.documents import Document
from webapp.articles.service.leaning import look_up_in
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.demo.service import report
from webapp.people.rules import AccountKind, Role

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
        lost = label_desk.lost_passages(session)
    assert [(one["claim"], one["newest"].version, one["is_live"]) for one in lost] == [("once", 2, False)] * is_lost


def test_the_shipped_passages_stand_in_the_report_that_the_demo_brings_in(platform: Platform) -> None:
    report.bring_in(platform, NOW)
    report.bring_in(platform, NOW)
    found = library.read(SHIPPED, look_up=look_up_in(platform.database))
    anchors = {anchor.place: sha256 for document in found.documents for claim in document.claims
               for anchor, sha256 in claim.anchors}
    assert found.errors == () and len(anchors) == 3 and all(anchors.values())


def test_the_desk_shows_the_flagged_claim_with_its_passage(platform: Platform, content: Path, client: Client) -> None:
    add(platform)
    write(content, ANCHOR)
    builders.import_content(platform, content)
    add(platform, "13 of 100 people")
    with platform.database.writing() as session:
        builders.account(session, Role.WRITER, email="w@materia.example", kind=AccountKind.STAFF, now=clock.now())
    builders.sign_in(client, "w@materia.example")
    shown = client.get("/desk/labels", base_url=BASE_URL).text
    assert "Claims whose passage is gone" in shown and PASSAGE in shown
