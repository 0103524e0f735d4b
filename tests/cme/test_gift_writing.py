"""GIFT written reads back to the same questions."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.cme.questions import assessment, choice, matching, numeric, ordering, true_false
from webapp.cme.rules.assessment import AssessmentFile
from webapp.cme.rules.exchange import gift
from webapp.cme.rules.exchange.gift_writing import export_gift, items_of

Words = dict[str, Any]
texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20),
    st.text("ab \n\\~=#{}:->[]%/*.5", min_size=1, max_size=20),
    st.sampled_from(["[html]so", "%50%of them", "// not a comment", "TRUE", "####", "a -> b", "\\n", "\\", "::x::",
                     "->", "$CATEGORY: a", "5:2", "first\n\n\nsecond", "> more"]),
).map(str.strip).filter(bool)
said = texts.map(lambda words: {"en": words})
numbers = st.decimals(min_value=-1000, max_value=1000, places=3)


@st.composite
def questions(draw: st.DrawFn) -> Words:
    """A question of any kind with any texts."""
    make = draw(st.sampled_from([choice, true_false, matching, ordering, numeric]))
    question = make("q1", stem=draw(said)) if make is not choice else choice(
        "q1", right=draw(st.integers(1, 3)), wrong=draw(st.integers(2, 4)), stem=draw(said))
    for part in (*question.get("options", ()), *question.get("pairs", ()), question.get("feedback", {}),
                 question.get("if_true", {}), question.get("if_false", {})):
        part.update({name: draw(said) for name in ("text", "left", "right", "why") if name in part})
    if make is ordering:
        question["steps"] = draw(st.lists(said, min_size=3, max_size=5))
    if make is matching:
        question["extras"] = draw(st.lists(said, max_size=2))
    if make is numeric:
        question |= {"answer": draw(numbers), "tolerance": abs(draw(numbers)), "unit": draw(said)}
    return question


def assert_reads_back(file: AssessmentFile) -> None:
    read = gift.read(export_gift(file, "en"))
    assert not read.losses
    assert [replace(item, line=0) for item in read.items] == list(items_of(file, "en"))


@given(questions())
def test_any_question_reads_back_as_it_was_written(question: Words) -> None:
    assert_reads_back(assessment(question))


def test_a_question_of_each_kind_reads_back_as_it_was_written() -> None:
    assert_reads_back(assessment(choice("one"), choice("some", right=2), true_false("so"), true_false("not", False),
                                 matching("pairs"), ordering("steps"), numeric("number")))


def test_a_single_choice_looks_as_moodle_writes_it() -> None:
    file = assessment(choice("dose", wrong=2, stem={"en": "Which: 5 {mg}?"}))
    assert export_gift(file, "en").split("\n\n")[0] == (
        "::dose::[plain]Which\\: 5 \\{mg\\}? {\n\t=Answer 0#For this reason.\n\t~Answer 1#For this reason."
        "\n\t~Answer 2#For this reason.\n}")


def test_several_right_answers_share_the_mark_and_a_wrong_one_costs_it() -> None:
    item = items_of(assessment(choice("q", right=3, wrong=2)), "en")[0]
    assert [str(each.share) for each in item.choices] == ["33.33333"] * 3 + ["-100"] * 2


def test_a_number_keeps_its_unit_behind_the_question() -> None:
    assert items_of(assessment(numeric("q")), "en")[0].stem.words == "How much? (mmol/L)"


def test_a_case_is_told_before_each_question_as_far_as_it_has_unfolded() -> None:
    file = assessment(choice("a", case="ann"), choice("b", case="ann", unfolds={"en": "She faints."}),
                      choice("c", case="ann", unfolds={"en": "She wakes."}), choice("d"),
                      cases=[{"key": "ann", "text": {"en": "Ann is 60."}}])
    stems = [item.stem.words for item in items_of(file, "en")[:4]]
    assert stems == ["Ann is 60.\n\nWhich?", "Ann is 60.\n\nShe faints.\n\nWhich?",
                     "Ann is 60.\n\nShe faints.\n\nShe wakes.\n\nWhich?", "Which?"]
