"""Credit systems: what may be claimed, by whom, under which words, and how a year stands."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.cme.rules import credit
from webapp.cme.rules.activity import Format
from webapp.cme.rules.credit import Entry, Profession, Statement, System
from webapp.core.languages import LANGUAGES

AMA, ABIM, CHINA, CHINA_HOURS, HOURS = credit.systems().values()
amounts = st.decimals(min_value="0.01", max_value=100, places=2)
any_system = st.sampled_from(list(credit.systems().values()))


def test_the_five_systems_are_known_by_their_keys() -> None:
    assert list(credit.systems()) == ["ama-pra-1", "abim-moc", "cn-credits", "cn-class-hours", "hours"]


@pytest.mark.parametrize("system", credit.systems().values(), ids=lambda system: system.key)
def test_every_system_has_its_name_and_unit_in_each_language_and_a_source(system: System) -> None:
    tags = {language.tag for language in LANGUAGES}
    assert set(system.names) == set(system.units) == tags
    assert system.source


def test_ama_credit_is_claimed_by_quarters_up_to_the_maximum() -> None:
    assert credit.claimable(AMA, Decimal("0.75")) == (Decimal("0.25"), Decimal("0.50"), Decimal("0.75"))


def test_a_maximum_between_two_steps_gives_the_lower() -> None:
    assert credit.claimable(AMA, Decimal("0.6"))[-1] == Decimal("0.50")


def test_a_maximum_below_a_step_gives_nothing_to_claim() -> None:
    assert credit.claimable(CHINA_HOURS, Decimal("0.9")) == ()


@given(any_system, amounts, amounts)
def test_an_amount_is_refused_unless_it_is_offered(system: System, maximum: Decimal, amount: Decimal) -> None:
    is_offered = amount in credit.claimable(system, maximum)
    assert (credit.refuse_claim(system, maximum, amount) is None) == is_offered


@pytest.mark.parametrize(("amount", "reason"), [
    ("0", "more than nothing"), ("-0.25", "more than nothing"), ("NaN", "more than nothing"),
    ("Infinity", "more than nothing"), ("1.25", "at most 1"), ("0.3", "steps of 0.25")])
def test_a_refused_claim_says_why(amount: str, reason: str) -> None:
    assert reason in (credit.refuse_claim(AMA, Decimal(1), Decimal(amount)) or "")


@pytest.mark.parametrize(("system", "profession", "is_verified", "expected"), [
    (AMA, Profession.PHYSICIAN, True, True), (AMA, Profession.PHYSICIAN, False, False),
    (AMA, Profession.NURSE, True, False), (AMA, Profession.PHYSICIAN_ASSISTANT, True, False),
    (CHINA, Profession.NURSE, True, True), (CHINA, Profession.NURSE, False, False),
    (HOURS, Profession.OTHER, False, True)])
def test_who_gets_credit(system: System, profession: Profession, is_verified: bool, expected: bool) -> None:
    assert credit.is_eligible(system, profession, is_verified) is expected


@pytest.mark.parametrize("system", [AMA, ABIM, CHINA, CHINA_HOURS], ids=lambda system: system.key)
def test_a_system_is_silent_until_the_provider_is_accredited_for_it(system: System) -> None:
    others = set(credit.systems()) - {system.key}
    assert not credit.may_speak(system, others)
    assert credit.texts(system, "en", date(2026, 11, 1), others) == ()
    assert credit.may_speak(system, {system.key})


def test_the_designation_names_provider_format_and_maximum() -> None:
    designation, accreditation = credit.texts(AMA, "en", date(2026, 11, 1), {"ama-pra-1"})
    assert (designation.statement, accreditation.statement) == (Statement.DESIGNATION, Statement.ACCREDITATION)
    said = credit.filled(AMA, designation, provider="Lake Hospital", form=Format.ENDURING_MATERIAL,
                         maximum=Decimal("0.75"))
    assert said.startswith("The Lake Hospital designates this enduring material for a maximum of 0.75 *AMA PRA Cat")
    assert "{" not in said


def test_a_provider_with_a_strange_name_fills_no_other_slot() -> None:
    wording = credit.texts(HOURS, "en", date(2026, 11, 1))[0]
    said = credit.filled(HOURS, wording, provider="{maximum}", form=Format.JOURNAL_BASED, maximum=Decimal(1))
    assert said.startswith("{maximum} counts this journal-based activity as at most 1 hours")


def test_a_mandatory_text_stands_in_its_own_language_where_it_has_no_other() -> None:
    shown = credit.texts(AMA, "zh-Hans", date(2026, 11, 1), {"ama-pra-1"})
    assert [wording.language for wording in shown] == ["en", "en"]
    assert [wording.language for wording in credit.texts(HOURS, "zh-Hans", date(2026, 11, 1))] == ["zh-Hans"]


def test_a_text_holds_from_its_day_until_the_next() -> None:
    old = AMA.texts[0].model_copy(update={"since": date(2020, 1, 1), "text": "old"})
    new = old.model_copy(update={"since": date(2024, 1, 1), "text": "new"})
    system = AMA.model_copy(update={"texts": (new, old)})
    shown = {day: [wording.text for wording in credit.texts(system, "en", day, {"ama-pra-1"})]
             for day in (date(2019, 12, 31), date(2020, 1, 1), date(2023, 12, 31), date(2024, 1, 1))}
    assert list(shown.values()) == [[], ["old"], ["old"], ["new"]]


def test_a_text_that_names_a_format_without_a_word_for_it_is_refused() -> None:
    with pytest.raises(ValueError, match="formats"):
        System.model_validate({**AMA.model_dump(), "formats": {}})


def standing(*entries: Entry, year: int = 2026) -> dict[str, credit.Progress]:
    return {progress.system: progress for progress in credit.progress(entries, year)}


def earned(system: str, amount: str, year: int = 2026, is_self_study: bool = False) -> Entry:
    return Entry(system, date(year, 6, 1), Decimal(amount), is_self_study)


def test_a_year_is_met_when_its_need_is_reached() -> None:
    assert not standing(earned("cn-credits", "24.5"))["cn-credits"].is_met
    assert standing(earned("cn-credits", "24.5"), earned("cn-credits", "0.5"))["cn-credits"].is_met


def test_of_self_study_ten_credits_count_in_china() -> None:
    progress = standing(earned("cn-credits", "12", is_self_study=True), earned("cn-credits", "14"))["cn-credits"]
    assert (progress.total, progress.counted, progress.missing) == (Decimal(26), Decimal(24), Decimal(1))


def test_another_year_does_not_count() -> None:
    assert standing(earned("cn-class-hours", "90", year=2025))["cn-class-hours"].missing == Decimal(90)


def test_points_count_within_five_years() -> None:
    entries = [earned("abim-moc", "20", year=year) for year in range(2021, 2027)]
    progress = standing(*entries)["abim-moc"]
    assert (progress.total, progress.within, progress.is_met) == (Decimal(20), Decimal(100), True)
    assert not standing(*entries, year=2024)["abim-moc"].is_met


def test_a_system_without_a_need_only_sums() -> None:
    progress = standing(earned("ama-pra-1", "1.25"))["ama-pra-1"]
    assert (progress.total, progress.is_met, progress.missing) == (Decimal("1.25"), False, Decimal(0))
    assert "ama-pra-1" not in standing()


def test_an_unknown_system_is_left_out() -> None:
    assert "elsewhere" not in standing(earned("elsewhere", "5"))
