"""Clocks of a case: by when it must have been handed over, and reported by whom the law binds."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.core.errors import N_
from webapp.safety.rules.reports import Criterion

HAND_OVER = timedelta(hours=24)
"""What contracts with companies ask for: one day from the first receipt."""
HALF = 0.5
"""Share of a clock's time after which it warns: as the operators' page says."""


class Expectedness(StrEnum):
    """Whether the product's label names the reaction; unknown until an officer says."""

    EXPECTED = "expected"
    UNEXPECTED = "unexpected"
    UNKNOWN = "unknown"


class Pace(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    HALF_PAST = "half-past"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Clock:
    """One duty: its name, its source, and by when."""

    name: str
    source: str
    began_at: datetime
    due_at: datetime
    is_follow_up: bool = False
    """It began with what was told later."""

    @property
    def half_at(self) -> datetime:
        """From when on it warns."""
        return self.began_at + HALF * (self.due_at - self.began_at)

    def pace(self, now: datetime) -> Pace:
        """How it stands."""
        if now >= self.due_at:
            return Pace.OVERDUE
        return Pace.HALF_PAST if now >= self.half_at else Pace.RUNNING


def hand_over(received_at: datetime) -> Clock:
    """The clock of the hand-over to the product's desk."""
    return Clock(N_("Hand-over"), N_("Contract with the company: 24 hours"), received_at, received_at + HAND_OVER)


def legal(market: str, criteria: Collection[str], expectedness: str, received_at: datetime,
          followed_up_at: datetime | None = None) -> list[Clock]:
    """The legal clocks of a market, cautiously from the first receipt, as if the case were valid then; and anew from
    the last significant follow-up, beside the first ones, since nobody here knows whether those were met. What is not
    known yet counts as unexpected. An unknown market has those of all."""
    law = _LAWS.get(market)
    laws = [law] if law else sorted(set(_LAWS.values()), key=lambda one: one.source)
    found = [clock for one in laws for clock in one.clocks(set(criteria), expectedness, received_at)]
    if followed_up_at is not None:
        found += [replace(clock, is_follow_up=True) for one in laws
                  for clock in one.clocks(set(criteria), expectedness, followed_up_at)]
    return sorted(found, key=lambda clock: clock.due_at)


@dataclass(frozen=True)
class _Law:
    source: str
    serious_days: int
    other_days: int | None
    is_unexpected_only: bool = False
    has_deaths_at_once: bool = False

    def clocks(self, criteria: set[str], expectedness: str, received_at: datetime) -> list[Clock]:
        if Criterion.DEATH in criteria and self.has_deaths_at_once:
            return [Clock(N_("Death: at once"), self.source, received_at, received_at)]
        if criteria:
            is_free = self.is_unexpected_only and expectedness == Expectedness.EXPECTED
            return [] if is_free else [self._in(N_("Serious"), self.serious_days, received_at)]
        return [] if self.other_days is None else [self._in(N_("Not serious"), self.other_days, received_at)]

    def _in(self, name: str, days: int, received_at: datetime) -> Clock:
        return Clock(name, self.source, received_at, received_at + timedelta(days=days))


_US = _Law(N_("21 CFR 314.80(c)(1): serious and unexpected, 15 calendar days"), 15, None, is_unexpected_only=True)
_EU = _Law(N_("Directive 2001/83/EC, Article 107: serious 15 days, others 90 days"), 15, 90)
_GB = _Law(N_("Human Medicines Regulations 2012, regulation 188: serious 15 days, others 90 days"), 15, 90)
_CN = _Law(N_("China, as our field rules have it: deaths at once, serious 15 days, others 30 days"), 15, 30,
           has_deaths_at_once=True)
_LAWS = {"us": _US, "eu": _EU, "gb": _GB, "cn": _CN}
"""15 calendar days in the US for what is serious and unexpected; 15 and 90 days in Europe whatever the expectedness; in
China deaths at once, 15 days for what is serious, 30 for the rest, which we did not read in the law itself."""
