"""What is reported to the ACCME's Program and Activity Reporting System (PARS): whom a record is of, and its XML. Pure.

A learner's record holds name, licence with its state, month and day of birth, and the day of completion; the activity
comes first, its learners after (the ACCME's guides to reporting learners and to its activity file). The activity's
elements are those of MedBiquitous MEMS that the ACCME's public specification of that file names. Its schema of learners
is given to providers alone: the elements of `learner_xml` follow the field names of its public guides, and are the one
place to change when a provider has the schema.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree

from webapp.cme.rules.credit import Profession
from webapp.core.errors import N_, Invalid

SYSTEM = "ama-pra-1"
WORDING = 1
"""Of what a learner agrees to, as `WORDS` says it; a changed text takes the next number."""
WORDS = N_("I agree that the provider reports this credit to the ACCME’s reporting system (PARS), with my name, "
           "licence, and month and day of birth. Medical boards can see it there. If I do not agree, I get the credit "
           "all the same.")
_STATES = ("AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND "
           "OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI")
STATES = frozenset(_STATES.split())
"""Two-letter codes of states, the district and territories (USPS Publication 28, appendix B)."""
LONGEST = 100
FIELDS = ("pars_given", "pars_family", "pars_state", "pars_licence", "pars_month", "pars_day")
AGREES = "pars_agrees"


@dataclass(frozen=True)
class Identity:
    """Whom a record is of. `month` and `day` are of birth; no year is asked."""

    given: str
    family: str
    state: str
    licence: str
    month: int
    day: int


@dataclass(frozen=True)
class ReportedActivity:
    """What is told of an activity."""

    key: str
    title: str
    provider: str
    first: date
    minutes: int
    maximum: Decimal
    supporters: tuple[str, ...]


@dataclass(frozen=True)
class ReportedLearner:
    """What is told of a learner's completion."""

    activity_key: str
    key: str
    who: Identity
    on: date
    credits: Decimal


def read(form: Mapping[str, str]) -> Identity | None:
    """Whom a form names, None where the learner did not agree. Raises `Invalid` for one who agreed and left out or
    mistyped something."""
    if form.get(AGREES) != "yes":
        return None
    given, family, state, licence, month, day = (" ".join(form.get(name, "").split()) for name in FIELDS)
    if not all((given, family, licence)) or any(len(one) > LONGEST for one in (given, family, licence)):
        raise Invalid(N_("To report your credit we need both names and your licence number. Or take the tick away."))
    if state.upper() not in STATES:
        raise Invalid(N_("Give the state of your licence by its two letters, such as NY."))
    if not (month.isascii() and month.isdecimal() and day.isascii() and day.isdecimal()) or not _is_day(month, day):
        raise Invalid(N_("Give month and day of your birth as numbers."))
    return Identity(given, family, state.upper(), licence, int(month), int(day))


def typed(who: Identity) -> dict[str, str]:
    """The form as it was filled in by somebody who agreed."""
    return {AGREES: "yes", **dict(zip(FIELDS, map(str, astuple(who)), strict=True))}


def _is_day(month: str, day: str) -> bool:
    try:
        date(2000, int(month[:3]), int(day[:3]))  # a leap year
    except ValueError:
        return False
    return True


def may_agree(profession: str) -> bool:
    """Whether somebody's credit can be reported: physicians'."""
    return profession == Profession.PHYSICIAN


def activity_xml(activity: ReportedActivity, now: datetime) -> bytes:
    """An activity's record."""
    root = ElementTree.Element("ACCMEActivities")
    metrics = ElementTree.SubElement(root, "MedicalEducationMetrics")
    described = ElementTree.SubElement(metrics, "ActivityDescription")
    lom = ElementTree.SubElement(described, "lom")
    general = ElementTree.SubElement(lom, "general")
    _add(ElementTree.SubElement(general, "identifier"), "entry", activity.key)
    _add(ElementTree.SubElement(general, "title"), "string", activity.title)
    education = ElementTree.SubElement(described, "healthcareEducation")
    _add(education, "providerName", activity.provider)
    _add(education, "startDate", activity.first.isoformat())
    credit = ElementTree.SubElement(education, "credits")
    _add(credit, "creditType", "AMA PRA Category 1 Credit")
    _add(credit, "maximumCredits", str(activity.maximum))
    extension = ElementTree.SubElement(metrics, "xtensibleInfo")
    _add(extension, "hoursOfInstruction", f"{activity.minutes / 60:.2f}")
    _add(extension, "commercialSupportReceived", "Yes" if activity.supporters else "No")
    for name in activity.supporters:
        _add(extension, "commercialSupporter", name)
    return _written(root, now)


def learner_xml(learner: ReportedLearner, now: datetime) -> bytes:
    """A learner's record."""
    root = ElementTree.Element("ACCMELearnerReports")
    report = ElementTree.SubElement(ElementTree.SubElement(root, "ActivityReports"), "ActivityReport")
    _add(report, "ActivityID", learner.activity_key)
    one = ElementTree.SubElement(report, "LearnerReport")
    for name, value in (("ReportID", learner.key), ("GivenName", learner.who.given),
                        ("FamilyName", learner.who.family), ("LicenseState", learner.who.state),
                        ("LicenseID", learner.who.licence), ("BirthMonth", f"{learner.who.month:02}"),
                        ("BirthDay", f"{learner.who.day:02}"), ("CompletionDate", learner.on.isoformat()),
                        ("Credits", str(learner.credits))):
        _add(one, name, value)
    return _written(root, now)


def withdrawal_xml(activity_key: str, key: str, now: datetime) -> bytes:
    """Takes a learner's record back: it names the record and nobody."""
    root = ElementTree.Element("ACCMELearnerReports")
    report = ElementTree.SubElement(ElementTree.SubElement(root, "ActivityReports"), "ActivityReport")
    _add(report, "ActivityID", activity_key)
    one = ElementTree.SubElement(report, "LearnerReport")
    _add(one, "ReportID", key)
    _add(one, "Withdrawn", "Yes")
    return _written(root, now)


def _add(parent: ElementTree.Element, name: str, words: str) -> None:
    # XML 1.0 knows no other control characters, whoever typed them.
    ElementTree.SubElement(parent, name).text = "".join(sign for sign in words if sign >= " " or sign in "\t\n")


def _written(root: ElementTree.Element, now: datetime) -> bytes:
    root.set("DateTimeCreated", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    made: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made
