"""What somebody in control of content discloses: every financial relationship of the last 24 months. Pure.

ACCME, Standards for Integrity and Independence (2020), Standard 3.1: company and nature, whatever the amount, and
whether or not the person finds it relevant (accme.org/rule/identify-mitigate-and-disclose-relevant-financial-
relationships).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from webapp.cme.rules.activity import DISCLOSED_MONTHS
from webapp.core.errors import N_

MOST_TIES = 30
"""Relationships of one person: our choice, more than anybody was seen to have."""
MOST_LINE = 200
"""Characters of a company's name, and of words on what a relationship is: our choice."""
NONE, SOME = "none", "some"


class Nature(StrEnum):
    """What somebody is to a company, or has of it (Standard 3.1.b)."""

    EMPLOYEE = "employee"
    OWNER = "owner"
    STOCK = "stock"
    RESEARCH = "research"
    SPEAKER = "speaker"
    CONSULTANT = "consultant"
    ADVISOR = "advisor"
    CONTRACTOR = "contractor"
    ROYALTIES = "royalties"
    OTHER = "other"


NATURES: Mapping[str, str] = {
    Nature.EMPLOYEE: N_("Employee or executive"), Nature.OWNER: N_("Owner"),
    Nature.STOCK: N_("Stock or stock options"), Nature.RESEARCH: N_("Grant or research funding"),
    Nature.SPEAKER: N_("Speaker"), Nature.CONSULTANT: N_("Consultant"), Nature.ADVISOR: N_("Advisor"),
    Nature.CONTRACTOR: N_("Independent contractor"), Nature.ROYALTIES: N_("Royalties or patents"),
    Nature.OTHER: N_("Other")}
"""As the person, the provider and learners read them."""
EXCLUDING = frozenset({Nature.EMPLOYEE, Nature.OWNER})
"""Such people are excluded while it lasts (Standard 3.2). Shares of a company that is not publicly traded make an
owner; stock options and shares of a traded one do not (ACCME, FAQ on stock)."""


@dataclass(frozen=True)
class Tie:
    """A financial relationship as its person stated it. `words` say what "other" is; without `ended_on` it lasts."""

    company: str
    nature: Nature
    words: str = ""
    ended_on: date | None = None

    @property
    def is_excluding(self) -> bool:
        """Whether it keeps its person out unless an exception holds."""
        return self.nature in EXCLUDING and self.ended_on is None

    @property
    def kept(self) -> dict[str, Any]:
        """As it is stored."""
        return {"company": self.company, "nature": str(self.nature), "words": self.words,
                "ended_on": self.ended_on.isoformat() if self.ended_on else None}


def tie_of(kept: Mapping[str, Any]) -> Tie:
    """A relationship as it was stored."""
    ended = kept["ended_on"]
    return Tie(kept["company"], Nature(kept["nature"]), kept["words"], date.fromisoformat(ended) if ended else None)


@dataclass(frozen=True)
class Reading:
    """What a form says: relationships, and what is wrong by field. Without a fault it is a statement."""

    ties: tuple[Tie, ...]
    faults: Mapping[str, str]


def count_of(form: Mapping[str, str]) -> int:
    """How many relationships a form has room for."""
    typed = form.get("count", "")
    return min(max(int(typed), 1), MOST_TIES) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 1


def read(form: Mapping[str, str], today: date) -> Reading:
    """What a form states: `told` is `none` or `some`, then fields that end in the number of their relationship.
    Relationships of which nothing was typed are left out."""
    faults: dict[str, str] = {}
    numbers = [number for number in range(1, count_of(form) + 1)
               if any(form.get(f"{name}-{number}", "").strip() for name in ("company", "nature", "words", "ended_on"))]
    told = form.get("told", "")
    if told not in (NONE, SOME):
        faults["told"] = N_("Say whether there are any.")
    elif told == NONE and numbers:
        faults["told"] = N_("You said that there are none, and wrote one down. Choose the other answer, or empty it.")
    elif told == SOME and not numbers:
        faults["company-1"] = N_("Name the company.")
    ties = tuple(_tie(form, number, today, faults) for number in numbers)
    return Reading(ties if not faults else (), faults)


def _tie(form: Mapping[str, str], number: int, today: date, faults: dict[str, str]) -> Tie:
    company, words = (" ".join(form.get(f"{name}-{number}", "").split()) for name in ("company", "words"))
    nature, ended = form.get(f"nature-{number}", ""), form.get(f"ended_on-{number}", "").strip()
    if not company:
        faults[f"company-{number}"] = N_("Name the company.")
    elif len(company) > MOST_LINE or not company.isprintable():
        faults[f"company-{number}"] = N_("Write the name in at most 200 characters.")
    if nature not in NATURES:
        faults[f"nature-{number}"] = N_("Choose what it is.")
    if (nature == Nature.OTHER and not words) or len(words) > MOST_LINE or not words.isprintable():
        faults[f"words-{number}"] = N_("Say what it is, in at most 200 characters.")
    ended_on = _day(ended)
    if ended and (ended_on is None or ended_on > today):
        faults[f"ended_on-{number}"] = N_("Give the day on which it ended, or leave this empty if it lasts.")
    elif ended_on and ended_on < months_before(today, DISCLOSED_MONTHS):
        faults[f"ended_on-{number}"] = N_("That is more than 24 months ago and need not be told: empty this one.")
    return Tie(company, Nature(nature) if nature in NATURES else Nature.OTHER, words, ended_on)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def months_before(day: date, months: int) -> date:
    """So many months earlier; a day that its month lacks becomes the 28th."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    try:
        return date(years, month + 1, day.day)
    except ValueError:
        return date(years, month + 1, 28)
