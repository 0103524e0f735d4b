"""Who is told that a legal clock passes: officers from half of its time on, operators once it has run out, both anew
every day until this platform has done its part."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.safety.rules import State
from webapp.safety.rules.clocks import HALF, Clock
from webapp.safety.rules.hand_over import ALARM_EVERY

SHORTEST = timedelta(days=15)
"""Of the legal clocks that give any time at all, the shortest (see `clocks`)."""
SHORTEST_HALF = HALF * SHORTEST


class Level(StrEnum):
    """How far a clock has come."""

    HALF = "legal-half"
    OUT = "legal-out"


@dataclass(frozen=True)
class Notice:
    """What is to be told: since when a clock of the case is that far, and the how-manieth day it is told, from 0."""

    level: Level
    since: datetime
    day: int

    @property
    def name(self) -> str:
        """By which it is told once."""
        return f"{self.level} {self.since:%Y%m%dT%H%M%S} {self.day}"


def is_done_here(state: str, *, is_desk_awaited: bool) -> bool:
    """Whether this platform has done its part: an officer assessed the case, and the desk that it has, if it has one,
    acknowledged all that is significant. What the law asks for then is the company's to do, and nobody here knows
    whether it did."""
    return state == State.TRIAGED and not is_desk_awaited


def watched(clocks: Collection[Clock], followed_up_at: datetime | None) -> list[Clock]:
    """Those to tell of. One that had run out before a significant follow-up came was told of then: the follow-up's own
    clock counts."""
    return [clock for clock in clocks
            if clock.is_follow_up or followed_up_at is None or clock.due_at > followed_up_at]


def notices(clocks: Collection[Clock], now: datetime) -> list[Notice]:
    """What is to be told of a case with these clocks: of several that are that far, of the first."""
    passed = {Level.HALF: [clock.half_at for clock in clocks if clock.half_at <= now],
              Level.OUT: [clock.due_at for clock in clocks if clock.due_at <= now]}
    return [Notice(level, min(moments), (now - min(moments)) // ALARM_EVERY)
            for level, moments in passed.items() if moments]
