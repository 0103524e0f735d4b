"""Random weeks of readings, and a reader who tries to work out what their reports withhold."""

import itertools
import random
from collections.abc import Mapping
from datetime import date
from functools import cached_property

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from webapp.engagement.models import ReadingDay
from webapp.reports.rules import Week
from webapp.reports.service.releasing import CATEGORIES, DIMENSIONS, Table

WEEK = Week(date(2026, 3, 2))
DAYS = tuple(day.isoformat() for day in WEEK.days)
VALUES: Mapping[str, tuple[str, ...]] = {**CATEGORIES, "day": DAYS}
SPOTS: list[tuple[str, ...]] = [(), *((name, value) for name in DIMENSIONS for value in VALUES[name])]
FAR = 1_000
"""As many as you like, for a solver that wants a number."""
ENOUGH = 0.3
"""How far from the least a solver may stop."""
WHOLE = 1e-6
NEAR = (0, 3, FAR)
"""How far whole tables are looked for from the least one, which may hold fractions: the last is everywhere."""
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


def close_week(seed: int, sources: tuple[str, ...] = ("mine", "")) -> list[ReadingDay]:
    """A week, or a few days of one, with hardly more readings than readers and with shares of 0 % and 100 %."""
    chance = random.Random(seed)
    rows = []
    for day in DAYS[:chance.choice((1, 1, 2, 3, 7))]:
        for audience in VALUES["audience"]:
            for language in VALUES["language"][:chance.choice((1, 2))]:
                for source in sources:
                    readers = chance.choice((0, chance.randint(1, 14), chance.randint(11, 70), chance.randint(30, 200)))
                    readings = readers + chance.choice((0, 0, 1, 2, chance.randint(0, 12)))
                    completions = chance.choice((0, 0, readings, readings, readings - 1, readings // 2))
                    if readers:
                        rows.append(reading_day(day, audience=audience, language=language, source=source,
                                                readers=readers, readings=readings, completions=completions))
    return rows


def groups(sources: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Every population that is shown or can be subtracted to, and the sources that lead to it (`""`: none)."""
    everyone = (*sources, "")
    others = {f"but {source}": tuple(other for other in everyone if other != source) for source in sources}
    return {"all": everyone, **{source: (source,) for source in everyone}, **others}


_COUNTS = ("readers", "repeats", "completed", "incomplete")
"""What the attacker does not know of each row; readings are both sums of two."""
_PARTS = {"readers": ("readers",), "readings": ("completed", "incomplete"), "completed": ("completed",),
          "incomplete": ("incomplete",)}


class Attacker:
    """Knows the reports of several campaigns on one article, how they are counted, and arithmetic.

    Reckons with every row that there may be (day, edition, language and source), so with all that ties cells together:
    of each row, readings are readers or more, completions or more, and none exactly where nobody read.
    """

    def __init__(self, sources: tuple[str, ...]) -> None:
        self._groups = groups(sources)
        self.known: dict[Cell, int] = {}
        self._rows = list(itertools.product((*sources, ""), *(VALUES[name] for name in DIMENSIONS)))
        self._place = {key: number for number, key in enumerate(itertools.product(_COUNTS, self._rows))}
        self._sums: dict[Cell, np.ndarray] = {}
        self._tables: list[np.ndarray] = []

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

    def can_be(self, cell: Cell, lowest: int, highest: float) -> bool:
        """Whether all that is known agrees with a count from `lowest` to `highest` in the cell."""
        sum_of = self._sum(cell)
        wanted = LinearConstraint(csr_array(sum_of[None, :]), lowest, highest)
        return (any(lowest <= sum_of @ table <= highest for table in self._tables)
                or self._find(np.zeros(len(self._place)), wanted))

    def look_at_all(self, cells: list[Cell]) -> None:
        """Looks for tables in which as many of these cells as may be are empty, or far above ten: most then need not
        be asked for one by one."""
        for sign, is_there in ((1, lambda count: count == 0), (-1, lambda count: count >= 10)):
            left, tried = [self._sum(cell) for cell in cells], len(cells) + 1
            while 0 < len(left) < tried and self._find(sign * np.sum(left, axis=0)):
                tried = len(left)
                left = [sum_of for sum_of in left if not is_there(sum_of @ self._tables[-1])]

    def _find(self, weights: np.ndarray, *wanted: LinearConstraint) -> bool:
        """Whether any table agrees with all that is known and wanted; notes one in which the weighted counts sum up to
        little, if not to the least. With fractions the least is found at once, and a whole table is seldom far."""
        least = self._least(weights, wanted, 0, Bounds(0, FAR))
        if least is None:
            return False
        whole = np.rint(least)
        is_whole = np.abs(least - whole) < WHOLE
        for room in NEAR:
            near = Bounds(np.where(is_whole, np.maximum(whole - room, 0), 0),
                          np.where(is_whole, np.minimum(whole + room, FAR), FAR))
            table = self._least(weights, wanted, 1, near)
            if table is not None:
                self._tables.append(np.rint(table))
                return True
        return False

    def _least(self, weights: np.ndarray, wanted: tuple[LinearConstraint, ...], integrality: int,
               bounds: Bounds) -> np.ndarray | None:
        found: np.ndarray | None = milp(
            weights, integrality=np.full(len(self._place), integrality), bounds=bounds,
            constraints=[*self._constraints, *wanted], options={"mip_rel_gap": ENOUGH}).x
        return found

    def _sum(self, cell: Cell) -> np.ndarray:
        """The cell as a sum of what is unknown."""
        if cell not in self._sums:
            self._sums[cell] = self._added(cell)
        return self._sums[cell]

    def _added(self, cell: Cell) -> np.ndarray:
        figure, population, *spot = cell
        taken = np.zeros(len(self._place))
        for (name, (source, *row)), number in self._place.items():
            is_there = not spot or row[DIMENSIONS.index(spot[0])] == spot[1]
            taken[number] = name in _PARTS[figure] and source in self._groups[population] and is_there
        return taken

    @cached_property
    def _constraints(self) -> list[LinearConstraint]:
        """What was published, and the ties within each row; asked for once everything was read."""
        published = csr_array(np.array([self._sum(cell) for cell in self.known]))
        values = np.array(list(self.known.values()))
        ties = []
        for factors in ((1, 1, -1, -1), (FAR, -1, 0, 0)):  # both sums are the readings; none repeats where nobody reads
            for row in self._rows:
                ties.append(np.zeros(len(self._place)))
                for name, factor in zip(_COUNTS, factors, strict=True):
                    ties[-1][self._place[name, row]] = factor
        most = [0.0] * len(self._rows) + [np.inf] * len(self._rows)
        return [LinearConstraint(published, values, values), LinearConstraint(csr_array(np.array(ties)), 0, most)]


def few(rows: list[ReadingDay], sources: tuple[str, ...]) -> list[Cell]:
    """The cells that may count no more than 1 to 10 people: their largest row holds so few."""
    counts = {"readers": lambda row: row.readers, "readings": lambda row: row.readers,
              "completed": lambda row: min(row.readers, row.completions),
              "incomplete": lambda row: min(row.readers, row.readings - row.completions)}
    found = []
    for population, led in groups(sources).items():
        for spot in SPOTS:
            here = [row for row in rows if row.source in led
                    and (not spot or str(getattr(row, spot[0])) == spot[1])]
            found += [(figure, population, *spot) for figure, count in counts.items()
                      if 1 <= max(map(count, here), default=0) <= 10]
    return found
