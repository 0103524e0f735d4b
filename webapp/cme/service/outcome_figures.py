"""The outcomes of one version as figures: who came how far, what questions told, what was learned, what learners said.

Raw counts of few people as of many: they are the provider's. What a supporter is shown goes through `releasing`.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeVersion
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules.activity import ActivityFile
from webapp.cme.rules.assessment import AssessmentFile
from webapp.cme.rules.evaluation import RATINGS, Change
from webapp.cme.rules.follow_up import ANSWERED, ASKED, COUNTED_AS_CHANGED
from webapp.cme.rules.outcomes import Evaluations, FollowUp, Outcome, Participation, outcomes
from webapp.cme.rules.statistics import (
    Gain,
    ItemFigures,
    ItemSums,
    PairSums,
    distractors_of,
    gain_of,
    item_figures,
)
from webapp.cme.rules.steps import Step, Test
from webapp.cme.rules.tallies import ALL, ANY, APPLIES, BEGUN, KNOWS, Counted, What, scope_of, step_name
from webapp.cme.service import tallying, versions


@dataclass(frozen=True)
class Figures:
    """All that is known of a version's learners. `items` are of first attempts at the test."""

    version: CmeVersion
    about: ActivityFile
    assessment: AssessmentFile
    section_names: tuple[str, ...]
    counts: Counter[Counted]
    items: tuple[ItemFigures, ...]
    before: dict[str, ItemSums]
    """Of the same questions before, by key."""
    gains: dict[str, Gain | None]
    """By scope."""
    levels: tuple[Outcome, ...]
    at: datetime
    is_simulated: bool = False
    """Whether learners of a sample world are among them."""

    @property
    def learners(self) -> int:
        """How many began."""
        return self.counts[What.STEP, BEGUN]

    @property
    def steps(self) -> list[tuple[Step | None, str, int]]:
        """The way through: each step, a section's name, and how many took it; begun has no step."""
        names: list[tuple[Step | None, str]] = [(None, ""), (Step.DISCLOSURES, ""), (Step.PRE_TEST, "")]
        names += [(Step.SECTIONS, name) for name in self.section_names]
        names += [(Step.POST_TEST, ""), (Step.EVALUATION, ""), (Step.CLAIM, "")]
        return [(step, part, self.counts[What.STEP, step_name(step, part) if step else BEGUN]) for step, part in names]

    def ratings(self, objective: str) -> list[int]:
        """How many gave an objective each rating, the highest first."""
        return [self.counts[What.MET, f"{objective}:{rating}"] for rating in reversed(RATINGS)]


def of_version(session: Session, version: CmeVersion, now: datetime) -> Figures:
    """A version's figures, from what is kept."""
    file, stood = versions.assessment(version), tallying.standing(session, version.id or 0)
    objectives = dict.fromkeys(question.objective for question in file.questions)
    gains = {scope: gain_of(stood.gains.get(scope, PairSums()))
             for scope in (ALL, KNOWS, APPLIES, *map(scope_of, objectives))}
    return Figures(version, versions.about(version), file, queries.section_names(session, version.id or 0),
                   stood.counts, item_figures(_after(stood), distractors_of(file)),
                   {item: sums for (test, item), sums in stood.items.items() if test == Test.PRE}, gains,
                   _levels(stood.counts, gains), now, version.id in provider_queries.simulated_versions(session))


def _after(stood: tallying.Tallies) -> dict[str, ItemSums]:
    """The sums of each question at the first attempt, with which options were chosen."""
    chosen: dict[str, Counter[str]] = {}
    for (what, which), people in stood.counts.items():
        if what == What.CHOSEN:
            item, _, option = which.partition(":")
            chosen.setdefault(item, Counter())[option] = people
    return {item: sums + ItemSums(chosen=chosen.get(item, Counter()))
            for (test, item), sums in stood.items.items() if test == Test.POST}


def _levels(counts: Counter[Counted], gains: dict[str, Gain | None]) -> tuple[Outcome, ...]:
    answered = counts[What.STEP, Step.EVALUATION]
    return outcomes(
        Participation(counts[What.STEP, BEGUN], counts[What.STEP, Step.CLAIM], counts[What.CREDIT, ANY]),
        Evaluations(answered, objectives_met=counts[What.ALL_MET, "yes"], unbiased=counts[What.BIASED, "no"],
                    intend_change=counts[What.CHANGE, Change.YES]),
        knowledge=gains[KNOWS], competence=gains[APPLIES],
        follow_up=FollowUp(counts[What.ASKED_LATER, ASKED], counts[What.ASKED_LATER, ANSWERED],
                           sum(counts[What.CHANGED, said] for said in COUNTED_AS_CHANGED)))
