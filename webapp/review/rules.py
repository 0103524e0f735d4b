"""When a dossier is cleared. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

VALID_FOR = timedelta(days=365)
"""How long a clearance lasts: our choice, the yearly re-review that drug pages need."""


class ReviewRole(StrEnum):
    """Whose signature it is; one person signs a dossier in one role only."""

    MEDICAL = "medical"
    LEGAL = "legal"
    REGULATORY = "regulatory"


class Meaning(StrEnum):
    """What a signature says (21 CFR 11.50)."""

    APPROVAL = "approval"
    REJECTION = "rejection"


ROUTES: dict[str, frozenset[ReviewRole]] = {"promotional": frozenset(ReviewRole)}
"""Route -> roles that must all sign."""


def is_cleared(route: str, approvals: Iterable[tuple[ReviewRole, datetime]], now: datetime) -> bool:
    """Whether every role of the route has approved and the oldest approval has not lapsed.

    Deny first: an unknown route is never cleared.
    """
    signed = dict(approvals)
    needed = ROUTES.get(route)
    return needed is not None and needed <= set(signed) and now < min(signed.values()) + VALID_FOR


def refusal(*, author_ids: Iterable[int], signer_id: int,
            already: Iterable[tuple[int, ReviewRole]]) -> str | None:
    """Why this person may not sign, or None."""
    if signer_id in set(author_ids):
        return "An author may not sign their own work. Ask another reviewer."
    for person, signed_role in already:
        if person == signer_id:
            return f"You have signed this dossier already, as {signed_role}. One person signs once."
    return None
