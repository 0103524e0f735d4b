"""Timed work: publish what was ordered, take down what may no longer be shown, renew the frame around the rest, flag
what labels changed."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from webapp.articles.queries import renderings as renderings_queries
from webapp.articles.rules.orders import Obstacle, OrderState
from webapp.articles.service import frames, label_desk, labels, orders, publish, rerendering
from webapp.articles.service.orders import Step
from webapp.articles.service.pages import OverviewMaker
from webapp.core.db import Database
from webapp.core.errors import Conflict
from webapp.core.platform import Platform
from webapp.review import service as review
from webapp.review.service import reminding

log = logging.getLogger("materia.publishing")


def publish_due(platform: Platform, overviews: Sequence[OverviewMaker], now: datetime) -> int | None:
    """Publishes what is ordered for a time that has come, or what review has approved. Returns how many orders ended
    or were refused, None if there was nothing to do.

    A refusal is recorded and told once; nothing is tried again before its reason has changed. Takes the platform and
    not a session: pages are rendered before the transaction begins.
    """
    with platform.database.reading() as session:
        taken = orders.steps(platform, session, now)
    told = [step for step in taken if not step.publishes]
    if told:
        with platform.database.writing() as session:
            orders.note(session, told, now)
    changed = _publish(platform, overviews, [step for step in taken if step.publishes], now)
    return (len(told) + changed) or None


def _publish(platform: Platform, overviews: Sequence[OverviewMaker], steps: Sequence[Step], now: datetime) -> int:
    """All at once, so that what is under one embargo appears together; where that fails, each by itself, so that one
    holds up no other. Returns how many orders it ended."""
    if not steps:
        return 0
    try:
        with platform.database.reading() as session:
            planned = publish.plan(platform, session, [step.entry for step in steps], overviews=overviews, now=now,
                                   is_timed=True)
        with platform.database.writing() as session:
            publish.carry_out(session, planned, now)
    except (Conflict, OperationalError) as error:  # nothing was written; their turn comes again
        log.warning("ordered pages wait for the next turn: %s", type(error).__name__)
        return 0
    except Exception as error:
        if len(steps) > 1:
            return sum(_publish(platform, overviews, [step], now) for step in steps)
        log.exception("order %s failed: %s", steps[0].order.key, type(error).__name__)
        with platform.database.writing() as session:
            orders.note(session, [replace(steps[0], state=OrderState.REFUSED, obstacle=Obstacle.FAULT)], now)
    return len(steps)


def expire(platform: Platform, overviews: Sequence[OverviewMaker], now: datetime) -> int | None:
    """Takes down every page whose clearance has lapsed or that policy has come to deny. Returns how many, or None.

    Takes the platform and not a session: pages are rendered before the transaction begins.
    """
    with platform.database.reading() as session:
        gone = [entry.document_id for entry in publish.no_longer_permitted(platform, session, now)]
        if not gone:
            return None
        planned = publish.plan_withdrawal(platform, session, gone, overviews=overviews, now=now, ending="expire")
    with platform.database.writing() as session:
        publish.carry_out(session, planned, now)
    return len(gone)


def accept_renderings(platform: Platform, overviews: Sequence[OverviewMaker], now: datetime) -> bool | None:
    """Hands in for signature what was rendered anew, and shows it once it is signed. Returns whether it did, or None
    where there is nothing to hand in or to show."""
    with platform.database.reading() as session:
        batch = renderings_queries.open_batch(session)
        if batch is None:
            return None
        if batch.digest and not review.is_cleared(session, rerendering.subject(batch), batch.digest, now):
            return False
        new = None if batch.digest else rerendering.dossier(session, batch)
    with platform.database.writing() as session:
        held = renderings_queries.open_batch(session)
        if held is None or (held.id, held.digest) != (batch.id, batch.digest):
            return False
        if new is not None:
            held.digest = new.digest
            review.submit(session, new, now)
            return False
        rerendering.accept(session, held, now)
    restore_frames(platform, overviews, now)
    return True


def restore_frames(platform: Platform, overviews: Sequence[OverviewMaker], now: datetime) -> bool:
    """Renders every stored page with this program's frame, if that has changed. Bodies stay as they were signed."""
    with platform.database.reading() as session:
        if not frames.are_outdated(platform, session):
            return False
        planned = frames.plan(platform, session, overviews=overviews, now=now)
    with platform.database.writing() as session:
        frames.carry_out_anew(session, platform, planned, now)
    return True


def tell_of_changes(database: Database, now: datetime) -> int | None:
    """Tells reviewers of labels and sources that changed under pages. Returns how many mails, or None."""
    return reminding.tell_of_changes(database, label_desk.to_tell_of, now)


def flag_labels(session: Session, now: datetime) -> int | None:
    """Flags what leans on a label section that a newer version changed: also pages that came in after the label.
    Returns how many, or None."""
    return labels.flag_changes(session, now) or None
