"""The policy table and the one function that reads it. Pure: the table is read once, when the program starts.

Source: the first table of the field rules (section 1), which marks its rows as ours to defend. Not legal advice.
"""

import hashlib
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from enum import StrEnum
from functools import reduce
from itertools import chain, product
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from webapp.core.languages import LANGUAGES, MARKETS
from webapp.people.rules import Role


class Verdict(StrEnum):
    """What a reader gets."""

    DENY = "deny"
    GATE = "gate"
    ALLOW = "allow"


class Opening(StrEnum):
    """What lets a reader through a gate: any account, or a profession that was verified."""

    SIGN_IN = "sign-in"
    VERIFICATION = "verification"


class Audience(StrEnum):
    """Who asks: anybody, or a health professional who is verified as one."""

    PUBLIC = "public"
    HCP = "hcp"


class ContentClass(StrEnum):
    """What a page is, in the eyes of the law."""

    DISEASE_EDUCATION = "disease-education"
    SAFETY_NOTICE = "safety-notice"
    DRUG_EDUCATION = "drug-education"
    PROMOTIONAL = "promotional"
    CME = "cme"


class FundingKind(StrEnum):
    """Who paid."""

    INDEPENDENT = "independent"
    GRANT_SUPPORTED = "grant-supported"
    SPONSORED = "sponsored"


T = TypeVar("T")
UNKNOWN = ""
"""Stands for every market that no row names."""
TABLE_FILE = Path(__file__).with_name("table.toml")


def _known_market(value: str) -> str:
    if value not in MARKETS:
        raise ValueError(f"unknown market `{value}`; known: {', '.join(MARKETS)}")
    return value


def _known_language(value: str) -> str:
    if value not in {language.tag for language in LANGUAGES}:
        raise ValueError(f"unknown language `{value}`")
    return value


def _in_each_language(value: object) -> tuple[tuple[str, str], ...]:
    """A table of the file, language -> words, as something that can be compared and kept."""
    if not isinstance(value, dict) or value.keys() != {language.tag for language in LANGUAGES} or not all(
            isinstance(words, str) and words for words in value.values()):
        raise ValueError(f"must be said in each of {', '.join(language.tag for language in LANGUAGES)}")
    return tuple(sorted(value.items()))


InEachLanguage = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_in_each_language)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(_Strict):
    """One row of the table; `number` is its place in the file. What each key means stands there."""

    number: int
    markets: tuple[Annotated[str, AfterValidator(_known_market)], ...] = Field(min_length=1)
    classes: tuple[ContentClass, ...] = Field(min_length=1)
    audiences: tuple[Audience, ...] = Field(min_length=1)
    fundings: tuple[FundingKind, ...] = Field(min_length=1)
    verdict: Verdict
    opens: Opening | None = None
    texts: tuple[str, ...] = ()
    why: str = ""
    condition: InEachLanguage = ()
    source: InEachLanguage
    effective: date

    @model_validator(mode="after")
    def _says_what_its_verdict_needs(self) -> "Row":
        if (self.opens is not None) is not (self.verdict is Verdict.GATE):
            raise ValueError("a gate says what opens it, and nothing else does")
        if bool(self.why) is (self.verdict is Verdict.ALLOW):
            raise ValueError("a row that keeps readers out says why, and no other does")
        return self

    def source_in(self, language: str) -> str:
        """Its law, or that it is our choice, in a language."""
        return dict(self.source)[language]

    def condition_in(self, language: str) -> str:
        """What reviewers must see to, in a language; empty if nothing."""
        return dict(self.condition).get(language, "")

    def rules(self, cell: "Cell") -> bool:
        """Whether it rules this combination."""
        return all(value in values for value, values in zip(
            cell, (self.markets, self.classes, self.audiences, self.fundings), strict=True))


class Text(_Strict):
    """The wording of a sentence in one language from a day on."""

    id: str
    language: Annotated[str, AfterValidator(_known_language)]
    words: str = Field(min_length=1)
    in_mail: str = ""
    effective: date


class Ruling(NamedTuple):
    """A verdict, the ids of the texts that must be shown with it, what opens a gate, the id of the sentence for those
    kept out, and the row it comes from; None where no row rules, and so all is denied."""

    verdict: Verdict
    mandatory: tuple[str, ...] = ()
    opens: Opening | None = None
    why: str = "why-not-here"
    row: Row | None = None


class Reader(NamedTuple):
    """All that policy knows of who asks. `market` is the account's own; None is a stranger, who has the address's."""

    market: str | None = None
    audience: Audience = Audience.PUBLIC
    is_signed_in: bool = False

    def passes(self, ruling: Ruling) -> bool:
        """Whether the ruling lets this reader in. A gate for verified professionals opens by their being the audience:
        for them the table allows."""
        if ruling.verdict is Verdict.GATE:
            return ruling.opens is Opening.SIGN_IN and self.is_signed_in
        return ruling.verdict is Verdict.ALLOW


DENIED = Ruling(Verdict.DENY)
STRANGER = Reader()
Cell = tuple[str, str, str, str]
"""(market, content class, audience, funding)"""
Timeline = tuple[tuple[date, Ruling], ...]
"""Rulings of one cell with the day from which each counts, newest first."""


class Table:
    """Rows and wordings, indexed. Raises ValueError, naming the row, for rows that contradict each other or ask for
    words that are not there."""

    def __init__(self, rows: Iterable[Row], texts: Iterable[Text]) -> None:
        self.rows, self.texts = tuple(rows), tuple(texts)
        self._words = self._index_words(lambda text: text.words)
        self._words_of_mail = self._index_words(lambda text: text.in_mail or text.words)
        self._check_words()
        named = {market: min(row.effective for row in self.rows if market in row.markets)
                 for market in MARKETS if any(market in row.markets for row in self.rows)}
        self.markets = tuple(named)
        self._timelines: dict[Cell, Timeline] = {
            cell: self._timeline(cell, named[cell[0]]) for cell in _cells(self.markets)}
        self._timelines |= {cell: self._strictest(cell) for cell in _cells((UNKNOWN,))}

    def decide(self, market: str, content_class: str, audience: str, funding: str, on: date) -> Ruling:
        """The ruling for one cell on a day; see the function of that name."""
        for place in (market, UNKNOWN):
            for since, ruling in self._timelines.get((place, content_class, audience, funding), ()):
                if since <= on:
                    return ruling
        return DENIED

    def from_day(self, cell: Cell, on: date) -> Iterator[Ruling]:
        """The rulings of a cell that count on this day or on any later. A market that is named later only has none
        until then: it is `UNKNOWN`."""
        for since, ruling in self._timelines.get(cell, ((date.min, DENIED),)):
            yield ruling
            if since <= on:
                return
        if cell[0] == UNKNOWN:
            yield DENIED

    def words(self, text_id: str, language: str, on: date, *, is_mail: bool = False) -> str:
        """A sentence as it is worded on a day, on a page or in a mail. LookupError if it has no words then."""
        words = _standing((self._words_of_mail if is_mail else self._words).get((text_id, language), ()), on)
        if words is None:
            raise LookupError(f"the policy table has no words for {text_id} in {language} on {on}")
        return words

    def digest_on(self, on: date) -> bytes:
        """Of what counts on a day. Sources, conditions and the words of mails are no part of it: no page shows them."""
        rulings = [self.decide(*cell, on)[:4] for cell in _cells((*self.markets, UNKNOWN))]
        words = [(*key, _standing(wordings, on)) for key, wordings in sorted(self._words.items())]
        return hashlib.sha256(repr((self.markets, rulings, words)).encode()).digest()

    def digest(self) -> bytes:
        """Of all days."""
        days = {since for dated in (*self._timelines.values(), *self._words.values()) for since, _ in dated}
        return hashlib.sha256(repr([(day, self.digest_on(day)) for day in sorted(days)]).encode()).digest()

    def _timeline(self, cell: Cell, named_since: date) -> Timeline:
        rulings = {named_since: DENIED}
        rows: dict[date, Row] = {}
        for row in self.rows:
            if row.rules(cell):
                if row.effective in rows:
                    raise ValueError(f"rows {rows[row.effective].number} and {row.number} both rule "
                                     f"{', '.join(cell)} from {row.effective} on")
                rows[row.effective] = row
                rulings[row.effective] = Ruling(row.verdict, row.texts, row.opens, row.why, row)
        return tuple(sorted(rulings.items(), key=lambda item: item[0], reverse=True))

    def _strictest(self, cell: Cell) -> Timeline:
        """Of all markets that some row names by then: a market that is new in a year says nothing of this one."""
        others = [self._timelines[(market, *cell[1:])] for market in self.markets]
        days = sorted({since for timeline in others for since, _ in timeline}, reverse=True)
        return tuple((day, reduce(stricter, (next(ruling for since, ruling in timeline if since <= day)
                                             for timeline in others if timeline[-1][0] <= day))) for day in days)

    def _index_words(self, words: Callable[[Text], str]) -> dict[tuple[str, str], tuple[tuple[date, str], ...]]:
        found: dict[tuple[str, str], dict[date, str]] = {}
        for text in self.texts:
            wordings = found.setdefault((text.id, text.language), {})
            if text.effective in wordings:
                raise ValueError(f"the text {text.id} has two wordings in {text.language} from {text.effective} on")
            wordings[text.effective] = words(text)
        return {key: tuple(sorted(wordings.items(), reverse=True)) for key, wordings in found.items()}

    def _check_words(self) -> None:
        wanted = [(row, name) for row in self.rows for name in (*row.texts, *([row.why] if row.why else []))]
        for (row, name), language in product(wanted, LANGUAGES):
            try:
                self.words(name, language.tag, row.effective)
            except LookupError as error:
                raise ValueError(f"row {row.number}: {error}") from None


def read_table(path: Path) -> Table:
    """The table of a file. ValueError, naming the row, for anything that is not as the file's head says."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = content.keys() - {"row", "text"}
    if unknown:
        raise ValueError(f"{path.name}: unknown tables {', '.join(sorted(unknown))}")
    rows = [_valid(Row, f"row {number}", {**row, "number": number})
            for number, row in enumerate(content.get("row", ()), 1)]
    return Table(rows, [_valid(Text, f"text {number}", text) for number, text in enumerate(content.get("text", ()), 1)])


def stricter(one: Ruling, other: Ruling) -> Ruling:
    """The stricter of two rulings, with the texts of both; of equals, the first."""
    kept = other if _openness(other) < _openness(one) else one
    if kept.verdict is Verdict.DENY:
        return kept
    return kept._replace(mandatory=tuple(dict.fromkeys(chain(one.mandatory, other.mandatory))))


def _standing(dated: Iterable[tuple[date, T]], on: date) -> T | None:
    """Of values with the day from which each counts, newest first: the one that counts on a day."""
    return next((value for since, value in dated if since <= on), None)


def _openness(ruling: Ruling) -> tuple[int, bool]:
    return list(Verdict).index(ruling.verdict), ruling.opens is Opening.SIGN_IN


def _valid(kind: Any, place: str, values: dict[str, Any]) -> Any:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise ValueError(f"{TABLE_FILE.name}, {place}: {error}") from None


def _cells(markets: Collection[str]) -> Iterator[Cell]:
    return product(markets, ContentClass, Audience, FundingKind)


TABLE = read_table(TABLE_FILE)


def decide(market: str, content_class: str, audience: str, funding: str, on: date) -> Ruling:
    """What the table says of one cell on a day (UTC). The only place that knows.

    A market that no row names by then gets the strictest of all markets' rulings; whatever else the table does not
    name is denied.
    """
    return TABLE.decide(market, content_class, audience, funding, on)


def decide_for(reader: Reader, market: str, content_class: str, funding: str, on: date) -> Ruling:
    """What a reader gets at an address of a market: of the address's ruling and that of the account's own market the
    stricter, since the page was made for the one and is read in the other. A stranger has the address's alone."""
    here = decide(market, content_class, reader.audience, funding, on)
    if reader.market is None or reader.market == market:
        return here
    return stricter(decide(reader.market, content_class, reader.audience, funding, on), here)


def is_for_everybody(content_class: str, funding: str, since: date) -> bool:
    """Whether on that day, and on any later that the table knows of, every reader of every market may see it: then
    nobody need ask who is reading."""
    return all(ruling.verdict is Verdict.ALLOW for market, audience in product((*TABLE.markets, UNKNOWN), Audience)
               for ruling in TABLE.from_day((market, content_class, audience, funding), since))


def names_no_product(content_class: str, funding: str) -> bool:
    """Whether a page of this class that was paid for so may name no product and link to none: what a company pays for
    about a disease (the table's condition on these rows)."""
    return funding == FundingKind.SPONSORED and content_class in (ContentClass.DISEASE_EDUCATION,
                                                                  ContentClass.SAFETY_NOTICE)


def sells(content_class: str, funding: str) -> bool:
    """Whether a page counts as a company's own: what promotes, and what a company paid for."""
    return content_class == ContentClass.PROMOTIONAL or funding == FundingKind.SPONSORED


def reader_of(market: str, roles: Collection[Role]) -> Reader:
    """An account as policy sees it. The role `hcp` is given by verification, and taken away when that ends."""
    return Reader(market, Audience.HCP if Role.HCP in roles else Audience.PUBLIC, is_signed_in=True)


def mandatory_texts(ruling: Ruling, language: str, company: str, on: date) -> tuple[str, ...]:
    """The sentences that a ruling asks for, in the page's language; they are part of what is signed."""
    return tuple(TABLE.words(name, language, on).format(company=company) for name in ruling.mandatory)


def mandatory_texts_of_mail(ruling: Ruling, language: str, company: str, on: date) -> tuple[str, ...]:
    """The sentences that a ruling asks for, as a mail says them: it has nothing "below", and is no page."""
    return tuple(TABLE.words(name, language, on, is_mail=True).format(company=company) for name in ruling.mandatory)


def reason(ruling: Ruling, language: str, on: date) -> str:
    """The sentence for a reader whom a ruling keeps out."""
    return TABLE.words(ruling.why or DENIED.why, language, on)


def table_digest(on: date) -> bytes:
    """The digest of what counts on a day: what was read under another must be read again."""
    return TABLE.digest_on(on)
