"""What a consent is for, and what must hold before it is acted on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from webapp.channels.rules import Channel
from webapp.core.errors import N_

NOBODY = 0
"""Stands for the company where a purpose has none."""
KEPT = timedelta(days=1096)
"""A line of the ledger outlives what it was proof of by three years: our choice, as long as a claim from it may be
brought in most of our markets (BGB s. 195 and 民法典 art. 188 say three years)."""


class Purpose(StrEnum):
    """What a consent is for; one purpose at a time."""

    ANALYTICS = "analytics"
    """Readings counted under one pseudonym over days."""
    PERSONALISATION = "personalisation"
    """A history of pages read, for its owner."""
    COMPANY_MAIL = "company-mail"
    """Mail paid for by a named company."""
    WEB_PUSH = "web-push"
    """Notes that the browser shows."""
    SHARING = "sharing"
    """A file for a named company: who this is, and which of its pages were read."""


CHANNELS: Mapping[Purpose, Channel] = MappingProxyType({
    Purpose.ANALYTICS: Channel.SITE, Purpose.PERSONALISATION: Channel.SITE, Purpose.COMPANY_MAIL: Channel.EMAIL,
    Purpose.WEB_PUSH: Channel.WEB_PUSH, Purpose.SHARING: Channel.FILE})
"""By which way each is done."""
OFFERED = (Purpose.ANALYTICS, Purpose.PERSONALISATION, Purpose.COMPANY_MAIL, Purpose.SHARING)
"""What is asked for, in this order. Nothing here sends web push yet, so nobody is asked whether they want it."""
OF_COMPANIES = frozenset({Purpose.COMPANY_MAIL, Purpose.SHARING})
"""Asked for each company by itself."""


class Answer(StrEnum):
    """What a person may say."""

    AGREE = "agree"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class Refusal(StrEnum):
    """Why something may not be done."""

    NOT_OFFERED = "not-offered"
    INACTIVE = "inactive"
    NOT_ADULT = "not-adult"
    NOT_VERIFIED = "not-verified"
    SIGNAL = "global-privacy-control"
    NOT_GRANTED = "not-granted"


SENTENCES: Mapping[Refusal, str] = MappingProxyType({
    Refusal.NOT_OFFERED: N_("This is not offered. Nothing was changed."),
    Refusal.INACTIVE: N_("This account is not in use. Nothing was changed."),
    Refusal.NOT_ADULT: N_("Mail from companies is for adults. Tell us your day of birth first."),
    Refusal.NOT_VERIFIED: N_("Only verified health professionals can share with a company. Nothing was changed."),
    Refusal.SIGNAL: N_("Your browser asks not to be followed, and we obey. Nothing was changed."),
})
"""What somebody is told who tries to agree all the same."""


@dataclass(frozen=True)
class Person:
    """What the rule asks of an account, as it is now."""

    is_active: bool
    is_adult: bool
    is_professional: bool
    """Verified, and not only saying so."""


def barrier(purpose: Purpose, person: Person, *, has_signal: bool = False) -> Refusal | None:
    """What stands in the way, whatever is answered; None if nothing does. `has_signal`: the request carries
    `Sec-GPC: 1`. A patient's data go to no company, whatever anybody agreed to (RCW 19.373.070 would ask for a signed
    authorization of its own)."""
    if purpose not in OFFERED:
        return Refusal.NOT_OFFERED
    if not person.is_active:
        return Refusal.INACTIVE
    if purpose is Purpose.COMPANY_MAIL and not person.is_adult:
        return Refusal.NOT_ADULT
    if purpose is Purpose.SHARING and not person.is_professional:
        return Refusal.NOT_VERIFIED
    if purpose is Purpose.ANALYTICS and has_signal:
        return Refusal.SIGNAL
    return None


def refusal(purpose: Purpose, person: Person, *, is_granted: bool, has_signal: bool = False) -> Refusal | None:
    """Why the purpose may not be acted on now; None if it may. Nobody who was never asked has granted anything."""
    return barrier(purpose, person, has_signal=has_signal) or (None if is_granted else Refusal.NOT_GRANTED)


def masked(address: str) -> str:
    """An e-mail address by which its owner knows it and nobody else learns it: `a•••@c•••.example`."""
    name, _, domain = address.partition("@")
    host, _, ending = domain.rpartition(".")
    return f"{name[:1]}•••@{host[:1]}•••.{ending}"
