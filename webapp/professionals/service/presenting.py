"""What the pages show, in the reader's language."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.core.errors import N_
from webapp.core.languages import Language
from webapp.core.render import translations
from webapp.people import queries as people
from webapp.people.queries import Account
from webapp.professionals import queries
from webapp.professionals.models import Verification, VerificationEvent
from webapp.professionals.rules import names, states
from webapp.professionals.rules.application import Application, Fault
from webapp.professionals.rules.registry import Answer, compare
from webapp.professionals.rules.schemes import BY_ID, NPI, Check, of_market
from webapp.professionals.rules.specialties import BY_CODE, SPECIALTIES
from webapp.professionals.rules.states import ANSWER_WITHIN, REASONS, RENEW_WITHIN, Decider, State, Step
from webapp.professionals.service.applying import application_of
from webapp.professionals.service.documents import OPENED
from webapp.professionals.service.lookup import TableRegistry, entry_of

MOST_PAGES = 10_000
STATES = {State.PENDING: N_("Waiting"), State.VERIFIED: N_("Verified"), State.RENEWING: N_("Verified, renewal waits"),
          State.REFUSED: N_("Refused"), State.LAPSED: N_("Lapsed"), State.REVOKED: N_("Revoked")}
RENEWALS = {Step.VERIFY: N_("Renewed"), Step.REFUSE: N_("Not renewed")}
"""What a decision makes of a renewal that waits, where the state alone would not tell."""
STEPS: dict[str, str] = {
    Step.APPLY: N_("Applied"), Step.REAPPLY: N_("Applied to renew"), Step.VERIFY: N_("Verified"),
    Step.RENEW: N_("Renewed"), Step.REFUSE: N_("Refused"), Step.LAPSE: N_("Lapsed"), Step.REVOKE: N_("Revoked"),
    OPENED: N_("Document opened")}
DECIDERS = {Decider.PERSON: N_("the person"), Decider.REGISTRY: N_("the register"),
            Decider.OPERATOR: N_("an operator"), Decider.CLOCK: N_("the yearly check")}
FINDINGS = {
    "": N_("The register was not asked."),
    "matched": N_("The register shows this number under this name and state."),
    "unavailable": N_("The register could not be asked."),
    "number": N_("The register does not know this number."),
    "not-active": N_("The register shows this number as not active."),
    "state": N_("The register shows another state."),
    "family-name": N_("The register shows another family name."),
    "given-name": N_("The register shows another given name."),
    "suffix": N_("The register shows another suffix (Jr., III)."),
}
"""What a registry said, by its reason or else its answer."""


def own(session: Session, account: Account, language: Language, meant: Application | None,
        faults: Sequence[Fault], *, now: datetime) -> dict[str, Any]:
    """One's own page: the state, and the form with what was sent or stands."""
    words = translations(language).gettext
    verification = queries.of_account(session, account.id or 0)
    is_erased = verification is not None and not verification.specialty
    scheme = of_market(account.market)
    filled = meant or (application_of(verification) if verification is not None and not is_erased
                       and verification.scheme == scheme.id else None)
    document = None if verification is None else queries.document_of(session, verification.id or 0)
    return {
        "state": verification.state if verification else "", "scheme": scheme, "scheme_name": scheme.name(language.tag),
        **_renewal(verification, now),
        "reason": words(states.reason_text(verification.reason)) if verification and verification.reason else "",
        "answer_by": verification.applied_at + ANSWER_WITHIN if verification else None,
        "next_due": verification.next_due if verification else None,
        "applied_at": verification.applied_at if verification else None,
        "filled": filled, "faults": {fault.field: words(fault.message) for fault in faults},
        "is_document_wanted": scheme.check is Check.DOCUMENT,
        "has_document": document is not None and document.delete_after is None,
        "specialties": sorted(((entry.code, entry.name(language.tag)) for entry in SPECIALTIES),
                              key=lambda pair: pair[1].encode("gb18030"))}


def _renewal(verification: Verification | None, now: datetime) -> dict[str, Any]:
    """Whether the person may renew now, from when, and whether the last renewal was refused."""
    due = verification.next_due if verification else None
    return {"may_renew": verification is not None and states.may_renew(State(verification.state), due, now),
            "renew_from": due - RENEW_WITHIN if due else None,
            "is_refused": verification is not None and verification.reason in REASONS[Step.REFUSE]}


def queue(session: Session, page: int, language: Language, now: datetime) -> dict[str, Any]:
    """A page of the queue, with what was decided last on the first."""
    total = queries.waiting(session)
    return {"waiting": [_line(entry, language, now) for entry in queries.queue(session, page)], "total": total,
            "decided": [_line(entry, language, now) for entry in queries.decided(session)] if page == 1 else [],
            "found": None, "page_number": page, "has_more": total > page * queries.PAGE}


def found(session: Session, number: str, language: Language, now: datetime) -> dict[str, Any]:
    """All claims to a number, in place of the lists."""
    claims = queries.claims_to(session, number) or queries.claims_to(session, number.removeprefix("C"))
    return {"waiting": [], "total": queries.waiting(session), "decided": [], "page_number": 1, "has_more": False,
            "found": [_line(entry, language, now) for entry in claims if number]}


def one(session: Session, verification: Verification, language: Language) -> dict[str, Any]:
    """An application beside the register's entry, other claims to its number, its document and its events."""
    words = translations(language).gettext
    number = verification.id or 0
    account = people.account(session, verification.account_id)
    assert account is not None
    return {
        "entry": _details(verification, language), "account": account,
        "registry": _registry(session, verification, words),
        "others": [_line(other, language, None) for other in queries.others_with(
            session, verification.scheme, verification.number, verification.account_id)],
        "document": queries.document_of(session, number),
        "events": [_event(event, words) for event in queries.events(session, number)],
        "answers": _answers(State(verification.state), words)}


def _answers(state: State, words: Any) -> list[tuple[str, str, str]]:
    """(value, outcome, reason) of each decision that may be taken."""
    outcomes = {step: STATES[after] for step in (Step.VERIFY, Step.REFUSE, Step.REVOKE)
                if (after := states.after(state, step)) is not None}
    if state is State.RENEWING:
        outcomes.update(RENEWALS)
    return [(f"{step}:{code}", words(outcome), words(text)) for step, outcome in outcomes.items()
            for code, text in REASONS[step].items()]


def _event(event: VerificationEvent, words: Any) -> dict[str, Any]:
    return {"step": words(STEPS[event.step]), "decider": words(DECIDERS[Decider(event.decider)]), "at": event.at,
            "reason": words(states.reason_text(event.reason)) if event.reason else "", "evidence": event.evidence,
            "account_id": event.account_id}


def _line(verification: Verification, language: Language, now: datetime | None) -> dict[str, Any]:
    due = verification.applied_at + ANSWER_WITHIN
    return {**_details(verification, language), "due": due, "is_late": now is not None and due < now}


def _details(verification: Verification, language: Language) -> dict[str, Any]:
    words = translations(language).gettext
    specialty = BY_CODE.get(verification.specialty)
    outcome, _, reason = verification.finding.partition(":")
    return {
        "key": verification.key, "number": verification.number, "given_name": verification.given_name,
        "family_name": verification.family_name,
        "full_name": names.full(verification.given_name, verification.family_name),
        "region": verification.region, "state": verification.state,
        "state_name": words(STATES[State(verification.state)]), "is_held": verification.is_held,
        "scheme_name": BY_ID[verification.scheme].name(language.tag), "round": verification.round,
        "specialty": specialty.name(language.tag) if specialty else "", "note": verification.note,
        "applied_at": verification.applied_at, "decided_at": verification.decided_at,
        "next_due": verification.next_due, "is_npi": verification.scheme == NPI.id,
        "reason": words(states.reason_text(verification.reason)) if verification.reason else "",
        "finding": words(FINDINGS.get(reason) or FINDINGS.get(outcome) or FINDINGS[""])}


def _registry(session: Session, verification: Verification, words: Any) -> dict[str, Any] | None:
    """The imported register's entry of the number, and what it says now; None for other schemes."""
    if verification.scheme != NPI.id or not verification.specialty:
        return None
    row = queries.registry_entry(session, int(verification.number))
    if row is None:
        says = FINDINGS["number" if queries.has_registry(session) else "unavailable"]
        return {"row": None, "says": words(says), "is_match": False}
    finding = compare(application_of(verification), entry_of(row), TableRegistry.name)
    specialty = BY_CODE.get(row.taxonomy)
    return {"row": row, "taxonomy": specialty and (specialty.english, specialty.chinese),
            "says": words(FINDINGS[finding.reason or finding.answer]), "is_match": finding.answer is Answer.MATCHED}
