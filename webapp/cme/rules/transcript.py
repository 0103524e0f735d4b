"""What a transcript lists, and what of it is shown and counted. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from webapp.cme.rules import credit
from webapp.cme.rules.certificates import Kind, Standing
from webapp.cme.rules.credit import NONE, Entry, Progress
from webapp.core.errors import N_, Invalid

LENGTH = 200
MOST = Decimal(1000)
"""Of one external credit, in any unit: our choice, against slips."""
CENT = Decimal("0.01")
OLDEST_YEARS = 50
NAMELESS = N_("Write title and provider, each in one line of at most 200 characters.")
NO_SYSTEM = N_("Choose the credit system.")
NO_AMOUNT = N_("Write the amount as a number above 0, with two decimals at most.")
NO_DAY = N_("Choose the day of completion. It lies not in the future.")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of a system; one that does not count is shown and not added up."""

    system: str
    amount: Decimal
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A completion with its certificate (`code`), or an external credit that the learner wrote down (`key`)."""

    on: date
    title: str
    language: str
    """Of the title; empty where nobody knows."""
    provider: str
    amounts: tuple[Amount, ...]
    code: str = ""
    kind: Kind | None = None
    standing: Standing = Standing.VALID
    key: str = ""
    is_self_study: bool = False

    @property
    def is_external(self) -> bool:
        return not self.code


@dataclass(frozen=True)
class Asked:
    """Which lines are shown: both days included, None for no bound; no system for all."""

    first: date | None = None
    last: date | None = None
    system: str = ""


@dataclass(frozen=True)
class Total:
    """A system: what the lines shown add up to, and how the year stands."""

    system: str
    shown: Decimal
    progress: Progress


@dataclass(frozen=True)
class External:
    """An external credit as its learner told it."""

    title: str
    provider: str
    system: str
    amount: Decimal
    on: date
    is_self_study: bool = False


def asked_of(args: Mapping[str, str]) -> Asked:
    """What an address asks for; what it says wrongly counts as not said."""
    system = args.get("system", "")
    return Asked(_day(args.get("from", "")), _day(args.get("to", "")), system if system in credit.systems() else "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def shown(lines: Iterable[Line], asked: Asked) -> list[Line]:
    """The lines that are asked for."""
    return [line for line in lines
            if (asked.first is None or asked.first <= line.on) and (asked.last is None or line.on <= asked.last)
            and (not asked.system or any(one.system == asked.system for one in line.amounts))]


def entries(lines: Iterable[Line]) -> list[Entry]:
    """What counts: nothing of a certificate that was revoked."""
    return [Entry(one.system, line.on, one.amount, line.is_self_study) for line in lines
            if line.standing is not Standing.REVOKED for one in line.amounts if one.counts]


def totals(lines: Sequence[Line], some: Sequence[Line], year: int) -> list[Total]:
    """How the year stands by all lines, in each system that any of them has, and what the lines shown add up to."""
    counted = entries(lines)
    held, sums = {entry.system for entry in counted}, dict[str, Decimal]()
    for entry in entries(some):
        sums[entry.system] = sums.get(entry.system, NONE) + entry.amount
    return [Total(one.system, sums.get(one.system, NONE), one) for one in credit.progress(counted, year)
            if one.system in held]


def external_of(form: Mapping[str, str], today: date) -> External:
    """An external credit as a form tells it. Raises `Invalid`."""
    title, provider = (" ".join(form.get(name, "").split()) for name in ("title", "provider"))
    if not all(words and len(words) <= LENGTH and words.isprintable() for words in (title, provider)):
        raise Invalid(NAMELESS)
    if form.get("system", "") not in credit.systems():
        raise Invalid(NO_SYSTEM)
    on = _day(form.get("on", ""))
    if on is None or not today.year - OLDEST_YEARS <= on.year or on > today:
        raise Invalid(NO_DAY)
    return External(title, provider, form["system"], _amount(form.get("amount", "")), on,
                    form.get("is_self_study") == "yes")


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise Invalid(NO_AMOUNT) from None
    if not amount.is_finite() or not 0 < amount <= MOST or amount != amount.quantize(CENT):
        raise Invalid(NO_AMOUNT)
    return amount
