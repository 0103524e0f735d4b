"""Builds a report once, when it is first asked for, and keeps it: what was shown never changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from webapp.articles import queries as articles
from webapp.articles.queries import Named
from webapp.campaigns.queries import Campaign
from webapp.campaigns.rules import ClickClass
from webapp.campaigns.service.planning import subject
from webapp.channels import queries as channels
from webapp.channels.rules import DeliveryState
from webapp.core.errors import N_, NotFound, said
from webapp.core.languages import ENGLISH, Language
from webapp.core.platform import Platform
from webapp.reports import queries, rules
from webapp.reports.models import ReportSnapshot
from webapp.reports.rules import Week
from webapp.reports.service import releasing
from webapp.reports.service.releasing import Counted, Line, MailCounts, Table

WRITE_SECONDS = 30


@dataclass(frozen=True)
class Figures:
    """What a report shows in numbers. `mail`: states of the mail (in the week it was sent) and clicks, in people."""

    tables: tuple[Table, ...]
    mail: Counted
    is_simulated: bool


@dataclass(frozen=True)
class Report:
    """One campaign and its landing article in one closed week; without a week there are no figures yet, or, if the
    campaign `is_unsent`, there are none to come. `weeks`: the ones that are listed, the newest few."""

    campaign: Campaign
    article: Named
    week: Week | None
    weeks: tuple[Week, ...]
    figures: Figures
    is_unsent: bool = False

    @property
    def is_simulated(self) -> bool:
        """Whether any of it did not come from people."""
        return self.campaign.is_simulated or self.figures.is_simulated


NO_FIGURES = Figures((), (), False)
NOTHING_SENT = N_("Nothing of this campaign was sent, so it has no report.")


def build(platform: Platform, campaign: Campaign, period: str | None, now: datetime,
          language: Language = ENGLISH) -> Report:
    """The report of a week, the newest open one by default. NotFound for a week that is not open. `language`: in which
    the article is named, where it can be.

    The figures are kept through the group writer when they are first made; whoever comes later sees the same.
    """
    first_day = campaign.send_at.date()
    with platform.database.reading() as session:
        not_summed = queries.days_not_summed(session)
        article = named_article(session, campaign, language)
        is_unsent = rules.is_unsent(campaign.state, channels.states(session, subject(campaign.id or 0)))
    if is_unsent:
        if period is not None:
            raise NotFound(NOTHING_SENT)
        return Report(campaign, article, None, (), NO_FIGURES, is_unsent=True)
    weeks = rules.open_weeks(first_day, now, not_summed)
    week = weeks[-1] if weeks else None
    if period is not None:
        week = rules.week_named(period)
        if week is None or not rules.has_report(week, first_day, now, not_summed):
            raise NotFound(_instead(weeks))
    return Report(campaign, article, week, tuple(weeks),
                  NO_FIGURES if week is None else _figures(platform, campaign, week, now))


def _instead(weeks: Sequence[Week]) -> str:
    """Says that a week has no report, and which have one."""
    if not weeks:
        return N_("There is no report for this week: no week of this campaign is open yet.")
    return said("There is no report for this week. Choose one of these: %(weeks)s.",
                weeks=" · ".join(week.name for week in weeks))


def named_article(session: Session, campaign: Campaign, language: Language) -> Named:
    """What the landing article is called: in this language where there is such a page, and as in the edition that the
    campaign leads to where there is that one. Without any page it is called by its address, in no language."""
    pages = sorted(_landing(session, campaign).values(), key=lambda page: (
        page.language != language.tag, page.language, page.audience != campaign.landing_audience))
    return next(iter(pages), Named(campaign.landing_slug, "", campaign.landing_audience))


def _landing(session: Session, campaign: Campaign) -> dict[int, Named]:
    """Document id -> title of the landing article in every edition and language of the campaign's market."""
    return articles.documents_about(session, kind=campaign.landing_kind, slug=campaign.landing_slug,
                                    market=campaign.market)


def _figures(platform: Platform, campaign: Campaign, week: Week, now: datetime) -> Figures:
    with platform.database.reading() as session:
        kept = _kept(session, campaign, week)
    if kept is None:
        sent_in = _week_of_sending(campaign)
        mails = None if sent_in is None or sent_in >= week else _figures(platform, campaign, sent_in, now)
        with platform.database.reading() as session:
            made = _make(session, campaign, week, None if mails is None else dict(mails.mail))
        platform.writer.submit(_write_snapshots, {
            "campaign_id": campaign.id, "period": week.name, "content": asdict(made), "made_at": now,
        }).result(WRITE_SECONDS)
        with platform.database.reading() as session:
            kept = _kept(session, campaign, week)  # another may have been first
    assert kept is not None
    return kept


def _week_of_sending(campaign: Campaign) -> Week | None:
    return None if campaign.released_at is None else rules.week_of(campaign.released_at.date())


def _kept(session: Session, campaign: Campaign, week: Week) -> Figures | None:
    assert campaign.id is not None
    found = queries.snapshot(session, campaign.id, week.name)
    if found is None:
        return None
    tables = tuple(Table(table["population"], table["dimension"], tuple(Line(**line) for line in table["lines"]))
                   for table in found.content["tables"])
    mail = tuple((name, count) for name, count in found.content["mail"])
    return Figures(tables, mail, found.content["is_simulated"])


def _make(session: Session, campaign: Campaign, week: Week, sent_earlier: Mapping[str, int | None] | None) -> Figures:
    """`sent_earlier`: the figures of the mail's own report, if it was sent in an earlier week."""
    rows = queries.readings(session, _landing(session, campaign), week)
    counts = _mail_counts(session, campaign, week)
    if sent_earlier is not None:
        mail = releasing.click_lines(counts, sent_earlier.get("sent"))
    elif _week_of_sending(campaign) == week:
        mail = releasing.mail_lines(counts, _mail_beside(session, campaign))
    else:
        mail = ()
    return Figures(releasing.reading_tables(rows, campaign.key, week), mail, any(row.is_simulated for row in rows))


def _mail_beside(session: Session, campaign: Campaign) -> Iterator[Mapping[str, int | None]]:
    """What the reports of earlier campaigns show of their mail, or would now, whose audience holds some of the same
    people but not all: readers of some languages more, or fewer. The same audience at another time is not among them:
    people come and go, and the difference counts nobody."""
    for other in queries.released_before(session, campaign):
        ours, theirs = set(campaign.languages), set(other.languages)
        week = _week_of_sending(other)
        if ours & theirs and ours != theirs and week is not None:
            kept = _kept(session, other, week)
            yield dict(kept.mail if kept else releasing.mail_lines(_mail_counts(session, other, week)))


def _mail_counts(session: Session, campaign: Campaign, week: Week) -> MailCounts:
    assert campaign.id is not None
    about = subject(campaign.id)
    states = dict(channels.states(session, about))
    final = {str(name): states.pop(name, 0) for name in (
        DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.CANCELLED)}
    return MailCounts({**final, "waiting": sum(states.values())},
                      _at_most(final[DeliveryState.SENT], queries.clicks(session, campaign.id, week)))


def _at_most(sent: int, clicks: dict[str, int]) -> dict[str, int]:
    """No more than were sent: a mail whose answer was lost may be clicked too, and is counted as unknown."""
    excess = max(0, sum(clicks.values()) - sent)
    counts = {}
    for name in (ClickClass.SCANNER, "both", ClickClass.HUMAN):
        counts[str(name)] = max(0, clicks[name] - excess)
        excess -= clicks[name] - counts[name]
    return counts


def _write_snapshots(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keeps reports; for the group writer. One that is there already stays."""
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(
        ReportSnapshot.__table__)  # type: ignore[attr-defined]
    connection.execute(insert.on_conflict_do_nothing(), list(rows))
