"""The order of steps, which the server keeps, and the days within which they are taken. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from webapp.core.errors import N_


class Step(StrEnum):
    """What a learner does, in this order."""

    DISCLOSURES = "disclosures"
    PRE_TEST = "pre-test"
    SECTIONS = "sections"
    POST_TEST = "post-test"
    EVALUATION = "evaluation"
    CLAIM = "claim"
    CERTIFICATE = "certificate"


class Test(StrEnum):
    """The two tests."""

    __test__ = False  # no test of ours, whatever its name says to pytest
    PRE = "pre"
    POST = "post"


ORDER = tuple(Step)
STEP_NAMES = {Step.DISCLOSURES: N_("Who made it"), Step.PRE_TEST: N_("Questions before"), Step.SECTIONS: N_("Sections"),
              Step.POST_TEST: N_("Test"), Step.EVALUATION: N_("Your view"), Step.CLAIM: N_("Credit"),
              Step.CERTIFICATE: N_("Certificate")}


@dataclass(frozen=True)
class Progress:
    """How far a learner came. `sections` are all of them in order, `read` those confirmed; `failed` counts post-tests
    that were handed in and not passed."""

    sections: tuple[str, ...]
    attempts: int
    is_disclosed: bool = False
    is_pre_tested: bool = False
    read: frozenset[str] = field(default_factory=frozenset)
    failed: int = 0
    is_passed: bool = False
    is_evaluated: bool = False
    is_claimed: bool = False

    @property
    def is_out_of_attempts(self) -> bool:
        """Every attempt was handed in, and none passed."""
        return not self.is_passed and self.failed >= self.attempts


def next_step(progress: Progress) -> Step:
    """The step to take now. Whoever has no attempt left stays at the test."""
    done = {Step.DISCLOSURES: progress.is_disclosed, Step.PRE_TEST: progress.is_pre_tested,
            Step.SECTIONS: progress.read >= set(progress.sections), Step.POST_TEST: progress.is_passed,
            Step.EVALUATION: progress.is_evaluated, Step.CLAIM: progress.is_claimed}
    return next((step for step in ORDER[:-1] if not done[step]), Step.CERTIFICATE)


def next_section(progress: Progress) -> str | None:
    """The first section that was not confirmed; None when all were."""
    return next((name for name in progress.sections if name not in progress.read), None)


def may_open(progress: Progress, name: str) -> bool:
    """Whether a section may be looked at: all before it were confirmed. Those confirmed stay open."""
    return next_step(progress) not in (Step.DISCLOSURES, Step.PRE_TEST) and (
        name in progress.read or name == next_section(progress))


def may_answer(progress: Progress, test: Test) -> bool:
    """Whether a test may be begun or gone on with."""
    step = next_step(progress)
    if test is Test.PRE:
        return step is Step.PRE_TEST
    return step is Step.POST_TEST and not progress.is_out_of_attempts


def shows_answers(progress: Progress) -> bool:
    """Whether what is right may be told: once nothing can be gained by knowing it."""
    return progress.is_passed or progress.is_out_of_attempts


@dataclass(frozen=True)
class Days:
    """Until when credit is given, and until when the version begun may be finished; both moments are the first that is
    too late."""

    credit_until: datetime
    finish_until: datetime


def days(last: date, grace_days: int, *, ended_at: datetime | None, replaced_at: datetime | None) -> Days:
    """The deadlines of a version: `last` is the last day of its accreditation (UTC), `ended_at` when that ended before
    its time, `replaced_at` when a newer version or a withdrawal took it off the list. Who is in the middle then has the
    grace to finish; credit ends with the accreditation, whatever grace there is."""
    over = datetime.combine(last + timedelta(days=1), time(), UTC)
    credit_until = min(over, ended_at) if ended_at else over
    grace = timedelta(days=grace_days)
    finish_until = min(moment + grace for moment in (credit_until, replaced_at) if moment)
    return Days(min(credit_until, finish_until), finish_until)
