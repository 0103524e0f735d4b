"""The frame around stored bodies: header, footer, switches, emergency number. Nobody signs it; it is renewed freely."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col

from webapp.articles import queries
from webapp.articles.queries import renderings as renderings_queries
from webapp.articles.rules.shelf import LABEL_PAGE
from webapp.articles.service.label_pages import topic_pages
from webapp.articles.service.pages import OverviewMaker, press
from webapp.articles.service.publish import Plan, carry_out, overview_pages
from webapp.core import pages
from webapp.core.models import SiteVersion, StoredPage
from webapp.core.platform import Platform
from webapp.medicines import queries as medicines
from webapp.policy import rules as policy

OURS = ("article", LABEL_PAGE, "index", "home")
"""Kinds of stored pages that are made anew with a new frame."""


def plan(platform: Platform, session: Session, *, overviews: Sequence[OverviewMaker], now: datetime) -> Plan:
    """Renders every page anew, bodies unchanged."""
    made = press(platform, session)
    everything = topic_pages(made, session, made.shelf.entries) + overview_pages(made, overviews)
    return Plan(pages.version(session), (), (), tuple(pages.pack(page, now) for page in everything))


def carry_out_anew(session: Session, platform: Platform, planned: Plan, now: datetime) -> None:
    """Writes newly framed pages in place of all there were, whose addresses may have moved; what is gone stays gone."""
    session.execute(delete(StoredPage).where(col(StoredPage.kind).in_(OURS), col(StoredPage.access) != "gone"))
    carry_out(session, planned, now)
    note(session, platform)


def are_outdated(platform: Platform, session: Session) -> bool:
    """Whether stored pages were made with another frame, markets' facts, homes or public address than the present."""
    stored = session.get(SiteVersion, 1)
    return stored is not None and stored.frame != _digest(session, platform)


def note(session: Session, platform: Platform) -> None:
    """Records that all stored pages were made with this program's frame."""
    session.execute(update(SiteVersion).values(frame=_digest(session, platform)))


def _digest(session: Session, platform: Platform) -> str:
    """Of all that a frame is made from: markets' files give it emergency numbers and the markets' names, policy says
    of which pages every reader may be asked alike, labels that came in stand beside pages, and rooms say where a frame
    leads. Bodies that were accepted in another rendering come with it."""
    parts = [platform.renderer.frame_digest(), platform.base_url, platform.homes, platform.is_demo,
             sorted(platform.rooms), queries.markets(session), policy.TABLE.digest().hex(),
             medicines.last_import(session), renderings_queries.accepted_renderings(session)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
