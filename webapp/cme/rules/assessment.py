"""The schema of `assessment.yaml`: the pool of questions, in six kinds, and the cases that unfold over several.

Every answer's feedback says why and cites; every question serves one objective. What is right stands here and in the
database, and reaches a page only when it may (`rules.revealing`).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from webapp.articles.rules.frontmatter import Key, Keys
from webapp.cme.rules.activity import LongTexts, Strict, Texts, refuse_twice
from webapp.core.errors import N_, said

POOL_SHARE = Decimal("1.5")
"""The pool holds this many times what a post-test asks, so that a retake is not the same again (content guide)."""
ITEMS_PER_OBJECTIVE = 2


class Feedback(Strict):
    """Why an answer is right or wrong, and where that stands."""

    why: LongTexts
    cites: Keys


class Option(Strict):
    """One answer of a choice."""

    key: Key
    text: Texts
    is_right: bool = False
    why: LongTexts
    cites: Keys


class _Question(Strict):
    key: Key
    objective: Key
    stem: LongTexts
    case: Key | None = None
    unfolds: LongTexts | None = None
    """What becomes known before this question of a case."""

    @model_validator(mode="after")
    def _unfolds_in_a_case(self) -> "_Question":
        if self.unfolds is not None and self.case is None:
            raise ValueError(N_("`unfolds` is for a question of a `case`"))
        return self


class _Choice(_Question):
    options: Annotated[tuple[Option, ...], Field(min_length=3, max_length=8)]

    @property
    def right(self) -> tuple[str, ...]:
        """The keys of the right options."""
        return tuple(option.key for option in self.options if option.is_right)

    @model_validator(mode="after")
    def _has_distinct_options(self) -> "_Choice":
        refuse_twice("options", [option.key for option in self.options])
        return self


class Single(_Choice):
    """Single best answer."""

    kind: Literal["single"]

    @model_validator(mode="after")
    def _has_one_right(self) -> "Single":
        if len(self.right) != 1:
            raise ValueError(said("`%(key)s` needs one option with `is_right: true`", key=self.key))
        return self


class Several(_Choice):
    """Several answers: right when all the right ones and no other are chosen."""

    kind: Literal["several"]

    @model_validator(mode="after")
    def _has_right_and_wrong(self) -> "Several":
        if not 1 <= len(self.right) < len(self.options):
            raise ValueError(said("`%(key)s` needs right and wrong options", key=self.key))
        return self


class TrueFalse(_Question):
    """A statement, true or false, with feedback on either answer."""

    kind: Literal["true-false"]
    is_true: bool
    if_true: Feedback
    """On the answer "true"."""
    if_false: Feedback


class Pair(Strict):
    """Two that belong together."""

    left: Texts
    right: Texts
    why: LongTexts
    cites: Keys


class Matching(_Question):
    """Each left side to its right side; `extras` are right sides that fit none."""

    kind: Literal["matching"]
    pairs: Annotated[tuple[Pair, ...], Field(min_length=3, max_length=8)]
    extras: tuple[Texts, ...] = ()


class Ordering(_Question):
    """Steps to be put in order; they stand here in the right one."""

    kind: Literal["ordering"]
    steps: Annotated[tuple[Texts, ...], Field(min_length=3, max_length=8)]
    feedback: Feedback


class Numeric(_Question):
    """A number, right within `tolerance` of `answer`, both in `unit`."""

    kind: Literal["numeric"]
    answer: Decimal
    tolerance: Annotated[Decimal, Field(ge=0)]
    unit: Texts
    feedback: Feedback


Question = Annotated[Single | Several | TrueFalse | Matching | Ordering | Numeric, Field(discriminator="kind")]


class Case(Strict):
    """A patient whose story several questions tell, in the order they stand in."""

    key: Key
    text: LongTexts


class AssessmentFile(Strict):
    """`assessment.yaml`."""

    cases: tuple[Case, ...] = ()
    questions: Annotated[tuple[Question, ...], Field(min_length=10, max_length=200)]

    @model_validator(mode="after")
    def _has_distinct_keys(self) -> "AssessmentFile":
        refuse_twice("questions", [question.key for question in self.questions])
        refuse_twice("cases", [case.key for case in self.cases])
        return self

    def cited(self) -> Iterator[tuple[int, str]]:
        """(place of the question, key) of every reference that feedback cites."""
        for place, question in enumerate(self.questions):
            for feedback in feedbacks(question):
                for key in feedback.cites:
                    yield place, key


def feedbacks(question: Question) -> tuple[Option | Pair | Feedback, ...]:
    """Everything of a question that says why."""
    match question:
        case Single() | Several():
            return question.options
        case TrueFalse():
            return question.if_true, question.if_false
        case Matching():
            return question.pairs
        case Ordering() | Numeric():
            return (question.feedback,)
