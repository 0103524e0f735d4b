"""Money that an activity took in and paid: what an entry says, and what entries sum up to. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from webapp.core.errors import N_, Invalid

MOST = Decimal(100_000_000)
"""Our choice: more than any activity costs."""
CENT = Decimal("0.01")
MAX_PARTY = 200
_CURRENCY = re.compile(r"[A-Z]{3}")
"""ISO 4217."""


class MoneyKind(StrEnum):
    """What money is for."""

    SUPPORT = "support"
    FEES = "fees"
    OWN = "own"
    HONORARIUM = "honorarium"
    EXPENSES = "expenses"
    PRODUCTION = "production"
    OTHER = "other"


INCOME = frozenset({MoneyKind.SUPPORT, MoneyKind.FEES, MoneyKind.OWN})
"""Comes in; every other kind goes out."""
KINDS: Mapping[str, str] = {
    MoneyKind.SUPPORT: N_("In: support by a company"), MoneyKind.FEES: N_("In: fees of learners"),
    MoneyKind.OWN: N_("In: the provider’s own"), MoneyKind.HONORARIUM: N_("Out: honorarium"),
    MoneyKind.EXPENSES: N_("Out: expenses of faculty"), MoneyKind.PRODUCTION: N_("Out: production"),
    MoneyKind.OTHER: N_("Out: other")}


@dataclass(frozen=True)
class Entry:
    """One payment. A wrong one is balanced by another of the same kind below zero."""

    kind: MoneyKind
    party: str
    amount: Decimal
    currency: str
    on: date
    agreed_on: date | None

    @property
    def is_income(self) -> bool:
        """Whether it comes in."""
        return self.kind in INCOME


@dataclass(frozen=True)
class Balance:
    """What came in and went out in one currency."""

    currency: str
    income: Decimal
    spent: Decimal


def entry_of(form: Mapping[str, str], party: str, today: date) -> Entry:
    """An entry as typed. Raises Invalid, which says what to write."""
    kind, line = form.get("kind", ""), " ".join(party.split())
    if kind not in KINDS:
        raise Invalid(N_("Choose what the money is for."))
    if not line or len(line) > MAX_PARTY or not line.isprintable():
        raise Invalid(N_("Name the company or the payee in one line of at most 200 characters."))
    currency = form.get("currency", "").strip().upper()
    if not _CURRENCY.fullmatch(currency):
        raise Invalid(N_("Write the currency as three letters, such as USD."))
    on, agreed = _day(form.get("on", "")), form.get("agreed_on", "").strip()
    if on is None or on > today:
        raise Invalid(N_("Give the day of the payment, which is not to come."))
    agreed_on = _day(agreed)
    if (agreed and agreed_on is None) or (kind == MoneyKind.SUPPORT and (agreed_on is None or agreed_on > on)):
        raise Invalid(N_("Give the day of the agreement. Support is paid after it."))
    return Entry(MoneyKind(kind), line, _amount(form.get("amount", "")), currency, on, agreed_on)


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip())
        if amount.is_finite() and amount and abs(amount) <= MOST and amount == amount.quantize(CENT):
            return amount.quantize(CENT)
    except InvalidOperation:
        pass
    raise Invalid(N_("Write the amount in figures, with two decimals at most, such as 1250.00."))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def balances(entries: Iterable[Entry]) -> list[Balance]:
    """In and out by currency, in the order of their names."""
    sums: dict[str, list[Decimal]] = {}
    for entry in entries:
        sums.setdefault(entry.currency, [Decimal(0), Decimal(0)])[not entry.is_income] += entry.amount
    return [Balance(currency, *sums[currency]) for currency in sorted(sums)]
