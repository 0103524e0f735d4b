"""A case in the elements of ICH E2B(R3), by their numbers, as JSON.

Names and codes are the implementation guide's, sections C to H. What nobody told is left out; where E2B
asks for an element all the same and has a null flavour for it, it is null. A date, an age or a telephone number that
cannot be read for certain stays in the narrative alone. It is not the XML message: a desk's own system makes that.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from webapp.safety.rules.coding import Coded
from webapp.safety.rules.reports import Criterion, Outcome, Report, Reporter, Sex

QUALIFICATIONS = {Reporter.PHYSICIAN: "1", Reporter.PHARMACIST: "2", Reporter.PROFESSIONAL: "3",
                  Reporter.PATIENT: "5", Reporter.CARER: "5"}
"""C.2.r.4; 4 is a lawyer, 5 a consumer or other non health professional."""
SEXES = {Sex.MALE: "1", Sex.FEMALE: "2"}
"""D.5."""
OUTCOMES = {Outcome.RECOVERED: "1", Outcome.RECOVERING: "2", Outcome.NOT_RECOVERED: "3", Outcome.SEQUELAE: "4",
            Outcome.FATAL: "5"}
"""E.i.7."""
UNKNOWN_OUTCOME = "0"
CRITERIA = {"E.i.3.2a": Criterion.DEATH, "E.i.3.2b": Criterion.LIFE_THREATENING,
            "E.i.3.2c": Criterion.HOSPITALISATION, "E.i.3.2d": Criterion.DISABILITY,
            "E.i.3.2e": Criterion.CONGENITAL_ANOMALY, "E.i.3.2f": Criterion.OTHER}
"""True, or null: E2B has no false here."""
LANGUAGES = {"en": "eng", "zh-Hans": "chi"}
"""E.i.1.1b: codes of ISO 639-2."""
SPONTANEOUS, OTHER_SENDER, PRIMARY, SUSPECT, YEARS = "1", "2", "1", "1", "a"
"""C.1.3, C.1.8.2 (no regulator), C.2.r.5, G.k.1, D.2.2b (UCUM)."""
MOST_PHRASE, MOST_PRODUCT, MOST_BATCH, MOST_INITIALS, MOST_NAME = 250, 250, 35, 60, 50
"""Lengths of E.i.1.1a, G.k.2.2, G.k.4.r.7, D.1, C.2.r.1.4: what is longer stands whole in the narrative, H.1."""
_AGE = re.compile(r"\d{1,3}")
_TELEPHONE = re.compile(r"\+?[\d ()./-]{5,33}")


@dataclass(frozen=True)
class Facts:
    """What is known of a case besides what was told. `newest_at` is when the last of it was received."""

    number: str
    product: str
    language: str
    received_at: datetime
    newest_at: datetime
    made_at: datetime
    criteria: tuple[str, ...]
    coded: Coded | None = None
    """The term of MedDRA that an officer chose; None without one."""


def merged(reports: Sequence[Report]) -> Report:
    """What is known by now: field by field the last word. The story of each stays in the narrative; the phrase is the
    first one's."""
    known = reports[0]
    for report in reports[1:]:
        said = {one.name: getattr(report, one.name) for one in fields(report) if one.name != "what"}
        known = replace(known, **{name: value for name, value in said.items() if value})
    return known


def message(facts: Facts, known: Report, narrative: str) -> dict[str, Any]:
    """The elements. `known` as `merged` gives it; `narrative` holds all that was told."""
    return {
        "C.1.1": facts.number, "C.1.2": f"{facts.made_at:%Y%m%d%H%M%S}+0000", "C.1.3": SPONTANEOUS,
        "C.1.4": f"{facts.received_at:%Y%m%d}", "C.1.5": f"{facts.newest_at:%Y%m%d}", "C.1.8.2": OTHER_SENDER,
        "C.2.r": [_told({"C.2.r.1.4": known.name[:MOST_NAME], "C.2.r.2.7": telephone(known.contact)})
                  | {"C.2.r.4": QUALIFICATIONS.get(Reporter(known.reporter)) if known.reporter else None,
                     "C.2.r.5": PRIMARY}],
        "D.1": known.initials[:MOST_INITIALS] or None, **_age(known.age),
        "D.5": SEXES[Sex(known.sex)] if known.sex else None,
        "E.i": [_reaction(facts, known)], "G.k": [_drug(facts, known)], "H.1": narrative}


def telephone(contact: str) -> str:
    """The contact if it can only be a telephone number, which C.2.r.2.7 is for; E2B has no place for a mail address."""
    return contact if _TELEPHONE.fullmatch(contact) else ""


def _age(age: str) -> dict[str, Any]:
    return {"D.2.2a": int(age), "D.2.2b": YEARS} if _AGE.fullmatch(age) and age.isascii() else {}


def _reaction(facts: Facts, known: Report) -> dict[str, Any]:
    coded = {"E.i.2.1a": facts.coded.version, "E.i.2.1b": f"{facts.coded.code:08}"} if facts.coded else {}
    return {"E.i.1.1a": known.what[:MOST_PHRASE], **_told({"E.i.1.1b": LANGUAGES.get(facts.language, "")}), **coded,
            **{name: True if criterion in facts.criteria else None for name, criterion in CRITERIA.items()},
            **_told({"E.i.4": _day(known.when)}),
            "E.i.7": OUTCOMES[Outcome(known.outcome)] if known.outcome else UNKNOWN_OUTCOME}


def _drug(facts: Facts, known: Report) -> dict[str, Any]:
    batch = {"G.k.4.r": [{"G.k.4.r.7": known.batch[:MOST_BATCH]}]} if known.batch else {}
    return {"G.k.1": SUSPECT, "G.k.2.2": (known.medicine or facts.product)[:MOST_PRODUCT], **batch}


def _day(when: str) -> str:
    """A day that was written as 2026-03-01, in E2B's form; empty for other words."""
    try:
        return f"{date.fromisoformat(when):%Y%m%d}" if len(when) == len("2026-03-01") else ""
    except ValueError:
        return ""


def _told(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
