"""What is asked of learners some time after they completed: what came of the change that they meant to make. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from webapp.cme.rules.evaluation import LONGEST, UNANSWERED, Barrier
from webapp.cme.rules.tallies import Counted, What
from webapp.core.errors import N_, Invalid

AFTER = timedelta(days=60)
"""As learners are told before they answer: long enough to have met patients, short enough to remember."""
LATEST = timedelta(days=90)
"""Whoever completed longer ago is not asked any more, as after a long standstill: our choice."""
LINK_LASTS = timedelta(days=60)
"""How long the page takes an answer: our choice."""
MAIL_LASTS = timedelta(days=7)
"""After so long in the outbox a mail goes no more: our choice."""
ASKED, ANSWERED = "asked", "answered"


class Changed(StrEnum):
    """What a learner says to have done."""

    YES = "yes"
    IN_PART = "in-part"
    NO = "no"


CHANGES = {Changed.YES: N_("Yes, I did"), Changed.IN_PART: N_("In part"), Changed.NO: N_("Not so far")}
COUNTED_AS_CHANGED = (Changed.YES, Changed.IN_PART)


@dataclass(frozen=True)
class FollowUpAnswer:
    """An answer as it is kept."""

    changed: str
    barriers: tuple[str, ...]
    words: str

    @property
    def kept(self) -> dict[str, Any]:
        """Its codes."""
        return {"changed": self.changed, "barriers": list(self.barriers)}


def read(form: Mapping[str, str], barriers: Collection[str], words: str) -> FollowUpAnswer:
    """What a form says. Raises `Invalid` where something that needs an answer has none."""
    changed = form.get("changed", "")
    if changed not in list(Changed) or any(barrier not in list(Barrier) for barrier in barriers):
        raise Invalid(UNANSWERED)
    if len(words) > LONGEST:
        raise Invalid(N_("One answer is longer than 2,000 characters. Shorten it."))
    return FollowUpAnswer(changed, tuple(sorted(set(barriers))), words.strip())


def counted(answers: Mapping[str, Any]) -> list[Counted]:
    """What an answer counts for."""
    return [(What.ASKED_LATER, ANSWERED), (What.CHANGED, answers["changed"]),
            *((What.HINDERED, barrier) for barrier in answers["barriers"])]
