"""Credit claimed in a system's step, and the end of an activity: one completion, one certificate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sqlmodel import Session

from webapp.cme.models import CmeClaim
from webapp.cme.rules import credit
from webapp.cme.rules.activity import ActivityFile
from webapp.cme.rules.credit import Profession, System
from webapp.cme.rules.steps import Step
from webapp.cme.rules.tallies import What, of_claims
from webapp.cme.service import tallying
from webapp.cme.service.learning import NOT_YET, Learning, check_time
from webapp.core.errors import N_, Conflict, Invalid


@dataclass(frozen=True)
class Provider:
    """Who gives the credit: a name, and the systems it is accredited for."""

    name: str
    accredited_for: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Offer:
    """What a learner may claim of one system, or why nothing."""

    system: System
    maximum: Decimal
    amounts: tuple[Decimal, ...]
    is_credit: bool
    """Whether it counts: the provider is accredited for the system, and this is no sample."""
    obstacle: str = ""


NOT_ELIGIBLE = N_("Not for your profession, or only once you are verified as a professional. You get a certificate of "
                  "participation.")
NOT_OFFERED = N_("No such credit is given here.")
OVER = N_("The accreditation has ended: no credit is given any more.")


NOTHING = "none"
"""What a form sends for a system of which nothing is claimed."""
UNCHOSEN = N_("Choose how much you claim, or nothing.")


def designated(about: ActivityFile, provider: Provider) -> list[tuple[System, Decimal, bool]]:
    """The systems that the activity designates, each with its maximum and whether it counts as credit. One that needs
    an accreditation which the provider lacks is not among them, nor is any such of a sample: no mark of it appears."""
    found = []
    for one in about.credits:
        system = credit.systems()[one.system]
        counts = credit.may_speak(system, provider.accredited_for) and not about.is_sample
        if counts or not system.needs_accreditation:
            found.append((system, one.maximum, counts))
    return found


def offers(learning: Learning, provider: Provider, *, is_verified: bool, now: datetime) -> tuple[Offer, ...]:
    """What the activity designates, as this learner may claim it now."""
    return tuple(_offer(learning, system, maximum, counts, is_verified, now)
                 for system, maximum, counts in designated(learning.about, provider))


def _offer(learning: Learning, system: System, maximum: Decimal, counts: bool, is_verified: bool,
           now: datetime) -> Offer:
    if not credit.is_eligible(system, Profession(learning.participation.profession), is_verified):
        return Offer(system, maximum, (), counts, NOT_ELIGIBLE)
    if now >= learning.days.credit_until:
        return Offer(system, maximum, (), counts, OVER)
    return Offer(system, maximum, credit.claimable(system, maximum), counts)


def refuse_open(offered: tuple[Offer, ...], typed: Mapping[str, str]) -> None:
    """Raises `Invalid` where a form leaves open what is claimed: no amount is taken for granted, nor is nothing."""
    if any(offer.amounts and not typed.get(offer.system.key, "").strip() for offer in offered):
        raise Invalid(UNCHOSEN)


def chosen(learning: Learning, offered: tuple[Offer, ...], typed: Mapping[str, str], now: datetime) -> list[CmeClaim]:
    """What a form claims, not stored yet. `NOTHING`, or an empty amount, claims nothing of that system.
    Raises `Invalid` for an amount that is not offered, `Conflict` before its turn."""
    check_time(learning, now)
    if learning.step is not Step.CLAIM:
        raise Conflict(NOT_YET)
    known = {offer.system.key for offer in offered}
    if any(typed.get(key, "").strip() for key in credit.systems() if key not in known):
        raise Invalid(NOT_OFFERED)
    return [CmeClaim(participation_id=learning.id, system=offer.system.key, amount=amount,
                     is_accredited=offer.is_credit, at=now)
            for offer in offered if (amount := _amount(offer, typed.get(offer.system.key, ""))) is not None]


def claim(session: Session, learning: Learning, offered: tuple[Offer, ...], typed: Mapping[str, str], *,
          is_verified: bool, now: datetime) -> list[CmeClaim]:
    """Claims credit (see `chosen`) and completes the activity, once; claimed again, nothing changes."""
    if learning.progress.is_claimed:
        return []
    claims = chosen(learning, offered, typed, now)
    session.add_all(claims)
    learning.participation.is_verified = is_verified
    learning.participation.completed_at = now
    session.flush()
    tallying.count(session, learning.participation.version_id, (What.STEP, Step.CLAIM),
                   *of_claims(claim.system for claim in claims))
    return claims


def _amount(offer: Offer, typed: str) -> Decimal | None:
    if typed.strip() in ("", NOTHING):
        return None
    if not offer.amounts:
        raise Invalid(offer.obstacle)
    try:
        amount = Decimal(typed.strip().replace(",", "."))
    except InvalidOperation:
        raise Invalid(N_("Choose one of the amounts.")) from None
    refused = credit.refuse_claim(offer.system, offer.maximum, amount)
    if refused:
        raise Invalid(refused)
    return amount
