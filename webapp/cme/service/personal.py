"""What this package holds of a person: handed out, or taken away."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from webapp.cme import queries
from webapp.cme.models import CmeExternalCredit, CmeNoFollowUp, CmeParticipation, CmeReporting
from webapp.cme.queries import certificates as certificate_queries
from webapp.cme.queries import faculty as faculty_queries
from webapp.cme.rules import steps
from webapp.cme.rules.certificates import Facts, spoken
from webapp.cme.rules.steps import Test
from webapp.cme.service import faculty, learning, reporting, versions
from webapp.cme.service.certifying import SUBJECT
from webapp.cme.service.faculty import Asked
from webapp.cme.service.inviting import SUBJECT as DISCLOSURE
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_
from webapp.core.sealing import CannotOpen
from webapp.core.subject import Subject
from webapp.core.tokens import KeyRing
from webapp.people import queries as people

KEPT = N_("What you did in activities of education, step by step, and the credit that you claimed, without the link to "
          "your account: accreditors ask for six years of it.")
KEPT_CERTIFICATES = N_("Your certificates, with the name on them, for six years: whoever you handed a code can check "
                       "it as before.")
KEPT_DECISIONS = N_("That you published or ended an activity, or revoked a certificate, by number: proof of what "
                    "learners were given.")
KEPT_OUTCOMES = N_("That you took figures of an activity away, by number: proof that fixed tables alone were taken.")
KEPT_DISCLOSURES = N_("What you disclosed as one of an activity’s people, with your name and without your address, "
                      "until six years after the activity: accreditors ask for it.")
KEPT_JUDGEMENTS = N_("What you decided on what others disclosed, by number, until six years after the activity: "
                     "accreditors ask who decided.")
Thing = dict[str, Any]


def export_person(session: Session, ring: KeyRing, account_id: int) -> dict[str, Any]:
    """All that the account did and has here, ready for JSON; empty without any."""
    held = {one.id or 0: one for one in queries.participations_of(session, account_id)}
    titles = {number: _title(session, one) for number, one in held.items()}
    parts: dict[str, list[Thing]] = {
        "education": [{"title": titles[number], **one.model_dump(
            mode="json", include={"language", "profession", "is_verified", "begun_at", "completed_at"})}
            for number, one in held.items()],
        "education_steps": [thing for number in held for thing in _steps(session, number, titles[number])],
        "education_tests": [thing for number in held for thing in _tests(session, number, titles[number])],
        "education_answers": [thing for number, one in held.items()
                              for thing in _answers(session, one, titles[number])],
        "education_evaluations": [thing for number in held for thing in _evaluation(session, number, titles[number])],
        "credits_claimed": [{"title": titles[one.participation_id], **one.model_dump(
            mode="json", include={"system", "amount", "is_accredited", "at"})}
            for one in certificate_queries.claims_in(session, held)],
        "certificates": list(_certificates(session, held)),
        "external_credits": [one.model_dump(mode="json", exclude={"id", "key", "account_id"})
                             for one in certificate_queries.external_credits(session, account_id)],
        "education_published": [one.model_dump(mode="json", include={"action", "clearance", "at"})
                                for one in certificate_queries.published_by(session, account_id)],
        "certificates_revoked": [one.model_dump(mode="json", include={"at"})
                                 for one in certificate_queries.revoked_by(session, account_id)],
        "credit_reporting": list(_reporting(session, ring, titles)),
        "education_follow_ups": [{"title": titles[one.participation_id], "answers": _in_a_line(one.answers),
                                  **one.model_dump(mode="json", include={"words", "asked_at", "answered_at"})}
                                 for one in certificate_queries.follow_ups_of(session, held)],
        "not_asked_again": [one.model_dump(mode="json", include={"at"})
                            for one in [session.get(CmeNoFollowUp, account_id)] if one is not None],
        "disclosures": [thing for one in _asked(session, account_id) for thing in _disclosed(one)],
        "disclosures_decided": [one.model_dump(mode="json", include={"verdict", "exception", "words", "at"})
                                for one in faculty_queries.decided_by(session, account_id)],
        "outcomes_taken": [one.model_dump(mode="json", include={"at"})
                           for one in certificate_queries.outcomes_taken_by(session, account_id)]}
    return {name: things for name, things in parts.items() if things}


def _title(session: Session, held: CmeParticipation) -> str:
    return spoken(queries.version(session, held.version_id).about["titles"], held.language)[1]


def _steps(session: Session, number: int, title: str) -> Iterator[Thing]:
    for one in queries.steps(session, number):
        yield {"title": title, "step": f"{one.step} {one.part}".strip(), "at": one.at.isoformat()}


def _tests(session: Session, number: int, title: str) -> Iterator[Thing]:
    for test in Test:
        for one in queries.attempts(session, number, test):
            yield {"title": title, "round": one.number, **one.model_dump(
                mode="json", include={"test", "begun_at", "submitted_at", "right_items", "is_passed"})}


def _answers(session: Session, held: CmeParticipation, title: str) -> Iterator[Thing]:
    """Whether each was right only once the learner may know: else the file would tell what the test still asks."""
    about = versions.about(queries.version(session, held.version_id))
    shows = steps.shows_answers(learning.progress_of(session, held, about))
    for test in Test:
        for attempt in queries.attempts(session, held.id or 0, test):
            for one in queries.answers(session, attempt.id or 0).values():
                yield {"title": title, "test": attempt.test, "question": one.question,
                       "given": ", ".join(map(str, one.given)), "is_right": one.is_right if shows else None,
                       "at": one.at.isoformat()}


def _evaluation(session: Session, number: int, title: str) -> Iterator[Thing]:
    told = queries.evaluation(session, number)
    if told is not None:
        yield {"title": title, "answers": _in_a_line(told.answers), "words": _in_a_line(told.words),
               "at": told.at.isoformat()}


def _reporting(session: Session, ring: KeyRing, titles: Mapping[int, str]) -> Iterator[Thing]:
    for one in certificate_queries.reporting_of(session, titles):
        try:
            who = asdict(reporting.identity_of(ring, one))
        except CannotOpen:  # its key has left the ring
            who = {}
        yield {"title": titles[one.participation_id], "at": one.at.isoformat(),
               "given_name": who.get("given", ""), "family_name": who.get("family", ""),
               "region": who.get("state", ""), "number": who.get("licence", ""),
               "birthday": f"{who['month']:02}-{who['day']:02}" if who else ""}


def _in_a_line(values: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in values.items())


def _asked(session: Session, account_id: int) -> list[Asked]:
    """Requests to disclose that went to the account's address, once it has shown that the address is its own."""
    account = people.account(session, account_id)
    if account is None or account.confirmed_at is None:
        return []
    return faculty.gathered(session, faculty_queries.requests_to(session, account.email))


def _disclosed(asked: Asked) -> Iterator[Thing]:
    """The request, then each statement."""
    yield {"name": asked.row.name, "email": asked.row.email, "asked_at": asked.row.asked_at.isoformat()}
    for stated in asked.statements:
        ties = [", ".join(value for value in one.values() if value) for one in stated.row.ties]
        yield {"name": asked.row.name, "relationships": "; ".join(ties) or "none", "at": stated.row.at.isoformat()}


def _certificates(session: Session, held: Mapping[int, CmeParticipation]) -> Iterator[Thing]:
    for one in certificate_queries.certificates(session, held):
        facts: Facts = one.facts  # type: ignore[assignment]
        yield {"printed_name": one.name, "title": spoken(facts["titles"], facts["language"])[1],
               "provider": facts["provider"], "completed_on": facts["completed_on"], "code": one.code,
               "sha256": one.sha256, "at": one.at.isoformat()}


def erase_person(session: Session, account_id: int, now: datetime) -> list[str]:
    """Takes the account's number off what it did, empties its own words, and deletes what it wrote down. Returns what
    is kept, in sentences marked for the catalogue; doing so again changes nothing."""
    held = {one.id or 0: one for one in queries.participations_of(session, account_id)}
    certificates = certificate_queries.certificate_ids(session, held)
    for number, one in held.items():
        one.account_id = None
        told = queries.evaluation(session, number)
        if told is not None:
            told.words = {}
    for certificate_id in certificates:
        audit.redact_about(session, Subject(SUBJECT, certificate_id or 0), By(account_id, now))
    for asked in certificate_queries.follow_ups_of(session, held):
        asked.words = ""
    session.execute(delete(CmeReporting).where(col(CmeReporting.participation_id).in_(held)))
    disclosed = _asked(session, account_id)
    for request in disclosed:
        request.row.email, request.row.expires_at = "", min(request.row.expires_at, now)
        audit.redact_about(session, Subject(DISCLOSURE, request.row.id or 0), By(account_id, now))
    for table in (CmeExternalCredit, CmeNoFollowUp):
        session.execute(delete(table).where(col(table.account_id) == account_id))
    session.flush()
    return [*_kept(session, account_id, held, certificates), *([KEPT_DISCLOSURES] if disclosed else []),
            *([KEPT_JUDGEMENTS] if faculty_queries.decided_by(session, account_id) else [])]


def _kept(session: Session, account_id: int, held: Mapping[int, Any], certificates: Sequence[int | None]) -> list[str]:
    has_decided = (certificate_queries.published_by(session, account_id)
                   or certificate_queries.revoked_by(session, account_id))
    return [*([KEPT] if held else []), *([KEPT_CERTIFICATES] if certificates else []),
            *([KEPT_DECISIONS] if has_decided else []),
            *([KEPT_OUTCOMES] if certificate_queries.outcomes_taken_by(session, account_id) else [])]
