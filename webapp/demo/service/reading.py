"""Four weeks of simulated reading, through the real admission code, and the clicks that led to it."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from webapp.articles import queries as articles
from webapp.articles.rules.shelf import Entry
from webapp.articles.service.pages import beacon_token
from webapp.campaigns import queries as campaigns
from webapp.campaigns.queries import Campaign
from webapp.campaigns.service import clicking, planning
from webapp.core.models import JobRun
from webapp.core.platform import Platform
from webapp.core.writer import Receipt
from webapp.engagement import jobs
from webapp.engagement.service import SOURCE_TOKEN, Counter, Visitor

DAYS = 28
MAIL_LEAVES = timedelta(hours=14)
"""On the first day: nobody follows a link sooner."""
SEED = 20260101
"""The same world on every machine."""
AGENT = "Mozilla/5.0 (simulated reader {number})"
PLAYED = "demo.reading"
"""Name of the run that is recorded once all was played."""
WAKING = timedelta(hours=6)
"""When the first of a day open a page."""
COMPLETES, COMES_BACK = 0.4, 0.12
"""Shares of views that are read to the end, and of readers who open the page twice in a day: invented."""


@dataclass(frozen=True)
class View:
    """One simulated view."""

    at: datetime
    entry: Entry
    reader: int
    engaged_seconds: float
    depth: int
    is_from_campaign: bool


def first_day(now: datetime) -> datetime:
    """The Monday on which four whole weeks begin whose reports are open now: they ended at least a day ago."""
    last_monday = (now - timedelta(days=1)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    last_monday -= timedelta(days=last_monday.weekday())
    return last_monday - timedelta(days=DAYS)


def is_played(session: Session) -> bool:
    """Whether an earlier start played everything."""
    return session.scalar(select(col(JobRun.id)).where(col(JobRun.job) == PLAYED).limit(1)) is not None


def play(platform: Platform, campaign: Campaign, now: datetime, progress: Callable[[int], object]) -> int:
    """Plays all views and sums their days. `progress` is told after each day. Returns the views played.

    Cut off, it may be called again: the same views come again, and are counted once.
    """
    with platform.database.reading() as session:
        entries = [entry for entry in articles.live(session) if entry.access == "open"]
    tokens = {entry.document_id: beacon_token(platform, entry) for entry in entries}
    counter = Counter(platform, lambda _: None)
    mark = platform.ring.sign(SOURCE_TOKEN, {"c": campaign.key, "o": planning.OCCURRENCE})
    played, followed = 0, list[View]()
    chance = random.Random(SEED)
    for day in range(DAYS):
        views = list(_day(chance, entries, first_day(now) + timedelta(days=day), day))
        for receipt in [_count(counter, view, tokens[view.entry.document_id], mark, chance) for view in views]:
            receipt.result()
        played += len(views)
        followed += [view for view in views if view.is_from_campaign]
        progress(day + 1)
    jobs.roll_up_dirty(platform.database, now)
    with platform.database.writing() as session:
        jobs.forget_salts(session, now)
        # Mails get their keys at random, so the clicks come with the note that all was played, or not at all.
        clicking.write_clicks(session.connection(), _clicks(session, platform, campaign, followed))
        session.add(JobRun(job=PLAYED, at=now, outcome=f"done: {played}"))
    return played


def _clicks(session: Session, platform: Platform, campaign: Campaign, views: list[View]) -> list[dict[str, Any]]:
    """One for each view that came by the campaign's link; a reader has one mail, and follows its link each time."""
    assert campaign.id is not None
    mails: dict[str, str] = {}
    rows = []
    for view in views:
        reader = _reader(view)
        if reader not in mails:
            link = campaigns.links(session, campaign.id, view.entry.language)[0]
            mails[reader] = clicking.link_token(platform, link.key, planning.OCCURRENCE, campaign.send_at)
        followed = clicking.follow(session, platform, mails[reader], AGENT.format(number=reader), view.at)
        assert followed is not None
        rows.append(followed.row)
    return rows


def _day(chance: random.Random, entries: list[Entry], midnight: datetime, day: int) -> Iterator[View]:
    for entry in entries:
        is_landing = entry.content_class == "promotional"
        usual = (26 if entry.language == "en" else 9) if is_landing else 2
        for number in range(max(0, round(chance.gauss(usual, usual / 4)))):
            yield from _visit(chance, entry, midnight, number, is_from_campaign=False)
        if is_landing:
            arrived = round((34 if entry.language == "en" else 13) * 0.93 ** day * chance.uniform(0.8, 1.2))
            for number in range(arrived):
                yield from _visit(chance, entry, midnight, 1000 + number, is_from_campaign=True,
                                  earliest=MAIL_LEAVES if day == 0 else WAKING)


def _visit(chance: random.Random, entry: Entry, midnight: datetime, reader: int, *, is_from_campaign: bool,
           earliest: timedelta = WAKING) -> Iterator[View]:
    for _ in range(2 if chance.random() < COMES_BACK else 1):
        yield _view(chance, entry, midnight, reader, is_from_campaign=is_from_campaign, earliest=earliest)


def _view(chance: random.Random, entry: Entry, midnight: datetime, reader: int, *, is_from_campaign: bool,
          earliest: timedelta) -> View:
    at = midnight + timedelta(hours=chance.triangular(earliest / timedelta(hours=1), 23.9, 20))
    if chance.random() < COMPLETES:
        depth, share = chance.randint(90, 100), max(0.55, chance.gauss(0.95, 0.25))
    else:
        depth = min(89, max(5, round(chance.gauss(55, 25))))
        share = max(0.02, chance.gauss(0.6, 0.3)) * depth / 100
    return View(at, entry, reader, round(share * entry.expected_seconds, 1), depth, is_from_campaign)


def _count(counter: Counter, view: View, token: str, mark: str, chance: random.Random) -> Receipt:
    """What its browser sent last. Each reader has an address of their own."""
    visible_seconds = round(view.engaged_seconds * 1.2, 1)
    body = {"t": token, "v": f"{chance.getrandbits(128):032x}", "d": view.at.date().isoformat(),
            "e": view.engaged_seconds, "s": visible_seconds, "p": view.depth,
            **({"m": mark} if view.is_from_campaign else {})}
    reader = _reader(view)
    return counter.count(json.dumps(body).encode(), Visitor(reader, AGENT.format(number=reader), "demo"),
                         view.at + timedelta(seconds=visible_seconds), opened_at=view.at, is_simulated=True)


def _reader(view: View) -> str:
    return f"{view.entry.document_id}-{view.reader}"
