"""GIFT read: every shared sample beside its expected parse, and what cannot be read."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from webapp.cme.rules.exchange import gift
from webapp.cme.rules.exchange.item import Item, Kind, Text

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "10_xapi_cmi5_quiz" / "gift"
KINDS = {"MC": Kind.CHOICE, "TF": Kind.TRUE_FALSE, "Short": Kind.SHORT, "Numerical": Kind.NUMBER,
         "Matching": Kind.MATCHING, "Essay": Kind.ESSAY, "Description": Kind.DESCRIPTION, "Category": Kind.CATEGORY}

Parse = dict[str, Any]


def words(text: Parse | None) -> tuple[str, str] | None:
    return (text["text"], text["format"]) if text and text["text"] else None


def share(choice: Parse) -> Decimal:
    return Decimal(str(choice["weight"] if choice["weight"] is not None else 100 * choice["isCorrect"]))


def bounds(number: Parse) -> tuple[Decimal, Decimal] | None:
    """The lowest and the highest number that is right; None for any."""
    if number.get("text") == "*":
        return None
    if number["type"] == "high-low":
        return Decimal(str(number["numberLow"])), Decimal(str(number["numberHigh"]))
    middle, off = Decimal(str(number["number"])), Decimal(str(number.get("range", 0)))
    return middle - off, middle + off


def expected(parse: Parse) -> Parse:
    """A sample's parse, in words that an item can be put into too."""
    kind, choices = KINDS[parse["type"]], parse.get("choices", [])
    told: Parse = {"kind": kind, "name": parse["title"] or "", "stem": words(parse.get("stem")),
                   "general": words(parse.get("globalFeedback"))}
    if kind is Kind.NUMBER:
        each = choices if isinstance(choices, list) else [
            {"text": choices, "isCorrect": True, "weight": None, "feedback": None}]
        told["answers"] = [(bounds(one["text"]), share(one), words(one["feedback"])) for one in each]
    elif kind in (Kind.CHOICE, Kind.SHORT):
        told["answers"] = [(words(one["text"]), share(one), words(one["feedback"])) for one in choices]
    elif kind is Kind.MATCHING:
        told["answers"] = [(words(pair["subquestion"]), pair["subanswer"]) for pair in parse["matchPairs"]]
    elif kind is Kind.TRUE_FALSE:
        # The samples name the two by their place; in Moodle the first is said to the wrong answer.
        told["answers"] = [parse["isTrue"], words(parse["trueFeedback"]), words(parse["falseFeedback"])]
    return told


def found(item: Item) -> Parse:
    def plain(text: Text) -> tuple[str, str] | None:
        return (text.words, text.form.value) if text else None

    told: Parse = {"kind": item.kind, "name": item.name, "stem": plain(item.stem), "general": plain(item.general)}
    if item.kind is Kind.NUMBER:
        told["answers"] = [(None if one.answer is None else (one.answer - one.tolerance, one.answer + one.tolerance),
                            one.share, plain(one.feedback)) for one in item.numbers]
    elif item.kind in (Kind.CHOICE, Kind.SHORT):
        told["answers"] = [(plain(one.text), one.share, plain(one.feedback)) for one in item.choices]
    elif item.kind is Kind.MATCHING:
        told["answers"] = [(plain(pair.left), pair.right) for pair in item.pairs]
    elif item.kind is Kind.TRUE_FALSE:
        told["answers"] = [item.is_true, plain(item.on_wrong), plain(item.on_right)]
    return told


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples of GIFT are not here")
def test_every_sample_is_read_as_its_expected_parse_says() -> None:
    samples = sorted(SAMPLES.glob("*.gift"))
    assert len(samples) >= 30
    for sample in samples:
        read = gift.read(sample.read_text("utf-8"))
        parses = json.loads(sample.with_suffix(".json").read_text("utf-8"))
        assert not read.losses, sample.name
        assert [found(item) for item in read.items] == [expected(parse) for parse in parses], sample.name


def only(text: str) -> Item:
    read = gift.read(text)
    assert not read.losses
    item, = read.items
    return item


def test_an_escaped_sign_is_a_sign_and_an_escaped_n_a_new_line() -> None:
    item = only(r"Is pH \~ 7\: yes \{or\} no? {=a \= b\nc#at 50\# ~d \\ e}")
    assert item.stem.words == "Is pH ~ 7: yes {or} no?"
    assert [choice.text.words for choice in item.choices] == ["a = b\nc", "d \\ e"]
    assert item.choices[0].feedback.words == "at 50#"


def test_questions_know_their_lines_and_comments_are_skipped() -> None:
    read = gift.read("\ufeff// one\r\n\r\n\r\n// two\r\nFirst? {T}\r\n  // within\r\n\r\nSecond?\n{F}\n")
    assert [(item.line, item.stem.words) for item in read.items] == [(5, "First?"), (8, "Second?")]


def test_marks_in_comments_are_told_as_not_read() -> None:
    assert only("// [id:7] [tag:heart] [tag:dose]\nSo? {T}").left == ("id", "tag")


def test_steps_of_an_ordering_question_stand_a_line_each() -> None:
    item = only("::Wash::Order. {>ALL VERTICAL\n wet\n [html]<b>soap</b>\n\\~ rinse\n####Wash long.}")
    assert (item.kind, [step.words for step in item.steps]) == (Kind.ORDERING, ["wet", "<b>soap</b>", "~ rinse"])
    assert item.general.words == "Wash long."


def test_truth_is_told_in_either_case_and_its_first_comment_is_for_the_wrong_answer() -> None:
    item = only("It is. {false#No.#Yes.}")
    assert (item.is_true, item.on_wrong.words, item.on_right.words) == (False, "No.", "Yes.")


def test_a_category_that_a_question_follows_without_a_blank_line_hides_it_not() -> None:
    category, question = gift.read("$CATEGORY: heart\nSo? {T}").items
    assert (category.kind, category.name, question.line) == (Kind.CATEGORY, "heart", 2)


@pytest.mark.parametrize(("text", "message"), [
    ("Why? {=a ~b", "without their closing brace"), ("Why? =a ~b}", "was not opened"),
    ("Why {=a} and {=b}?", "more than one group"), ("How many? {#about five}", "no number"),
    ("How many? {#1..many}", "no number"), ("How many? {#nan}", "no number"),
    ("How many? {#1e999}", "no number"), ("Why? {a =b ~c}", "before the first")])
def test_a_question_that_cannot_be_read_is_told_and_the_next_one_is_read(text: str, message: str) -> None:
    read = gift.read(f"\n{text}\n\nSo? {{T}}")
    loss, = read.losses
    assert (loss.line, message in loss.message) == (2, True)
    assert [item.stem.words for item in read.items] == ["So?"]


def test_an_empty_file_holds_nothing() -> None:
    assert gift.read("\n// nothing\n\n").items == ()
