"""Desks: where a company takes cases on one of its products in a market."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.languages import MARKETS
from webapp.core.subject import Subject
from webapp.medicines import queries as medicines
from webapp.safety import queries
from webapp.safety.models import SafetyDesk
from webapp.sponsors import queries as sponsors

DESK = "safety-desk"
"""Kind of a desk's Subject, for audit entries."""
LONGEST_ADDRESS = 254
"""Characters of a mail address (RFC 5321, 4.5.3.1.3, without its brackets); a webhook's may have as many."""


class Way(StrEnum):
    """How a desk gets its cases."""

    MAILBOX = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class NewDesk:
    """A desk to be opened: `company` by its exact name, `product` by the slug of the medicine's topic."""

    company: str
    product: str
    market: str
    way: Way
    address: str


def open_desk(session: Session, meant: NewDesk, by: By) -> SafetyDesk:
    """Opens a desk; one that closed before is another and stays with its cases. NotFound for a medicine that the
    library lacks: a desk for a mistyped one would take nothing. Errors are for whoever runs commands, and so are
    English."""
    company = sponsors.company_named(session, meant.company)
    if company is None or company.id is None:
        raise NotFound(f"There is no company {meant.company}. Check the spelling, or add it at /ops/companies.")
    _check(session, meant)
    there = queries.desk(session, meant.product, meant.market)
    if there is not None:
        holder = sponsors.company(session, there.company_id).name
        raise Conflict(f"{holder} takes cases on {meant.product} in {meant.market} already. Close that desk first: "
                       f"`materia safety desk close {meant.product} {meant.market}`.")
    desk = SafetyDesk(company_id=company.id, product=meant.product, market=meant.market, channel=str(meant.way),
                      address=meant.address, opened_at=by.at)
    session.add(desk)
    session.flush()
    _audit(session, by, "safety-desk-opened", desk)
    return desk


def close_desk(session: Session, product: str, market: str, by: By) -> SafetyDesk:
    """Closes a desk: nobody is asked for reports on the product there any more. What it took stays its own."""
    desk = queries.desk(session, product, market)
    if desk is None:
        raise NotFound(f"There is no open desk for {product} in {market}. `materia safety desk list` shows all.")
    desk.is_open = False
    session.flush()
    _audit(session, by, "safety-desk-closed", desk)
    return desk


def _check(session: Session, meant: NewDesk) -> None:
    if meant.product not in medicines.known(session):
        raise NotFound(f"There is no medicine {meant.product} here. Name its folder below content/drugs, and run "
                       "`materia content sync` if it is new.")
    if meant.market not in MARKETS:
        raise Invalid(f"There is no market {meant.market}. Choose one of {', '.join(MARKETS)}.")
    is_good = _is_mailbox(meant.address) if meant.way is Way.MAILBOX else _is_webhook(meant.address)
    if not is_good or len(meant.address) > LONGEST_ADDRESS:
        example = "safety@company.example" if meant.way is Way.MAILBOX else "https://company.example/cases"
        raise Invalid(f"{meant.address!r} is no address for a desk. Write one such as {example}, in at most "
                      f"{LONGEST_ADDRESS} characters.")


def _is_mailbox(address: str) -> bool:
    name, _, domain = address.rpartition("@")
    return bool(name) and "@" not in name and "." in domain.strip(".") and _has_no_blanks(address)


def _is_webhook(address: str) -> bool:
    """Over TLS alone, since cases travel on it, and without a password that a list would show."""
    parts = urlsplit(address) if _has_no_blanks(address) else urlsplit("")
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and not parts.fragment


def _has_no_blanks(address: str) -> bool:
    return address.isprintable() and not any(sign.isspace() for sign in address)


def _audit(session: Session, by: By, action: str, desk: SafetyDesk) -> None:
    audit.record(session, by, action, Subject(DESK, desk.id or 0),
                 f"product:{desk.product} market:{desk.market} company:{desk.company_id} channel:{desk.channel}")
