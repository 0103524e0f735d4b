"""What differs between two texts, by words, and how it is shown."""

import random
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.differences import Part, by_words, changes, hunks, in_brief

TEXTS = st.lists(st.sampled_from(["a", "b", "day", " ", ". ", "\n", "每", "日", "。"]), max_size=40).map("".join)


def before_of(parts: Sequence[Part]) -> str:
    return "".join(part.text for part in parts if part.kind != "added")


def after_of(parts: Sequence[Part]) -> str:
    return "".join(part.text for part in parts if part.kind != "removed")


def changed(before: str, after: str) -> list[str]:
    return [part.text for part in by_words(before, after) if part.kind != "same"]


def test_changed_words_stand_out() -> None:
    assert by_words("Take one tablet a day.", "Take two tablets a day.") == [
        ("same", "Take "), ("removed", "one tablet "), ("added", "two tablets "), ("same", "a day.")]


def test_a_full_stop_is_no_part_of_the_word_before_it() -> None:
    assert changed("It heals by itself.", "It heals slowly.") == ["by itself", "slowly"]


def test_chinese_is_compared_by_characters() -> None:
    assert changed("每日一次", "每日两次") == ["一", "两"]
    assert changed("病人要多喝水。", "病人多喝温水。") == ["要", "温"]


def test_a_word_that_stands_everywhere_leads_nothing_astray() -> None:
    words = [f"the w{number % 97}" for number in range(600)]
    assert changed(" ".join(words), " ".join([*words[:250], "the odd", *words[251:]])) == ["w56 ", "odd "]


PROSE = random.Random(0).choices([f"w{number}" for number in range(150)], k=4000)
"""Each word stands in it some thirty times."""


def test_of_a_long_line_with_a_few_other_words_only_these_are_told() -> None:
    edited = ["odd" if number % 10 == 5 else word for number, word in enumerate(PROSE)]
    assert changed(" ".join(PROSE), " ".join(edited)) == [
        text for word in PROSE[5::10] for text in (f"{word} ", "odd ")]


def test_a_text_wrapped_anew_is_the_same_but_for_words_at_the_ends_of_lines() -> None:
    wrapped = "\n".join(" ".join(PROSE[start:start + 20]) for start in range(0, len(PROSE), 20))
    assert len(changed(" ".join(PROSE), wrapped)) == 2 * (len(PROSE) // 20 - 1)


def test_empty_lines_between_paragraphs_are_taken_for_no_likeness() -> None:
    assert changed("one two\n\nthree four\n", "five\n\n\n\nsix\n") == ["one two\n\nthree four\n", "five\n\n\n\nsix\n"]


@pytest.mark.parametrize(("before", "after"), [("", "new"), ("old", ""), ("", "")])
def test_an_empty_text_is_no_fault(before: str, after: str) -> None:
    assert [part.text for part in by_words(before, after)] == [text for text in (before, after) if text]


@given(TEXTS, TEXTS)
def test_a_comparison_holds_both_texts_whole(before: str, after: str) -> None:
    parts = by_words(before, after)
    assert (before_of(parts), after_of(parts)) == (before, after)
    shown = [part for hunk in hunks(parts, 1) for part in hunk.parts]
    assert (before_of(shown), after_of(shown)) == (before, after)


def test_long_passages_that_stayed_the_same_are_folded_away_and_none_is_lost() -> None:
    lines = [f"line {number}\n" for number in range(40)]
    parts = changes("".join(lines), "".join([*lines[:20], "another\n", *lines[21:]]))
    assert [(part.is_folded, part.lines) for part in parts] == [(True, 17), (False, 8), (True, 16)]
    assert changes("the same", "the same") == []


def test_of_one_long_paragraph_sentences_beside_a_change_are_shown() -> None:
    sentences = [f"Sentence {number} says so. " for number in range(40)]
    first, shown, last = changes("".join(sentences), "".join([*sentences[:20], "Not this one. ", *sentences[21:]]))
    assert first.is_folded and last.is_folded
    assert before_of(shown.parts) == "".join(sentences[17:24])


def test_a_text_without_any_end_is_folded_too() -> None:
    text = "word " * 2000
    shown = [hunk for hunk in changes(f"a {text}", f"b {text}") if not hunk.is_folded]
    assert sum(len(part.text) for hunk in shown for part in hunk.parts) < 1000


def test_in_brief_each_place_has_a_little_around_it() -> None:
    before = "<p>One tablet</p>" + "x" * 50 + "<p>twice</p>"
    assert in_brief(by_words(before, before.replace("One", "Two").replace("twice", "daily")), 5) == [
        "<p>[-One -]{+Two +}table", "xx<p>[-twice-]{+daily+}</p>"]
    assert in_brief(by_words("one, two", "1, 2"), 5) == ["[-one-]{+1+}, [-two-]{+2+}"]
    assert in_brief(by_words("same", "same"), 5) == []


@pytest.mark.parametrize(("before", "after"), [
    ("a\n" * 200_000, "b\n" + "a\n" * 200_000), ("a\nb\n" * 100_000, "b\na\n" * 100_000),
    ("a " * 200_000, "b " + "a " * 200_000), ("", "a\n" * 200_000), ("a b " * 400, "b a " * 400),
    ("x\n" + "a\n" * 20_000 + "y", "z\n" + "a\n" * 20_001 + "!"), ("b " + "a " * 20_000 + " c", "d " + "a " * 20_001)],
    ids=["lines", "pairs", "words", "nothing", "few", "ends", "run"])
def test_a_hostile_pair_of_texts_is_compared_in_a_moment(before: str, after: str) -> None:
    began = time.process_time()
    parts = by_words(before, after)
    assert time.process_time() - began < 2
    assert (before_of(parts), after_of(parts)) == (before, after)
