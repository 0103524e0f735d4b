"""The schema of `activity.yaml` and of a section's head: what an activity says of itself before it teaches.

The parts are those that the ACCME's Standards for Integrity and Independence and a reaccreditation file ask for: the
gap in practice and how it is known, objectives, everyone in control of content with every financial relationship of
24 months, what came of each, and who paid.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from webapp.articles.rules.frontmatter import Drafted, Key, Keys, Reference, Reviewed, Tag, Text, Title
from webapp.core.errors import N_, said
from webapp.professionals.rules.specialties import SPECIALTIES

MIN_OBJECTIVES, MAX_OBJECTIVES = 3, 5
MIN_SECTIONS = 5
MIN_PRE_TEST, MAX_PRE_TEST = 5, 8
DISCLOSED_MONTHS = 24
"""Months back that every financial relationship is told for (ACCME, Standard 3.1)."""

_SPECIALTIES = frozenset(specialty.code for specialty in SPECIALTIES)

Long = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Titles = Annotated[Mapping[Tag, Title], Field(min_length=1)]
Texts = Annotated[Mapping[Tag, Text], Field(min_length=1)]
LongTexts = Annotated[Mapping[Tag, Long], Field(min_length=1)]


def _specialty(code: str) -> str:
    if code not in _SPECIALTIES:
        raise ValueError(said("`%(code)s` is no specialty's code of the list", code=code[:20]))
    return code


Specialty = Annotated[str, AfterValidator(_specialty)]


class Strict(BaseModel):
    """Unknown keys are refused, and nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Format(StrEnum):
    """How an activity is taken, by the names that accreditors use."""

    ENDURING_MATERIAL = "enduring-material"
    JOURNAL_BASED = "journal-based"


class Need(StrEnum):
    """What stands behind the gap: not knowing, not knowing how, or not doing."""

    KNOWLEDGE = "knowledge"
    COMPETENCE = "competence"
    PERFORMANCE = "performance"


class Part(StrEnum):
    """What somebody in control of content does."""

    PLANNER = "planner"
    AUTHOR = "author"
    FACULTY = "faculty"
    REVIEWER = "reviewer"


class SupportKind(StrEnum):
    """What a supporter gives."""

    MONEY = "money"
    IN_KIND = "in-kind"


class Gap(Strict):
    """The gap in practice that the activity is to narrow, and how it is known."""

    practice: LongTexts
    needs: Annotated[tuple[Need, ...], Field(min_length=1)]
    evidence: LongTexts
    barriers: LongTexts
    cites: Keys


class Objective(Strict):
    """What a learner can do afterwards: a verb, a condition and a standard."""

    key: Key
    text: Texts


class Designation(Strict):
    """The most credit of a system that the activity is designated for."""

    system: Key
    maximum: Annotated[Decimal, Field(gt=0, le=100)]


class Relationship(Strict):
    """A financial relationship of the last 24 months with an ineligible company, and what the provider decided.

    `company` is its name alone. A relevant one is mitigated before the role starts, on `mitigated_on`.
    """

    company: Title
    nature: Texts
    has_ended: bool = False
    is_relevant: bool
    mitigation: Texts | None = None
    mitigated_on: date | None = None

    @model_validator(mode="after")
    def _is_mitigated(self) -> "Relationship":
        if self.is_relevant and not (self.mitigation and self.mitigated_on):
            raise ValueError(N_("a relevant relationship needs `mitigation` and `mitigated_on`"))
        return self


class Contributor(Strict):
    """Somebody in control of content. `relationships: []` states that there are none."""

    name: Title
    credentials: Texts
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    began_on: date
    """The day the part began: disclosure and mitigation come before it."""
    disclosed_on: date
    relationships: tuple[Relationship, ...]

    @model_validator(mode="after")
    def _disclosed_first(self) -> "Contributor":
        days = [self.disclosed_on, *(told.mitigated_on for told in self.relationships if told.mitigated_on)]
        if max(days) > self.began_on:
            raise ValueError(said("%(name)s: disclosure and mitigation must come before `began_on`", name=self.name))
        return self


class Support(Strict):
    """What an ineligible company gives under an agreement: its name alone, no trade name."""

    company: Title
    kind: SupportKind
    nature: Texts
    agreement_on: date


class Validity(Strict):
    """The days on which the activity can be begun for credit, both included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _is_bounded(self) -> "Validity":
        # Enduring material is reviewed at least every three years.
        if not self.first <= self.last <= _years_later(self.first, 3):
            raise ValueError(N_("`last` must lie between `first` and three years after it"))
        return self


def _years_later(day: date, years: int) -> date:
    month, of_month = (3, 1) if (day.month, day.day) == (2, 29) else (day.month, day.day)
    return date(day.year + years, month, of_month)


class ActivityFile(Strict):
    """`activity.yaml`. Each text stands in each of `languages`."""

    languages: Annotated[tuple[Tag, ...], Field(min_length=1)]
    titles: Titles
    summaries: Texts
    format: Format
    minutes: Annotated[int, Field(ge=10, le=600)]
    minutes_estimated: Texts
    audience: Texts
    prerequisites: Texts
    specialties: Annotated[tuple[Specialty, ...], Field(min_length=1)]
    valid: Validity
    grace_days: Annotated[int, Field(ge=0, le=90)]
    gap: Gap
    design: LongTexts
    objectives: Annotated[tuple[Objective, ...], Field(min_length=MIN_OBJECTIVES, max_length=MAX_OBJECTIVES)]
    pass_mark: Annotated[int, Field(ge=50, le=100)]
    attempts: Annotated[int, Field(ge=1, le=10)]
    is_randomised: bool = True
    pre_test: Annotated[Keys, Field(min_length=MIN_PRE_TEST, max_length=MAX_PRE_TEST)]
    post_test_items: Annotated[int, Field(ge=10, le=100)]
    credits: Annotated[tuple[Designation, ...], Field(min_length=1)]
    contributors: Annotated[tuple[Contributor, ...], Field(min_length=1)]
    support: tuple[Support, ...]
    joint_provider: Texts | None = None
    references: Annotated[tuple[Reference, ...], Field(min_length=1)]
    drafted: Drafted | None = None
    reviewed: Reviewed | None = None
    next_review: date

    @property
    def is_sample(self) -> bool:
        """Nobody answered for it."""
        return self.reviewed is None

    @property
    def reference_keys(self) -> tuple[str, ...]:
        """The keys of its references, in their order, which is that of their numbers."""
        return tuple(reference.key for reference in self.references)

    @model_validator(mode="after")
    def _is_whole(self) -> "ActivityFile":
        stamps = [stamp.on for stamp in (self.drafted, self.reviewed) if stamp]
        if not stamps:
            raise ValueError(N_("needs `drafted` (by, on) or `reviewed` (person, role, on)"))
        if self.next_review <= max(stamps):
            raise ValueError(N_("`next_review` must come after the day of drafting and of review"))
        if self.post_test_items < len(self.pre_test):
            raise ValueError(N_("`post_test_items` must hold all of `pre_test`: the first post-test asks them again"))
        for what, keys in (("references", self.reference_keys), ("objectives", [one.key for one in self.objectives]),
                           ("credits", [one.system for one in self.credits])):
            refuse_twice(what, keys)
        refuse_gaps(self, self.languages)
        return self


class SectionHead(Strict):
    """The head of a section's file."""

    title: Title
    objectives: Keys


def refuse_twice(what: str, keys: "tuple[str, ...] | list[str]") -> None:
    """Raises ValueError if a key stands twice."""
    twice = sorted({key for key in keys if list(keys).count(key) > 1})
    if twice:
        raise ValueError(said("%(what)s: %(known)s stands twice", what=what,
                              known=", ".join(f"`{key}`" for key in twice)))


def refuse_gaps(model: BaseModel, languages: tuple[str, ...]) -> None:
    """Raises ValueError if a text of the model lacks one of the languages, or has another."""
    for place, texts in texts_of(model):
        if set(texts) != set(languages):
            raise ValueError(said("`%(place)s` must stand in %(known)s, and in no other language", place=place,
                                  known=", ".join(languages)))


def texts_of(model: BaseModel, place: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """(place, text by language) of everything in a model that is said in languages."""
    for name in type(model).model_fields:
        yield from _texts_in(getattr(model, name), f"{place}{name}")


def _texts_in(value: object, place: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    if isinstance(value, Mapping):
        yield place, value
    elif isinstance(value, BaseModel):
        yield from texts_of(value, f"{place}.")
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _texts_in(item, f"{place}.{number}")
