"""A case shows each claim beside what it leans on, as that stands now."""

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from tests.library import documents
from tests.library.documents import PASSAGE
from tests.medicines.labels import DOSING, SET_ID, bring_in, spl
from tests.review.cases import submit
from webapp.core import clock
from webapp.core.db import Database
from webapp.people.rules import AccountKind, Role
from webapp.review.service import beside

ANCHOR = {"document": "trial-2024", "version": 1, "page": 1, "passage": PASSAGE}
LABEL = {"set_id": SET_ID, "section": DOSING, "version": 1}


def claim(**given: Any) -> dict[str, Any]:
    return {"id": "low-sugar", "text": "Low blood sugar is common", "references": [{"title": "A trial"}], **given}


def source(database: Database, **given: Any) -> dict[str, Any]:
    """The one source of a claim."""
    with database.writing() as session:
        found = beside.claims(session, submit(session, claims=(claim(**given),)))
    (one,), = (entry["sources"] for entry in found)
    return dict(one)


def test_a_claim_stands_beside_its_passage_in_the_context_of_its_page(database: Database) -> None:
    with database.writing() as session:
        documents.add(session, f"At 26 weeks. {PASSAGE} on it.")
    found = source(database, anchors=[ANCHOR])
    assert (found["excerpt"].before, found["excerpt"].passage) == ("At 26 weeks. ", PASSAGE)
    assert (found["document"].version, found["newer"]) == (1, None)


@pytest.mark.parametrize(("pages", "is_here"), [((), False), (("Other words",), True)])
def test_what_is_not_here_or_not_found_is_told_apart(database: Database, pages: tuple[str, ...],
                                                     is_here: bool) -> None:
    if pages:
        with database.writing() as session:
            documents.add(session, *pages)
    found = source(database, anchors=[ANCHOR])
    assert found["is_here"] is is_here and not found.get("excerpt")


def test_a_newer_version_is_told_of(database: Database) -> None:
    with database.writing() as session:
        documents.add(session)
        documents.add(session, "A preface", f"{PASSAGE}.")
    found = source(database, anchors=[ANCHOR])
    assert (found["newer"].version, found["moved_to"], found["excerpt"].passage) == (2, 2, PASSAGE)


def test_a_claim_stands_beside_the_section_of_its_label(database: Database, tmp_path: Path) -> None:
    assert not source(database, label=LABEL)["is_here"]
    bring_in(database, tmp_path, spl(1))
    found = source(database, label=LABEL)
    assert found["is_here"] and found["text"] and found["newer"] is None
    bring_in(database, tmp_path, spl(2))
    assert source(database, label=LABEL)["newer"] == 2


def test_the_page_marks_the_passage_and_says_what_has_no_anchor(database: Database, client: Client) -> None:
    with database.writing() as session:
        documents.add(session, f"<i>At</i> 26 weeks. {PASSAGE} on it.")
        dossier = submit(session, now=clock.now(), claims=(claim(anchors=[ANCHOR]), claim(id="bare")))
        builders.account(session, Role.LEGAL_REVIEWER, email="lee@materia.example", kind=AccountKind.STAFF,
                         now=clock.now())
    builders.sign_in(client, "lee@materia.example")
    page = BeautifulSoup(client.get(f"/review/{dossier.key}", base_url=BASE_URL).text, "html.parser")
    first, second = page.select(".claim")
    assert first.mark is not None and first.mark.text == PASSAGE and "<i>At</i>" in first.text
    assert "No anchor." not in first.text and "No anchor." in second.text
