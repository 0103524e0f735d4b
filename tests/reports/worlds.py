"""Random weeks of readings, and a reader who tries to work out what their reports withhold."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from webapp.engagement.models import ReadingDay
from webapp.reports.rules import Week
from webapp.reports.service.releasing import CATEGORIES, DIMENSIONS, Table

WEEK = Week(date(2026, 3, 2))
DAYS = tuple(day.isoformat() for day in WEEK.days)
VALUES: Mapping[str, tuple[str, ...]] = {**CATEGORIES, "day": DAYS}
SPOTS: list[tuple[str, ...]] = [(), *((name, value) for name in DIMENSIONS for value in VALUES[name])]
FAR = 10_000
"""As many as you like, for a solver that wants a number."""
Cell = tuple[str, ...]


def reading_day(day: str = DAYS[0], *, audience: str = "patient", language: str = "en", source: str = "",
                readers: int = 20, readings: int | None = None, completions: int = 0, is_simulated: bool = False,
                engaged: Mapping[str, int] | None = None) -> ReadingDay:
    """One day's sum for one edition, language and source."""
    count = readers if readings is None else readings
    return ReadingDay(
        day=date.fromisoformat(day), subject_kind="article", subject_id=1, audience=audience, language=language,
        market="us", source=source, is_simulated=is_simulated, readers=readers, readings=count,
        completions=completions, engaged_histogram=dict(engaged or {"10": count}))


def random_week(seed: int, sources: tuple[str, ...] = ("mine", "")) -> list[ReadingDay]:
    """A week with many small cells, as a report of a rare disease has."""
    chance = random.Random(seed)
    rows = []
    for day in DAYS:
        for audience in VALUES["audience"]:
            for language in VALUES["language"]:
                for source in sources:
                    readers = chance.choice((0, 0, 0, chance.randint(1, 12), chance.randint(1, 60)))
                    if readers:
                        readings = readers + chance.randint(0, readers)
                        rows.append(reading_day(day, audience=audience, language=language, source=source,
                                                readers=readers, readings=readings,
                                                completions=chance.randint(0, readings)))
    return rows


@dataclass
class Attacker:
    """Knows the reports of several campaigns on one article, how they are counted, and arithmetic."""

    sources: tuple[str, ...]
    known: dict[Cell, int] = field(default_factory=dict)

    def read(self, source: str, tables: tuple[Table, ...]) -> None:
        """Takes in what one report publishes. A share tells its numerator."""
        for table in tables:
            population = source if table.population == "campaign" else "all"
            for line in table.lines:
                place = (population, *((table.dimension, line.category) if line.category else ()))
                self._learn(("readers", *place), line.readers)
                self._learn(("readings", *place), line.readings)
                if line.completion is not None and line.readings is not None:
                    completed = round(line.completion * line.readings)
                    self._learn(("completed", *place), completed)
                    self._learn(("incomplete", *place), line.readings - completed)

    def _learn(self, cell: Cell, value: int | None) -> None:
        assert value is None or self.known.setdefault(cell, value) == value, f"two tables differ on {cell}"

    def ranges(self, wanted: list[Cell]) -> Iterator[tuple[Cell, int, int]]:
        """The least and the most that each wanted cell can hold."""
        cells = [(figure, population, *spot) for figure in ("readers", "readings", "completed", "incomplete")
                 for population in ("all", *self.sources, "") for spot in SPOTS]
        place = {cell: number for number, cell in enumerate(cells)}
        constraints = self._constraints(place)
        bounds = Bounds(np.array([self.known.get(cell, 0) for cell in cells]),
                        np.array([self.known.get(cell, FAR) for cell in cells]))
        for cell in wanted:
            ends = []
            for sign in (1, -1):
                goal = np.zeros(len(cells))
                goal[place[cell]] = sign
                solved = milp(goal, constraints=constraints, bounds=bounds, integrality=np.ones(len(cells)))
                ends.append(round(sign * solved.fun))
            yield cell, ends[0], ends[1]

    def _constraints(self, place: Mapping[Cell, int]) -> LinearConstraint:
        rows, lowest, highest = [], [], []

        def add(terms: list[tuple[Cell, int]], high: float) -> None:
            row = np.zeros(len(place))
            for cell, factor in terms:
                row[place[cell]] += factor
            rows.append(row)
            lowest.append(0.0)
            highest.append(high)

        for figure in ("readers", "readings", "completed", "incomplete"):
            for spot in SPOTS:
                add([((figure, "all", *spot), -1), *(((figure, source, *spot), 1) for source in (*self.sources, ""))],
                    0)
            for population in ("all", *self.sources, ""):
                for dimension in DIMENSIONS:
                    add([((figure, population), -1), *(((figure, population, dimension, value), 1)
                                                      for value in VALUES[dimension])], 0)
        for population in ("all", *self.sources, ""):
            for spot in SPOTS:
                add([(("readings", population, *spot), -1), (("completed", population, *spot), 1),
                     (("incomplete", population, *spot), 1)], 0)
                add([(("readings", population, *spot), 1), (("readers", population, *spot), -1)], np.inf)
        return LinearConstraint(np.array(rows), np.array(lowest), np.array(highest))


def truth(rows: list[ReadingDay], sources: tuple[str, ...]) -> dict[Cell, int]:
    """Every cell's true count."""
    found: dict[Cell, int] = {}
    for population in ("all", *sources, ""):
        for spot in SPOTS:
            here = [row for row in rows if population in ("all", row.source)
                    and (not spot or str(getattr(row, spot[0])) == spot[1])]
            found["readers", population, *spot] = sum(row.readers for row in here)
            found["readings", population, *spot] = sum(row.readings for row in here)
            found["completed", population, *spot] = sum(row.completions for row in here)
            found["incomplete", population, *spot] = sum(row.readings - row.completions for row in here)
    return found
