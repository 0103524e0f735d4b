"""Where a passage stands, however blanks and line ends fall."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.library.rules import passages
from webapp.library.rules.passages import Excerpt, Span

TEXT = "Of 400 people, 12 of 100\nhad low blood sugar. 低血糖\n见于12%的人。"


@pytest.mark.parametrize(("passage", "found"), [
    ("12 of 100 had low", "12 of 100\nhad low"), ("12 of 100\n  had\tlow", "12 of 100\nhad low"),
    ("lowblood sugar", "low blood sugar"), ("低血糖见于12%", "低血糖\n见于12%"), ("12 of\u200b 100", "12 of 100"),
    ("12 of 1000", None), ("Low blood", None), ("", None), (" \n", None)])
def test_a_passage_is_found_whatever_its_blanks(passage: str, found: str | None) -> None:
    span = passages.find(TEXT, passage)
    assert (span and TEXT[span.start:span.end]) == found


def test_of_several_places_each_is_found_once_in_any_case_where_asked() -> None:
    assert passages.places("ab Ab aB", "ab") == [Span(0, 2)]
    assert passages.places("ab Ab aB", "AB", is_any_case=True) == [Span(0, 2), Span(3, 5), Span(6, 8)]
    assert passages.places("ab ab ab", "ab", most=2) == [Span(0, 2), Span(3, 5)]


def test_letters_that_grow_when_small_move_nothing() -> None:
    text = "İİ then low"
    assert [text[start:end] for start, end in passages.places(text, "LOW", is_any_case=True)] == ["low"]


def test_an_excerpt_is_cut_between_words_and_says_so() -> None:
    text = "one two three four five"
    assert passages.excerpt(text, Span(8, 13), 5) == Excerpt("two ", "three", " four", True, True)
    assert passages.excerpt(text, Span(8, 13)) == Excerpt("one two ", "three", " four five")


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_whatever_stands_in_a_text_is_found_in_it(text: str, start: int, end: int) -> None:
    passage = text[min(start, end):max(start, end)]
    span = passages.find(text, passage)
    assert span is None if not "".join(passage.split()).strip("\u00ad\u200b\u2060\ufeff") else span is not None
