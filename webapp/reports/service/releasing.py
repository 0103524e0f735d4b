"""Which figures of a week a report may show: cells, their equations, their release. No database.

All figures are released together, since they tell of each other: there are as many readings as readers at least, and a
share tells its numerator. So are all campaigns that led to the article, by the same rows: their reports agree, and
cannot be subtracted either. A place without readers has no cells; it shows noughts, and a reader is taken to know them.

The audit reckons with *crossings* too, one day of one edition in one language from one source each: what holds for each
of them narrows their sums. They are never shown, and not protected for themselves.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from webapp.core.languages import LANGUAGES
from webapp.core.privacy import CellId, Equation, Release, is_protected, is_releasable_base, releasable_share, release
from webapp.reports import rules
from webapp.reports.queries import ReadingDay
from webapp.reports.rules import Week

POPULATIONS = ("campaign", "all")
"""Readers whom the campaign's link led here, and all readers of the article; the rest is hidden, but derivable."""
DIMENSIONS = ("audience", "language", "day")
CATEGORIES: dict[str, tuple[str, ...]] = {
    "audience": ("patient", "hcp"), "language": tuple(language.tag for language in LANGUAGES)}
STATES = ("sent", "waiting", "failed", "unknown", "cancelled")
CLICKS = ("human", "suspected-scanner", "raw")

Chosen = Callable[[ReadingDay], bool]
Spot = tuple[str, ...]
"""A dimension and one of its categories, or nothing: the total."""
Rows = Sequence[ReadingDay]
Places = Mapping[CellId, Rows]
"""A population and a spot -> the rows of its readers, only where there are any; and every crossing of such spots: a
population and a category of each dimension."""

_FIGURES: Mapping[str, Callable[[ReadingDay], int]] = {
    "readers": lambda row: row.readers, "readings": lambda row: row.readings,
    "completed": lambda row: row.completions, "incomplete": lambda row: row.readings - row.completions,
    "repeats": lambda row: row.readings - row.readers}
_SUMS = (("completed", "incomplete"), ("readers", "repeats"))
"""What readings are the sum of."""


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


@dataclass(frozen=True)
class Released:
    """What may be shown of a week of an article, in the reports of all campaigns that led to it."""

    categories: Mapping[str, Sequence[str]]
    places: Places
    shown: Release

    def tables(self, campaign_key: str) -> tuple[Table, ...]:
        """A campaign's report: both populations by each dimension."""
        own = {"campaign": f"from {campaign_key}", "all": "all"}
        return tuple(
            Table(population, dimension, tuple(
                _line((own[population], *spot), self.places, self.shown)
                for spot in [*((dimension, value) for value in self.categories[dimension]), ()]))
            for population in POPULATIONS for dimension in DIMENSIONS)


def reading_tables(rows: Rows, campaign_key: str, week: Week) -> tuple[Table, ...]:
    """The tables of one campaign's report. `rows`: all sums of the week for the article, whatever led to it."""
    return release_week(rows, week).tables(campaign_key)


def release_week(rows: Rows, week: Week) -> Released:
    """A sum may count the same people on other days, in other editions and by other links: only its largest row is
    surely of so many, and only of as many as read. Repeats (readings after a reader's first) count nobody."""
    categories = {**CATEGORIES, "day": tuple(day.isoformat() for day in week.days)}
    sources = sorted({row.source for row in rows if row.source})
    places = _places(rows, sources, categories)
    cells: dict[CellId, int] = {}
    people: dict[CellId, int] = {}
    for name, figure in _FIGURES.items():
        for place, here in places.items():
            is_of_nobody = name == "repeats" or _is_crossing(place)
            cells[name, *place] = sum(map(figure, here))
            people[name, *place] = 0 if is_of_nobody else max(min(figure(row), row.readers) for row in here)
    equations = [Equation(("readings", *place), tuple((name, *place) for name in names))
                 for place in places for names in _SUMS]
    equations += [Equation((name, *whole), tuple((name, *part) for part in parts))
                  for whole, parts in _wholes(places, sources) for name in _FIGURES]
    hidden = frozenset((name, *place) for name, *place in cells
                       if name == "repeats" or _is_crossing(place) or place[0] not in ("all", *map(_led_by, sources)))
    return Released(categories, places, release(cells, equations, hidden, people))


def _led_by(source: str) -> str:
    return f"from {source}"


def _is_crossing(place: Sequence[str]) -> bool:
    return len(place) > len(DIMENSIONS)


def _places(rows: Rows, sources: Sequence[str], categories: Mapping[str, Sequence[str]]) -> Places:
    spots: list[Spot] = [(), *((name, value) for name in DIMENSIONS for value in categories[name])]
    apart = [*map(_led_by, sources), "direct"]
    found = {(population, *spot): _at(rows, population, spot)
             for population in ("all", *apart, *(f"not from {source}" for source in sources)) for spot in spots}
    found = {place: here for place, here in found.items() if here}
    for population, *values in itertools.product(apart, *(categories[name] for name in DIMENSIONS)):
        pairs = list(zip(DIMENSIONS, values, strict=True))
        if all((population, *pair) in found for pair in pairs):
            found[population, *values] = [row for row in found[population, *pairs[0]]
                                          if all(_is_at(row, pair) for pair in pairs)]
    return found


def _at(rows: Rows, population: str, spot: Spot) -> list[ReadingDay]:
    """The rows of a population (`all`, `direct`, `from <key>`, `not from <key>`) at a spot."""
    kind, _, source = population.rpartition("from ")
    is_of: Chosen = lambda row: row.source == source  # noqa: E731
    if population in ("all", "direct"):
        is_of = (lambda row: True) if population == "all" else (lambda row: not row.source)
    elif kind:
        is_of = lambda row: row.source != source  # noqa: E731
    return [row for row in rows if is_of(row) and (not spot or _is_at(row, spot))]


def _is_at(row: ReadingDay, spot: Spot) -> bool:
    dimension, category = spot
    return str(getattr(row, dimension)) == category


def _wholes(places: Places, sources: Sequence[str]) -> Iterator[tuple[CellId, list[CellId]]]:
    """Every place that others make up, with these: all of its populations; a total, of the categories of a dimension;
    a category, of its crossings."""
    for place in places:
        population, *spot = place
        if population == "all":
            for parts in (["direct", *map(_led_by, sources)], *([_led_by(one), f"not from {one}"] for one in sources)):
                yield place, [(part, *spot) for part in parts if (part, *spot) in places]
        if not spot:
            for dimension in DIMENSIONS:
                yield place, [part for part in places if part[:2] == (population, dimension)]
        elif not _is_crossing(place) and population in ("direct", *map(_led_by, sources)):
            yield place, [part for part in places
                          if _is_crossing(part) and part[0] == population and spot[1] in part]


def _line(place: CellId, places: Places, shown: Release) -> Line:
    category = place[2] if len(place) > 1 else ""
    if place not in places:
        return Line(category, 0, 0, None, None)
    readers, readings, completed, incomplete = (
        shown.value((name, *place)) for name in ("readers", "readings", "completed", "incomplete"))
    if readers is None:
        return Line(category, None, None, None, None)
    share = None if incomplete is None else releasable_share(completed, readings)
    median = (rules.median_seconds(row.engaged_histogram for row in places[place])
              if is_releasable_base(readers) else None)
    return Line(category, readers, readings, median, share)


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


def mail_lines(mail: MailCounts, beside: Iterable[Mapping[str, int | None]] = ()) -> Counted:
    """The mail's states and clicks, for the report of the week in which it was sent. `beside`: what reports of other
    campaigns show whose audience holds some of the same people: where a count is so close to one of theirs that it
    tells how few belong to one alone, no state is shown."""
    cells: dict[CellId, int] = {(name,): mail.states.get(name, 0) for name in STATES}
    cells["total",] = sum(cells.values())
    equations = [Equation(("total",), tuple((name,) for name in STATES))]
    more, between = _clicks(mail)
    for kind in CLICKS:
        more["rest", kind] = cells["sent",] - mail.clicked(kind)
        between.append(Equation(("sent",), (("clicked", kind), ("rest", kind))))
    shown = release(cells | more, equations + between, _hidden(more))
    states = {name: shown.value((name,)) for name in ("total", *STATES)}
    if any(_tells_apart(count, other.get(name)) for other in beside for name, count in states.items()):
        states = dict.fromkeys(states)
    return (*states.items(), *_shown_clicks(shown))


def _tells_apart(count: int | None, other: int | None) -> bool:
    return count is not None and other is not None and is_protected(abs(count - other))


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
