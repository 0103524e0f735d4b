"""A comment stays with its passage through real edits, or says that it is detached."""

import pytest

from webapp.review.rules import anchors
from webapp.review.rules.anchors import Span

BEFORE = ("Asthma makes breathing hard. Use your inhaler every day, as prescribed. Call for help if you cannot speak. "
          "Use your inhaler every day, even when you feel well. 哮喘会让呼吸变得困难。请每天使用吸入器。")


def anchor(quote: str, nth: int = 0, text: str = BEFORE) -> anchors.Anchor:
    return anchors.anchor_at(text, *anchors.places(text, quote)[nth])


@pytest.mark.parametrize("after", [
    BEFORE, "A new first sentence. " + BEFORE, BEFORE.replace("hard", "difficult"), BEFORE + " And a last one.",
    BEFORE.replace("Call for help", "Call for help at once"), BEFORE.replace(". ", ".  \n")])
def test_a_passage_is_found_again_when_the_text_around_it_changes(after: str) -> None:
    place = anchors.find(after, anchor("as prescribed"))
    assert place is not None and after[slice(*place)] == "as prescribed"


def test_of_two_like_passages_the_context_tells_which() -> None:
    second = anchor("Use your inhaler every day", 1)
    after = "Something new at the start. " + BEFORE
    place = anchors.find(after, second)
    assert place is not None and after[place[1]:].startswith(", even when")


def test_a_passage_whose_twin_was_taken_out_is_the_one_that_is_left() -> None:
    after = BEFORE.replace("Use your inhaler every day, as prescribed. ", "")
    place = anchors.find(after, anchor("Use your inhaler every day", 1))
    assert place is not None and after[place[1]:].startswith(", even when")


@pytest.mark.parametrize("after", ["", BEFORE.replace("as prescribed", "as described"), BEFORE.upper()])
def test_a_passage_that_was_changed_is_detached(after: str) -> None:
    assert anchors.find(after, anchor("as prescribed")) is None


def test_a_passage_that_stands_twice_in_new_surroundings_is_detached() -> None:
    assert anchors.find("|no| as prescribed |no| |no| as prescribed |no|", anchor("as prescribed")) is None


def test_a_passage_between_its_twins_stays_the_same_one() -> None:
    text = "no. " * 60
    chosen = anchors.anchor_at(text, 120, 123)
    assert anchors.find(text, chosen) == (120, 123)


def test_chinese_passages_are_found() -> None:
    after = BEFORE.replace("哮喘会让", "哮喘可能让")
    place = anchors.find(after, anchor("请每天使用吸入器"))
    assert place is not None and after[slice(*place)] == "请每天使用吸入器"


def test_a_passage_copied_over_the_edge_of_two_paragraphs_is_found() -> None:
    text = anchors.text_of("<p>First &amp; last.</p><p>Then <em>more</em>.</p>")
    assert [text[slice(*place)] for place in anchors.places(text, "last.\n\nThen more")] == ["last.Then more"]


def test_marks_run_through_elements_and_keep_what_is_escaped() -> None:
    body = '<p class="x">a &lt;b&gt; <em>c d</em> e<br>f</p>'
    text = anchors.text_of(body)
    (start, end), = anchors.places(text, "<b> c d e")
    marked = anchors.marked(body, [Span(start, end, "c-1")])
    assert marked == ('<p class="x">a <mark id="c-1">&lt;b&gt; </mark><em><mark>c d</mark></em><mark> e</mark>'
                      "<br>f</p>")
    assert anchors.text_of(marked) == text


def test_a_page_without_marks_is_the_same_page() -> None:
    body = '<h2 id="a">A</h2><img src="/x.png" alt="&quot;q&quot; &amp; r"><p>1 &lt; 2</p>'
    assert anchors.marked(body, []) == body
