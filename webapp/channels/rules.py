"""Which channels there are, what may happen to a delivery, and what a mail server's reply means for it. No network, no
database, no clock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class Channel(StrEnum):
    """By which way something reaches a person; by `site` and `file` nothing is sent."""

    EMAIL = "email"
    WEB_PUSH = "web-push"
    SITE = "site"
    """These pages themselves."""
    FILE = "file"
    """Handed to a company."""


class DeliveryState(StrEnum):
    """Where a delivery is. Only `sending` is ambiguous when its worker dies: see `TRANSITIONS`."""

    QUEUED = "queued"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    RETRY = "retry"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


_S = DeliveryState

TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = MappingProxyType(
    {
        _S.QUEUED: frozenset({_S.LEASED, _S.CANCELLED}),
        # A lease that runs out here goes back to the queue: nothing has been said to anybody yet.
        _S.LEASED: frozenset({_S.SENDING, _S.QUEUED, _S.FAILED, _S.CANCELLED}),
        # A lease that runs out here becomes unknown: the peer may have taken the mail.
        _S.SENDING: frozenset({_S.SENT, _S.FAILED, _S.RETRY, _S.UNKNOWN}),
        _S.RETRY: frozenset({_S.LEASED, _S.CANCELLED}),
        # A person decides: it arrived, it did not, send it again, let it be.
        _S.UNKNOWN: frozenset({_S.SENT, _S.FAILED, _S.QUEUED, _S.CANCELLED}),
        _S.SENT: frozenset(),
        _S.FAILED: frozenset(),
        _S.CANCELLED: frozenset(),
    }
)
"""From each state, the states that may follow it. Nothing leads from `unknown` anywhere without a person."""

FINAL_STATES = frozenset(state for state, following in TRANSITIONS.items() if not following)

KEPT = timedelta(days=396)
"""13 months, like the clicks: how long a delivery in a final state is kept after it was due."""


def may_move(before: DeliveryState, after: DeliveryState) -> bool:
    """Whether a delivery in `before` may become `after`."""
    return after in TRANSITIONS[before]


FIRST_RETRY_SECONDS = 60
"""Our choice: grey-listing servers usually let a sender in after one to five minutes."""

RETRY_GROWTH = 3
LONGEST_RETRY_SECONDS = 4 * 3600

MAX_ATTEMPTS = 11
"""Our choice: about 22 hours in all. RFC 5321 4.5.4.1 lets a relay try for four to five days, but we hand mail to a
relay that does so itself, and a campaign's mail is stale after a day."""


def backoff_seconds(attempt: int) -> int:
    """Seconds to wait after the failed attempt number `attempt` (the first is 1): 60, 180, 540 ... at most 4 hours.

    Growth by three is our choice: a restart of the relay costs minutes, an outage of a night costs ten attempts.
    """
    if attempt < 1:
        raise ValueError(f"attempts count from 1, not {attempt}")
    growth = RETRY_GROWTH ** min(attempt - 1, 10)
    return min(FIRST_RETRY_SECONDS * growth, LONGEST_RETRY_SECONDS)


class Stage(StrEnum):
    """How far the conversation had come. The order is the order of the conversation."""

    CONNECT = "connect"
    """Connection, greeting, hello, TLS and sign-in: nothing about this mail has been said."""
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    """From the DATA command until the last byte of the final dot was handed to the network."""
    FINAL_DOT = "final_dot"
    """The whole mail left: only the server's answer tells whether it was taken."""


_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered at the stage where the conversation ended; `code` None: it was lost or stayed silent.

    `text` may repeat the recipient's address, so it is neither logged nor shown in `repr`.
    """

    stage: Stage
    code: int | None
    text: str = field(default="", repr=False)

    @property
    def enhanced(self) -> str | None:
        """The enhanced status code (RFC 3463), such as "5.1.1", where the server gave one."""
        found = _ENHANCED.match(self.text)
        return found.group(1) if found else None


class Reason(StrEnum):
    """Why an outcome is what it is: a word that is safe in logs and in a report."""

    ACCEPTED = "accepted"
    BUSY = "busy"
    LOST = "lost"
    NO_SERVICE = "no_service"
    BAD_ADDRESS = "bad_address"
    REFUSED = "refused"
    ATTEMPTS_SPENT = "attempts_spent"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The delivery's next state. `is_address_bad`: put the address on the suppression list.
    `retry_in_seconds` is given with `retry` only."""

    state: DeliveryState
    reason: Reason
    is_address_bad: bool = False
    retry_in_seconds: int | None = None


BAD_ADDRESS_STATUSES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Enhanced codes that speak of the address itself: no such mailbox, no such system, bad syntax, moved away
(RFC 3463 3.2), domain takes no mail (RFC 7505), mailbox disabled (RFC 3463 3.3)."""

BAD_ADDRESS_CODES = frozenset({550, 551, 553})
"""Without an enhanced code these say, in answer to RCPT, that the mailbox cannot be had (RFC 5321 4.2.3)."""

OUR_SIGN_IN_CODES = frozenset({530, 534, 535, 538})
"""The relay refuses our sign-in (RFC 4954 6): our fault and mendable, so no recipient may be failed for it."""


def outcome_of(reply: Reply, *, attempt: int = 1) -> Outcome:
    """What `reply`, got at the attempt number `attempt` (from 1), means for the delivery.

    After the final dot only an answer counts: silence, a lost connection or gibberish there is `unknown`. Before it,
    nothing was taken, so whatever passes is tried again, at most `MAX_ATTEMPTS` times. A 5xx while connecting is
    about us and our relay, never about the recipient: tried again too.
    """
    code = reply.code if reply.code is not None and 200 <= reply.code <= 599 else None
    if reply.stage is Stage.FINAL_DOT:
        if code is None or 300 <= code <= 399:
            return Outcome(DeliveryState.UNKNOWN, Reason.UNANSWERED)
        if code < 300:
            return Outcome(DeliveryState.SENT, Reason.ACCEPTED)
    if code is None or code < 400:
        return _retry(Reason.LOST, attempt)
    if code < 500:
        return _retry(Reason.BUSY, attempt)
    if reply.stage is Stage.CONNECT or code in OUR_SIGN_IN_CODES:
        return _retry(Reason.NO_SERVICE, attempt)
    if _is_address_bad(reply, code):
        return Outcome(DeliveryState.FAILED, Reason.BAD_ADDRESS, is_address_bad=True)
    return Outcome(DeliveryState.FAILED, Reason.REFUSED)


def _is_address_bad(reply: Reply, code: int) -> bool:
    if reply.stage not in (Stage.RCPT, Stage.FINAL_DOT):
        return False  # in answer to MAIL the same words are about our own address
    if reply.enhanced is not None:
        return reply.enhanced in BAD_ADDRESS_STATUSES
    return reply.stage is Stage.RCPT and code in BAD_ADDRESS_CODES


def _retry(reason: Reason, attempt: int) -> Outcome:
    if attempt >= MAX_ATTEMPTS:
        return Outcome(DeliveryState.FAILED, Reason.ATTEMPTS_SPENT)
    return Outcome(DeliveryState.RETRY, reason, retry_in_seconds=backoff_seconds(attempt))
