"""A learner's agreement to their credit being reported to the accreditor (PARS)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeReporting
from webapp.cme.rules import pars
from webapp.cme.rules.pars import Identity
from webapp.cme.service.claiming import Offer
from webapp.cme.service.learning import Learning
from webapp.core.sealing import seal, unseal
from webapp.core.tokens import KeyRing


def is_offered(learning: Learning, offered: Iterable[Offer]) -> bool:
    """Whether there is anything to report: a physician's credit, of a provider that is accredited for it."""
    return pars.may_agree(learning.participation.profession) and any(
        one.system.key == pars.SYSTEM and one.is_credit and one.amounts for one in offered)


def consent(session: Session, ring: KeyRing, learning: Learning, form: Mapping[str, str], now: datetime) -> bool:
    """Keeps what a learner agreed to, once, after the claim; False where they did not, or there is no credit of theirs
    to report. Raises `Invalid` for a form that agrees and leaves something out: read it (`pars.read`) before the claim.
    """
    who = pars.read(form)
    is_credited = any(one.system == pars.SYSTEM and one.is_accredited for one in queries.claims(session, learning.id))
    if who is None or not is_credited or not pars.may_agree(learning.participation.profession):
        return False
    if session.get(CmeReporting, learning.id) is None:
        session.add(CmeReporting(
            participation_id=learning.id, wording=pars.WORDING, language=learning.participation.language, at=now,
            sealed=seal(ring, json.dumps(asdict(who)).encode(), about=_about(learning.id))))
        session.flush()
    return True


def identity_of(ring: KeyRing, held: CmeReporting) -> Identity:
    """Who they are. CannotOpen if its key has left the ring."""
    return Identity(**json.loads(unseal(ring, held.sealed, about=_about(held.participation_id))))


def _about(participation_id: int) -> str:
    return f"cme-reporting:{participation_id}"
