"""Wall-clock times in a zone. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def moment_of(local: datetime, zone: str) -> datetime:
    """The moment in UTC of a wall-clock time in a zone.

    A time that a spring-forward skips is taken by the clock that was not yet put forward (02:30 becomes 03:30); one
    that a fall-back repeats is its first occurrence: one moment each. ValueError for an unknown zone.
    """
    if local.tzinfo is not None:
        raise ValueError("Give the local time without an offset; the zone says the rest.")
    try:
        return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown, no name at all, or a name that is a folder
        raise ValueError(f"There is no time zone {zone!r}. Use a name such as Europe/Berlin.") from None
