"""Which reminder is due. Pure."""

from datetime import datetime, timedelta

BEFORE = (timedelta(days=60), timedelta(days=30), timedelta(days=7))
"""How long before an approval lapses reviewers are told: time for a changed text, for a review, for the last one."""
AGAIN = timedelta(days=7)
"""How often an overdue review is brought to mind: our choice, once a week."""
OVERDUE, LAPSES = "review-overdue", "approval-lapses"


def occurrence(due_at: datetime, now: datetime, *, is_renewal: bool) -> str | None:
    """The name of the reminder that is due now, or None: the same until the next one is, so that each goes once.
    `due_at`: when the review was to end, or of a renewal when the approval lapses."""
    left = due_at - now
    if left <= timedelta(0):
        return f"{OVERDUE}:{due_at:%Y%m%d}:{-left // AGAIN}"
    passed = [before for before in BEFORE if left <= before]
    return f"{LAPSES}:{due_at:%Y%m%d}:{min(passed).days}" if is_renewal and passed else None
