"""A report as the page shows it: charts, each with its table, and the definitions beside the figures."""

from datetime import date, timedelta
from functools import partial
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

from webapp.core.charts import Chart, ChartKind, Series, svg
from webapp.core.frame import Switch
from webapp.core.languages import Language, by_tag
from webapp.core.platform import Platform
from webapp.core.render import Gettext, translations
from webapp.reports.rules import Week, week_of
from webapp.reports.service.building import Report
from webapp.reports.service.exporting import WITHHELD
from webapp.reports.service.releasing import Table


def page_context(report: Report, sponsor: str, language: Language, platform: Platform) -> dict[str, Any]:
    """All that `reports/report.html` needs but the frame."""
    words = translations(language).gettext
    base = f"/sponsor/campaigns/{report.campaign.key}"
    week = report.week
    return {
        "campaign": {"name": report.campaign.name, "sponsor": sponsor, "article_title": report.article_title,
                     "sent_on": report.campaign.released_at},
        "periods": [Switch(_period(entry, language), f"{base}?week={entry.name}", entry == week)
                    for entry in report.weeks],
        "sections": _sections(report, language), "deliveries": _deliveries(report, language),
        "csv_url": f"{base}.csv?week={week.name}" if week else None, "is_simulated": report.is_simulated,
        "definitions": _definitions(words), "withheld_note": words(
            "* Withheld: 1 to 10 people, or a count that could give away such a count. Averages and shares beside it "
            "are left out."),
        "waiting_note": None if week else _waiting(report, language),
        "is_demo": platform.is_demo}


def _waiting(report: Report, language: Language) -> str:
    opens = week_of(report.campaign.send_at.date()).opens_at
    return translations(language).gettext(
        "The first report opens on %(day)s, 00:00 UTC. Until then its week can still change.") % {
            "day": format_date(opens, "full", locale=language.babel)}


def _period(week: Week, language: Language) -> str:
    short = partial(format_date, format="d MMM" if language.tag == "en" else "M月d日", locale=language.babel)
    return f"{short(week.monday)} – {short(week.monday + timedelta(days=6))}"


def _sections(report: Report, language: Language) -> list[dict[str, Any]]:
    words = translations(language).gettext
    heads = {
        "campaign": (words("Readers from this campaign"), words("They opened the article by the campaign's link.")),
        "all": (words("All readers of the article"), words("However they came, the campaign's readers among them."))}
    return [{"heading": heads[population][0], "intro": heads[population][1],
             "charts": [_chart(table, report, language) for table in report.figures.tables
                        if table.population == population]}
            for population in heads if report.figures.tables]


def _chart(table: Table, report: Report, language: Language) -> dict[str, Any]:
    words = translations(language).gettext
    assert report.week is not None
    titles = {"audience": words("By edition"), "language": words("By language"), "day": words("By day (UTC)")}
    firsts = {"audience": words("Edition"), "language": words("Language"), "day": words("Day")}
    lines = table.lines[:-1]
    names = tuple(category_name(table.dimension, line.category, language) for line in lines)
    population = words("from this campaign") if table.population == "campaign" else words("all readers")
    period = _period(report.week, language)
    chart = Chart(
        kind=ChartKind.BAR, title=f"{titles[table.dimension]}, {population}",
        description=words("Reader-days per category; each has its row in the table."), unit=words("reader-days"),
        period=period, category_name=firsts[table.dimension], categories=names,
        series=(Series(words("Readers"), tuple(line.readers for line in lines)),))
    return {"title": titles[table.dimension], "svg": Markup(svg(chart)), "note": None,
            "table": _table(table, f"{titles[table.dimension]}, {population}, {period}", firsts, names, language)}


def _table(table: Table, caption: str, firsts: dict[str, str], names: tuple[str, ...],
           language: Language) -> dict[str, Any]:
    words = translations(language).gettext
    rows = []
    for name, line in zip((*names, words("Total")), table.lines, strict=True):
        rows.append([name, _count(line.readers, language), _count(line.readings, language),
                     _seconds(line.median_engaged_seconds, language), _share(line.completion, language)])
    columns = [firsts[table.dimension], words("Readers"), words("Readings"), words("Median engaged time"),
               words("Completed")]
    return {"caption": caption, "columns": columns, "rows": rows}


def category_name(dimension: str, category: str, language: Language) -> str:
    """How a category is written in a language."""
    words = translations(language).gettext
    if dimension == "audience":
        return {"patient": words("For patients"), "hcp": words("For doctors")}[category]
    if dimension == "language":
        return by_tag(category).name
    return format_date(date.fromisoformat(category), "EEE d MMM" if language.tag == "en" else "M月d日 EEE",
                       locale=language.babel)


def _count(value: int | None, language: Language) -> str:
    return WITHHELD if value is None else format_decimal(value, locale=language.babel)


def _seconds(value: float | None, language: Language) -> str:
    if value is None:
        return "–"
    return translations(language).gettext("%(seconds)s s") % {"seconds": format_decimal(round(value),
                                                                                      locale=language.babel)}


def _share(value: float | None, language: Language) -> str:
    return "–" if value is None else format_percent(value, locale=language.babel)


def _deliveries(report: Report, language: Language) -> dict[str, Any] | None:
    words = translations(language).gettext
    if not report.figures.mail:
        return None
    names = {
        "total": words("Addressed"), "sent": words("Sent"), "waiting": words("Waiting"), "failed": words("Failed"),
        "unknown": words("Unknown"), "cancelled": words("Stopped before sending"),
        "clicked-human": words("Clicked, people"), "clicked-suspected-scanner": words("Clicked, suspected scanners"),
        "clicked-raw": words("Clicked, all")}
    return {"caption": words("Mail by state, in people"), "columns": [words("State"), words("People")],
            "rows": [[names[name], _count(count, language)] for name, count in report.figures.mail]}


def _definitions(words: Gettext) -> list[dict[str, str]]:
    pairs = [
        (words("Reader"), words("One visitor on one UTC day (a reader-day). Visitors are told apart by a key that is "
                                "made anew each day, so nobody is followed from day to day.")),
        (words("Reading"), words("One view of the article by a person. Readings by robots are left out.")),
        (words("Median engaged time"), words("Half of the readings lasted longer. Seconds in which the page was "
                                             "visible, focused and used within the last five; in steps of five.")),
        (words("Completed"), words("Scrolled to 90 % or more, and engaged for at least half of the expected reading "
                                   "time.")),
        (words("Clicked"), words("People whose mail was sent and whose link was followed in this week. Suspected "
                                 "scanners are programs that open every link in a mail.")),
        (words("Unknown"), words("The mail server's last answer was lost. Such a mail is never sent again by itself.")),
    ]
    return [{"term": term, "text": text} for term, text in pairs]
