"""What is found in the shipped pages: the page that is meant first, by any of its names, slips forgiven."""

import pytest

from tests.builders import NOW
from tests.conftest import HOMES
from tests.search.asking import Shipped
from webapp.core.languages import place_of
from webapp.policy import rules as policy
from webapp.search.service.finding import Seat

ENGLISH = {
    "high blood pressure": "diseases/hypertension", "hypertension": "diseases/hypertension",
    "raised blood pressure": "diseases/hypertension", "HBP": "diseases/hypertension", "stroke": "diseases/stroke",
    "mini-stroke": "diseases/stroke", "TIA": "diseases/stroke", "heart attack": "diseases/coronary-heart-disease",
    "angina": "diseases/coronary-heart-disease", "CAD": "diseases/coronary-heart-disease",
    "diabetes": "diseases/type-2-diabetes", "what is asthma": "diseases/asthma", "COPD": "diseases/copd",
    "depression": "diseases/depression", "apixaban": "drugs/apixaban", "Apixaban tablets": "drugs/apixaban",
    "salbutamol": "drugs/salbutamol", "albuterol": "drugs/salbutamol", "rescue inhaler": "drugs/salbutamol",
    "how do I take metformin?": "drugs/metformin", "sertraline hydrochloride": "drugs/sertraline",
    "阿哌沙班": "drugs/apixaban", "ｓｔｒｏｋｅ": "diseases/stroke", "STROKES": "diseases/stroke"}
CHINESE = {
    "高血压": "diseases/hypertension", "血压高": "diseases/hypertension", "高血壓": "diseases/hypertension",
    "糖尿病": "diseases/type-2-diabetes", "中风": "diseases/stroke", "心梗": "diseases/coronary-heart-disease",
    "抑郁": "diseases/depression", "哮喘": "diseases/asthma", "高血压吃什么药": "diseases/hypertension",
    "糖尿病怎么办": "diseases/type-2-diabetes", "老年人高血压用药注意事项": "diseases/hypertension",
    "阿哌沙班": "drugs/apixaban", "apixaban": "drugs/apixaban", "舒喘灵": "drugs/salbutamol",
    "盐酸舍曲林片": "drugs/sertraline"}
SLIPS = {
    "apixiban": "drugs/apixaban", "metforman": "drugs/metformin", "diabetis": "diseases/type-2-diabetes",
    "depresion": "diseases/depression", "hypertention": "diseases/hypertension", "ashtma": "diseases/asthma",
    "apixaban stoke": "diseases/stroke", "setraline": "drugs/sertraline"}


@pytest.mark.parametrize(("words", "address"), ENGLISH.items())
def test_the_page_that_is_meant_comes_first(shipped: Shipped, words: str, address: str) -> None:
    assert shipped.addresses(words)[0] == address


@pytest.mark.parametrize(("words", "address"), CHINESE.items())
def test_in_chinese_it_comes_first_as_well(shipped: Shipped, words: str, address: str) -> None:
    assert shipped.addresses(words, "zh")[0] == address


@pytest.mark.parametrize(("words", "address"), SLIPS.items())
def test_a_slip_of_one_letter_is_forgiven_and_said(shipped: Shipped, words: str, address: str) -> None:
    found = shipped.find(words)
    assert found.is_close and address in [result.url.removeprefix("/en/") for result in found.results[:2]]


@pytest.mark.parametrize("words", ["头痛", "头晕", "出血", "腹泻", "吸烟"])
def test_a_chinese_word_of_two_signs_is_found_in_the_text_and_marked(shipped: Shipped, words: str) -> None:
    found = shipped.find(words, "zh")
    assert found.results and not found.is_close
    assert any(piece.is_marked and piece.text == words for piece in found.results[0].passage)


def test_pages_with_all_words_come_before_those_with_some(shipped: Shipped) -> None:
    assert set(shipped.addresses("二甲双胍 腹泻", "zh")) >= {"drugs/metformin"}
    assert shipped.addresses("metformin kidney")[:2] == ["drugs/metformin", "diseases/chronic-kidney-disease"] or (
        "drugs/metformin" in shipped.addresses("metformin kidney")[:3])


def test_a_name_that_nobody_wrote_finds_nothing_and_one_nearly_right_is_offered(shipped: Shipped) -> None:
    assert shipped.find("xyzzyqq").results == shipped.find("xyzzyqq").meant == ()
    found = shipped.find("apexiban")
    assert [result.url for result in (*found.results, *found.meant)][:1] == ["/en/drugs/apixaban"]


def test_short_words_are_forgiven_no_slip(shipped: Shipped) -> None:
    assert shipped.find("qopd").results == ()


@pytest.mark.parametrize(("head", "audience", "start"), [
    ("en", "patient", "/en/"), ("en", "hcp", "/en/pro/"), ("zh", "patient", "/zh/"), ("en-gb", "patient", "/en-gb/"),
    ("zh-us", "patient", "/zh-us/")])
def test_only_pages_of_the_place_and_the_edition_are_found(shipped: Shipped, head: str, audience: str,
                                                           start: str) -> None:
    found = [result.url for words in ("stroke", "高血压", "apixaban") for result in
             shipped.find(words, head, audience).results]
    assert found and all(url.startswith(start) and (audience == "hcp" or "/pro/" not in url) for url in found)


def test_for_strangers_the_index_is_not_so_much_as_asked_for_what_is_gated() -> None:
    place = place_of("en-gb", HOMES)
    assert place is not None
    shelves = {Seat(place, "hcp", reader, NOW.date()).shelf.accesses
               for reader in (policy.STRANGER, policy.reader_of("gb", ()))}
    assert shelves == {("open",), ("open", "gated")}


def test_no_passage_is_long_and_each_stands_in_its_page(shipped: Shipped) -> None:
    for head, most in (("en", 230), ("zh", 130)):
        for result in shipped.find("血压" if head == "zh" else "blood pressure", head).results:
            assert 0 < len("".join(piece.text for piece in result.passage)) <= most


@pytest.mark.parametrize(("words", "head", "source"), [("diabetis", "en", "Source:"), ("胸口疼", "zh", "来源：")])
def test_no_passage_is_the_source_of_a_word(shipped: Shipped, words: str, head: str, source: str) -> None:
    found = shipped.find(words, head)
    told = ["".join(piece.text for piece in result.passage) for result in found.results]
    assert told and not any(source in passage for passage in told)


@pytest.mark.parametrize(("words", "head", "address"), [
    ("lipitor", "en", "drugs/atorvastatin"), ("Zoloft", "en", "drugs/sertraline"),
    ("ventolin", "en-gb", "drugs/salbutamol"),
    ("jardiance", "en", "drugs/empagliflozin"), ("jardianse", "en", "drugs/empagliflozin"),
    ("lipitor side effects", "en", "drugs/atorvastatin"), ("lipitor", "zh", "drugs/atorvastatin"),
    ("can I drink alcohol with zoloft", "en", "drugs/sertraline"), ("立普妥", "zh", "drugs/atorvastatin"),
    ("络活喜", "zh", "drugs/amlodipine"), ("万托林", "zh", "drugs/salbutamol"), ("格华止", "zh", "drugs/metformin"),
    ("吃格华止能喝酒吗", "zh", "drugs/metformin")])
def test_the_brand_on_the_box_leads_to_its_substance(shipped: Shipped, words: str, head: str, address: str) -> None:
    assert shipped.addresses(words, head)[0] == address


@pytest.mark.parametrize(("words", "head", "own"), [
    ("is lipitor safe in pregnancy", "en", "atorvastatin"), ("can I drink alcohol with zoloft", "en", "sertraline"),
    ("is accutane safe in pregnancy", "en", None), ("can I drink alcohol with prozac", "en", None),
    ("百忧解 喝酒", "zh", None)])
def test_no_page_on_another_medicine_answers_for_the_one_asked_for(
        shipped: Shipped, words: str, head: str, own: str | None) -> None:
    medicines = {address for address in shipped.addresses(words, head) if address.startswith("drugs/")}
    assert medicines == ({f"drugs/{own}"} if own else set())


def test_no_brand_is_shown(shipped: Shipped) -> None:
    told = ["".join(piece.text for piece in result.passage) for result in shipped.find("lipitor pregnancy").results]
    assert told and not any("lipitor" in passage.lower() for passage in told)
