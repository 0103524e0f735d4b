"""An answer of each kind is right wholly or not at all, whatever the order in which its parts were shown."""

import random
from typing import Any

import pytest

from tests.cme import questions
from webapp.cme.rules import scoring
from webapp.cme.rules.scoring import Item
from webapp.core.errors import Invalid
from webapp.demo.service.learners import right_answer


def is_right(made: dict[str, Any], order: tuple[int, ...], *typed: str) -> bool:
    question = questions.assessment(made).questions[0]
    item = Item(question.key, order)
    return scoring.is_right(question, item, scoring.read_answer(question, item, typed))


@pytest.mark.parametrize(("typed", "expected"), [("2", True), ("0", False), ("1", False), ("", False)])
def test_the_single_best_answer_is_known_by_what_was_shown_at_its_place(typed: str, expected: bool) -> None:
    assert is_right(questions.choice("q"), (3, 1, 0, 2), typed) is expected


@pytest.mark.parametrize(("typed", "expected"), [
    (("0", "2"), True), (("2", "0"), True), (("0",), False), (("0", "1", "2"), False), (("0", "1", "2", "3"), False)])
def test_of_several_answers_all_and_no_other_are_right(typed: tuple[str, ...], expected: bool) -> None:
    assert is_right(questions.choice("q", right=2, wrong=2), (0, 3, 1, 2), *typed) is expected


@pytest.mark.parametrize("is_true", [True, False])
def test_true_is_right_of_what_is_so(is_true: bool) -> None:
    assert [is_right(questions.true_false("q", is_true), (), typed) for typed in ("true", "false")] == [
        is_true, not is_true]


@pytest.mark.parametrize(("typed", "expected"), [
    (("1", "2", "0"), True), (("0", "1", "2"), False), (("1", "2", ""), False)])
def test_every_pair_is_matched_or_the_answer_is_wrong(typed: tuple[str, ...], expected: bool) -> None:
    assert is_right(questions.matching("q"), (2, 0, 1), *typed) is expected


@pytest.mark.parametrize(("typed", "expected"), [
    (("2", "0", "1"), True), (("0", "1", "2"), False), (("2", "0", ""), False)])
def test_each_step_shown_has_its_place(typed: tuple[str, ...], expected: bool) -> None:
    assert is_right(questions.ordering("q"), (2, 0, 1), *typed) is expected


@pytest.mark.parametrize(("typed", "expected"), [
    ("7.5", True), ("7", True), ("8.0", True), ("7,2", True), ("6.99", False), ("8.01", False), ("−7.5", False)])
def test_a_number_is_right_within_its_tolerance_and_the_edge_counts(typed: str, expected: bool) -> None:
    assert is_right(questions.numeric("q"), (), typed) is expected


@pytest.mark.parametrize("typed", ["NaN", "Infinity", "seven", "1e999999999", "7.5 mmol/L"])
def test_what_is_no_number_is_said_and_not_scored(typed: str) -> None:
    with pytest.raises(Invalid, match="Write a number"):
        is_right(questions.numeric("q"), (), typed)


@pytest.mark.parametrize("made", [
    questions.choice("q"), questions.choice("q", right=2), questions.true_false("q"), questions.matching("q"),
    questions.ordering("q"), questions.numeric("q")])
def test_whoever_knows_is_right_however_it_is_shuffled(made: dict[str, Any]) -> None:
    file = questions.assessment(made)
    for seed in range(20):
        item, = [one for one in scoring.draw(file, ["q"], 1, avoid=(), is_shuffled=True, chance=random.Random(seed))
                 if one.question == "q"]
        question = file.questions[0]
        given = scoring.read_answer(question, item, right_answer(question, item))
        assert scoring.is_right(question, item, given)


@pytest.mark.parametrize(("right", "passed"), [(6, False), (7, True), (10, True), (0, False)])
def test_seven_in_ten_pass_at_seventy_per_cent(right: int, passed: bool) -> None:
    assert scoring.passes(right, 10, 70) is passed


def test_a_case_comes_with_what_was_told_and_asked_before_and_in_its_order() -> None:
    case = {"key": "visit", "text": {"en": "Somebody comes."}}
    file = questions.assessment(*(questions.choice(f"c{number}", case="visit") for number in (1, 2, 3)), cases=[case])
    for seed in range(20):
        drawn = [one.question for one in scoring.draw(file, ["c2"], 4, avoid=(), is_shuffled=True,
                                                      chance=random.Random(seed))]
        assert drawn.index("c2") - drawn.index("c1") == 1 and len(drawn) <= 4


@pytest.mark.parametrize(("given", "expected"), [
    ([2, 0, 1], [[0], [1], [2]]), ([0, 1, 2], [[2], [0], [1]]), ([1, 1, 0], [[1], [0, 2]]), ([None, 2, 2], [[0, 1]]),
    ([], [])])
def test_steps_are_told_place_by_place_as_an_answer_puts_them(given: list[int | None],
                                                              expected: list[list[int]]) -> None:
    assert scoring.placed(Item("q", (2, 0, 1)), given) == expected
