"""Every SELECT on campaigns and clicks."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session, col

from webapp.campaigns.models import Campaign, CampaignLink, CampaignMessage, Click, LabelLook
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


class Leaning(NamedTuple):
    """A message, and a section of a version of a label that its claims lean on."""

    campaign: Campaign
    message: CampaignMessage
    set_id: str
    section: str
    version: int

    @property
    def spot(self) -> tuple[int, str, str]:
        """What is looked at by itself."""
        return self.message.id or 0, self.set_id, self.section


def leanings(session: Session) -> list[Leaning]:
    """What the claims of messages lean on, of campaigns that were not called off; of one section the oldest version."""
    rows = session.execute(
        select(Campaign, CampaignMessage).join(Campaign, col(Campaign.id) == col(CampaignMessage.campaign_id))
        .where(col(CampaignMessage.claims).is_not(None), col(Campaign.state) != CampaignState.CANCELLED)
        .order_by(col(CampaignMessage.id)))
    found: dict[tuple[int, str, str], Leaning] = {}
    for campaign, message in rows:
        for label in (claim["label"] for claim in message.claims or () if "label" in claim):
            leaning = Leaning(campaign, message, label["set_id"], label["section"], label["version"])
            if leaning.spot not in found or leaning.version < found[leaning.spot].version:
                found[leaning.spot] = leaning
    return list(found.values())


def looked_at(session: Session) -> dict[tuple[int, str, str], int]:
    """Message, set id and section -> the newest version of the label that somebody looked at."""
    rows = session.execute(select(col(LabelLook.message_id), col(LabelLook.set_id), col(LabelLook.section),
                                  func.max(col(LabelLook.version)))
                           .group_by(col(LabelLook.message_id), col(LabelLook.set_id), col(LabelLook.section)))
    return {(message, set_id, section): version for message, set_id, section, version in rows}


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
