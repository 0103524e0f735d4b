"""The form that asks for a side effect, what it brings, and the receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session

from webapp.core.errors import N_, NotFound
from webapp.core.ids import new_code
from webapp.core.languages import MARKETS, Language
from webapp.core.tokens import KeyRing
from webapp.medicines import queries as medicines
from webapp.medicines.rules import naming
from webapp.medicines.rules.naming import Called
from webapp.people.rules import MARKET_NAMES
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyReceipt
from webapp.safety.rules import reports
from webapp.safety.rules.authority import linked
from webapp.safety.rules.reports import Report
from webapp.safety.service.receiving import LONGEST_SUBMISSION, Hearing, number_of
from webapp.safety.service.sealing import opened
from webapp.safety.service.sources import Sources
from webapp.sponsors import queries as sponsors

PATH = "/side-effect"
COPY_LASTS = timedelta(days=1)
"""How long the receipt's address shows what was sent: our choice, time to print it; then the number alone, since an
address stays behind in a shared browser."""
LIMITS = {"most_words": reports.MOST_WORDS, "most_line": reports.MOST_LINE, "no_words": reports.NO_WORDS,
          "too_many_words": reports.TOO_MANY_WORDS, "too_long": reports.TOO_LONG}
"""Said by the field already while somebody types."""
CHOICES = {"outcomes": reports.OUTCOMES, "criteria": reports.CRITERIA, "asked_criteria": reports.ASKED_CRITERIA,
           "reporters": reports.REPORTERS, "sexes": reports.SEXES}


@dataclass(frozen=True)
class Asked:
    """Where somebody stands who tells: `medicine` is the slug that the address names, empty without one."""

    language: Language
    market: str
    medicine: str = ""

    @property
    def url(self) -> str:
        """The form's address there."""
        query = {"language": self.language.tag, "market": self.market}
        return f"{PATH}?{urlencode(query | ({'medicine': self.medicine} if self.medicine else {}))}"


@dataclass(frozen=True)
class Typed:
    """What came back with a fault: the fields, the criteria that were ticked, and the fault's sentence."""

    fields: Mapping[str, str]
    criteria: tuple[str, ...]
    fault: str

    @property
    def faults(self) -> dict[str, str]:
        """Field -> what is wrong with it; empty where the fault is no field's."""
        return reports.faults(self.fields)


def form(session: Session, sources: Sources, asked: Asked, typed: Typed | None = None) -> dict[str, Any]:
    """What the page shows. There is no form where nobody takes what it would bring: in a market without a desk, or for
    a medicine without one there. What was typed is given back in any case."""
    here, tag = _medicines(session), asked.language.tag
    named = here.get(asked.medicine)
    title = named.title(tag) if named else ""
    taken = {desk.product for desk in queries.desks(session) if desk.market == asked.market}
    fields = typed.fields if typed else {"medicine": title}
    submission = fields.get("submission", "")
    return {**place(session, sources, asked), **CHOICES, **LIMITS, "asked": asked, "medicine": title,
            "is_market_taken": bool(taken),
            "is_form": bool(typed) or (asked.medicine in taken if asked.medicine else bool(taken)),
            "titles": sorted(here[slug].title(tag) for slug in taken), "fields": fields, "typed": typed,
            "faults": typed.faults if typed else {},
            "without_medicine": replace(asked, medicine="").url,
            "submission": submission if 0 < len(submission) <= LONGEST_SUBMISSION else new_code()}


def place(session: Session, sources: Sources, asked: Asked) -> dict[str, Any]:
    """Whom to call and whom to tell in the market, and the same page for the others."""
    emergency, authority = sources.help_in(session, asked.market, asked.language.tag)
    return {"emergency": emergency, "authority": list(linked(authority)), "market_name": MARKET_NAMES[asked.market],
            "places": [(MARKET_NAMES[market], replace(asked, market=market).url)
                       for market in MARKETS if market != asked.market]}


@dataclass(frozen=True)
class Way:
    """Where one tells of a medicine: its title, the form's address where a desk takes it, else the authority in pieces
    (`authority.linked`)."""

    medicine: str
    url: str
    authority: Sequence[tuple[str, str]]


def way(session: Session, sources: Sources, asked: Asked) -> Way:
    """Where one tells of the medicine asked about, as its page says it; of one that is none of ours nobody takes
    reports."""
    named, is_taken = _medicines(session).get(asked.medicine), queries.desk(session, asked.medicine, asked.market)
    _, authority = sources.help_in(session, asked.market, asked.language.tag)
    return Way(named.title(asked.language.tag) if named else "", asked.url if is_taken else "", list(linked(authority)))


def hearing(session: Session, report: Report, asked: Asked, *, submission: str,
            account_id: int | None, now: datetime) -> Hearing:
    """Where the report was heard, and of which medicine: the one that its own words name, whatever the address says. Of
    several the one whose desk takes it."""
    found = naming.meant(report.medicine, _medicines(session).values())
    taken = [slug for slug in found if queries.desk(session, slug, asked.market)]
    return Hearing(submission, asked.market, asked.language.tag, now, product=next(iter([*taken, *found]), ""),
                   account_id=account_id)


def find(session: Session, code: str) -> tuple[SafetyReceipt, SafetyCase]:
    """A receipt and its case. NotFound for a code that is none."""
    found = queries.case_of_receipt(session, code)
    if found is None:
        raise NotFound(N_("There is no such receipt. Check the address."))
    return found


def receipt(session: Session, ring: KeyRing, found: tuple[SafetyReceipt, SafetyCase], now: datetime) -> dict[str, Any]:
    """What a reporter reads: number and time, who takes the report, and for a day after it came in what was sent. Where
    the same form came before, what was sent then is what is kept."""
    given, case = found
    first, desk = queries.first_receipt(session, case.id or 0), queries.desk_at_receipt(session, case)
    has_copy = timedelta(0) <= now - case.received_at < COPY_LASTS
    row = queries.reports(session, case.id or 0)[0]
    return {**CHOICES, "number": number_of(case), "received_at": case.received_at, "is_again": given.id != first,
            "company": sponsors.company(session, desk.company_id).name if desk else "",
            "told": opened(ring, case, row) if has_copy else None}


def _medicines(session: Session) -> dict[str, Called]:
    """All that the library knows or a desk is open for, by slug."""
    known = medicines.known(session)
    for desk in queries.desks(session):
        known.setdefault(desk.product, Called(desk.product, names=(desk.product,)))
    return known
