"""Officers' pages of closed months: figures, the cases behind them, and who signed."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.languages import Language
from webapp.core.render import translations
from webapp.core.spreadsheet import cell
from webapp.core.subject import Subject
from webapp.people.rules import MARKET_NAMES
from webapp.safety.models import SafetyMonth
from webapp.safety.queries import months as queries
from webapp.safety.rules.months import SIDES, STANDINGS, Figures, Side, Standing, bounds, name_of
from webapp.safety.service.months import counted, find, signed
from webapp.safety.service.naming import namer
from webapp.safety.service.receiving import number_of
from webapp.sponsors import queries as sponsors

PAGE = 50
"""Months on one page."""
COLUMNS = ("sponsor", "month", "case", "product", "market", "received_at", "standing")


def page(session: Session, number: int) -> dict[str, Any]:
    """Closed months of all sponsors, the newest first."""
    found = queries.months(session, None, offset=(number - 1) * PAGE, limit=PAGE + 1)
    companies = sponsors.companies(session, {company_id for company_id, *_ in found})
    given = queries.signatures(session, list(companies), {month for _, month, *_ in found})
    return {"page_number": number, "has_more": len(found) > PAGE, "lines": [
        {"company": companies[company_id].name, "month": month, "figures": Figures(*counts),
         "url": f"/safety/months/{companies[company_id].key}/{name_of(month)}",
         "sides": [(SIDES[side], any((one.company_id, one.month, one.side) == (company_id, month, side)
                                     for one in given)) for side in Side]}
        for company_id, month, *counts in found[:PAGE]]}


def one(session: Session, company_key: str, name: str, language: Language) -> dict[str, Any]:
    """A closed month: its figures, its cases, those found too late for it, and both signatures. NotFound."""
    company, month, rows = find(session, company_key, name)
    words = translations(language).gettext
    cases = queries.month_cases(session, company.id or 0, month)
    late = queries.late_cases(session, company.id or 0, *bounds(month))
    return {"company": company.name, "month": month, "url": f"/safety/months/{company.key}/{name}",
            "closed_at": rows[0].at, "rows": counted_rows(session, rows, language), "total": total(rows),
            "cases": [{"number": number_of(case), "key": case.key, "received_at": case.received_at,
                       "standing": words(STANDINGS[Standing(stood)]), "is_open": stood != Standing.ACKNOWLEDGED}
                      for case, stood in cases],
            "late": [{"number": number_of(case), "key": case.key} for case in late],
            "signatures": signatures(session, company.id or 0, rows, language)}


def counted_rows(session: Session, rows: Sequence[SafetyMonth], language: Language) -> list[dict[str, Any]]:
    """What a month counts, by product and market, in words."""
    words, name = translations(language).gettext, namer(session, language)
    return [{"product": name(each.product), "market": words(MARKET_NAMES.get(each.market, each.market)),
             "figures": each.figures} for each in counted(rows)]


def total(rows: Sequence[SafetyMonth]) -> Figures:
    """The sum over products and markets: a case is one product's in one market."""
    return Figures(*(sum(getattr(row, name) for row in rows) for name in ("received", "sent", "acknowledged", "open")))


def signatures(session: Session, company_id: int, rows: Sequence[SafetyMonth],
               language: Language) -> list[dict[str, Any]]:
    """For each side, who signed and when; nobody yet where `name` is empty."""
    words, given = translations(language).gettext, signed(queries.signatures(session, [company_id], [rows[0].month]))
    return [{"side": str(side), "name_of_side": words(SIDES[side]), "name": given[side].printed_name,
             "at": given[side].at} if side in given else
            {"side": str(side), "name_of_side": words(SIDES[side]), "name": ""} for side in Side]


def as_csv(session: Session, company_key: str, name: str, by: By) -> str:
    """The cases of a closed month as a file; that it was taken away is an entry of the audit. NotFound."""
    company, month, _ = find(session, company_key, name)
    cases = queries.month_cases(session, company.id or 0, month)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for case, stood in cases:
        writer.writerow([cell(company.name), name, number_of(case), case.product, case.market,
                         case.received_at.isoformat(), stood])
    audit.record(session, by, "safety-month-exported", Subject("company", company.id or 0),
                 f"{name_of(month)} cases:{len(cases)}")
    return out.getvalue()
