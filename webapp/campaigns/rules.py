"""States of a campaign, its time, and what a click is taken for. Pure."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SLICE = 2000
"""Rows one INSERT..SELECT writes before it lets others at the database."""
PAUSE_SECONDS = 0.02
SCANNER_SECONDS = 10
"""A click sooner after its mail left is taken for a mail scanner's: our choice; people take longer to open a mail."""


class CampaignState(StrEnum):
    """Where a campaign is."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RELEASING = "releasing"
    RELEASED = "released"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


class ClickClass(StrEnum):
    """Who is thought to have followed a link. `raw` counts both."""

    HUMAN = "human"
    SCANNER = "suspected-scanner"


def send_at(local: datetime, zone: str) -> datetime:
    """The moment in UTC of a wall-clock time in a zone.

    A time that a spring-forward skips is taken by the clock that was not yet put forward (02:30 becomes 03:30); one
    that a fall-back repeats is its first occurrence: one send each. ValueError for an unknown zone.
    """
    if local.tzinfo is not None:
        raise ValueError("Give the local time without an offset; the zone says the rest.")
    try:
        return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown, no name at all, or a name that is a folder
        raise ValueError(f"There is no time zone {zone!r}. Use a name such as Europe/Berlin.") from None


def click_class(*, is_robot: bool, sent_at: datetime | None, now: datetime) -> ClickClass:
    """What a click is taken for: a robot's by its name, or by coming too soon after the mail."""
    if is_robot or (sent_at is not None and now - sent_at < timedelta(seconds=SCANNER_SECONDS)):
        return ClickClass.SCANNER
    return ClickClass.HUMAN
