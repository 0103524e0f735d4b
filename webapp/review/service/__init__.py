"""Verbs: submit a dossier, sign it, ask for clearance."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.errors import N_, Conflict, Invalid, Refused
from webapp.core.subject import Subject
from webapp.people import queries as people
from webapp.people.queries import Account
from webapp.people.rules import may_sign
from webapp.people.service import password_matches
from webapp.review import queries, rules
from webapp.review.models import Dossier, Material, Signature
from webapp.review.rules import DUE_IN, ROUTES, VALID_FOR, Decision, Meaning, ReviewRole, untouched
from webapp.review.service import standing
from webapp.review.service.personal import (
    KEPT_AUTHORSHIP,
    KEPT_COMMENTS,
    KEPT_SIGNATURES,
    erase_person,
    export_person,
)

__all__ = ["KEPT_AUTHORSHIP", "KEPT_COMMENTS", "KEPT_SIGNATURES", "Dossier", "NewDossier", "Piece", "Signer",
           "approvals", "approvals_of", "are_cleared", "cleared_at", "erase_person", "expires_at", "export_person",
           "freshly_shown", "handed_in", "hold", "identify", "is_cleared", "last_approved", "material_id",
           "material_ids", "sign", "subject", "submit"]
AUDITED = "dossier"
"""How the audit names a dossier."""
Piece = tuple[Subject, str]
"""Subject and digest: exactly these bytes."""


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
    language: str = ""
    """Of a translation: its language's tag."""
    certificate: str = ""
    """Of a translation: who translated it, with what skill, and that it says what its source says."""
    due_at: datetime | None = None
    """When the reviewers should have signed; two weeks from now if nobody says."""
    valid_for: timedelta = VALID_FOR
    """How long the approval is to last, in whole days; a year at most."""
    claims: tuple[Mapping[str, Any], ...] = ()
    """What it claims: see `beside`."""
    facts: tuple[tuple[str, str], ...] = ()
    """What is signed besides the words, each a name for the catalogue and a value: when a mail goes, from whom."""


@dataclass(frozen=True)
class Signer:
    """A person who has just shown once more who they are: made by `identify` and `freshly_shown` alone."""

    account_id: int


def submit(session: Session, new: NewDossier, now: datetime) -> Dossier:
    """The dossier of these bytes, made if it is not there yet; handing it in twice is harmless. A new one takes the
    place of what was open of its subject.

    Bytes that come back after others are looked at anew, unless they are cleared as it is. Invalid where its route
    asks for what it has not.
    """
    hold(session, new.subject, now)
    newest, found = queries.newest(session, new.subject), queries.dossier(session, new.subject, new.digest)
    if found is not None and (found is newest or is_cleared(session, new.subject, new.digest, now)):
        return found
    why = _route_refuses(session, new, now)
    if why is not None:
        raise Invalid(why)
    made = Dossier(
        subject_kind=new.subject.kind, subject_id=new.subject.id, version=newest.version + 1 if newest else 1,
        digest=new.digest, title=new.title, author_ids=list(new.author_ids), route=new.route,
        markets=list(new.markets), audience=new.audience, language=new.language, certificate=new.certificate,
        source=new.source, body_html=new.body_html, link=new.link, submitted_at=now,
        due_at=new.due_at or now + DUE_IN, valid_days=new.valid_for.days,
        claims=[dict(claim) for claim in new.claims] or None, facts=[list(fact) for fact in new.facts] or None)
    session.add(made)
    session.flush()
    author = new.author_ids[0] if new.author_ids else COMMAND_LINE
    audit.record(session, By(author, now), "dossier-submitted", subject(made), f"version:{made.version} {new.route}")
    return made


def subject(dossier: Dossier) -> Subject:
    """How the audit names a dossier."""
    return Subject(AUDITED, dossier.id or 0)


def hold(session: Session, about: Subject, now: datetime) -> None:
    """Lets nobody else submit or sign dossiers of a subject until the transaction ends; its material ID is allotted the
    first time."""
    table = Material.__table__  # type: ignore[attr-defined]
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
    if queries.material(session, about) is None:
        session.execute(insert.values(subject_kind=about.kind, subject_id=about.id, allotted_at=now)
                        .on_conflict_do_nothing())
    queries.material(session, about, for_update=True)


def _route_refuses(session: Session, new: NewDossier, now: datetime) -> str | None:
    """Why a dossier cannot take its route, or None."""
    if not timedelta(days=1) <= new.valid_for <= VALID_FOR:
        return N_("An approval lasts from one day to a year.")
    route = ROUTES.get(new.route)
    if route is None:
        return None
    if route.is_translation and not (new.language and new.certificate.strip()):
        return N_("A translation is handed in with its language and the translator's certificate.")
    if route.bars_sponsors and any(map(standing.has_seat, people.accounts(session, new.author_ids).values())):
        return N_("Nobody who works for a sponsor writes accredited education.")
    if not route.is_untouched_only:
        return None
    last = last_approved(session, new.subject, now)
    if last is None:
        return N_("Nothing of it was approved before. This needs the full review.")
    return untouched.touched(_content(last), untouched.Content(new.title, new.markets, new.audience, new.source,
                                                               new.body_html))


def _content(dossier: Dossier) -> untouched.Content:
    return untouched.Content(dossier.title, tuple(dossier.markets), dossier.audience, dossier.source,
                             dossier.body_html)


def last_approved(session: Session, about: Subject, now: datetime, before: int | None = None) -> Dossier | None:
    """The newest dossier of a subject that is approved now, of those before a version if one is given."""
    for found in queries.versions(session, about):
        if (before is None or found.version < before) and standing.standing_of(session, found).lapses_at(now):
            return found
    return None


def identify(account: Account, password: str) -> Signer:
    """The account's owner, about to sign. Refused for a wrong password. Slow by intent: call it before a transaction
    that writes begins."""
    if not password_matches(account.password, password):
        raise Refused(N_("The password is not right. Nothing was signed; try again."))
    return freshly_shown(account)


def freshly_shown(account: Account) -> Signer:
    """The account's owner, whom `people.guards.is_shown_again` has just seen show all that they sign in with."""
    assert account.id is not None
    return Signer(account.id)


def sign(session: Session, dossier: Dossier, signer: Signer, *, role: ReviewRole, meaning: Meaning, digest: str,
         now: datetime, reason: str = "", attested: Collection[str] = ()) -> Signature:
    """Records one signature, in the round that is open now. The signer names the digest that was read, and the places,
    from 0, of the sentences confirmed (`rules.attested`).

    Refused for an account out of use, an identity not verified or training not recorded, a role not held or not asked
    for, an author, a second signature of one person in the round, a second role in the case, somebody whom the route
    bars, or approval while a comment must be settled; Invalid for a rejection without a reason, or an approval that
    leaves out a sentence; Conflict when the
    digest read is not the dossier's, another has signed in this role, changes were requested, or a newer version has
    come.
    """
    account = people.account(session, signer.account_id)
    if account is None:
        raise Refused(N_("Your account is out of use. Nothing was signed."))
    standing.check_role(account, role)
    unfit = may_sign(account.identity_verified_at and account.identity_verified_at.date(),
                     account.trained_at and account.trained_at.date(), now.date())
    if unfit is not None:
        raise Refused(unfit)
    if digest != dossier.digest:
        raise Conflict(N_("What you read is not what is up for signature. Open it again and read the new version."))
    hold(session, queries.subject_of(dossier), now)
    number = _open_round(session, dossier, account, role, now)
    words = _check_meaning(session, dossier, meaning, reason) or _attested(dossier, role, attested)
    signature = Signature(dossier_id=dossier.id or 0, digest=digest, round=number, account_id=signer.account_id,
                          printed_name=account.name, role=role, meaning=meaning, reason=words, at=now)
    session.add(signature)
    session.flush()
    audit.record(session, By(signer.account_id, now), f"dossier-{meaning}", subject(dossier),
                 f"reviewer-{role} round:{number} {digest[:16]}")
    return signature


def _open_round(session: Session, dossier: Dossier, account: Account, role: ReviewRole, now: datetime) -> int:
    """The round that this signature belongs to, if there is room for it."""
    stands, about = standing.standing_of(session, dossier), queries.subject_of(dossier)
    number = rules.round_at(stands.decisions, now, stands.valid_for)
    already = [decision for decision in stands.decisions if decision.round == number]
    why = rules.refusal(author_ids=dossier.author_ids, signer_id=account.id or 0, already=already, role=role,
                        held=queries.roles_held(session, about, account.id or 0)) or standing.bar(dossier, account)
    if why is not None:
        raise Refused(why)
    route = ROUTES.get(dossier.route)
    if route is not None and role not in route.roles:
        raise Refused(N_("The route of this dossier does not ask for your signature. Nothing was signed."))
    shut = stands.closed(now)
    if shut is not None:
        raise Conflict(shut)
    is_full = route is not None and not rules.missing_roles(dossier.route, stands.decisions, now, stands.valid_for)
    if is_full or any(decision.role is role for decision in already):
        raise Conflict(N_("The signature of this role is there already. Look at the dossier again."))
    return number


def _check_meaning(session: Session, dossier: Dossier, meaning: Meaning, reason: str) -> str:
    """The words that go with a signature: why, of a rejection."""
    if meaning is Meaning.REJECTION:
        words = rules.words_of(reason)
        if words is None:
            raise Invalid(N_("Say why you reject it, in at most 4,000 characters. Nothing was signed."))
        return words
    if queries.open_musts(session, queries.subject_of(dossier), dossier.version):
        raise Refused(N_("A comment that must be settled is open. Nothing was signed: close it first, or request "
                         "changes."))
    return ""


def _attested(dossier: Dossier, role: ReviewRole, confirmed: Collection[str]) -> str:
    """The sentences that go with an approval, a line each, as they were worded when they were confirmed."""
    sentences = rules.attested(dossier.route, role)
    if not {str(place) for place in range(len(sentences))} <= set(confirmed):
        raise Invalid(N_("Confirm each sentence, or reject the piece. Nothing was signed."))
    return "\n".join(sentences)


def is_cleared(session: Session, subject: Subject, digest: str, now: datetime) -> bool:
    """Whether exactly these bytes are approved by all roles of their route and the approval has not lapsed."""
    return bool(_clearance(queries.signed(session, subject, digest), now)[0])


def approvals(session: Session, subject: Subject, digest: str, at: datetime) -> tuple[Decision, ...]:
    """The approvals that cleared exactly these bytes at that moment, oldest first; empty if none did.

    What was signed later counts for nothing, so that the answer for a moment stays what it was.
    """
    return _clearance([row for row in queries.signed(session, subject, digest) if row[2].at <= at], at)[0]


def are_cleared(session: Session, pieces: Collection[Piece], now: datetime) -> set[Piece]:
    """Those among these pieces of which `is_cleared` holds."""
    return {piece for piece, signed in _signed(session, pieces) if _clearance(signed, now)[0]}


def approvals_of(session: Session, pieces: Collection[Piece], at: datetime) -> dict[Piece, tuple[Decision, ...]]:
    """What `approvals` says of each piece, for those among these that were cleared at that moment."""
    found = {piece: _clearance([row for row in signed if row[2].at <= at], at)[0]
             for piece, signed in _signed(session, pieces)}
    return {piece: cleared for piece, cleared in found.items() if cleared}


def handed_in(session: Session, pieces: Collection[Piece]) -> set[Piece]:
    """Those among these pieces that were handed in: whether they may be shown is review's to say from then on."""
    return queries.handed_in(session, pieces)


def _signed(session: Session, pieces: Collection[Piece]) -> Iterator[tuple[Piece, queries.Signed]]:
    """The signatures on pieces, a thousand pieces at once: those that anybody signed."""
    for kind in {about.kind for about, _ in pieces}:
        of_kind = {(about.id, digest) for about, digest in pieces if about.kind == kind}
        for (number, digest), signed in queries.signed_at_once(session, kind, of_kind).items():
            yield (Subject(kind, number), digest), signed


def expires_at(session: Session, subject: Subject, digest: str, at: datetime) -> datetime | None:
    """When the clearance ends that exactly these bytes had at that moment; None if they had none."""
    return _clearance([row for row in queries.signed(session, subject, digest) if row[2].at <= at], at)[1]


def cleared_at(session: Session, moments: Mapping[Piece, datetime]) -> dict[
        Piece, tuple[tuple[Decision, ...], datetime | None]]:
    """What `approvals` and `expires_at` say of each piece at its own moment, of those that anybody signed."""
    return {piece: _clearance([row for row in signed if row[2].at <= moments[piece]], moments[piece])
            for piece, signed in _signed(session, moments)}


def material_id(session: Session, subject: Subject) -> str:
    """How a piece is called in print, in all its versions; empty if it was never handed in."""
    return material_ids(session, [subject]).get(subject, "")


def material_ids(session: Session, subjects: Collection[Subject]) -> dict[Subject, str]:
    """The same of many pieces: of those that were handed in."""
    return {subject: rules.material_name(found.allotted_at.year, found.id or 0)
            for subject, found in queries.materials(session, subjects).items()}


def _clearance(signed: queries.Signed, at: datetime) -> tuple[tuple[Decision, ...], datetime | None]:
    """What clears bytes, and until when: the newest of their dossiers decides on which anything is decided."""
    for number in sorted({entry.dossier_id for _, _, entry in signed}, reverse=True):
        of_one = [row for row in signed if row[2].dossier_id == number]
        route, valid_for = of_one[0][0], timedelta(days=of_one[0][1])
        decisions = standing.decisions_of(entry for _, _, entry in of_one)
        if rules.decisive(route, decisions):
            cleared = rules.clearance(route, decisions, at, valid_for)
            return cleared, rules.lapses_at(cleared, valid_for) if cleared else None
    return (), None
