"""What a click is taken for, which reason decides, and how long a mail is put off."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.campaigns.rules import SCANNER_SECONDS, ClickClass, StopReason, click_class, gravest, put_off_until

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


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
