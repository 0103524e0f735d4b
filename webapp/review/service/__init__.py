"""Verbs: submit a dossier, sign it, ask for clearance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.core.errors import N_, Conflict, Refused
from webapp.core.subject import Subject
from webapp.people import queries as people
from webapp.people.queries import Account
from webapp.people.rules import Role, may_sign
from webapp.people.service import password_matches
from webapp.review import queries, rules
from webapp.review.models import Dossier, Signature
from webapp.review.rules import Decision, Meaning, ReviewRole

KEPT_SIGNATURES = N_("Your signatures with your printed name, role, day and meaning, as long as what you signed is "
                     "kept: the law asks that every copy shows who signed (21 CFR 11.50).")
KEPT_AUTHORSHIP = N_("That you wrote what was handed in for review, by number, as long as it is kept: authors may not "
                     "sign their own work.")


@dataclass(frozen=True)
class NewDossier:
    """What is handed in for review; `digest` covers all that can change what is read."""

    subject: Subject
    digest: str
    title: str
    author_ids: tuple[int, ...]
    route: str
    markets: tuple[str, ...]
    audience: str
    source: str
    body_html: str
    link: str


@dataclass(frozen=True)
class Signer:
    """A person who has just given the password again: made by `identify` alone."""

    account_id: int


def submit(session: Session, new: NewDossier, now: datetime) -> Dossier:
    """The dossier of these bytes, made if it is not there yet; handing it in twice is harmless."""
    found = queries.dossier(session, new.subject, new.digest)
    if found is None:
        found = Dossier(
            subject_kind=new.subject.kind, subject_id=new.subject.id, digest=new.digest, title=new.title,
            author_ids=list(new.author_ids), route=new.route, markets=list(new.markets), audience=new.audience,
            source=new.source, body_html=new.body_html, link=new.link, submitted_at=now)
        session.add(found)
        session.flush()
    return found


def identify(account: Account, password: str) -> Signer:
    """The account's owner, about to sign. Refused for a wrong password. Slow by intent: call it before a transaction
    that writes begins."""
    if not password_matches(account.password, password):
        raise Refused(N_("The password is not right. Nothing was signed; try again."))
    assert account.id is not None
    return Signer(account.id)


def sign(session: Session, dossier: Dossier, signer: Signer, *, role: ReviewRole, meaning: Meaning, digest: str,
         now: datetime) -> Signature:
    """Records one signature, in the round that is open now. The signer names the digest that was read.

    Refused for an account out of use, an identity not verified or training not recorded, a role not held, an author,
    or a second signature of one person in the round; Conflict when the digest read is not the dossier's, or another
    has signed in this role.
    """
    account = people.account(session, signer.account_id)
    if account is None or not account.active:
        raise Refused(N_("Your account is out of use. Nothing was signed."))
    if Role(f"reviewer-{role}") not in account.roles:
        raise Refused(f"Your account does not hold the {role} reviewer's role. Nothing was signed.")
    unfit = may_sign(account.identity_verified_at and account.identity_verified_at.date(),
                     account.trained_at and account.trained_at.date(), now.date())
    if unfit is not None:
        raise Refused(unfit)
    if digest != dossier.digest:
        raise Conflict(N_("What you read is not what is up for signature. Open it again and read the new version."))
    assert dossier.id is not None
    queries.hold(session, dossier.id)
    number = _open_round(dossier, queries.signatures(session, dossier.id), signer, role, now)
    signature = Signature(dossier_id=dossier.id, digest=digest, round=number, account_id=signer.account_id,
                          printed_name=account.name, role=role, meaning=meaning, at=now)
    session.add(signature)
    session.flush()
    return signature


def _open_round(dossier: Dossier, signatures: Iterable[Signature], signer: Signer, role: ReviewRole,
                now: datetime) -> int:
    """The round that this signature belongs to, if there is room for it."""
    signed = _decisions(signatures)
    number = rules.round_at(signed, now)
    already = [decision for decision in signed if decision.round == number]
    why = rules.refusal(author_ids=dossier.author_ids, signer_id=signer.account_id, already=already)
    if why is not None:
        raise Refused(why)
    if any(decision.role is role for decision in already):
        raise Conflict(f"The {role} signature is there already. Look at the dossier again.")
    return number


def is_cleared(session: Session, subject: Subject, digest: str, now: datetime) -> bool:
    """Whether exactly these bytes are approved by all roles of their route and the approval has not lapsed."""
    return bool(_clearance(queries.signed(session, subject, digest), now))


def approvals(session: Session, subject: Subject, digest: str, at: datetime) -> tuple[Decision, ...]:
    """The approvals that cleared exactly these bytes at that moment, oldest first; empty if none did.

    What was signed later counts for nothing, so that the answer for a moment stays what it was.
    """
    return _clearance([(route, signature) for route, signature in queries.signed(session, subject, digest)
                       if signature.at <= at], at)


def expires_at(session: Session, subject: Subject, digest: str, at: datetime) -> datetime | None:
    """When the clearance ends that exactly these bytes had at that moment; None if they had none."""
    given = approvals(session, subject, digest, at)
    return rules.lapses_at(given) if given else None


def export_person(session: Session, account_id: int) -> dict[str, Any]:
    """Everything that the account signed or wrote, ready for JSON."""
    return {
        "signatures": [{"title": title, **signature.model_dump(mode="json", include={
            "printed_name", "role", "meaning", "digest", "at"})}
            for title, signature in queries.signed_by(session, account_id)],
        "dossiers_written": [dossier.model_dump(mode="json", include={"title", "digest", "submitted_at"})
                             for dossier in queries.written_by(session, account_id)]}


def erase_person(session: Session, account_id: int, now: datetime) -> list[str]:
    """Nothing goes: dossiers and signatures are append-only, and a signature shows who signed. Returns what is
    kept."""
    kept = [KEPT_SIGNATURES] if queries.signed_by(session, account_id) else []
    return kept + ([KEPT_AUTHORSHIP] if queries.written_by(session, account_id) else [])


def _clearance(signed: Sequence[tuple[str, Signature]], at: datetime) -> tuple[Decision, ...]:
    return rules.clearance(signed[0][0], _decisions(signature for _, signature in signed), at) if signed else ()


def _decisions(signatures: Iterable[Signature]) -> list[Decision]:
    return [Decision(entry.round, ReviewRole(entry.role), Meaning(entry.meaning), entry.account_id,
                     entry.printed_name, entry.at) for entry in signatures]
