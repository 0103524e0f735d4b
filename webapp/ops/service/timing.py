"""How long cases stay in each step of review: the figures of a period, for a page and as a file."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from sqlmodel import Session

from webapp.articles import queries as articles
from webapp.campaigns import queries as campaigns
from webapp.campaigns.service import planning
from webapp.core import charts
from webapp.core.charts import Chart, ChartKind, Series
from webapp.core.errors import N_
from webapp.core.languages import Language
from webapp.core.render import show_date, translations
from webapp.core.spreadsheet import cell
from webapp.review.rules import ROUTES, naming
from webapp.review.rules.form_2253 import check_period
from webapp.review.rules.timing import FEWEST_CASES, FEWEST_FOR_TAIL, FEWEST_PEOPLE, STEPS, Figure, figures
from webapp.review.service import timing

TITLES = {"looked": N_("%(discipline)s: first look"), "signed": N_("%(discipline)s: signature")}
WHOLE = {"approved": N_("Approved"), "published": N_("Published or sent")}
COLUMNS = ("route", "discipline", "step", "ended", "median_days", "p90_days", "not_ended")


def measure(session: Session, first: date, last: date) -> list[Figure]:
    """The figures of the days (UTC) from `first` to `last`. Invalid if they are in the wrong order."""
    check_period(first, last)
    since = datetime.combine(first, time.min, UTC)
    return figures(timing.cases(session, _published(session)), since,
                   datetime.combine(last, time.min, UTC) + timedelta(days=1))


def _published(session: Session) -> dict[timing.Piece, datetime]:
    """When readers first saw which bytes of a page, and when a campaign's mail was let go."""
    shown = {("article", number, digest): line.at
             for (number, digest), line in articles.first_published(session).items()}
    sent = {(planning.SUBJECT, entry.id or 0, planning.digest(session, entry)): entry.released_at
            for entry in campaigns.all_campaigns(session) if entry.released_at is not None}
    return shown | sent


def days(length: timedelta | None) -> float | None:
    """A length in days, to a tenth."""
    return None if length is None else round(length / timedelta(days=1), 1)


def as_csv(found: Sequence[Figure]) -> str:
    """A row per figure; a length that is not told is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in found:
        told = ["" if length is None else str(days(length)) for length in (row.median, row.tail)]
        writer.writerow([cell(text) for text in (row.route, row.role or "", row.step, str(row.count), *told,
                                                 str(row.waiting))])
    return out.getvalue()


def page(found: Sequence[Figure], first: date, last: date, language: Language) -> dict[str, Any]:
    """What the page shows: by route a table and, where anything may be told, a chart beside it."""
    return {"routes": [_route(list(rows), first, last, language) for _, rows in groupby(found, lambda row: row.route)],
            "fewest": {"cases": FEWEST_CASES, "tail": FEWEST_FOR_TAIL, "people": FEWEST_PEOPLE}}


def _route(rows: Sequence[Figure], first: date, last: date, language: Language) -> dict[str, Any]:
    route = ROUTES.get(rows[0].route)
    name = translations(language).gettext(route.name) if route else rows[0].route
    told = [row for row in rows if row.median is not None]
    return {"name": name, "chart": charts.svg(_chart(name, told, first, last, language)) if told else None,
            "rows": [{"step": STEPS[row.step], "discipline": naming.DISCIPLINES[row.role] if row.role else "",
                      "count": row.count, "median": days(row.median), "tail": days(row.tail),
                      "waiting": row.waiting} for row in rows]}


def _chart(name: str, rows: Sequence[Figure], first: date, last: date, language: Language) -> Chart:
    words = translations(language).gettext
    labels = tuple(words(TITLES[row.step]) % {"discipline": words(naming.DISCIPLINES[row.role])} if row.role
                   else words(WHOLE[row.step]) for row in rows)
    period = f"{show_date(first, language)} – {show_date(last, language)}"
    return Chart(
        kind=ChartKind.BAR, title=words(N_("Days in each step: %(route)s")) % {"route": name},
        description=words(N_("Median and 90th percentile of the days that cases stayed in each step.")),
        unit=words(N_("days")), period=period, category_name=words(N_("Step")), categories=labels,
        decimals=1, withheld_label=words(N_("too few")),
        series=(Series(words(N_("Median")), tuple(days(row.median) for row in rows)),
                Series(words(N_("90th percentile")), tuple(days(row.tail) for row in rows))))
