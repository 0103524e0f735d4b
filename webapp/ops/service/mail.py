"""The mail queue and the suppression list."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.channels import queries as channels
from webapp.channels.rules import DeliveryState
from webapp.channels.service import outbox
from webapp.core.audit import By
from webapp.core.errors import N_, Invalid
from webapp.core.subject import Subject
from webapp.ops import rules
from webapp.people import queries as people
from webapp.people import service
from webapp.people.rules import normal_address

UNKNOWN_PAGE = 20
"""Unknown deliveries of one page: each has a form."""
ADDRESS_LENGTH = 254


def queue(session: Session, now: datetime, page: int) -> dict[str, Any]:
    """How much waits, what became of the rest, and what a person must settle."""
    unknown = channels.all_unknown(session, **rules.window(page, UNKNOWN_PAGE))
    known = people.accounts(session, {row.account_id for row in unknown})
    rows = [{"key": row.key, "kind": rules.MAIL_KINDS.get(row.subject_kind, row.subject_kind), "since": row.changed_at,
             "account_key": known[row.account_id].key if row.account_id in known else ""} for row in unknown]
    return {"waiting": _named(channels.waiting(session)),
            "ended": _named(channels.ended_since(session, now - rules.ENDED_SHOWN)),
            "oldest": channels.oldest_due(session, now), "answers": list(rules.ANSWERS.items()),
            "unknown": rules.page_of(rows, page, UNKNOWN_PAGE)}


def _named(counts: list[tuple[str, str, int, datetime]]) -> list[dict[str, Any]]:
    order = list(rules.STATES)
    return [{"state": rules.STATES[state], "kind": rules.MAIL_KINDS.get(kind, kind), "count": count, "since": since}
            for state, kind, count, since in sorted(counts, key=lambda row: (order.index(row[0]), row[1]))]


def resolve(session: Session, key: str, answer: str, by: By) -> None:
    """A person's word on an unknown delivery. Invalid for an answer that is none; NotFound for a key that is
    none, Conflict if it is settled."""
    if answer not in rules.ANSWERS:
        raise Invalid(N_("Choose what became of the mail. Nothing was changed."))
    outbox.resolve_unknown(session, key, DeliveryState(answer), by)


def suppression(session: Session, page: int, address: str | None = None) -> dict[str, Any]:
    """The list as far as it can be read, and the line about an address where one is asked for."""
    found = None
    if address is not None:
        address = _address(address)
        found = channels.suppression(session, address)
    return {"total": channels.suppressed(session), "address": address, "found": found,
            "lines": rules.page_of(channels.suppressions(session, **rules.window(page)), page)}


def lift(session: Session, address: str, by: By) -> None:
    """Takes an address off the list. The audit names the account, if there is one, and never the address."""
    address = _address(address)
    account = people.account_by_email(session, address)
    about = service.subject(account.id or 0) if account else Subject("suppression", 0)
    outbox.lift_suppression(session, address, about, by)


def _address(typed: str) -> str:
    return normal_address(typed.replace("\0", "")[:ADDRESS_LENGTH])
