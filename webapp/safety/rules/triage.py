"""What officers make of a case, and what of it needs a second officer."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from webapp.core.errors import N_
from webapp.safety.rules import Source, case_number
from webapp.safety.rules.clocks import Expectedness, Pace
from webapp.safety.rules.reports import Criterion, Element


class Downgrade(StrEnum):
    """What makes a case less urgent than it stands, and so asks for a second pair of eyes."""

    SERIOUSNESS = "seriousness"
    EXPECTEDNESS = "expectedness"
    PRODUCT = "product"
    EVENT = "event"
    DUPLICATE = "duplicate"
    SIGNIFICANCE = "significance"


DOWNGRADES = {Downgrade.SERIOUSNESS: N_("Less serious"), Downgrade.EXPECTEDNESS: N_("No longer unexpected"),
              Downgrade.PRODUCT: N_("No desk takes it any more"), Downgrade.EVENT: N_("Not an event"),
              Downgrade.DUPLICATE: N_("Duplicate"), Downgrade.SIGNIFICANCE: N_("Follow-up not significant")}
SOURCES = {Source.FORM: N_("Sent by form"), Source.OVERHEARD: N_("Found in another text")}
PACES = {Pace.RUNNING: N_("Running"), Pace.HALF_PAST: N_("Past half"), Pace.OVERDUE: N_("Overdue")}
DONE_HERE = N_("Done here")
"""How a legal clock stands once it is the company's alone."""
ELEMENTS = {Element.REPORTER: N_("Reporter"), Element.PATIENT: N_("Patient"), Element.PRODUCT: N_("Medicine"),
            Element.REACTION: N_("Reaction")}
EXPECTEDNESS = {Expectedness.UNKNOWN: N_("Not assessed: counts as unexpected"),
                Expectedness.UNEXPECTED: N_("Unexpected"), Expectedness.EXPECTED: N_("Expected: the label names it")}
ACTIONS: Mapping[str, str] = {
    "safety-received": N_("Side effect reported"), "safety-assessed": N_("Case assessed"),
    "safety-product-set": N_("Medicine of a case set"),
    "safety-reopened": N_("Case reopened"), "safety-downgrade-asked": N_("Second officer asked for"),
    "safety-downgrade-agreed": N_("Second officer agreed"), "safety-downgrade-refused": N_("Second officer refused"),
    "safety-follow-up-judged": N_("Follow-up judged"), "safety-asked": N_("Reporter asked by mail"),
    "safety-answered": N_("Reporter answered"), "safety-file-taken": N_("Case taken away as a file by its desk"),
    "safety-ledger-exported": N_("Ledger of hand-overs taken away as a file")}
"""What the page of a case calls each act. Operators' pages, which read nothing of this package, have the same words."""
_FOLLOW_UP = "follow-up:"
_PRODUCT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = re.compile(r"AE-([0-9]{4})-([0-9]{6,12})")
_WORD = re.compile(r"[^\W_]+")
SHORTEST_NAME = 4
"""Signs of a medicine's name that a label is looked up by: shorter words are units and doses. Our choice."""
LONGEST_PRODUCT = 80
"""Characters: our choice, beyond the name of any topic's folder."""


@dataclass(frozen=True)
class Assessment:
    """How an officer sees a case."""

    elements: tuple[str, ...]
    criteria: tuple[str, ...]
    expectedness: str


@dataclass(frozen=True)
class Change:
    """What becomes of an assessment: what stands at once, and what waits for a second officer. `is_taken_back`: a
    reason is asked for."""

    stands: Assessment
    asked: Mapping[Downgrade, tuple[str, ...]]
    """Kind -> the value that is wanted."""
    is_taken_back: bool


def read(elements: Collection[str], criteria: Collection[str], expectedness: str) -> Assessment:
    """What a form says; what is no choice counts as not ticked."""
    return Assessment(
        tuple(one for one in Element if one in elements), tuple(one for one in Criterion if one in criteria),
        expectedness if expectedness in set(Expectedness) else Expectedness.UNKNOWN)


def change(before: Assessment, meant: Assessment) -> Change:
    """What an assessment changes. Until a second officer agrees the stricter value stands: of seriousness, what both
    name together. That a serious case is expected stops a clock, so that two must have said it while it was serious:
    what one said of it before is as if nobody had."""
    asked: dict[Downgrade, tuple[str, ...]] = {}
    stands = meant
    if is_less_serious(before.criteria, meant.criteria):
        asked[Downgrade.SERIOUSNESS] = meant.criteria
        stands = replace(stands, criteria=tuple(
            one for one in Criterion if one in before.criteria or one in meant.criteria))
    is_agreed = bool(before.criteria) and before.expectedness == Expectedness.EXPECTED
    if (before.expectedness == Expectedness.UNEXPECTED != meant.expectedness
            or (stands.criteria and meant.expectedness == Expectedness.EXPECTED and not is_agreed)):
        asked[Downgrade.EXPECTEDNESS] = (meant.expectedness,)
        stands = replace(stands, expectedness=before.expectedness
                         if before.expectedness == Expectedness.UNEXPECTED else Expectedness.UNKNOWN)
    is_less = bool(set(before.elements) - set(meant.elements) or set(before.criteria) - set(meant.criteria))
    is_other = before.expectedness != Expectedness.UNKNOWN and before.expectedness != meant.expectedness
    return Change(stands, asked, bool(asked) or is_less or is_other)


def is_less_serious(before: Collection[str], after: Collection[str]) -> bool:
    """Whether clocks may run slower after it: a serious case that is so no more, or a death that is none (deaths have
    a clock of their own in China)."""
    return (bool(before) and not after) or Criterion.DEATH in set(before) - set(after)


def product_of(text: str) -> str | None:
    """The slug of a medicine as typed; empty for none, None for what can be no slug."""
    slug = text.strip().lower()
    return slug if not slug or (len(slug) <= LONGEST_PRODUCT and _PRODUCT.fullmatch(slug)) else None


def number_in(text: str) -> tuple[int, int] | None:
    """Year and number of `AE-2026-000123`; None for anything else."""
    found = _NUMBER.fullmatch(text.strip().upper())
    if found is None:
        return None
    year, number = int(found[1]), int(found[2])
    return (year, number) if case_number(year, number) == found[0] else None


def follow_up_named(report_id: int) -> str:
    """How a downgrade names the follow-up that it is about."""
    return f"{_FOLLOW_UP}{report_id}"


def follow_up_in(name: str) -> int:
    """The number of the report that `follow_up_named` named."""
    return int(name.removeprefix(_FOLLOW_UP))


def label_names(product: str, told: Collection[str]) -> set[str]:
    """In lower case, the names by which a label may be meant: the product's, and one to three words of what was told
    of the medicine."""
    names = {product.replace("-", " ")} - {""}
    for text in told:
        words = _WORD.findall(text.lower())
        names |= {" ".join(words[start:start + length]) for length in (1, 2, 3)
                  for start in range(len(words) - length + 1)}
    return {name for name in names if len(name) >= SHORTEST_NAME}
