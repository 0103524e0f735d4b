"""Admission of a beacon: a list of steps, each of which may drop it by name. Pure.

Definitions of the values: field rules, section 10.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any, NamedTuple

BODY_BYTES = 2048
"""A beacon of ours has about 500 bytes; four times that is our bound."""
VISIBLE_SECONDS_AT_MOST = 4 * 3600
"""Longer than any page of ours takes: our choice."""
UNSEEN_SECONDS = 60.0
"""How long a view may have been open before its first beacon came. The page sends every 15 s (`SEND_MS` in beacon.js),
so three in a row may be lost: our choice. Whoever claims four hours must keep a view open for them."""
ROUNDING_SECONDS = 1.0
COMPLETE_DEPTH = 90
COMPLETE_SHARE = 0.5
"""Completion: depth >= 90 % and engaged >= half of the expected reading time (field rules, section 10)."""
STALE_AFTER = timedelta(hours=24)
"""A page left open keeps counting for a day after its revision was replaced."""
CROWD_VISITORS, CROWD_VIEWS = 15, 150
"""One address with more visitor keys or views than this on a UTC day is a crowd: its readings are labelled and stand in
no sum, or a sponsor could pad a small cell and subtract itself. Our choice. A hospital or an office shares an address,
but visitor keys there are as many as its kinds of browser, which say less and less of themselves: fifteen is more than
we expect of one on one day. Fewer would lose real clinics; the twenty that would hide what a cell of a few holds are
out. Ten views for each of them. It bounds what an address can add, and does not stop somebody who has many."""
SUBSCRIBER_BITS = 56
"""Of an IPv6 address: what one household is given (RIPE-690), so that its owner cannot pose as 2^72 neighbours."""
KEPT = timedelta(days=395)
"""Readings live for 13 months (of 365 / 12 days): a year to compare with and the month beside it. Our choice."""
BUCKET_SECONDS = 5
"""Width of the buckets in which engaged seconds are summed."""
NO_COUNTING = "materia-no-counting"
"""The cookie of a browser that is not counted. Its value is `1`, the same for everybody."""
NO_COUNTING_LASTS = timedelta(days=395)
"""Browsers keep no cookie for more than 400 days."""
VIEW_ID = re.compile(r"[0-9a-f]{32}")
FIELDS = frozenset({"t", "v", "d", "e", "s", "p", "m"})
ROBOT = re.compile(
    r"^(?!mozilla/5\.0 \()|(?<!cu)bot|crawl|spider|slurp|headless|phantomjs|preview|scrap|fetch|monitor|archiv|"
    r"validator|lighthouse|python|http-?client|facebookexternal|imageproxy|https?://|compatible; (?!msie)|scan|probe|"
    r"check|pingdom|catchpoint|site24x7|synthetics|playwright", re.I)
"""Every browser that can run the beacon's module begins so; robots that pose as one mostly name themselves, or a
page about them. Kept honest by a test over public lists of both."""


class Drop(StrEnum):
    """Why a beacon was not admitted."""

    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    NOT_FINITE = "not-finite"
    NEGATIVE = "negative"
    ABSURD = "absurd"
    FORGED = "forged"
    STALE = "stale"
    WRONG_DAY = "wrong-day"
    REPLAYED = "replayed"
    """The view id is another page's or another visitor's."""
    WITHDRAWN = "withdrawn"
    """The view was begun under a consent that stands no more, or not for who sends this."""


class Dropped(Exception):
    """A step refused the beacon."""

    def __init__(self, reason: Drop) -> None:
        super().__init__(reason)
        self.reason = reason


class Page(NamedTuple):
    """What the signed token says of the page."""

    subject_kind: str
    subject_id: int
    revision_id: int
    audience: str
    language: str
    market: str
    expected_seconds: int


@dataclass(frozen=True)
class Beacon:
    """An admitted beacon. Seconds are cumulative for this view; depth is in percent."""

    page: Page
    view_id: str
    day: date
    engaged_seconds: float
    visible_seconds: float
    depth: int
    source: str
    """Key of the campaign whose link led here, or empty."""

    def after(self, elapsed: timedelta) -> "Beacon":
        """The same with no more seconds than can have passed, `elapsed` after the first beacon of its view came."""
        most = UNSEEN_SECONDS + max(0.0, elapsed.total_seconds())
        if max(self.engaged_seconds, self.visible_seconds) <= most:
            return self
        return replace(self, engaged_seconds=min(self.engaged_seconds, most),
                       visible_seconds=min(self.visible_seconds, most))

    @property
    def is_complete(self) -> bool:
        """Read to the end, and not by scrolling alone."""
        enough = COMPLETE_SHARE * self.page.expected_seconds
        return self.depth >= COMPLETE_DEPTH and self.engaged_seconds > 0 and self.engaged_seconds >= enough


@dataclass(frozen=True)
class Checks:
    """What admission asks of others: signatures, and when a revision was replaced (None: it is live)."""

    read_page: Callable[[str], Mapping[str, Any] | None]
    read_source: Callable[[str], Mapping[str, Any] | None]
    replaced_at: Callable[[Page], datetime | None]


def admit(body: bytes, checks: Checks, now: datetime) -> Beacon:
    """The beacon in a request's body. Raises Dropped with the name of the step that refused it."""
    fields = _fields(body)
    page = _page(fields["t"], checks)
    view_id = _view_id(fields["v"])
    day = _day(fields["d"], now)
    engaged, visible, depth = (_number(fields[name]) for name in ("e", "s", "p"))
    _check_sense(engaged, visible, depth)
    replaced = checks.replaced_at(page)
    if replaced is not None and now - replaced > STALE_AFTER:
        raise Dropped(Drop.STALE)
    return Beacon(page, view_id, day, engaged, visible, round(depth), _source(fields.get("m"), checks))


def is_robot(user_agent: str) -> bool:
    """Whether the user agent says, or lets one guess, that no person is reading. Such readings are kept apart."""
    return bool(ROBOT.search(user_agent))


def subscriber(address: str) -> str:
    """Who holds an address: itself, or the network that one subscriber has. What is no IP address stays as it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), SUBSCRIBER_BITS), strict=False))


def _fields(body: bytes) -> dict[str, Any]:
    if len(body) > BODY_BYTES:
        raise Dropped(Drop.OVERSIZED)
    try:
        fields = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Dropped(Drop.MALFORMED) from None
    if not isinstance(fields, dict) or not (FIELDS - {"m"}) <= set(fields) <= FIELDS:
        raise Dropped(Drop.MALFORMED)
    return fields


def _refuse_constant(_: str) -> None:
    raise Dropped(Drop.NOT_FINITE)


def _page(token: object, checks: Checks) -> Page:
    said = checks.read_page(token) if isinstance(token, str) else None
    if said is None:
        raise Dropped(Drop.FORGED)
    return Page(said["k"], said["i"], said["r"], said["a"], said["l"], said["m"], said["x"])


def _source(token: object, checks: Checks) -> str:
    if not token:
        return ""
    said = checks.read_source(token) if isinstance(token, str) else None
    if said is None:
        raise Dropped(Drop.FORGED)
    return str(said["c"])


def _view_id(value: object) -> str:
    if not isinstance(value, str) or not VIEW_ID.fullmatch(value):
        raise Dropped(Drop.MALFORMED)
    return value


def _day(value: object, now: datetime) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None:
        raise Dropped(Drop.MALFORMED)
    today = now.astimezone(UTC).date()
    if not today - timedelta(days=1) <= day <= today:
        raise Dropped(Drop.WRONG_DAY)
    return day


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Dropped(Drop.MALFORMED)
    try:
        number = float(value)
    except OverflowError:
        raise Dropped(Drop.ABSURD) from None
    if not math.isfinite(number):
        raise Dropped(Drop.NOT_FINITE)
    if number < 0:
        raise Dropped(Drop.NEGATIVE)
    return number


def _check_sense(engaged: float, visible: float, depth: float) -> None:
    if visible > VISIBLE_SECONDS_AT_MOST or engaged > visible + ROUNDING_SECONDS or depth > 100:
        raise Dropped(Drop.ABSURD)
