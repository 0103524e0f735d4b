"""Every SELECT on campaigns and clicks."""

from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from webapp.campaigns.models import Campaign, CampaignLink, CampaignMessage, Click
from webapp.campaigns.rules import CampaignState


def campaign(session: Session, campaign_id: int) -> Campaign:
    """The campaign of that number; it is there, because deliveries refer to it."""
    found = session.get(Campaign, campaign_id)
    assert found is not None
    return found


def held(session: Session, campaign_id: int) -> Campaign:
    """The campaign as it stands now; nobody else changes it until the transaction ends."""
    return session.scalars(select(Campaign).where(col(Campaign.id) == campaign_id).with_for_update()
                           .execution_options(populate_existing=True)).one()


def by_key(session: Session, key: str) -> Campaign | None:
    """The campaign of that key."""
    return session.scalar(select(Campaign).where(col(Campaign.key) == key))


def all_campaigns(session: Session) -> list[Campaign]:
    """Every campaign, newest send time first."""
    return list(session.scalars(select(Campaign).order_by(col(Campaign.send_at).desc(), col(Campaign.id).desc())))


def named(session: Session, company_id: int, name: str) -> Campaign | None:
    """A company's campaign of that name."""
    return session.scalar(select(Campaign).where(col(Campaign.company_id) == company_id, col(Campaign.name) == name))


def due(session: Session, now: datetime) -> list[int]:
    """Campaigns whose time has come, and those whose release was cut off; oldest first."""
    return [number for number in session.scalars(
        select(col(Campaign.id)).where(
            (col(Campaign.state) == CampaignState.RELEASING)
            | ((col(Campaign.state) == CampaignState.SCHEDULED) & (col(Campaign.send_at) <= now)))
        .order_by(col(Campaign.send_at), col(Campaign.id))) if number is not None]


def messages(session: Session, campaign_id: int) -> list[CampaignMessage]:
    """A campaign's messages, by language."""
    return list(session.scalars(select(CampaignMessage).where(col(CampaignMessage.campaign_id) == campaign_id)
                                .order_by(col(CampaignMessage.language))))


def links(session: Session, campaign_id: int, language: str) -> list[CampaignLink]:
    """The stored targets of a message."""
    return list(session.scalars(select(CampaignLink).where(
        col(CampaignLink.campaign_id) == campaign_id, col(CampaignLink.language) == language)
        .order_by(col(CampaignLink.id))))


def link(session: Session, key: str) -> CampaignLink | None:
    """The stored target of that key."""
    return session.scalar(select(CampaignLink).where(col(CampaignLink.key) == key))


def first_click_id(session: Session) -> int | None:
    """The number of the oldest click."""
    return session.scalar(select(func.min(col(Click.id))))
