"""By when something is left to do here with a case."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from webapp.safety.rules import IN_USE
from webapp.safety.rules.clocks import hand_over, legal
from webapp.safety.rules.watching import is_done_here

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a clock that gives no time: before all that gives any, however long ago that ran out."""
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for a case with which nothing is left to do: behind all others."""
WITHOUT_CLOCK = timedelta(days=90)
"""How long a case waits to be assessed for which no clock runs: as the longest of the laws. Our choice, so that it does
not stand behind all others for ever."""


@dataclass(frozen=True)
class Standing:
    """A case, as far as its clocks go."""

    state: str
    market: str
    criteria: Collection[str]
    expectedness: str
    received_at: datetime
    waits_since: datetime | None
    """When the first of what its desk has not acknowledged was received; None where it has no desk, or that has all."""
    followed_up_at: datetime | None
    """When the last significant follow-up was received."""


def due_at(case: Standing) -> datetime:
    """The first clock that runs out of those of what is left to do here, `AT_ONCE` where the law gives no time; `NEVER`
    once nothing is left. All legal clocks count that the case's page shows, also one that had run out before a
    follow-up came, since nobody here knows whether it was met."""
    if case.state not in IN_USE or is_done_here(case.state, is_desk_awaited=case.waits_since is not None):
        return NEVER
    clocks = legal(case.market, case.criteria, case.expectedness, case.received_at, case.followed_up_at)
    if case.waits_since is not None:
        clocks.append(hand_over(case.waits_since))
    if any(clock.due_at == clock.began_at for clock in clocks):
        return AT_ONCE
    return min((clock.due_at for clock in clocks), default=case.received_at + WITHOUT_CLOCK)
