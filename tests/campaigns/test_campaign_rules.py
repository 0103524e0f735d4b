"""A campaign's time, and what a click is taken for."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.campaigns.rules import SCANNER_SECONDS, ClickClass, StopReason, click_class, gravest, put_off_until, send_at

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(("local", "zone", "moment"), [
    (datetime(2026, 3, 2, 10), "UTC", datetime(2026, 3, 2, 10)),
    (datetime(2026, 3, 2, 10), "Asia/Shanghai", datetime(2026, 3, 2, 2)),
    (datetime(2026, 1, 15, 9), "America/New_York", datetime(2026, 1, 15, 14)),
    (datetime(2026, 7, 15, 9), "America/New_York", datetime(2026, 7, 15, 13)),
])
def test_a_wall_clock_time_in_a_zone_is_one_moment(local: datetime, zone: str, moment: datetime) -> None:
    assert send_at(local, zone) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(("local", "zone", "moment"), [
    (datetime(2026, 3, 8, 2, 30), "America/New_York", datetime(2026, 3, 8, 7, 30)),
    (datetime(2026, 3, 29, 2, 30), "Europe/Berlin", datetime(2026, 3, 29, 1, 30)),
])
def test_a_time_that_spring_forward_skips_is_sent_once_an_hour_later_by_the_clock(
        local: datetime, zone: str, moment: datetime) -> None:
    assert send_at(local, zone) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize(("local", "zone", "moment"), [
    (datetime(2026, 11, 1, 1, 30), "America/New_York", datetime(2026, 11, 1, 5, 30)),
    (datetime(2026, 10, 25, 2, 30), "Europe/Berlin", datetime(2026, 10, 25, 0, 30)),
])
def test_a_time_that_fall_back_repeats_is_sent_at_its_first_occurrence(
        local: datetime, zone: str, moment: datetime, fold: int) -> None:
    assert send_at(local.replace(fold=fold), zone) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe", "../../etc/passwd", "/etc/localtime", "x" * 300, "\0"])
def test_what_is_no_zone_is_refused_by_name(zone: str) -> None:
    with pytest.raises(ValueError, match="There is no time zone"):
        send_at(datetime(2026, 3, 2, 10), zone)


def test_a_local_time_with_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="without an offset"):
        send_at(AT, "UTC")


@pytest.mark.parametrize(("is_robot", "seconds", "kind"), [
    (False, SCANNER_SECONDS, ClickClass.HUMAN),
    (False, SCANNER_SECONDS - 1, ClickClass.SCANNER),
    (True, 3600, ClickClass.SCANNER),
])
def test_a_click_is_a_scanners_by_name_or_by_haste(is_robot: bool, seconds: int, kind: ClickClass) -> None:
    assert click_class(is_robot=is_robot, sent_at=AT, now=AT + timedelta(seconds=seconds)) is kind


@pytest.mark.parametrize(("waited", "wait"), [
    (timedelta(0), timedelta(minutes=1)), (timedelta(minutes=4), timedelta(minutes=1)),
    (timedelta(minutes=40), timedelta(minutes=10)), (timedelta(days=2), timedelta(hours=1)),
    (timedelta(hours=-3), timedelta(hours=3))])
def test_looks_at_what_was_put_off_become_rarer_and_never_rarer_than_hourly(waited: timedelta, wait: timedelta) -> None:
    assert put_off_until(AT, AT + waited) == AT + waited + wait


def test_a_reason_for_good_decides_before_one_that_passes() -> None:
    passing, lasting = StopReason.NO_POSTAL_ADDRESS, StopReason.NOT_CLEARED
    assert gravest([passing, lasting]) is gravest([lasting, passing]) is lasting
    assert gravest([passing, StopReason.POLICY]) is passing
    assert gravest([]) is None
