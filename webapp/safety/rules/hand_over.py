"""Handing a case over to a desk: where it stands, when it is said again, and who is told that nobody took it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.core.errors import N_
from webapp.safety.rules.clocks import HALF, HAND_OVER

REPEAT = timedelta(hours=4)
"""How long a desk is left to acknowledge before it is written to again: our choice, six times within its day."""
ALARM_EVERY = timedelta(days=1)
MAILBOX, WEBHOOK = "email", "webhook"
"""Channels of a desk."""


class State(StrEnum):
    """Where a hand-over stands. `sending` is marked before anything leaves: whoever dies then has sent at most once."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    ACKNOWLEDGED = "acknowledged"


OPEN = tuple(state for state in State if state is not State.ACKNOWLEDGED)


class Step(StrEnum):
    """A line of the ledger."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    REPEATED = "repeated"
    ACKNOWLEDGED = "acknowledged"
    OFFICER_TOLD = "officer-told"
    OPERATOR_TOLD = "operator-told"


STEPS = {Step.QUEUED: N_("Prepared for your desk"), Step.SENT: N_("Sent"), Step.FAILED: N_("Could not be sent"),
         Step.REPEATED: N_("Sent again"), Step.ACKNOWLEDGED: N_("Acknowledged"),
         Step.OFFICER_TOLD: N_("Safety officers told"), Step.OPERATOR_TOLD: N_("Operators told")}


@dataclass(frozen=True)
class Alarm:
    """That nobody acknowledged: which line of the ledger it is, and the how-manieth day it is told, from 0."""

    step: Step
    day: int

    @property
    def detail(self) -> str:
        """As the ledger keeps it."""
        return f"day:{self.day}"


def alarms(began_at: datetime, now: datetime) -> list[Alarm]:
    """What is to be told of a hand-over that nobody acknowledged, whose clock began then: officers from half of its
    time on, operators once it is over, each anew every day."""
    return [Alarm(step, (now - since) // ALARM_EVERY)
            for step, since in ((Step.OFFICER_TOLD, began_at + HALF * HAND_OVER),
                                (Step.OPERATOR_TOLD, began_at + HAND_OVER)) if now >= since]


def product_name(slug: str) -> str:
    """A medicine's slug as a name."""
    return slug.replace("-", " ").capitalize()
