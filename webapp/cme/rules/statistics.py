"""What answers say of questions and of learning: item analysis, and knowledge gained by paired learners. Pure.

Figures here are of few people as well as of many: whoever shows them applies the cell rule first (`core.privacy`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from math import fsum, sqrt
from typing import NamedTuple, TypeVar

from webapp.cme.rules import student_t
from webapp.cme.rules.assessment import AssessmentFile, Several, Single
from webapp.core.errors import N_

TOO_HARD = 0.3
"""Share right below which an item is commonly called difficult in medical education (item analyses since Ebel and
Frisbie, Essentials of Educational Measurement, 1991)."""
TOO_EASY = 0.9
"""Our choice: above nine in ten an item tells hardly anybody apart."""
LEAST_DISCRIMINATION = 0.2
"""Ebel and Frisbie, 1991: below this an item is poor, to be rejected or rewritten."""
LEAST_DISTRACTOR_SHARE = 0.05
"""Tarrant, Ware and Mohammed, BMC Medical Education 2009, 9:40: a distractor that fewer choose does not function."""
LEAST_TO_CORRELATE = 3
"""Two points always lie on a line."""
CONFIDENCE = 0.95
_ROUNDING = 1e-12
"""What is left of rounding in the variance of shares that are all the same is below this."""
_ROUNDING_POINTS = 1e-9
"""The same of percentages. That one learner of a million differs by a tenth of a point makes ten times this."""


class Flag(StrEnum):
    """Why a writer should look at an item."""

    TOO_HARD = "too-hard"
    TOO_EASY = "too-easy"
    WEAK = "weak"
    IDLE_DISTRACTOR = "idle-distractor"


FLAG_WORDS: Mapping[Flag, str] = {
    Flag.TOO_HARD: N_("Fewer than three in ten had it right"), Flag.TOO_EASY: N_("More than nine in ten had it right"),
    Flag.WEAK: N_("Those who did well elsewhere hardly did better here"),
    Flag.IDLE_DISTRACTOR: N_("A wrong answer that fewer than one in twenty chose")}


class Answer(NamedTuple):
    """One answer of one sitting: whether it was right, and the keys of the options chosen, if the item has any."""

    sitting: int
    item: str
    is_right: bool
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Distractor:
    """A wrong option: how many chose it, and which share of those asked."""

    option: str
    chosen: int
    share: float


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """One item. `difficulty`: share right (the easier, the higher), None where nobody was asked. `discrimination`:
    corrected item-total point-biserial, None where right answers or the rest of the test do not vary."""

    item: str
    asked: int
    right: int
    difficulty: float | None
    discrimination: float | None
    distractors: tuple[Distractor, ...]

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Why to look at it."""
        if self.difficulty is None:
            return ()
        raised = {Flag.TOO_HARD: self.difficulty < TOO_HARD, Flag.TOO_EASY: self.difficulty > TOO_EASY,
                  Flag.WEAK: self.discrimination is not None and self.discrimination < LEAST_DISCRIMINATION,
                  Flag.IDLE_DISTRACTOR: any(each.share < LEAST_DISTRACTOR_SHARE for each in self.distractors)}
        return tuple(flag for flag, is_raised in raised.items() if is_raised)


def distractors_of(file: AssessmentFile) -> dict[str, tuple[str, ...]]:
    """Every item's wrong options by its key; none for kinds without options."""
    return {question.key: tuple(option.key for option in question.options if not option.is_right)
            if isinstance(question, Single | Several) else () for question in file.questions}


@dataclass(frozen=True, slots=True)
class ItemSums:
    """What an item's figures are made of. Sums of different sittings add up, so they can be kept and added to.

    `compared`: of sittings that asked other items too; of these, `compared_right` had it right, and `rest` is the share
    right of the others.
    """

    asked: int = 0
    right: int = 0
    compared: int = 0
    compared_right: int = 0
    rest: float = 0.0
    rest_squares: float = 0.0
    rest_of_right: float = 0.0
    chosen: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "ItemSums") -> "ItemSums":
        return ItemSums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def discrimination(self) -> float | None:
        """Pearson's correlation of right or wrong with the rest; None where either does not vary, or for too few."""
        if self.compared < LEAST_TO_CORRELATE:
            return None
        share, mean = self.compared_right / self.compared, self.rest / self.compared
        variances = share * (1 - share), self.rest_squares / self.compared - mean * mean
        if min(variances) < _ROUNDING:
            return None
        return (self.rest_of_right / self.compared - share * mean) / sqrt(variances[0] * variances[1])


def item_sums(answers: Iterable[Answer]) -> dict[str, ItemSums]:
    """The sums of each item answered. All answers of a sitting come in one call, and a sitting answers an item once.

    The rest of the test is the share right of the other items of the sitting, so that sittings that draw from a pool
    compare; where all are asked the same it correlates exactly as the number right does.
    """
    sittings: dict[int, list[Answer]] = {}
    for answer in answers:
        sittings.setdefault(answer.sitting, []).append(answer)
    found: dict[str, list[tuple[Answer, float | None]]] = {}
    for sheet in sittings.values():
        others, total = len(sheet) - 1, sum(answer.is_right for answer in sheet)
        for answer in sheet:
            rest = (total - answer.is_right) / others if others else None
            found.setdefault(answer.item, []).append((answer, rest))
    return {item: _summed(seen) for item, seen in found.items()}


def _summed(seen: Sequence[tuple[Answer, float | None]]) -> ItemSums:
    """The sums of an item's answers, each with the share right of the rest of its sitting."""
    compared = [(answer.is_right, rest) for answer, rest in seen if rest is not None]
    return ItemSums(
        asked=len(seen), right=sum(answer.is_right for answer, _ in seen), compared=len(compared),
        compared_right=sum(is_right for is_right, _ in compared), rest=fsum(rest for _, rest in compared),
        rest_squares=fsum(rest * rest for _, rest in compared),
        rest_of_right=fsum(rest for is_right, rest in compared if is_right),
        chosen=Counter(option for answer, _ in seen for option in answer.chosen))


def item_figures(sums: Mapping[str, ItemSums], distractors: Mapping[str, Sequence[str]]) -> tuple[ItemFigures, ...]:
    """The figures of each item of `distractors`, in its order; of an item without sums, that nobody was asked it."""
    return tuple(_figures(item, sums.get(item, ItemSums()), options) for item, options in distractors.items())


def _figures(item: str, sums: ItemSums, options: Sequence[str]) -> ItemFigures:
    if not sums.asked:
        return ItemFigures(item, 0, 0, None, None, ())
    return ItemFigures(item, sums.asked, sums.right, sums.right / sums.asked, sums.discrimination, tuple(
        Distractor(option, sums.chosen[option], sums.chosen[option] / sums.asked) for option in options))


@dataclass(frozen=True, slots=True)
class Gain:
    """What paired learners gained, in percentage points from 0 to 100. `interval`: of the mean difference, 95 %, by t;
    None for a single pair. `dz`: the mean difference by the standard deviation of differences (Cohen, 1988), None where
    they do not vary. `hake`: the share gained of what could be gained (Hake, American Journal of Physics 1998, 66:64),
    None where everybody knew all before."""

    learners: int
    before: float
    after: float
    difference: float
    interval: tuple[float, float] | None
    dz: float | None
    hake: float | None


@dataclass(frozen=True, slots=True)
class PairSums:
    """What a gain is made of: percentages before and after, and squares of differences, summed over learners. Sums of
    different learners add up, so they can be kept, added to, and made by a database."""

    learners: int = 0
    before: float = 0.0
    after: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "PairSums") -> "PairSums":
        return PairSums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


Sheet = Mapping[str, bool]
"""Item -> whether it was right."""
Learner = TypeVar("Learner")
"""Whatever a learner is known by."""


def paired(before: Mapping[Learner, Sheet], after: Mapping[Learner, Sheet],
           items: Collection[str]) -> list[tuple[float, float]]:
    """Per learner in both, the percentages right before and after, over the items of `items` asked both times."""
    pairs = []
    for learner, first in before.items():
        second = after.get(learner, {})
        common = [item for item in first if item in second and item in items]
        if common:
            pairs.append((100 * sum(first[item] for item in common) / len(common),
                          100 * sum(second[item] for item in common) / len(common)))
    return pairs


def pair_sums(pairs: Iterable[tuple[float, float]]) -> PairSums:
    """The sums of pairs of percentages, before and after. Raises ValueError outside 0-100."""
    kept = list(pairs)
    if not all(0 <= first <= 100 and 0 <= second <= 100 for first, second in kept):
        raise ValueError("scores are percentages from 0 to 100")
    return PairSums(len(kept), fsum(first for first, _ in kept), fsum(second for _, second in kept),
                    fsum((second - first) ** 2 for first, second in kept))


def gain(pairs: Iterable[tuple[float, float]]) -> Gain | None:
    """The gain of pairs of percentages, before and after; None of none. Raises ValueError outside 0-100."""
    return gain_of(pair_sums(pairs))


def gain_of(sums: PairSums) -> Gain | None:
    """The gain that sums tell; None of nobody."""
    count = sums.learners
    if not count:
        return None
    before, after = sums.before / count, sums.after / count
    mean = after - before
    variance = (sums.squares - count * mean * mean) / (count - 1) if count > 1 else 0.0
    deviation = sqrt(variance) if variance > _ROUNDING_POINTS else 0.0
    return Gain(count, before, after, mean,
                interval=student_t.interval(mean, deviation, count, CONFIDENCE) if count > 1 else None,
                dz=mean / deviation if deviation else None,
                hake=mean / (100 - before) if 100 - before > _ROUNDING_POINTS else None)
