"""How long cases stay in each step of review, and what of it may be told. Pure.

Figures are of a route and a discipline, over a period, and never of a person: one is told only if enough cases make it
and several people stand behind them. They tell where work waits; they are no measure of anybody.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import NamedTuple

from webapp.core.errors import N_
from webapp.review.rules import ROUTES, ReviewRole

FEWEST_CASES, FEWEST_FOR_TAIL, FEWEST_PEOPLE = 5, 10, 2
"""Our choice: a median of fewer cases is an anecdote, a 90th percentile of fewer than ten is the slowest case; and
what one person alone did is theirs."""
TAIL = 0.9
FOR_READERS = frozenset({"article", "campaign"})
"""Kinds of subjects that are published or sent; of others approval is the end."""


class Step(StrEnum):
    """From what to what. `looked` and `signed` are a discipline's; the others the whole case's."""

    LOOKED = "looked"
    SIGNED = "signed"
    APPROVED = "approved"
    PUBLISHED = "published"


STEPS: Mapping[str, str] = {
    Step.LOOKED: N_("Handed in until first look"), Step.SIGNED: N_("First look until signature"),
    Step.APPROVED: N_("Handed in until approved"), Step.PUBLISHED: N_("Approved until published or sent")}


@dataclass(frozen=True)
class Case:
    """What became of one dossier, in its first round; renewals are no part of it. `closed_at`: it was sent back,
    rejected, or a newer version took its place."""

    kind: str
    route: str
    submitted_at: datetime
    looked: Mapping[ReviewRole, tuple[datetime, int]] = field(default_factory=dict)
    """Role -> when somebody of it was first at the case, and who."""
    signed: Mapping[ReviewRole, tuple[datetime, int]] = field(default_factory=dict)
    approved_at: datetime | None = None
    published_at: datetime | None = None
    closed_at: datetime | None = None


class Stay(NamedTuple):
    """A case's stay in a step: until `end`, or still there (None). `person` is who ended it, 0 if that is nobody's
    doing."""

    route: str
    role: ReviewRole | None
    step: Step
    start: datetime
    end: datetime | None
    person: int


@dataclass(frozen=True)
class Figure:
    """One row: of the stays that ended in the period, how many, their median and 90th percentile (None: not told), and
    how many had not ended by its end."""

    route: str
    role: ReviewRole | None
    step: Step
    count: int
    median: timedelta | None
    tail: timedelta | None
    waiting: int


def figures(cases: Iterable[Case], first: datetime, until: datetime) -> list[Figure]:
    """The figures of the time from `first` on and before `until`, by route, step and discipline. A route without any
    case has no rows."""
    grouped: dict[tuple[str, Step, ReviewRole | None], list[Stay]] = {}
    for case in cases:
        for stay in _stays(case, until):
            grouped.setdefault((stay.route, stay.step, stay.role), []).append(stay)
    rows = [_figure(stays, first, until) for _, stays in sorted(grouped.items(), key=lambda item: _place(item[0]))]
    return [row for row in rows if row.count or row.waiting]


def _place(key: tuple[str, Step, ReviewRole | None]) -> tuple[int, int, int]:
    route, step, role = key
    routes = list(ROUTES)
    return (routes.index(route) if route in routes else len(routes), list(Step).index(step),
            list(ReviewRole).index(role) if role else -1)


def _figure(stays: Sequence[Stay], first: datetime, until: datetime) -> Figure:
    ended = [stay for stay in stays if stay.end is not None and first <= stay.end < until]
    lengths = sorted(stay.end - stay.start for stay in ended if stay.end is not None)
    people = {stay.person for stay in ended}
    is_told = len(lengths) >= FEWEST_CASES and (0 in people or len(people) >= FEWEST_PEOPLE)
    return Figure(
        stays[0].route, stays[0].role, stays[0].step, len(lengths), median(lengths) if is_told else None,
        percentile(lengths, TAIL) if is_told and len(lengths) >= FEWEST_FOR_TAIL else None,
        sum(1 for stay in stays if stay.end is None or stay.end >= until))


def median(ordered: Sequence[timedelta]) -> timedelta:
    """The middle one, or half way between the two in the middle."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def percentile(ordered: Sequence[timedelta], share: float) -> timedelta:
    """The smallest value that at least this share of them do not exceed (nearest rank)."""
    return ordered[ceil(share * len(ordered)) - 1]


def _stays(case: Case, until: datetime) -> Iterator[Stay]:
    """The steps that a case came into before `until`. One that was closed in the middle of a step leaves none of it."""
    route = ROUTES.get(case.route)
    if route is None or case.submitted_at >= until:
        return
    is_over = case.closed_at is not None and case.closed_at < until
    for role in (role for role in ReviewRole if role in route.roles):
        looked, signed = case.looked.get(role), case.signed.get(role)
        is_asked = route.count == len(route.roles) and not is_over and case.approved_at is None
        if looked or is_asked:
            yield _stay(case, role, Step.LOOKED, case.submitted_at, looked)
        if looked and (signed or is_asked):
            yield _stay(case, role, Step.SIGNED, looked[0], signed)
    if case.approved_at or not is_over:
        last = max(case.signed.values(), default=(case.submitted_at, 0))
        yield _stay(case, None, Step.APPROVED, case.submitted_at, (case.approved_at, last[1] if route.count == 1 else 0)
                    if case.approved_at else None)
    if case.approved_at and case.kind in FOR_READERS and (case.published_at or not is_over):
        yield _stay(case, None, Step.PUBLISHED, case.approved_at, (case.published_at, 0) if case.published_at else None)


def _stay(case: Case, role: ReviewRole | None, step: Step, start: datetime,
          end: tuple[datetime, int] | None) -> Stay:
    return Stay(case.route, role, step, start, end[0] if end else None, end[1] if end else 0)
