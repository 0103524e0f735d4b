"""What this package knows of a person: which campaigns wrote to them. It keeps nothing of anybody: deliveries are rows
of the one outbox, and a click names no reader, so there is nothing to erase."""

from typing import Any

from sqlmodel import Session

from webapp.campaigns import queries
from webapp.campaigns.service import planning
from webapp.channels import queries as channels


def export_person(session: Session, account_id: int) -> dict[str, Any]:
    """Every campaign that has a delivery to the account, with who paid for it, ready for JSON."""
    numbers = channels.subjects_sent(session, account_id, planning.SUBJECT)
    found = [queries.campaign(session, number) for number in numbers]
    return {"campaigns": [{**campaign.model_dump(mode="json", include={"name", "send_at"}),
                           "company": planning.company_name(session, campaign)} for campaign in found]}
