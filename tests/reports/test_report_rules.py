"""Weeks, when they open, medians, and campaigns that were stopped."""

from datetime import UTC, date, datetime, timedelta

import pytest

from webapp.reports.rules import (
    PERIODS_SHOWN,
    Week,
    has_report,
    is_unsent,
    median_seconds,
    open_weeks,
    week_named,
    week_of,
    with_one_decimal,
)

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize("day", [MONDAY, date(2026, 3, 5), date(2026, 3, 8)])
def test_a_week_is_monday_to_sunday(day: date) -> None:
    assert (week_of(day).days[0], week_of(day).days[-1]) == (MONDAY, date(2026, 3, 8))


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2024, 12, 30), date(2027, 1, 3)])
def test_a_weeks_name_leads_back_to_it_even_over_new_year(day: date) -> None:
    assert week_named(week_of(day).name) == week_of(day)


@pytest.mark.parametrize("name", ["", "2026", "2026-W00", "2026-W54", "2026-W10-1", "2026-10", "x" * 1000, "2026-W1\0"])
def test_what_names_no_week_is_none(name: str) -> None:
    assert week_named(name) is None


def test_a_week_opens_on_the_tuesday_after_it() -> None:
    opens = datetime(2026, 3, 10, tzinfo=UTC)
    assert not Week(MONDAY).is_open(opens - timedelta(seconds=1))
    assert Week(MONDAY).is_open(opens)


def test_the_last_weeks_are_listed_oldest_first() -> None:
    weeks = open_weeks(MONDAY, datetime(2026, 12, 1, tzinfo=UTC))
    assert len(weeks) == PERIODS_SHOWN
    assert weeks == sorted(weeks)


def test_a_week_keeps_its_report_when_it_is_listed_no_more() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    assert Week(MONDAY) not in open_weeks(MONDAY, now)
    assert has_report(Week(MONDAY), MONDAY, now)
    assert not has_report(Week(MONDAY - timedelta(days=7)), MONDAY, now)
    assert not has_report(week_of(now.date()), MONDAY, now)


def test_a_week_with_a_day_that_is_not_summed_waits() -> None:
    now = datetime(2026, 3, 18, tzinfo=UTC)
    assert [week.name for week in open_weeks(MONDAY, now)] == ["2026-W10", "2026-W11"]
    assert [week.name for week in open_weeks(MONDAY, now, [date(2026, 3, 4)])] == ["2026-W11"]


@pytest.mark.parametrize(("histograms", "median"), [
    ([], None), ([{"10": 1}], 12.5), ([{"0": 1, "5": 1, "60": 1}], 7.5), ([{"0": 5}, {"100": 6}], 102.5)])
def test_the_median_lies_in_the_middle_of_its_bucket(histograms: list[dict[str, int]], median: float | None) -> None:
    assert median_seconds(histograms) == median


@pytest.mark.parametrize(("state", "deliveries", "expected"), [
    ("cancelled", {}, True), ("blocked", {}, True), ("cancelled", {"cancelled": 30}, True),
    ("blocked", {"queued": 12, "leased": 1, "retry": 1}, True), ("cancelled", {"sent": 0}, True),
    ("cancelled", {"cancelled": 29, "sent": 1}, False), ("cancelled", {"unknown": 1}, False),
    ("blocked", {"sending": 1}, False), ("cancelled", {"failed": 1}, False),
    ("scheduled", {}, False), ("releasing", {"queued": 1}, False), ("released", {}, False),
])
def test_a_campaign_is_unsent_if_it_was_stopped_before_any_mail_left(state: str, deliveries: dict[str, int],
                                                                     expected: bool) -> None:
    assert is_unsent(state, deliveries) is expected


@pytest.mark.parametrize(("value", "written"), [(117.5, "117.5"), (2.5, "2.5"), (1000.0, "1000"), (12342.5, "12342.5")])
def test_a_median_keeps_its_digits(value: float, written: str) -> None:
    assert with_one_decimal(value) == written
