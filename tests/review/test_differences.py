"""What changed between two texts, by words; and whether that is administrative."""

import time

import pytest

from webapp.review.rules.differences import GONE, NEW, SAME, by_words, folded
from webapp.review.rules.untouched import Content, touched

SOURCE = """## In short

Ask your pharmacist about storing it.

It lowers blood sugar [@label].

Take 500 mg twice a day.

/// warning | Be careful
Call your doctor about sickness.

Drink water.
///

Keep it in its box."""


def content(source: str = SOURCE, body_html: str = '<img src="/a.png">', title: str = "A piece") -> Content:
    return Content(title, ("us",), "patient", source, body_html)


def test_words_that_go_and_come_are_told_apart() -> None:
    assert by_words("take one pill\nnow", "take two pills\nnow") == [
        (SAME, "take ", False), (GONE, "one", False), (NEW, "two", False), (SAME, " ", False), (GONE, "pill", False),
        (NEW, "pills", False), (SAME, "\nnow", False)]


def test_chinese_is_compared_by_characters() -> None:
    assert [piece for piece in by_words("每日一次", "每日两次") if piece.kind != SAME] == [
        (GONE, "一", False), (NEW, "两", False)]


@pytest.mark.parametrize(("before", "after"), [("", "a b"), ("a b", ""), ("a\nb\nc", "c\nb\na"), ("x " * 50, "y " * 9)])
def test_both_texts_can_be_read_off_the_pieces(before: str, after: str) -> None:
    pieces = by_words(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != NEW) == before
    assert "".join(piece.text for piece in pieces if piece.kind != GONE) == after


def test_long_unchanged_stretches_are_left_out() -> None:
    text = "word " * 2000
    shown = folded(by_words(f"a {text}", f"b {text}"))
    assert sum(len(piece.text) for piece in shown) < 1000 and any(piece.is_left_out for piece in shown)


@pytest.mark.parametrize("word", ["a ", "a\n"])
def test_texts_that_are_made_to_take_long_do_not(word: str) -> None:
    began = time.process_time()
    by_words("x\n" + word * 20_000 + "y", "z\n" + word * 20_001 + "!")
    by_words(f"b {word * 20_000} c", f"d {word * 20_001} e")
    assert time.process_time() - began < 3


def test_two_long_texts_are_compared_in_a_moment() -> None:
    lines = [f"Sentence {number} says something about asthma and its care." for number in range(1200)]
    began = time.process_time()
    by_words("\n".join(lines), "\n".join(line.replace("care", "cure") if number % 7 == 0 else line
                                         for number, line in enumerate(lines)))
    assert time.process_time() - began < 1


@pytest.mark.parametrize("after", [
    SOURCE, SOURCE.replace("storing", "keeping"), SOURCE.replace("Keep it in its box.", "Leave it in the box."),
    SOURCE.replace("\n", "\r\n")])
def test_plain_words_may_change_administratively(after: str) -> None:
    assert touched(content(), content(after)) is None


@pytest.mark.parametrize(("old", "new"), [
    ("lowers", "raises"), ("[@label]", "[@other]"), ("500 mg", "50 mg"), ("twice", "once"), ("Drink water", "Rest"),
    ("sickness", "illness"), ("Ask your pharmacist", "Do not ask your pharmacist"), ("storing it", "storing 2"),
    ("Keep it in its box.", "It cures {claim: cure}."), ("///", "//"), ("Keep it in its box.", "永不停药。")])
def test_claims_figures_and_safety_may_not(old: str, new: str) -> None:
    changed = SOURCE.replace(old, new)
    assert changed != SOURCE
    assert touched(content(), content(changed)) is not None
    assert touched(content(changed), content()) is not None


def test_pictures_and_titles_may_not() -> None:
    assert touched(content(), content(body_html='<img src="/b.png">')) is not None
    assert touched(content(), content(title="Another")) is not None
