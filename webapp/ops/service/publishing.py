"""Orders to publish later, as the page for operators and writers tells of them."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.queries import PublishOrder
from webapp.articles.rules.orders import OBSTACLES, Obstacle, OrderState
from webapp.articles.rules.shelf import Entry
from webapp.ops import rules


def orders(session: Session, page: int) -> dict[str, Any]:
    """Open orders, those that call for attention first, and one page of those that have ended."""
    is_open = queries.orders(session, is_open=True, limit=rules.OPEN_ORDERS)
    ended = queries.orders(session, is_open=False, **rules.window(page))
    lines = sorted((_line(order, entry) for order, entry in is_open), key=lambda line: not line["is_refused"])
    return {"open": lines, "ended": rules.page_of([_line(order, entry) for order, entry in ended], page)}


def _line(order: PublishOrder, entry: Entry) -> dict[str, Any]:
    due_at: datetime | None = order.due_at
    return {"key": order.key, "title": entry.title, "language": entry.language, "address": entry.address,
            "audience": rules.READERS[entry.audience], "market": entry.market.upper(), "version": order.digest[:8],
            "due_at": due_at, "local_time": order.local_time, "zone": order.zone, "ordered_at": order.ordered_at,
            "state": rules.ORDER_STATES[OrderState(order.state)], "changed_at": order.changed_at,
            "is_refused": order.state == OrderState.REFUSED, "is_done": order.state == OrderState.DONE,
            "why": OBSTACLES[Obstacle(order.obstacle)] if order.obstacle else ""}
