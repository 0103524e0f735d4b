"""Certificates: issued once a participation, replaced when a name is corrected, revoked; none ever changes.

Three steps, since a page takes some milliseconds to make and must not hold the write lock: `draw` makes one of what is
to be claimed, `claiming.claim` completes, `issue` stores what was drawn. `complete` is all three.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import delete
from sqlmodel import Session, col

from webapp.cme.models import CmeCertificate, CmeCertificateEvent, CmeClaim
from webapp.cme.queries import certificates as certificate_queries
from webapp.cme.rules.certificates import (
    Claimed,
    Facts,
    Issuer,
    Kind,
    Standing,
    facts_of,
    kind_of,
    name_of,
    standing_of,
)
from webapp.cme.service import claiming, learning
from webapp.cme.service.claiming import Provider
from webapp.cme.service.drawing import certificate_pdf
from webapp.cme.service.learning import Learning
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, NotFound
from webapp.core.ids import new_code
from webapp.core.subject import Subject

SUBJECT = "cme-certificate"
FORGOTTEN_AT_ONCE = 200
"""Each is a file of some 40 kB: our choice."""
UNKNOWN = N_("There is no such certificate.")
NOT_IN_FORCE = N_("This certificate was replaced or revoked already. Nothing was changed.")


@dataclass(frozen=True)
class Holder:
    """Whose certificate it is to be: a name as they wrote it, and whether they are a verified professional."""

    name: str
    is_verified: bool = False


@dataclass(frozen=True)
class Drawn:
    """A certificate that is made and not issued: nobody can look up its code yet."""

    code: str
    kind: Kind
    name: str
    facts: Facts
    pdf: bytes


def address(base_url: str, code: str) -> str:
    """Of the public page."""
    return f"{base_url}/certificates/{code}"


def draw(learning: Learning, claims: Sequence[CmeClaim], *, name: str, provider: Provider, base_url: str,
         now: datetime) -> Drawn:
    """Makes the certificate of what is being claimed (`claiming.chosen`). Asks no database. Raises `Invalid` for a name
    that none can carry."""
    claimed = [Claimed(one.system, one.amount, one.is_accredited) for one in claims]
    facts = facts_of(learning.about, claimed, Issuer(provider.name, provider.accredited_for),
                     version=learning.version.number, language=learning.participation.language,
                     completed_on=now.astimezone(UTC).date())
    return _drawn(kind_of(claimed), name_of(name), facts, base_url, now)


def draw_again(certificate: CmeCertificate, *, name: str, base_url: str, now: datetime) -> Drawn:
    """The same certificate under a corrected name."""
    facts: Facts = certificate.facts  # type: ignore[assignment]
    return _drawn(Kind(certificate.kind), name_of(name), facts, base_url, now)


def _drawn(kind: Kind, name: str, facts: Facts, base_url: str, now: datetime) -> Drawn:
    code = new_code()
    made = certificate_pdf(kind, name, facts, code=code, url=address(base_url, code), now=now)
    return Drawn(code, kind, name, facts, made)


def issue(session: Session, learning: Learning, drawn: Drawn, now: datetime) -> CmeCertificate:
    """Stores the certificate of a completion, in its transaction and under its lock (`learning.find` for update). Where
    there is one already, that one stays, and what was drawn is thrown away."""
    return certificate_queries.certificate_of(session, learning.id) or _store(session, learning.id, drawn, now)


def _store(session: Session, participation_id: int, drawn: Drawn, now: datetime,
           supersedes_id: int | None = None) -> CmeCertificate:
    made = CmeCertificate(
        code=drawn.code, participation_id=participation_id, kind=drawn.kind, name=drawn.name, facts=dict(drawn.facts),
        sha256=sha256(drawn.pdf).hexdigest(), pdf=drawn.pdf, supersedes_id=supersedes_id, at=now)
    session.add(made)
    session.flush()
    return made


def complete(reader: Session, session: Session, account_id: int, key: str, typed: Mapping[str, str], *,
             holder: Holder, provider: Provider, base_url: str, now: datetime) -> CmeCertificate:
    """Claims what a form says (see `claiming`), completes the activity and issues its certificate, all once:
    sent again, the certificate is the same. `session` begins after the page is made."""
    seen = learning.find(reader, account_id, key)
    if seen.progress.is_claimed and (held := certificate_queries.certificate_of(reader, seen.id)) is not None:
        return held
    offered = claiming.offers(seen, provider, is_verified=holder.is_verified, now=now)
    claiming.refuse_open(offered, typed)
    drawn = draw(seen, claiming.chosen(seen, offered, typed, now), name=holder.name, provider=provider,
                 base_url=base_url, now=now)
    how_far = learning.find(session, account_id, key, for_update=True)
    offered = claiming.offers(how_far, provider, is_verified=holder.is_verified, now=now)
    claiming.claim(session, how_far, offered, typed, is_verified=holder.is_verified, now=now)
    return issue(session, how_far, drawn, now)


def find(session: Session, code: str) -> tuple[CmeCertificate, Standing]:
    """A certificate and how it stands. NotFound."""
    found = certificate_queries.certificate(session, code)
    if found is None:
        raise NotFound(UNKNOWN)
    return found, standing(session, found)


def standing(session: Session, certificate: CmeCertificate) -> Standing:
    """How a certificate stands."""
    assert certificate.id is not None
    return standing_of(is_superseded=certificate_queries.successor_code(session, certificate.id) is not None,
                       is_revoked=certificate_queries.is_revoked(session, certificate.id))


def reissue(session: Session, code: str, drawn: Drawn, by: By) -> CmeCertificate:
    """Puts a corrected certificate (`draw_again`) in the place of one that is in force: both are kept. Raises `Invalid`
    without a reason, `Conflict` for one that is not in force."""
    held = _in_force(session, code)
    assert held.id is not None
    by = By(by.actor, by.at, audit.reason_of(by.reason))
    made = _store(session, held.participation_id, drawn, by.at, held.id)
    audit.record(session, by, "cme-certificate-reissued", Subject(SUBJECT, held.id), f"certificate:{made.id}")
    return made


def revoke(session: Session, code: str, by: By) -> None:
    """Ends a certificate that is in force: its page says so from now on. Raises as `reissue` does."""
    held = _in_force(session, code)
    assert held.id is not None
    by = By(by.actor, by.at, audit.reason_of(by.reason))
    session.add(CmeCertificateEvent(certificate_id=held.id, at=by.at,
                                    account_id=by.actor if isinstance(by.actor, int) else None))
    session.flush()
    audit.record(session, by, "cme-certificate-revoked", Subject(SUBJECT, held.id))


def forget(session: Session, before: datetime, limit: int) -> int:
    """Deletes up to so many certificates of erased accounts that are older than this; returns how many."""
    old = certificate_queries.forgettable(session, before, min(limit, FORGOTTEN_AT_ONCE))
    session.execute(delete(CmeCertificateEvent).where(col(CmeCertificateEvent.certificate_id).in_(old)))
    session.execute(delete(CmeCertificate).where(col(CmeCertificate.id).in_(old)))
    return len(old)


def _in_force(session: Session, code: str) -> CmeCertificate:
    held = certificate_queries.certificate(session, code, for_update=True)
    if held is None:
        raise NotFound(UNKNOWN)
    if standing(session, held) is not Standing.VALID:
        raise Conflict(NOT_IN_FORCE)
    return held
