"""Rounds, ratios, goals, and how they are told."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Figures = dict[str, list[float]]
"""Side -> its figure of each round."""


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    is_quick: bool

    def pick(self, full: int, quick: int) -> int:
        """The figure of a full bench, or of a quick one."""
        return quick if self.is_quick else full


@dataclass(frozen=True)
class Goal:
    """A bound on a ratio."""

    bound: float
    is_least: bool

    def is_met(self, ratio: float) -> bool:
        return ratio >= self.bound if self.is_least else ratio <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.is_least else '<='} {self.bound:g}"


@dataclass(frozen=True)
class Ratio:
    """One side over another. `ours` and `theirs` hold a figure for each round."""

    name: str
    ours: Sequence[float]
    theirs: Sequence[float]
    unit: str
    goal: Goal

    @property
    def value(self) -> float:
        """Ratio of the medians."""
        return median(self.ours) / median(self.theirs)

    @property
    def is_met(self) -> bool:
        return self.goal.is_met(self.value)

    def __str__(self) -> str:
        each = [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]
        verdict = "met" if self.is_met else "MISSED"
        return (f"  {self.name:<46} {self.value:7.4g}  ({min(each):.4g} to {max(each):.4g} in {len(each)} rounds)  "
                f"goal {self.goal}: {verdict}   [{median(self.ours):,.4g} / {median(self.theirs):,.4g} {self.unit}]")


@dataclass(frozen=True)
class Report:
    """What one measure found: ratios, and remarks that a reader needs to judge them."""

    ratios: Sequence[Ratio]
    remarks: Sequence[str] = ()

    def __str__(self) -> str:
        return "\n".join([*map(str, self.ratios), *(f"    {remark}" for remark in self.remarks)])


def verdict_of(reports: Sequence[Report]) -> str:
    """How many goals were met, and each that was missed."""
    ratios = [ratio for report in reports for ratio in report.ratios]
    missed = [f"  MISSED: {ratio.name} {ratio.value:.4g}, goal {ratio.goal}" for ratio in ratios if not ratio.is_met]
    return "\n".join([f"{len(ratios) - len(missed)} of {len(ratios)} goals met", *missed])


def at_least(bound: float) -> Goal:
    """A ratio that should not be smaller."""
    return Goal(bound, True)


def at_most(bound: float) -> Goal:
    """A ratio that should not be greater."""
    return Goal(bound, False)


def interleave(rounds: int, sides: dict[str, Callable[[], float]]) -> Figures:
    """Runs every side once a round."""
    figures: Figures = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            figures[name].append(measure())
    return figures


def peak_of(module: str, *arguments: str) -> float:
    """The most memory in MB that a module took, run by itself: it prints `peak_megabytes()` last."""
    told = subprocess.run([sys.executable, "-m", module, *arguments], check=True, capture_output=True, text=True)
    return float(told.stdout.split()[-1])


def peak_megabytes() -> float:
    """The most memory that this process took. Of Linux's own count: `getrusage` tells a child the most that its parent
    took, where that is more."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024
