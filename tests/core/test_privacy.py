"""Cell release, attacked by an independent reader who solves for whole numbers and has only what was published."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from webapp.core import privacy
from webapp.core.privacy import CellId, Equation, Release, is_releasable_base, releasable_share, release

FAR = 100_000  # "as many as you like", for an attacker whose solver wants a number
Cells = dict[CellId, int]
Table = tuple[Cells, list[Equation], frozenset[CellId]]


def ranges(published: Release, equations: Sequence[Equation], names: Sequence[CellId]) -> dict[CellId, tuple[int, int]]:
    """The smallest and the largest whole number that each unpublished cell can hold, from the published output only."""
    place = {name: number for number, name in enumerate(names)}
    rows = np.zeros((len(equations), len(names)))
    for row, equation in enumerate(equations):
        rows[row, place[equation.total]] = -1
        for part in equation.parts:
            rows[row, place[part]] += 1
    lower = np.array([published.shown.get(name, 0) for name in names])
    upper = np.array([published.shown.get(name, FAR) for name in names])
    found = {}
    for name in set(names) - published.shown.keys():
        ends = []
        for sign in (1, -1):
            goal = np.zeros(len(names))
            goal[place[name]] = sign
            solved = milp(
                goal,
                constraints=LinearConstraint(rows, 0, 0) if len(rows) else (),
                integrality=np.ones(len(names)),
                bounds=Bounds(lower, upper),
            )
            ends.append(round(sign * solved.fun))
        found[name] = (ends[0], ends[1])
    return found


def broken_cells(published: Release, cells: Mapping[CellId, int], equations: Sequence[Equation]) -> set[CellId]:
    """The cells that the attacker places more closely than the promise allows."""
    broken = set()
    for name, (low, high) in ranges(published, equations, sorted(cells)).items():
        is_too_close = 1 <= cells[name] <= 10 and (low > 0 or high < 10)
        is_derived = name in published.withheld and low == high
        if is_too_close or is_derived:
            broken.add(name)
    return broken | {name for name, count in published.shown.items() if 1 <= count <= 10}


def report(people: Mapping[tuple[str, str, str, str], int]) -> Table:
    """A campaign's report: two populations, each with a total and three one-way tables; the rest is subtractable."""
    cells: Cells = {}
    equations: list[Equation] = []
    for population in ("campaign", "other"):
        own = {key: count for key, count in people.items() if key[0] == population}
        cells[(population,)] = sum(own.values())
        for axis, name in enumerate(("audience", "language", "day"), start=1):
            parts = tuple((population, name, value) for value in sorted({key[axis] for key in people}))
            for part in parts:
                cells[part] = sum(count for key, count in own.items() if key[axis] == part[2])
            if parts:
                equations.append(Equation((population,), parts))
    for name in [name for name in cells if name[0] == "campaign"]:
        other, everyone = ("other", *name[1:]), ("all", *name[1:])
        cells[everyone] = cells[name] + cells[other]
        equations.append(Equation(everyone, (name, other)))
    totals = [equation for equation in equations if equation.total == ("campaign",)]
    equations += [Equation(("all",), tuple(("all", *part[1:]) for part in total.parts)) for total in totals]
    return cells, equations, frozenset(name for name in cells if name[0] == "other")


reports = st.dictionaries(
    st.tuples(
        st.sampled_from(["campaign", "other"]),
        st.sampled_from(["doctor", "patient", "unknown"]),
        st.sampled_from(["en", "zh"]),
        st.sampled_from(["mon", "tue", "wed", "thu"]),
    ),
    st.one_of(st.integers(0, 12), st.integers(0, 400)),
    max_size=14,
).map(report)


@st.composite
def grids(draw: st.DrawFn) -> Table:
    """A two-way table with all its margins, the shape in which bridges hide."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    counts = st.one_of(st.integers(0, 12), st.integers(0, 300))
    inner = {("in", str(row), str(column)): draw(counts) for row in range(rows) for column in range(columns)}
    return grid(inner)


def grid(inner: Cells) -> Table:
    cells, equations = dict(inner), []
    for axis, name in ((1, "row"), (2, "column")):
        for value in sorted({cell[axis] for cell in inner}):
            parts = tuple(cell for cell in inner if cell[axis] == value)
            cells[(name, value)] = sum(inner[part] for part in parts)
            equations.append(Equation((name, value), parts))
    cells[("total",)] = sum(inner.values())
    for name in ("row", "column"):
        equations.append(Equation(("total",), tuple(cell for cell in cells if cell[0] == name)))
    return cells, equations, frozenset()


attacked = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@attacked
@given(table=reports)
def test_no_reader_of_a_campaigns_report_places_a_small_cell(table: Table):
    cells, equations, hidden = table
    assert not broken_cells(release(cells, equations, hidden), cells, equations)


@attacked
@given(table=grids())
def test_no_reader_of_a_table_with_margins_places_a_small_cell(table: Table):
    cells, equations, hidden = table
    assert not broken_cells(release(cells, equations, hidden), cells, equations)


@settings(max_examples=15, deadline=None)
@given(table=reports, seed=st.randoms())
def test_the_same_table_is_released_alike_each_time_and_in_any_order(table: Table, seed):
    cells, equations, hidden = table
    shuffled = list(cells.items())
    seed.shuffle(shuffled)
    assert release(cells, equations, hidden) == release(dict(shuffled), equations, hidden)


SMALL = grid({("in", "0", "0"): 3, ("in", "0", "1"): 40, ("in", "1", "0"): 50, ("in", "1", "1"): 60})

# Each row hides two cells and each column too, but the two squares hang together by the single cell (1, 2).
SQUARES = {(0, 0): 20, (0, 1): 5, (1, 0): 5, (1, 1): 20, (2, 2): 20, (2, 3): 5, (3, 2): 5, (3, 3): 20, (1, 2): 7}
BRIDGED = grid({("in", str(r), str(c)): SQUARES.get((r, c), 100 + 10 * r + c) for r in range(4) for c in range(4)})


def two_per_line(table: Table) -> Release:
    cells, _, _ = table
    withheld = frozenset(("in", str(row), str(column)) for row, column in SQUARES)
    return Release({name: count for name, count in cells.items() if name not in withheld}, withheld)


def test_a_bridge_is_derived_although_every_line_hides_two_cells():
    cells, equations, _ = BRIDGED
    assert ("in", "1", "2") in broken_cells(two_per_line(BRIDGED), cells, equations)


def test_a_bridge_is_closed_by_the_audit():
    cells, equations, hidden = BRIDGED
    published = release(cells, equations, hidden)
    assert not broken_cells(published, cells, equations)
    assert published.shown


@pytest.mark.parametrize("table", [SMALL, BRIDGED, report({("campaign", "doctor", "en", "mon"): 300,
                                                           ("campaign", "patient", "zh", "tue"): 4,
                                                           ("other", "patient", "en", "tue"): 80})])  # fmt: skip
def test_the_attacker_finds_a_release_without_complementary_steps(table: Table, monkeypatch):
    cells, equations, hidden = table
    monkeypatch.setattr(privacy, "_with_complements", lambda withheld, *rest: withheld)
    monkeypatch.setattr(privacy, "_audited", lambda withheld, *rest: withheld)
    assert broken_cells(release(cells, equations, hidden), cells, equations)


def test_the_attacker_finds_a_release_without_the_audit(monkeypatch):
    cells, equations, hidden = grid({("in", "0", str(column)): count for column, count in enumerate([2, 4, 80, 90])})
    monkeypatch.setattr(privacy, "_audited", lambda withheld, *rest: withheld)
    assert broken_cells(release(cells, equations, hidden), cells, equations)


def test_the_audit_alone_also_keeps_the_promise(monkeypatch):
    cells, equations, hidden = SMALL
    monkeypatch.setattr(privacy, "_with_complements", lambda withheld, *rest: withheld)
    assert not broken_cells(release(cells, equations, hidden), cells, equations)


def test_a_cell_of_ten_is_withheld_and_one_of_eleven_is_shown():
    published = release({("a",): 10, ("b",): 11, ("c",): 0}, [])
    assert published.value(("a",)) is None
    assert (published.value(("b",)), published.value(("c",))) == (11, 0)


def test_a_cell_of_ten_cannot_be_recovered_from_its_total():
    cells = {("all",): 160, ("a",): 10, ("b",): 50, ("c",): 100}
    published = release(cells, [Equation(("all",), (("a",), ("b",), ("c",)))])
    assert published.withheld == {("a",), ("b",)}
    assert published.value(("all",)) == 160


def test_two_small_cells_whose_sum_is_small_take_a_third_with_them():
    cells = {("all",): 206, ("a",): 2, ("b",): 4, ("c",): 50, ("d",): 150}
    published = release(cells, [Equation(("all",), (("a",), ("b",), ("c",), ("d",)))])
    assert published.withheld == {("a",), ("b",), ("c",)}


def test_a_population_too_small_to_hide_in_is_withheld_whole():
    cells = {("all",): 7, ("a",): 3, ("b",): 4}
    assert release(cells, [Equation(("all",), (("a",), ("b",)))]).withheld == cells.keys()


def test_a_population_of_nobody_is_shown_as_zeros():
    cells = {("all",): 0, ("a",): 0, ("b",): 0}
    assert release(cells, [Equation(("all",), (("a",), ("b",)))]).shown == cells


@pytest.mark.parametrize(("count", "shown"), [(0, True), (1, False), (10, False), (11, True)])
def test_a_report_of_a_single_cell_follows_the_rule(count: int, shown: bool):
    published = release({("a",): count}, [])
    assert (published.value(("a",)) == count) is shown


def test_an_empty_report_is_released_empty():
    assert release({}, []) == Release({}, frozenset())


def test_large_counts_are_all_shown():
    cells, equations, hidden = report(
        {(p, a, lang, d): 40 for p in ("campaign", "other") for a in "xy" for lang in "ez" for d in "12"}
    )
    published = release(cells, equations, hidden)
    assert not published.withheld
    assert published.shown.keys() == cells.keys() - hidden


def test_people_outside_the_campaign_are_protected_though_no_page_shows_them():
    cells = {("campaign",): 300, ("other",): 5, ("all",): 305}
    published = release(cells, [Equation(("all",), (("campaign",), ("other",)))], frozenset({("other",)}))
    assert len(published.shown) < 2
    assert ("other",) not in published.shown.keys() | published.withheld


def test_a_month_of_days_keeps_its_large_cells():
    people = {("campaign", "patient", "en", f"{day:02}"): 12 + day for day in range(28)}
    people |= {("other", "patient", "en", f"{day:02}"): 60 for day in range(28)}
    people |= {("campaign", "doctor", "zh", "03"): 6, ("campaign", "doctor", "zh", "04"): 90}
    cells, equations, hidden = report(people)
    people_small = report(people | {("campaign", "patient", "en", "07"): 6})
    for table in ((cells, equations, hidden), people_small):
        published = release(*table)
        assert not broken_cells(published, table[0], table[1])
        assert len(published.withheld) <= 6


def test_a_cell_is_protected_by_its_people_where_it_counts_them_more_than_once():
    cells = {("week",): 92, ("mon",): 12, ("tue",): 80}
    published = release(cells, [Equation(("week",), (("mon",), ("tue",)))], people={("mon",): 2})
    assert published.withheld == {("mon",), ("tue",)}


def test_a_cell_of_few_people_counted_often_cannot_be_placed_above_nought():
    cells = {("all",): 40, ("a",): 30, ("b",): 10}
    equations = [Equation(("all",), (("a",), ("b",)))]
    published = release(cells, equations, people={("a",): 5})
    low, high = ranges(published, equations, sorted(cells)).get(("a",), (30, 30))
    assert low == 0 and high >= 30


def test_that_one_count_is_at_most_another_is_known_through_their_difference():
    cells = {("readers",): 30, ("readings",): 34, ("done",): 31, ("rest",): 3, ("repeats",): 4}
    equations = [Equation(("readings",), (("done",), ("rest",))), Equation(("readings",), (("readers",), ("repeats",)))]
    published = release(cells, equations, frozenset({("repeats",)}), people={("repeats",): 0})
    assert not broken_cells(published, {**cells, ("repeats",): 0}, equations)
    assert {("rest",), ("readers",)} & published.withheld and ("repeats",) not in published.withheld


def test_a_cell_that_is_not_part_of_the_report_has_no_value():
    with pytest.raises(KeyError):
        release({("a",): 20}, []).value(("b",))


@pytest.mark.parametrize(
    ("cells", "equations", "hidden", "words"),
    [
        ({("a",): -1}, [], frozenset(), "not negative"),
        ({("a",): 1}, [Equation(("a",), (("b",),))], frozenset(), "without a count"),
        ({("a",): 3, ("b",): 2}, [Equation(("a",), (("b",),))], frozenset(), "add up"),
        ({("a",): 3}, [], frozenset({("z",)}), "hidden cells"),
    ],
)
def test_counts_that_contradict_themselves_are_refused(cells, equations, hidden, words):
    with pytest.raises(ValueError, match=words):
        release(cells, equations, hidden)


@pytest.mark.parametrize(
    ("numerator", "denominator", "share"),
    [(50, 100, 0.5), (0, 100, 0.0), (11, 22, 0.5), (10, 100, None), (90, 100, None), (5, 10, None), (0, 10, None)],
)
def test_a_share_is_dropped_where_numerator_denominator_or_complement_is_small(numerator, denominator, share):
    assert releasable_share(numerator, denominator) == share


def test_a_share_of_nobody_or_of_a_withheld_count_is_dropped():
    assert [releasable_share(*pair) for pair in [(0, 0), (None, 100), (50, None)]] == [None, None, None]


def test_a_whole_clinic_giving_one_answer_is_suppressed():
    assert releasable_share(300, 300) is None


def test_a_share_above_the_whole_is_refused():
    with pytest.raises(ValueError, match="no share"):
        releasable_share(101, 100)


@pytest.mark.parametrize(("people", "is_shown"), [(None, False), (0, False), (10, False), (11, True)])
def test_a_median_needs_eleven_people(people, is_shown):
    assert is_releasable_base(people) is is_shown
