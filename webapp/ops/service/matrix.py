"""The policy table as an operator reads it: every cell of a day, with its sentences, its source and its day."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.core.languages import Language
from webapp.core.render import translations
from webapp.ops import rules
from webapp.policy import rules as policy

OTHER = "other"
"""What the filter calls every market that no row names."""


@dataclass(frozen=True)
class Cell:
    """One ruling, ready to be shown, with what reviewers must see to and its law. `row` is None where no row rules, and
    so all is denied."""

    funding: str
    verdict: str
    name: str
    texts: tuple[str, ...]
    row: policy.Row | None
    condition: str = ""
    source: str = ""


@dataclass(frozen=True)
class Line:
    """Markets that rule alike and whom the line is about, with a cell for each funding."""

    markets: tuple[str, ...]
    audience: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Section:
    """One content class."""

    key: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Choice:
    """An entry of a filter."""

    value: str
    label: str
    is_chosen: bool


class Matrix:
    """The table on a day in a language. `market_names` maps markets to names; a market without one goes by its code.

    `market` and `content_class` narrow it down; empty, they do not. A market that no row names is shown as policy
    treats it, and a class that there is none of as an empty matrix.
    """

    def __init__(self, language: Language, market_names: Mapping[str, str], on: date, *, market: str = "",
                 content_class: str = "") -> None:
        self.on, self._market, self._class = on, market, content_class
        self._language, self._names = language, market_names
        self.words: Callable[[str], str] = translations(language).gettext

    @property
    def markets(self) -> list[Choice]:
        """The filter of markets; the last stands for all that no row names."""
        known = policy.TABLE.markets
        chosen = self._market if self._market in ("", *known) else OTHER
        names = {"": self.words("All markets"), **{market: self._names.get(market, market) for market in known},
                 OTHER: self.words(rules.UNKNOWN_MARKET)}
        return [Choice(value, label, value == chosen) for value, label in names.items()]

    @property
    def classes(self) -> list[Choice]:
        """The filter of content classes."""
        names = {"": self.words("All classes"),
                 **{str(kind): self.words(name) for kind, name in rules.CLASSES.items()}}
        return [Choice(value, label, value == self._class) for value, label in names.items()]

    @property
    def fundings(self) -> list[str]:
        """The heads of the columns."""
        return [self.words(name) for name in rules.FUNDINGS.values()]

    @property
    def sections(self) -> list[Section]:
        """What is shown: one section for each class, with a line for each audience of markets that rule alike."""
        chosen = next(choice.value for choice in self.markets if choice.is_chosen)
        markets = (chosen,) if chosen else (*policy.TABLE.markets, OTHER)
        return [Section(str(kind), self.words(name), tuple(self._lines(markets, kind)))
                for kind, name in rules.CLASSES.items() if self._class in ("", kind)]

    @property
    def later(self) -> list[dict[str, Any]]:
        """Rows that do not count yet, the soonest first: what to prepare for."""
        rows = [row for row in policy.TABLE.rows if row.effective > self.on]
        return [{"row": row, "source": row.source_in(self._language.tag),
                 "name": self.words(rules.verdict_name(policy.Ruling(row.verdict, opens=row.opens))),
                 "markets": [self._names.get(market, market) for market in row.markets],
                 "classes": [self.words(rules.CLASSES[kind]) for kind in row.classes],
                 "audiences": [self.words(rules.AUDIENCES[audience]) for audience in row.audiences],
                 "fundings": [self.words(rules.FUNDINGS[funding]) for funding in row.fundings]}
                for row in sorted(rows, key=lambda row: (row.effective, row.number))]

    def _lines(self, markets: Iterable[str], kind: str) -> Iterator[Line]:
        alike: dict[tuple[tuple[Cell, ...], ...], list[str]] = {}
        for market in markets:
            rulings = tuple(tuple(self._cell(market, kind, audience, funding) for funding in rules.FUNDINGS)
                            for audience in rules.AUDIENCES)
            name = self.words(rules.UNKNOWN_MARKET) if market == OTHER else self._names.get(market, market)
            alike.setdefault(rulings, []).append(name)
        for rulings, names in alike.items():
            if len(set(rulings)) == 1:
                yield Line(tuple(names), self.words("Everybody"), rulings[0])
            else:
                yield from (Line(tuple(names), self.words(audience), cells)
                            for audience, cells in zip(rules.AUDIENCES.values(), rulings, strict=True))

    def _cell(self, market: str, kind: str, audience: policy.Audience, funding: policy.FundingKind) -> Cell:
        ruling = policy.decide(policy.UNKNOWN if market == OTHER else market, kind, audience, funding, self.on)
        texts = policy.mandatory_texts(ruling, self._language.tag, self.words("[company]"), self.on)
        row, tag = ruling.row, self._language.tag
        return Cell(self.words(rules.FUNDINGS[funding]), str(ruling.verdict), self.words(rules.verdict_name(ruling)),
                    texts, row, row.condition_in(tag) if row else "", row.source_in(tag) if row else "")
