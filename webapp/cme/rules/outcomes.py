"""Outcomes of an activity by Moore's levels 1 to 5, as figures for a report. Pure.

The levels are those of Moore, Green and Gallis, Journal of Continuing Education in the Health Professions 2009, 29(1):
1-15. Counts are of distinct people and raw: whoever shows them applies the cell rule first (`core.privacy`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from webapp.cme.rules.statistics import Gain
from webapp.core.errors import N_


class Level(IntEnum):
    """What an activity changed, from being there to doing otherwise in practice."""

    PARTICIPATION = 1
    SATISFACTION = 2
    KNOWLEDGE = 3
    COMPETENCE = 4
    PERFORMANCE = 5


LEVEL_WORDS: Mapping[Level, str] = {
    Level.PARTICIPATION: N_("Participation"), Level.SATISFACTION: N_("Satisfaction"),
    Level.KNOWLEDGE: N_("Knowledge"), Level.COMPETENCE: N_("Competence"), Level.PERFORMANCE: N_("Performance")}
"""Each level's name."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many people of those in question, and what of them, marked for the catalogue."""

    words: str
    people: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.people <= self.of:
            raise ValueError(f"{self.people} of {self.of} is no share of people ({self.words})")


@dataclass(frozen=True, slots=True)
class Participation:
    """Level 1: who began, completed and claimed credit."""

    began: int
    completed: int
    credited: int


@dataclass(frozen=True, slots=True)
class Evaluations:
    """Level 2: of those who answered the evaluation, who found all objectives met, found no commercial bias, and mean
    to change practice."""

    answered: int
    objectives_met: int
    unbiased: int
    intend_change: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Level 5: of those asked 60 days later, who answered, and of these who says to have changed practice."""

    asked: int
    answered: int
    changed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One level. Levels 3 and 4 have a gain, None where no learner is paired; the others have counts. What learners
    say of themselves is marked so, and is no measurement."""

    level: Level
    counts: tuple[Count, ...] = ()
    gain: Gain | None = None
    is_self_reported: bool = False


def outcomes(participation: Participation, evaluations: Evaluations, *, knowledge: Gain | None,
             competence: Gain | None, follow_up: FollowUp) -> tuple[Outcome, ...]:
    """The five levels in order. Raises ValueError for a part that is larger than its whole."""
    completed = participation.completed
    return (
        Outcome(Level.PARTICIPATION, (
            Count(N_("Completed the activity"), completed, participation.began),
            Count(N_("Claimed credit"), participation.credited, completed))),
        Outcome(Level.SATISFACTION, (
            Count(N_("Answered the evaluation"), evaluations.answered, participation.began),
            Count(N_("Found all objectives met"), evaluations.objectives_met, evaluations.answered),
            Count(N_("Found no commercial bias"), evaluations.unbiased, evaluations.answered),
            Count(N_("Mean to change their practice"), evaluations.intend_change, evaluations.answered)),
                is_self_reported=True),
        Outcome(Level.KNOWLEDGE, gain=knowledge),
        Outcome(Level.COMPETENCE, gain=competence),
        Outcome(Level.PERFORMANCE, (
            Count(N_("Answered the follow-up after 60 days"), follow_up.answered, follow_up.asked),
            Count(N_("Say that they changed their practice"), follow_up.changed, follow_up.answered)),
                is_self_reported=True))
