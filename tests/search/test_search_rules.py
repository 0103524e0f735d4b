"""How text and queries are taken apart, which passage is shown, and whose words sound like an emergency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naughty import OURS
from webapp.search.rules import asking
from webapp.search.rules.calling import with_numbers
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


@pytest.mark.parametrize(("words", "read"), [
    ("Lipitor", ["atorvastatin"]), ("lipitor's dose", ["atorvastatin's", "dose"]), ("jardianse", ["empagliflozin"]),
    ("吃立普妥头晕", ["吃", "阿托伐他汀", "头晕"]), ("list in", ["list"]), ("back pain", ["back", "pain"])])
def test_a_brand_is_read_as_its_substance_and_other_words_as_themselves(words: str, read: list[str]) -> None:
    assert [unit.text for unit in asking.read(words).units] == read


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


def test_a_word_is_explained_without_its_source() -> None:
    html = ('<dl class="words"><dt>ESC</dt><dd>Europeans. <span class="word-source">Source: <a href="/x">Angina'
            '</a>, <span>ESC</span> <a class="word-back" href="#t">↩</a></span></dd><dt>LDL</dt><dd>A fat.</dd></dl>')
    assert text_of(html) == "ESC\nEuropeans.\nLDL\nA fat."


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


@pytest.mark.parametrize(("sentence", "numbers"), [
    ("the 988 Suicide & Crisis Lifeline (call or text 988, day or night)", ["988"]),
    ("Samaritans (call 116 123, free) or NHS 111 (call 111)", ["116 123", "111"]),
    ("12356心理援助热线（拨打12356）", ["12356"]),
    ("open 24 hours", []), ("", [])])
def test_numbers_to_call_are_told_from_words(sentence: str, numbers: list[str]) -> None:
    pieces = list(with_numbers(sentence))
    assert "".join(words for words, _ in pieces) == sentence
    assert [words for words, is_number in pieces if is_number] == numbers


@pytest.mark.parametrize(("words", "help_needed"), [
    ("chest pain", Help.EMERGENCY), ("I have pain in chest, what now", Help.EMERGENCY), ("胸痛怎么办", Help.EMERGENCY),
    ("can't breathe", Help.EMERGENCY), ("face drooping", Help.EMERGENCY), ("anaphylaxis", Help.EMERGENCY),
    ("I want to die", Help.CRISIS), ("suicidal thoughts on sertraline", Help.CRISIS), ("不想活了", Help.CRISIS),
    ("chest pain and suicidal", Help.CRISIS), ("想自殺", Help.CRISIS),
    ("high blood pressure", None), ("高血压", None), ("dose of apixaban", None), ("painting", None), ("", None)])
def test_words_of_emergency_and_despair_are_heard(words: str, help_needed: Help | None) -> None:
    assert needed(words) is help_needed


@pytest.mark.parametrize("words", [
    "heart attack", "pain in my chest", "my chest hurts", "chest pian", "chest feels really tight", "hard to breathe",
    "unable to breathe", "I can not breathe", "coughing blood", "coughing up some blood", "throwing up blood",
    "blood when I vomit", "face is drooping", "cannot wake up", "I cannot wake him up", "throat is swelling",
    "my lips are swollen", "child swallowed pills", "took too much insulin", "swallowed a whole bottle of pills",
    "posioning", "anaphilaxis", "one side of my body is numb",
    "胸疼", "胸口很痛", "疼在胸口", "心脏疼", "心梗", "不能呼吸", "无法正常呼吸", "喘不过来气",
    "嘴唇肿", "嘴唇突然肿了", "中风了", "晕过去", "吞药", "吃了一整瓶药", "误服", "救命", "咳出血",
    "胸疼得厉害 高血压"])
def test_an_emergency_is_heard_in_the_words_of_who_is_in_one(words: str) -> None:
    assert needed(words) is Help.EMERGENCY


@pytest.mark.parametrize("words", [
    "kill my self", "suicde", "don't want to be alive", "I do not want to be alive any more", "hang myself",
    "taking my own life", "ending it all", "死了算了", "上吊", "想去死", "活够了"])
def test_despair_is_heard_in_the_words_of_who_feels_it(words: str) -> None:
    assert needed(words) is Help.CRISIS


@pytest.mark.parametrize("words", [
    "chest x-ray", "chest infection", "blood pressure tablets", "cough and blood pressure tablets",
    "vomiting and blood sugar", "face cream", "cough syrup", "back pain", "blood test", "blood test for cough",
    "kill bacteria", "heart failure", "heart rate", "heartburn", "insulin dose", "how to swallow tablets",
    "can tablets be swallowed whole", "side effects weakness", "mouth smells", "smelling mouth", "bad breath",
    "stop bad breath", "cooking oil", "end of life care", "how to keep fit", "too much salt", "painting", "weight loss",
    "cannot sleep and wake up early", "swollen ankles", "numb fingers", "prison doctor", "tight shoes", "cut my salt",
    "stroke", "sore throat", "living with diabetes", "throw away old tablets",
    "胸片", "血压高吃什么药", "止咳药", "咳嗽验血", "咳嗽血压高",
    "心脏病和痛风", "心率", "头疼", "嗓子疼", "脚肿", "中风", "肚子疼胸片正常", "吃了一片药",
    "喉癌肿瘤", "二甲双胍能不能喝酒"])
def test_everyday_words_are_no_emergency(words: str) -> None:
    assert needed(words) is None
