"""States of a campaign, what stops its mail, and what a click is taken for. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

SLICE = 500
"""Rows one INSERT..SELECT writes before it lets others at the database: some 10 ms of the write lock."""
PAUSE_SECONDS = 0.05
"""From one to the next: our choice; 200,000 people take half a minute, and whoever waits for the lock finds it free."""
SCANNER_SECONDS = 10
"""A click sooner after its mail left is taken for a mail scanner's: our choice; people take longer to open a mail."""
LATEST_RELEASE = timedelta(hours=24)
"""A campaign that is overdue by more is blocked instead of released: our choice, its words were signed for a day."""
_ACCREDITED = re.compile(r"/(?:cme|certificates)(?![\w-])", re.IGNORECASE)
"""Of an address that leads to accredited education, here or at a copy that runs it alone."""
LATEST_MAIL = timedelta(days=3)
"""Mail of a campaign that was due longer ago is not sent any more: our choice. A million mails leave within six hours,
and the last retry comes 22 hours after the first."""
SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
"""Between two looks at a delivery that was put off: our choice."""
NAME_LENGTH = SUBJECT_LENGTH = 200
"""Characters: our choice. Mail programs show some 70 of a subject."""
CLICKS_KEPT = timedelta(days=396)
"""13 months: a campaign can be compared with that of a year before."""


class CampaignState(StrEnum):
    """Where a campaign is."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RELEASING = "releasing"
    RELEASED = "released"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


CANCELLABLE = frozenset({CampaignState.DRAFT, CampaignState.SCHEDULED, CampaignState.BLOCKED, CampaignState.RELEASING,
                         CampaignState.RELEASED})
"""What may be called off; of a released campaign, the mail that has not left."""
RESCHEDULABLE = frozenset({CampaignState.SCHEDULED, CampaignState.BLOCKED})
"""What may get another time. A draft is scheduled; a released campaign's mail is under way."""


class StopReason(StrEnum):
    """Why a campaign's mail does not go, whoever it is for."""

    CANCELLED = "campaign-cancelled"
    NOT_CLEARED = "not-cleared"
    TOO_LATE = "too-late"
    NOT_RELEASED = "campaign-not-released"
    """It was blocked in the middle of its release, or waits for its new time."""
    NO_POSTAL_ADDRESS = "no-postal-address"
    POLICY = "denied-by-policy"
    STATEMENTS = "statements-changed"
    """The messages do not say what policy makes them say on their day."""
    NO_LANDING_PAGE = "no-landing-page"
    LANDING_LAPSED = "landing-not-cleared"
    """Its approval has ended; the page itself is taken down within a minute."""
    UNMAILABLE = "letter-unmailable"
    """Our settings or words make no mail; the log says why."""


FOR_GOOD = frozenset({StopReason.CANCELLED, StopReason.NOT_CLEARED, StopReason.TOO_LATE})
"""These cancel a delivery: somebody called the campaign off, its clearance lapsed or its words were changed after it,
or its time is over. All others pass once somebody mends what is wrong, so the delivery is only put off; what concerns
the one person (consent, account, suppression, audience) cancels too."""


class Hindrance(NamedTuple):
    """What keeps a campaign from going out: a word for its deliveries, a sentence with the remedy for people."""

    reason: StopReason
    sentence: str


class ClickClass(StrEnum):
    """Who is thought to have followed a link. `raw` counts both."""

    HUMAN = "human"
    SCANNER = "suspected-scanner"


def names_education(text: str) -> bool:
    """Whether a message names an address of accredited education, as a browser would read it."""
    return _ACCREDITED.search(unquote(unescape(text))) is not None


def gravest(reasons: Iterable[StopReason]) -> StopReason | None:
    """The reason that decides: the first of those for good, else the first; None if there is none."""
    return min(reasons, key=lambda reason: reason not in FOR_GOOD, default=None)


def put_off_until(send_at: datetime, now: datetime) -> datetime:
    """When to look again at a delivery that may not go now: after a quarter of the time it has waited already, so that
    looks become rarer; a minute at least, an hour at most. Before the campaign's time: at that time."""
    return max(send_at, now + min(max((now - send_at) / 4, SHORTEST_WAIT), LONGEST_WAIT))


def click_class(*, is_robot: bool, sent_at: datetime, now: datetime) -> ClickClass:
    """What a click is taken for: a robot's by its name, or by coming too soon after the mail."""
    if is_robot or now - sent_at < timedelta(seconds=SCANNER_SECONDS):
        return ClickClass.SCANNER
    return ClickClass.HUMAN
