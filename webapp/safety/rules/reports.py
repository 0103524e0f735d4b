"""What a reporter tells, field by field. Nothing is required but some words about what happened."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any
from unicodedata import category

from webapp.core.errors import N_, Invalid

MOST_WORDS = 20_000
"""Characters of the story: our choice, some ten pages; what is longer is refused and not cut."""
MOST_LINE = 200
"""Characters of every other field: our choice."""


class Sex(StrEnum):
    """As ICH E2B(R3), D.5, has it; empty where nobody said."""

    MALE = "male"
    FEMALE = "female"


class Outcome(StrEnum):
    """As ICH E2B(R3), E.i.7."""

    RECOVERED = "recovered"
    RECOVERING = "recovering"
    NOT_RECOVERED = "not-recovered"
    SEQUELAE = "recovered-with-sequelae"
    FATAL = "fatal"


class Criterion(StrEnum):
    """What makes a case serious (ICH E2A, II B; E2B(R3), E.i.3.2)."""

    DEATH = "death"
    LIFE_THREATENING = "life-threatening"
    HOSPITALISATION = "hospitalisation"
    DISABILITY = "disability"
    CONGENITAL_ANOMALY = "congenital-anomaly"
    OTHER = "other-important"


class Reporter(StrEnum):
    """Who tells. E2B(R3), C.2.r.4, keeps patients and those close to them together."""

    PATIENT = "patient"
    CARER = "carer"
    PHYSICIAN = "physician"
    PHARMACIST = "pharmacist"
    PROFESSIONAL = "other-professional"


class Element(StrEnum):
    """The four that make a case valid (ICH E2D(R1), section 4)."""

    REPORTER = "reporter"
    PATIENT = "patient"
    PRODUCT = "product"
    REACTION = "reaction"


OUTCOMES = {Outcome.RECOVERED: N_("Gone"), Outcome.RECOVERING: N_("Getting better"),
            Outcome.NOT_RECOVERED: N_("Still there"), Outcome.SEQUELAE: N_("Gone, with lasting damage"),
            Outcome.FATAL: N_("The person died")}
CRITERIA = {Criterion.DEATH: N_("The person died"), Criterion.LIFE_THREATENING: N_("Life in danger"),
            Criterion.HOSPITALISATION: N_("Hospital, or a longer stay there"),
            Criterion.DISABILITY: N_("A lasting disability"),
            Criterion.CONGENITAL_ANOMALY: N_("A baby born with a condition"),
            Criterion.OTHER: N_("Serious in another way")}
ASKED_CRITERIA = {value: words for value, words in CRITERIA.items() if value is not Criterion.DEATH}
"""What the form offers to tick: a death is told as how it ended, once."""
REPORTERS = {Reporter.PATIENT: N_("The person it happened to"), Reporter.CARER: N_("Family, friend or carer"),
             Reporter.PHYSICIAN: N_("Doctor"), Reporter.PHARMACIST: N_("Pharmacist"),
             Reporter.PROFESSIONAL: N_("Nurse or other health professional")}
SEXES = {Sex.FEMALE: N_("Female"), Sex.MALE: N_("Male")}
"""In the words of the form."""


@dataclass(frozen=True)
class Report:
    """One telling. All of it is personal, and sealed wherever it is kept."""

    what: str = field(repr=False)
    medicine: str = ""
    batch: str = ""
    when: str = ""
    """When it began, in the reporter's words."""
    initials: str = field(default="", repr=False)
    age: str = field(default="", repr=False)
    sex: str = ""
    outcome: str = ""
    criteria: tuple[str, ...] = ()
    reporter: str = ""
    name: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    may_contact: bool = False

    def kept(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)


def report_of(kept: Mapping[str, Any]) -> Report:
    """What `kept` gave."""
    return Report(**{**kept, "criteria": tuple(kept.get("criteria", ()))})


def read(form: Mapping[str, str], criteria: tuple[str, ...]) -> Report:
    """The report that a form's fields make; `criteria` are those ticked, and a death is one whether or not it was.
    Invalid with the first of its faults; unknown choices count as not answered."""
    for fault in faults(form).values():
        raise Invalid(fault)
    lines = {name: _words(form.get(name, "")) for name in ("what", *TOO_LONG)}
    if form.get("outcome") == Outcome.FATAL:
        criteria = (*criteria, Criterion.DEATH)
    return Report(sex=_one_of(Sex, form.get("sex", "")), outcome=_one_of(Outcome, form.get("outcome", "")),
                  criteria=tuple(one for one in Criterion if one in criteria),
                  reporter=_one_of(Reporter, form.get("reporter", "")), may_contact=form.get("may_contact") == "yes",
                  **lines)


def faults(form: Mapping[str, str]) -> dict[str, str]:
    """Field -> what is wrong with it, in the form's order: no word about what happened, or too many of anything."""
    what = _words(form.get("what", ""))
    found = {"what": NO_WORDS} if not what else {"what": TOO_MANY_WORDS} if len(what) > MOST_WORDS else {}
    return found | {name: sentence for name, sentence in TOO_LONG.items()
                    if len(_words(form.get(name, ""))) > MOST_LINE}


NO_WORDS = N_("Write a few words about what happened. All else may stay empty.")
TOO_MANY_WORDS = N_("What happened has more than 20,000 characters. Shorten it, or send the rest as a second "
                    "report that names this one.")
TOO_LONG = {
    "medicine": N_("The name of the medicine has more than 200 characters. Shorten it."),
    "batch": N_("The batch number has more than 200 characters. Shorten it."),
    "when": N_("When it began has more than 200 characters. Shorten it."),
    "initials": N_("The initials have more than 200 characters. Shorten them."),
    "age": N_("The age has more than 200 characters. Shorten it."),
    "name": N_("Your name has more than 200 characters. Shorten it."),
    "contact": N_("The e-mail or telephone has more than 200 characters. Shorten it.")}


def elements(report: Report) -> dict[Element, bool]:
    """Which of the four elements the report seems to have; an officer decides. Whoever tells is identifiable by what
    they are, or by a name or an address; a patient by any one trait."""
    return {Element.REPORTER: bool(report.reporter or report.name or report.contact),
            Element.PATIENT: bool(report.initials or report.age or report.sex),
            Element.PRODUCT: bool(report.medicine), Element.REACTION: bool(report.what)}


def _one_of(kind: type[StrEnum], value: str) -> str:
    return value if value in set(kind) else ""


def _words(text: str) -> str:
    """What was written, sign for sign, but for control characters and the blanks around it; empty if nothing of it can
    be seen."""
    kept = "".join(sign for sign in text.replace("\r\n", "\n") if sign in "\n\t" or category(sign) != "Cc").strip()
    return kept if any(sign.isprintable() and not sign.isspace() for sign in kept) else ""
