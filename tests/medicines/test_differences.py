"""What differs between two texts, by words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.medicines.rules.differences import GAP, Part, word_difference


def test_a_changed_word_stands_out() -> None:
    assert word_difference("One tablet a day.", "Two tablets a day.") == [
        Part("del", "One tablet "), Part("ins", "Two tablets "), Part("same", "a day.")]


def test_a_word_that_stands_everywhere_leads_nothing_astray() -> None:
    words = [f"the w{number % 97}" for number in range(600)]
    changed = [*words[:250], "the odd", *words[251:]]
    parts = word_difference(" ".join(words), " ".join(changed), context_words=5)

    assert [part.text for part in parts if part.kind != "same"] == ["w56 ", "odd "]


def test_chinese_is_compared_by_signs() -> None:
    assert [part.text for part in word_difference("每日一次", "每日两次") if part.kind != "same"] == ["一", "两"]


def test_of_long_runs_that_both_have_only_the_ends_are_shown() -> None:
    lines = "\n".join(f"line {number} says so" for number in range(200))
    parts = word_difference(f"{lines}\nold\n{lines}", f"{lines}\nnew\n{lines}")

    assert [part.text for part in parts[1:3]] == ["old\n", "new\n"]
    assert parts[0].text.startswith(GAP) and parts[3].text.endswith(GAP) and len(parts[0].text) < 300


def test_texts_made_to_take_for_ever_are_not_compared_by_words() -> None:
    parts = word_difference("a " * 20_000, "a " * 20_001)
    assert [part.kind for part in parts] == ["del", "ins"]


@pytest.mark.parametrize(("before", "after"), [("", "new"), ("old", ""), ("", "")])
def test_an_empty_text_is_no_fault(before: str, after: str) -> None:
    assert [part.text for part in word_difference(before, after)] == [text for text in (before, after) if text]


TEXTS = st.lists(st.sampled_from(["a", "b", "day", " ", ". ", "\n", "每", "日", "。"]), max_size=40).map("".join)


@given(TEXTS, TEXTS)
def test_the_parts_lead_from_one_text_to_the_other(before: str, after: str) -> None:
    parts = word_difference(before, after, context_words=1000)
    assert "".join(part.text for part in parts if part.kind != "ins") == before
    assert "".join(part.text for part in parts if part.kind != "del") == after
