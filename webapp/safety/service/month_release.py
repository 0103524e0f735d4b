"""What a sponsor's people see of a closed month: counts under the cell rule, and never a case."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlmodel import Session

from webapp.core.errors import NotFound
from webapp.core.languages import Language
from webapp.core.privacy import WITHHELD, CellId, Equation, release
from webapp.safety.models import SafetyMonth
from webapp.safety.queries import months as queries
from webapp.safety.rules.months import SIDES, Counted, Figures, Side, name_of
from webapp.safety.service.month_list import counted_rows, signatures, total
from webapp.safety.service.months import NO_MONTH, counted, find
from webapp.sponsors import queries as sponsors

SHOWN = ("received", "sent", "acknowledged", "open")
SUMS = {"received": (("acknowledged", "open"), ("sent", "unsent")), "sent": (("acknowledged", "unanswered"),),
        "open": (("unsent", "unanswered"),)}
"""What each figure is the sum of; some of the parts are never shown, and can be subtracted to."""
HIDDEN = ("unsent", "unanswered")
MOST = 120
"""Months listed: ten years of one company."""


def released(rows: Sequence[Counted], whole: Figures) -> tuple[list[dict[str, int | None]], dict[str, int | None]]:
    """The figures of each product and market, and their sum; None for one of 1 to 10 and for those that would tell it.
    A case is of one patient, so cases are counted as people are."""
    places: list[CellId] = [(row.product, row.market) for row in rows]
    cells: dict[CellId, int] = {}
    for place, figures in [*zip(places, (row.figures for row in rows), strict=True), ((), whole)]:
        counts = {**vars(figures), "unsent": figures.received - figures.sent,
                  "unanswered": figures.sent - figures.acknowledged}
        cells |= {(name, *place): count for name, count in counts.items()}
    equations = [Equation((name, *place), tuple((part, *place) for part in parts))
                 for place in [*places, ()] for name, ways in SUMS.items() for parts in ways]
    equations += [Equation((name,), tuple((name, *place) for place in places)) for name in (*SHOWN, *HIDDEN)]
    shown = release(cells, equations, frozenset(cell for cell in cells if cell[0] in HIDDEN))
    lines = [{name: shown.value((name, *place)) for name in SHOWN} for place in [*places, ()]]
    return lines[:-1], lines[-1]


def page(session: Session, company_ids: Collection[int]) -> dict[str, Any]:
    """The closed months of these companies, the newest first, without a figure."""
    found = queries.months(session, company_ids, offset=0, limit=MOST)
    companies = sponsors.companies(session, company_ids)
    given = queries.signatures(session, company_ids, {month for _, month, *_ in found})
    return {"lines": [
        {"company": companies[company_id].name, "month": month,
         "url": f"/sponsor/side-effects/{companies[company_id].key}/{name_of(month)}",
         "sides": [(SIDES[side], any((one.company_id, one.month, one.side) == (company_id, month, side)
                                     for one in given)) for side in Side]}
        for company_id, month, *_ in found]}


def own(session: Session, company_key: str, name: str,
        company_ids: Collection[int]) -> tuple[int, Sequence[SafetyMonth]]:
    """A closed month of one of these companies: its company's number, and its rows. NotFound for any other."""
    company, _, rows = find(session, company_key, name)
    if company.id not in company_ids:
        raise NotFound(NO_MONTH)
    return company.id or 0, rows


def one(session: Session, company_id: int, rows: Sequence[SafetyMonth], language: Language) -> dict[str, Any]:
    """A closed month as its sponsor sees it."""
    company, month = sponsors.company(session, company_id), rows[0].month
    lines, whole = released(counted(rows), total(rows))
    return {"company": company.name, "month": month, "url": f"/sponsor/side-effects/{company.key}/{name_of(month)}",
            "closed_at": rows[0].at, "total": whole, "withheld": WITHHELD,
            "rows": [{**row, "figures": line}
                     for row, line in zip(counted_rows(session, rows, language), lines, strict=True)],
            "signatures": signatures(session, company_id, rows, language)}
