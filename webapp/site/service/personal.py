"""What is held of a person, handed out or taken away: asked of every package that holds something."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.articles.service import personal as articles
from webapp.campaigns.service import personal as campaigns
from webapp.channels.service import personal as channels
from webapp.cme.service import personal as cme
from webapp.consents import service as consents
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict
from webapp.core.tokens import KeyRing
from webapp.engagement import service as engagement
from webapp.people import queries
from webapp.people import service as people_service
from webapp.people.service import personal as people
from webapp.professionals.service import personal as professionals
from webapp.reports.service import personal as reports
from webapp.review import service as review
from webapp.safety.service import personal as safety
from webapp.site.service import farewell

Export = Callable[[Session, int, KeyRing], dict[str, Any]]
"""Takes the account's number, and the ring for whoever knows a person by a pseudonym alone; returns what JSON can
hold."""
Erase = Callable[[Session, int, datetime, KeyRing], list[str]]
"""Takes the same; returns what is kept, in sentences marked for the catalogue: what, why, how long."""
KEPT_AUDIT = N_("What was done to your account, or by it, when and by which account, without the words of the reason, "
                "for good: a chain of entries that can be checked because none can be taken out.")
HAND_OVER = N_("You are the last operator, or the last administrator of a company. Hand over first; nothing was "
               "erased.")


def _export_mails(session: Session, account_id: int, _: KeyRing) -> dict[str, Any]:
    return channels.export_person(session, account_id, _address(session, account_id))


def _erase_mails(session: Session, account_id: int, now: datetime, _: KeyRing) -> list[str]:
    return channels.erase_person(session, account_id, _address(session, account_id), now)


def _export_audit(session: Session, account_id: int, _: KeyRing) -> dict[str, Any]:
    lines = audit.of_account(session, account_id, people_service.subject(account_id))
    return {"entries": [{"at": entry.at.isoformat(), "action": entry.action, "detail": entry.detail,
                         "about": f"{entry.subject_kind} {entry.subject_id}", "reason": reason or ""}
                        for entry, reason in lines]}


def _erase_reasons(session: Session, account_id: int, now: datetime, _: KeyRing) -> list[str]:
    audit.redact_about(session, people_service.subject(account_id), By(account_id, now))
    return [KEPT_AUDIT]  # the erasure itself is an entry


def _plain(hand_out: Callable[[Session, int], dict[str, Any]]) -> Export:
    return lambda session, account_id, _: hand_out(session, account_id)


def _plainly(erase_person: Callable[[Session, int, datetime], list[str]]) -> Erase:
    return lambda session, account_id, now, _: erase_person(session, account_id, now)


EXPORTS: Mapping[str, Export] = {
    "people": _plain(people.export_person),
    "consents": _plain(consents.export_person),
    "professionals": _plain(professionals.export_person),
    "articles": _plain(articles.export_person),
    "engagement": engagement.export_person,
    "channels": _export_mails,
    "campaigns": _plain(campaigns.export_person),
    "review": _plain(review.export_person),
    "reports": _plain(reports.export_person),
    "safety": lambda session, account_id, ring: safety.export_person(session, ring, account_id),
    "cme": lambda session, account_id, ring: cme.export_person(session, ring, account_id),
    "audit": _export_audit,
}
"""Part of a download -> who hands it out."""
ERASURES: tuple[Erase, ...] = (
    lambda session, account_id, _now, _ring: safety.erase_person(session, account_id),
    _plainly(articles.erase_person),
    engagement.erase_person,
    _plainly(consents.erase_person),
    _plainly(professionals.erase_person),
    _erase_mails,
    _plainly(review.erase_person),
    _plainly(reports.erase_person),
    _plainly(cme.erase_person),
    _erase_reasons,
    _plainly(people.erase_person),
)
"""In this order; the account is the last, since others look up by it what they hold."""
KEPT: Mapping[str, tuple[str, ...]] = {
    people.KEPT_NUMBER: ("people.account",),
    people.KEPT_FITNESS: ("people.account.identity_verified_at", "people.account.trained_at"),
    people.KEPT_WITNESS: ("people.account.has_verified_others",),
    consents.KEPT: ("consents.consents",),
    channels.KEPT_DELIVERIES: ("channels.mails",),
    channels.KEPT_SUPPRESSION: ("channels.is_suppressed",),
    professionals.KEPT_VERIFICATION: ("professionals.verification",),
    professionals.KEPT_DECISIONS: ("professionals.decisions_taken",),
    articles.KEPT_LOG: ("articles.publish_log", "articles.publish_orders"),
    articles.KEPT_DRAFTS: ("articles.drafts_saved", "articles.pictures_sent"),
    review.KEPT_SIGNATURES: ("review.signatures",),
    review.KEPT_AUTHORSHIP: ("review.dossiers_written",),
    review.KEPT_COMMENTS: ("review.comments", "review.requests_for_changes", "review.guests_invited",
                           "review.checklists"),
    reports.KEPT_EXPORTS: ("reports.reports_taken",),
    safety.KEPT: ("safety.side_effects",),
    safety.KEPT_DECISIONS: ("safety.safety_downgrades", "safety.safety_questions", "safety.safety_judgements"),
    safety.KEPT_MONTHS: ("safety.safety_months",),
    cme.KEPT: ("cme.education",),
    cme.KEPT_CERTIFICATES: ("cme.certificates",),
    cme.KEPT_DECISIONS: ("cme.education_published", "cme.certificates_revoked"),
    cme.KEPT_OUTCOMES: ("cme.outcomes_taken",),
    cme.KEPT_DISCLOSURES: ("cme.disclosures",),
    cme.KEPT_JUDGEMENTS: ("cme.disclosures_decided",),
    KEPT_AUDIT: ("people.account",),
}
"""All that may be kept -> parts of a download: where one of them holds something, it will be."""


def export(session: Session, ring: KeyRing, account_id: int, now: datetime) -> dict[str, Any]:
    """All that is held of an account, by package, ready for JSON."""
    return {"made_at": now.isoformat(timespec="seconds"),
            **{name: hand_out(session, account_id, ring) for name, hand_out in EXPORTS.items()}}


def will_be_kept(session: Session, ring: KeyRing, account_id: int, now: datetime) -> list[str]:
    """What an erasure would keep of this person, said before: the sentences that `erase` would return."""
    held = export(session, ring, account_id, now)
    return [sentence for sentence, paths in KEPT.items() if any(_part(held, path) for path in paths)]


def erase(session: Session, ring: KeyRing, account_id: int, now: datetime) -> list[str]:
    """Takes away all that need not be kept, and writes the person a last mail that lists what is. Returns that list.

    Conflict for the last who holds a role that must have a holder. Doing it again changes nothing and writes no mail.
    """
    if queries.sole_grants(session, account_id, for_update=True):
        raise Conflict(HAND_OVER)
    person = queries.account(session, account_id)
    assert person is not None
    address, language, was_erased = person.email, person.language, person.erased_at is not None
    kept = [sentence for erase_person in ERASURES for sentence in erase_person(session, account_id, now, ring)]
    if not was_erased:
        audit.record(session, By(account_id, now), "account-erased", people_service.subject(account_id))
        farewell.write(session, ring, address, language, kept, now)
    return kept


def _part(held: Any, path: str) -> Any:
    for name in path.split("."):
        held = held.get(name) if isinstance(held, dict) else None
    return held


def _address(session: Session, account_id: int) -> str:
    person = queries.account(session, account_id)
    return person.email if person is not None else ""
