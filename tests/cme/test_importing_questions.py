"""Questions of another house as questions of ours, and what is told of what is lost."""

from textwrap import dedent
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.cme.questions import assessment, choice, matching, numeric, ordering, true_false
from webapp.articles.rules.frontmatter import validate
from webapp.articles.rules.locate import Yaml, read_yaml
from webapp.cme.rules.assessment import AssessmentFile
from webapp.cme.rules.exchange import gift, moodle_xml
from webapp.cme.rules.exchange.carrying import Carried, assessment_text, carry, to_add
from webapp.cme.rules.exchange.gift_writing import export_gift, items_of
from webapp.cme.rules.exchange.item import Kind

MOST = 400_000
Question = dict[str, Any]


def of_gift(text: str) -> Carried:
    return carry(gift.read(text), "en")


def one(text: str) -> Question:
    question, = of_gift(text).questions
    return question


def lost(text: str) -> list[tuple[int, str]]:
    return [(loss.line, loss.code) for loss in of_gift(text).losses]


def test_a_choice_keeps_its_answers_and_what_is_said_to_each() -> None:
    assert one("::Dose of X::How much? {=5 mg#Right. ~10 mg#Twice of it.\n~20 mg}") == {
        "key": "dose-of-x", "kind": "single", "objective": "", "stem": {"en": "How much?"}, "options": [
            {"key": "a", "text": {"en": "5 mg"}, "is_right": True, "why": {"en": "Right."}, "cites": []},
            {"key": "b", "text": {"en": "10 mg"}, "why": {"en": "Twice of it."}, "cites": []},
            {"key": "c", "text": {"en": "20 mg"}, "why": {}, "cites": []}]}


def test_what_is_said_whatever_the_answer_is_the_reason_where_an_answer_has_none() -> None:
    question = one("So? {=a#Own. ~b ~c ####For all.}")
    assert [option["why"]["en"] for option in question["options"]] == ["Own.", "For all.", "For all."]


@pytest.mark.parametrize(("text", "kind"), [
    ("So? {~%50%a ~%50%b ~%-100%c}", "several"), ("So? {=a =b ~c}", "several"), ("So? {=a ~%50%b ~c}", "single"),
    ("So? {T}", "true-false"), ("So? {=a -> 1 =b -> 2 =c -> 3}", "matching"), ("So? {>\na\nb\nc}", "ordering"),
    ("So? {#5:1}", "numeric")])
def test_each_kind_of_ours_is_carried_over(text: str, kind: str) -> None:
    assert one(text)["kind"] == kind


def test_truth_gives_each_answer_its_own_reason() -> None:
    question = one("So? {FALSE#It is not.#Well seen.}")
    assert (question["is_true"], question["if_true"]["why"], question["if_false"]["why"]) == (
        False, {"en": "It is not."}, {"en": "Well seen."})


def test_a_right_side_without_a_left_one_is_an_extra() -> None:
    assert one("So? {=a -> 1 =b -> 2 =c -> 3 = -> 4}")["extras"] == [{"en": "4"}]


@pytest.mark.parametrize(("text", "code"), [
    ("Say it. {}", "other-kind"), ("Read this.", "other-kind"), ("Name it. {=a =b}", "other-kind"),
    ("$CATEGORY: a", "other-kind"), ("So? {~a ~b}", "no-key"), ("So? {#=%50%5}", "no-key"),
    ("So? {=a", "unread-question")])
def test_what_cannot_be_a_question_of_ours_is_told_with_its_line(text: str, code: str) -> None:
    assert of_gift(f"\n\n{text}").questions == ()
    assert lost(f"\n\n{text}") == [(3, code)]


@pytest.mark.parametrize(("text", "code"), [
    ("So? {=a =b ~c}", "any-of"), ("So? {=a ~%50%b}", "part-marks"), ("So? {#=5 =%50%6}", "other-numbers"),
    ("So? {=a#x ~b#y ####All.}", "general-feedback"), ("// [tag:x]\nSo? {T}", "left-out"),
    ("[html]<p>So?<img src\\=\"a.png\"></p> {T}", "left-out")])
def test_a_question_that_loses_something_is_carried_over_and_told(text: str, code: str) -> None:
    assert len(of_gift(text).questions) == 1
    assert [code for _, code in lost(text)] == [code]


def test_html_becomes_words_with_a_line_a_block() -> None:
    question = one("[html]<p>The <b>first</b>&nbsp;line</p><p>second<br>third</p> {T}")
    assert question["stem"] == {"en": "The first line\nsecond\nthird"}


def test_a_comparison_is_no_html() -> None:
    assert one("Is 3 < 5 and 7 > 2? {T}")["stem"] == {"en": "Is 3 < 5 and 7 > 2?"}


def test_names_that_are_the_same_or_of_no_latin_letter_get_keys_of_their_own() -> None:
    keys = [question["key"] for question in of_gift("::A::x {T}\n\n::a::y {T}\n\n::剂量::z {T}\n\nw {T}").questions]
    assert keys == ["a", "a-2", "question-3", "question-4"]


INCOMPLETE = "::dose::How much? {=5 mg#Right. ~10 mg ~20 mg}\n\n::number::How many? {#5}"


def test_each_question_is_told_with_what_it_still_needs() -> None:
    carried = of_gift(INCOMPLETE)
    text = assessment_text(carried)
    found = {text.split("\n")[finding.line - 1]: finding.message for finding in to_add(carried, text, MOST)}
    assert found == {"- key: dose": "`dose` still needs: objective, cites, why",
                     "- key: number": "`number` still needs: objective, unit, why, cites"}


def test_the_check_of_the_written_file_names_each_place_to_complete() -> None:
    read = read_yaml(assessment_text(of_gift(INCOMPLETE)))
    assert isinstance(read, Yaml)
    findings = validate(AssessmentFile, read)
    assert isinstance(findings, list)
    names = " ".join(finding.message for finding in findings)
    assert all(f"`questions.{place}" in names for place in (
        "0.single.objective", "0.single.options.1.why", "0.single.options.0.cites", "1.numeric.unit"))


def test_texts_and_numbers_survive_the_written_file() -> None:
    source = "::a::no {T}\n\n::b::first\\nsecond\\: {#-12.50:0.25}\n\n::c::2026-01-01 {=on ~1\\:30 ~null}"
    written = yaml.safe_load(assessment_text(of_gift(source)))["questions"]
    assert [question["stem"]["en"] for question in written] == ["no", "first\nsecond:", "2026-01-01"]
    read = read_yaml(assessment_text(of_gift(source)), 1, MOST)
    assert isinstance(read, Yaml)
    numeric_, single = read.values["questions"][1:]  # type: ignore[index]
    assert (numeric_["answer"], numeric_["tolerance"]) == (-12.5, 0.25)
    assert [option["text"]["en"] for option in single["options"]] == ["on", "1:30", "null"]


def completed(question: Question) -> Question:
    """As a writer completes it."""
    def fill(part: Any) -> Any:
        if isinstance(part, list):
            return [fill(one) for one in part]
        if not isinstance(part, dict):
            return part
        return {name: {"cites": ["guideline"], "objective": "goal", "unit": {"en": "mmol/L"}}.get(name, fill(value))
                for name, value in part.items()}

    return dict(fill(question))


def test_an_exported_assessment_that_comes_back_and_is_completed_asks_the_same() -> None:
    file = assessment(choice("one"), choice("some", right=2), true_false("so"), matching("pairs"), ordering("steps"),
                      numeric("number"), choice("last"))
    carried = carry(gift.read(export_gift(file, "en")), "en")
    assert not carried.losses
    again = AssessmentFile.model_validate({"questions": [completed(question) for question in carried.questions]})
    # The unit stands in the stem already
    assert items_of(again, "en")[:5] == items_of(file, "en")[:5]
    assert again.questions[6:] == file.questions[6:]


marks = st.lists(st.sampled_from([
    "a", "5", " ", "\n", "\n\n", "//", "::", "{", "}", "{}", "=", "~", "#", "####", "->", "\\", "%50%", ":", "..", ">",
    "T", "[html]", "<p>", "</b>", "$CATEGORY:", "{=a ~b}", "{#5:1}", "\x01", "\u2028", "剂量"]),
                 max_size=40).map("".join)


@given(marks)
def test_whatever_a_gift_file_holds_is_read_or_told_and_what_is_written_is_yaml(text: str) -> None:
    carried = of_gift(text)
    assert isinstance(read_yaml(assessment_text(carried), 1, MOST), Yaml)
    assert len({question["key"] for question in carried.questions}) == len(carried.questions)


QUIZ = dedent("""\
    <?xml version="1.0" encoding="UTF-8"?>
    <quiz>
      <question type="category"><category><text>$course$/heart</text></category></question>
      <question type="multichoice">
        <name><text>First drug</text></name>
        <questiontext format="html"><text><![CDATA[<p>Which <b>drug</b> first?</p>]]></text></questiontext>
        <generalfeedback format="html"><text></text></generalfeedback>
        <single>true</single>
        <correctfeedback format="html"><text>Well done.</text></correctfeedback>
        <answer fraction="100" format="html"><text>A</text><feedback format="html"><text>Yes.</text></feedback></answer>
        <answer fraction="0" format="html"><text>B</text><feedback format="html"><text>No.</text></feedback></answer>
        <answer fraction="0" format="html"><text>C &amp; D</text><feedback><text/></feedback></answer>
      </question>
      <question type="multichoice"><name><text>Some</text></name>
        <questiontext format="plain_text"><text>Which?</text></questiontext><single>false</single>
        <answer fraction="50"><text>A</text></answer><answer fraction="50"><text>B</text></answer>
        <answer fraction="-100"><text>C</text></answer></question>
      <question type="truefalse"><name><text>So</text></name>
        <questiontext format="moodle_auto_format"><text>So?</text></questiontext>
        <answer fraction="0"><text>true</text><feedback><text>It is not.</text></feedback></answer>
        <answer fraction="100"><text>false</text><feedback><text>Right.</text></feedback></answer></question>
      <question type="numerical"><name><text>Dose</text></name>
        <questiontext format="html"><text>How much?</text></questiontext>
        <answer fraction="100"><text>7.5</text><tolerance>0.5</tolerance><feedback><text>Yes.</text></feedback></answer>
        <answer fraction="0"><text>*</text><tolerance>0</tolerance><feedback><text>No.</text></feedback></answer>
        <units><unit><multiplier>1000</multiplier><unit_name>g</unit_name></unit>
          <unit><multiplier>1</multiplier><unit_name>mg</unit_name></unit></units></question>
      <question type="matching"><name><text>Pairs</text></name>
        <questiontext format="html"><text>Match.</text></questiontext>
        <subquestion format="html"><text>a</text><answer><text>1</text></answer></subquestion>
        <subquestion format="html"><text>b</text><answer><text>2</text></answer></subquestion>
        <subquestion format="html"><text></text><answer><text>3</text></answer></subquestion></question>
      <question type="ordering"><name><text>Steps</text></name>
        <questiontext format="html"><text>Order.</text></questiontext>
        <answer fraction="2.0000000"><text>second</text></answer>
        <answer fraction="1.0000000"><text>first</text></answer></question>
      <question type="cloze"><name><text>Gaps</text></name>
        <questiontext format="html"><text>{1:SHORTANSWER:=a}</text></questiontext></question>
    </quiz>
    """)


def test_moodle_xml_is_carried_over_kind_by_kind() -> None:
    carried = carry(moodle_xml.read(QUIZ.encode()), "en")
    first, some, so, dose, pairs, steps = carried.questions
    kinds = [question["kind"] for question in carried.questions]
    assert kinds == ["single", "several", "true-false", "numeric", "matching", "ordering"]
    assert (first["key"], first["stem"]) == ("first-drug", {"en": "Which drug first?"})
    assert [option["text"]["en"] for option in first["options"]] == ["A", "B", "C & D"]  # type: ignore[attr-defined]
    assert [option.get("is_right") for option in some["options"]] == [True, True, None]  # type: ignore[attr-defined]
    assert (so["is_true"], so["if_true"]) == (False, {"why": {"en": "It is not."}, "cites": []})
    assert (str(dose["answer"]), str(dose["tolerance"]), dose["unit"]) == ("7.5", "0.5", {"en": "mg"})
    assert (len(pairs["pairs"]), pairs["extras"]) == (2, [{"en": "3"}])  # type: ignore[arg-type]
    assert steps["steps"] == [{"en": "first"}, {"en": "second"}]


def test_what_moodle_xml_loses_is_told_with_its_line() -> None:
    losses = carry(moodle_xml.read(QUIZ.encode()), "en").losses
    assert [(loss.line, loss.code) for loss in losses] == [
        (3, "other-kind"), (4, "left-out"), (22, "other-numbers"), (37, "other-kind")]
    assert "correctfeedback" in losses[1].message and "cloze" in losses[3].message


def question(inside: str, kind: str = "truefalse") -> bytes:
    return f'<quiz>\n<question type="{kind}">{inside}</question></quiz>'.encode()


@pytest.mark.parametrize("inside", [
    "", '<answer fraction="100"><text>true</text></answer>',
    '<answer fraction="100"><text>true</text></answer><answer fraction="100"><text>false</text></answer>',
    '<answer fraction="all"><text>true</text></answer><answer fraction="0"><text>false</text></answer>'])
def test_a_broken_question_is_told_and_is_not_read(inside: str) -> None:
    read = moodle_xml.read(question(inside))
    assert (read.items, [loss.line for loss in read.losses]) == ((), [2])


def test_short_answers_and_essays_are_read_as_such() -> None:
    assert [moodle_xml.read(question("", kind)).items[0].kind for kind in ("shortanswer", "essay", "ddwtos")] == [
        Kind.SHORT, Kind.ESSAY, Kind.OTHER]


@pytest.mark.parametrize(("content", "line", "message"), [
    (b'<!DOCTYPE quiz [<!ENTITY a "aaaa">]>\n<quiz>&a;</quiz>', 1, "document type"),
    (b'<!DOCTYPE quiz SYSTEM "file:///etc/passwd"><quiz/>', 1, "document type"),
    (b"<quiz>\n<question></quiz>", 2, "not well-formed"), (b"", 1, "not well-formed"), (b"<html/>", 1, "<quiz>"),
    (b"<quiz>&nbsp;</quiz>", 1, "not well-formed"), (b'<?xml version="1.0" encoding="x"?><quiz/>', 1, ""),
    (b"<quiz>" + b"<a>" * 60, 1, "nested")])
def test_a_file_that_is_no_moodle_xml_is_refused(content: bytes, line: int, message: str) -> None:
    with pytest.raises(moodle_xml.Unreadable) as refused:
        moodle_xml.read(content)
    assert (refused.value.finding.line, message in refused.value.finding.message) == (line, True)


def test_a_question_that_is_complete_needs_nothing() -> None:
    carried = of_gift(INCOMPLETE)
    whole = Carried(tuple(completed(one) for one in of_gift("So? {T#No.#Yes.}").questions), carried.losses)
    assert to_add(whole, assessment_text(whole), MOST) == ()


def test_more_than_a_check_reads_is_told() -> None:
    carried = of_gift(INCOMPLETE)
    finding, = to_add(carried, assessment_text(carried), 100)
    assert finding.code == "yaml-too-large"
