"""A wall-clock time in a zone is one moment, also where clocks are put forward or back."""

from datetime import UTC, datetime

import pytest

from webapp.core.zones import moment_of


@pytest.mark.parametrize(("local", "zone", "moment"), [
    (datetime(2026, 3, 2, 10), "UTC", datetime(2026, 3, 2, 10)),
    (datetime(2026, 3, 2, 10), "Asia/Shanghai", datetime(2026, 3, 2, 2)),
    (datetime(2026, 1, 15, 9), "America/New_York", datetime(2026, 1, 15, 14)),
    (datetime(2026, 7, 15, 9), "America/New_York", datetime(2026, 7, 15, 13)),
])
def test_a_wall_clock_time_in_a_zone_is_one_moment(local: datetime, zone: str, moment: datetime) -> None:
    assert moment_of(local, zone) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(("local", "zone", "moment"), [
    (datetime(2026, 3, 8, 2, 30), "America/New_York", datetime(2026, 3, 8, 7, 30)),
    (datetime(2026, 3, 29, 2, 30), "Europe/Berlin", datetime(2026, 3, 29, 1, 30)),
])
def test_a_time_that_spring_forward_skips_is_one_moment_an_hour_later_by_the_clock(
        local: datetime, zone: str, moment: datetime) -> None:
    assert moment_of(local, zone) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize(("local", "zone", "moment"), [
    (datetime(2026, 11, 1, 1, 30), "America/New_York", datetime(2026, 11, 1, 5, 30)),
    (datetime(2026, 10, 25, 2, 30), "Europe/Berlin", datetime(2026, 10, 25, 0, 30)),
])
def test_a_time_that_fall_back_repeats_is_its_first_occurrence(
        local: datetime, zone: str, moment: datetime, fold: int) -> None:
    assert moment_of(local.replace(fold=fold), zone) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe", "../../etc/passwd", "/etc/localtime", "x" * 300, "\0"])
def test_what_is_no_zone_is_refused_by_name(zone: str) -> None:
    with pytest.raises(ValueError, match="There is no time zone"):
        moment_of(datetime(2026, 3, 2, 10), zone)


def test_a_local_time_with_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="without an offset"):
        moment_of(datetime(2026, 3, 2, 10, tzinfo=UTC), "UTC")
