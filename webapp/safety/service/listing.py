"""The safety officers' queue, in the reader's language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.core.errors import N_
from webapp.core.languages import Language
from webapp.core.render import translations
from webapp.people.rules import MARKET_NAMES
from webapp.safety import queries
from webapp.safety.models import SafetyCase
from webapp.safety.queries import follow_ups, queueing
from webapp.safety.queries.queueing import Asked
from webapp.safety.rules import IN_USE, STATES, Source, State
from webapp.safety.rules.clocks import HAND_OVER, Clock, hand_over, legal
from webapp.safety.rules.hand_over import STEPS, Step
from webapp.safety.rules.reports import Element
from webapp.safety.rules.triage import DONE_HERE, ELEMENTS, PACES, SOURCES
from webapp.safety.rules.watching import is_done_here
from webapp.safety.service.naming import namer
from webapp.safety.service.receiving import number_of

PAGE = 50
"""Cases on one page."""
MOST_PAGES = 10_000
MOST_AT_ONCE = 10
"""Deaths named above the queue: our choice."""
DONE, OPEN = "done", "open"
"""What the filter calls cases in use with which nothing is left to do, and all of them."""
STATES_SHOWN = [(DONE, DONE_HERE), (OPEN, N_("Open cases")), *STATES.items()]
NO_PRODUCT = "-"
"""What the filter calls cases of which nobody could tell the medicine yet: no product is called so."""


@dataclass(frozen=True)
class Filter:
    """What of the queue is shown, as an address has it; what is no choice counts as not chosen."""

    state: str = ""
    product: str = ""
    market: str = ""
    is_overdue_only: bool = False
    is_waiting_only: bool = False

    def asked(self, now: datetime) -> Asked:
        """The same, as the query takes it. A downgrade waits whatever else is left to do with its case."""
        product = None if not self.product else "" if self.product == NO_PRODUCT else self.product
        is_any = self.state == OPEN or self.state in set(State) or self.is_waiting_only
        is_left = False if self.state == DONE else None if is_any else True
        return Asked(
            (self.state,) if self.state in set(State) else IN_USE, is_left, product,
            self.market if self.market in MARKET_NAMES else "",
            now - HAND_OVER if self.is_overdue_only else None, self.is_waiting_only)


def queue(session: Session, chosen: Filter, number: int, language: Language, now: datetime) -> dict[str, Any]:
    """A page of the queue."""
    rows = queueing.queue(session, chosen.asked(now), offset=(number - 1) * PAGE, limit=PAGE + 1)
    numbers = [row.id or 0 for row in rows]
    waiting, moments = queries.waiting_of(session, numbers), moments_of(session, numbers)
    name = namer(session, language)
    return {"chosen": chosen, "number": number, "has_more": len(rows) > PAGE,
            "states": STATES_SHOWN,
            "markets": list(MARKET_NAMES.items()), "products": named(queries.products(session), name),
            "no_product": NO_PRODUCT,
            "at_once": [{"key": row.key, "number": number_of(row)}
                        for row in queueing.deaths_at_once(session, MOST_AT_ONCE)] if number == 1 else [],
            "in_use": queries.count_in(session, IN_USE), "left": queueing.count_left(session),
            "downgrades": queries.count_waiting(session),
            "lines": [{"product": name(row.product),
                       **_line(row, moments[row.id or 0], row.id in waiting, language, now)} for row in rows[:PAGE]]}


def named(slugs: Sequence[str], name: Callable[[str], str]) -> list[tuple[str, str]]:
    """(slug, name) of each medicine, as a choice shows them."""
    return [(slug, name(slug)) for slug in slugs]


@dataclass(frozen=True)
class Moments:
    """When the desk acknowledged all that is significant of a case, or else since when something waits for it; and when
    the last significant follow-up came."""

    taken_at: datetime | None
    waits_since: datetime | None
    followed_up_at: datetime | None


def moments_of(session: Session, case_ids: Sequence[int]) -> dict[int, Moments]:
    """Those of these cases."""
    taken, waits = queries.taken_at(session, case_ids), queries.waits_since(session, case_ids)
    followed = follow_ups.followed_up_at(session, case_ids)
    return {case_id: Moments(taken.get(case_id), waits.get(case_id), followed.get(case_id)) for case_id in case_ids}


def clocks(case: SafetyCase, moments: Moments, language: Language, now: datetime) -> list[dict[str, Any]]:
    """Those of a case in use, ready for a page; the hand-over's only where a desk takes it, and stopped once it has
    acknowledged all; the legal ones warn of nothing once our part is done."""
    if case.state not in IN_USE:
        return []
    began_at = moments.waits_since or case.received_at
    own = [_clock(hand_over(began_at), language, now)] if case.desk_id is not None else []
    if moments.taken_at is not None:
        own = [{**clock, "due_at": moments.taken_at, "pace": "running", "pace_name": translations(language).gettext(
            STEPS[Step.ACKNOWLEDGED])} for clock in own]
    law = [_clock(clock, language, now) for clock in legal(
        case.market, case.criteria, case.expectedness, case.received_at, moments.followed_up_at)]
    if is_done_here(case.state, is_desk_awaited=moments.waits_since is not None):
        law = [{**clock, "pace": "running", "pace_name": translations(language).gettext(DONE_HERE)} for clock in law]
    return own + law


def market_name(case: SafetyCase, language: Language) -> str:
    """The market of a case, in words where we have them."""
    return translations(language).gettext(MARKET_NAMES.get(case.market, case.market))


def elements(there: Sequence[str], language: Language) -> list[dict[str, Any]]:
    """The four, with which of them are there."""
    words = translations(language).gettext
    return [{"value": str(one), "name": words(ELEMENTS[one]), "is_there": one in there} for one in Element]


def _line(case: SafetyCase, moments: Moments, is_waiting: bool, language: Language,
          now: datetime) -> dict[str, Any]:
    words = translations(language).gettext
    return {"key": case.key, "number": number_of(case),
            "market": market_name(case, language), "source": words(SOURCES[Source(case.source)]),
            "received_at": case.received_at, "state": case.state, "state_name": words(STATES[State(case.state)]),
            "clocks": clocks(case, moments, language, now), "has_desk": case.desk_id is not None,
            "is_in_use": case.state in IN_USE, "elements": elements(case.elements, language),
            "is_serious": bool(case.criteria), "is_waiting": is_waiting}


def _clock(clock: Clock, language: Language, now: datetime) -> dict[str, Any]:
    words, pace = translations(language).gettext, clock.pace(now)
    name = words("Follow-up: %(clock)s") % {"clock": words(clock.name)} if clock.is_follow_up else words(clock.name)
    return {"name": name, "source": words(clock.source), "due_at": clock.due_at, "pace": str(pace),
            "pace_name": words(PACES[pace])}
