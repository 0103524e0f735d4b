"""What a certificate says and how it stands. Pure: facts are plain values, so that they are kept as they were said."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypedDict

from webapp.cme.rules import credit
from webapp.cme.rules.activity import ActivityFile, Format
from webapp.core.errors import N_, Invalid
from webapp.core.languages import LANGUAGES

KEPT = timedelta(days=6 * 365 + 2)
"""How long a certificate is kept at least: six years, as accreditors ask. Triggers refuse to delete a younger one."""
_SPACING = re.compile("[\\s\u00ad\u200b\ufeff\u2010-\u2015\u2212\uff0d-]")
"""What people and programs put between the signs of a code: blanks, hyphens and dashes."""
_AFTER_PATH = re.compile("[?#]")
NAME_LENGTH = 200
NAMELESS = N_("Write your name as the certificate is to carry it, in one line of at most 200 characters.")


class Kind(StrEnum):
    """What is certified: that credit was awarded, or that somebody took part."""

    CREDIT = "credit"
    PARTICIPATION = "participation"


class Standing(StrEnum):
    """How a certificate stands, derived from what came after it."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


KINDS = {Kind.CREDIT: N_("Certificate of credit"), Kind.PARTICIPATION: N_("Certificate of participation")}
STANDINGS = {Standing.VALID: N_("Valid"), Standing.SUPERSEDED: N_("Replaced by a newer one"),
             Standing.REVOKED: N_("Revoked")}
FORMATS = {Format.ENDURING_MATERIAL: N_("Enduring material"), Format.JOURNAL_BASED: N_("Journal-based activity")}
NO_CREDIT_SAMPLE = N_("0 credits: sample")
NO_CREDIT = N_("0 credits: the provider is not accredited for it")


@dataclass(frozen=True)
class Claimed:
    """What a learner claimed of a system, and whether it counts."""

    system: str
    amount: Decimal
    counts: bool


class Statement(TypedDict):
    """A mandatory text, filled, in the language that it is worded in. What stands between `*` is set apart."""

    language: str
    text: str


class Credit(TypedDict):
    """A claim as certified, with the names that its system had then."""

    system: str
    names: dict[str, str]
    units: dict[str, str]
    amount: str
    counts: bool
    statements: list[Statement]


class Facts(TypedDict):
    """All that a certificate says beside a name: texts by language where there are two."""

    v: int
    titles: dict[str, str]
    provider: str
    format: str
    completed_on: str
    version: int
    language: str
    is_sample: bool
    credits: list[Credit]


@dataclass(frozen=True)
class Issuer:
    """Whose certificate it is, and the systems that it is accredited for."""

    name: str
    accredited_for: Collection[str] = ()


def kind_of(claimed: Sequence[Claimed]) -> Kind:
    """Credit if any of it counts."""
    return Kind.CREDIT if any(one.counts for one in claimed) else Kind.PARTICIPATION


def name_of(typed: str) -> str:
    """A name as a certificate carries it. Raises `Invalid` for none, and for one that is not a line."""
    name = " ".join(typed.split())
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise Invalid(NAMELESS)
    return name


def code_in(typed: str) -> str:
    """The code of what was typed or pasted: the code itself, however it is spaced, or the address of its page."""
    path = _AFTER_PATH.split(_SPACING.sub("", typed), maxsplit=1)[0]
    return path.rstrip("/").rpartition("/")[2].lower()


def facts_of(about: ActivityFile, claimed: Sequence[Claimed], issuer: Issuer, *, version: int, language: str,
             completed_on: date) -> Facts:
    """What the certificate of a completion says."""
    credits = [_credit(about, one, issuer, completed_on) for one in claimed]
    accredited = [one for one in credits if one["counts"] and credit.systems()[one["system"]].needs_accreditation]
    for first in accredited[:1]:  # said once, with the statements of the credit that it is about
        first["statements"] += [{"language": tag, "text": words}
                                for tag, words in joint_statement(about, issuer.accredited_for).items()]
    return {"v": 1, "titles": dict(about.titles), "provider": issuer.name, "format": str(about.format),
            "completed_on": completed_on.isoformat(), "version": version, "language": language,
            "is_sample": about.is_sample, "credits": credits}


def _credit(about: ActivityFile, one: Claimed, issuer: Issuer, on: date) -> Credit:
    system = credit.systems()[one.system]
    return {"system": system.key, "names": dict(system.names), "units": dict(system.units),
            "amount": shown_amount(one.amount), "counts": one.counts,
            "statements": _statements(about, system, issuer, on) if one.counts else []}


def joint_statement(about: ActivityFile, accredited_for: Collection[str]) -> Mapping[str, str]:
    """What an accredited provider says of whom it provides the activity with, by language. As its other statements:
    nothing of a sample, nor where it is accredited for no system of the activity's that needs it."""
    systems = [credit.systems()[one.system] for one in about.credits]
    speaks = not about.is_sample and any(one.needs_accreditation and one.key in accredited_for for one in systems)
    return about.joint_provider or {} if speaks else {}


def _statements(about: ActivityFile, system: credit.System, issuer: Issuer, on: date) -> list[Statement]:
    """Each wording once, in whichever languages it has."""
    maximum = next(each.maximum for each in about.credits if each.system == system.key)
    wordings = dict.fromkeys(wording for language in LANGUAGES
                             for wording in credit.texts(system, language.tag, on, issuer.accredited_for))
    return [{"language": wording.language, "text": credit.filled(
        system, wording, provider=issuer.name, form=about.format, maximum=maximum)} for wording in wordings]


def shown_amount(amount: Decimal) -> str:
    """As it is written: `0.5`, `1`."""
    return f"{amount.normalize():f}"


def spoken(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """(the language it is in, the text): in the language asked for, else in the first that there is."""
    tag = language if language in texts else next(iter(texts))
    return tag, texts[tag]


def standing_of(*, is_superseded: bool, is_revoked: bool) -> Standing:
    """How a certificate stands. One that was replaced stays so, whatever becomes of the newer one."""
    if is_superseded:
        return Standing.SUPERSEDED
    return Standing.REVOKED if is_revoked else Standing.VALID
