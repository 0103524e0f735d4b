"""The glossary: its files, what pages take from it, and what of it reviewers sign."""

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests import builders
from tests.articles.words import ENTRY, entry, write_glossary
from webapp.articles.rules.frontmatter import Audience
from webapp.articles.rules.lint.rules import BY_ID
from webapp.articles.service import library
from webapp.articles.service.build import build
from webapp.articles.service.documents import Document
from webapp.articles.service.glossary import read_glossary

SHIPPED = Path(__file__).resolve().parents[2] / "content"


def documents(content: Path) -> list[Document]:
    read = library.read(content)
    assert not read.errors, read.errors
    return list(read.documents)


def told(content: Path) -> list[tuple[str, int | None, str]]:
    return [(problem.path, problem.line, problem.code) for problem in library.read(content).problems]


def marked(document: Document) -> list[str]:
    return [link.text for link in BeautifulSoup(build(document).html, "html.parser").select("a.term")]


@pytest.fixture
def written(content: Path) -> Path:
    """A page that mentions a word, and the glossary that explains it."""
    builders.write_topic(content, text="You may need a biopsy")
    write_glossary(content)
    return content


def test_a_page_marks_the_word_and_its_contents_name_the_list(written: Path) -> None:
    document, = documents(written)
    built = build(document)
    assert marked(document) == ["biopsy"]
    assert built.contents[-1].text == "Words explained"


def test_a_chinese_page_takes_the_chinese_words(content: Path) -> None:
    builders.write_topic(content, language="zh-Hans", text="可能要做活检")
    write_glossary(content)
    write_glossary(content, entry("biopsy", "活检"), language="zh-Hans")
    document, = documents(content)
    assert marked(document) == ["活检"] and "文中用语" in build(document).html


def test_a_doctor_s_page_explains_no_words(content: Path) -> None:
    builders.write_topic(content, audience=Audience.HCP, text="A biopsy")
    write_glossary(content)
    document, = documents(content)
    assert document.terms is None


def test_a_topic_s_own_name_is_not_explained_on_its_page(content: Path) -> None:
    builders.write_topic(content, text="What sampleitis is, and a biopsy")
    write_glossary(content, ENTRY, entry("sampleitis", "sampleitis"))
    document, = documents(content)
    assert marked(document) == ["biopsy"]


# Faults


@pytest.mark.parametrize(("old", "new", "line", "code"), [
    ("  term: biopsy", "  word: biopsy", 3, "unknown-key"), ("  term: biopsy\n", "", 2, "missing-key"),
    ("- id: biopsy", "- id: Bi opsy", 2, "bad-value"), ("https://example.org", "http://example.org", 10, "bad-value"),
    ("    issuer:", "    publisher:", 8, "unknown-key"), ("'2026-01-02'", "yesterday", 11, "bad-value"),
    ("looked at.", "looked at. " * 20, 6, "bad-value"), (str(ENTRY["explanation"]), '"a\\u2028b"', 6, "bad-value"),
    ("terms:", "terms: [", 2, "yaml")])
def test_what_is_wrong_in_a_glossary_is_told_at_its_line(
        written: Path, old: str, new: str, line: int, code: str) -> None:
    path = written / "glossary/en.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    assert ("glossary/en.yaml", line, code) in told(written)


def test_a_fault_says_what_to_do(written: Path) -> None:
    path = written / "glossary/en.yaml"
    path.write_text(path.read_text().replace("term:", "word:", 1))
    remedies = [problem.remedy for problem in library.read(written).problems]
    assert "Known keys here: id, term, forms, never_in, explanation, source, checked" in remedies


@pytest.mark.parametrize("second", [entry("biopsy", "other"), entry("other", "Biopsies")])
def test_an_id_or_a_form_of_two_words_is_refused(content: Path, second: dict[str, Any]) -> None:
    builders.write_topic(content)
    write_glossary(content, ENTRY, second)
    assert told(content) == [("glossary/en.yaml", 1, "bad-value")]


@pytest.mark.parametrize("name", ["fr.yaml", "en.yml", "words.md"])
def test_a_file_of_no_language_of_ours_is_refused(written: Path, name: str) -> None:
    (written / "glossary" / name).write_text("terms: []")
    assert told(written) == [(f"glossary/{name}", 1, "unknown-glossary")]


def test_a_word_without_its_twin_is_told_to_the_writer(written: Path) -> None:
    write_glossary(written, entry("stent", "支架"), language="zh-Hans")
    found = library.read(written)
    assert told(written) == [("glossary/en.yaml", 2, "term-alone"), ("glossary/zh-Hans.yaml", 2, "term-alone")]
    assert not found.errors


def test_explanations_that_are_hard_to_read_are_told(content: Path) -> None:
    builders.write_topic(content)
    hard = "Histopathological examination characterises epithelial malignancies. " * 2
    write_glossary(content, *(entry(f"word-{number}", f"word{number}", explanation=hard) for number in range(20)))
    assert ("glossary/en.yaml", 1, "too-hard") in told(content)


def test_each_rule_has_a_reason() -> None:
    assert all(BY_ID[name].reason for name in ("unknown-glossary", "term-alone"))


# What is signed


def test_the_words_explained_are_part_of_what_is_signed(written: Path) -> None:
    document, = documents(written)
    held = document.dossier(explained=("biopsy",))
    assert held["glossary"] == [{
        "id": "biopsy", "word": "biopsy", "explanation": ENTRY["explanation"], "title": "Biopsy",
        "issuer": "An Institute", "url": "https://example.org/biopsy", "language": ""}]
    assert build(document).digest == document.digest(explained=("biopsy",)) != document.digest()


@pytest.mark.parametrize("text", ["Nothing to explain", "Only in [the biopsy](topic:diseases/sampleitis)"])
def test_a_page_that_explains_no_word_is_signed_as_before(content: Path, text: str) -> None:
    builders.write_topic(content, text=text)
    before = [build(document).digest for document in documents(content)]
    write_glossary(content)
    after = documents(content)
    assert [build(document).digest for document in after] == before
    assert all("glossary" not in document.dossier() for document in after)


@pytest.mark.parametrize(("changed", "is_other"), [
    ({"explanation": "Tissue is taken."}, True), ({"term": "Biopsy test", "forms": ["biopsy"]}, True),
    ({"source": {**ENTRY["source"], "title": "Else"}}, True), ({"checked": "2026-02-03"}, False)])
def test_what_is_shown_of_an_entry_moves_the_digest_and_the_day_it_was_checked_does_not(
        written: Path, changed: dict[str, Any], is_other: bool) -> None:
    before, = (build(document).digest for document in documents(written))
    write_glossary(written, {**ENTRY, **changed})
    assert (build(documents(written)[0]).digest != before) is is_other


def test_a_changed_glossary_has_patients_pages_of_its_language_read_again(written: Path) -> None:
    builders.write_topic(written, language="zh-Hans")
    builders.write_topic(written, audience=Audience.HCP)
    known = library.read(written).fingerprints
    write_glossary(written, {**ENTRY, "explanation": "Else."})
    read = library.read(written, known).documents
    assert [document.path for document in read] == ["diseases/sampleitis/patient.en.md"]


# What is shipped


def test_the_shipped_glossaries_hold_the_same_words_and_are_plain() -> None:
    found = {language: read_glossary((SHIPPED / f"glossary/{language}.yaml").read_bytes(), language)
             for language in ("en", "zh-Hans")}
    entries = {language: glossary.entries if glossary else {} for language, (glossary, _) in found.items()}
    assert entries["en"].keys() == entries["zh-Hans"].keys() and len(entries["en"]) >= 25
    assert [finding.code for _, findings in found.values() for finding in findings if finding.code != "hard"] == []
