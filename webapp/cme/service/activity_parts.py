"""What the documents of an activity file say: sections of labelled lines and of a table, in one language."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from webapp.cme.models import CmeVersion
from webapp.cme.rules.activity import ActivityFile, Contributor, Need, Part, Relationship, SupportKind
from webapp.cme.rules.certificates import FORMATS
from webapp.cme.service import showing, versions
from webapp.cme.service.claiming import Provider
from webapp.cme.service.showing import PART_NAMES, language_in
from webapp.core.errors import N_
from webapp.core.languages import Language
from webapp.core.render import Gettext, show_date, show_moment, translations
from webapp.review.queries import Signature
from webapp.review.rules.naming import MEANINGS, ROLES

NEEDS = {Need.KNOWLEDGE: N_("Knowledge"), Need.COMPETENCE: N_("Competence"), Need.PERFORMANCE: N_("Performance")}
KINDS = {SupportKind.MONEY: N_("Money"), SupportKind.IN_KIND: N_("In kind")}
# As learners' pages have them.
SUPPORTED = N_("Supported by %(company)s: %(nature)s. The supporter had no part in planning, content, choice of "
               "faculty, or evaluation, and learns nothing of who takes part.")
NONE_SAMPLE = N_("Physicians' credit: none. %(provider)s is not accredited to give it, and this is a sample.")
SAMPLE = N_("Sample: 0 credits. Written by AI (人工智能生成), not medically reviewed; the people named are fictional.")
NONE = N_("Physicians' credit: none. %(provider)s is not accredited to give it.")


@dataclass(frozen=True)
class Passage:
    """A heading, labelled lines (a line of its own has no label), and a table unless it has no columns."""

    heading: str
    lines: Sequence[tuple[str, str]] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Writer:
    """What every document needs."""

    version: CmeVersion
    language: Language

    @property
    def about(self) -> ActivityFile:
        """What the version says of itself."""
        return versions.about(self.version)

    @property
    def tag(self) -> str:
        """Of the activity's own texts."""
        return language_in(self.about, self.language)

    @property
    def words(self) -> Gettext:
        """In the language."""
        return translations(self.language).gettext

    def day(self, on: date) -> str:
        """As readers of the language write it."""
        return show_date(on, self.language)

    def document(self, title: str, now: datetime, passages: Sequence[Passage]) -> dict[str, Any]:
        """The values of the template. A sample says on each that it is one."""
        about = self.words("Version %(number)s. As it stood on %(when)s.") % {
            "number": self.version.number, "when": show_moment(now, self.language)}
        if self.about.is_sample:
            about = f"{about} {self.words(SAMPLE)}"
        return {"title": f"{self.words(title)}: {self.about.titles[self.tag]}", "about": about,
                "passages": [asdict(one) for one in passages]}


def planning(writer: Writer) -> list[Passage]:
    """The gap, why it is there, and what is done about it."""
    words, file, tag = writer.words, writer.about, writer.tag
    named = {reference.key: f"{reference.title}. {reference.issuer}, {reference.year}. {reference.url}"
             for reference in file.references}
    return [
        Passage(words(N_("Gap in practice")), [
            ("", file.gap.practice[tag]),
            (words(N_("What stands behind it")), ", ".join(words(NEEDS[need]) for need in file.gap.needs)),
            (words(N_("How it is known")), file.gap.evidence[tag]),
            (words(N_("Barriers")), file.gap.barriers[tag]),
            *[(words(N_("Source")), named[key]) for key in file.gap.cites]]),
        Passage(words(N_("Objectives")), [("", one.text[tag]) for one in file.objectives]),
        Passage(words(N_("Design")), [
            ("", file.design[tag]),
            (words(N_("Format")), words(FORMATS[file.format])),
            (words(N_("For whom")), file.audience[tag]),
            (words(N_("Time")), file.minutes_estimated[tag]),
            (words(N_("Can be begun for credit")), f"{writer.day(file.valid.first)} – {writer.day(file.valid.last)}"),
            (words(N_("Next review")), writer.day(file.next_review))])]


def people(writer: Writer) -> list[Passage]:
    """Everyone in control of content, what each disclosed, and what the provider decided on it."""
    words, tag = writer.words, writer.tag
    told = [(person.name, one) for person in writer.about.contributors for one in person.relationships]
    return [
        Passage(words(N_("In control of content")), (), [words(name) for name in (
            N_("Name"), N_("Part"), N_("Disclosed on"), N_("Began on"), N_("Relationships"))],
            [[f"{person.name}, {person.credentials[tag]}", _parts(writer, person), writer.day(person.disclosed_on),
              writer.day(person.began_on), str(len(person.relationships))] for person in writer.about.contributors]),
        Passage(words(N_("Financial relationships of 24 months, and the decision on each")),
                [] if told else [("", words(N_("Nobody had any.")))],
                [words(name) for name in (N_("Name"), N_("Company"), N_("Nature"), N_("Decision"))] if told else [],
                [[name, one.company, _nature(writer, one), _decision(writer, one)] for name, one in told])]


def _parts(writer: Writer, person: Contributor) -> str:
    return ", ".join(writer.words(PART_NAMES[part]) for part in person.parts)


def _nature(writer: Writer, one: Relationship) -> str:
    nature = one.nature[writer.tag]
    return f"{nature} {writer.words(N_('(ended)'))}" if one.has_ended else nature


def _decision(writer: Writer, one: Relationship) -> str:
    if not one.mitigation or not one.mitigated_on:
        return writer.words(N_("Not relevant"))
    return writer.words(N_("Relevant. Mitigated on %(day)s: %(how)s")) % {
        "day": writer.day(one.mitigated_on), "how": one.mitigation[writer.tag]}


def review(writer: Writer, signatures: Sequence[Signature]) -> list[Passage]:
    """Who judged whether the content is valid."""
    words = writer.words
    reviewers = [one for one in writer.about.contributors if Part.REVIEWER in one.parts]
    return [
        Passage(words(N_("Peer reviewers")), [(one.name, one.credentials[writer.tag]) for one in reviewers]
                or [("", words(N_("The activity names none.")))]),
        Passage(words(N_("Signatures")),
                [] if signatures else [("", words(N_("Nobody has signed.")))],
                [words(name) for name in (N_("Printed name"), N_("Role"), N_("Meaning"), N_("Signed"))]
                if signatures else [],
                [[one.printed_name, words(ROLES[one.role]),
                  " ".join([words(MEANINGS[one.meaning]), *map(words, one.reason.splitlines())]),
                  show_moment(one.at, writer.language)] for one in signatures])]


def support(writer: Writer) -> list[Passage]:
    """Who gave what under which agreement, and with whom it is provided."""
    words, file = writer.words, writer.about
    joint = file.joint_provider[writer.tag] if file.joint_provider else words(N_("There is none."))
    return [
        Passage(words(N_("Agreements on support")),
                [] if file.support else [("", words(N_("No company supports this activity.")))],
                [words(name) for name in (N_("Company"), N_("Kind"), N_("Nature"), N_("Agreed on"))]
                if file.support else [],
                [[one.company, words(KINDS[one.kind]), one.nature[writer.tag], writer.day(one.agreement_on)]
                 for one in file.support]),
        Passage(words(N_("Joint provider")), [("", joint)])]


def shown(writer: Writer, provider: Provider, now: datetime) -> list[Passage]:
    """What learners read before they begin: who made it, who paid, and the credit."""
    words, told = writer.words, showing.told(writer.version, writer.tag, provider, now)
    paid = [("", words(SUPPORTED) % one) for one in told["support"]]
    return [
        Passage(words(N_("Who made this activity")), [
            *[(person["name"], _disclosure(writer, person)) for person in told["contributors"]],
            ("", words(N_("All relevant financial relationships were mitigated before each part began.")))]),
        Passage(words(N_("Who paid")), [*(paid or [("", words(N_("No company supports this activity.")))]),
                                        *([("", told["joint_provider"])] if told["joint_provider"] else [])]),
        Passage(words(N_("Credit")), [_credit(writer, one, provider) for one in told["credits"]])]


def _credit(writer: Writer, one: dict[str, Any], provider: Provider) -> tuple[str, str]:
    words = writer.words
    if one["needs_accreditation"] and not one["is_credit"]:
        return one["name"], words(NONE_SAMPLE if writer.about.is_sample else NONE) % {"provider": provider.name}
    most = words(N_("at most %(amount)s")) % {"amount": f"{one['maximum']} {one['unit']}"}
    aside = "" if one["needs_accreditation"] else words(N_("(a record of learning time, no accredited credit)"))
    return one["name"], " ".join([most, aside, *one["texts"]]).strip()


def _disclosure(writer: Writer, person: dict[str, Any]) -> str:
    """In the words of the page, in one line."""
    words = writer.words
    parts = ", ".join(words(part) for part in person["parts"])
    told = [_told(writer, one) for one in person["relationships"]]
    none = words(N_("No relevant financial relationships in the last 24 months."))
    return f"{person['credentials']} ({parts}). {' '.join(told) or none}"


def _told(writer: Writer, one: dict[str, Any]) -> str:
    words = writer.words
    ended = f" {words(N_('(ended)'))}" if one["has_ended"] else ""
    how = f" {words(N_('How it was mitigated:'))} {one['mitigation']}" if one["mitigation"] else ""
    return f"{one['company']}: {one['nature']}{ended}.{how}"
