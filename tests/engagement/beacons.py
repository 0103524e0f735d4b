"""What the tests of counting share: who reads, what browsers send, and a look at what came of it."""

import itertools
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import select

from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.engagement import service
from webapp.engagement.models import Reading, ReadingDay
from webapp.engagement.service import PAGE_TOKEN, SOURCE_TOKEN, Counter, Visitor

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = NOW.date()
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"
ANN = Visitor("203.0.113.77", BROWSER, "localhost")
BOB = Visitor("203.0.113.78", BROWSER, "localhost")
PAGE = {"k": "article", "i": 12, "r": 34, "a": "patient", "l": "en", "m": "us", "x": 200}
_views = itertools.count(1)


def view_id() -> str:
    return f"{next(_views):032x}"


def body(platform: Platform, view: str | None = None, *, engaged: float = 10.0, visible: float | None = None,
         depth: float = 50, campaign: str = "", day: str = DAY.isoformat(), **page: Any) -> bytes:
    fields = {"t": platform.ring.sign(PAGE_TOKEN, {**PAGE, **page}), "v": view or view_id(), "d": day, "e": engaged,
              "s": engaged if visible is None else visible, "p": depth}
    if campaign:
        fields["m"] = platform.ring.sign(SOURCE_TOKEN, {"c": campaign, "o": "1"})
    return json.dumps(fields).encode()


def count(counter: Counter, sent: Iterable[bytes], visitor: Visitor = ANN, now: datetime = NOW, **more: Any) -> None:
    for receipt in [counter.count(each, visitor, now, **more) for each in sent]:
        receipt.result(10)


def opened(platform: Platform, counter: Counter, view: str | None = None, visitor: Visitor = ANN) -> str:
    """A view whose page told of itself ten minutes ago, so that as much may have been read."""
    view = view or view_id()
    count(counter, [body(platform, view, engaged=0, depth=0)], visitor, NOW - timedelta(minutes=10))
    return view


def readings(database: Database) -> list[Reading]:
    with database.reading() as session:
        return list(session.scalars(select(Reading).order_by("view_id")))


def sums(database: Database) -> list[tuple[Any, ...]]:
    with database.reading() as session:
        rows = session.scalars(select(ReadingDay)).all()
    return sorted((row.subject_id, row.audience, row.language, row.source, row.is_simulated, row.readers, row.readings,
                   row.completions, tuple(sorted(row.engaged_histogram.items(), key=lambda entry: int(entry[0]))))
                  for row in rows)


def roll_up(database: Database) -> None:
    service.roll_up(database, DAY)
