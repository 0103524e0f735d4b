"""A checklist of how easy printed material is to understand and to act on: the 24 items of PEMAT-P, in our words.

Source: Agency for Healthcare Research and Quality, Patient Education Materials Assessment Tool (PEMAT) and User's
Guide, publication 14-0002-EF (2013, updated 2014), which is also where the numbers are from: those that are missing
are asked of audiovisual material alone. An item counts 1 if agreed to and 0 if not; what does not apply is left out;
the score is the points in a hundred possible ones. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.core.errors import N_

GOOD_PERCENT = 70
"""Above it material is taken to be understandable, or actionable (PMC5839932)."""


class Answer(StrEnum):
    """What may be said of an item."""

    AGREE = "agree"
    DISAGREE = "disagree"
    NOT_APPLICABLE = "na"


ANSWERS: Mapping[str, str] = {Answer.AGREE: N_("Agree"), Answer.DISAGREE: N_("Disagree"),
                              Answer.NOT_APPLICABLE: N_("Not applicable")}


@dataclass(frozen=True)
class Item:
    """One statement. `without`: what material must lack for it not to apply; empty where it always does."""

    number: int
    statement: str
    without: str = ""


_SHORT, _VISUALS = N_("only if the piece is very short"), N_("only if it has no pictures")
UNDERSTANDABILITY = (
    Item(1, N_("One sees at once what the piece is for.")),
    Item(2, N_("Nothing in it leads away from that.")),
    Item(3, N_("It uses the words of everyday talk.")),
    Item(4, N_("Medical words stand there only where readers need to know them, and are explained.")),
    Item(5, N_("Its sentences say who does what.")),
    Item(6, N_("Its numbers are clear and easy to grasp."), N_("only if it has no numbers")),
    Item(7, N_("Nobody needs to calculate anything.")),
    Item(8, N_("It comes in short parts."), _SHORT),
    Item(9, N_("The headings of its parts tell what is in them."), _SHORT),
    Item(10, N_("One thing follows from the other.")),
    Item(11, N_("It sums up what matters most."), _SHORT),
    Item(12, N_("Boxes, lists, bold or larger letters lead the eye to the main points.")),
    Item(15, N_("There is a picture wherever one would help to understand.")),
    Item(16, N_("The pictures add to the text and do not draw away from it."), _VISUALS),
    Item(17, N_("The pictures have clear titles or captions."), _VISUALS),
    Item(18, N_("Drawings and photographs are plain, with nothing that clutters them."), _VISUALS),
    Item(19, N_("Tables are simple, with short and clear headings of rows and columns."),
         N_("only if it has no tables")))
ACTIONABILITY = (
    Item(20, N_("It names at least one thing that readers can do.")),
    Item(21, N_("It speaks to readers directly where it tells what to do.")),
    Item(22, N_("What is to be done is broken down into clear steps that one can manage.")),
    Item(23, N_("It brings something to work with, such as a checklist or a plan, wherever that would help.")),
    Item(24, N_("Where one has to calculate, it shows simply how."), N_("only if nothing is calculated")),
    Item(25, N_("It tells how charts, tables or diagrams help to do something."),
         N_("only if it has no charts, tables or diagrams")),
    Item(26, N_("There is a picture wherever one would make it easier to do what it says.")))
ITEMS = (*UNDERSTANDABILITY, *ACTIONABILITY)


@dataclass(frozen=True)
class Score:
    """Points and how many were possible; `percent` is None where none were."""

    points: int
    possible: int

    @property
    def percent(self) -> int | None:
        """Points in a hundred, rounded half up."""
        return None if not self.possible else (self.points * 200 + self.possible) // (2 * self.possible)

    @property
    def is_good(self) -> bool:
        """Whether it lies above what is asked for."""
        return self.points * 100 > GOOD_PERCENT * self.possible


def score(items: tuple[Item, ...], answers: Mapping[str, str]) -> Score:
    """The score of these items."""
    given = [answers[str(item.number)] for item in items if answers.get(str(item.number)) in (
        Answer.AGREE, Answer.DISAGREE)]
    return Score(given.count(Answer.AGREE), len(given))


def read(given: Mapping[str, str]) -> tuple[dict[str, str], str | None]:
    """The answers among what a form sent, by item; and why they cannot be taken, or None. Every item is answered, and
    only some may be said not to apply."""
    answers = {str(item.number): given.get(f"item-{item.number}", "") for item in ITEMS}
    if any(answer not in set(Answer) for answer in answers.values()):
        return answers, N_("Answer every statement. Nothing was kept yet.")
    if any(answers[str(item.number)] == Answer.NOT_APPLICABLE and not item.without for item in ITEMS):
        return answers, N_("A statement that always applies cannot be left out. Agree or disagree.")
    return answers, None
