"""Downgrades: one officer asks, another decides, and until then the stricter value stands."""

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, NotFound, Refused
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyDowngrade, SafetyJudgement
from webapp.safety.rules import IN_USE, State
from webapp.safety.rules.triage import Downgrade, follow_up_in, number_in
from webapp.safety.service.receiving import subject_of

WAITS = N_("A downgrade of this kind waits for a second officer already. Have it decided first; nothing was changed.")
CHANGED = N_("The case has changed since this was asked for. Refuse it, and have it asked for anew.")


def ask(session: Session, case: SafetyCase, kind: Downgrade, wanted: tuple[str, ...], by: By) -> SafetyDowngrade:
    """Asks for a second officer. Conflict if one of the kind waits."""
    rows = queries.downgrades(session, case.id or 0)
    if any(row.kind == kind and row.decided_at is None for row in rows):
        raise Conflict(WAITS)
    assert isinstance(by.actor, int)
    made = SafetyDowngrade(case_id=case.id or 0, kind=str(kind), was=_value(case, kind), wanted=list(wanted),
                           asked_by=by.actor, asked_at=by.at)
    session.add(made)
    session.flush()
    audit.record(session, by, "safety-downgrade-asked", subject_of(case),
                 f"{kind} downgrade:{made.key} to:{','.join(wanted) or '-'}")
    return made


def decide(session: Session, case: SafetyCase, key: str, by: By, *, is_agreed: bool) -> SafetyDowngrade:
    """Settles one that waits. NotFound; Refused to whoever asked for it; Conflict where the case is no more as it was
    then, so that agreeing would change something that nobody asked for."""
    row = next((row for row in queries.downgrades(session, case.id or 0)
                if row.key == key and row.decided_at is None), None)
    if row is None:
        raise NotFound(N_("No such downgrade waits."))
    if row.asked_by == by.actor:
        raise Refused(N_("You asked for this downgrade. Another safety officer decides it; nothing was changed."))
    if is_agreed:
        _carry_out(session, case, row, by)
    assert isinstance(by.actor, int)
    row.decided_by, row.decided_at, row.is_agreed = by.actor, by.at, is_agreed
    session.flush()
    action = "safety-downgrade-agreed" if is_agreed else "safety-downgrade-refused"
    audit.record(session, by, action, subject_of(case), f"{row.kind} downgrade:{row.key}")
    return row


def check_alone(session: Session, case: SafetyCase) -> None:
    """Conflict for a case that others are duplicates of: it speaks for them too, and cannot be closed."""
    if queries.duplicates(session, case.id or 0):
        raise Conflict(N_("Other cases are duplicates of this one. Reopen those first; nothing was changed."))


def other_in_use(session: Session, case: SafetyCase, typed: str) -> SafetyCase | None:
    """The case that print calls so, kept from others until the commit: another one, and in use."""
    number = number_in(typed)
    other = queries.case_of_number(session, number[1], for_update=True) if number else None
    if other is None or number is None or other.received_at.year != number[0]:
        return None
    return other if other.id != case.id and other.state in IN_USE else None


def set_product(session: Session, case: SafetyCase, product: str, by: By) -> None:
    """Stores which medicine a case is about, with its desk as it is now."""
    desk = queries.desk(session, product, case.market) if product else None
    audit.record(session, by, "safety-product-set", subject_of(case),
                 f"from:{case.product or '-'} to:{product or '-'} desk:{desk.key if desk else '-'}")
    case.product, case.desk_id = product, desk.id if desk else None


def judge(session: Session, report_id: int, by: By, *, officer: int, is_significant: bool) -> None:
    """Stores an officer's word on a follow-up."""
    session.add(SafetyJudgement(report_id=report_id, is_significant=is_significant, judged_by=officer, at=by.at))
    session.flush()


def _carry_out(session: Session, case: SafetyCase, row: SafetyDowngrade, by: By) -> None:
    if case.state not in IN_USE or _value(case, row.kind) != row.was:
        raise Conflict(CHANGED)
    match row.kind:
        case Downgrade.SERIOUSNESS:
            case.criteria = list(row.wanted)
        case Downgrade.EXPECTEDNESS:
            case.expectedness = row.wanted[0]
        case Downgrade.PRODUCT:
            set_product(session, case, row.wanted[0], by)
        case Downgrade.DUPLICATE:
            check_alone(session, case)
            other = other_in_use(session, case, row.wanted[0])
            if other is None:
                raise Conflict(CHANGED)
            case.state, case.duplicate_of = State.DUPLICATE, other.id
        case Downgrade.SIGNIFICANCE:
            judge(session, follow_up_in(row.wanted[0]), by, officer=row.asked_by, is_significant=False)
        case _:
            check_alone(session, case)
            case.state = State.NOT_AN_EVENT


def _value(case: SafetyCase, kind: str) -> list[str]:
    """What a downgrade of the kind would change."""
    match kind:
        case Downgrade.SERIOUSNESS:
            return list(case.criteria)
        case Downgrade.EXPECTEDNESS:
            return [case.expectedness]
        case Downgrade.PRODUCT:
            return [case.product]
        case _:
            return []
