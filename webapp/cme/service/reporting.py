"""A learner's agreement to their credit being reported to the accreditor (PARS), and what became of it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from webapp.channels import queries as channels
from webapp.cme import queries
from webapp.cme.models import CmeParticipation, CmeReporting
from webapp.cme.queries import certificates as certificate_queries
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules import pars
from webapp.cme.rules.pars import Identity
from webapp.cme.service.claiming import Offer
from webapp.cme.service.learning import Learning
from webapp.core.errors import N_, Conflict
from webapp.core.sealing import CannotOpen, seal, unseal
from webapp.core.tokens import KeyRing
from webapp.people import queries as people
from webapp.people import service as people_service
from webapp.people.rules import MailName


class Standing(StrEnum):
    """How the report of a learner's credit stands."""

    NOT_AGREED = "not-agreed"
    WAITS = "waits"
    HANDED_IN = "handed-in"
    NOT_TAKEN = "not-taken"
    TAKEN = "taken"
    CLOSED = "closed"


STANDINGS: Mapping[Standing, str] = {
    Standing.NOT_AGREED: N_("Your credit is not reported. You can still agree."),
    Standing.WAITS: N_("It goes with the provider’s next report. Until then you can correct what it says, or take your "
                       "agreement back."),
    Standing.HANDED_IN: N_("The provider handed it in, and has no answer yet. If something in it is wrong, correct it: "
                           "it goes again."),
    Standing.NOT_TAKEN: N_("The accreditor did not take the record. Compare each field with your licence and correct "
                           "it: it goes again with the next report."),
    Standing.TAKEN: N_("The accreditor has it, and what it says cannot be changed here any more. If something is "
                       "wrong, write to the provider."),
    Standing.CLOSED: N_("The year of your credit is closed: nothing of it is reported any more.")}
"""Each in a sentence or two."""
_STATES = {"rejected": Standing.NOT_TAKEN, "accepted": Standing.TAKEN, "written": Standing.HANDED_IN,
           "sent": Standing.HANDED_IN, "failed": Standing.WAITS}
_FINAL = frozenset({Standing.TAKEN, Standing.CLOSED})
REPORTED = N_("Your credit was reported already: nothing was changed. If something is wrong, write to the provider.")


@dataclass(frozen=True)
class Report:
    """How a learner's report stands, since when it does if it went, and who they are in it."""

    standing: Standing
    at: datetime | None
    who: Identity | None

    @property
    def is_final(self) -> bool:
        """Whether nothing can be changed any more."""
        return self.standing in _FINAL


def is_offered(learning: Learning, offered: Iterable[Offer]) -> bool:
    """Whether there is anything to report: a physician's credit, of a provider that is accredited for it."""
    return pars.may_agree(learning.participation.profession) and any(
        one.system.key == pars.SYSTEM and one.is_credit and one.amounts for one in offered)


def consent(session: Session, ring: KeyRing, learning: Learning, form: Mapping[str, str], now: datetime) -> bool:
    """Keeps what a learner agreed to, once, after the claim; False where they did not, or there is no credit of theirs
    to report. Raises `Invalid` for a form that agrees and leaves something out: read it (`pars.read`) before the claim.
    """
    who = pars.read(form)
    if who is None or not is_credited(session, learning):
        return False
    if session.get(CmeReporting, learning.id) is None:
        _keep(session, ring, learning, who, now)
    return True


def is_credited(session: Session, learning: Learning) -> bool:
    """Whether a learner has credit that can be reported: a physician's, accredited, and not revoked."""
    return (pars.may_agree(learning.participation.profession)
            and any(one.system == pars.SYSTEM and one.is_accredited for one in queries.claims(session, learning.id))
            and not certificate_queries.was_revoked(session, learning.id))


def _keep(session: Session, ring: KeyRing, learning: Learning, who: Identity, now: datetime) -> None:
    session.merge(CmeReporting(
        participation_id=learning.id, wording=pars.WORDING, language=learning.participation.language, at=now,
        sealed=seal(ring, json.dumps(asdict(who)).encode(), about=_about(learning.id))))
    session.flush()


def report_of(session: Session, ring: KeyRing, learning: Learning) -> Report:
    """How the report of a learner's credit stands."""
    agreed = session.get(CmeReporting, learning.id)
    last = provider_queries.last_report(session, learning.version.activity_id, learning.id)
    completed = learning.participation.completed_at
    if last is not None and last.state == "accepted":
        standing = Standing.TAKEN
    elif completed is not None and completed.year in provider_queries.closed_years(session):
        standing = Standing.CLOSED
    elif agreed is None:
        standing = Standing.NOT_AGREED
    else:
        standing = _STATES[last.state] if last is not None and last.at >= agreed.at else Standing.WAITS
    return Report(standing, last.at if last else None, _known(ring, agreed) if agreed else None)


def _known(ring: KeyRing, agreed: CmeReporting) -> Identity | None:
    try:
        return identity_of(ring, agreed)
    except CannotOpen:  # its key has left the ring: they can type it again
        return None


def correct(session: Session, ring: KeyRing, learning: Learning, form: Mapping[str, str], now: datetime) -> None:
    """Takes what a learner agrees to now in the place of what they agreed to before; without the tick, the agreement is
    taken back. Raises `Invalid` as `pars.read` does, `Conflict` where the accreditor has the record or the year is
    closed, and where a record went out that may have arrived and is to be taken back."""
    who, report = pars.read(form), report_of(session, ring, learning)
    if report.is_final or (who is None and report.standing is Standing.HANDED_IN):
        raise Conflict(REPORTED)
    if who is not None:
        _keep(session, ring, learning, who, now)
    elif (agreed := session.get(CmeReporting, learning.id)) is not None:
        session.delete(agreed)
        session.flush()


def tell_not_taken(session: Session, participation_id: int, digest: str, now: datetime) -> None:
    """Writes to a learner whose record the accreditor did not take: once for each agreement, by its digest, however
    often the record goes again. Whoever has left or cannot be written to is not told."""
    held = session.get_one(CmeParticipation, participation_id)
    account = people.account(session, held.account_id) if held.account_id is not None else None
    if account is None or not account.active or account.confirmed_at is None:
        return
    occurrence = f"{MailName.REPORT_NOT_TAKEN} {participation_id} {digest[:16]}"
    if not channels.there(session, people_service.MAIL_SUBJECT, [held.account_id or 0], {occurrence}):
        people_service.tell(session, MailName.REPORT_NOT_TAKEN, account, path=f"/account/cme/reports/{held.key}",
                            reason="", now=now, occurrence=occurrence)


def identity_of(ring: KeyRing, held: CmeReporting) -> Identity:
    """Who they are. CannotOpen if its key has left the ring."""
    return Identity(**json.loads(unseal(ring, held.sealed, about=_about(held.participation_id))))


def _about(participation_id: int) -> str:
    return f"cme-reporting:{participation_id}"
