"""Credit systems as data: what may be claimed, by whom, under which statements, and how a year stands. Pure.

The systems stand in `webapp/cme/credit_systems.yaml`, each with its source. A system that needs an accredited provider
is silent without one: neither its statements nor its credit are given (field rules, section 3).
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, TypeAdapter, model_validator

from webapp.articles.rules.frontmatter import Key, Tag
from webapp.cme.rules.activity import Format, Strict, refuse_twice
from webapp.core.errors import N_, said

FILE = Path(__file__).parent.with_name("credit_systems.yaml")
NONE = Decimal(0)
_SLOT = re.compile(r"\{(provider|format|maximum)\}")

Amount = Annotated[Decimal, Field(gt=0)]


class Profession(StrEnum):
    """What a learner is, as far as credit asks."""

    PHYSICIAN = "physician"
    NURSE = "nurse"
    PHYSICIAN_ASSISTANT = "physician-assistant"
    PHARMACIST = "pharmacist"
    OTHER = "other"


class Statement(StrEnum):
    """What a mandatory text says: the credit that an activity is designated for, or who is accredited."""

    DESIGNATION = "designation"
    ACCREDITATION = "accreditation"


class Wording(Strict):
    """A mandatory text from its first day on, until a later one of its kind and language."""

    statement: Statement
    language: Tag
    since: date
    text: str


class Need(Strict):
    """How much a learner needs within so many calendar years."""

    amount: Amount
    years: Annotated[int, Field(ge=1)]


class System(Strict):
    """One credit system. `step`: the smallest amount that is claimed; `self_study_most`: of a year's self-study, what
    counts."""

    key: Key
    names: Annotated[Mapping[Tag, str], Field(min_length=1)]
    units: Annotated[Mapping[Tag, str], Field(min_length=1)]
    step: Amount
    need: Need | None = None
    self_study_most: Amount | None = None
    professions: Annotated[tuple[Profession, ...], Field(min_length=1)]
    needs_accreditation: bool
    needs_verified: bool
    formats: Annotated[Mapping[Tag, Mapping[Format, str]], Field(default_factory=dict)]
    """How a statement of that language calls each format."""
    texts: tuple[Wording, ...]
    source: str

    @model_validator(mode="after")
    def _names_formats(self) -> "System":
        for wording in self.texts:
            if "{format}" in wording.text and set(self.formats.get(wording.language, ())) != set(Format):
                raise ValueError(f"{self.key}: a text names the format, and `formats.{wording.language}` lacks one")
        return self


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount that a learner earned, here or elsewhere, on a day of the learner's calendar."""

    system: str
    on: date
    amount: Decimal
    is_self_study: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How a learner stands in a system. `total` is the year's; `counted` what of it counts, `within` what counts of the
    `need.years` that end with the year; a system that knows no need is never met."""

    system: str
    total: Decimal
    counted: Decimal
    within: Decimal
    need: Need | None

    @property
    def is_met(self) -> bool:
        return self.need is not None and self.within >= self.need.amount

    @property
    def missing(self) -> Decimal:
        """What is still needed; zero where nothing is."""
        return max(NONE, self.need.amount - self.within) if self.need else NONE


@cache
def systems() -> Mapping[str, System]:
    """Every system by its key, in the order of the file."""
    read = TypeAdapter(tuple[System, ...]).validate_python(yaml.safe_load(FILE.read_text("utf-8")))
    refuse_twice("systems", [system.key for system in read])
    return {system.key: system for system in read}


def claimable(system: System, maximum: Decimal) -> tuple[Decimal, ...]:
    """The amounts that may be claimed of an activity's maximum, from the smallest on; none where it is under a step."""
    return tuple(system.step * times for times in range(1, int(maximum // system.step) + 1))


def refuse_claim(system: System, maximum: Decimal, amount: Decimal) -> str | None:
    """Why that amount may not be claimed, or None."""
    if not amount.is_finite() or amount <= 0:
        return N_("Claim more than nothing.")
    if amount > maximum:
        return said("This activity gives at most %(maximum)s.", maximum=maximum)
    if amount % system.step:
        return said("Claim in steps of %(step)s.", step=system.step)
    return None


def is_eligible(system: System, profession: Profession, is_verified: bool) -> bool:
    """Whether somebody of that profession gets credit of the system; others get a certificate of participation."""
    return profession in system.professions and (is_verified or not system.needs_verified)


def may_speak(system: System, accredited_for: Collection[str]) -> bool:
    """Whether the system's texts, marks and credit are given by a provider accredited for the systems of those keys."""
    return not system.needs_accreditation or system.key in accredited_for


def texts(system: System, language: str, on: date, accredited_for: Collection[str] = ()) -> tuple[Wording, ...]:
    """The statements that hold on a day, designation first; none of a system that the provider is not accredited for.

    A statement that is not worded in the language stands in that which it is worded in: mandatory texts are not
    translated by us.
    """
    if not may_speak(system, accredited_for):
        return ()
    holding: dict[Statement, Wording] = {}
    for wording in sorted(system.texts, key=lambda one: (one.language == language, one.since)):
        if wording.since <= on:
            holding[wording.statement] = wording
    return tuple(holding[statement] for statement in Statement if statement in holding)


def filled(system: System, wording: Wording, *, provider: str, form: Format, maximum: Decimal) -> str:
    """A statement with its slots filled, the format as the system calls it in the statement's language."""
    values = {"provider": provider, "format": system.formats.get(wording.language, {}).get(form, ""),
              "maximum": str(maximum)}
    return _SLOT.sub(lambda slot: values[slot[1]], wording.text)


def progress(entries: Iterable[Entry], year: int) -> tuple[Progress, ...]:
    """How a learner stands at a year's end in every system with an entry or a need, in the order of the file.

    Of self-study no more counts in a year than the system allows. Entries of a system not known here are left out:
    a learner's own list of them shows them, and no need is known.
    """
    known = [entry for entry in entries if entry.system in systems()]
    return tuple(_progress(system, [entry for entry in known if entry.system == system.key], year)
                 for system in systems().values()
                 if system.need or any(entry.system == system.key for entry in known))


def _progress(system: System, entries: list[Entry], year: int) -> Progress:
    years = range(year - (system.need.years if system.need else 1) + 1, year + 1)
    return Progress(system.key, total=sum((entry.amount for entry in entries if entry.on.year == year), NONE),
                    counted=_counted(system, entries, year),
                    within=sum((_counted(system, entries, each) for each in years), NONE), need=system.need)


def _counted(system: System, entries: list[Entry], year: int) -> Decimal:
    of_year = [entry for entry in entries if entry.on.year == year]
    alone = sum((entry.amount for entry in of_year if entry.is_self_study), NONE)
    taught = sum((entry.amount for entry in of_year if not entry.is_self_study), NONE)
    return taught + (alone if system.self_study_most is None else min(alone, system.self_study_most))
