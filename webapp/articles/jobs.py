"""Timed work: take down what may no longer be shown, renew the frame around the rest, flag what labels changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from webapp.articles.service import frames, labels, publish
from webapp.articles.service.pages import OverviewMaker
from webapp.core.platform import Platform


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


def restore_frames(platform: Platform, overviews: Sequence[OverviewMaker], now: datetime) -> bool:
    """Renders every stored page with this program's frame, if that has changed. Bodies stay as they were signed."""
    with platform.database.reading() as session:
        if not frames.are_outdated(platform, session):
            return False
        planned = frames.plan(platform, session, overviews=overviews, now=now)
    with platform.database.writing() as session:
        frames.carry_out_anew(session, platform, planned, now)
    return True


def flag_labels(session: Session, now: datetime) -> int | None:
    """Flags what leans on a label section that a newer version changed: also pages that came in after the label.
    Returns how many, or None."""
    return labels.flag_changes(session, now) or None
