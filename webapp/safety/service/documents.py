"""A case as a desk takes it: the items of a CIOMS I form as PDF, E2B(R3) elements as JSON, and what was told as text.

All three are made anew whenever they are asked for, from what was told until the hand-over was made.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.core import pdf
from webapp.core.languages import ENGLISH
from webapp.core.platform import Platform
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyDesk, SafetyHandOver
from webapp.safety.rules import Kind
from webapp.safety.rules.e2b import Facts, merged, message
from webapp.safety.rules.hand_over import product_name
from webapp.safety.rules.reports import Criterion, Outcome, Report, Reporter, Sex
from webapp.safety.service import coding
from webapp.safety.service.coding import Named
from webapp.safety.service.letters import path_of
from webapp.safety.service.receiving import number_of
from webapp.safety.service.sealing import opened
from webapp.sponsors import queries as sponsors

KINDS = {Kind.FIRST: "First report", Kind.FOLLOW_UP: "Follow-up"}
SEXES = {Sex.MALE: "Male", Sex.FEMALE: "Female"}
OUTCOMES = {Outcome.RECOVERED: "Recovered", Outcome.RECOVERING: "Recovering", Outcome.NOT_RECOVERED: "Not recovered",
            Outcome.SEQUELAE: "Recovered with sequelae", Outcome.FATAL: "Fatal"}
REPORTERS = {Reporter.PATIENT: "Patient", Reporter.CARER: "Family, friend or carer", Reporter.PHYSICIAN: "Physician",
             Reporter.PHARMACIST: "Pharmacist", Reporter.PROFESSIONAL: "Other health professional"}
CRITERIA = {Criterion.DEATH: "Patient died", Criterion.LIFE_THREATENING: "Life threatening",
            Criterion.HOSPITALISATION: "Inpatient hospitalisation, or prolonged",
            Criterion.DISABILITY: "Persistent or significant disability",
            Criterion.CONGENITAL_ANOMALY: "Congenital anomaly", Criterion.OTHER: "Other medically important condition"}
"""For safety desks, in English: whatever the language of the report, which stands as it was told."""
PROFESSIONALS = {Reporter.PHYSICIAN, Reporter.PHARMACIST, Reporter.PROFESSIONAL}
NOT_TOLD = ""
MINUTE = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True)
class Telling:
    """One text of a case."""

    kind: Kind
    at: datetime
    report: Report

    def lines(self) -> list[tuple[str, str]]:
        """What was told, field by field, in English; the words are as received."""
        said = self.report
        told = [("What happened", said.what), ("Medicine", said.medicine), ("Batch", said.batch),
                ("When it began", said.when), ("Patient's initials", said.initials), ("Patient's age", said.age),
                ("Patient's sex", SEXES[Sex(said.sex)] if said.sex else ""),
                ("Outcome", OUTCOMES[Outcome(said.outcome)] if said.outcome else ""),
                ("Seriousness", "; ".join(CRITERIA[Criterion(one)] for one in said.criteria)),
                ("Reporter", REPORTERS[Reporter(said.reporter)] if said.reporter else ""),
                ("Reporter's name", said.name), ("Reporter's contact", said.contact),
                ("May be contacted", "Yes" if said.may_contact else "No")]
        return [(name, value) for name, value in told if value]


@dataclass(frozen=True)
class Bundle:
    """All that a desk is handed of a case. `told`: oldest first. `is_follow_up`: the desk knows of it already."""

    row: SafetyHandOver
    case: SafetyCase
    desk: SafetyDesk
    company: str
    told: Sequence[Telling]
    page: str
    is_follow_up: bool
    coded: Named | None = None
    """The term of MedDRA that an officer chose."""

    @property
    def number(self) -> str:
        """The case's name in print."""
        return number_of(self.case)

    @property
    def began_at(self) -> datetime:
        """When the newest of it was received."""
        return self.told[-1].at

    def source(self) -> str:
        """What was told, as received, under English headings."""
        return "\n\n".join("\n".join(part) for part in self._source())

    def _source(self) -> Iterator[list[str]]:
        yield [f"{self.number} · {product_name(self.case.product)} · {self.case.market}",
               f"First received: {self.case.received_at:{MINUTE}}"]
        for one in self.told:
            yield [f"{KINDS[one.kind]}, received {one.at:{MINUTE}}"]
            for name, value in one.lines():
                yield [f"{name}:", value]

    def as_text(self) -> bytes:
        """The source in UTF-8, with a mark at its start so that every editor knows it."""
        return f"{self.source()}\n".encode("utf-8-sig")

    def as_json(self) -> bytes:
        """The elements of E2B(R3) under `e2b`, and what has no place there beside them."""
        case, known = self.case, merged([one.report for one in self.told])
        facts = Facts(self.number, product_name(case.product), case.language, case.received_at, self.began_at,
                      self.row.made_at, tuple(case.criteria), self.coded.coded if self.coded else None)
        beside = {"hand_over": self.row.key, "page": self.page, "product": case.product, "market": case.market,
                  "received_at": case.received_at.isoformat(), "is_follow_up": self.is_follow_up,
                  "may_contact": known.may_contact, "reaction_term": self._term() or None}
        return json.dumps({**beside, "e2b": message(facts, known, self.source())}, ensure_ascii=False,
                          indent=1).encode()

    def as_pdf(self) -> bytes:
        """The items of a CIOMS I form, in a layout of our own."""
        return pdf.render("safety/cioms.typ", ENGLISH, self.row.made_at, {
            "title": f"Suspect adverse reaction report {self.number}",
            "about": f"Items numbered as on the CIOMS I form. First received {self.case.received_at:{MINUTE}}: day 0. "
                     "An empty item was not told.",
            "sections": self._sections(merged([one.report for one in self.told]))})

    def _sections(self, known: Report) -> list[dict[str, Any]]:
        """Those that hold no story, which may be of any length, stand on one page each."""
        stories = [(f"{KINDS[one.kind]}, {one.at:{MINUTE}}",
                    "\n".join(f"{name}: {value}" for name, value in one.lines())) for one in self.told]
        return [{"heading": "I. Reaction", "is_long": True,
                 "items": [*self._patient(known), *self._reaction(known)]},
                {"heading": "II. Suspect drug", "is_long": False, "items": self._drug(known)},
                {"heading": "III. Concomitant drugs and history", "is_long": False, "items": [
                    ("22. Concomitant drugs and dates", NOT_TOLD), ("23. Other relevant history", NOT_TOLD)]},
                {"heading": "IV. Manufacturer", "is_long": False, "items": self._manufacturer(known)},
                {"heading": "As it was told", "is_long": True, "items": stories}]

    def _patient(self, known: Report) -> list[tuple[str, str]]:
        return [("1. Patient's initials", known.initials), ("1a. Country", NOT_TOLD), ("2. Date of birth", NOT_TOLD),
                ("2a. Age", known.age), ("3. Sex", SEXES[Sex(known.sex)] if known.sex else NOT_TOLD),
                ("4-6. Reaction onset", known.when)]

    def _reaction(self, known: Report) -> list[tuple[str, str]]:
        ticked = [f"[{'x' if one in self.case.criteria else ' '}] {name}" for one, name in CRITERIA.items()]
        return [("7+13. Reaction", "\n\n".join(one.report.what for one in self.told)),
                ("8-12. Seriousness", "\n".join(ticked)),
                ("Outcome", OUTCOMES[Outcome(known.outcome)] if known.outcome else NOT_TOLD),
                *([("Term given by us", self._term())] if self.case.reaction else [])]

    def _term(self) -> str:
        """A term of our own list by its id, one of MedDRA with its version and code."""
        return str(self.coded) if self.coded else self.case.reaction

    def _drug(self, known: Report) -> list[tuple[str, str]]:
        name = known.medicine or product_name(self.case.product)
        return [("14. Suspect drug, batch", f"{name}{f', batch {known.batch}' if known.batch else ''}"),
                *((item, NOT_TOLD) for item in (
                    "15. Daily dose", "16. Route of administration", "17. Indication for use", "18. Therapy dates",
                    "19. Therapy duration", "20. Did reaction abate after stopping?",
                    "21. Did reaction reappear after reintroduction?"))]

    def _manufacturer(self, known: Report) -> list[tuple[str, str]]:
        is_professional = known.reporter in PROFESSIONALS
        sources = [("Study", False), ("Literature", False), ("Health professional", is_professional),
                   ("Other", not is_professional)]
        kinds = [("Initial", not self.is_follow_up), ("Follow-up", self.is_follow_up)]
        return [("24a. Manufacturer", self.company), ("24b. Manufacturer's control no.", NOT_TOLD),
                ("24c. Date received by manufacturer", NOT_TOLD), ("24d. Report source", _ticks(sources)),
                ("Date of this report", f"{self.row.made_at:%Y-%m-%d}"), ("25a. Report type", _ticks(kinds))]


def bundle(session: Session, platform: Platform, row: SafetyHandOver) -> Bundle:
    """What the desk is handed. CannotOpen if the key has left the ring."""
    case, desk = queries.case_numbered(session, row.case_id), queries.desk_of(session, row.desk_id)
    told = [Telling(Kind(one.kind), one.at, opened(platform.ring, case, one))
            for one in queries.reports(session, row.case_id) if (one.id or 0) <= row.report_id]
    return Bundle(row, case, desk, sponsors.company(session, desk.company_id).name, told,
                  f"{platform.base_url}{path_of(row)}", queries.is_handed_over_before(session, row),
                  coding.named(session, case.reaction, ENGLISH.tag))


def _ticks(choices: Sequence[tuple[str, bool]]) -> str:
    return "   ".join(f"[{'x' if is_ticked else ' '}] {name}" for name, is_ticked in choices)
