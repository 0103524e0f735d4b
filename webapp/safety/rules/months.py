"""Reconciling a month: which may be closed, where a case stands in it, what both sides sign."""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from webapp.core.errors import N_

CLOSES_AFTER = timedelta(days=3)
"""How long after a month's end it is closed: our choice, so that what came in on its last day has had its 24 hours and
two days more to be acknowledged."""


class Standing(StrEnum):
    """Where a case stood when its month was closed."""

    WAITS = "waits"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    """All that was told of it."""


STANDINGS = {Standing.WAITS: N_("Not sent"), Standing.SENT: N_("Sent, not acknowledged"),
             Standing.ACKNOWLEDGED: N_("Acknowledged")}


class Side(StrEnum):
    """Who signs a month."""

    OFFICER = "officer"
    SPONSOR = "sponsor"


SIDES = {Side.OFFICER: N_("Safety officer"), Side.SPONSOR: N_("Sponsor's administrator")}


@dataclass(frozen=True)
class Figures:
    """Of the cases received: how many were sent, acknowledged, and are open since they are not acknowledged."""

    received: int
    sent: int
    acknowledged: int
    open: int


def figures(standings: Collection[Standing]) -> Figures:
    """Counts cases by where each stands."""
    held = list(standings)
    acknowledged = held.count(Standing.ACKNOWLEDGED)
    return Figures(len(held), len(held) - held.count(Standing.WAITS), acknowledged, len(held) - acknowledged)


def standing(*, is_sent: bool, is_open: bool) -> Standing:
    """Of a case of which something was sent, or something is not acknowledged."""
    if not is_open:
        return Standing.ACKNOWLEDGED
    return Standing.SENT if is_sent else Standing.WAITS


def month_of(moment: datetime) -> date:
    """The first day of its month, by UTC."""
    return moment.astimezone(UTC).date().replace(day=1)


def month_after(month: date) -> date:
    """The first day of the next."""
    return (month + timedelta(days=31)).replace(day=1)


def bounds(month: date) -> tuple[datetime, datetime]:
    """When a month begins, and when the next does."""
    begins, ends = (datetime(day.year, day.month, 1, tzinfo=UTC) for day in (month, month_after(month)))
    return begins, ends


def to_close(first: date, now: datetime) -> Iterator[date]:
    """Months from `first` on that may be closed by now, oldest first."""
    month = first
    while bounds(month)[1] + CLOSES_AFTER <= now:
        yield month
        month = month_after(month)


def name_of(month: date) -> str:
    """As addresses and files have it: `2026-03`."""
    return f"{month:%Y-%m}"


def read(name: str) -> date | None:
    """The month of that name; None for what names none."""
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", name)
    return date(int(found[1]), int(found[2]), 1) if found and int(found[1]) else None


@dataclass(frozen=True)
class Counted:
    """The figures of one product in one market."""

    product: str
    market: str
    figures: Figures


@dataclass(frozen=True)
class Line:
    """A case of the list, by its number in print."""

    number: str
    standing: str


def digest(company: str, month: date, counted: Sequence[Counted], lines: Sequence[Line]) -> str:
    """SHA-256 of canonical JSON of all that is reconciled: what both sides sign is the same."""
    told = {"v": 1, "company": company, "month": name_of(month), "figures": [asdict(one) for one in counted],
            "cases": [asdict(line) for line in lines]}
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
