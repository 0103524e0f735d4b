"""Overhearing: medicines and concerns in free text, in two languages, with slips, denials and questions."""

import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests import naughty
from webapp.safety.rules.screening import MOST_MATCHES, PART, Concern, Screen, Screened
from webapp.safety.rules.spelling import TRADITIONAL, simplified

NAMES = {"Exemplora": "exemplora", "fictaglin": "exemplora", "示例乐": "exemplora", "Zoloft": "sertraline",
         "Sertraline": "sertraline", "舍曲林": "sertraline", "metformin": "metformin", "二甲双胍": "metformin",
         "insulin glargine": "insulin-glargine", "甘精胰岛素": "insulin-glargine", "apixaban": "apixaban",
         "Eliquis": "apixaban", "阿哌沙班": "apixaban", "atorvastatin": "atorvastatin", "Lipitor": "atorvastatin",
         "阿托伐他汀": "atorvastatin", "立普妥": "atorvastatin", "salbutamol": "salbutamol", "沙丁胺醇": "salbutamol",
         "lisinopril": "lisinopril", "赖诺普利": "lisinopril", "amlodipine": "amlodipine", "氨氯地平": "amlodipine",
         "empagliflozin": "empagliflozin", "恩格列净": "empagliflozin", "pembrolizumab": "pembrolizumab",
         "Keytruda": "pembrolizumab", "帕博利珠单抗": "pembrolizumab"}
ROOT = Path(__file__).resolve().parents[2]
SENTENCES = yaml.safe_load(Path(__file__).with_name("sentences_seen.yaml").read_text("utf-8"))


@cache
def screen() -> Screen:
    """Of NAMES. Made when it is asked for: every process of the tests reads this file, and few screen anything."""
    return Screen(NAMES)


def heard(text: str) -> Screened:
    """What is heard, once every match is seen to hold the words where it says they stand."""
    screened = screen().read(text)
    for match in (*screened.drugs, *screened.concerns):
        assert text[match.start:match.end] == match.words != ""
    assert all(match.concern is None for match in screened.drugs)
    assert all(isinstance(match.concern, Concern) for match in screened.concerns)
    return screened


def concerns(text: str) -> set[str]:
    """The concerns that are not denied."""
    return {str(match.concern) for match in heard(text).concerns if not match.is_negated}


def terms(text: str) -> list[str]:
    """The reactions, denied ones with a minus."""
    return [f"{'-' * match.is_negated}{match.term}" for match in heard(text).concerns if match.term]


def products(text: str) -> list[str]:
    """The products by their keys; nothing for a medicine without a name."""
    return [match.term for match in heard(text).drugs]


@pytest.mark.parametrize("text", SENTENCES["heard"])
def test_what_a_safety_desk_must_hear_of_is_suspect(text: str) -> None:
    assert heard(text).is_suspect


def test_few_other_sentences_are_suspect() -> None:
    suspect = [text for text in SENTENCES["not_heard"] if heard(text).is_suspect]
    assert len(suspect) <= 6, suspect


@pytest.mark.parametrize(("text", "concern"), [
    ("Exemplora gave me hives", "reaction"), ("示例乐吃了起荨麻疹", "reaction"),
    ("pregnant and on Exemplora", "pregnancy"), ("怀孕了还在吃示例乐", "pregnancy"),
    ("breastfeeding while on Exemplora", "pregnancy"), ("哺乳期用了示例乐", "pregnancy"),
    ("took too many Exemplora", "overdose"), ("示例乐服用过量", "overdose"),
    ("they snort Exemplora", "misuse"), ("有人滥用示例乐", "misuse"),
    ("wrong dose of Exemplora", "medication-error"), ("示例乐打错剂量", "medication-error"),
    ("Exemplora does not work", "lack-of-effect"), ("示例乐没有效果", "lack-of-effect"),
    ("Exemplora off-label", "off-label"), ("超说明书使用示例乐", "off-label"),
    ("needlestick with Exemplora", "occupational"), ("配药时示例乐溅到眼睛", "occupational"),
    ("counterfeit Exemplora", "counterfeit"), ("示例乐是假药", "counterfeit"),
    ("the Exemplora pen is jammed", "product-complaint"), ("示例乐药片变色", "product-complaint"),
])
def test_every_concern_is_heard_in_both_languages(text: str, concern: str) -> None:
    assert concern in concerns(text)
    assert heard(text).is_suspect


def test_every_concern_is_tried_above() -> None:
    marker = test_every_concern_is_heard_in_both_languages.pytestmark[0]  # type: ignore[attr-defined]
    assert {concern for _, concern in marker.args[1]} == set(Concern)


@pytest.mark.parametrize("text", ["I take Exemplora", "示例乐放在冰箱里", "the tablets"])
def test_a_medicine_alone_is_shown_and_not_suspect(text: str) -> None:
    assert heard(text).drugs and not heard(text).concerns and not heard(text).is_suspect


@pytest.mark.parametrize("text", [
    "I look like a ghost on Exemplora", "Mum and Exemplora do not get on", "示例乐吃得我像踩棉花",
    "Does Exemplora make gums grow? My dentist asked because mine have.",
])
def test_a_medicine_in_use_is_suspect_in_words_that_no_list_foresaw(text: str) -> None:
    assert heard(text).is_suspect


@pytest.mark.parametrize("text", [
    "I take Exemplora every morning with food", "My mother has been on Exemplora for years and feels fine",
    "My doctor wants to start me on Exemplora next week", "Is my Exemplora out of stock?", "How does Exemplora work?",
    "我妈每天早上吃示例乐", "示例乐吃了三年，一直很好", "医生想让我下周开始用示例乐", "示例乐断货了，我去哪里买？",
])
def test_plain_use_and_calm_and_plans_and_supply_are_passed_over(text: str) -> None:
    assert "exemplora" in products(text) and not heard(text).is_suspect


@pytest.mark.parametrize("text", [
    "He was fine on Exemplora but now he stares at the wall", "示例乐一直挺好，后来人就呆了",
])
def test_what_is_taken_back_is_no_calm(text: str) -> None:
    assert heard(text).is_suspect


@pytest.mark.parametrize("name", ["fictapril", "FICTASARTANS", "fictaglutide's", "fictacillin", "ibuprofen", "布洛芬",
                                  "头孢", "止痛药", "sleeping pills", "打针"])
def test_medicines_that_are_none_of_the_sites_products_are_heard(name: str) -> None:
    assert products(name) == [""] and heard(f"a rash, {name}").is_suspect


@pytest.mark.parametrize("word", ["concepts", "cholesterol", "cyclone", "April"])
def test_an_everyday_word_that_ends_like_a_medicine_is_none(word: str) -> None:
    assert products(word) == []


@pytest.mark.parametrize(("text", "is_suspect"), [
    ("My lips swelled up within the hour", True), ("We had lips in the lecture on swelling", False),
    ("第二天脸肿了", True), ("脸肿了", False), ("I overdosed last year", True),
])
def test_without_a_medicine_it_counts_when_it_came_or_what_it_was(text: str, is_suspect: bool) -> None:
    assert heard(text).is_suspect is is_suspect


@pytest.mark.parametrize("text", ["I had a rash in May", "昨天头晕"])
def test_a_reaction_alone_is_shown_and_not_suspect(text: str) -> None:
    assert heard(text).concerns and not heard(text).drugs and not heard(text).is_suspect


def test_a_text_of_neither_holds_nothing() -> None:
    assert heard("See you on Monday.") == heard("") == Screened((), (), False)


def test_a_medicine_and_a_reaction_in_different_sentences_are_put_together() -> None:
    assert heard("I started Exemplora in May. In June my hair fell out.").is_suspect


@pytest.mark.parametrize(("text", "found"), [
    ("no rash", ["-rash"]), ("did not get a rash", ["-rash"]), ("never had any nausea", ["-nausea"]),
    ("without itching", ["-itching"]), ("no rash, itching or fever", ["-rash", "-itching", "-fever"]),
    ("no rash, itching, or fever but dizzy", ["-rash", "-itching", "-fever", "dizziness"]),
    ("no rash, itching and fever", ["-rash", "-itching", "-fever"]),
    ("no fever, and a rash came up", ["-fever", "rash"]), ("no fever and then a rash", ["-fever", "rash"]),
    ("no rash but dizzy", ["-rash", "dizziness"]), ("no rash. Dizzy", ["-rash", "dizziness"]),
    ("no rash, dizzy all day", ["-rash", "dizziness"]), ("not only dizzy", ["dizziness"]),
    ("couldn't stop vomiting", ["vomiting"]), ("no longer dizzy", ["dizziness"]),
    ("I had no migraine before the tablets", ["migraine"]), ("never been so dizzy", ["dizziness"]),
    ("rash: none", ["-rash"]), ("the rash did not go away", ["rash"]), ("not sure why I am dizzy", ["dizziness"]),
    ("没有皮疹", ["-rash"]), ("未出现皮疹", ["-rash"]),
    ("没出现恶心、头晕或发热", ["-nausea", "-dizziness", "-fever"]),
    ("没有皮疹但是头晕", ["-rash", "dizziness"]), ("没想到吐了", ["vomiting"]), ("不停呕吐", ["vomiting"]),
    ("没几天就头晕", ["dizziness"]), ("以前没有头痛", ["headache"]), ("从来没这么难受过", ["malaise"]),
    ("皮疹：无", ["-rash"]),
    ("有没有头晕", ["dizziness"]),
])
def test_a_denial_reaches_as_far_as_it_is_meant(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_words_that_hold_a_denial_are_not_denied_by_it() -> None:
    assert terms("no appetite, couldn't sleep, can't breathe") == ["appetite-lost", "insomnia", "breathless"]


def test_what_is_denied_is_shown_and_not_suspect() -> None:
    screened = heard("Exemplora: no rash")
    assert screened.concerns[0].is_negated and not screened.is_suspect


@pytest.mark.parametrize(("text", "is_suspect"), [
    ("Can Exemplora cause a rash?", False), ("I took Exemplora and got a rash, is that normal?", True),
    ("Can I get a rash from Exemplora?", False), ("Could Exemplora be why my skin itches?", True),
    ("示例乐会引起皮疹吗？", False), ("吃了示例乐起疹子正常吗？", True),
    ("I wonder whether Exemplora makes people dizzy", False),
    ("My mother takes Exemplora. Can it make her dizzy?", True), ("Exemplora may cause dizziness", False),
    ("Exemplora may have made me dizzy", True), ("如果示例乐引起头晕应该停药", False),
])
def test_a_question_in_general_tells_of_no_event(text: str, is_suspect: bool) -> None:
    assert heard(text).concerns and heard(text).is_suspect is is_suspect


@pytest.mark.parametrize(("text", "is_suspect"), [
    ("I take the tablets for my headache", False), ("headache from the tablets", True), ("头痛药很好", False),
])
def test_what_a_medicine_is_taken_for_is_no_reaction(text: str, is_suspect: bool) -> None:
    assert heard(text).is_suspect is is_suspect


@pytest.mark.parametrize(("typed", "term"), [
    ("diarhea", "diarrhoea"), ("diahrroea", "diarrhoea"), ("vommiting", "vomiting"), ("vomitting", "vomiting"),
    ("hedache", "headache"), ("haedache", "headache"), ("swolen ankels", "oedema"), ("palpatations", "palpitations"),
    ("dizzzzzy", "dizziness"), ("rashhh", "rash"), ("halucinations", "hallucination"), ("naseous", "nausea"),
    ("THREW UP", "vomiting"), ("vomits", "vomiting"), ("fainted", "fainting"), ("can’t sleep", "insomnia"),
    ("cant sleep", "insomnia"), ("heart was really racing", "palpitations"), ("心跳得特别快", "palpitations"),
])
def test_a_reaction_is_heard_in_spite_of_slips_and_endings(typed: str, term: str) -> None:
    assert terms(typed) == [term]


@pytest.mark.parametrize(("typed", "key"), [
    ("exemplra", "exemplora"), ("Exempolra", "exemplora"), ("EXEMPLORA", "exemplora"), ("metfomin", "metformin"),
    ("sertralene", "sertraline"), ("atorvastin", "atorvastatin"), ("pembrolizamub", "pembrolizumab"),
    ("Exemplora's", "exemplora"), ("insulin glargin", "insulin-glargine"), ("zoloft", "sertraline"),
])
def test_a_name_is_heard_in_spite_of_slips(typed: str, key: str) -> None:
    assert key in products(f"{typed} again")


@pytest.mark.parametrize("word", ["tables", "spelling", "trying", "height", "heading", "calling"])
def test_an_everyday_word_is_no_slip(word: str) -> None:
    assert heard(word) == Screened((), (), False)


@pytest.mark.parametrize("text", [
    "Ｅｘｅｍｐｌｏｒａ ｒａｓｈ",
    "Éxemplora räsh", "E\u0301xemplora rash", "Exem\u200bplora ra\u00adsh", "Exemplora\nrash",
    "Exemplora\0rash", "\u202eExemplora\u202c rash", "Exemplora💊rash", "Exemplora,rash", "示例乐rash", "exemplora皮疹",
    "示\u200b例乐 皮\n疹", "EXEMPLORA RASH", "Exemplora…rash", "<b>Exemplora</b>rash", "\tExemplora\r\nrash\x85",
])
def test_a_text_is_read_however_its_signs_are_written(text: str) -> None:
    assert (products(text)[0], terms(text)[-1], heard(text).is_suspect) == ("exemplora", "rash", True)


@pytest.mark.parametrize(("typed", "as_if"), [
    ("示例樂皮疹", "示例乐皮疹"), ("吃了二甲雙胍噁心想吐", "吃了二甲双胍恶心想吐"),
    ("嘴脣腫了，還發癢", "嘴唇肿了，还发痒"),
    ("口乾舌燥，臉發燙", "口干舌燥，脸发烫"), ("吃著藥還頭暈，全身痠痛", "吃着药还头晕，全身酸痛")])
def test_traditional_characters_are_heard_as_simplified_ones_and_shown_as_they_are_written(
        typed: str, as_if: str) -> None:
    told, known = heard(typed), heard(as_if)
    assert known.concerns and told.is_suspect == known.is_suspect
    assert [(one.concern, one.term, one.start, one.end) for one in told.concerns] == [
        (one.concern, one.term, one.start, one.end) for one in known.concerns]
    assert all(one.words == typed[one.start:one.end] for one in told.concerns)


def test_each_traditional_character_is_read_as_one_that_needs_no_other_reading() -> None:
    pairs = simplified()
    assert len(pairs) > 1_500 and not set(pairs) & set(pairs.values())
    lines = TRADITIONAL.read_text("utf-8").splitlines()
    assert sum(len(line.split()) for line in lines if not line.startswith("#")) == len(pairs), "none stands twice"


def test_the_longest_phrase_is_shown_as_it_is_written() -> None:
    match = heard("My HEART was really Racing after it").concerns[0]
    assert (match.words, match.term) == ("HEART was really Racing", "palpitations")


def test_a_medicine_is_heard_without_its_name() -> None:
    assert {match.words for match in heard("the tablets, my inhaler, 打完针, 这药").drugs} == {
        "tablets", "inhaler", "打完针", "药"}


@pytest.mark.parametrize("name", ["", " ", "x", "...", "!?"])
def test_a_name_too_short_to_tell_is_left_out(name: str) -> None:
    assert Screen({name: "key"}).read("x ... !? rash").drugs == ()


@naughty.needs_list
def test_hostile_strings_are_read() -> None:
    for text in naughty.strings():
        heard(text)
        assert heard(f"{text}\n\nExemplora gave me a rash").is_suspect, text


@given(st.text(max_size=300))
def test_what_is_heard_in_any_text_stands_there(text: str) -> None:
    screened = screen().read(text)
    matches = (*screened.drugs, *screened.concerns)
    assert [text[match.start:match.end] for match in matches] == [match.words for match in matches]


@pytest.mark.parametrize("words", ["rash ", "metformin ", "no rash, ", "not ", "took ", "药", "没", "x" * 50, "a'",
                                   "\0", "diarrhoeq ", "可能 ", "\u0301", "((", "still pressure "])
def test_time_grows_with_the_text(words: str) -> None:
    """Of 200,000 signs a second or two on a slow machine; what is not linear takes hours."""
    reader = screen()
    start = time.process_time()
    reader.read((words * 200_000)[:200_000])
    assert time.process_time() - start < 20


def test_a_long_text_is_read_to_its_end_and_loses_nothing_between_its_parts() -> None:
    for before in range(PART - 30, PART + 5):
        assert terms("-" * before + "Exemplora, threw up") == ["vomiting"]
    assert heard("word " * 50_000 + "Exemplora made me threw up").is_suspect


def test_of_very_many_matches_some_are_kept_and_all_are_counted() -> None:
    screened = heard("rash " * 30_000 + "Exemplora")
    assert (len(screened.concerns), len(screened.drugs), screened.is_suspect) == (MOST_MATCHES, 1, True)


# Processes


SEEDS = ("1", "2", "3")
"""Of Python's hashes, which give sets another order: with these, ties were once broken in two ways."""


def said_by(program: str, seed: str = "0") -> str:
    """What a Python of its own prints."""
    return subprocess.run([sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, cwd=ROOT, check=True,
                          capture_output=True, text=True).stdout.strip()


def test_of_two_words_that_are_equally_near_every_process_takes_the_same() -> None:
    program = ("from webapp.safety.rules.spelling import Speller\n"
               "print(Speller(['scared', 'stored'], (), ()).stem_of('scored'))")
    assert len({said_by(program, seed) for seed in SEEDS}) == 1


def test_who_imports_the_screen_and_screens_nothing_reads_no_word_list() -> None:
    program = ("from webapp.safety.rules import reading, screening\n"
               "from webapp.safety.rules.terms import terms\n"
               "print([kept.cache_info().currsize for kept in (reading.vocabulary, reading.medicines, terms)])")
    assert said_by(program) == "[0, 0, 0]"
