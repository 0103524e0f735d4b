"""Item analysis and knowledge gain, beside scipy on random data and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cme.questions import assessment, choice, numeric
from webapp.cme.rules import statistics, student_t
from webapp.cme.rules.statistics import Answer, Flag
from webapp.core.later import Later

stats = Later("scipy.stats")  # every process of the suite reads this file, and one of them runs it


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 9, 30, 99, 100, 1_000, 99_999, 10_000_000])
@pytest.mark.parametrize("probability", [0.0001, 0.025, 0.4, 0.5, 0.51, 0.9, 0.975, 0.9999])
def test_the_quantile_of_t_is_scipys(probability: float, degrees: int) -> None:
    assert student_t.quantile(probability, degrees) == pytest.approx(stats.t.ppf(probability, degrees), rel=1e-10)


@pytest.mark.parametrize(("probability", "degrees"), [(0, 5), (1, 5), (0.9, 0), (math.nan, 5)])
def test_a_quantile_that_is_none_is_refused(probability: float, degrees: int) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        student_t.quantile(probability, degrees)


@pytest.mark.parametrize("seed", range(5))
def test_gain_on_random_data_is_scipys(seed: int) -> None:
    chance = np.random.default_rng(seed)
    before = chance.uniform(0, 80, size=chance.integers(2, 200))
    after = np.clip(before + chance.normal(15, 20, size=before.size), 0, 100)
    found = statistics.gain(list(zip(before, after, strict=True)))
    expected = stats.ttest_rel(after, before)
    assert found is not None
    assert found.interval == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert found.dz == pytest.approx(expected.statistic / math.sqrt(before.size))
    assert found.hake == pytest.approx((after.mean() - before.mean()) / (100 - before.mean()))


def test_gain_by_hand() -> None:
    # Differences 20, 40, 0, 20: mean 20, deviation sqrt(800/3); t of 3 degrees at 97.5 % is 3.182446 (tables)
    found = statistics.gain([(40, 60), (20, 60), (60, 60), (40, 60)])
    assert found is not None
    assert (found.learners, found.before, found.after, found.difference) == (4, 40, 60, 20)
    reach = 3.182446 * math.sqrt(800 / 3) / 2
    assert found.interval == pytest.approx((20 - reach, 20 + reach), rel=1e-6)
    assert found.dz == pytest.approx(20 / math.sqrt(800 / 3))
    assert found.hake == pytest.approx(1 / 3)


def test_nobody_paired_has_no_gain() -> None:
    assert statistics.gain([]) is None


def test_a_single_learner_has_no_interval_and_no_effect_size() -> None:
    found = statistics.gain([(50, 80)])
    assert found is not None
    assert (found.difference, found.interval, found.dz) == (30, None, None)


def test_learners_who_all_gain_the_same_have_a_point_for_an_interval() -> None:
    found = statistics.gain([(100 / 3, 200 / 3)] * 7)
    assert found is not None
    assert (found.dz, found.interval) == (None, (found.difference, found.difference))


def test_who_knew_all_before_could_gain_nothing() -> None:
    found = statistics.gain([(100, 90), (100, 100)])
    assert found is not None and found.hake is None


@pytest.mark.parametrize("pair", [(-1, 50), (50, 100.5), (math.nan, 50)])
def test_a_score_that_is_no_percentage_is_refused(pair: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="percentages"):
        statistics.gain([pair])


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=2, max_size=30))
def test_an_interval_holds_its_mean(pairs: list[tuple[int, int]]) -> None:
    found = statistics.gain(pairs)
    assert found is not None and found.interval is not None
    assert found.interval[0] <= found.difference <= found.interval[1]


def test_only_paired_learners_and_items_asked_twice_count() -> None:
    before = {"ann": {"a": False, "b": False, "c": True}, "bea": {"a": True}, "cleo": {"b": True}}
    after = {"ann": {"a": True, "b": False, "d": True}, "cleo": {"a": True}, "dora": {"a": True}}
    assert statistics.paired(before, after, {"a", "b", "c", "d"}) == [(0, 50)]


def sat(*sheets: str) -> list[Answer]:
    """Sittings as strings of 1 and 0 over the items a, b, c and so on; a blank was not asked."""
    return [Answer(sitting, item, mark == "1") for sitting, sheet in enumerate(sheets)
            for item, mark in zip("abcdefgh", sheet, strict=False) if mark != " "]


def analysed(answers: list[Answer], distractors: dict[str, tuple[str, ...]]) -> tuple[statistics.ItemFigures, ...]:
    return statistics.item_figures(statistics.item_sums(answers), distractors)


def figures(answers: list[Answer], items: str = "abc") -> dict[str, statistics.ItemFigures]:
    return {each.item: each for each in analysed(answers, dict.fromkeys(items, ()))}


@pytest.mark.parametrize("seed", range(5))
def test_discrimination_on_random_data_is_scipys_point_biserial(seed: int) -> None:
    chance = np.random.default_rng(seed)
    ability = chance.normal(size=(60, 1))
    right = ability + chance.normal(size=(60, 8)) > 0
    found = figures(sat(*("".join("01"[mark] for mark in row) for row in right.astype(int))), "abcdefgh")
    for place, item in enumerate("abcdefgh"):
        rest = right.sum(axis=1) - right[:, place]
        assert found[item].discrimination == pytest.approx(stats.pointbiserialr(right[:, place], rest).statistic)
        assert found[item].difficulty == pytest.approx(right[:, place].mean())


def test_discrimination_by_hand() -> None:
    # Item a: 1 1 0 0; the rest right of b and c: 2 1 1 0, of mean 1: covariance 1/4, deviations 1/2 and sqrt(1/2)
    found = figures(sat("111", "110", "001", "000"))
    assert found["a"].discrimination == pytest.approx(0.25 / (0.5 * math.sqrt(0.5)))


def test_sittings_of_different_items_compare_by_share() -> None:
    found = figures(sat("11 ", "1 1", "0 0", "00 "))
    assert found["a"].discrimination == pytest.approx(1)


@pytest.mark.parametrize(("sheets", "why"), [
    (("11", "10", "11"), "all right"), (("11", "01", "11"), "the rest never varies"),
    (("10", "01"), "too few"), (("1", "0", "1"), "nothing else was asked")])
def test_discrimination_is_unknown_where(sheets: tuple[str, ...], why: str) -> None:
    assert figures(sat(*sheets))["a"].discrimination is None, why


def test_an_item_that_nobody_was_asked_has_no_figures_and_no_flags() -> None:
    unasked = figures(sat("11", "00", "10"))["c"]
    assert (unasked.asked, unasked.difficulty, unasked.discrimination, unasked.flags) == (0, None, None, ())


def test_no_answers_are_analysed_as_none() -> None:
    assert [each.asked for each in analysed([], {"a": ("x",)})] == [0]


def test_an_item_of_another_version_counts_in_the_rest_alone() -> None:
    found = figures(sat("11", "01", "10", "00"), "a")
    assert list(found) == ["a"] and found["a"].discrimination == pytest.approx(0)


def test_distractors_are_told_with_their_shares() -> None:
    answers = [Answer(sitting, "a", False, ("x",)) for sitting in range(39)] + [Answer(39, "a", True, ("right",))]
    found, = analysed(answers, {"a": ("x", "y")})
    assert [(each.option, each.chosen, each.share) for each in found.distractors] == [("x", 39, 0.975), ("y", 0, 0)]
    assert found.flags == (Flag.TOO_HARD, Flag.IDLE_DISTRACTOR)


@pytest.mark.parametrize(("right", "flags"), [
    (29, (Flag.TOO_HARD,)), (30, ()), (90, ()), (91, (Flag.TOO_EASY,))])
def test_flags_rise_past_their_thresholds(right: int, flags: tuple[Flag, ...]) -> None:
    found, = analysed([Answer(sitting, "a", sitting < right) for sitting in range(100)], {"a": ()})
    assert found.flags == flags


def test_an_item_that_the_better_half_misses_is_weak() -> None:
    assert figures(sat("011", "011", "100", "100"))["a"].flags == (Flag.WEAK,)


def test_only_options_that_are_wrong_are_distractors() -> None:
    file = assessment(choice("q1", right=1, wrong=3), numeric("q2"))
    assert statistics.distractors_of(file)["q1"] == ("b", "c", "d")
    assert statistics.distractors_of(file)["q2"] == ()


@given(st.lists(st.text("01", min_size=3, max_size=3), min_size=2, max_size=12), st.integers(0, 12))
def test_sums_of_some_sittings_and_of_the_others_are_those_of_all(sheets: list[str], cut: int) -> None:
    answers = sat(*sheets)
    first, second = (statistics.item_sums([each for each in answers if (each.sitting < cut) is is_first])
                     for is_first in (True, False))
    none = statistics.ItemSums()
    added = {item: first.get(item, none) + second.get(item, none) for item in "abc"}
    both = zip(statistics.item_figures(added, dict.fromkeys("abc", ())), figures(answers).values(), strict=True)
    for one, other in both:
        assert (one.asked, one.right) == (other.asked, other.right)
        assert one.discrimination == pytest.approx(other.discrimination)


def test_sums_of_some_learners_and_of_the_others_make_the_gain_of_all() -> None:
    pairs = [(10.0, 40.0), (20, 20), (50, 90), (0, 10), (100, 90)]
    assert statistics.gain_of(statistics.pair_sums(pairs[:2]) + statistics.pair_sums(pairs[2:])) == statistics.gain(
        pairs)


def test_a_single_different_learner_among_a_million_is_not_taken_for_rounding() -> None:
    sums = statistics.PairSums(999_999, 50 * 999_999, 50 * 999_999, 0) + statistics.pair_sums([(50, 50.1)])
    found = statistics.gain_of(sums)
    assert found is not None and found.dz is not None and found.dz > 0
