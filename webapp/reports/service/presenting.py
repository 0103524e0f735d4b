"""A report as the page shows it: charts, each with its table, and the definitions beside the figures."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from webapp.articles.queries import Named
from webapp.campaigns.queries import Campaign
from webapp.campaigns.rules import CampaignState
from webapp.core.charts import Chart, ChartKind, Series, svg
from webapp.core.frame import Switch
from webapp.core.languages import Language, by_tag
from webapp.core.privacy import WITHHELD
from webapp.core.render import (
    Gettext,
    show_date,
    show_days,
    show_moment,
    show_weekday,
    show_zone,
    translations,
)
from webapp.reports.rules import Week, week_of
from webapp.reports.service.building import Report
from webapp.reports.service.releasing import Line, Table

NO_FIGURE = "–"
"""Stands for a median or share that is left out, or of nothing."""


def page_context(report: Report, sponsor: str, language: Language) -> dict[str, Any]:
    """All that `reports/report.html` needs but the frame."""
    words = translations(language).gettext
    base = f"/sponsor/campaigns/{report.campaign.key}"
    week = report.week
    return {
        "campaign": {"name": report.campaign.name, "sponsor": sponsor, **article_context(report.article, language),
                     "state": state_line(report.campaign, language)},
        "periods": [Switch(_period(entry, language), f"{base}?week={entry.name}", entry == week)
                    for entry in report.weeks],
        "sections": _sections(report, language), "deliveries": _deliveries(report, language),
        "csv_url": f"{base}.csv?week={week.name}" if week else None, "is_simulated": report.is_simulated,
        "definitions": [] if report.is_unsent else _definitions(words), "withheld_note": words(
            "* Withheld: it may be of 1 to 10 people, or could give away a count that is. Averages and shares beside "
            "it are left out."),
        "empty_note": None if week else _unsent(report.campaign, words) if report.is_unsent else
        _waiting(report, language)}


def article_context(article: Named, language: Language) -> dict[str, str]:
    """An article's name, and its language where that is not the page's own."""
    lang = "" if article.language == language.tag else article.language
    return {"article_title": article.title, "article_lang": lang}


def state_line(campaign: Campaign, language: Language) -> str:
    """What became of a campaign so far, and why."""
    words = translations(language).gettext
    day = show_date(campaign.released_at or campaign.send_at, language)
    if campaign.state == CampaignState.BLOCKED:
        return words("Blocked: %(reason)s") % {"reason": words(campaign.blocked_because)}
    return {
        CampaignState.DRAFT: words("Not scheduled yet"),
        CampaignState.SCHEDULED: _scheduled(campaign, language),
        CampaignState.RELEASING: words("Being released"),
        CampaignState.RELEASED: words("Released %(day)s") % {"day": day},
        CampaignState.CANCELLED: words("Cancelled"),
    }[CampaignState(campaign.state)]


def _scheduled(campaign: Campaign, language: Language) -> str:
    """Its time as it was planned, by the clock of its zone, and the moment that is."""
    words = translations(language).gettext
    local = campaign.send_at.astimezone(ZoneInfo(campaign.zone))
    day, hour = show_date(local.date(), language), f"{local:%H:%M}"  # Babel takes the day of a moment in UTC
    when = {"day": day, "hour": hour, "zone": show_zone(campaign.zone, language)}
    if when["zone"] == "UTC":
        return words("Scheduled for %(day)s, %(hour)s UTC") % when
    return words("Scheduled for %(day)s, %(hour)s, %(zone)s time (%(moment)s)") % {
        **when, "moment": show_moment(campaign.send_at, language)}


def _unsent(campaign: Campaign, words: Gettext) -> str:
    if campaign.state == CampaignState.BLOCKED:
        return words("Nothing was sent: the campaign was blocked, for the reason above. There is a report once it was "
                     "given another time and sent.")
    return words("Nothing was sent: the campaign was cancelled before any mail left. So there is no report.")


def _waiting(report: Report, language: Language) -> str:
    opens = week_of(report.campaign.send_at.date()).opens_at
    return translations(language).gettext(
        "The first report opens on %(day)s, 00:00 UTC. Until then its week can still change.") % {
            "day": format_date(opens, "full", locale=language.babel)}


def _period(week: Week, language: Language) -> str:
    return show_days(week.days[0], week.days[-1], language)


def _sections(report: Report, language: Language) -> list[dict[str, Any]]:
    words = translations(language).gettext
    heads = {
        "campaign": (words("Readers from this campaign"), words("They opened the article by the campaign's link.")),
        "all": (words("All readers of the article"), words("However they came, the campaign's readers among them."))}
    return [{"heading": heads[population][0], "intro": heads[population][1],
             "figures": [_figure(table, report, language) for table in report.figures.tables
                         if table.population == population]}
            for population in heads if report.figures.tables]


def _figure(table: Table, report: Report, language: Language) -> dict[str, Any]:
    """A dimension's charts, and the table that holds their numbers."""
    words = translations(language).gettext
    assert report.week is not None
    titles = {"audience": words("By edition"), "language": words("By language"), "day": words("By day (UTC)")}
    firsts = {"audience": words("Edition"), "language": words("Language"), "day": words("Day")}
    first, period = firsts[table.dimension], _period(report.week, language)
    names = tuple(category_name(table.dimension, line.category, language) for line in table.lines[:-1])
    about = (words("%(dimension)s, from this campaign") if table.population == "campaign" else
             words("%(dimension)s, all readers")) % {"dimension": titles[table.dimension]}
    caption = words("%(about)s, week of %(period)s") % {"about": about, "period": period}
    draw = partial(
        Chart, kind=ChartKind.LINE if table.dimension == "day" else ChartKind.BAR, period=period, category_name=first,
        categories=names, description=words("Each figure stands in the table too. A hatched place has none: it is "
                                            "withheld, or there is nothing to count."))
    return {"title": titles[table.dimension], "charts": _charts(table.lines[:-1], about, draw, words),
            "table": _table(table, caption, (first, *names, words("Total")), language)}


def _charts(lines: Sequence[Line], about: str, draw: Callable[..., Chart], words: Gettext) -> list[dict[str, Any]]:
    """Three pictures: counts, median and share. Where there is no median or share, they show what the table shows."""
    medians = [line.median_engaged_seconds for line in lines]
    shares = [None if line.completion is None else round(100 * line.completion) for line in lines]
    pictures = [
        _Picture(words("Reader-days and readings"), words("Reader-days and readings, %(about)s"),
                 words("reader-days, readings"), WITHHELD, 0, {
                     words("Reader-days"): [line.readers for line in lines],
                     words("Readings"): [line.readings for line in lines]}),
        _Picture(words("Median engaged time"), words("Median engaged time, %(about)s"), words("seconds"), NO_FIGURE, 1,
                 {words("Median engaged time"): medians}),
        _Picture(words("Completed"), words("Completed, %(about)s"), words("percent of readings"), NO_FIGURE, 0,
                 {words("Completed"): shares})]
    return [{"title": one.heading, "svg": svg(draw(
                title=one.title % {"about": about}, unit=one.unit, withheld_label=one.withheld_label,
                decimals=one.decimals,
                series=tuple(Series(name, tuple(values)) for name, values in one.series.items())))}
            for one in pictures]


class _Picture(NamedTuple):
    heading: str
    title: str
    """A pattern, which says what the figures are about."""
    unit: str
    withheld_label: str
    decimals: int
    series: Mapping[str, Sequence[float | None]]


def _table(table: Table, caption: str, names: Sequence[str], language: Language) -> dict[str, Any]:
    """`names`: of the first column, then of each row."""
    words = translations(language).gettext
    rows = [[name, _count(line.readers, language), _count(line.readings, language),
             _seconds(line.median_engaged_seconds, language), _share(line.completion, language)]
            for name, line in zip(names[1:], table.lines, strict=True)]
    return {"caption": caption, "rows": rows, "columns": [
        names[0], words("Reader-days"), words("Readings"), words("Median engaged time"), words("Completed")]}


def category_name(dimension: str, category: str, language: Language) -> str:
    """How a category is written in a language."""
    words = translations(language).gettext
    if dimension == "audience":
        return {"patient": words("For patients"), "hcp": words("For doctors")}[category]
    if dimension == "language":
        return by_tag(category).name
    return show_weekday(date.fromisoformat(category), language)


def _count(value: int | None, language: Language) -> str:
    return WITHHELD if value is None else format_decimal(value, locale=language.babel)


def _seconds(value: float | None, language: Language) -> str:
    if value is None:
        return NO_FIGURE
    return translations(language).gettext("%(seconds)s s") % {
        "seconds": format_decimal(value, "#,##0.#", locale=language.babel)}


def _share(value: float | None, language: Language) -> str:
    return NO_FIGURE if value is None else format_percent(value, locale=language.babel)


def _deliveries(report: Report, language: Language) -> dict[str, Any] | None:
    """The mail and its clicks; of a week after that in which it was sent, the clicks alone."""
    words = translations(language).gettext
    if not report.figures.mail:
        return None
    names = {
        "total": words("Addressed"), "sent": words("Sent"), "waiting": words("Waiting"), "failed": words("Failed"),
        "unknown": words("Unknown"), "cancelled": words("Stopped before sending"),
        "clicked-human": words("Clicked, people"), "clicked-suspected-scanner": words("Clicked, suspected scanners"),
        "clicked-raw": words("Clicked, all")}
    rows = [[names[name], _count(count, language)] for name, count in report.figures.mail]
    if "sent" in dict(report.figures.mail):
        return {"heading": words("Mail sent"), "caption": words("Mail by state, in people"),
                "columns": [words("State"), words("People")], "rows": rows}
    return {"heading": words("Clicks on mail sent earlier"), "caption": words("Clicks in this week, in people"),
            "columns": [words("Clicks"), words("People")], "rows": rows}


def _definitions(words: Gettext) -> list[dict[str, str]]:
    pairs = [
        (words("Reader-day"), words("One visitor of one edition in one language on one UTC day. Visitors are told "
                                    "apart by a key that is made anew each day, so nobody is followed from day to day: "
                                    "who reads on three days counts three times.")),
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
