"""Which figures of a week a report may show: cells, their equations, their release. No database.

Readers are released first. Readings, completions and their complements are a second system, since a share tells its
numerator: the shares of two editions and of both together would give a count that was left out. All campaigns that
led to the article are released together, by the same rows: their reports agree, and cannot be subtracted either.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from webapp.core.privacy import CellId, Equation, Release, is_protected, is_releasable_base, releasable_share, release
from webapp.reports import rules
from webapp.reports.queries import ReadingDay
from webapp.reports.rules import Week

POPULATIONS = ("campaign", "all")
"""Readers whom the campaign's link led here, and all readers of the article; the rest is hidden, but derivable."""
DIMENSIONS = ("audience", "language", "day")
CATEGORIES: dict[str, tuple[str, ...]] = {"audience": ("patient", "hcp"), "language": ("en", "zh-Hans")}
STATES = ("sent", "waiting", "failed", "unknown", "cancelled")
CLICKS = ("human", "suspected-scanner", "raw")

Chosen = Callable[[ReadingDay], bool]
Spot = tuple[str, ...]
"""A dimension and one of its categories, or nothing: the total."""
Rows = Sequence[ReadingDay]

_READERS: Mapping[str, Callable[[ReadingDay], int]] = {"readers": lambda row: row.readers}
_EVENTS: Mapping[str, Callable[[ReadingDay], int]] = {
    "readings": lambda row: row.readings, "completed": lambda row: row.completions,
    "incomplete": lambda row: row.readings - row.completions}


@dataclass(frozen=True)
class Line:
    """One row of a table. None: withheld (counts), or not to be shown beside a withheld count."""

    category: str
    readers: int | None
    readings: int | None
    median_engaged_seconds: float | None
    completion: float | None


@dataclass(frozen=True)
class Table:
    """One population by one dimension; the last line is the total, with an empty category."""

    population: str
    dimension: str
    lines: tuple[Line, ...]


def reading_tables(rows: Rows, campaign_key: str, week: Week) -> tuple[Table, ...]:
    """Both populations by each dimension. `rows`: all sums of the week for the article, whatever led to it."""
    categories = {**CATEGORIES, "day": tuple(day.isoformat() for day in week.days)}
    spots: list[Spot] = [(), *((name, value) for name in DIMENSIONS for value in categories[name])]
    readers = _released(rows, spots, _READERS)
    events = _released(rows, spots, _EVENTS)
    own = {"campaign": f"from {campaign_key}", "all": "all"}
    return tuple(
        Table(population, dimension, tuple(
            _line(_at(rows, own[population], spot), own[population], spot, readers, events)
            for spot in [*((dimension, value) for value in categories[dimension]), ()]))
        for population in POPULATIONS for dimension in DIMENSIONS)


def _released(rows: Rows, spots: Sequence[Spot], figures: Mapping[str, Callable[[ReadingDay], int]]) -> Release:
    sources = sorted({row.source for row in rows if row.source})
    populations = ["all", *(f"from {source}" for source in sources), "direct",
                   *(f"not from {source}" for source in sources)]
    cells = {(figure, population, *spot): sum(map(count, _at(rows, population, spot)))
             for figure, count in figures.items() for population in populations for spot in spots}
    equations = [*_sums_of_populations(figures, sources, spots), *_margins(figures, populations, spots)]
    if "completed" in figures:
        equations += [Equation(("readings", *place), (("completed", *place), ("incomplete", *place)))
                      for place in ((population, *spot) for population in populations for spot in spots)]
    hidden = frozenset(cell for cell in cells if cell[1] == "direct" or cell[1].startswith("not from "))
    return release(cells, equations, hidden)


def _sums_of_populations(figures: Iterable[str], sources: Sequence[str], spots: Sequence[Spot]) -> Iterator[Equation]:
    for figure in figures:
        for spot in spots:
            everyone = (figure, "all", *spot)
            yield Equation(everyone, (*((figure, f"from {source}", *spot) for source in sources),
                                      (figure, "direct", *spot)))
            for source in sources:
                yield Equation(everyone, ((figure, f"from {source}", *spot), (figure, f"not from {source}", *spot)))


def _margins(figures: Iterable[str], populations: Sequence[str], spots: Sequence[Spot]) -> Iterator[Equation]:
    for figure in figures:
        for population in populations:
            for dimension in DIMENSIONS:
                yield Equation((figure, population), tuple((figure, population, *spot) for spot in spots
                                                           if spot[:1] == (dimension,)))


def _at(rows: Rows, population: str, spot: Spot) -> list[ReadingDay]:
    """The rows of a population (`all`, `direct`, `from <key>`, `not from <key>`) at a spot."""
    kind, _, source = population.rpartition("from ")
    is_of: Chosen = lambda row: row.source == source  # noqa: E731
    if population in ("all", "direct"):
        is_of = (lambda row: True) if population == "all" else (lambda row: not row.source)
    elif kind:
        is_of = lambda row: row.source != source  # noqa: E731
    return [row for row in rows if is_of(row) and (not spot or str(getattr(row, spot[0])) == spot[1])]


def _line(rows: Rows, population: str, spot: Spot, readers: Release, events: Release) -> Line:
    category = spot[1] if spot else ""
    if ("readers", population) not in readers.shown.keys() | readers.withheld:
        return Line(category, 0, 0, None, None)  # the campaign led nobody here: it has no cells
    count = readers.value(("readers", population, *spot))
    if not count:  # withheld, or nobody: then there is nothing to say of them
        return Line(category, count, count, None, None)
    readings, completed, incomplete = (events.value((figure, population, *spot)) for figure in _EVENTS)
    share = None if incomplete is None else releasable_share(completed, readings)
    median = rules.median_seconds(row.engaged_histogram for row in rows) if is_releasable_base(count) else None
    return Line(category, count, readings, median, share)


@dataclass(frozen=True)
class MailCounts:
    """What became of one campaign's mail, and who followed its links in a week: deliveries, one for each person.

    `clicks`: how many deliveries were clicked by `human` alone, by `suspected-scanner` alone, by `both`.
    """

    states: Mapping[str, int]
    clicks: Mapping[str, int]

    def clicked(self, kind: str) -> int:
        """Deliveries with a click of this class; `raw` of any."""
        return sum(self.clicks.values()) if kind == "raw" else self.clicks[kind] + self.clicks["both"]


Counted = tuple[tuple[str, int | None], ...]
"""Names with the people counted under them; None is withheld."""


def mail_lines(mail: MailCounts) -> Counted:
    """The mail's states and clicks, for the report of the week in which it was sent."""
    cells: dict[CellId, int] = {(name,): mail.states.get(name, 0) for name in STATES}
    cells["total",] = sum(cells.values())
    equations = [Equation(("total",), tuple((name,) for name in STATES))]
    more, between = _clicks(mail)
    for kind in CLICKS:
        more["rest", kind] = cells["sent",] - mail.clicked(kind)
        between.append(Equation(("sent",), (("clicked", kind), ("rest", kind))))
    shown = release(cells | more, equations + between, _hidden(more))
    return (*((name, shown.value((name,))) for name in ("total", *STATES)), *_shown_clicks(shown))


def click_lines(mail: MailCounts, sent: int | None) -> Counted:
    """A later week's clicks. `sent` is what the mail's own report shows (None: it withholds it): if so few did not
    click that their number must not be known, no figure is shown."""
    cells, equations = _clicks(mail)
    if sent is not None and any(is_protected(abs(sent - mail.clicked(kind))) for kind in CLICKS):
        return tuple((f"clicked-{kind}", None) for kind in CLICKS)
    return _shown_clicks(release(cells, equations, _hidden(cells)))


def _clicks(mail: MailCounts) -> tuple[dict[CellId, int], list[Equation]]:
    """A reader who has all three counts can work out who was clicked for by one class alone, and by both."""
    cells: dict[CellId, int] = {("clicked", kind): mail.clicked(kind) for kind in CLICKS}
    cells |= {("only", kind): count for kind, count in mail.clicks.items()}
    equations = [Equation(("clicked", "raw"), tuple(("only", kind) for kind in mail.clicks))]
    equations += [Equation(("clicked", kind), (("only", kind), ("only", "both"))) for kind in CLICKS if kind != "raw"]
    return cells, equations


def _hidden(cells: Iterable[CellId]) -> frozenset[CellId]:
    return frozenset(cell for cell in cells if cell[0] in ("only", "rest"))


def _shown_clicks(shown: Release) -> Counted:
    return tuple((f"clicked-{kind}", shown.value(("clicked", kind))) for kind in CLICKS)
