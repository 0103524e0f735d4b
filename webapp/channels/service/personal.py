"""What this package holds of a person: handed out, or taken away. It knows no accounts, so it is told the address."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, case, literal, update
from sqlmodel import Session, col

from webapp.channels import queries
from webapp.channels.models import Outgoing
from webapp.channels.rules import DeliveryState
from webapp.core.errors import N_

KEPT_DELIVERIES = N_("Which mails were sent to your account and when, by number, without address and words, for 13 "
                     "months: to show that nobody was written to twice or without consent.")
KEPT_SUPPRESSION = N_("That mail to your address is refused, as a code from which the address cannot be read, for "
                      "good: so that nothing is sent there again.")
STOPPED = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.RETRY, DeliveryState.UNKNOWN)
"""What has not left for certain; a mail that is being sent at this moment cannot be called back."""


def export_person(session: Session, account_id: int, address: str) -> dict[str, Any]:
    """Every delivery to the person that is still known, and whether mail to the address is refused; ready for JSON."""
    told = {"channel", "language", "state", "reason", "not_before", "changed_at"}
    return {
        "mails": [{"about": row.subject_kind, **row.model_dump(mode="json", include=told)}
                  for row in queries.sent_to(session, account_id, address)],
        "is_suppressed": queries.is_suppressed(session, address)}


def erase_person(session: Session, account_id: int, address: str, now: datetime) -> list[str]:
    """Calls off what waits, and empties address and words of every delivery; doing so again changes nothing. Returns
    what is kept."""
    mine = queries.to_person(account_id, address)
    kept = [KEPT_DELIVERIES] if queries.sent_to(session, account_id, address) else []
    session.execute(update(Outgoing).where(mine, col(Outgoing.state).in_(STOPPED)).values(
        state=str(DeliveryState.CANCELLED), reason="erased", token="", lease_until=None, changed_at=now))
    nobody = literal("erased-", String) + col(Outgoing.key)  # the address is part of a unique key
    session.execute(update(Outgoing).where(mine).values(
        values={}, address=case((col(Outgoing.address) == address, nobody), else_=col(Outgoing.address))))
    return kept + ([KEPT_SUPPRESSION] if queries.is_suppressed(session, address) else [])
