"""How hard a page is to read, counted as the field rules say."""

import pytest

from webapp.articles.rules.lint.readability import chinese, english, own_words, sentences, smog, syllables

SYLLABLES = {
    1: "heart mouth breathe some lives does raised named breaths clothes bruise tired real",
    2: "apple asthma treated wanted create ocean kidney every people table because safely lifestyle pressure "
       "symptoms muscle swelling vaccines healthy urine fluids changes reduced prescribed region tissue guidelines",
    3: "medicine insulin diseases inhaler area audio hospital idea serious obvious exercise artery "
       "pharmacist alcohol gradual continue allergy possible nausea influence period",
    4: "diabetes usually emergency radiation material experience cholesterol available recommended pneumonia variety",
    5: "individual",
}


@pytest.mark.parametrize(("count", "word"), [(count, word) for count, words in SYLLABLES.items()
                                             for word in words.split()])
def test_syllables(count: int, word: str) -> None:
    assert syllables(word) == count


def test_parts_of_a_compound_are_counted_by_themselves() -> None:
    assert syllables("blood-thinner") == 3 and syllables("doctor’s") == 2


BODY = """## A heading is no sentence

First one. Second one, e.g. this! Is it a third?

- an item is a sentence
- another [@key] with a cite. And more of it.

| a table | is none |
|---|---|
| no | no |

/// warning | the words beside a box are none
Inside a box they are.
///

See [the topic](topic:diseases/asthma).[^1]

[^1]: A footnote is out.
"""


def test_what_counts_as_a_sentence() -> None:
    assert sentences(BODY, "en") == [
        "First one.", "Second one, eg this!", "Is it a third?", "an item is a sentence", "another  with a cite.",
        "And more of it.", "Inside a box they are.", "See the topic."]


def test_marks_of_lists_and_quotes_count_only_where_a_line_begins() -> None:
    body = "## A\n\n> - one: two - three\n> - It was in 2019. Then it ended: so\nit goes on > 3.\n"
    assert sentences(body, "en") == ["one: two - three", "It was in 2019.", "Then it ended: so it goes on > 3."]


def test_chinese_sentences_end_at_their_own_marks() -> None:
    body = "## 题\n\n多喝水。少吃盐！还有吗？\n\n- 一项；又一项\n"
    assert sentences(body, "zh-Hans") == ["多喝水", "少吃盐", "还有吗", "一项", "又一项"]


def test_smog_is_mclaughlins_formula() -> None:
    assert smog(30, 30) == pytest.approx(1.0430 * 30 ** 0.5 + 3.1291)
    assert smog(0, 30) == pytest.approx(3.1291)


def test_fewer_than_thirty_sentences_have_no_grade() -> None:
    assert english("One two. " * 29, frozenset()).smog is None
    assert english("One two. " * 30, frozenset()).smog == pytest.approx(3.1291)


def test_the_topics_own_words_are_counted_apart() -> None:
    body = "Apixaban is an anticoagulant medicine. " * 30
    told = english(body, own_words(["apixaban", "Oral anticoagulant"]))
    assert told.smog == pytest.approx(smog(90, 30)) and told.adjusted == pytest.approx(smog(30, 30))


def test_flesch_kincaid_is_shown_beside_it() -> None:
    told = english("The cat sat. " * 30, frozenset())
    assert told.flesch_kincaid == pytest.approx(0.39 * 3 + 11.8 * 1 - 15.59)


def test_chinese_is_measured_in_words_and_rare_signs() -> None:
    plain, rare = chinese("请多喝水。" * 10), chinese("请防瘙痒。" * 10)
    assert plain.sentences == 10 and plain.sentence_words is not None and 2 <= plain.sentence_words <= 4
    assert plain.cldc == pytest.approx(plain.sentence_words)
    assert rare.cldc is not None and rare.sentence_words is not None and rare.cldc > rare.sentence_words + 10
    assert chinese("## 题\n").sentence_words is None
