"""Where a verification stands, and what may happen to it next."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.core.errors import N_


class State(StrEnum):
    """Where a verification stands. Only those of `OPEN` open anything."""

    PENDING = "pending"
    VERIFIED = "verified"
    RENEWING = "renewing"
    """Verified until the due day, with an application for the time after it that waits."""
    REFUSED = "refused"
    LAPSED = "lapsed"
    REVOKED = "revoked"


class Step(StrEnum):
    """What happens to a verification."""

    APPLY = "apply"
    """A person sends an application, or a changed one."""
    REAPPLY = "reapply"
    """A person whose verification falls due soon sends the same application again."""
    VERIFY = "verify"
    RENEW = "renew"
    """The yearly check found the register unchanged."""
    REFUSE = "refuse"
    LAPSE = "lapse"
    """A year is over, or the name, the market or the licence changed."""
    REVOKE = "revoke"


OPEN = (State.VERIFIED, State.RENEWING)
"""Whoever stands here holds the role, and the number alone."""
WAITING = (State.PENDING, State.RENEWING)
"""Here an application waits for its decision."""
APPLICATIONS = (Step.APPLY, Step.REAPPLY)
"""Steps of the person. All others decide."""


class Decider(StrEnum):
    """Who took a step."""

    PERSON = "person"
    REGISTRY = "registry"
    OPERATOR = "operator"
    CLOCK = "clock"


TRANSITIONS: Mapping[State | None, Mapping[Step, State]] = {
    None: {Step.APPLY: State.PENDING},
    State.PENDING: {Step.APPLY: State.PENDING, Step.VERIFY: State.VERIFIED, Step.REFUSE: State.REFUSED},
    State.VERIFIED: {Step.APPLY: State.PENDING, Step.REAPPLY: State.RENEWING, Step.RENEW: State.VERIFIED,
                     Step.LAPSE: State.LAPSED, Step.REVOKE: State.REVOKED},
    State.RENEWING: {Step.APPLY: State.PENDING, Step.REAPPLY: State.RENEWING, Step.VERIFY: State.VERIFIED,
                     Step.REFUSE: State.VERIFIED, Step.RENEW: State.VERIFIED, Step.LAPSE: State.PENDING,
                     Step.REVOKE: State.REVOKED},
    State.REFUSED: {Step.APPLY: State.PENDING},
    State.LAPSED: {Step.APPLY: State.PENDING, Step.REVOKE: State.REVOKED},
    State.REVOKED: {Step.APPLY: State.PENDING},
}
"""All steps there are; None is an account that never applied. While it renews, a refusal leaves what is verified until
its due day, and a lapse leaves the application, which then waits like any other."""

VALID_FOR = timedelta(days=365)
"""A verification is looked at again each year (issue 3)."""
RENEW_WITHIN = timedelta(days=60)
"""Before the due day the same application may be sent again without losing the role: our choice, time for a new
certificate by post and a slow queue, and short enough that what was checked is at most fourteen months old."""
REMIND_DAYS = (60, 14)
"""Days before the due day on which a person who has not renewed is told: our choice. As soon as they may renew, and
once more while there is time for it."""
EVIDENCE_KEPT = timedelta(days=30)
"""After the decision (issue 3): long enough to answer a complaint about it."""
ANSWER_WITHIN = timedelta(days=3)
"""What the queue is ordered and the applicant told by: our choice."""
LOOK_UP_AGAIN = timedelta(hours=1)
"""How soon a registry is asked again about an application it did not answer: our choice."""
APPLICATIONS_A_DAY = 5
"""Of one account: our choice; enough for mistakes, too few for trying names against numbers."""
NOTE_LENGTH = 500


def after(state: State | None, step: Step) -> State | None:
    """Where a step leads; None if it may not be taken from there."""
    return TRANSITIONS[state].get(step)


def next_due(decided_at: datetime) -> datetime:
    """When a verification must be looked at again."""
    return decided_at + VALID_FOR


def due_after(before: State, step: Step, due: datetime | None, now: datetime) -> datetime | None:
    """When a verification must be looked at again after a step from `before`, where it was due at `due`.

    A renewal that was asked for counts from the old due day, not from the decision: whoever applies early, or is
    answered fast, loses no day by it."""
    if step is Step.VERIFY and before is State.RENEWING and due is not None:
        return next_due(due)
    if step in (Step.VERIFY, Step.RENEW):
        return next_due(now)
    return due if after(before, step) in OPEN else None


def may_renew(state: State, due: datetime | None, now: datetime) -> bool:
    """Whether the same application, sent now, is a renewal: in the last days before it falls due."""
    return state in OPEN and due is not None and due - RENEW_WITHIN <= now < due


def reminder_due(due: datetime, now: datetime, last: int | None) -> int | None:
    """Which of `REMIND_DAYS` a reminder now stands for; None if it is too early, too late, or `last`, the one that was
    sent, stood for no more days. A day that was slept through is made up for by the next reminder alone."""
    days = min((days for days in REMIND_DAYS if due - timedelta(days=days) <= now < due), default=None)
    return days if days is not None and (last is None or days < last) else None


REASONS: Mapping[Step, Mapping[str, str]] = {
    Step.VERIFY: {
        "register-checked": N_("The register shows this number under this name."),
        "document-checked": N_("The document shows this number and this name."),
    },
    Step.REFUSE: {
        "number-not-found": N_("The register does not know this number."),
        "name-differs": N_("The register shows another name for this number."),
        "not-active": N_("The register shows this number as not active."),
        "document-unreadable": N_("The document cannot be read. Please send a clearer copy."),
        "document-differs": N_("The document does not show this number and this name."),
        "not-a-professional": N_("The number is not that of a health professional."),
        "held-by-another": N_("Another account holds this number."),
    },
    Step.REVOKE: {
        "licence-ended": N_("The licence has ended or was withdrawn."),
        "wrong-person": N_("The number is not this person's."),
        "asked-by-person": N_("You asked for it."),
        "decided-by-mistake": N_("It had been verified by mistake."),
    },
    Step.LAPSE: {
        "year-over": N_("A year has passed since the last check."),
        "name-changed": N_("The name of your account has changed."),
        "market-changed": N_("The country of your account has changed."),
        "not-active": N_("The register shows this number as not active."),
        "register-differs": N_("The register shows other details than before."),
        "erased": N_("The account's data were erased."),
    },
}
"""Why a step is taken: codes, so that events hold no free text, and what the applicant reads."""


def reason_text(code: str) -> str:
    """The sentence of a reason's code, unless it is none of an operator's or the clock's: then empty."""
    return next((texts[code] for texts in REASONS.values() if code in texts), "")
