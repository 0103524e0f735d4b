"""Periods, medians, and which campaigns have a report. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from webapp.campaigns.rules import CampaignState
from webapp.channels.rules import DeliveryState
from webapp.engagement.rules import BUCKET_SECONDS

OPENS_AFTER = timedelta(days=1)
"""A beacon may arrive on the day after its view began; then a week can change no more."""
PERIODS_SHOWN = 8
STOPPED = frozenset({CampaignState.CANCELLED, CampaignState.BLOCKED})
NEVER_LEFT = frozenset({DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.RETRY, DeliveryState.CANCELLED})
"""Of a delivery whose mail nobody can have got. One that failed was refused: a report tells of it."""


@dataclass(frozen=True, order=True)
class Week:
    """A whole ISO week, Monday to Sunday, in UTC days."""

    monday: date

    @property
    def days(self) -> tuple[date, ...]:
        """Its seven days."""
        return tuple(self.monday + timedelta(days=number) for number in range(7))

    @property
    def name(self) -> str:
        """`2026-W47`, as it stands in addresses."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.monday, datetime.min.time(), UTC)

    @property
    def end(self) -> datetime:
        """The moment after its last."""
        return self.start + timedelta(days=7)

    @property
    def opens_at(self) -> datetime:
        """When its report may be read: nothing can arrive for it any more."""
        return self.end + OPENS_AFTER

    def is_open(self, now: datetime) -> bool:
        """Whether its report may be read."""
        return now >= self.opens_at


def week_of(day: date) -> Week:
    """The week that a day belongs to."""
    return Week(day - timedelta(days=day.weekday()))


def week_named(name: str) -> Week | None:
    """The week of a name such as `2026-W47`; None if there is none."""
    try:
        return Week(datetime.strptime(f"{name}-1", "%G-W%V-%u").date())
    except ValueError:
        return None


def with_one_decimal(value: float) -> str:
    """A median as files and the command write it: with its decimal, where it has one."""
    return f"{value:.1f}".removesuffix(".0")


def has_report(week: Week, first_day: date, now: datetime, not_summed: Collection[date] = ()) -> bool:
    """Whether a week's report may be read: from the week of `first_day` on, once it is open.

    A week with a day that is `not_summed` yet waits for its sum.
    """
    return week >= week_of(first_day) and week.is_open(now) and not set(week.days) & set(not_summed)


def open_weeks(first_day: date, now: datetime, not_summed: Collection[date] = ()) -> list[Week]:
    """The weeks that a page lists, oldest first: the last eight that have a report."""
    week, found = week_of(first_day), []
    while week.is_open(now):
        if has_report(week, first_day, now, not_summed):
            found.append(week)
        week = Week(week.monday + timedelta(days=7))
    return found[-PERIODS_SHOWN:]


def is_unsent(state: str, deliveries: Mapping[str, int]) -> bool:
    """Whether a campaign was stopped before any of its mail left: its report would be of nothing. `deliveries`: how
    many are in each state."""
    return state in STOPPED and not any(count for name, count in deliveries.items() if name not in NEVER_LEFT)


def median_seconds(histograms: Iterable[Mapping[str, int]]) -> float | None:
    """The median of engaged seconds, to the middle of its five-second bucket; None without readings."""
    counts: dict[int, int] = {}
    for histogram in histograms:
        for name, count in histogram.items():
            counts[int(name)] = counts.get(int(name), 0) + count
    half, seen = sum(counts.values()) / 2, 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= half:
            return bucket + BUCKET_SECONDS / 2
    return None
