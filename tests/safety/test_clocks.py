"""By when a case is due, by market, seriousness and expectedness."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.safety.rules import clocks
from webapp.safety.rules.clocks import Pace

DAY_ZERO = datetime(2026, 3, 1, 8, tzinfo=UTC)
SERIOUS, DEATH, NOT = ("hospitalisation",), ("death",), ()


@pytest.mark.parametrize(("market", "criteria", "expectedness", "days"), [
    ("us", SERIOUS, "unexpected", [15]), ("us", SERIOUS, "unknown", [15]), ("us", SERIOUS, "expected", []),
    ("us", DEATH, "unexpected", [15]), ("us", NOT, "unexpected", []),
    ("eu", SERIOUS, "expected", [15]), ("eu", NOT, "expected", [90]),
    ("gb", SERIOUS, "unknown", [15]), ("gb", NOT, "unknown", [90]),
    ("cn", DEATH, "expected", [0]), ("cn", SERIOUS, "expected", [15]), ("cn", NOT, "expected", [30]),
    ("fr", DEATH, "unknown", [0, 15, 15, 15]), ("fr", NOT, "unknown", [30, 90, 90])])
def test_each_market_has_its_legal_clocks_and_an_unknown_one_has_all(
        market: str, criteria: tuple[str, ...], expectedness: str, days: list[int]) -> None:
    found = clocks.legal(market, criteria, expectedness, DAY_ZERO)
    assert [(clock.due_at - DAY_ZERO).days for clock in found] == days


@pytest.mark.parametrize(("hours", "pace"), [(0, Pace.RUNNING), (11.9, Pace.RUNNING), (12, Pace.HALF_PAST),
                                             (23.9, Pace.HALF_PAST), (24, Pace.OVERDUE), (400, Pace.OVERDUE)])
def test_the_hand_over_warns_at_half_its_time_and_is_overdue_after_a_day(hours: float, pace: Pace) -> None:
    assert clocks.hand_over(DAY_ZERO).pace(DAY_ZERO + timedelta(hours=hours)) is pace


def test_a_clock_set_back_makes_nothing_overdue() -> None:
    assert clocks.hand_over(DAY_ZERO).pace(DAY_ZERO - timedelta(days=2)) is Pace.RUNNING
