"""Four weeks of simulated reading, through the real admission code."""

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from webapp.articles import queries as articles
from webapp.articles.rules.shelf import Entry
from webapp.articles.service.pages import beacon_token
from webapp.campaigns.queries import Campaign
from webapp.core.platform import Platform
from webapp.engagement import jobs
from webapp.engagement.service import SOURCE_TOKEN, Counter, Visitor

DAYS = 28
SEED = 20260101
"""The same world on every machine."""
AGENT = "Mozilla/5.0 (simulated reader {number})"


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


def play(platform: Platform, campaign: Campaign, now: datetime, progress: Callable[[int], object]) -> int:
    """Plays all views and sums their days. `progress` is told after each day. Returns the views played."""
    with platform.database.reading() as session:
        entries = [entry for entry in articles.live(session) if entry.access == "open"]
    counter = Counter(platform, lambda _: None)
    mark = platform.ring.sign(SOURCE_TOKEN, {"c": campaign.key, "o": "1"})
    played = 0
    chance = random.Random(SEED)
    for day in range(DAYS):
        views = list(_day(chance, entries, first_day(now) + timedelta(days=day), day))
        wait([_count(platform, counter, view, mark, chance) for view in views])
        played += len(views)
        progress(day + 1)
    with platform.database.writing() as session:
        _sum(session, now)
    return played


def _sum(session: Session, now: datetime) -> None:
    jobs.roll_up_dirty(session, now)
    jobs.forget_salts(session, now)


def _day(chance: random.Random, entries: list[Entry], midnight: datetime, day: int) -> Iterator[View]:
    for entry in entries:
        is_landing = entry.content_class == "promotional"
        usual = (26 if entry.language == "en" else 9) if is_landing else 3
        for number in range(max(0, round(chance.gauss(usual, usual / 4)))):
            yield _view(chance, entry, midnight, number, is_from_campaign=False)
        if is_landing:
            arrived = round((34 if entry.language == "en" else 13) * 0.93 ** day * chance.uniform(0.8, 1.2))
            for number in range(arrived):
                yield _view(chance, entry, midnight, 1000 + number, is_from_campaign=True)


def _view(chance: random.Random, entry: Entry, midnight: datetime, reader: int, *, is_from_campaign: bool) -> View:
    at = midnight + timedelta(hours=chance.triangular(6, 23.9, 20))
    depth = min(100, max(5, round(chance.gauss(75, 25))))
    share = max(0.02, chance.gauss(0.6, 0.3)) * depth / 100
    return View(at, entry, reader, round(share * entry.expected_seconds, 1), depth, is_from_campaign)


def _count(platform: Platform, counter: Counter, view: View, mark: str, chance: random.Random) -> "Future[None]":
    body = {"t": beacon_token(platform, view.entry), "v": f"{chance.getrandbits(128):032x}",
            "d": view.at.date().isoformat(), "e": view.engaged_seconds, "s": round(view.engaged_seconds * 1.2, 1),
            "p": view.depth, **({"m": mark} if view.is_from_campaign else {})}
    visitor = Visitor("192.0.2.1", AGENT.format(number=f"{view.entry.document_id}-{view.reader}"), "demo")
    return counter.count(json.dumps(body).encode(), visitor, view.at, is_simulated=True)
