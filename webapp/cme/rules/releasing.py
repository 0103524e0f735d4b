"""What a supporter may be told: one fixed table a calendar quarter (UTC), once it is over, by the cell rule. Pure.

Periods are fixed and a released one stays as it was, so that no two tables can be subtracted (`core.privacy`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from webapp.cme.rules.credit import Profession
from webapp.cme.rules.evaluation import Change
from webapp.cme.rules.statistics import Gain
from webapp.cme.rules.steps import Step
from webapp.cme.rules.tallies import Counted, What
from webapp.core.privacy import CellId, Equation, is_releasable_base, release

DIMENSIONS: Mapping[What, tuple[str, ...]] = {
    What.PROFESSION: tuple(Profession), What.FIRST: ("passed", "failed"), What.ALL_MET: ("yes", "no"),
    What.BIASED: ("no", "yes"), What.CHANGE: tuple(Change)}
"""What those who completed are told apart by: each adds up to all of them."""
_NAME = re.compile(r"([0-9]{4})-Q([1-4])")


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter, from its first moment to before the next one's."""

    year: int
    number: int

    @property
    def name(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def since(self) -> datetime:
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=UTC)

    @property
    def until(self) -> datetime:
        return self.next.since

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)


def quarter_of(moment: datetime) -> Quarter:
    """The quarter of a moment."""
    return Quarter(moment.year, (moment.month + 2) // 3)


def quarter_named(name: str) -> Quarter | None:
    """The quarter of a name such as 2026-Q3; None for anything else."""
    found = _NAME.fullmatch(name)
    return Quarter(int(found[1]), int(found[2])) if found else None


def table(counts: Mapping[Counted, int], gain: Gain | None) -> dict[str, Any]:
    """The table, with None for what is withheld: `learners` who completed, `dimensions` of them, and the mean percent
    right before and after, in whole numbers, where their number is shown and no small one."""
    everybody: CellId = ("learners",)
    cells = {everybody: counts.get((What.STEP, Step.CLAIM), 0)}
    equations = []
    for what, values in DIMENSIONS.items():
        parts = tuple((str(what), str(value)) for value in values)
        cells |= {cell: counts.get((what, cell[1]), 0) for cell in parts}
        equations.append(Equation(everybody, parts))
    shown = release(cells, equations)
    learners = shown.value(everybody)
    return {"learners": learners,
            "dimensions": [{"what": str(what), "lines": [[str(value), shown.value((str(what), str(value)))]
                                                         for value in values]} for what, values in DIMENSIONS.items()],
            "gain": {"before": round(gain.before), "after": round(gain.after)}
            if gain is not None and is_releasable_base(learners) and is_releasable_base(gain.learners) else None}
