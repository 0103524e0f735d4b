"""When a dossier is cleared. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

VALID_FOR = timedelta(days=365)
"""How long a clearance lasts: our choice, the yearly re-review that drug pages need."""
RENEWABLE_FOR = timedelta(days=90)
"""How long before it lapses it may be signed anew: our choice, time for three people to read a page again."""


class ReviewRole(StrEnum):
    """Whose signature it is; one person signs a dossier in one role only."""

    MEDICAL = "medical"
    LEGAL = "legal"
    REGULATORY = "regulatory"


class Meaning(StrEnum):
    """What a signature says (21 CFR 11.50)."""

    APPROVAL = "approval"
    REJECTION = "rejection"


class Decision(NamedTuple):
    """A signature as the rules see it, and as a reader is told of it: who, in which role, what for, when."""

    round: int
    role: ReviewRole
    meaning: Meaning
    account_id: int
    name: str
    at: datetime


ROUTES: dict[str, frozenset[ReviewRole]] = {
    "promotional": frozenset(ReviewRole),
    "rendering": frozenset({ReviewRole.REGULATORY}),
}
"""Route -> roles that must all sign."""


def round_at(signed: Iterable[Decision], now: datetime) -> int:
    """The round that a signature of `now` belongs to: the newest, or the next once that is due for renewal."""
    by_round = _by_round(signed)
    if not by_round:
        return 1
    newest = max(by_round)
    is_due = now >= lapses_at(by_round[newest]) - RENEWABLE_FOR
    return newest + 1 if is_due else newest


def clearance(route: str, signed: Iterable[Decision], now: datetime) -> tuple[Decision, ...]:
    """The approvals that clear a dossier, oldest first; empty if it is not cleared.

    The newest round decides in which every role of the route has signed, or one has rejected: all must have approved,
    and the oldest approval must not have lapsed. Deny first: an unknown route is never cleared.
    """
    needed = ROUTES.get(route)
    for _, decisions in sorted(_by_round(signed).items(), reverse=True):
        if any(decision.meaning is not Meaning.APPROVAL for decision in decisions):
            return ()
        if needed and needed <= {decision.role for decision in decisions}:
            return tuple(decisions) if now < lapses_at(decisions) else ()
    return ()


def refusal(*, author_ids: Iterable[int], signer_id: int, already: Iterable[Decision]) -> str | None:
    """Why this person may not sign, or None. `already`: the decisions of this round."""
    if signer_id in set(author_ids):
        return "An author may not sign their own work. Ask another reviewer."
    for decision in already:
        if decision.account_id == signer_id:
            return f"You have signed this dossier already, as {decision.role}. One person signs once."
    return None


def _by_round(signed: Iterable[Decision]) -> dict[int, list[Decision]]:
    found: dict[int, list[Decision]] = {}
    for decision in sorted(signed, key=lambda decision: decision.at):
        found.setdefault(decision.round, []).append(decision)
    return found


def lapses_at(decisions: Sequence[Decision]) -> datetime:
    """When the clearance that these approvals give ends."""
    return min(decision.at for decision in decisions) + VALID_FOR
