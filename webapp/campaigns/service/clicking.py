"""Where a link leads, and that it was followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert
from sqlmodel import Session

from webapp.campaigns import queries, rules
from webapp.campaigns.models import Click
from webapp.campaigns.service.composing import CLICK
from webapp.channels import queries as channels
from webapp.channels.rules import DeliveryState
from webapp.core.platform import Platform
from webapp.engagement.rules import is_robot
from webapp.engagement.service import SOURCE_TOKEN


@dataclass(frozen=True)
class Followed:
    """Where the reader goes, and the row that counts it."""

    location: str
    row: dict[str, Any]


def follow(session: Session, platform: Platform, token: str, user_agent: str, now: datetime) -> Followed | None:
    """The stored target of a signed link with the campaign's mark in its fragment; None if the link is not ours.

    The fragment reaches no server: the page's beacon reports the mark, so that a reading can be counted for its
    campaign without naming the reader.
    """
    said = platform.ring.read(CLICK, token)
    link = None if said is None else queries.link(session, said["l"])
    delivery = None if said is None else channels.by_key(session, said["d"])
    if link is None or delivery is None:
        return None
    campaign = queries.campaign(session, link.campaign_id)
    has_left = delivery.state in (DeliveryState.SENDING, DeliveryState.SENT)  # a scanner may be faster than our record
    sent_at = delivery.changed_at if has_left else None
    kind = rules.click_class(is_robot=is_robot(user_agent), sent_at=sent_at, now=now)
    mark = platform.ring.sign(SOURCE_TOKEN, {"c": campaign.key, "o": delivery.occurrence})
    return Followed(f"{link.target}#m={mark}", {"campaign_id": campaign.id, "link_id": link.id,
                                                "delivery_key": delivery.key, "kind": str(kind), "at": now})


def write_clicks(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Stores clicks; for the group writer."""
    connection.execute(insert(Click), list(rows))
