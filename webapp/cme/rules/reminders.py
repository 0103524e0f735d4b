"""When learners are told that credit is missing before their year ends. Pure."""

from collections.abc import Iterable
from datetime import date, datetime

from webapp.cme.rules import credit
from webapp.cme.rules.credit import Entry

REMIND_DAYS = (60, 14)
"""Days before the year's end: our choice. Time for a course, and a last call."""


def due(now: datetime) -> tuple[date, int] | None:
    """(the year's last day, which of `REMIND_DAYS` it is time for); None if it is too early. A day that was slept
    through is made up for by the next reminder alone."""
    end = date(now.year, 12, 31)
    days = min((days for days in REMIND_DAYS if (end - now.date()).days <= days), default=None)
    return None if days is None else (end, days)


def is_lacking(entries: Iterable[Entry], year: int) -> bool:
    """Whether a need of one year is not met in a system that an entry is of. When a longer cycle of somebody's ends is
    not known here."""
    known = list(entries)
    held = {entry.system for entry in known}
    return any(one.need is not None and one.need.years == 1 and not one.is_met
               for one in credit.progress(known, year) if one.system in held)
