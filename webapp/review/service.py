"""Verbs: submit a dossier, sign it, ask for clearance."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.core.errors import Conflict, Refused
from webapp.core.subject import Subject
from webapp.people.queries import Account
from webapp.people.rules import Role, may_sign
from webapp.people.service import password_matches
from webapp.review import queries, rules
from webapp.review.models import Dossier, Signature
from webapp.review.rules import Meaning, ReviewRole


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


def sign(session: Session, dossier: Dossier, signer: Account, password: str, *, role: ReviewRole, meaning: Meaning,
         digest: str, now: datetime) -> Signature:
    """Records one signature. The signer gives the password again and names the digest that was read.

    Refused for a wrong password, an identity not verified or training not recorded, a role not held, an author, or a
    second signature of one person; Conflict when the digest read is not the dossier's, or another has just signed in
    this role.
    """
    if not signer.active or not password_matches(signer.password, password):
        raise Refused("The password is not right. Nothing was signed; try again.")
    if Role(f"reviewer-{role}") not in signer.roles:
        raise Refused(f"Your account does not hold the {role} reviewer's role. Nothing was signed.")
    unfit = may_sign(signer.identity_verified_at and signer.identity_verified_at.date(),
                     signer.trained_at and signer.trained_at.date(), now.date())
    if unfit is not None:
        raise Refused(unfit)
    if digest != dossier.digest:
        raise Conflict("What you read is not what is up for signature. Open it again and read the new version.")
    assert dossier.id is not None and signer.id is not None
    queries.hold(session, dossier.id)
    already = [(entry.account_id, ReviewRole(entry.role)) for entry in queries.signatures(session, dossier.id)]
    why = rules.refusal(author_ids=dossier.author_ids, signer_id=signer.id, already=already)
    if why is not None:
        raise Refused(why)
    if any(signed_role == role for _, signed_role in already):
        raise Conflict(f"The {role} signature is there already. Look at the dossier again.")
    signature = Signature(dossier_id=dossier.id, digest=digest, account_id=signer.id, printed_name=signer.name,
                          role=role, meaning=meaning, at=now)
    session.add(signature)
    session.flush()
    return signature


def is_cleared(session: Session, subject: Subject, digest: str, now: datetime) -> bool:
    """Whether exactly these bytes are approved by all roles of their route and the approval has not lapsed."""
    dossier = queries.dossier(session, subject, digest)
    if dossier is None or dossier.id is None:
        return False
    signed = queries.signatures(session, dossier.id)
    if any(entry.meaning != Meaning.APPROVAL for entry in signed):
        return False
    return rules.is_cleared(dossier.route, [(ReviewRole(entry.role), entry.at) for entry in signed], now)
