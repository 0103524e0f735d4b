"""A report comes in: one case, however often it is sent, and a receipt for each time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Invalid
from webapp.core.subject import Subject
from webapp.core.tokens import KeyRing
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyReceipt, SafetyReport
from webapp.safety.rules import Kind, Source, case_number
from webapp.safety.rules.reports import Report, elements
from webapp.safety.service import due
from webapp.safety.service.sealing import sealed

CASE = "safety-case"
"""Kind of a case's Subject, for audit entries and deliveries."""
REPORTER = "reporter"
"""Who acts in the audit: whoever it is, an entry that stays for good does not say."""
LONGEST_SUBMISSION = 64
NOWHERE = Subject("", 0)
NO_NAME = N_("This form had lost its name and has a new one now. Send it again: what you wrote is still here.")


@dataclass(frozen=True)
class Hearing:
    """Where and when a report was heard. `submission` is the form's own name; `product` the medicine's slug, if the
    page or the words tell it; `account_id` of whoever was signed in."""

    submission: str
    market: str
    language: str
    now: datetime
    product: str = ""
    source: Source = Source.FORM
    place: Subject = NOWHERE
    account_id: int | None = None


def receive(session: Session, ring: KeyRing, report: Report, hearing: Hearing) -> SafetyReceipt:
    """Stores a report as a case, or finds the case that the same form made before; in either case with a receipt of its
    own. The caller commits before it answers. Invalid without the form's name."""
    if not 0 < len(hearing.submission) <= LONGEST_SUBMISSION:
        raise Invalid(NO_NAME)
    _lock(session, hearing.submission)
    case = queries.case_of_submission(session, hearing.submission) or _new(session, ring, report, hearing)
    receipt = SafetyReceipt(case_id=case.id or 0, at=hearing.now)
    session.add(receipt)
    session.flush()
    return receipt


def subject_of(case: SafetyCase) -> Subject:
    """The case's."""
    return Subject(CASE, case.id or 0)


def number_of(case: SafetyCase) -> str:
    """The case's name in print."""
    return case_number(case.received_at.year, case.id or 0)


def _new(session: Session, ring: KeyRing, report: Report, hearing: Hearing) -> SafetyCase:
    there = [str(element) for element, is_there in elements(report).items() if is_there]
    desk = queries.desk(session, hearing.product, hearing.market) if hearing.product else None
    case = SafetyCase(
        submission=hearing.submission, account_id=hearing.account_id, source=str(hearing.source),
        place_kind=hearing.place.kind, place_id=hearing.place.id, market=hearing.market, language=hearing.language,
        product=hearing.product, desk_id=desk.id if desk else None, received_at=hearing.now, elements=there,
        criteria=list(report.criteria), valid_at=hearing.now if len(there) == len(elements(report)) else None)
    session.add(case)
    session.flush()
    session.add(SafetyReport(case_id=case.id or 0, kind=str(Kind.FIRST), sealed=sealed(ring, case, report),
                             at=hearing.now))
    due.keep(session, case.id or 0)
    audit.record(session, By(REPORTER, hearing.now), "safety-received", subject_of(case),
                 f"source:{hearing.source} product:{hearing.product or '-'}")
    return case


def _lock(session: Session, submission: str) -> None:
    """So that of two that come at once, the second finds the first. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"safety:{submission}", 0))))
