"""How text and queries are taken apart, which passage is shown, and whose words sound like an emergency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naughty import OURS
from webapp.search.rules import asking
from webapp.search.rules.reading import text_of
from webapp.search.rules.snippets import snippet
from webapp.search.rules.urgent import Help, needed
from webapp.search.rules.words import grams, is_near, whole

UNITS = asking.read("heart failure").units


@pytest.mark.parametrize(("text", "held"), [
    ("High blood pressures", "high blood pressur"), ("高血压", "高血 血压 压"), ("药", "药"),
    ("Xa因子", "xa 因子 子"), ("Alzheimer's disease", "alzheimer diseas"), ("Ｃａｆé", "cafe"),
    ("高血壓", "高血 血压 压"),
    ("— * ? : ( ) \" ~ ^ [ ]", ""), ("", "")])
def test_text_is_held_as_stems_and_pairs(text: str, held: str) -> None:
    assert grams(text) == held


def test_names_keep_their_endings_besides() -> None:
    assert grams("Type 2 diabetes", is_name=True).split() == ["type", "type", "2", "2", "diabet", "diabetes"]
    assert whole("High blood pressure") == "high_blood_pressur" and whole("高血压") == "高血压"


@pytest.mark.parametrize(("one", "other", "answer"), [
    ("apixaban", "apixiban", True), ("asthma", "ashtma", True), ("stroke", "stoke", True), ("stoke", "stroke", True),
    ("stroke", "stroke", True), ("stroke", "strokes", True), ("angina", "vagina", False), ("abcd", "badc", False),
    ("hypertension", "hypotension", False), ("a", "abc", False), ("", "", True)])
def test_one_letter_is_near_and_two_are_not(one: str, other: str, answer: bool) -> None:
    assert is_near(one, other) is answer


def test_small_words_and_questions_are_left_out_unless_nothing_else_is_there() -> None:
    assert [unit.text for unit in asking.read("What is the asthma?").units] == ["asthma"]
    assert [unit.text for unit in asking.read("高血压吃什么药").units] == ["高血压", "药"]
    assert [unit.text for unit in asking.read("what is it").units] == ["what", "is", "it"]
    assert [unit.text for unit in asking.read("怎么办").units] == ["怎么办"]


def test_a_short_word_must_stand_whole_and_of_a_long_run_most() -> None:
    enough = {run: asking.read(run).units[0].enough for run in ("血压", "高血压", "阿哌沙班", "二甲双胍腹泻")}
    assert enough == {"血压": 1, "高血压": 2, "阿哌沙班": 2, "二甲双胍腹泻": 4}


@given(st.text(max_size=3000))
def test_any_query_is_read_and_kept_short_and_on_one_line(words: str) -> None:
    kept = asking.plain(words)
    assert len(kept) <= asking.MOST_SIGNS and kept.isprintable() and kept == asking.plain(kept)
    assert len(asking.read(kept).units) <= asking.MOST_UNITS
    snippet(words, asking.read(kept).units, is_han=False, may_slip=True)
    needed(kept)


@pytest.mark.parametrize("words", OURS)
def test_naughty_strings_are_read(words: str) -> None:
    kept = asking.plain(words)
    assert kept.isprintable() and len(kept) <= asking.MOST_SIGNS
    assert len(asking.read(kept).units) <= asking.MOST_UNITS


def test_a_body_is_read_without_numbers_of_references_and_drawings() -> None:
    html = ('<h2>In <em>short</em></h2><p>It <b>heals</b><sup class="cite"><a href="#r">1</a>, <a>2</a></sup>. '
            'H<sub>2</sub>O &lt;b&gt;</p><svg><title>x</title></svg><ul><li>one</li><li>two ↩</li></ul>')
    assert text_of(html) == "In short\nIt heals. H2O <b>\none\ntwo"


def test_a_passage_begins_with_a_sentence_and_marks_the_words() -> None:
    text = "Nothing here.\nSomething else is said. In heart failure the heart pumps less. More is said after it."
    pieces = snippet(text, UNITS, is_han=False)
    assert "".join(piece.text for piece in pieces).startswith("In heart failure the heart")
    assert [piece.text for piece in pieces if piece.is_marked] == ["heart", "failure", "heart"]


def test_a_passage_is_where_most_words_stand_together() -> None:
    text = f"A heart.\n{'Some words that fill. ' * 30}\nThis is about heart failure and nothing but that, in full."
    assert "about" in "".join(piece.text for piece in snippet(text, UNITS, is_han=False))


def test_a_chinese_passage_marks_the_word_and_not_its_halves() -> None:
    units = asking.read("高血压").units
    pieces = snippet("血压正常。\n我国高血压患者很多，得高血压和吃盐有关，量血压。", units, is_han=True)
    assert [piece.text for piece in pieces if piece.is_marked] == ["高血压", "高血压"]


def test_a_text_without_the_words_has_no_passage() -> None:
    assert snippet("Nothing of it.", UNITS, is_han=False) == ()


@pytest.mark.parametrize(("words", "help_needed"), [
    ("chest pain", Help.EMERGENCY), ("I have pain in chest, what now", Help.EMERGENCY), ("胸痛怎么办", Help.EMERGENCY),
    ("can't breathe", Help.EMERGENCY), ("face drooping", Help.EMERGENCY), ("anaphylaxis", Help.EMERGENCY),
    ("I want to die", Help.CRISIS), ("suicidal thoughts on sertraline", Help.CRISIS), ("不想活了", Help.CRISIS),
    ("chest pain and suicidal", Help.CRISIS), ("想自殺", Help.CRISIS),
    ("high blood pressure", None), ("高血压", None), ("dose of apixaban", None), ("painting", None), ("", None)])
def test_words_of_emergency_and_despair_are_heard(words: str, help_needed: Help | None) -> None:
    assert needed(words) is help_needed
