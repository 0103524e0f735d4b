"""Safety officers act on a case: each act on the case as its page showed it, audited, with a reason where something is
taken back."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.safety import queries
from webapp.safety.models import SafetyCase
from webapp.safety.queries import follow_ups
from webapp.safety.rules import IN_USE, Kind, State
from webapp.safety.rules.reports import Element
from webapp.safety.rules.triage import Assessment, Downgrade, change, follow_up_named, product_of
from webapp.safety.service import coding, downgrades, due
from webapp.safety.service.receiving import number_of, subject_of

NOBODYS = N_("There is no such case.")
CHANGED = N_("Somebody changed this case while you had it open. Nothing of yours was stored. Open it again and look "
             "whether what you meant still holds.")
CLOSED = N_("This case is closed. Reopen it first; nothing was changed.")


@dataclass(frozen=True)
class Act:
    """Whose act it is, on which case, and the stamp of the page that it was made on."""

    key: str
    stamp: str
    by: By


def stamp_of(session: Session, case: SafetyCase) -> str:
    """Digest of all that officers can change of a case, and of how much was told: two pages with one stamp show the
    same."""
    waiting = [row.key for row in queries.downgrades(session, case.id or 0) if row.decided_at is None]
    told = [case.state, case.elements, case.criteria, case.expectedness, case.reaction, case.product, case.desk_id,
            case.duplicate_of, waiting, len(queries.reports(session, case.id or 0)),
            sorted(follow_ups.significant_of(session, case.id or 0))]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def assess(session: Session, act: Act, meant: Assessment, reaction: str) -> SafetyCase:
    """Stores what an officer sees in a case, and asks for a second officer where that makes it less urgent. It is valid
    from the moment that all four elements are there first, and stays so. Conflict if it changed or is closed; Invalid
    without a reason where something is taken back."""
    case = _in_use(loaded(session, act))
    if reaction and reaction != case.reaction and not coding.is_offered(session, reaction):
        raise Invalid(N_("Choose the reaction from the list."))
    found = change(Assessment(tuple(case.elements), tuple(case.criteria), case.expectedness), meant)
    is_recoded = bool(case.reaction) and case.reaction != reaction
    by = _explained(act.by, is_needed=found.is_taken_back or is_recoded)
    case.elements, case.criteria = list(found.stands.elements), list(found.stands.criteria)
    case.expectedness, case.reaction, case.state = found.stands.expectedness, reaction, State.TRIAGED
    if case.valid_at is None and set(case.elements) == set(Element):
        case.valid_at = by.at
    audit.record(session, by, "safety-assessed", subject_of(case),
                 f"elements:{_codes(case.elements)} criteria:{_codes(case.criteria)} "
                 f"expectedness:{case.expectedness} reaction:{case.reaction or '-'}")
    for kind, wanted in found.asked.items():
        downgrades.ask(session, case, kind, wanted, by)
    due.keep(session, case.id or 0)
    return case


def set_product(session: Session, act: Act, typed: str) -> SafetyCase:
    """Says which medicine a case is about; its desk is that of the product in the case's market, or none. Where a desk
    has the case and none would take it any more, its clock would stop: so it stays as it is until a second officer
    agrees. Invalid for what can be no product, and without a reason where there was another."""
    case = _in_use(loaded(session, act))
    product = product_of(typed)
    if product is None:
        raise Invalid(N_("Write the product as in the address of its page, such as exemplora."))
    if product == case.product:
        raise Invalid(N_("The case is about this product already. Nothing was changed."))
    by = _explained(act.by, is_needed=bool(case.product))
    desk = queries.desk(session, product, case.market) if product else None
    if case.desk_id is not None and desk is None:
        downgrades.ask(session, case, Downgrade.PRODUCT, (product,), by)
        return case
    downgrades.set_product(session, case, product, by)
    due.keep(session, case.id or 0)
    return case


def dismiss(session: Session, act: Act) -> SafetyCase:
    """Asks that a case be no event. It stays in use until a second officer agrees."""
    case = _in_use(loaded(session, act))
    downgrades.check_alone(session, case)
    downgrades.ask(session, case, Downgrade.EVENT, (), _explained(act.by, is_needed=True))
    return case


def mark_duplicate(session: Session, act: Act, typed: str) -> SafetyCase:
    """Asks that a case be closed as one that another case tells already. Whatever the other says, this one's clocks
    stop then and its desk hears no more of it: so it stays in use until a second officer agrees. Its reports stay with
    it. Invalid for a number of no other case in use; Conflict where others are said to be duplicates of it."""
    case = _in_use(loaded(session, act))
    other = downgrades.other_in_use(session, case, typed)
    if other is None:
        raise Invalid(N_("Write the number of another case that is open, such as AE-2026-000123."))
    downgrades.check_alone(session, case)
    downgrades.ask(session, case, Downgrade.DUPLICATE, (number_of(other),), _explained(act.by, is_needed=True))
    return case


def judge_follow_up(session: Session, act: Act, report_id: int, *, is_significant: bool) -> SafetyCase:
    """Says whether a follow-up is significant, so that the legal clocks start anew with it and its desk hears of it.
    That it is counts at once; that it is not, when a second officer agrees, since its clocks stop then. NotFound;
    Invalid where it is judged so already."""
    case = _in_use(loaded(session, act))
    if not any(one.id == report_id and one.kind == Kind.FOLLOW_UP for one in queries.reports(session, case.id or 0)):
        raise NotFound(N_("This case has no such follow-up."))
    if is_significant == (report_id in follow_ups.significant_of(session, case.id or 0)):
        raise Invalid(N_("The follow-up is judged so already. Nothing was changed."))
    by, named = _explained(act.by, is_needed=True), follow_up_named(report_id)
    if not is_significant:
        downgrades.ask(session, case, Downgrade.SIGNIFICANCE, (named,), by)
        return case
    assert isinstance(by.actor, int)
    downgrades.judge(session, report_id, by, officer=by.actor, is_significant=True)
    due.keep(session, case.id or 0)
    audit.record(session, by, "safety-follow-up-judged", subject_of(case), f"{named} to:significant")
    return case


def reopen(session: Session, act: Act) -> SafetyCase:
    """Takes a closed case into use again, to be assessed anew."""
    case = loaded(session, act)
    if case.state in IN_USE:
        raise Conflict(N_("This case is open. Nothing was changed."))
    by = _explained(act.by, is_needed=True)
    audit.record(session, by, "safety-reopened", subject_of(case), f"from:{case.state}")
    case.state, case.duplicate_of = State.NEW, None
    due.keep(session, case.id or 0)
    return case


def decide(session: Session, act: Act, downgrade: str, *, is_agreed: bool) -> SafetyCase:
    """A second officer agrees to a downgrade, or does not and says why."""
    case = loaded(session, act)
    by = _explained(act.by, is_needed=not is_agreed)
    downgrades.decide(session, case, downgrade, by, is_agreed=is_agreed)
    due.keep(session, case.id or 0)
    return case


def loaded(session: Session, act: Act) -> SafetyCase:
    """The case, kept from others until the commit. NotFound; Conflict if it is not as the act's page showed it."""
    case = queries.case(session, act.key, for_update=True)
    if case is None:
        raise NotFound(NOBODYS)
    if stamp_of(session, case) != act.stamp:
        raise Conflict(CHANGED)
    return case


def _in_use(case: SafetyCase) -> SafetyCase:
    if case.state not in IN_USE:
        raise Conflict(CLOSED)
    return case


def _explained(by: By, *, is_needed: bool) -> By:
    """With its reason as it is kept. Invalid without one that is needed."""
    return replace(by, reason=audit.reason_of(by.reason)) if is_needed or by.reason.strip() else by


def _codes(values: Collection[str]) -> str:
    return ",".join(values) or "-"
