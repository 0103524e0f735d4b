"""Questions brought in and given out by command."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.cme.questions import choice, numeric
from webapp.cme.cli import cme
from webapp.cme.rules.exchange import gift
from webapp.cme.service import exchanging, folder
from webapp.cme.service.exchanging import Format
from webapp.core.errors import Conflict, Invalid, NotFound

GOALS = ("goal", "other-goal", "last-goal")


def english(words: str) -> dict[str, str]:
    return {"en": words}


def activity_files() -> dict[str, str]:
    """The files of an activity of twenty questions and five sections."""
    questions: list[dict[str, Any]] = [choice(f"q{place}", objective=GOALS[place % 3]) for place in range(19)]
    about = {
        "languages": ["en"], "titles": english("Dose"), "summaries": english("How much."),
        "format": "enduring-material", "minutes": 30, "minutes_estimated": english("By word count."),
        "audience": english("Physicians"), "prerequisites": english("None."), "specialties": ["207R00000X"],
        "valid": {"first": "2026-01-01", "last": "2027-01-01"}, "grace_days": 30, "design": english("Cases."),
        "gap": {"practice": english("Too little."), "needs": ["knowledge"], "evidence": english("A survey."),
                "barriers": english("Time."), "cites": ["guideline"]},
        "objectives": [{"key": key, "text": english("Name the dose.")} for key in GOALS],
        "pass_mark": 70, "attempts": 3, "pre_test": [f"q{place}" for place in range(5)], "post_test_items": 10,
        "credits": [{"system": "hours", "maximum": 0.5}],
        "contributors": [{"name": "A. Writer", "credentials": english("MD"), "parts": ["author"],
                          "began_on": "2026-01-02", "disclosed_on": "2026-01-01", "relationships": []}],
        "support": [], "references": [{"key": "guideline", "title": "A guideline", "issuer": "A society", "year": 2026,
                                       "url": "https://example.org/guideline"}],
        "drafted": {"by": "A. Writer", "on": "2026-01-01"}, "next_review": "2027-01-01"}
    head = yaml.safe_dump({"title": "Section", "objectives": list(GOALS)})
    return {"activity.yaml": yaml.safe_dump(about),
            "assessment.yaml": yaml.safe_dump({"questions": [*questions, numeric("number")]}),
            **{f"0{place}-part.en.md": f"---\n{head}---\n\nText. [@guideline]\n" for place in range(1, 6)}}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    place = tmp_path / "content" / folder.FOLDER / "dose"
    place.mkdir(parents=True)
    for name, text in activity_files().items():
        (place / name).write_text(text)
    return tmp_path / "content"


def run(*words: object) -> Result:
    return CliRunner().invoke(cme, [str(word) for word in words])


def test_an_import_writes_the_file_and_says_what_is_lost_and_what_to_add(tmp_path: Path) -> None:
    source, into = tmp_path / "quiz.gift", tmp_path / "assessment.yaml"
    source.write_text("::dose::How much? {=5 mg ~10 mg ~20 mg}\n\nSay it. {}\n")
    done = run("import", source, "--into", into)
    assert done.exit_code == 0, done.output
    assert f"{source}:3: warning: a question that is answered by an essay is not carried over." in done.output
    assert f"1 questions written to {into}; 1 remarks" in done.output
    assert yaml.safe_load(into.read_text())["questions"][0]["key"] == "dose"


def test_moodle_xml_is_known_by_its_name_and_a_language_is_taken(tmp_path: Path) -> None:
    source, into = tmp_path / "quiz.xml", tmp_path / "assessment.yaml"
    source.write_text('<quiz><question type="truefalse"><questiontext><text>是吗？</text></questiontext>'
                      '<answer fraction="100"><text>true</text></answer>'
                      '<answer fraction="0"><text>false</text></answer></question></quiz>')
    assert run("import", source, "--into", into, "--language", "zh-Hans").exit_code == 0
    assert yaml.safe_load(into.read_text("utf-8"))["questions"][0]["stem"] == {"zh-Hans": "是吗？"}


def test_a_name_that_tells_no_format_needs_it_told(tmp_path: Path) -> None:
    source = tmp_path / "quiz.doc"
    source.write_text("So? {T}")
    assert "--format" in run("import", source, "--into", tmp_path / "a.yaml").output
    assert run("import", source, "--into", tmp_path / "a.yaml", "--format", "gift").exit_code == 0


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    source, into = tmp_path / "quiz.gift", tmp_path / "assessment.yaml"
    source.write_text("So? {T}")
    into.write_text("mine")
    with pytest.raises(Conflict, match="there already"):
        exchanging.bring_in(source, into, Format.GIFT, "en")
    assert into.read_text() == "mine"


@pytest.mark.parametrize(("content_of", "form", "message"), [
    (b"Say it. {}", Format.GIFT, r":1: warning: .* an essay .*\n.*no question that can be carried over"),
    (b"\xff", Format.GIFT, "not UTF-8"),
    (b"<!DOCTYPE quiz><quiz/>", Format.MOODLE_XML, ":1: it declares a document type"),
    pytest.param(b" " * 2_000_001, Format.GIFT, "2,000,000 bytes", id="too long")])
def test_a_file_that_cannot_come_in_is_refused_and_nothing_is_written(
        tmp_path: Path, content_of: bytes, form: Format, message: str) -> None:
    source, into = tmp_path / "quiz", tmp_path / "assessment.yaml"
    source.write_bytes(content_of)
    with pytest.raises(Invalid, match=message):
        exchanging.bring_in(source, into, form, "en")
    assert not into.exists()


def test_an_export_holds_every_question_of_the_activity(content: Path) -> None:
    done = run("export", "dose", content)
    assert done.exit_code == 0, done.output
    names = [item.name for item in gift.read(done.output).items]
    assert names == [*(f"q{place}" for place in range(19)), "number"]


def test_an_activity_is_not_given_out_in_a_language_that_it_lacks(content: Path) -> None:
    with pytest.raises(Invalid, match="not given in zh-Hans but in en"):
        exchanging.gift_of(content, "dose", "zh-Hans")


def test_an_activity_with_problems_is_not_given_out(content: Path) -> None:
    (content / folder.FOLDER / "dose" / "01-part.en.md").unlink()
    with pytest.raises(Invalid, match="few-sections"):
        exchanging.gift_of(content, "dose", "en")


@pytest.mark.parametrize("slug", ["other", "..", ".", "../cme/dose", ""])
def test_an_activity_that_is_not_there_is_not_given_out(content: Path, slug: str) -> None:
    with pytest.raises(NotFound):
        exchanging.gift_of(content, slug, "en")
