"""A case as safety officers see it, in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import Line
from webapp.core.languages import Language
from webapp.core.render import translations
from webapp.core.sealing import CannotOpen
from webapp.core.tokens import KeyRing
from webapp.medicines import queries as medicines
from webapp.medicines.queries import Label, Place
from webapp.people import queries as people
from webapp.people.queries import Account
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyDowngrade, SafetyQuestion, SafetyReport
from webapp.safety.queries import follow_ups
from webapp.safety.rules import IN_USE, STATES, Kind, Source, State
from webapp.safety.rules.clocks import Expectedness
from webapp.safety.rules.likeness import ENOUGH, Traits, compare
from webapp.safety.rules.reports import CRITERIA, OUTCOMES, REPORTERS, SEXES, Criterion, Outcome, Report, Reporter, Sex
from webapp.safety.rules.terms import terms
from webapp.safety.rules.triage import (
    DOWNGRADES,
    EXPECTEDNESS,
    SOURCES,
    Assessment,
    Downgrade,
    follow_up_in,
    label_names,
)
from webapp.safety.service import asking, coding, handed, listing, overhearing, trail
from webapp.safety.service.naming import namer
from webapp.safety.service.receiving import number_of, subject_of
from webapp.safety.service.sealing import opened
from webapp.safety.service.triage import stamp_of

Words = Callable[[str], str]
SECTIONS = ("34066-1", "43685-7", "34084-4")
"""Boxed warning, warnings and precautions, adverse reactions: LOINC codes of a label's sections."""
MOST_LABELS = 2
LOOK_BACK = timedelta(days=90)
"""For duplicates, before a case's own receipt and after it: our choice; who sends twice does so within weeks."""
MOST_NEIGHBOURS, MOST_SUGGESTED = 300, 5
"""Cases that are compared, the newest of a product, since each is unsealed for it; and those that are shown."""

_FIELDS = {"assess": "reaction", "product": "product", "duplicate": "of", "ask": "questions"}
"""Act -> the id of the field that is refused, where it is not the reason."""


@dataclass(frozen=True)
class Typed:
    """What an officer sent that could not be taken: shown again, so that nothing is typed twice."""

    act: str
    fault: str
    """Why it could not be taken."""
    row: str
    """Of acts on one of several: the follow-up's number, or the downgrade's key."""
    reason: str
    meant: Assessment
    reaction: str
    product: str
    of: str
    questions: str

    @property
    def field(self) -> str:
        """The id of the field that the fault is about."""
        if self.fault != audit.NO_REASON:
            return _FIELDS.get(self.act, "")
        return f"{self.act}-{self.row}" if self.row else f"{self.act}-reason"


def case(session: Session, ring: KeyRing, row: SafetyCase, language: Language, officer: int, now: datetime,
         typed: Typed | None = None, *, sought: str = "") -> dict[str, Any]:
    """All that the page of a case shows. `typed`: what is to be mended; `sought`: of the terms of MedDRA."""
    words = translations(language).gettext
    texts = [(report, _opened(ring, row, report)) for report in queries.reports(session, row.id or 0)]
    first = next((told for _, told in texts if told is not None), None)
    lines = audit.about(session, subject_of(row), limit=200)
    reaction = typed.reaction if typed and typed.act == "assess" else row.reaction
    names, significant = _officers(session, row, lines), follow_ups.significant_of(session, row.id or 0)
    received = {report.id: report.at for report, _ in texts}
    meant = typed.meant if typed and typed.act == "assess" else Assessment(
        tuple(row.elements), tuple(row.criteria), row.expectedness)
    return {
        **_standing(session, row, language, now), "stamp": stamp_of(session, row), "typed": typed,
        "texts": [_text(report, told, words, is_significant=report.id in significant) for report, told in texts],
        "heard": overhearing.pieces(session, first.what) if first and row.source == Source.OVERHEARD else [],
        "elements": listing.elements(meant.elements, language),
        "criteria": [(str(one), words(CRITERIA[one]), one in meant.criteria) for one in Criterion],
        "expectednesses": [(str(one), words(name), one == meant.expectedness) for one, name in EXPECTEDNESS.items()],
        "reactions": _reactions(reaction, language), "offer": coding.offer(session, reaction, sought, language),
        "labels": [_label(session, label) for label in medicines.named(
            session, label_names(row.product, [first.medicine] if first else []), MOST_LABELS)],
        "suggested": _suggested(session, ring, row, first) if first and row.state in IN_USE else [],
        "may_ask": row.state in IN_USE and bool(asking.address_of(ring, session, row)),
        "questions": [_question(ring, one, names) for one in queries.questions(session, row.id or 0)],
        "downgrades": [_downgrade(one, lines, names, officer, _changes(one, received, language, session)) | {
                           "kind": words(DOWNGRADES[Downgrade(one.kind)])}
                       for one in queries.downgrades(session, row.id or 0) if one.decided_at is None],
        "handed_over": handed.over(session, row, language, now),
        "trail": [trail.entry(line, names, namer(session, language), language) for line in lines]}


def _standing(session: Session, row: SafetyCase, language: Language, now: datetime) -> dict[str, Any]:
    words, name = translations(language).gettext, namer(session, language)
    original = queries.case_of_number(session, row.duplicate_of) if row.duplicate_of is not None else None
    return {
        "key": row.key, "number": number_of(row), "state": row.state, "state_name": words(STATES[State(row.state)]),
        "is_in_use": row.state in IN_USE, "is_serious": bool(row.criteria), "product": row.product,
        "product_name": name(row.product), "products": listing.named(queries.products(session), name),
        "market": listing.market_name(row, language), "source": words(SOURCES[Source(row.source)]),
        "place": f"{row.place_kind}:{row.place_id}" if row.place_kind else "", "lang": row.language,
        "received_at": row.received_at, "valid_at": row.valid_at,
        "has_desk": row.desk_id is not None, "clocks": listing.clocks(
            row, listing.moments_of(session, [row.id or 0])[row.id or 0], language, now),
        "original": original and {"key": original.key, "number": number_of(original)},
        "duplicates": [{"key": one.key, "number": number_of(one)}
                       for one in queries.duplicates(session, row.id or 0)]}


def _opened(ring: KeyRing, row: SafetyCase, report: SafetyReport) -> Report | None:
    """What was told; None where its key has left the ring, which the page says: the rest of the case is there."""
    try:
        return opened(ring, row, report)
    except CannotOpen:
        return None


def _text(report: SafetyReport, told: Report | None, words: Words, *, is_significant: bool) -> dict[str, Any]:
    return {"id": report.id, "is_first": report.kind == Kind.FIRST, "at": report.at, "is_significant": is_significant,
            "what": told.what if told else None, "told": told,
            "sex": words(SEXES[Sex(told.sex)]) if told and told.sex else "",
            "outcome": words(OUTCOMES[Outcome(told.outcome)]) if told and told.outcome else "",
            "reporter": words(REPORTERS[Reporter(told.reporter)]) if told and told.reporter else "",
            "criteria": [words(CRITERIA[Criterion(one)]) for one in told.criteria] if told else []}


def _reactions(chosen: str, language: Language) -> list[tuple[str, str, bool]]:
    """(id, name, whether it is chosen) of each term, by name."""
    named = [(term.id, term.names["en" if language.tag == "en" else "zh-Hans"]) for term in terms().values()]
    return [(term, name, term == chosen) for term, name in sorted(named, key=lambda pair: pair[1].encode("gb18030"))]


def _label(session: Session, label: Label) -> dict[str, Any]:
    places = [Place(label.set_id, label.version, section) for section in SECTIONS]
    found = medicines.passages(session, places)
    return {"product": label.product, "version": label.version, "effective_on": label.effective_on,
            "sections": [(found[place].title, found[place].text) for place in places if place in found]}


def _suggested(session: Session, ring: KeyRing, row: SafetyCase, told: Report) -> list[dict[str, Any]]:
    """Cases that may be the same, the likest first."""
    others = queries.neighbours(session, row, row.received_at - LOOK_BACK, row.received_at + LOOK_BACK,
                                MOST_NEIGHBOURS)
    firsts = queries.first_reports(session, [other.id or 0 for other in others])
    mine, found = Traits(told), []
    for other in others:
        theirs = _opened(ring, other, firsts[other.id or 0])
        if theirs is not None:
            found.append((compare(mine, Traits(theirs), is_same_reaction=bool(row.reaction)
                                  and row.reaction == other.reaction), other))
    likest = sorted((pair for pair in found if pair[0].points >= ENOUGH), key=lambda pair: -pair[0].points)
    return [{"key": other.key, "number": number_of(other), "received_at": other.received_at, "same": likeness.same}
            for likeness, other in likest[:MOST_SUGGESTED]]


def _question(ring: KeyRing, row: SafetyQuestion, names: dict[int, Account]) -> dict[str, Any]:
    officer = names.get(row.asked_by)
    try:
        words: str | None = asking.words_of(ring, row)
    except CannotOpen:
        words = None
    return {"words": words, "by": officer.name if officer else "", "asked_at": row.asked_at,
            "answered_at": row.answered_at}


def _officers(session: Session, row: SafetyCase, lines: Sequence[Line]) -> dict[int, Account]:
    numbers = {line.entry.account_id for line in lines}
    numbers |= {one.asked_by for one in queries.downgrades(session, row.id or 0)}
    numbers |= {one.asked_by for one in queries.questions(session, row.id or 0)}
    return people.accounts(session, {number for number in numbers if number is not None})


def _downgrade(row: SafetyDowngrade, lines: Sequence[Line], names: dict[int, Account], officer: int,
               changes: tuple[list[str], list[str]]) -> dict[str, Any]:
    """One that waits, with the reason that the audit has of it."""
    asked = next((line for line in lines if line.entry.action == "safety-downgrade-asked"
                  and f"downgrade:{row.key}" in line.entry.detail.split()), None)
    asker = names.get(row.asked_by)
    return {"key": row.key, "at": row.asked_at,
            "by": asker.name if asker else "", "reason": asked.reason if asked else "",
            "is_own": row.asked_by == officer, "changes": changes}


def _changes(row: SafetyDowngrade, received: Mapping[int | None, datetime], language: Language,
             session: Session) -> tuple[list[str], list[str]]:
    """What it would take away, and what would stand then, in words. `received`: report -> when it came."""
    words = translations(language).gettext
    if row.kind == Downgrade.PRODUCT:
        name = namer(session, language)
        return [name(row.was[0])], [name(one) if one else words("Not known yet") for one in row.wanted]
    if row.kind == Downgrade.DUPLICATE:
        return [], [words("Duplicate of %(number)s") % {"number": row.wanted[0]}]
    if row.kind == Downgrade.SIGNIFICANCE:
        at = received[follow_up_in(row.wanted[0])]
        return [words("The legal clocks of the follow-up of %(when)s") % {"when": f"{at:%Y-%m-%d %H:%M} UTC"}], []
    if row.kind == Downgrade.SERIOUSNESS:
        return ([words(CRITERIA[Criterion(one)]) for one in row.was if one not in row.wanted],
                [words(CRITERIA[Criterion(one)]) for one in row.wanted])
    return [], [words(EXPECTEDNESS[Expectedness(one)]) for one in row.wanted]
