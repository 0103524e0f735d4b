"""What the link in a desk's mail opens: the case to read, to save and to acknowledge."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.languages import Language
from webapp.core.platform import Platform
from webapp.core.sealing import unseal
from webapp.safety import queries
from webapp.safety.models import SafetyHandOver
from webapp.safety.rules import Kind
from webapp.safety.rules.clocks import Clock, Pace, hand_over, legal
from webapp.safety.rules.hand_over import STEPS, Step
from webapp.safety.rules.reports import (
    CRITERIA,
    MOST_LINE,
    OUTCOMES,
    REPORTERS,
    SEXES,
    Report,
)
from webapp.safety.service.documents import Bundle, bundle
from webapp.safety.service.handing_over import about, acknowledge_by_link
from webapp.safety.service.naming import namer
from webapp.safety.service.receiving import subject_of

DESK = "safety desk"
"""Who acts in the audit: whoever has the link; the desk's hand-over stands beside it."""
GONE = N_("This link opens nothing any more. If you need the report, ask the people who sent it to you.")
SIGN = N_("Write your name, in one line of at most 200 characters. Nothing was acknowledged yet.")
KINDS = {Kind.FIRST: N_("First report"), Kind.FOLLOW_UP: N_("Follow-up")}
PACES = {Pace.RUNNING: N_("Running"), Pace.HALF_PAST: N_("Past half"), Pace.OVERDUE: N_("Overdue")}
NAMES = {
    "medicine": N_("Medicine"), "batch": N_("Batch"), "when": N_("When it began"), "initials": N_("Initials"),
    "age": N_("Age"), "sex": N_("Sex"), "outcome": N_("Outcome"), "criteria": N_("Seriousness"),
    "reporter": N_("Who reports"), "name": N_("Name"), "contact": N_("Contact"),
    "may_contact": N_("May be contacted")}
"""What was told besides the story."""
OURS: dict[str, Mapping[Any, str]] = {
    "sex": SEXES, "outcome": OUTCOMES, "criteria": CRITERIA, "reporter": REPORTERS,
    "may_contact": {True: N_("Yes"), False: N_("They did not agree to it")}}
"""Of which field the value is one of our words."""
FILES: dict[str, tuple[str, Callable[[Bundle], bytes]]] = {
    "cioms.pdf": ("application/pdf", Bundle.as_pdf),
    "e2b.json": ("application/json", Bundle.as_json),
    "source.txt": ("text/plain; charset=utf-8", Bundle.as_text)}
"""Name of a file -> its type, and how it is made."""
_SHOWN_TO_DESKS = (Step.QUEUED, Step.SENT, Step.FAILED, Step.REPEATED, Step.ACKNOWLEDGED)


def page(session: Session, platform: Platform, code: str, language: Language, now: datetime) -> dict[str, Any]:
    """What the page shows. NotFound for a code that opens nothing."""
    row = _opened(session, code)
    made = bundle(session, platform, row)
    return {
        "number": made.number, "product": namer(session, language)(made.case.product), "case": made.case, "code": code,
        "is_follow_up": made.is_follow_up, "acknowledged_at": row.acknowledged_at,
        "clocks": [(clock, PACES[clock.pace(now)], clock.pace(now)) for clock in _clocks(made)],
        "told": [(KINDS[one.kind], one.at, list(_fields(one.report)), one.report.what) for one in made.told],
        "events": [(STEPS[Step(event.step)], event.at, _person(platform, row, event.sealed))
                   for event in queries.events(session, row.id or 0) if event.step in _SHOWN_TO_DESKS]}


def file(session: Session, platform: Platform, code: str, name: str) -> tuple[str, str, bytes]:
    """A file to save: its name, type and bytes. NotFound for a code or a name that is none."""
    row = _opened(session, code)
    if name not in FILES:
        raise NotFound(GONE)
    made = bundle(session, platform, row)
    media_type, make = FILES[name]
    return f"{made.number}-{name}", media_type, make(made)


def note_taken(session: Session, code: str, name: str, now: datetime) -> None:
    """Writes into the audit that a file which `file` gave was taken away. Apart from making it, which may take longer
    than others should wait for the database. NotFound as there."""
    row = _opened(session, code)
    case = queries.case_numbered(session, row.case_id)
    audit.record(session, By(DESK, now), "safety-file-taken", subject_of(case), f"hand-over:{row.key} file:{name}")


def acknowledge(session: Session, platform: Platform, code: str, person: str, now: datetime) -> None:
    """Notes that the desk has the case, by the name of who says so; once more changes nothing. NotFound for a code
    that opens nothing; Invalid without a name."""
    name = person.strip()
    if not 0 < len(name) <= MOST_LINE or not name.isprintable():
        raise Invalid(SIGN)
    acknowledge_by_link(session, platform.ring, _opened(session, code, for_update=True), name, now)


def _opened(session: Session, code: str, *, for_update: bool = False) -> SafetyHandOver:
    row = queries.hand_over_of_code(session, code, for_update=for_update)
    if row is None:
        raise NotFound(GONE)
    return row


def _clocks(made: Bundle) -> list[Clock]:
    """Those that still run: the hand-over's is over once it was acknowledged."""
    case = made.case
    handing = [] if made.row.acknowledged_at else [hand_over(made.began_at)]
    return [*handing, *legal(case.market, case.criteria, case.expectedness, made.began_at)]


def _fields(said: Report) -> list[tuple[str, str, bool]]:
    """Name, value, and whether the value is one of our words, of what was told besides the story."""
    told = [(field, value) for field, values in ((field, getattr(said, field)) for field in NAMES)
            for value in (values if isinstance(values, tuple) else (values,)) if value != ""]
    return [(NAMES[field], OURS[field][value] if field in OURS else value, field in OURS) for field, value in told]


def _person(platform: Platform, row: SafetyHandOver, sealed: bytes | None) -> str:
    return unseal(platform.ring, sealed, about=about(row)).decode() if sealed else ""
