"""Claims: approved wordings that pages say, and what of them reviewers sign."""

import copy
from pathlib import Path
from typing import Any

import pytest

from tests import builders
from tests.articles.leaning import CLAIM, REFERENCE, write_claims, write_drug
from tests.builders import NOW
from tests.medicines.labels import DOSING, SET_ID
from webapp.articles.rules.digest import dossier
from webapp.articles.rules.frontmatter import Codes
from webapp.articles.service import library, sync
from webapp.articles.service.documents import Document
from webapp.articles.service.stacks import LookUp

SHIPPED = Path(__file__).resolve().parents[2] / "content"
PLACE = (SET_ID, 1, DOSING)


def told(content: Path) -> list[tuple[str, int | None, str]]:
    """(path, line, code) of every problem."""
    return [(problem.path, problem.line, problem.code) for problem in library.read(content).problems]


def documents(content: Path, look_up: LookUp | None = None) -> list[Document]:
    read = library.read(content, look_up=look_up)
    assert not read.problems, read.problems
    return list(read.documents)


def claim(**changed: Any) -> dict[str, Any]:
    return {**copy.deepcopy(CLAIM), **changed}


def test_a_claim_is_said_in_its_wording_and_cited(content: Path) -> None:
    write_drug(content)
    write_claims(content)
    document, = documents(content)

    assert "Take one a day [@label] [@one]." in document.source
    assert [reference.key for reference in document.references] == ["label", "one"]


def test_a_claim_is_said_in_the_page_s_language_without_a_space_before_its_mark(content: Path) -> None:
    write_drug(content, language="zh-Hans")
    write_claims(content)
    assert "每天一次[@label]" in documents(content)[0].source


def test_a_claim_takes_the_slots_of_its_market(content: Path) -> None:
    write_drug(content)
    write_claims(content, claim(text={"en": "Call {emergency} for \\{ it"}))
    assert "Call 911 for \\{ it [@label]" in documents(content)[0].source


def test_a_claim_within_code_and_with_a_literal_brace_is_as_it_was(content: Path) -> None:
    write_drug(content, text="Write \\{claim: once}")
    write_claims(content)
    document, = documents(content)
    assert "\\{claim: once}" in document.source and document.claims == ()


@pytest.mark.parametrize(("text", "code"), [
    ("{claim: twice}", "unknown-claim"), ("{claim:}", "unknown-claim"), ("{claim once}", "unknown-slot"),
    ("{claim: once", "unknown-slot"), ("{Claim: once}", "unknown-slot")])
def test_a_claim_that_is_not_there_is_an_error_on_its_line(content: Path, text: str, code: str) -> None:
    write_drug(content, text=text)
    write_claims(content)
    found = told(content)
    page = (content / "drugs/samplin/patient.en.md").read_text().split("\n")

    assert found and {(path, code) for path, _, code in found} == {("drugs/samplin/patient.en.md", code)}
    assert all(text in page[(line or 0) - 1] for _, line, _ in found)


def remedy(content: Path) -> str:
    return next(problem.remedy for problem in library.read(content).problems)


def test_an_unknown_claim_is_told_with_those_there_are(content: Path) -> None:
    write_drug(content, text="{claim: twice}")
    write_claims(content)
    assert remedy(content) == "Claims of this medicine: once"


def test_a_claim_of_another_medicine_is_refused_by_its_name(content: Path) -> None:
    write_drug(content, text="{claim: once}")
    write_drug(content, slug="otherin", text="plain", has_label=False)
    write_claims(content, drug="otherin")
    assert "It is a claim of otherin" in remedy(content)


def test_a_page_on_a_disease_has_no_claims(content: Path) -> None:
    write_drug(content)
    write_claims(content)
    builders.write_topic(content, text="{claim: once}")
    assert "It is a claim of samplin" in remedy(content)


@pytest.mark.parametrize(("changed", "code"), [({"text": {"zh-Hans": "每天一次"}}, "claim-language"),
                                               ({"markets": ["gb"]}, "claim-market")])
def test_a_claim_without_the_language_or_the_market_is_refused(
        content: Path, changed: dict[str, Any], code: str) -> None:
    write_drug(content)
    write_claims(content, claim(**changed))
    assert {found for _, _, found in told(content)} == {code}


def test_a_claim_in_a_block_of_its_market_is_said_there_alone(content: Path) -> None:
    write_drug(content, text="All\n\n/// market | us\n{claim: once}.\n///\n\nAll", markets=("us", "gb"))
    write_claims(content, claim(markets=["us"]))
    said = {document.market: [use.id for use in document.claims] for document in documents(content)}
    assert said == {"us": ["once"], "gb": []}


def test_one_key_for_two_sources_is_an_error_in_the_page(content: Path) -> None:
    write_drug(content)
    write_claims(content, claim(references=["one"])).write_text(
        (content / "claims/samplin.yaml").read_text().replace("key: label", "key: one"))
    assert {code for _, _, code in told(content)} >= {"claim-reference"}


@pytest.mark.parametrize(("old", "new", "line", "code"), [
    ("  label:\n", "  labell:\n", 14, "unknown-key"),
    ("version: 1", "version: first", 17, "bad-value"),
    (f"set_id: {SET_ID}", "set_id: somewhere", 15, "bad-value"),
    (f"section: {DOSING}", "section: dosing", 16, "bad-value"),
    ("en: Take one a day", "en: Take one a day.", 9, "bad-value"),
    ("en: Take one a day", "en: 'Take one [@label]'", 9, "bad-value"),
    ("en: Take one a day", "fr: Un par jour", 10, "bad-value"),
    ("  - label\n", "  - other\n", 1, "bad-value"),
    ("references:", "references: [", 2, "yaml"),
])
def test_what_is_wrong_in_a_claims_file_is_told_at_its_line(
        content: Path, old: str, new: str, line: int, code: str) -> None:
    write_drug(content, text="plain")
    path = write_claims(content)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))

    assert told(content) == [("claims/samplin.yaml", line, code)]


def test_a_claim_that_stands_twice_is_refused(content: Path) -> None:
    write_drug(content, text="plain")
    write_claims(content, claim(), claim())
    assert told(content) == [("claims/samplin.yaml", 1, "bad-value")]


@pytest.mark.parametrize("name", ["nothin.yaml", "samplin.yml", "sampleitis.yaml"])
def test_a_claims_file_without_its_medicine_is_refused(content: Path, name: str) -> None:
    write_drug(content, text="plain")
    builders.write_topic(content)
    write_claims(content).rename(content / "claims" / name)
    assert told(content) == [(f"claims/{name}", 1, "unknown-drug")]


# What is signed


def test_a_claim_and_the_label_shown_are_part_of_the_dossier(content: Path) -> None:
    write_drug(content)
    write_claims(content)
    held = documents(content)[0].dossier()

    assert held["labels"] == [SET_ID]
    assert held["claims"] == [{"id": "once", "references": [REFERENCE], "label": CLAIM["label"]}]


def test_a_page_without_claims_and_label_has_no_key_for_them(content: Path) -> None:
    write_drug(content, text="plain", has_label=False, markets=("us", "gb"))
    assert all(not {"claims", "labels"} & set(document.dossier()) for document in documents(content))


def test_a_label_of_another_market_is_no_part_of_a_page(content: Path) -> None:
    write_drug(content, text="plain", markets=("us", "gb"))
    assert {document.market: "labels" in document.dossier() for document in documents(content)} == {
        "us": True, "gb": False}


def test_a_dossier_s_other_keys_are_as_they_were() -> None:
    plain = dossier(kind="drug", slug="x", audience="patient", language="en", market="us", front_matter=Codes(),
                    source="s", topic_title="t", codes=Codes(), assets={}, references=[], links={})
    assert sorted(plain) == ["assets", "audience", "codes", "drawing", "front_matter", "kind", "language", "links",
                             "mandatory_texts", "market", "references", "related", "slug", "source", "topic_title", "v"]


@pytest.mark.parametrize("changed", [
    {"text": {"en": "Take one each day"}}, {"label": {**CLAIM["label"], "version": 2}},
    {"label": {**CLAIM["label"], "section": "34088-5"}}, {"label": None}])
def test_whatever_a_claim_says_or_leans_on_changes_the_digest(content: Path, changed: dict[str, Any]) -> None:
    write_drug(content)
    write_claims(content)
    before = documents(content)[0].digest()
    write_claims(content, claim(**changed))
    assert documents(content)[0].digest() != before


def test_the_digest_of_a_section_that_came_in_is_part_of_it(content: Path) -> None:
    write_drug(content)
    write_claims(content)
    without, = documents(content)
    known, = documents(content, lambda _: {PLACE: "a" * 64})
    other, = documents(content, lambda _: {PLACE: "b" * 64, (SET_ID, 2, DOSING): "c" * 64})

    assert known.claims[0].section_digest == "a" * 64 and without.claims[0].section_digest is None
    assert len({without.digest(), known.digest(), other.digest()}) == 3
    assert len({without.fingerprint, known.fingerprint, other.fingerprint}) == 3


def test_a_changed_claim_is_read_again_in_the_pages_that_may_say_it_alone(content: Path) -> None:
    write_drug(content)
    write_drug(content, slug="otherin", text="plain", has_label=False)
    write_claims(content)
    known = library.read(content).fingerprints
    write_claims(content, claim(text={"en": "Take one each day"}))

    assert [document.path for document in library.read(content, known).documents] == ["drugs/samplin/patient.en.md"]


def test_a_revision_keeps_what_its_claims_lean_on(content: Path) -> None:
    write_drug(content)
    write_claims(content)
    rack = sync.prepare(content, {}, style=b"", on=NOW.date()).rack
    [row] = [rack.row(revised) for revised in rack.revised]
    assert [(use["id"], use["label"]) for use in row["claims"]] == [("once", CLAIM["label"])]


def test_the_shipped_claims_are_said_on_the_shipped_pages() -> None:
    said = {(document.language, document.market, use.id) for document in library.read(SHIPPED).documents
            for use in document.claims}
    assert {language for language, _, _ in said} == {"en", "zh-Hans"}
    assert {market for _, market, name in said if name == "missed-dose"} == {"us"}
