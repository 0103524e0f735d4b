"""Numbers: one form however they are typed, and the format of each scheme."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.languages import MARKETS
from webapp.professionals.rules import application
from webapp.professionals.rules.schemes import BY_ID, SCHEMES, Check, is_npi, normal_number, number_of, of_market
from webapp.professionals.rules.specialties import BY_CODE, SPECIALTIES

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "08_identifiers" / "npi_examples.tsv"
NPI, CHINA, GMC, EU = (BY_ID[name] for name in ("us-npi", "cn-practising-certificate", "gb-gmc", "eu-register"))
FIELDS = {"number": "1234567893", "given_name": "Ann", "family_name": "Example", "region": "NY",
          "specialty": "207R00000X"}


def luhn(digits: str) -> bool:
    """The sum as it is told in words, over the whole of it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


@given(st.text("0123456789", min_size=10, max_size=10))
def test_an_npi_is_what_luhn_says_over_80840_and_the_number(number: str) -> None:
    assert is_npi(number) is (number[0] in "12" and luhn("80840" + number))


@pytest.mark.parametrize("number", ["", "123456789", "12345678934", "123456789A", "１２３４５６７８９３", "3234567899"])
def test_what_is_not_ten_ascii_digits_from_1_or_2_is_no_npi(number: str) -> None:
    assert not is_npi(number)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
def test_the_samples_are_told_apart() -> None:
    with SAMPLES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"))
    assert rows
    for row in rows:
        assert (NPI.number_fault(number_of(NPI, row["npi"])) is None) is (row["valid"] != "no"), row


@pytest.mark.parametrize("typed", [
    "1234567893", " 1234 567 893 ", "123-456-7893", "１２３４５６７８９３", "١٢٣٤٥٦٧٨٩٣", "１２３４ ５６７８９３\u200b",
    "\ufeff1234567893\n", "1.234.567.893", "१२३४५६७८९३"])
def test_a_number_has_one_form_however_it_is_typed(typed: str) -> None:
    assert number_of(NPI, typed) == "1234567893"


@given(st.text(max_size=40))
def test_the_form_of_a_form_is_itself(text: str) -> None:
    assert normal_number(normal_number(text)) == normal_number(text)


@pytest.mark.parametrize("typed", ["ab12", "AB 12", "ab-12", "ＡＢ１２"])
def test_case_does_not_count(typed: str) -> None:
    assert number_of(EU, typed) == "AB12"


@pytest.mark.parametrize(("typed", "is_good"), [
    ("110430122000123", True), ("11043012200012", False), ("1104301220001234", False), ("11043012200012X", False)])
def test_a_practising_certificate_has_15_digits(typed: str, is_good: bool) -> None:
    assert (CHINA.number_fault(number_of(CHINA, typed)) is None) is is_good


@pytest.mark.parametrize("typed", ["200311110110101197001011", "20031111011010119700101123X"])
def test_the_number_of_the_other_chinese_certificate_is_told(typed: str) -> None:
    assert "qualification certificate" in (CHINA.number_fault(number_of(CHINA, typed)) or "")


@pytest.mark.parametrize(("typed", "is_good"), [
    ("1234567", True), ("c1234567", True), ("123456", False), ("D1234567", False)])
def test_a_gmc_number_has_seven_digits_with_or_without_its_letter(typed: str, is_good: bool) -> None:
    assert (GMC.number_fault(number_of(GMC, typed)) is None) is is_good
    assert not is_good or number_of(GMC, typed) == "1234567"


def test_every_market_has_one_scheme() -> None:
    assert sorted(scheme.market for scheme in SCHEMES) == sorted(MARKETS)
    assert all(of_market(market).market == market for market in MARKETS)


def test_only_the_npi_is_decided_by_a_registry() -> None:
    assert [scheme.id for scheme in SCHEMES if scheme.check is Check.REGISTRY] == ["us-npi"]


def test_every_specialty_has_a_code_of_its_own_and_both_names() -> None:
    assert len(BY_CODE) == len(SPECIALTIES) > 30
    for specialty in SPECIALTIES:
        assert len(specialty.code) == 10 and specialty.code.endswith("X") and specialty.code[:2].isdigit()
        assert specialty.name("en").isascii() and not specialty.name("zh-Hans").isascii()


# The application


def test_a_whole_application_has_no_fault() -> None:
    meant, faults = application.read(FIELDS, "us")
    assert (meant.scheme, meant.number, meant.region, faults) == (NPI, "1234567893", "NY", [])


@pytest.mark.parametrize(("field", "value"), [
    ("number", ""), ("number", "1234567890"), ("given_name", " "), ("given_name", "x" * 101), ("family_name", "\u200b"),
    ("region", "ZZ"), ("region", ""), ("specialty", ""), ("specialty", "207R00000Y")])
def test_each_fault_is_told_at_its_field(field: str, value: str) -> None:
    _, faults = application.read({**FIELDS, field: value}, "us")
    assert [fault.field for fault in faults] == [field] and faults[0].message


def test_an_empty_form_is_told_everywhere() -> None:
    assert {fault.field for fault in application.read({}, "us")[1]} == set(application.FIELDS)


def test_a_million_characters_are_no_number() -> None:
    meant, faults = application.read({**FIELDS, "number": "1" * 1_000_000}, "us")
    assert len(meant.number) <= 200 and [fault.field for fault in faults] == ["number"]


def test_a_field_that_is_none_of_the_forms_is_ignored() -> None:
    hostile = {**FIELDS, "is_hcp": "true", "state": "verified", "scheme": "gb-gmc", "role": "hcp", "round": "9"}
    assert application.read(hostile, "us") == application.read(FIELDS, "us")


def test_a_name_is_kept_composed_without_what_cannot_be_seen() -> None:
    meant, _ = application.read({**FIELDS, "given_name": "  Jose\u0301\u202e  Luis\n"}, "us")
    assert meant.name.given == "José Luis"
