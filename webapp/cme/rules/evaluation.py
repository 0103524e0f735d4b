"""What a learner is asked about an activity: objectives met, bias, intended change, barriers. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from webapp.core.errors import N_, Invalid

RATINGS = (1, 2, 3, 4, 5)
LONGEST = 2_000
"""Characters of one answer in words: our choice."""
WORDS = ("bias_where", "change_what", "comment")


class Change(StrEnum):
    """What a learner means to do (Moore's level 4 asks for the intent; level 5 for what came of it)."""

    YES = "yes"
    ALREADY = "already"
    UNSURE = "unsure"
    NO = "no"


class Barrier(StrEnum):
    """What stands in the way of change."""

    TIME = "time"
    COST = "cost"
    ACCESS = "access"
    PATIENTS = "patients"
    SYSTEM = "system"
    EVIDENCE = "evidence"
    NONE = "none"


CHANGES = {Change.YES: N_("Yes, I will change something"), Change.ALREADY: N_("No, I do it this way already"),
           Change.UNSURE: N_("I do not know yet"), Change.NO: N_("No, I will change nothing")}
BARRIERS = {Barrier.TIME: N_("Too little time"), Barrier.COST: N_("Cost to patients, or what insurers pay"),
            Barrier.ACCESS: N_("Tests, drugs or specialists are hard to get"),
            Barrier.PATIENTS: N_("Patients would not want it"), Barrier.SYSTEM: N_("Rules or habits where I work"),
            Barrier.EVIDENCE: N_("The evidence does not convince me"), Barrier.NONE: N_("Nothing")}
AGREEMENT = {5: N_("Fully"), 4: N_("Mostly"), 3: N_("In part"), 2: N_("Hardly"), 1: N_("Not at all")}
UNANSWERED = N_("Answer every question that is marked; words are your choice.")


@dataclass(frozen=True)
class Evaluation:
    """An evaluation as it is kept. `words` holds what was typed, by field; empty ones are left out."""

    answers: Mapping[str, Any]
    words: Mapping[str, str]


def read(form: Mapping[str, str], barriers: Collection[str], objectives: Collection[str],
         words: Mapping[str, str]) -> Evaluation:
    """What a form says. Raises `Invalid` where something that needs an answer has none."""
    met = {key: _rating(form.get(f"met-{key}", "")) for key in objectives}
    overall, biased, change = _rating(form.get("overall", "")), form.get("biased", ""), form.get("change", "")
    if biased not in ("yes", "no") or change not in list(Change):
        raise Invalid(UNANSWERED)
    if any(barrier not in list(Barrier) for barrier in barriers):
        raise Invalid(UNANSWERED)
    if any(len(text) > LONGEST for text in words.values()):
        raise Invalid(N_("One answer is longer than 2,000 characters. Shorten it."))
    typed = {name: text.strip() for name, text in words.items() if text.strip()}
    return Evaluation({"met": met, "overall": overall, "is_biased": biased == "yes", "change": change,
                       "barriers": sorted(set(barriers))}, typed)


def _rating(value: str) -> int:
    if value not in map(str, RATINGS):
        raise Invalid(UNANSWERED)
    return int(value)
