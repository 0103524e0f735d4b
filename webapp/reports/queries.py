"""Every SELECT of reports; the one place that reads other packages' tables."""

from collections import Counter
from collections.abc import Collection
from datetime import date

from sqlalchemy import select, tuple_
from sqlmodel import Session, col

from webapp.campaigns.models import Campaign, Click
from webapp.campaigns.rules import CampaignState, ClickClass
from webapp.engagement.models import DirtyDay, ReadingDay
from webapp.reports.models import ExportEntry, ReportSnapshot
from webapp.reports.rules import Week


def campaigns_of(session: Session, company_ids: Collection[int]) -> list[Campaign]:
    """The campaigns of these companies that are past planning, newest first."""
    return list(session.scalars(select(Campaign)
                                .where(col(Campaign.company_id).in_(list(company_ids)),
                                       col(Campaign.state) != str(CampaignState.DRAFT))
                                .order_by(col(Campaign.send_at).desc(), col(Campaign.id).desc())))


def released_before(session: Session, campaign: Campaign) -> list[Campaign]:
    """The company's campaigns that went out before this one to the same kind of accounts in the same market."""
    return list(session.scalars(select(Campaign).where(
        col(Campaign.company_id) == campaign.company_id, col(Campaign.account_kind) == campaign.account_kind,
        col(Campaign.market) == campaign.market, tuple_(col(Campaign.released_at), col(Campaign.id)) <
        tuple_(campaign.released_at, campaign.id))))


def readings(session: Session, document_ids: Collection[int], week: Week) -> list[ReadingDay]:
    """The week's sums of readings of these documents."""
    return list(session.scalars(select(ReadingDay).where(
        col(ReadingDay.subject_kind) == "article", col(ReadingDay.subject_id).in_(list(document_ids)),
        col(ReadingDay.day).in_(week.days))))


def clicks(session: Session, campaign_id: int, week: Week) -> dict[str, int]:
    """How many mails were clicked in the week: by `human` alone, by `suspected-scanner` alone, by `both`. Each mail is
    one person's."""
    kinds: dict[str, set[str]] = {}
    for key, kind in session.execute(
            select(col(Click.mail_key), col(Click.kind)).distinct()
            .where(col(Click.campaign_id) == campaign_id, col(Click.at) >= week.start, col(Click.at) < week.end)):
        kinds.setdefault(key, set()).add(kind)
    found = Counter("both" if len(seen) > 1 else seen.pop() for seen in kinds.values())
    return {name: found[name] for name in (*map(str, ClickClass), "both")}


def days_not_summed(session: Session) -> set[date]:
    """Days whose sums are older than their readings."""
    return set(session.scalars(select(col(DirtyDay.day))))


def exports_by(session: Session, account_id: int) -> list[ExportEntry]:
    """An account's lines of the log of exports, the oldest first."""
    return list(session.scalars(select(ExportEntry).where(col(ExportEntry.account_id) == account_id)
                                .order_by(col(ExportEntry.id))))


def snapshot(session: Session, campaign_id: int, period: str) -> ReportSnapshot | None:
    """The report of that period as it was first shown."""
    return session.get(ReportSnapshot, (campaign_id, period))
