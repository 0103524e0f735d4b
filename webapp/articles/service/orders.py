"""Orders to publish later: placing and cancelling them, and what becomes of those that are due."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from webapp.articles import queries
from webapp.articles.models import PublishOrder
from webapp.articles.rules.orders import OPEN, Obstacle, OrderKind, OrderState, next_step
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import publish
from webapp.core import audit, pages
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.core.platform import Platform
from webapp.core.zones import moment_of

log = logging.getLogger("materia.publishing")


@dataclass(frozen=True)
class When:
    """When to publish: at a wall-clock time in a zone, or without one as soon as review approves."""

    local_time: datetime | None = None
    zone: str = ""

    def moment(self, now: datetime) -> datetime | None:
        """In UTC. Invalid for a zone that there is not, and for a time that has passed."""
        if self.local_time is None:
            return None
        try:
            moment = moment_of(self.local_time, self.zone)
        except ValueError as error:
            raise Invalid(str(error)) from None
        if moment <= now:
            raise Invalid(f"{self.local_time:%Y-%m-%d %H:%M} in {self.zone} has passed. Give a time to come, or "
                          "publish now.")
        return moment


@dataclass(frozen=True)
class Step:
    """What becomes of one order; `entry` is the document as its newest revision is."""

    order: PublishOrder
    entry: Entry
    state: OrderState
    obstacle: Obstacle | None = None
    is_live: bool = False
    """Whether readers see the ordered text already."""

    @property
    def publishes(self) -> bool:
        """Whether it is carried out by publishing."""
        return self.state is OrderState.DONE and not self.is_live


def place(session: Session, entries: Iterable[Entry], when: When, by: By) -> list[PublishOrder]:
    """Orders exactly these texts to be published then. An earlier order for the same page is cancelled by it."""
    due_at = when.moment(by.at)
    pages.lock(session)
    placed = []
    for entry in entries:
        _end(session, entry.document_id, Obstacle.REPLACED, by.at)
        placed.append(PublishOrder(
            document_id=entry.document_id, revision_id=entry.revision_id, digest=entry.digest,
            kind=OrderKind.ON_APPROVAL if when.local_time is None else OrderKind.AT, due_at=due_at,
            local_time=f"{when.local_time:%Y-%m-%d %H:%M}" if when.local_time else "", zone=when.zone,
            account_id=by.actor if isinstance(by.actor, int) else None, ordered_at=by.at,
            state=OrderState.WAITING, changed_at=by.at))
        at = f" at:{due_at.isoformat(timespec='minutes')}" if due_at else ""
        audit.record(session, by, "publish-ordered", entry.subject, f"revision:{entry.revision_id}{at}")
    session.add_all(placed)
    session.flush()
    return placed


def _end(session: Session, document_id: int, why: Obstacle, now: datetime) -> None:
    session.execute(update(PublishOrder).where(
        col(PublishOrder.document_id) == document_id, col(PublishOrder.state).in_(OPEN)).values(
        state=OrderState.CANCELLED, obstacle=why, changed_at=now))


def cancel(session: Session, key: str, by: By) -> None:
    """Calls an order off. NotFound if there is none, Conflict if it has ended."""
    pages.lock(session)
    order = queries.order(session, key)
    if order is None:
        raise NotFound(N_("There is no such order."))
    if order.state not in OPEN:
        raise Conflict(N_("This order has ended already. Nothing was changed."))
    _end(session, order.document_id, Obstacle.BY_HAND, by.at)
    entry = queries.newest(session, [order.document_id])[order.document_id]
    audit.record(session, by, "publish-order-cancelled", entry.subject, f"revision:{order.revision_id}")


def steps(platform: Platform, session: Session, now: datetime) -> list[Step]:
    """What becomes of every order that is due; nothing of one whose obstacle stands as it did."""
    due = queries.due_orders(session, now)
    newest = queries.newest(session, {order.document_id for order in due})
    live = queries.live_documents(session, list(newest))
    found_in_way = publish.obstacles(platform, session, list(newest.values()), now)
    found = []
    for order in due:
        entry = newest[order.document_id]
        is_live = order.document_id in live and live[order.document_id].revision_id == order.revision_id
        is_same = entry.revision_id == order.revision_id
        obstacle = found_in_way.get(order.document_id) if is_same else Obstacle.CHANGED
        step = next_step(order.kind, order.state, order.obstacle, None if is_live else obstacle)
        if step is not None:
            found.append(Step(order, entry, *step, is_live))
    return found


def note(session: Session, taken: Sequence[Step], now: datetime) -> None:
    """Records what became of orders that publish nothing, if they are still as they were looked at; a refusal goes into
    log and audit too."""
    for step in taken:
        changed = session.execute(update(PublishOrder).where(
            col(PublishOrder.id) == step.order.id, col(PublishOrder.state) == step.order.state,
            col(PublishOrder.obstacle) == step.order.obstacle).values(
            state=step.state, obstacle=step.obstacle or "", changed_at=now))
        if step.state is OrderState.REFUSED and changed.rowcount:  # type: ignore[attr-defined]
            log.error("order %s to publish document %s is not carried out: %s", step.order.key, step.order.document_id,
                      step.obstacle)
            audit.record(session, By(audit.SCHEDULE, now), "publish-refused", step.entry.subject,
                         f"revision:{step.order.revision_id} {step.obstacle}")
