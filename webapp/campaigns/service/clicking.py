"""What a mail's link holds, where it leads, and that it was followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert
from sqlmodel import Session, col

from webapp.campaigns import queries, rules
from webapp.campaigns.models import Click
from webapp.core.ids import new_key
from webapp.core.platform import Platform
from webapp.engagement.rules import is_robot
from webapp.engagement.service import SOURCE_TOKEN

CLICK = "click-through"
"""Purpose of the signed link, for the key ring."""


@dataclass(frozen=True)
class Followed:
    """Where the reader goes, and the row that counts it."""

    location: str
    row: dict[str, Any]


def link_token(platform: Platform, link_key: str, occurrence: str, now: datetime) -> str:
    """What stands behind `/c/` in one mail that leaves now: the link, the occurrence, the time, and a key that nobody
    keeps. Neither the person nor the delivery can be had from it."""
    return platform.ring.sign(CLICK, {"l": link_key, "o": occurrence, "m": new_key(), "t": int(now.timestamp())})


def follow(session: Session, platform: Platform, token: str, user_agent: str, now: datetime) -> Followed | None:
    """The stored target of a signed link with the campaign's mark in its fragment; None if the link is not ours.

    The fragment reaches no server: the page's beacon reports the mark, so that a reading can be counted for its
    campaign without naming the reader.
    """
    said = platform.ring.read(CLICK, token)
    link = None if said is None else queries.link(session, said["l"])
    if said is None or link is None:
        return None
    kind = rules.click_class(is_robot=is_robot(user_agent), sent_at=datetime.fromtimestamp(said["t"], UTC), now=now)
    mark = platform.ring.sign(SOURCE_TOKEN, {"c": queries.campaign(session, link.campaign_id).key, "o": said["o"]})
    return Followed(f"{link.target}#m={mark}", {"campaign_id": link.campaign_id, "link_id": link.id,
                                                "mail_key": said["m"], "kind": str(kind), "at": now})


def write_clicks(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Stores clicks; for the group writer."""
    connection.execute(insert(Click), list(rows))


def forget(session: Session, before: datetime, limit: int) -> int:
    """Deletes up to `limit` of the oldest clicks, where they are from before this moment; returns how many."""
    first = queries.first_click_id(session)
    if first is None:
        return 0
    gone = session.execute(delete(Click).where(col(Click.id) < first + limit, col(Click.at) < before))
    return gone.rowcount  # type: ignore[attr-defined]
