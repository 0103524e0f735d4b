"""Cell release: which counts of people a report may show, so that none of 1 to 10 is shown or can be worked out.

The rule is CMS's cell size suppression policy (resdac.org/node/1506; field rules, section 6): no cell of 1-10 is
displayed, nor may percentages, totals or other tables allow it to be derived; 0 may be displayed. Three steps:

1. Primary: cells of 1-10 are withheld.
2. Complementary: an equation with a single unknown gives it away, so one more of its cells is withheld.
3. Audit: what does a reader know who has all shown cells, all equations, and knows that counts are whole and not
   negative? Two withheld cells in each row and column are not enough. Withheld cells form a graph (rows and columns
   are its nodes), and a cell that is a *bridge* of it is derivable although each row and column hides two. Small sums
   betray as well: of 2 + 4 the reader knows that neither is above 6. So the audit computes, by linear programming,
   the range in which the reader can place every protected cell, and withholds more cells until every range covers
   0-10 and no withheld cell has a range of one value. Where nothing less will do, everything is withheld.

A sum over days counts the same people again: two who read on six days are twelve reader-days. Such a cell is protected
by the number of people that it surely counts, not by its sum.

All withheld cells must look the same in the report: marking which were withheld first ("<11") and which only protect
them would undo the protection. The audit knows what readers of one report know: periods and filters must be fixed,
and a closed period's report must stay as it was, or two reports could be subtracted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from webapp.core.later import Later

if TYPE_CHECKING:
    import highspy
    import numpy as np
else:  # together a twentieth of the program's start
    np, highspy = Later("numpy"), Later("highspy")

CellId = tuple[str, ...]

SMALLEST_SHOWN = 11
"""CMS cell size suppression policy: "no cell (e.g. admittances, discharges, patients) 10 or less may be displayed"."""

LARGEST_WITHHELD = SMALLEST_SHOWN - 1

WITHHELD = f"<{SMALLEST_SHOWN}*"
"""How every withheld count is written; the asterisk points to a note."""


@dataclass(frozen=True, slots=True)
class Equation:
    """`total` is the sum of `parts`; a reader is taken to know it."""

    total: CellId
    parts: tuple[CellId, ...]

    @property
    def members(self) -> tuple[CellId, ...]:
        return (*self.parts, self.total)


@dataclass(frozen=True, slots=True)
class Release:
    """What a report may show: every cell that is not hidden is either in `shown` or in `withheld`."""

    shown: Mapping[CellId, int]
    withheld: frozenset[CellId]

    def value(self, cell: CellId) -> int | None:
        """The count, or None where it is withheld. Raises `KeyError` for a cell that the report does not have."""
        return None if cell in self.withheld else self.shown[cell]


def release(
    cells: Mapping[CellId, int], equations: Sequence[Equation], hidden: frozenset[CellId] = frozenset(),
    people: Mapping[CellId, int] = MappingProxyType({}),
) -> Release:
    """Decide for each cell whether its count is shown. The same input always gives the same answer.

    `cells`: a count per cell. `equations`: every sum that a reader can form between cells; a hidden cell of their
    difference tells that one count is at most another. `hidden`: cells that the report never shows but a reader can
    subtract to (everyone else = all - campaign); they are protected alike. `people`: how many people a cell surely
    counts, where its count may be of fewer: 0 for a difference that counts nobody, and needs no protection.
    Raises `ValueError` for a negative count, an equation with an unknown cell, or one that does not add up.
    """
    _check(cells, equations, hidden)
    protected = frozenset(cell for cell, count in cells.items() if is_protected(people.get(cell, count)))
    problem = _Problem(cells, equations, hidden, protected)
    withheld = _audited(_with_complements(protected - hidden, problem), problem)
    shown = {cell: count for cell, count in cells.items() if cell not in withheld and cell not in hidden}
    return Release(shown=shown, withheld=withheld)


def is_protected(people: int) -> bool:
    """Whether a count of `people` is one of 1 to 10."""
    return 0 < people < SMALLEST_SHOWN


def is_releasable_base(people: int | None) -> bool:
    """Whether a mean, median or other figure over `people` may be shown. None, a withheld count, may not."""
    return people is not None and people >= SMALLEST_SHOWN


def releasable_share(numerator: int | None, denominator: int | None) -> float | None:
    """The share from 0 to 1, or None where it must not be shown; give it `Release.value`, so that None is withheld.

    Dropped where numerator, denominator or complement is 1-10, where nobody is counted, and where everybody gave the
    same answer (100 % tells it of each of them).
    """
    if numerator is None or denominator is None:
        return None
    complement = denominator - numerator
    if numerator < 0 or complement < 0:
        raise ValueError(f"{numerator} of {denominator} is no share; count the numerator among the denominator")
    if complement == 0 or any(map(is_protected, (numerator, denominator, complement))):
        return None
    return numerator / denominator


def _check(cells: Mapping[CellId, int], equations: Sequence[Equation], hidden: frozenset[CellId]) -> None:
    for cell, count in cells.items():
        if count < 0:
            raise ValueError(f"cell {cell} counts {count} people; counts are not negative")
    known = cells.keys()
    for equation in equations:
        if unknown := [cell for cell in equation.members if cell not in known]:
            raise ValueError(f"the equation of {equation.total} names cells without a count: {unknown}")
        if cells[equation.total] != sum(cells[part] for part in equation.parts):
            raise ValueError(f"the parts of {equation.total} do not add up to it; count distinct people per cell")
    if not hidden <= known:
        raise ValueError(f"hidden cells without a count: {sorted(hidden - known)}")


@dataclass(frozen=True, slots=True)
class _Problem:
    """What `release` is given, and which cells must not be placed closely."""

    cells: Mapping[CellId, int]
    equations: Sequence[Equation]
    hidden: frozenset[CellId]
    protected: frozenset[CellId]


def _next_withheld(candidates: Iterable[CellId], cells: Mapping[CellId, int], shortfall: int) -> CellId | None:
    """The candidate whose loss is smallest among those large enough to widen a range by `shortfall`, else the largest.

    Ties go to the cell that sorts first.
    """

    def loss(cell: CellId) -> tuple[bool, int, CellId]:
        is_too_small = cells[cell] < shortfall
        return is_too_small, -cells[cell] if is_too_small else cells[cell], cell

    return min(candidates, key=loss, default=None)


def _with_complements(withheld: frozenset[CellId], problem: _Problem) -> frozenset[CellId]:
    """Withhold one more cell of each equation whose only unknown is a withheld or protected cell, until none is."""
    cells, hidden = problem.cells, problem.hidden
    grown = True
    while grown:
        grown = False
        for equation in problem.equations:
            unknown = [cell for cell in equation.members if cell in withheld or cell in hidden]
            if len(unknown) != 1 or unknown[0] not in withheld | problem.protected:
                continue
            shown = [cell for cell in equation.members if cell not in unknown]
            shortfall = max(LARGEST_WITHHELD - cells[unknown[0]], 1)
            if (chosen := _next_withheld(shown, cells, shortfall)) is not None:
                withheld, grown = withheld | {chosen}, True
    return withheld


def _audited(withheld: frozenset[CellId], problem: _Problem) -> frozenset[CellId]:
    """Withhold cells one by one until no reader can place a protected cell too closely; in the end, all of them."""
    showable = problem.cells.keys() - problem.hidden
    reader = _Reader(problem)
    while withheld < showable:
        exposure = reader.exposure(withheld)
        if exposure is None:
            return withheld
        shown = showable - withheld
        chosen = _next_withheld(exposure.binding & shown or shown, problem.cells, exposure.shortfall)
        if chosen is not None:
            withheld |= {chosen}
    return withheld


@dataclass(frozen=True, slots=True)
class _Exposure:
    """A range falls short by `shortfall`; `binding` are the known cells that hold it there."""

    shortfall: int
    binding: frozenset[CellId]


class _Reader:
    """What a reader can work out. Keeps each whole-numbered table found to agree with what was shown.

    Such a table stays possible when more cells are withheld, so what it proved about a range stays proved.
    Tables are kept as differences from the true one, which keeps the numbers small and the rounding exact.
    """

    def __init__(self, problem: _Problem) -> None:
        cells, equations = problem.cells, problem.equations
        self._problem = problem
        self._order = sorted(cells)
        self._index = {cell: number for number, cell in enumerate(self._order)}
        self._truth = np.array([cells[cell] for cell in self._order], dtype=np.int64)
        self._sums = np.zeros((len(equations), len(cells)), dtype=np.int64)
        for row, equation in enumerate(equations):
            np.add.at(self._sums[row], [self._index[part] for part in equation.parts], 1)
            self._sums[row, self._index[equation.total]] -= 1
        self._program = _Program(self._sums)
        self._lowest = self._truth.copy()
        self._highest = self._truth.copy()

    def exposure(self, withheld: frozenset[CellId]) -> _Exposure | None:
        """The first cell that a reader can place too closely, in sorted order."""
        unknown = withheld | self._problem.hidden
        for number in sorted(self._index[cell] for cell in unknown):
            if self._order[number] in self._problem.protected:
                found = self._reach(number, LARGEST_WITHHELD, unknown) or self._reach(number, 0, unknown)
            elif self._order[number] in withheld:
                found = self._only_value(number, unknown)
            else:
                continue
            if found is not None:
                return found
        return None

    def _only_value(self, number: int, unknown: frozenset[CellId]) -> _Exposure | None:
        if self._lowest[number] < self._highest[number]:
            return None
        count = int(self._truth[number])
        above = self._reach(number, count + 1, unknown)
        is_exposed = above is not None and (count == 0 or self._reach(number, count - 1, unknown) is not None)
        return above if is_exposed else None

    def _reach(self, number: int, goal: int, unknown: frozenset[CellId]) -> _Exposure | None:
        """None where some agreeing table has `goal` (or beyond) in the cell; else how far from it the best one is."""
        if self._lowest[number] <= goal <= self._highest[number]:
            return None
        distance = goal - int(self._truth[number])
        bounds = self._bounds(unknown)
        bounds[number] = sorted((0, distance))
        pull = self._push(number, distance, bounds)
        if self._lowest[number] <= goal <= self._highest[number]:
            return None
        reached = self._highest[number] if distance > 0 else self._lowest[number]
        binding = frozenset(cell for cell, force in zip(self._order, pull, strict=True) if force > 1e-9)
        return _Exposure(shortfall=abs(goal - int(reached)), binding=binding - unknown)

    def _bounds(self, unknown: frozenset[CellId]) -> np.ndarray:
        """How far each cell may differ from its true count. The upper limit is only there to keep numbers small:
        it can make a range look narrower, never wider."""
        room = SMALLEST_SHOWN * len(self._order)
        is_unknown = np.array([cell in unknown for cell in self._order])
        lower = np.where(is_unknown, np.maximum(-self._truth, -room), 0)
        return np.stack([lower, np.where(is_unknown, room, 0)], axis=1)

    def _push(self, number: int, distance: int, bounds: np.ndarray) -> np.ndarray:
        """Push the cell towards `distance`, in whole numbers where the fractional optimum is none, and keep the table.
        Returns how hard each cell's bounds hold it there."""
        found = self._program.best(number, -1.0 if distance > 0 else 1.0, bounds)
        if not self._keep(found.table, bounds):
            whole = self._program.best(number, -1.0 if distance > 0 else 1.0, bounds, is_whole=True)
            self._keep(whole.table, bounds)
        return np.abs(found.reduced_costs)

    def _keep(self, found: np.ndarray, bounds: np.ndarray) -> bool:
        table = np.rint(found).astype(np.int64)
        is_possible = not (self._sums @ table).any() and bool(
            np.all(bounds[:, 0] <= table) and np.all(table <= bounds[:, 1])
        )
        if not is_possible or np.abs(found - table).max() > 1e-6:
            return False
        np.minimum(self._lowest, self._truth + table, out=self._lowest)
        np.maximum(self._highest, self._truth + table, out=self._highest)
        return True


class _Optimum(NamedTuple):
    """A table, and by how much its objective would change with each cell's bound."""

    table: np.ndarray
    reduced_costs: np.ndarray


class _Program:
    """A linear program of equations whose sums are nought, asked again and again with other bounds: HiGHS then goes on
    from the last answer."""

    def __init__(self, sums: np.ndarray) -> None:
        self._count = sums.shape[1]
        self._all = np.arange(self._count, dtype=np.int32)
        self._solver = highspy.Highs()
        self._solver.silent()
        self._solver.passModel(_model(sums))
        self._pushed = 0

    def best(self, number: int, cost: float, bounds: np.ndarray, *, is_whole: bool = False) -> _Optimum:
        """The table within the bounds (one row of lowest and highest for each cell) that has least cost, which is
        that of one cell. Nought everywhere must be within them, so that there is one."""
        solver = self._solver
        solver.changeColCost(self._pushed, 0.0)
        solver.changeColCost(number, cost)
        self._pushed = number
        solver.changeColsBounds(self._count, self._all, *np.ascontiguousarray(bounds.T, dtype=np.float64))
        if is_whole:
            solver.changeColsIntegrality(self._count, self._all, np.full(self._count, highspy.HighsVarType.kInteger))
        solver.run()
        found = solver.getSolution()
        optimum = _Optimum(np.array(found.col_value), np.array(found.col_dual))
        if is_whole:
            solver.changeColsIntegrality(self._count, self._all, np.full(self._count, highspy.HighsVarType.kContinuous))
        return optimum


def _model(sums: np.ndarray) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = sums.shape
    model.col_cost_ = model.col_lower_ = model.col_upper_ = np.zeros(model.num_col_)
    model.row_lower_ = model.row_upper_ = np.zeros(model.num_row_)
    columns, rows = np.nonzero(sums.T)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.searchsorted(columns, np.arange(model.num_col_ + 1)).astype(np.int32)
    model.a_matrix_.index_ = rows.astype(np.int32)
    model.a_matrix_.value_ = sums.T[columns, rows].astype(np.float64)
    return model
